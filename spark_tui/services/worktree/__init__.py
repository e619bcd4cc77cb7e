"""The user's git worktree: reading, journalling, writing and undoing without losing a byte.

repo, commands    the user's repository and the private one, through git that runs nothing foreign
files, disk       one file without following a link · the few calls that change files
journal, records, store     what was written, with every byte before and after
writer, rollback, recover   all files or none · back from a fault, a crash, a racing save
late_saves        a save into a file that was swapped out already
chain, undo       who takes back whom · taking entries or a hunk back, exactly or by a merge
entry_view, blame           an entry opened, with what is in the way · who wrote that
finalize, commit, prune     behind the last flush: bytes stored, committed, bounded
user_commit       a commit in the user's repository, by their key only
watch             what others changed
git_worktree      all of it as one object
"""

from spark_tui.services.worktree.git_worktree import GitWorktree, open_worktree
from spark_tui.services.worktree.recover import RecoverReport

__all__ = ["GitWorktree", "RecoverReport", "open_worktree"]
