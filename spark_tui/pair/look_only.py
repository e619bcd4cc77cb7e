"""The half of a `Conductor` that asks and writes, for one that only shows: it refuses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from spark_tui.core.checks import CheckRule, DeclaredCheck
from spark_tui.core.context import NOTHING_OMITTED, LineRange, Omitted
from spark_tui.core.edits.model import Hunk, HunkId, HunkState
from spark_tui.core.endpoint.choices import EndpointDraft
from spark_tui.core.mode import Mode


class LookOnly(ABC):
    """Every key that would ask, decide or write ends in `refuse`.

    Many methods: those of a `Conductor` that do so.
    """

    @abstractmethod
    def refuse(self) -> None:
        """Say that nothing is asked or written here."""

    def ask(self, text: str, key_at: int, omitted: Omitted = NOTHING_OMITTED) -> None:
        """No turn starts."""
        self.refuse()

    def ask_span(self, span: LineRange, text: str, key_at: int) -> None:
        """No turn starts."""
        self.refuse()

    def show_diff(self) -> None:
        """There is no worktree."""
        self.refuse()

    def show_file(self, path: str) -> None:
        """There are no files."""
        self.refuse()

    def allow_looks(self, turn: int, yes: bool) -> None:
        """Nobody looks."""
        self.refuse()

    def decide(
        self,
        ids: Sequence[HunkId],
        state: HunkState,
        key_at: int,
        seen: Sequence[Hunk] = (),
    ) -> tuple[HunkId, ...]:
        """Nothing is decided."""
        self.refuse()
        return ()

    def place(self, hunk_id: HunkId, candidate: int, key_at: int) -> bool:
        """Nothing is placed."""
        self.refuse()
        return False

    def split(self, hunk_id: HunkId, key_at: int) -> bool:
        """Nothing is split."""
        self.refuse()
        return False

    def edited(self, hunk_id: HunkId, text: str, key_at: int) -> bool:
        """Nothing is edited."""
        self.refuse()
        return False

    def to_merge(self, hunk_id: HunkId) -> str | None:
        """Nothing is edited."""
        self.refuse()
        return None

    def merged(self, hunk_id: HunkId, text: str, key_at: int) -> bool:
        """Nothing is edited."""
        self.refuse()
        return False

    def ask_again(self, hunk_id: HunkId, key_at: int) -> None:
        """No turn starts."""
        self.refuse()

    def take_back(self, key_at: int) -> None:
        """Nothing is taken back."""
        self.refuse()

    def let_go(self) -> None:
        """Nothing goes along."""
        self.refuse()

    def take_comment(self) -> str:
        """No comment asks for anything."""
        return ""

    def redo(self, key_at: int) -> None:
        """Nothing is redone."""
        self.refuse()

    def show_entry(self, entry: int) -> None:
        """There is no journal."""
        self.refuse()

    def undo_entry(self, entry: int, key_at: int, hunks: Sequence[int] = ()) -> None:
        """Nothing is undone."""
        self.refuse()

    def undo_to(self, entry: int, key_at: int) -> None:
        """Nothing is undone."""
        self.refuse()

    def undo_through(self, entry: int, key_at: int) -> None:
        """Nothing is undone."""
        self.refuse()

    def undo_group(self, group: int, key_at: int) -> None:
        """Nothing is undone."""
        self.refuse()

    def checks(self) -> Sequence[CheckRule]:
        """There are none."""
        return ()

    def offer_checks(self) -> None:
        """Nothing is checked."""
        self.refuse()

    def choose_check(self, check: DeclaredCheck) -> None:
        """Nothing is checked."""
        self.refuse()

    def fix(self, check: CheckRule, key_at: int, words: str = "", *, guarded: bool = False) -> None:
        """Nothing is fixed."""
        self.refuse()

    def decide_try(self, turn: int, *, keep: bool) -> bool:
        """Nothing is tried."""
        return False

    def stop_fix(self) -> None:
        """Nothing is fixed."""
        return

    def plan_commit(self) -> None:
        """There is nothing to commit."""
        self.refuse()

    def set_mode(self, mode: Mode) -> None:
        """The mode stays."""
        self.refuse()

    def use_endpoint(self, name: str) -> None:
        """The endpoint stays."""
        self.refuse()

    def toggle_race(self) -> None:
        """Nothing is raced."""
        self.refuse()

    def select_side(self, turn: int) -> None:
        """There is one side only."""
        self.refuse()

    def sign_in(self, name: str) -> None:
        """Nobody signs in."""
        self.refuse()

    def set_up_endpoint(self, draft: EndpointDraft) -> None:
        """Nothing is set up."""
        self.refuse()
