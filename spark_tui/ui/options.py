"""What the composition root hands to the interface, as values and functions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

from spark_tui.core.commit import CommitPlan
from spark_tui.core.config.instrument import InstrumentSettings
from spark_tui.core.config.settings import PRESETS
from spark_tui.core.config.theme import ThemeSpec
from spark_tui.core.dataclass import dataclass, field
from spark_tui.pair.ports import Conductor
from spark_tui.pair.tree_review import ReviewSource
from spark_tui.ui.style.theming import ThemeChanges
from spark_tui.ui.terminal.first_paint import Skeleton

ConductorFactory = Callable[[], Conductor]

RunLine = Callable[[str, Callable[[str], None], threading.Event], int]
"""Runs a shell's command line: see `ShellOptions`."""


@dataclass(slots=True)
class OneShot:
    """What to do, and how it ended.

    `path` "" starts with the finder, `lines` None is the whole file, `text` "" opens the
    instruction box. `status` and `parting` are what the command ends with and says then.
    """

    path: str = ""
    lines: tuple[int, int] | None = None
    text: str = ""
    status: int = 0
    parting: str = ""


@dataclass(slots=True)
class TreeReviewSetup:
    """What a review begins with.

    `source` is called in a thread. With `follows` changes by others are shown as they come.
    `start_at` is a path to begin on. `keep_remarks` is called in a thread with all remarks after
    each new one.
    """

    source: Callable[[], ReviewSource]
    follows: bool = True
    start_at: str = ""
    keep_remarks: Callable[[str], None] | None = None


@dataclass(frozen=True, slots=True)
class ShellOptions:
    """What the composition root hands to the interface.

    `themes` are by name, `theme` the one to start with; `keys` are remaps (command id to key);
    `history` are earlier instructions, oldest first; `remember` is called with each new one.
    `draft` is what an earlier session ended with; `keep_draft` is called with what this one leaves,
    "" for nothing. `edit_file(path, line)` opens an editor while the interface is suspended;
    `show_output(path)` shows there what a check printed;
    `edit_text(text, name)` edits a text there, as a file of this name, and returns it, None to
    leave it as it was; `commit(plan)` runs git commit there and returns the new commit, "" for
    none; `run_line(line, told, stop)` runs a shell's command line, tells what it prints as it
    comes, ends it when `stop` is set and returns the exit status, called in a thread; all raise
    SparkError. `copy_native(text)` puts text on the desktop's clipboard, in
    a thread, and says whether it is there.
    `run_comments` sends what a comment in a file asks for without a key. `skeleton` is the first
    paint, which hands the terminal over. `resume` is the command that opens this session again, ""
    where none can. `vim` gives the prompt vim's keys. With `review` "auto" the first hunk of an
    answer takes the keyboard from an idle, empty prompt.
    `sessions` lists (id, when, what it holds), in a thread; `reopen` is called with the one that
    is to be gone on with when this one has ended. `presets` are (name, instruction) for the
    code view's keys from 1 on. `instrument` is what the status line shows and what figures are
    compared with. `one_shot` is the one edit to make, after which the interface ends. `recorded` is
    what the prompt says where what is shown happened before: paints of this screen are no stamps
    of its turn. `crash_note` is called with a fault that ends the program.
    `review_source` opens the tree for a review of its changes, in a thread; `reviewing` is the
    review that is all the interface begins with.
    """

    themes: Mapping[str, ThemeSpec] = field(default_factory=dict)
    theme: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    history: Sequence[str] = ()
    remember: Callable[[str], None] | None = None
    draft: str = ""
    keep_draft: Callable[[str], None] | None = None
    edit_file: Callable[[str, int], None] | None = None
    edit_text: Callable[[str, str], str | None] | None = None
    show_output: Callable[[str], None] | None = None
    commit: Callable[[CommitPlan], str] | None = None
    run_line: RunLine | None = None
    copy_native: Callable[[str], bool] | None = None
    theme_changes: Callable[[], ThemeChanges] | None = None
    sessions: Callable[[], Sequence[tuple[str, str, str]]] | None = None
    reopen: Callable[[str], None] | None = None
    mouse: bool = True
    run_comments: bool = False
    vim: bool = False
    review: str = "asked"
    reduced_motion: bool = False
    skeleton: Skeleton | None = None
    resume: str = ""
    receipt: bool = True
    recorded: str = ""
    presets: Sequence[tuple[str, str]] = PRESETS
    instrument: InstrumentSettings | None = None
    one_shot: OneShot | None = None
    crash_note: Callable[[BaseException], str] | None = None
    review_source: Callable[[], ReviewSource] | None = None
    reviewing: TreeReviewSetup | None = None
