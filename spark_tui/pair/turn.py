"""One turn: request -> stream -> edits -> proposal. The only cancel scope of an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from spark_tui.core import prompts, sizing
from spark_tui.core.context import (
    NOTHING_OMITTED,
    FileNames,
    LineRange,
    Omitted,
    WorkingSet,
    written,
)
from spark_tui.core.dataclass import dataclass, replace
from spark_tui.core.edits.model import EditFormat, HunkId
from spark_tui.core.edits.stream import EditStream
from spark_tui.core.endpoint.choices import SIMULATED_MODEL
from spark_tui.core.endpoint.wire import (
    ChatMessage,
    Connected,
    Ended,
    Ending,
    HeadersRead,
    LookAsked,
    ModelRequest,
    Served,
    WireEvent,
)
from spark_tui.core.events import (
    Answered,
    Asked,
    EndpointKnown,
    EndpointLabel,
    EndpointSet,
    Event,
    Handled,
    HunksSet,
    Metered,
    Notice,
    OnWire,
    RoundBegan,
    Severity,
    SocketClosed,
    TurnEnded,
)
from spark_tui.core.green.brief import CheckBrief
from spark_tui.core.latency.meter import Meter, Reading
from spark_tui.core.looks import LookSetting
from spark_tui.core.mode import Mode
from spark_tui.core.remedy import Remedy, Ways
from spark_tui.core.session import Session
from spark_tui.pair.answer import AnswerReader, Parsed
from spark_tui.pair.assembly import Assembly
from spark_tui.pair.context_selection import Gathered
from spark_tui.pair.emit import Emit
from spark_tui.pair.faults import Faults
from spark_tui.pair.frame_gate import FrameGate
from spark_tui.pair.inbox import Inbox
from spark_tui.pair.looking import Looking, TooManyLooks
from spark_tui.pair.open_files import OpenFiles
from spark_tui.pair.ports import Call, Clock, Endpoint, Worktree
from spark_tui.pair.repair import Repair, repairable
from spark_tui.pair.request import PlannedRequest, format_for
from spark_tui.pair.review import Review
from spark_tui.pair.sources import Sources

if TYPE_CHECKING:
    from spark_tui.core.retrieve.answer import Answer

MOST_SAID = 4_000
"""So many characters of an answer without an edit are remembered."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What the person asked for, and what a follow-up needs of the turn before.

    `previous` is what the turns before leave to this one; `earlier` the messages of the topic's
    turns that this one knows of or refines; `token_factor` corrects estimates by what earlier turns
    taught. `span` are the selected lines of a quick edit. `beside` says that another turn runs at
    the same time: what becomes known of the endpoint is this turn's alone, and nothing is applied
    unasked. `again` is the hunk that is asked for again: what the answer places in its file takes
    its place. `found` is the code that was shown as found; with `finds` it is looked for where none
    is there. `omitted` is what the person took out.
    `told` is what a check says, of a turn of a green loop: nothing of it is applied unasked either.
    `siblings` are its candidates' turns.
    """

    turn: int
    text: str
    key_at: int
    endpoint: EndpointLabel
    previous: WorkingSet = WorkingSet()
    token_factor: float = 1.0
    earlier: tuple[ChatMessage, ...] = ()
    span: LineRange | None = None
    beside: bool = False
    again: HunkId | None = None
    found: Answer | None = None
    omitted: Omitted = NOTHING_OMITTED
    told: CheckBrief | None = None
    siblings: tuple[int, ...] = ()
    finds: bool = True


@dataclass(frozen=True, slots=True)
class Before:
    """The answer before a turn: one that runs (`call`), or a whole one (`response_id`).

    `request` is what it answers, `text` the answer as far as it came.
    """

    request: ModelRequest
    call: Call | None = None
    response_id: str = ""
    text: str = ""


class TurnRun:
    """Runs one `Ask` to its end and emits what happens.

    `before` is the answer before: one that still runs is steered, or stopped when this one begins.
    """

    def __init__(
        self,
        ask: Ask,
        endpoint: Endpoint,
        worktree: Worktree,
        open_files: OpenFiles,
        review: Review,
        clock: Clock,
        emit: Emit,
        session: Callable[[], Session],
        faults: Faults,
        before: Before | None = None,
        looks: LookSetting = LookSetting.OFF,
        names: Callable[[], FileNames] = FileNames,
        gate: FrameGate | None = None,
    ) -> None:
        self._ask = ask
        self._gate = gate
        self._looking = Looking(ask.turn, looks, worktree, names, clock, emit)
        self._faults = faults
        self._before = before
        self._running: Before | None = None
        self._reading = Reading()
        self._tier = ""
        self._endpoint = endpoint
        self._worktree = worktree
        self._open_files = open_files
        self._review = review
        self._clock = clock
        self._emit = emit
        self._session = session
        self._assembly = Assembly(
            ask.turn, worktree, open_files, review, clock, emit, session, self.broke
        )
        self._assembly.replaces = ask.again
        self._assembly.siblings = frozenset(ask.siblings)
        self._label = ask.endpoint
        self._mine = True
        self._call: Call | None = None
        self._reader: AnswerReader | None = None
        self._repair: Repair | None = None
        self._stopped = False
        self._handed_over = False
        self._closings: Inbox[int] | None = None
        self._lag = 0
        self._any_hunk = False
        self._ended: asyncio.Future[tuple[Ended, Reading]] | None = None
        self._listing: asyncio.Future[FileNames] | None = None
        self._planning: asyncio.Future[tuple[Gathered, PlannedRequest]] | None = None
        self.waits_for_git = 0

    def begin(self, sources: Sources) -> None:
        """Read what goes along right away, where the files are listed, before `run` has its turn.

        What the screen does with the key goes on meanwhile.
        """
        if sources.are_listed:
            self._planning = self._plan(sources)

    def _plan(self, sources: Sources) -> asyncio.Future[tuple[Gathered, PlannedRequest]]:
        ask = self._ask
        return asyncio.get_running_loop().run_in_executor(
            None,
            sources.plan,
            ask.text,
            ask.span,
            ask.previous,
            ask.earlier,
            self._edit_format,
            ask.found,
            ask.omitted,
            ask.told,
            ask.finds,
        )

    @property
    def _edit_format(self) -> EditFormat:
        return format_for(self._endpoint.profile, self._ask.endpoint.model)

    def stop(self) -> None:
        """Interrupt: the socket closes, the answer ends as STOPPED, finished hunks stay."""
        self._stopped = True
        if self._listing is not None:
            self._listing.cancel()
        if self._call is not None:
            self._call.cancel(self._socket_closed)
        self._looking.stop()
        if self._repair is not None:
            self._repair.stop()
        self._drop_steered()

    def hand_over(self) -> Before | None:
        """End the turn like `stop`, but leave a running call to the turn that follows.

        None where there is no answer to go on from.
        """
        running, ended = self._running, self._ended
        if running is None or ended is None or running.call is None:
            self.stop()
            return None
        if ended.done() and self._looking.asked:
            self.stop()
            return None  # what it asked for is owed to it: nothing can be said to that answer
        if ended.done():
            self.stop()
            if ended.exception() is not None:
                return None
            last = ended.result()[0]
            if last.ending is not Ending.COMPLETE:
                return None
            return replace(running, call=None, response_id=last.response_id, text=self.answer)
        self._stopped = self._handed_over = True
        self._running, self._call = None, None
        ended.set_result((Ended(self._clock(), Ending.STOPPED), self._reading))
        return replace(running, text=self.answer)

    def _drop_steered(self) -> None:
        """The turn ends before it has taken the other one's place."""
        before, self._before = self._before, None
        if before is not None and before.call is not None:
            before.call.cancel()

    def _socket_closed(self, at: int) -> None:
        """Called in the network thread."""
        if self._closings is not None:
            self._closings.put(at)

    def _tell_closed(self, stamps: Sequence[int]) -> None:
        self._emit(SocketClosed(stamps[0], self._ask.turn))

    @property
    def token_factor(self) -> float:
        """Exact tokens for each estimated one, as far as this and earlier turns know."""
        return self._reader.token_factor if self._reader is not None else self._ask.token_factor

    @property
    def span(self) -> LineRange | None:
        """The selected lines it is about."""
        return self._ask.span

    @property
    def answer(self) -> str:
        """The visible answer so far."""
        return self._reader.text if self._reader is not None else ""

    def history(self) -> tuple[ChatMessage, ...]:
        """Instruction and answer, for the turn that refines this one."""
        if self._reader is None or not self._reader.text:
            return ()
        return (ChatMessage("user", self._ask.text), ChatMessage("assistant", self._reader.text))

    def broke(self, error: Exception) -> None:
        """Something that serves this turn failed: it ends now, finished hunks stay."""
        if self._ended is not None and not self._ended.done():
            self._ended.set_exception(error)
        else:
            self._emit(self._told(error))

    def _told(self, error: Exception) -> Notice:
        what, remedies = self._faults.beside(error)
        return Notice(self._clock(), what, remedies, Severity.ERROR)

    async def run(self, sources: Sources) -> None:
        """Ask, stream, and hand what was kept to the disk when the answer is whole.

        Whatever fails in between ends the turn with words; nothing is raised.
        """
        try:
            await self._run(sources)
        except Exception as error:  # noqa: BLE001 - any fault must end the turn, or it hangs
            await self._end_broken(error)

    async def _end_broken(self, error: Exception) -> None:
        ask = self._ask
        self._drop_steered()
        turn = next((t for t in self._session().turns if t.id == ask.turn), None)
        if turn is not None and turn.ending is not None:
            self._emit(self._told(error))
        else:
            if turn is None:
                self._emit(
                    Asked(ask.key_at, ask.turn, ask.text, (), 0, ask.endpoint, again=ask.again)
                )
            try:
                self._assembly.abandon()
            finally:
                self._finish(Ending.FAILED, self._reading, *self._faults.in_turn(error))
        await self._review.answer_over(ask.turn, Ending.FAILED, self._session().mode)

    async def _run(self, sources: Sources) -> None:
        ask, mode = self._ask, self._session().mode
        if (ask.beside or ask.told is not None) and mode is Mode.AUTO:
            mode = Mode.ASK
        names = sources.names if sources.are_listed else await self._names(sources)
        if names is None:
            self._emit(Asked(ask.key_at, ask.turn, ask.text, (), 0, ask.endpoint, again=ask.again))
            self._finish(Ending.STOPPED, Reading(), "", ())
            await self._review.answer_over(ask.turn, Ending.STOPPED, mode)
            return
        known = names.paths
        edit_format = self._edit_format
        found, planned = await (self._planning or self._plan(sources))
        sizing.check(planned.items, planned.tokens, ask.endpoint.window)
        self._looking.fit(ask.endpoint.window, planned.tokens)
        longest = self._endpoint.profile.output_limit(planned.request.max_output_tokens)
        self._emit(
            Asked(
                ask.key_at,
                ask.turn,
                ask.text,
                planned.items,
                planned.tokens,
                ask.endpoint,
                planned.tokens + longest,
                ask.again,
            )
        )
        self._assembly.offer(found.images, known)
        inbox: Inbox[Parsed | Exception] = Inbox(self._receive, self.broke)
        self._closings = Inbox(self._tell_closed, self.broke)
        paths = tuple(i.path for i in found.images)
        meter = Meter(ask.key_at, ask.token_factor)
        stream = EditStream(planned.answer, known_paths=paths, span=planned.target, supposes=True)
        goes_on = ask.span is None and not ask.beside
        self._reader = AnswerReader(
            stream, meter, inbox.put, self._clock, goes_on=goes_on, gate=self._gate
        )
        self._ended = asyncio.get_running_loop().create_future()
        if self._stopped:
            self._finish(Ending.STOPPED, Reading(), "", ())
            await self._review.answer_over(ask.turn, Ending.STOPPED, mode)
            return
        request, call = self._request(planned.request)
        self._call = self._endpoint.call(request, self._reader.sink, call)
        self._running = Before(request, self._call)
        try:
            ended, reading = await self._ended
            request, ended, reading = await self._look(request, ended, reading)
            continued = await self._go_on(request, self._reader)
            if continued is not None:
                ended, reading = continued
        finally:
            if self._call is not None:
                self._call.cancel()
        await self._assembly.settle()
        told = ended.message
        if not told and ended.ending is Ending.COMPLETE and not self._assembly.any_edit:
            told, hint = "no edit in the answer", _hint(found, self._session())
            if said := self._reader.text.strip():
                self._emit(Answered(self._clock(), ask.turn, said[:MOST_SAID]))
            self._finish(ended.ending, reading, told, (hint,))
        else:
            self._finish(ended.ending, reading, told, ended.remedies)
        whole = ended.ending if self._assembly.sound else Ending.CUT
        if continued is not None and mode is Mode.AUTO:
            whole = Ending.LENGTH  # the seam was seen by nobody: only a key writes it
        if mode is not Mode.AUTO or self._handed_over:
            await self._review.answer_over(ask.turn, whole, mode, steered=self._handed_over)
        if whole is Ending.COMPLETE:
            await self._ask_again(edit_format)
        if mode is Mode.AUTO and not self._handed_over:
            await self._review.answer_over(ask.turn, whole, mode)

    async def _names(self, sources: Sources) -> FileNames | None:
        """The files there are, None where the person stopped waiting for git to list them."""
        self.waits_for_git = self._clock()
        self._listing = asyncio.ensure_future(sources.listed())
        try:
            return await self._listing
        except asyncio.CancelledError:
            if not self._listing.cancelled() or not self._stopped:
                raise
            return None
        finally:
            self.waits_for_git, self._listing = 0, None

    def allow_looks(self, yes: bool) -> None:
        """The person's answer where the model wants to look; nobody is asked: no effect."""
        self._looking.allow(yes)

    async def _look(
        self, request: ModelRequest, ended: Ended, reading: Reading
    ) -> tuple[ModelRequest, Ended, Reading]:
        """Answer the looks of an answer, and those of the next, until there is one without any."""
        reader = self._reader
        while reader is not None and self._looking.asked and ended.ending is Ending.COMPLETE:
            more = await self._looking.answer(request, reader.said, ended)
            if more is None or self._stopped:
                return request, Ended(self._clock(), Ending.STOPPED), reading
            if isinstance(more, TooManyLooks):
                told = Ended(self._clock(), Ending.FAILED, None, more.what, (more.way_out,))
                return request, told, reading
            request = more
            tokens = prompts.tokens(request)
            self._emit(RoundBegan(self._clock(), self._ask.turn, self._looking.round, tokens))
            self._ended = asyncio.get_running_loop().create_future()
            reader.next_round()
            self._call = self._endpoint.call(request, reader.sink)
            self._running = Before(request, self._call)
            ended, reading = await self._ended
        return request, ended, reading

    async def _go_on(
        self, request: ModelRequest, reader: AnswerReader
    ) -> tuple[Ended, Reading] | None:
        """Once, behind an answer that hit its length limit: have it continued where it stopped.

        None where it was not.
        """
        if not reader.paused:
            return None
        if self._stopped:
            self._emit(*self._assembly.take(reader.close()))
            return None
        told = "the answer reached its length limit, going on where it stopped"
        self._emit(Notice(self._clock(), told, (Remedy.STOP,)))
        self._ended = asyncio.get_running_loop().create_future()
        more = prompts.going_on(request, reader.text)
        reader.go_on()
        self._call = self._endpoint.call(more, reader.sink)
        self._running = Before(more, self._call)
        return await self._ended

    def _request(self, request: ModelRequest) -> tuple[ModelRequest, Call | None]:
        """The request and the call whose place it takes, if there is one."""
        before, self._before = self._before, None
        if before is None:
            return request, None
        news = prompts.steering(before.request, request)
        if before.call is not None:
            return replace(request, steer=news), before.call
        earlier = self._ask.earlier
        last = (ChatMessage("assistant", before.text),)
        if earlier[-1:] == last and set(earlier[:-2]) <= set(before.request.messages):
            return replace(request, steer=news, follows=before.response_id), None
        return request, None

    def _finish(self, ending: Ending, reading: Reading, told: str, remedies: Ways) -> None:
        self._emit(TurnEnded(self._clock(), self._ask.turn, ending, reading, told, remedies))

    async def _ask_again(self, edit_format: EditFormat) -> None:
        """The one automatic repair round, if any hunk is worth it."""
        turn = next((t for t in self._session().turns if t.id == self._ask.turn), None)
        failed = repairable(turn.hunks) if turn is not None else ()
        if turn is None or not failed or self._stopped:
            return
        numbers = [n for n, h in enumerate(turn.hunks, 1) if h in failed]
        root = str(self._worktree.root)
        self._repair = Repair(self._endpoint, self._open_files, self._clock, self._emit, root)
        await self._repair.run(
            failed, numbers, self.history(), edit_format, lambda h: self._session().find(h.id)
        )

    # ------------------------------------------------------------------ the stream

    def _receive(self, batch: Sequence[Parsed | Exception]) -> None:
        """Batches from the network thread, in the app's loop."""
        if self._running is None:
            return
        now = self._clock()
        current = self._session().endpoint
        if not self._ask.beside:
            self._mine = current.name in (self._label.name, self._ask.endpoint.name)
            if self._mine:
                self._label = current
        for parsed in batch:
            if isinstance(parsed, Exception):
                self.broke(parsed)
                return
            events: list[Event] = [
                event for wire in parsed.wire for event in self._on_wire(parsed.at, wire)
            ]
            events += self._assembly.take(parsed)
            reading = replace(parsed.reading, elapsed_ns=max(0, parsed.at - self._ask.key_at))
            if parsed.ended is not None:
                reading = replace(reading, cost=self._cost(reading))
            self._reading = reading
            events.append(Metered(parsed.at, self._ask.turn, reading))
            self._lag = max(self._lag, now - parsed.parsed_at)
            if parsed.ended is not None or self._first_hunk(events):
                events.append(self._handled(parsed))
            self._emit(*events)
            if parsed.ended is not None and self._ended is not None and not self._ended.done():
                self._ended.set_result((parsed.ended, reading))

    def _first_hunk(self, events: Sequence[Event]) -> bool:
        """Whether these are the first events of the turn with a located hunk."""
        if self._any_hunk or not any(isinstance(event, HunksSet) for event in events):
            return False
        self._any_hunk = True
        return True

    def _cost(self, reading: Reading) -> float | None:
        """US dollars of the answer: at the rate of the tier that served it, else that was asked."""
        profile = self._endpoint.profile
        if profile.price is None or reading.input is None:
            return None
        tier = self._tier or dict(profile.options).get("service_tier", "")
        return profile.price.of(reading.input, reading.cached or 0, reading.output, tier=tier)

    def _handled(self, parsed: Parsed) -> Handled:
        last = parsed.ended is not None
        turn = self._ask.turn
        return Handled(self._clock(), turn, parsed.at, parsed.parsed_at, self._lag, last)

    def _on_wire(self, at: int, event: WireEvent) -> list[Event]:
        if isinstance(event, LookAsked):
            self._looking.take(event)
            return []
        out: list[Event] = [OnWire(at, self._ask.turn, event)]
        known = self._label
        match event:
            case HeadersRead(model=model) if model and model != known.model:
                simulated = known.simulated or model.startswith(SIMULATED_MODEL)
                known = replace(known, model=model, simulated=simulated)
            case Connected():
                known = replace(known, warm=True)
            case Served(tier=tier):
                self._tier = tier
            case _:
                pass
        if known != self._label and self._mine:
            self._label = known
            beside = self._ask.beside
            turn = self._ask.turn
            out.append(EndpointKnown(at, turn, known) if beside else EndpointSet(at, known))
        return out


def _hint(found: Gathered, session: Session) -> str:
    """The way out of an answer in prose: another file helps only where none was named.

    It names the only file that went along, else one that was changed, else none; where code was
    found it does not say that none was.
    """
    if found.named:
        return "its words say why"
    if found.answer is not None and found.excerpts:
        return "its words say why · @ names what was not found"
    if len(found.images) == 1:
        return f"name the file: {written(found.images[0].path)}"
    changed = [c.path for c in session.tree.changed if c.status != "D"]
    likely = [*(path for path in reversed(session.outside) if path in changed), *changed]
    return f"name the file: {written(likely[0])}" if likely else "name a file with @"
