"""`spark-tui sessions` and `export`: the sessions kept for this worktree."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spark_tui.commands.arguments import Arguments
from spark_tui.commands.output import out, raw
from spark_tui.core.edits.model import HunkState
from spark_tui.core.errors import JournalError, UsageError, WorktreeError
from spark_tui.core.saved_session import restored
from spark_tui.core.session import Session

if TYPE_CHECKING:
    from spark_tui.services.sessions import Sessions

_LISTED = 20


def sessions(args: Sequence[str]) -> int:
    """List the sessions of this worktree, newest first."""
    parser = Arguments(prog="spark-tui sessions", description="Sessions here, newest first.")
    parser.add_argument("-n", type=int, default=_LISTED, metavar="N", help="at most N")
    given = parser.parse_args(list(args))
    listed = described(here(), max(given.n, 0))
    if not listed:
        out("no session is kept here yet")
    for number, (_, when, said) in enumerate(listed, 1):
        out(f"{number:>3}  {when}  {said}")
    if listed:
        out("     spark-tui resume N opens one · spark-tui export N")
    return 0


def export(args: Sequence[str]) -> int:
    """Print a session as Markdown, or write what it applied as a patch series."""
    parser = Arguments(prog="spark-tui export", description="A session, the newest by default.")
    parser.add_argument("session", nargs="?", default="", help="its number in `sessions`")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--md", action="store_true", help="Markdown on stdout (the default)")
    kind.add_argument("--patches", metavar="DIR", help="one patch for each entry that stands")
    given = parser.parse_args(list(args))
    kept = here()
    ident = find(kept, given.session)
    try:
        session = restored(kept.read(ident))
    except ValueError as error:
        raise JournalError(f"session {ident} can't be read", "spark-tui sessions") from error
    if given.patches is not None:
        return _patches(session, Path(given.patches))
    from spark_tui.core.export import markdown

    when = next(held.when for held in kept.held() if held.id == ident)
    stamp = time.strftime("%Y-%m-%d %H:%M", time.localtime(when))
    raw(markdown(session, f"{_root().name}, {stamp}"))
    return 0


def described(kept: Sessions, most: int = _LISTED) -> list[tuple[str, str, str]]:
    """(id, when, what it holds) of the newest sessions."""
    out = []
    for held in kept.held()[:most]:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(held.when))
        try:
            said = _about(restored(kept.read(held.id)))
        except (ValueError, JournalError):
            said = "can't be read"
        out.append((held.id, when, said))
    return out


def here() -> Sessions:
    """The sessions of the worktree around us. Raises WorktreeError outside of one."""
    from spark_tui.services import places
    from spark_tui.services.sessions import Sessions
    from spark_tui.services.worktree.filing import filed_under
    from spark_tui.services.worktree.repo import find_repository

    repo = find_repository(Path())
    return Sessions(places.state_dir(), filed_under(repo, places.state_dir()))


def find(kept: Sessions, wanted: str) -> str:
    """The id of a session by its number or id, the newest for "". Raises UsageError."""
    held = kept.held()
    if not held:
        raise UsageError("no session is kept here yet", "spark-tui starts one")
    if not wanted:
        return held[0].id
    if any(one.id == wanted for one in held):
        return wanted
    if wanted.isdigit() and 0 < int(wanted) <= len(held):
        return held[int(wanted) - 1].id
    raise UsageError(f"there is no session {wanted!r}", "spark-tui sessions lists them")


def _root() -> Path:
    from spark_tui.services.worktree.repo import find_repository

    return find_repository(Path()).root


def _about(session: Session) -> str:
    turns = session.turns
    opened = sum(h.asks for turn in turns for h in turn.hunks)
    many = f"{len(turns)} turn{'s' * (len(turns) != 1)}"
    left = f", {opened} left open" if opened else ""
    first = " ".join(turns[0].text.split()) if turns else ""
    return f"{many}{left}  {first[:60]}"


def _patches(session: Session, folder: Path) -> int:
    from email.utils import formatdate

    from spark_tui.commands.worktree import open_here
    from spark_tui.core.export import patch_mail, patch_name

    worktree = open_here(Path())
    wanted = {
        entry
        for turn in session.turns
        for ident, entry in turn.entries
        if (hunk := turn.hunk(ident)) is not None and hunk.state is HunkState.APPLIED
    }
    listed = worktree.entries(10_000)
    chosen = [e for e in reversed(listed) if e.id in wanted and e.undone_by is None]
    if not chosen:
        raise JournalError("nothing of this session stands on disk", "spark-tui log")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, entry in enumerate(chosen, 1):
            target = folder / patch_name(number, entry.note.instruction)
            date = formatdate(entry.when)
            mail = patch_mail(entry, worktree.patch_of(entry.id), number, len(chosen), date)
            with target.open("xb") as file:
                file.write(mail.encode("utf-8", "surrogateescape"))
            out(str(target))
    except FileExistsError as error:
        raise UsageError(f"{error.filename} exists", "name a new folder") from None
    except OSError as error:
        reason = (error.strerror or "i/o error").lower()
        raise WorktreeError(f"cannot write to {folder}: {reason}", "name another folder") from None
    return 0
