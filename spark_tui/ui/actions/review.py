"""What the review keys do: from the current hunk to a call of the conductor."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.context import written
from spark_tui.core.edits.by_hand import new_side
from spark_tui.core.edits.guard import protected
from spark_tui.core.edits.hunk_factory import is_excerpt
from spark_tui.core.edits.model import Hunk, HunkId, HunkState
from spark_tui.core.events import (
    Asked,
    Decided,
    Event,
    Flushed,
    FlushRefused,
    HunksGone,
    HunksSet,
    Notice,
    Undone,
)
from spark_tui.core.mode import Mode
from spark_tui.ui.actions.context import ActionContext
from spark_tui.ui.actions.handlers import Handler
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages import words
from spark_tui.ui.messages.message import Message, Sayable
from spark_tui.ui.undecided import UNDECIDED, number_of, tried, undecided


class ReviewActions:
    """Keys on hunks. `decided` are hunks decided by a key whose event has not come back yet.

    `conflict` is the notice of what could not be taken back, until something else happens.
    """

    def __init__(self, screen: ActionContext) -> None:
        self.screen = screen
        self.decided: set[HunkId] = set()
        self._reshaping: set[HunkId] = set()
        self.conflict: Notice | None = None
        self._dropped_files: set[tuple[int, str]] = set()
        self.commands: dict[str, Handler] = {
            "keep": lambda at: self._decide(HunkState.KEPT, at),
            "drop": lambda at: self._decide(HunkState.DROPPED, at),
            "keep-file": lambda at: self._decide_file(HunkState.KEPT, at),
            "drop-file": lambda at: self._decide_file(HunkState.DROPPED, at),
            "keep-all": self._keep_all,
            "drop-all": self._drop_all,
            "undo": self._undo,
            "redo": self._redo,
            "ask-again": self._ask_again,
            "comment": self._comment,
            "open": self._open,
            "split": self._split,
            "edit": self._edit,
            "next-open": lambda _: self._move(1, only_open=True),
            "previous-open": lambda _: self._move(-1, only_open=True),
            "next-any": lambda _: self._move(1, only_open=False),
            "previous-any": lambda _: self._move(-1, only_open=False),
            "unfold": self._unfold,
            "copy-hunk": self._copy,
            "copy": self._copy,
        }

    @property
    def early(self) -> bool:
        """True while review has nothing to act on yet: the first hunk has to be painted."""
        screen = self.screen
        begun = screen.running or screen.keyboard.sent
        nothing = screen.body.first_painted_hunk_of_turn is None and not screen.body.question
        return begun and nothing

    @property
    def _nothing(self) -> Sayable:
        return words.NOT_YET if self.early else words.NOTHING_OPEN

    @property
    def unsettled(self) -> bool:
        """True while a key on the current hunk was taken and the screen does not show it yet."""
        body = self.screen.body
        return body.current in self.decided or body.current in self._reshaping or body.behind

    def place(self, digit: int, at: int) -> None:
        """`1`-`9`: put the current ambiguous hunk at that candidate."""
        hunk = self._current()
        waits = hunk is not None and hunk.asks and hunk.id not in self.decided
        if hunk is None or not waits or hunk.refusal is None:
            self.screen.say(words.TYPING)
            return
        if digit > len(hunk.refusal.candidates):
            self.screen.say(words.TYPING)
            return
        if self._seen(hunk, at) and self.screen.conductor.place(hunk.id, digit - 1, at):
            self._reshaping.add(hunk.id)

    def give_up_waiting(self) -> None:
        """What was asked for never came: keys go on."""
        self.decided.clear()
        self._reshaping.clear()

    def handle(self, events: Sequence[Event]) -> None:
        """Follow what came back: forget decisions, drop late hunks of dropped files."""
        screen = self.screen
        for event in events:
            if isinstance(event, Decided | Flushed | FlushRefused | Undone | Notice | Asked):
                self.conflict = event if isinstance(event, Notice) and event.place else None
            match event:
                case Decided(ids=ids) | Flushed(ids=ids) | FlushRefused(ids=ids):
                    self._settled(ids)
                case Notice():  # in place of what a key asked for
                    self.give_up_waiting()
                case HunksGone(ids=ids):
                    self._settled(ids)
                case HunksSet(at=at, turn=turn, hunks=hunks, successors=successors):
                    self._settled([*(h.id for h in hunks), *(i for i, _ in successors)])
                    late = [
                        h.id
                        for h in hunks
                        if h.state in UNDECIDED and (turn, h.path) in self._dropped_files
                    ]
                    if late:
                        screen.conductor.decide(late, HunkState.DROPPED, at)
                case _:
                    pass

    def _settled(self, ids: Sequence[HunkId]) -> None:
        self.decided.difference_update(ids)
        self._reshaping.difference_update(ids)

    # ----------------------------------------------------------------- deciding

    def _answer(self, yes: bool, at: int) -> bool:
        """Answer whether the model may look, where that has the mark; False where nothing asks."""
        body = self.screen.body
        if not body.question:
            return False
        if body.sees_question(at):
            self.screen.conductor.allow_looks(body.question, yes)
        else:
            self.screen.say(words.NOT_SEEN)
        return True

    def _decide(self, state: HunkState, at: int) -> None:
        if self._answer(state is HunkState.KEPT, at):
            return
        hunk = self._current()
        turn = self.screen.session.turn
        if self._decide_try(hunk, state):
            return
        if hunk is None or turn is None:
            self.screen.say(self._nothing)
            return
        number = number_of(turn, hunk.id)
        if self.screen.body.together(hunk.id):
            self._decide_together(hunk, state, at)
        elif hunk.state is HunkState.WRITING:
            self.screen.say(words.keep_writing(number))
        elif hunk.id in self.decided or hunk.state not in UNDECIDED:
            self.screen.say(words.decided_already(number))
        elif not self._seen(hunk, at):
            return
        elif state is HunkState.KEPT and hunk.state is not HunkState.OPEN:
            self.screen.say(_no_keep(hunk, number))
        elif state is HunkState.KEPT and (needed := self._needed(hunk)) is not None:
            self._show_needed(needed, number_of(turn, needed.id))
        else:
            self._send([hunk], state, at)

    def _decide_try(self, hunk: Hunk | None, state: HunkState) -> bool:
        """Keep a whole answer that is on disk to be tried, or take it back; False where none is."""
        found = tried(self.screen.session)
        if found is None or (hunk is not None and hunk.asks):
            return False
        return self.screen.conductor.decide_try(found.turn, keep=state is HunkState.KEPT)

    def _needed(self, hunk: Hunk) -> Hunk | None:
        """The hunk that has to be kept before one that builds on it."""
        needed = None if hunk.depends_on is None else self.screen.session.find(hunk.depends_on)
        if needed is None or needed.id in self.decided:
            return None
        return None if needed.state in {HunkState.KEPT, HunkState.APPLIED} else needed

    def _show_needed(self, needed: Hunk, number: int) -> None:
        """What was not under the mark is not kept along: it comes there first."""
        if needed.state in UNDECIDED:
            self.screen.body.set_current(needed.id)
            self.screen.body.show(needed.id)
        self.screen.say(words.builds_on(number, dropped=needed.state is HunkState.DROPPED))

    def _decide_together(self, first: Hunk, state: HunkState, at: int) -> None:
        """All open hunks of a group, as far as their places were on the screen before the key.

        While one of them has not been, more of them are shown and nothing is decided.
        """
        body, session = self.screen.body, self.screen.session
        found = [session.find(i) for i in body.together(first.id)]
        waiting = [h for h in found if h is not None and h.state is HunkState.OPEN]
        seen = [h for h in waiting if h in body.under_mark]
        chosen = [h for h in seen if body.was_painted(h.id, at)]
        if not waiting:
            self.screen.say(words.decided_together(len(found)))
        elif len(seen) == len(waiting) and chosen:
            self._send(chosen, state, at)
        else:
            body.show(first.id)
            self.screen.say(words.NOT_SEEN)

    def _decide_file(self, state: HunkState, at: int) -> None:
        hunk = self._current()
        turn = self.screen.session.turn
        if hunk is None or turn is None:
            self.screen.say(self._nothing)
            return
        if not self._seen(hunk, at):
            return
        later = turn.hunks[number_of(turn, hunk.id) - 1 :]
        allowed = UNDECIDED if state is HunkState.DROPPED else frozenset({HunkState.OPEN})
        chosen = [h for h in later if h.path == hunk.path and h.state in allowed]
        if state is HunkState.KEPT:
            chosen = self._unprotected(chosen)
            if not chosen:
                return
        if state is HunkState.DROPPED and turn.running:
            self._dropped_files.add((turn.id, hunk.path))
        self._send(chosen, state, at)

    def _keep_all(self, at: int) -> None:
        opened = [h for h in undecided(self.screen.scope) if h.state is HunkState.OPEN]
        chosen = self._unprotected(opened)
        if chosen or not opened:
            self._send(chosen, HunkState.KEPT, at)

    def _unprotected(self, hunks: Sequence[Hunk]) -> list[Hunk]:
        """Those that may be kept many at a time; says so where some may not."""
        out = [h for h in hunks if not protected(h)]
        if len(out) < len(hunks):
            self.screen.say(words.protected(len(hunks) - len(out)))
        return out

    def _drop_all(self, at: int) -> None:
        screen = self.screen
        opened, running = undecided(screen.scope), screen.running
        race = screen.session.race
        if race is not None and race.turns:
            opened = [h for h in undecided(screen.session) if h.id.turn in race.turns]
        if not opened and not running:
            screen.say(words.QUIT_TWICE)
            return
        if running:
            screen.stop_run(at)
        if opened:
            self._send(opened, HunkState.DROPPED, at)
        screen.give_keyboard(Where.PROMPT)

    def _send(self, hunks: Sequence[Hunk], state: HunkState, at: int) -> None:
        wanted = [h for h in hunks if h.id not in self.decided]
        if not wanted:
            self.screen.say(self._nothing)
            return
        decided = self.screen.conductor.decide([h.id for h in wanted], state, at, wanted)
        self.decided.update(decided)
        if not {h.id for h in wanted} <= set(decided) and not self._only_looks(state):
            self.screen.say(words.NOT_SEEN)
        self.screen.follow(at)

    def _only_looks(self, state: HunkState) -> bool:
        """Whether nothing can be kept now, which is said elsewhere."""
        return state is HunkState.KEPT and self.screen.session.mode is Mode.READ_ONLY

    # ----------------------------------------------------------------- the rest

    def _undo(self, at: int) -> None:
        """Take back the last decision; who has the keyboard keeps it: the next words are words."""
        self.screen.conductor.take_back(at)

    def _redo(self, at: int) -> None:
        self.screen.conductor.redo(at)

    def _ask_again(self, at: int) -> None:
        hunk = self._current()
        if hunk is None or hunk.state not in {HunkState.REFUSED, HunkState.STALE}:
            self.screen.say(words.FITS_ALREADY)
        elif self._seen(hunk, at):
            self.screen.conductor.ask_again(hunk.id, at)

    def _comment(self, _at: int) -> None:
        """To the prompt, behind the place it is about: selected lines, else the hunk's first."""
        selected = self.screen.body.selected_place()
        hunk = self._current()
        if selected is not None:
            path, first, last = selected
            place = written(path, (first, last))
        elif hunk is not None:
            place = written(hunk.path, (hunk.line, hunk.line) if hunk.line else None)
        else:
            self.screen.say(self._nothing)
            return
        prompt = self.screen.prompt
        gap = "" if prompt.empty or prompt.draft.text[-1].isspace() else " "
        self.screen.give_keyboard(Where.PROMPT)
        prompt.type(f"{gap}{place} ")

    def _split(self, at: int) -> None:
        current = self._current()
        if current is not None and self.screen.body.together(current.id):
            self._open_group(current.id)
            return
        hunk = self._changeable(at)
        if hunk is not None and self.screen.conductor.split(hunk.id, at):
            self._reshaping.add(hunk.id)

    def _edit(self, at: int) -> None:
        current = self._current()
        if current is not None and current.state in {HunkState.REFUSED, HunkState.STALE}:
            self._merge(current, at)
            return
        hunk = self._changeable(at)
        turn = self.screen.session.turn
        if hunk is None or turn is None:
            return
        before = new_side(hunk)
        text = self.screen.edit_text(before, hunk.path)
        if text not in {None, before} and self.screen.conductor.edited(hunk.id, text, at):
            self.screen.say(words.edited(number_of(turn, hunk.id)))
            self._reshaping.add(hunk.id)

    def _merge(self, hunk: Hunk, at: int) -> None:
        """A hunk without a place, merged by hand with the lines that are nearest; else the file."""
        turn, conductor = self.screen.session.turn, self.screen.conductor
        if not self._seen(hunk, at):
            return
        both = conductor.to_merge(hunk.id)
        if both is None or turn is None:
            self.screen.edit_file(hunk.path, _line_to_open(hunk))
            return
        text = self.screen.edit_text(both, hunk.path)
        if text is not None and conductor.merged(hunk.id, text, at):
            self.screen.say(words.merged_by_hand(number_of(turn, hunk.id)))
            self._reshaping.add(hunk.id)

    def _changeable(self, at: int) -> Hunk | None:
        """The current hunk while it can still be cut or rewritten; else says why not."""
        hunk = self._current()
        turn = self.screen.session.turn
        if hunk is None or turn is None:
            self.screen.say(self._nothing)
        elif hunk.state is HunkState.WRITING:
            self.screen.say(words.keep_writing(number_of(turn, hunk.id)))
        elif hunk.id in self.decided or hunk.state not in UNDECIDED:
            self.screen.say(words.decided_already(number_of(turn, hunk.id)))
        elif self.screen.body.together(hunk.id):
            self.screen.say(words.OPEN_FIRST)
        elif self._seen(hunk, at):
            if hunk.state is HunkState.OPEN:
                return hunk
            self.screen.say(_no_keep(hunk, number_of(turn, hunk.id)))
        return None

    def _open(self, _at: int) -> None:
        hunk = self._current()
        if self.conflict is not None and self.conflict.place is not None:
            self.screen.edit_file(*self.conflict.place)
        elif hunk is not None:
            self.screen.edit_file(hunk.path, _line_to_open(hunk))

    def _move(self, step: int, *, only_open: bool) -> None:
        self.screen.body.move(step, only_open=only_open)

    def _unfold(self, _at: int) -> None:
        hunk = self._current()
        if hunk is None:
            return
        body = self.screen.body
        if body.together(hunk.id):
            self._open_group(hunk.id)
        elif hunk.state in UNDECIDED:
            body.more_context(hunk.id)
        else:
            body.toggle_fold(hunk.id)

    def _open_group(self, hunk_id: HunkId) -> None:
        """Each hunk alone; the keys row says at once what the next key decides."""
        self.screen.body.open_group(hunk_id)
        self.screen.refresh_bars()

    def _copy(self, _at: int) -> None:
        selected = self.screen.selected_text()
        hunk = self._current()
        if selected:
            self.screen.copy(selected)
        elif hunk is not None:
            self.screen.copy(self.screen.body.copy_text(hunk.id))

    def _current(self) -> Hunk | None:
        """The hunk a key acts on: the one that is marked. Without one the first that asks is."""
        body = self.screen.body
        if body.current is None:
            body.set_current(next((h.id for h in undecided(self.screen.scope)), None))
        return None if body.current is None else self.screen.session.find(body.current)

    def _seen(self, hunk: Hunk, at: int) -> bool:
        """True when it was on the screen as the key was pressed, and is under the mark as it is.

        Else it comes into view, and the next key decides.
        """
        body = self.screen.body
        if body.together(hunk.id):
            return bool(body.under_mark)
        painted = body.under_mark == (hunk,) and body.was_painted(hunk.id, at)
        if painted and body.is_visible(hunk.id):
            return True
        body.show(hunk.id)
        self.screen.say(words.NOT_SEEN)
        return False


def _line_to_open(hunk: Hunk) -> int:
    """The 1-based line that an editor opens at: where it stands, could stand, or does not fit."""
    refusal = hunk.refusal
    if refusal is None:
        return hunk.line or 1
    places = [place.line for place in refusal.candidates]
    return refusal.line or (places[0] if places else None) or hunk.line or 1


def _no_keep(hunk: Hunk, number: int) -> Message:
    if hunk.state is HunkState.STALE:
        why = hunk.refusal
        if why is None:
            return words.stale(hunk.line, "")
        return words.stale(why.line, why.by)
    if is_excerpt(hunk):
        return words.keep_excerpt(number)
    if not hunk.asks:
        return words.already_there(number)
    return words.keep_refused(number, len(hunk.refusal.candidates) if hunk.refusal else 0)
