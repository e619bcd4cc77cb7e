"""A race of two endpoints: arming it, its two turns, twins, and who goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from spark_tui.core.dataclass import replace
from spark_tui.core.edits.model import Hunk, HunkId, HunkState
from spark_tui.core.endpoint.choices import label
from spark_tui.core.endpoint.wire import EndpointProfile
from spark_tui.core.events import (
    Decided,
    EndpointLabel,
    EndpointSet,
    Event,
    Flushed,
    FlushRefused,
    HunksSet,
    Notice,
    RaceSet,
    Undone,
)
from spark_tui.core.race import Race, twins_of
from spark_tui.core.remedy import Remedy, Way
from spark_tui.core.session import Session, seen_from
from spark_tui.core.topic import UNDECIDED
from spark_tui.pair.emit import Emit
from spark_tui.pair.endpoints import Endpoints
from spark_tui.pair.ports import Clock, Endpoint
from spark_tui.pair.turn import TurnRun

_STANDS = (HunkState.KEPT, HunkState.APPLIED)


class Racing:
    """At most one race: armed, or its turns are the newest. Everything in the session's loop.

    The first keep decides it: the other answer is stopped, unless `keep` lets it run on for
    comparison. Keeping a hunk drops its twin, taking it back brings the twin back.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        clock: Clock,
        emit: Emit,
        session: Callable[[], Session],
        *,
        keep: bool = False,
    ) -> None:
        self._endpoints = endpoints
        self._clock = clock
        self._emit = emit
        self._session = session
        self._keep = keep
        self._rival: tuple[EndpointProfile, Endpoint] | None = None
        self._runs: dict[int, TurnRun] = {}
        self._side = 0
        # the side of the race before that is not gone on with, once the next one begins
        self._left = 0

    @property
    def race(self) -> Race | None:
        """The race there is."""
        return self._session().race

    @property
    def armed(self) -> bool:
        """True when the next instruction goes to two endpoints."""
        race = self.race
        return race is not None and race.armed

    # ------------------------------------------------------------------ before it

    def toggle(self) -> None:
        """Arm a race for the next instruction, or take that back."""
        if self.armed:
            self._disarm()
            self._set(None)
            return
        if any(run for turn, run in self._runs.items() if self._running(turn)):
            self._say("a race runs", Remedy.STOP_BOTH, Remedy.DECIDE_RACE)
            return
        missing = self._endpoints.missing()
        rival = self._endpoints.rival()
        if missing or rival is None:
            self._say(missing or "a race needs a second endpoint", Remedy.ADD_ENDPOINT)
            return
        before = self.race
        self._left = before.other(before.winner or self._side) if before is not None else 0
        self._runs = {}
        self._arm(rival)

    def _arm(self, rival: EndpointProfile) -> None:
        self._rival = (rival, self._endpoints.beside(rival))
        mine = self._endpoints.profile
        self._set(Race((mine.name, rival.name), (mine.model, rival.model)))

    def _disarm(self) -> None:
        if self._rival is not None:
            self._endpoints.retire(self._rival[1])
            self._rival = None

    def close(self) -> None:
        """The session ends."""
        self.stop()
        self._disarm()

    # ------------------------------------------------------------------ the two turns

    def begin(self, first: int) -> Sequence[tuple[Endpoint, EndpointLabel]]:
        """Turns `first` and the one after it are the race; where each of them is sent."""
        race, rival = self.race, self._rival
        if race is None or rival is None:
            return ()
        self._runs = {}
        self._side = first
        self._drop_left(self._left)
        self._left = 0
        self._disarm()
        self._set(replace(race, turns=(first, first + 1)))
        mine = (self._endpoints.current, label(self._endpoints.profile))
        return (mine, (rival[1], label(rival[0])))

    def began(self, runs: dict[int, TurnRun]) -> None:
        """These run now."""
        self._runs = dict(runs)

    def select_side(self, turn: int) -> None:
        """The person looks at this turn of the race."""
        if turn in self._runs:
            self._side = turn

    def selected_side(self) -> Session:
        """The session, with the turn that goes on as its newest."""
        session = self._session()
        race = session.race
        if race is None or race.armed:
            return session
        return seen_from(session, race.winner or self._side)

    def stop(self) -> None:
        """Interrupt both answers."""
        for run in self._runs.values():
            run.stop()

    def over(self) -> bool:
        """Another instruction comes: it goes on with the winner, else with the side looked at.

        Open hunks of the other side are dropped. True when there was a race to end.
        """
        race = self.race
        if race is None or race.armed:
            return False
        self.stop()
        self._runs = {}
        loser = race.other(race.winner or self._side)
        self._set(None)
        self._drop_left(loser)
        return True

    def _drop_left(self, turn: int) -> None:
        """What nobody decided of this turn is dropped: the other side goes on."""
        left = [h.id for h in self._hunks(turn) if h.state in (*UNDECIDED, HunkState.KEPT)]
        if left:
            self._emit(Decided(self._clock(), turn, tuple(left), HunkState.DROPPED))

    def of_rival(self, event: Event) -> bool:
        """True for what the rival's turn tells: it is not about the endpoint in use."""
        race = self.race
        return race is not None and bool(race.turns) and getattr(event, "turn", 0) == race.turns[1]

    # ------------------------------------------------------------------ what is decided

    def handle(self, events: Sequence[Event]) -> None:
        """Follow what happens: who wins, twins, another endpoint under an armed race."""
        for event in events:
            self._follow(event)

    def _follow(self, event: Event) -> None:
        race = self.race
        if race is None:
            return
        if race.armed:
            if isinstance(event, EndpointSet) and race.names[0] != self._endpoints.profile.name:
                self._disarm()
                rival = self._endpoints.rival()
                self._arm(rival) if rival is not None else self._set(None)
            return
        match event:
            case (
                Decided(turn=turn, ids=ids, state=HunkState.KEPT) | Flushed(turn=turn, ids=ids)
            ) if turn in race.turns:
                self._kept(race, turn, ids)
            case Decided(ids=ids, state=HunkState.OPEN) | Undone(ids=ids) | FlushRefused(ids=ids):
                self._taken_back(race, ids)
            case HunksSet(turn=turn, hunks=hunks) if turn in race.turns and race.winner:
                standing = [h for h in self._hunks(race.other(turn)) if h.state in _STANDS]
                self._drop(race, turn, twins_of(standing, hunks))
            case _:
                pass

    def _kept(self, race: Race, turn: int, ids: Sequence[HunkId]) -> None:
        other = race.other(turn)
        if not race.winner:
            race = replace(race, winner=turn)
            self._set(race)
            if not self._keep and self._running(other) and other in self._runs:
                self._runs[other].stop()
        mine = [h for h in self._hunks(turn) if h.id in ids]
        self._drop(race, other, twins_of(mine, self._hunks(other)))

    def _drop(self, race: Race, turn: int, twins: tuple[tuple[HunkId, HunkId], ...]) -> None:
        if twins:
            self._set(replace(race, twins=(*race.twins, *twins)))
            lost = tuple(twin for _, twin in twins)
            self._emit(Decided(self._clock(), turn, lost, HunkState.DROPPED))

    def _taken_back(self, race: Race, ids: Sequence[HunkId]) -> None:
        """What was kept is open again, and so are its twins; a reopened twin is a twin no more."""
        back = tuple(twin for mine, twin in race.twins if mine in ids)
        kept = tuple(p for p in race.twins if p[0] not in ids and p[1] not in ids)
        stands = any(h.state in _STANDS for h in self._hunks(race.winner))
        after = replace(race, twins=kept, winner=race.winner if stands else 0)
        if after != race:
            self._set(after)
        for turn in sorted({twin.turn for twin in back}):
            dropped = {h.id for h in self._hunks(turn) if h.state is HunkState.DROPPED}
            mine = tuple(twin for twin in back if twin in dropped)
            if mine:
                self._emit(Decided(self._clock(), turn, mine, HunkState.OPEN))

    def _hunks(self, turn_id: int) -> tuple[Hunk, ...]:
        return next((t.hunks for t in self._session().turns if t.id == turn_id), ())

    def _running(self, turn_id: int) -> bool:
        turn = next((t for t in self._session().turns if t.id == turn_id), None)
        return turn is None or turn.running

    def _set(self, race: Race | None) -> None:
        self._emit(RaceSet(self._clock(), race))

    def _say(self, what: str, *remedies: Way) -> None:
        self._emit(Notice(self._clock(), what, remedies))
