"""`spark-tui [PATH]` and `spark-tui demo`: paint first, import later, then join the parts."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spark_tui.core.errors import JournalError, SettingsError, UsageError

if TYPE_CHECKING:
    import threading

    from spark_tui.core.commit import CommitPlan
    from spark_tui.core.config.settings import Settings
    from spark_tui.core.config.theme import ThemeSpec
    from spark_tui.core.mode import Mode
    from spark_tui.core.session import Session
    from spark_tui.core.trace.settings import TraceSettings
    from spark_tui.pair.ports import Conductor, Finder, Recorder
    from spark_tui.pair.tree_review import ReviewSource
    from spark_tui.services.sessions import Sessions
    from spark_tui.services.worktree.git_worktree import GitWorktree
    from spark_tui.services.worktree.repo import Repository
    from spark_tui.ui.options import OneShot, ShellOptions, TreeReviewSetup
    from spark_tui.ui.style.theming import ThemeChanges
    from spark_tui.ui.terminal.first_paint import Skeleton

MOST_PROBLEMS = 3
"""So many complaints about a project's file are told."""

_FLAGS = ("--endpoint", "--mode", "--theme", "--dir")
_SWITCHES = ("--vim", "--readline", "--reduced-motion", "--plain")


def session(args: Sequence[str]) -> int:
    """The session in the worktree that holds PATH; returns the exit status."""
    options, rest = _options(args)
    if len(rest) > 1:
        raise UsageError(f"one path at a time, not {len(rest)}", "spark-tui --help")
    path = Path(rest[0] if rest else ".")
    from spark_tui.services.plain_files import is_there

    if rest and not is_there(path):
        raise UsageError(f"{rest[0]} is neither a command nor a path", "spark-tui --help")
    return _start(path, options)


def resume(args: Sequence[str]) -> int:
    """The last session here, or the one with this number, with its open hunks."""
    options, rest = _options(args)
    if len(rest) > 1:
        raise UsageError(f"one session at a time, not {len(rest)}", "spark-tui sessions")
    _need_terminal(options)
    from spark_tui.commands.sessions import find, here

    return _start(Path(), options, resumed=find(here(), rest[0] if rest else ""))


def demo(args: Sequence[str]) -> int:
    """The same in a throw-away sample repository, against the simulated endpoint.

    With --dir it is a repository like any other: what was written there can be taken back later.
    """
    options, rest = _options(args)
    if rest:
        raise UsageError(f"demo takes no path, not {rest[0]!r}", "spark-tui demo --dir DIR")
    _need_terminal(options)
    import tempfile

    from spark_tui.commands.sample import make_sample

    options.setdefault("--endpoint", "sim")
    if "--dir" in options:
        return _start(make_sample(Path(options["--dir"]) / "httpkit"), options)
    with tempfile.TemporaryDirectory(prefix="spark-tui-demo-") as made:
        home = Path(made).resolve()
        return _start(make_sample(home / "httpkit"), options, state=home / "state")


def _saved(sessions: Sessions, ident: str) -> Session:
    from spark_tui.core.saved_session import restored

    try:
        return restored(sessions.read(ident))
    except ValueError as error:
        raise JournalError(f"session {ident} can't be read", "spark-tui sessions") from error


def _recorder(wanted: TraceSettings) -> Recorder | None:
    """Traces of the demo stay too: `spark-tui replay last` is worth trying after it."""
    from spark_tui.services import places
    from spark_tui.services.trace import TraceRecorder, Traces

    if not wanted.keep:
        return None
    return TraceRecorder(Traces(places.state_dir()), text=wanted.text, keep=wanted.keep)


def _options(args: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Flags with their values, and what is left."""
    options: dict[str, str] = {}
    rest: list[str] = []
    items = iter(args)
    for item in items:
        name, joined, value = item.partition("=")
        if item in _SWITCHES:
            options[item] = "yes"
            continue
        if name in _FLAGS:
            given = value if joined else next(items, "")
            if not given:
                raise UsageError(f"{name} needs a value", "spark-tui --help")
            options[name] = given
        elif item.startswith("-") and item != "-":
            raise UsageError(f"unknown flag {item}", "spark-tui --help")
        else:
            rest.append(item)
    return options, rest


def _plain(options: dict[str, str]) -> bool:
    """Lines only: asked for, or a terminal that has no cursor to move."""
    return "--plain" in options or os.environ.get("TERM") == "dumb"


def _need_terminal(options: dict[str, str]) -> None:
    if _plain(options) or "TEXTUAL_DRIVER" in os.environ:  # served to a browser: see textual-serve
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the session needs a terminal", "in a pipe: spark-tui apply, or --plain")


def one_shot(
    options: dict[str, str], wanted: Callable[[], tuple[Path, OneShot]]
) -> tuple[int, str]:
    """One quick edit: its exit status and what to say then, "" for nothing.

    `wanted` is called after the first paint and names a folder of the worktree and what to do.
    Never simulated unless that is named: raises UsageError where no endpoint is configured.
    """
    if _plain(options):
        raise UsageError("no screen for it here", "--apply writes it, --patch prints the diff")
    _need_terminal(options)
    from spark_tui.ui.terminal.first_paint import Skeleton

    with Skeleton() as first_paint:
        path, one_shot = wanted()
        return _run(path, options, None, first_paint, "", one_shot), one_shot.parting


def review_screen(options: dict[str, str], setup: TreeReviewSetup) -> int:
    """A review of changes, over a session that takes its remarks; the exit status."""
    from spark_tui.ui.terminal.first_paint import Skeleton

    with Skeleton(prompt=False) as first_paint:
        return _run(Path(), options, None, first_paint, "", reviewing=setup)


def _start(
    path: Path, options: dict[str, str], state: Path | None = None, resumed: str = ""
) -> int:
    """Paint, then find out whether there is anything to show."""
    if _plain(options):
        return _run(path, options, state, None, resumed)
    _need_terminal(options)
    from spark_tui.ui.terminal.first_paint import Skeleton

    with Skeleton() as first_paint:
        return _run(path, options, state, first_paint, resumed)


def _check_keys(settings: Settings) -> None:
    """Raise SettingsError, with their lines, for remapped keys that can't be."""
    from spark_tui.services import places
    from spark_tui.ui.input.commands import Keymap

    if settings.keys:
        try:
            Keymap(dict(settings.keys))
        except SettingsError as error:
            raise places.in_config(error) from None


def _run(
    path: Path,
    options: dict[str, str],
    state: Path | None,
    first_paint: Skeleton | None,
    resumed: str,
    one_shot: OneShot | None = None,
    reviewing: TreeReviewSetup | None = None,
) -> int:
    """Join the parts of a session and run it; the exit status."""
    from spark_tui.services.worktree.repo import find_repository

    repo = find_repository(path)
    build = SessionBuilder(repo, options, state, resumed, one_shot, reviewing)
    if first_paint is None:
        from spark_tui.ui.plain.run import run_plain

        return run_plain(build.conductor)
    from spark_tui.ui.app import run

    chosen: list[str] = []
    code = run(build.conductor, build.shell_options(first_paint, chosen.append))
    build.typed.close()
    if chosen:
        return _start(path, options, state, chosen[0])
    return code


class SessionBuilder:
    """The parts of one session, checked when this is made and joined when they are asked for.

    `state` holds its journal and history where that is not the usual folder, `resumed` is the
    session to go on with, "" for a new one. Raises UsageError or SettingsError for what can't be.
    """

    def __init__(
        self,
        repo: Repository,
        options: dict[str, str],
        state: Path | None,
        resumed: str,
        one_shot: OneShot | None,
        reviewing: TreeReviewSetup | None = None,
    ) -> None:
        from spark_tui.core.config.settings import choose_endpoint
        from spark_tui.services import places

        self.root = repo.root
        self.options = options
        self.resumed = resumed
        self.one_shot = one_shot
        self.reviewing = reviewing
        self.settings = places.load_settings(self.root)
        _check_keys(self.settings)
        self.choice = choose_endpoint(self.settings, os.environ, options.get("--endpoint", ""))
        if one_shot is not None and self.choice.fallback:
            from spark_tui.commands.headless_edit import NO_ENDPOINT

            raise UsageError("no endpoint is configured", NO_ENDPOINT)
        self.mode = _mode(options, self.settings)
        self.themes = places.load_themes()
        self.theme = _theme(options, self.settings, self.themes)
        from spark_tui.services.history import TypedText
        from spark_tui.services.sessions import Sessions
        from spark_tui.services.worktree.filing import filed_under, note

        self.usual = state is None
        self.kept_in = state or places.state_dir()
        under = filed_under(repo, self.kept_in)
        note(repo, self.kept_in, under)
        self.typed = TypedText(self.kept_in, under)
        self.sessions = Sessions(self.kept_in, under)
        self.saved = _saved(self.sessions, resumed) if resumed else None

    def conductor(self) -> Conductor:
        """Everything below the screen; called in the loop that runs it."""
        from time import monotonic_ns

        from spark_tui.commands.endpoint_setup import Setup
        from spark_tui.commands.endpoints import connector, with_sign_in
        from spark_tui.core.guidance import GUIDANCE
        from spark_tui.core.printable import safe
        from spark_tui.pair.conductor import Pair
        from spark_tui.services import places
        from spark_tui.services.checks import UserChecks
        from spark_tui.services.clipboard import read_clipboard
        from spark_tui.services.credentials import loose
        from spark_tui.services.spending import SpendFile
        from spark_tui.services.trust import is_trusted, untrusted_guidance
        from spark_tui.services.worktree.git_worktree import open_worktree
        from spark_tui.services.worktree.gitpython import GitPythonCommands

        worktree = open_worktree(self.root, self.kept_in, self.settings.journal, GitPythonCommands)
        recorder = _recorder(self.settings.traces)
        store = self.sessions.writer(self.resumed)
        pair = Pair(
            worktree,
            [with_sign_in(one) for one in self.choice.profiles],
            connector(self.kept_in),
            monotonic_ns,
            self.mode,
            saved=self.saved,
            store=store,
            clipboard=read_clipboard,
            checks=UserChecks(
                self.root,
                self.settings.checks,
                {p.key_variable for p in self.choice.profiles},
                self.kept_in / "checks" / worktree.journal.folder.name,
            ),
            recorder=recorder,
            setup=Setup(),
            marker=self.settings.comments.marker,
            race_on=self.settings.race_on,
            ledger=SpendFile(self.kept_in / "spend.log"),
            spend=self.settings.spend,
            finder=None if self.one_shot or self.reviewing else lambda: self._finder(worktree),
            crash_note=self.crash_note,
            looks=self.settings.looks,
            trusted=self.settings.trusts_folder,
            trusts=lambda path, text: is_trusted(places.trust_file(), self.root / path, text),
        )
        if self.settings.saved.keys and loose(places.keys_file()):
            pair.tell(f"others can read {places.keys_file()}", "chmod 600 it")
        if self.settings.untrusted:
            named = ", ".join(self.settings.untrusted)
            pair.tell(f".spark.toml sets {named}, not used", "spark-tui trust shows and allows it")
        if untrusted_guidance(places.trust_file(), self.root):
            pair.tell(f"{GUIDANCE} does not go along", "spark-tui trust shows and allows it")
        for problem in self.settings.unused[:MOST_PROBLEMS]:
            pair.tell(safe(problem), "it is not used")
        return pair

    def _finder(self, worktree: GitWorktree) -> Finder:
        from spark_tui.services.index.finder import RepositoryIndex

        return RepositoryIndex(worktree.repo, self.kept_in)

    def shell_options(self, first_paint: Skeleton, reopen: Callable[[str], None]) -> ShellOptions:
        """What the screen is handed; `reopen` takes the session to go on with after this one."""
        from spark_tui.ui.options import ShellOptions

        settings, typed, one_shot = self.settings, self.typed, self.one_shot
        options = self.options
        return ShellOptions(
            themes=self.themes,
            theme=self.theme,
            keys=dict(settings.keys),
            presets=settings.presets,
            instrument=settings.instrument,
            history=typed.earlier(),
            remember=typed.remember,
            draft="" if one_shot else typed.take_draft(),
            keep_draft=None if one_shot else typed.keep_draft,
            edit_file=self.edit_file,
            edit_text=self.edit_text,
            show_output=self.show_output,
            run_comments=settings.comments.run,
            commit=self.commit,
            run_line=self.run_line,
            copy_native=self.copy_native,
            theme_changes=self.theme_changes,
            sessions=None if one_shot else self.listed,
            reopen=reopen,
            vim="--vim" in options or (settings.prompt == "vim" and "--readline" not in options),
            review=settings.review,
            reduced_motion="--reduced-motion" in options or settings.motion == "reduced",
            skeleton=first_paint,
            resume="spark-tui resume" if self.usual else "",
            one_shot=one_shot,
            receipt=one_shot is None and self.reviewing is None,
            crash_note=self.crash_note,
            review_source=None if one_shot else self.review_source,
            reviewing=self.reviewing,
        )

    def review_source(self) -> ReviewSource:
        """The worktree against HEAD, to be reviewed; called in a thread."""
        from spark_tui.core.tree_review.model import Scope
        from spark_tui.services.worktree.git_worktree import open_worktree
        from spark_tui.services.worktree.reviewed_tree import ReviewedTree

        worktree = open_worktree(self.root, self.kept_in, self.settings.journal)
        return ReviewedTree(worktree, Scope())

    def crash_note(self, error: BaseException) -> str:
        """Note where a fault happened; where the note is."""
        from spark_tui.services.crashes import crash_note

        return crash_note(self.kept_in, error)

    def edit_file(self, path: str, line: int) -> None:
        """The person's editor at a line."""
        from spark_tui.services import editor

        editor.edit_file(self.root, path, line)

    def show_output(self, path: str) -> None:
        """All that a check printed, in the person's editor."""
        from spark_tui.services import editor

        editor.show_output(self.root, path)

    def edit_text(self, text: str, name: str) -> str:
        """A text in the person's editor; None to leave it as it was."""
        from spark_tui.services import editor

        return editor.edit_text(self.root, text, name)

    def commit(self, plan: CommitPlan) -> str:
        """A commit of the person's own; what it is called, "" for none."""
        from spark_tui.services.worktree import user_commit
        from spark_tui.services.worktree.git_worktree import open_worktree

        worktree = open_worktree(self.root, self.kept_in)
        made = user_commit.commit(
            worktree.repo,
            worktree.journal,
            plan,
            [p.key_variable for p in self.choice.profiles if p.key_variable],
        )
        if not made:
            # What git or a hook said is above, and gone once the session is painted again.
            with contextlib.suppress(EOFError, KeyboardInterrupt):
                from spark_tui.ui.messages.words import NO_COMMIT

                input(f"\nspark-tui: {NO_COMMIT} ")
        return made

    def run_line(self, line: str, told: Callable[[str], None], stop: threading.Event) -> int:
        """`!line` in the person's shell; its exit status."""
        from spark_tui.services import shell

        names = [p.key_variable for p in self.choice.profiles if p.key_variable]
        return shell.run_line(self.root, line, told, stop, names)

    def copy_native(self, text: str) -> bool:
        """Whether the text is on the desktop's clipboard."""
        from spark_tui.services.clipboard import copy_text

        return copy_text(text)

    def theme_changes(self) -> ThemeChanges:
        """All themes again after each change on disk."""
        from spark_tui.services.theme_files import changed_themes

        return changed_themes()

    def listed(self) -> list[tuple[str, str, str]]:
        """The sessions kept here."""
        from spark_tui.commands.sessions import described

        return described(self.sessions)


def _mode(options: dict[str, str], settings: Settings) -> Mode:
    from spark_tui.core.mode import Mode

    try:
        return Mode(options.get("--mode", settings.mode))
    except ValueError:
        raise UsageError(f"--mode {options['--mode']}", f"one of {', '.join(Mode)}") from None


def _theme(options: dict[str, str], settings: Settings, themes: Mapping[str, ThemeSpec]) -> str:
    from spark_tui.core.config.settings import AUTOMATIC

    theme = options.get("--theme", settings.theme)
    if theme != AUTOMATIC and theme not in themes:
        raise UsageError(f"no theme is named {theme!r}", f"one of {', '.join(sorted(themes))}")
    return theme
