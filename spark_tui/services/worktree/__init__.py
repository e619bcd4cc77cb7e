"""The user's git worktree: reading, writing and undoing without losing a byte.

blame         Who wrote lines that are in the way of an undo: an entry of ours, the person, or git
chain         Who takes back whom: what counts as undone follows from the list of records alone
changes       The working tree's changes as one text, for a model to read
check_writes  What a check itself writes: tracked files journalled, untracked ones named
commands      git's commands on one repository, over hardened processes
commit        One commit per entry in the private repository: `git log -p` is the journal
conventions   What a worktree's `.editorconfig` and `.gitattributes` say, read without trusting them
disk          The few calls that change files, each by folder descriptor and name; read leases
disk_faults   What a failed call to the disk means to a person, and what helps
entry_view    An entry opened: its hunks, and which entries must be taken back together
files         One file at a time, reached without following a link
filing        Under which path a worktree's state is kept: the first it had, wherever it is now
finalize      What an entry still needs after its mark, done in a thread behind the person's back
gitpython     A session's git commands: GitPython's command layer over our hardened processes
git_worktree  The port `pair` writes through: worktree, journal, and what runs behind
journal       The journal of one worktree: records, and every byte before and after
late_saves    After a finished write: what an editor saved late into the displaced file goes back
prune         Keeps the journal bounded: the oldest entries go, with their blobs
records       The record of one write and its file: JSON header, compressed blobs
recover       At the start: finish or take back what the last process was doing
reviewed_tree A tree's changes reviewed by hunks: seen, and taken out through the writer
repo          The user's repository, seen through git that runs nothing of the repository's owner
rollback      Putting a begun record back, from nothing but what the disk holds
searching     Which files hold a text, as git finds it: plain texts only
seen_store    Which hunks of a worktree were looked at: hashes beside its journal
staging       The user's index (`apply --index`): read its blobs, stage a diff
store         Blobs in a private git repository, written and read in process as loose objects
tree_diff     What differs between two sides of a repository, read without running its programs
undo          Takes entries back by appending another: exactly, or by a three-way merge
user_commit   A commit in the user's own repository, made only when they ask for it by key
watch         Changes made by others: what is watched, and what is ignored
writer        One flush: all files or none, journalled, durable; a save during the swap wins

A flush's way: writer -> journal (records, store) -> finalize; back again: rollback, recover, undo.
"""

from spark_tui.services.worktree.git_worktree import GitWorktree, open_worktree
from spark_tui.services.worktree.recover import RecoverReport

__all__ = ["GitWorktree", "RecoverReport", "open_worktree"]
