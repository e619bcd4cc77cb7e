"""The append-only session for screen readers and dumb terminals: lines in, lines out, no cursor.

An instruction is a line; a decision is a letter and a hunk's number. Nothing is ever redrawn.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Sequence

from spark_tui.core.checks import CheckResult, next_instruction
from spark_tui.core.context import ContextItem
from spark_tui.core.edits import writers
from spark_tui.core.edits.alike import Swaps, alike, named, places, replacement
from spark_tui.core.edits.guard import protected
from spark_tui.core.edits.hunk_factory import is_excerpt
from spark_tui.core.edits.lookalike import told
from spark_tui.core.edits.model import FileOp, Hunk, HunkId, HunkState
from spark_tui.core.edits.rows import rows
from spark_tui.core.edits.text import absent
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import (
    Asked,
    Checked,
    CommentsWaiting,
    Decided,
    EndpointLabel,
    EndpointSet,
    Event,
    Flushed,
    FlushRefused,
    HunksSet,
    LookDone,
    LooksWanted,
    ModeSet,
    Notice,
    Repairing,
    RepairStage,
    Said,
    TurnEnded,
    Undone,
    Unsaid,
)
from spark_tui.core.mode import Mode
from spark_tui.core.printable import safe
from spark_tui.core.regex import regex
from spark_tui.core.remedy import Remedy
from spark_tui.pair.ports import Conductor
from spark_tui.ui.messages import words
from spark_tui.ui.messages.remedies import in_plain
from spark_tui.ui.undecided import UNDECIDED

HELP = """\
Type an instruction and press Enter; name files as @path or @path:10-40.
y 3  keep hunk 3        n 3  drop hunk 3       y or n alone: the first open one
y g1 keep group 1       n g1 drop group 1      hunks that make the same replacement
A    keep all open      u    take back the last decision
r 3  ask again          p 3 2  put hunk 3 at its second place
/show 3  /list  /stop  /mode ask|auto-apply|read-only  /endpoint NAME  /help  /quit
/comment  do what an AI! comment asks      /check  send what a failed check says"""

_DECISION = regex(r"([ynrp])(?:\s+(\d+))?(?:\s+(\d+))?|([Au])")
_TOGETHER = regex(r"([yn])\s+g(\d+)")
_TAGS = {"-": "remove", "+": "add", " ": "keep"}


class PlainSession:
    """Says what happens, one line each, and does what the lines say.

    `quiet` is set while no answer is under way.
    """

    def __init__(self, conductor: Conductor, out: Callable[[str], None]) -> None:
        self.conductor = conductor
        self._out = out
        self._numbers: dict[HunkId, int] = {}
        self._told: dict[HunkId, HunkState] = {}
        self._prose = ""
        self._endpoint = ""
        self._asked = 0
        self._groups: list[tuple[int, Swaps]] = []
        self._news = asyncio.Event()
        self.quiet = asyncio.Event()
        self.quiet.set()

    def say(self, text: str) -> None:
        """One line of harmless text."""
        self._out(safe(text))

    # ----------------------------------------------------------------- what happens

    def handle(self, events: Sequence[Event]) -> None:
        """Tell a batch of events."""
        self._news.set()
        for event in events:
            match event:
                case Said(text=text):
                    self._prose += text
                case Unsaid():
                    self._prose = ""
                case LookDone(look=look):
                    for text, rest in words.looked(look):
                        self.say(f"model {text}{rest}" if text.startswith(look.done) else text)
                case LooksWanted(looks=wanted):
                    self.say(f"model {words.wants(wanted)} · y shows it, n does not")
                case Asked(context=context, tokens=tokens):
                    self.say(f"sent with {_sent_with(context)}, ~{tokens:,} tokens")
                case HunksSet(hunks=hunks):
                    self._flush_prose()
                    for hunk in hunks:
                        self._tell(hunk)
                case TurnEnded(turn=turn):
                    self._flush_prose()
                    self._ended(event)
                    self._tell_groups(turn)
                    self._asked -= 1
                    if self._asked <= 0:
                        self.quiet.set()
                case Decided(ids=ids, state=state):
                    self.say(f"{self._names(ids)} {_DECIDED[state]}")
                case Flushed(ids=ids, entry=entry):
                    self.say(f"{self._names(ids)} applied, entry {entry}")
                case FlushRefused(ids=ids, message=what):
                    self.say(f"{self._names(ids)} not written: {what}")
                case Undone(undoes=undoes, ids=ids):
                    back = f", {self._names(ids)} open again" if ids else ""
                    kept = f", {writers.stays(event.stays)}" if event.merged else ""
                    self.say(f"entry {undoes} undone{kept}{back}")
                case Notice(text=text, remedies=remedies):
                    self.say(in_plain(text, remedies))
                case Repairing():
                    self._repairing(event)
                case Checked(results=results, running=()):
                    for result in results:
                        self.say(_check_said(result))
                case CommentsWaiting(requests=(first, *_)):
                    self.say(
                        f"{first.path} line {first.line} asks: {first.text} · /comment runs it"
                    )
                case ModeSet(mode=mode):
                    self.say(f"mode {mode.value}")
                case EndpointSet(endpoint=label):
                    self._endpoint_is(label)
                case _:
                    pass

    def _repairing(self, event: Repairing) -> None:
        """The one automatic repair round, with the numbers that hunks have here."""
        which = self._names(event.ids)
        first = self._number(event.ids[0])
        match event.step:
            case RepairStage.ASKING:
                self.say(f"asking again for {which}, once, {event.tokens:,} more tokens")
            case RepairStage.PLACED:
                self.say(f"asked again for {which}, {event.tokens:,} tokens")
            case RepairStage.UNFIT:
                self.say(f"{which}: still without a place · r {first} asks again, n {first} drops")
            case RepairStage.BROKEN:
                self.say(f"{which}: the second try broke off · r {first} asks again")

    def _endpoint_is(self, label: EndpointLabel) -> None:
        name = f"simulated, {label.name}" if label.simulated else label.name
        if label.built_in:
            name = "simulated, nothing leaves this machine"
        if name != self._endpoint:
            self._endpoint = name
            self.say(f"endpoint {name}")

    def _flush_prose(self) -> None:
        prose, self._prose = self._prose.strip(), ""
        for line in prose.split("\n") if prose else ():
            self.say(line)

    def _tell(self, hunk: Hunk) -> None:
        """A hunk that arrived or is not what it was."""
        if hunk.state is HunkState.WRITING or self._told.get(hunk.id) is hunk.state:
            return
        first = hunk.id not in self._told
        self._told[hunk.id] = hunk.state
        number = self._number(hunk.id)
        if not first and hunk.state in (HunkState.APPLIED, HunkState.DROPPED):
            return
        self.say(f"hunk {number}: {_headline(hunk)}")
        if first and hunk.state in UNDECIDED:
            self.show(hunk)

    def show(self, hunk: Hunk) -> None:
        """The hunk's lines, each with a word for what happens to it."""
        lines = rows(hunk, absent(hunk.path), 0)
        for row in lines:
            self.say(f"  {_TAGS[row.tag]}: {told(row)}")
        if note := words.differs_in(lines):
            self.say(f"  {note}")
        for number, place in enumerate(hunk.refusal.candidates if hunk.refusal else (), 1):
            where = words.WHOLE_FILE if is_excerpt(hunk) else f"line {place.line} {place.where}"
            self.say(f"  place {number}: {where}")

    def _ended(self, event: TurnEnded) -> None:
        reading = event.reading
        left = len(self._open())
        said = [
            f"answer {event.ending.value}",
            f"{left or 'nothing'} to decide",
        ]
        if reading.ttft_ns is not None:
            said.append(f"first token after {words.ms(reading.ttft_ns)}")
        if reading.decode_tps is not None:
            about = "about " if reading.guess else ""
            said.append(f"{about}{reading.decode_tps:,.0f} tokens a second")
        if event.detail:
            said.append(in_plain(event.detail, event.remedies))
        elif event.ending in (Ending.CUT, Ending.LENGTH):
            said.append(in_plain(words.CUT_OFF.what, (Remedy.RETRY,)))
        self.say(", ".join(said))

    def _tell_groups(self, turn_id: int) -> None:
        """Which hunks of an answer make the same replacement, to be decided as one."""
        for swaps, hunks in alike(self._of_turn(turn_id)).items():
            self._groups.append((turn_id, swaps))
            number, files = len(self._groups), {h.path for h in hunks}
            count = sum(len(places(h)) for h in hunks)
            told = words.places(count, len(hunks), len(files), more=False)
            names = words.hunks_of([self._number(h.id) for h in hunks])
            self.say(f"group {number}: {named(swaps)}, {told}: {names}")
            self.say(f"  y g{number} keeps them, n g{number} drops them")

    def _of_turn(self, turn_id: int) -> Sequence[Hunk]:
        turns = self.conductor.session.turns
        return next((turn.hunks for turn in turns if turn.id == turn_id), ())

    # ----------------------------------------------------------------- what to do

    async def turn_of(self, line: str) -> None:
        """Wait until it is a line's turn that was written before what it speaks of was there.

        An instruction, or a decision of whatever is open, waits for the end of the answer under
        way; a decision of a numbered hunk for that hunk. `/stop` and what a look asks for are due
        at once.
        """
        text = line.strip()
        while not self._due(text):
            if self.quiet.is_set():
                await self.conductor.settled()
                return
            self._news.clear()
            await self._news.wait()

    def _due(self, text: str) -> bool:
        if text == "/stop" or (text in ("y", "n") and self._looking()):
            return True
        found = _DECISION.fullmatch(text)
        return found is not None and found[2] is not None and int(found[2]) in self._there()

    def _there(self) -> set[int]:
        """The numbers of hunks that may be decided."""
        return {number for hunk in self._open() if (number := self._numbers.get(hunk.id))}

    def _looking(self) -> int:
        """The turn whose model asks for looks, or 0."""
        return next((t.id for t in self.conductor.session.turns if t.wants), 0)

    def do(self, line: str) -> bool:
        """Do what a line says; False to quit."""
        text = line.strip()
        now = time.monotonic_ns()
        if text in ("/quit", "/q"):
            return False
        if not text:
            return True
        found = _DECISION.fullmatch(text)
        asks = self._looking()
        if asks and text in ("y", "n"):
            self.conductor.allow_looks(asks, text == "y")
            return True
        together = _TOGETHER.fullmatch(text)
        if found is not None:
            self._decide(found, now)
        elif together is not None:
            self._decide_together(together, now)
        elif text.startswith("/"):
            self._command(text[1:].split())
        else:
            self._asks()
            self.conductor.ask(text, now)
        return True

    def _asks(self) -> None:
        self._asked += 1
        self.quiet.clear()

    def _decide(self, found: re.Match[str], now: int) -> None:
        letter, number, place, whole = found.groups()
        if whole == "u":
            self.conductor.take_back(now)
            return
        if whole == "A":
            ids = [h.id for h in self._open() if h.state is HunkState.OPEN]
            if ids:
                self.conductor.decide(ids, HunkState.KEPT, now)
            else:
                self.say(words.NOTHING_OPEN)
            return
        hunk = self._wanted(number)
        if hunk is None:
            return
        if letter == "r":
            self._asks()
            self.conductor.ask_again(hunk.id, now)
        elif letter == "p":
            self.conductor.place(hunk.id, int(place or 1) - 1, now)
        elif letter == "y" and hunk.state is not HunkState.OPEN:
            self.say(_no_keep(hunk, self._number(hunk.id)))
        else:
            state = HunkState.KEPT if letter == "y" else HunkState.DROPPED
            self.conductor.decide([hunk.id], state, now)

    def _decide_together(self, found: re.Match[str], now: int) -> None:
        letter, number = found[1], int(found[2])
        if not 1 <= number <= len(self._groups):
            self.say(f"there is no group {number}")
            return
        turn_id, swaps = self._groups[number - 1]
        waiting = [h for h in self._of_turn(turn_id) if h.state is HunkState.OPEN]
        chosen = [h.id for h in waiting if not protected(h) and replacement(h) == swaps]
        if chosen:
            state = HunkState.KEPT if letter == "y" else HunkState.DROPPED
            self.conductor.decide(chosen, state, now)
        else:
            self.say(words.NOTHING_OPEN)

    def _command(self, parts: Sequence[str]) -> None:
        name, *rest = parts or [""]
        match name:
            case "stop":
                self.conductor.stop()
            case "list":
                for hunk in self._open():
                    self.say(f"hunk {self._number(hunk.id)}: {_headline(hunk)}")
            case "show":
                wanted = self._wanted(rest[0] if rest else None)
                if wanted is not None:
                    self.show(wanted)
            case "comment":
                self._do_asked(self.conductor.take_comment(), words.NO_COMMENT)
            case "check":
                failed = next((r for r in self.conductor.session.checks if not r.ok), None)
                told = f"{next_instruction(failed)}fix this" if failed is not None else ""
                self._do_asked(told, words.NO_CHECK)
            case "mode" if rest and rest[0] in set(Mode):
                self.conductor.set_mode(Mode(rest[0]))
            case "endpoint" if rest:
                self.conductor.use_endpoint(rest[0])
            case "endpoint":
                for label in self.conductor.endpoints():
                    self.say(f"{label.name} {label.model}")
            case _:
                for line in HELP.split("\n"):
                    self.say(line)

    def _do_asked(self, text: str, nothing: str) -> None:
        """Send an instruction that was made elsewhere, or say that there is none."""
        if not text:
            self.say(nothing)
            return
        self._asks()
        self.conductor.ask(text, time.monotonic_ns())

    def _wanted(self, number: str | None) -> Hunk | None:
        if number is None or not number.isdigit():
            first = next(iter(self._open()), None)
            if first is None:
                self.say(words.NOTHING_OPEN)
            return first
        ident = next((i for i, n in self._numbers.items() if n == int(number)), None)
        hunk = self.conductor.session.find(ident) if ident is not None else None
        if hunk is None:
            self.say(f"there is no hunk {number} · /list names the open ones")
        return hunk

    def _open(self) -> list[Hunk]:
        turns = self.conductor.session.turns
        return [h for turn in turns for h in turn.hunks if h.asks]

    def _number(self, ident: HunkId) -> int:
        return self._numbers.setdefault(ident, len(self._numbers) + 1)

    def _names(self, ids: Sequence[HunkId]) -> str:
        numbers = ", ".join(str(self._number(i)) for i in ids)
        return f"hunk{'s' * (len(ids) != 1)} {numbers}"


def _no_keep(hunk: Hunk, number: int) -> str:
    """Why it can't be kept, and what can be typed instead."""
    again = f"r {number} asks again"
    if is_excerpt(hunk):
        what = words.keep_excerpt(number).what
        return f"{what} · p {number} 1: {words.WHOLE_FILE} · {again}"
    count = len(hunk.refusal.candidates) if hunk.refusal else 0
    place = f" · p {number} 1 to {count} place it" if count > 1 else ""
    return f"{words.keep_refused(number, count).what}{place} · {again}"


_DECIDED = {
    HunkState.KEPT: "kept",
    HunkState.DROPPED: "dropped",
    HunkState.OPEN: "open again",
}


def _check_said(result: CheckResult) -> str:
    if result.ok:
        return f"check {result.name} passed"
    return (
        f"check {result.name} failed, {result.count} in {result.path} · /check sends what it says"
    )


def _headline(hunk: Hunk) -> str:
    where = f"{hunk.path} line {hunk.line}" if hunk.line else hunk.path
    if hunk.op is FileOp.RENAME:
        where += f" to {hunk.move_to}"
    elif hunk.op is FileOp.MODE:
        where += f" {words.mode(hunk.mode or 0)}"
    said = f"{hunk.op.value} {where}, {hunk.added} added, {hunk.removed} removed"
    if hunk.refusal is not None and hunk.state in UNDECIDED:
        return f"{said}, {hunk.state.value}: {hunk.refusal.message}"
    return f"{said}, {hunk.state.value}"


def _sent_with(context: Sequence[ContextItem]) -> str:
    """Each file once, with its lines; files that were only found behind a `?`."""
    files: dict[tuple[bool, str], list[str]] = {}
    for item in context:
        lines = files.setdefault((item.guess, item.path), [])
        if item.lines is not None:
            lines.append(f"{item.lines[0]}-{item.lines[1]}")
    named = [" ".join([path, *lines]) for (guess, path), lines in files.items() if not guess]
    found = [" ".join([path, *lines]) for (guess, path), lines in files.items() if guess]
    said = [*named, f"? {found[0]}", *found[1:]] if found else named
    return ", ".join(said) or "no file"
