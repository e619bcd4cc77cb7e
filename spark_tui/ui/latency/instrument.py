"""What the instrument knows: the stamps of every turn, and what the interface costs."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.config.instrument import InstrumentSettings
from spark_tui.core.endpoint.wire import RateLimits
from spark_tui.core.events import Asked, Event, HunkGrew, Metered, Said, SocketClosed, Thought
from spark_tui.core.latency.client_cost import Client, Samples
from spark_tui.core.latency.meter import Reading
from spark_tui.core.latency.stats import Sample, sample
from spark_tui.core.latency.track import Track, displayed, follow, ours_ns
from spark_tui.core.session import Session

_GROWTH = frozenset({Metered, HunkGrew, Said, Thought})
"""Events of every read: they move no stamp of a track."""

_FORGOTTEN_NS = 1_000_000_000
"""A key that has changed nothing on the screen by then is no sample."""


class Instrument:
    """Follows events and paints. Only adds and compares; all stamps come from outside.

    Without `stamps` the paints of this screen are none of the turn's: it happened before.
    """

    def __init__(self, settings: InstrumentSettings | None = None) -> None:
        self.settings = settings or InstrumentSettings()
        self.stamps = True
        self.track = Track()
        self.session = Session()
        self.limits: dict[str, RateLimits] = {}
        self._tracks: dict[int, Track] = {}
        self._known: dict[int, Sample] = {}
        self._keys, self._frames, self._lags = Samples(), Samples(), Samples()
        self._key_at: int | None = None
        self._folded: int | None = None
        self._esc_at: int | None = None
        self._esc_ns: int | None = None
        self._behind = 0
        self._away = False

    @property
    def reading(self) -> Reading:
        """The newest turn's figures."""
        turn = self.session.turn
        return turn.reading if turn is not None else Reading()

    @property
    def ours_ns(self) -> int | None:
        """What the client added to the newest turn, ns."""
        return None if self.session.turn is None else ours_ns(self.track, self.reading)

    @property
    def client(self) -> Client:
        """What the interface measured of itself so far."""
        return Client(
            self._keys.p95(), self._frames.p95(), self._lags.p95(), self._behind, self._esc_ns
        )

    def samples(self) -> tuple[Sample, ...]:
        """The finished turns, oldest first."""
        out = []
        for turn in self.session.turns:
            track = self.track if turn.id == self.track.turn else self._tracks.get(turn.id)
            if track is None or turn.ending is None:
                continue
            if track.sent is None and not track.retries and track.fault is None:
                continue
            if track is self.track:
                out.append(sample(turn.endpoint, track, turn.reading))
                continue
            if turn.id not in self._known:
                self._known[turn.id] = sample(turn.endpoint, track, turn.reading)
            out.append(self._known[turn.id])
        return tuple(out)

    def handle(self, events: Sequence[Event], session: Session, newest: Session) -> None:
        """A frame's events, the session after them, and the session as far as it has come."""
        for event in events:
            if type(event) in _GROWTH:
                continue
            if isinstance(event, Asked) and self.track.turn:
                self._tracks[self.track.turn] = self.track
            self.track = follow(self.track, event)
            self._follow_beside(event, session)
            if isinstance(event, SocketClosed) and self._esc_at is not None:
                self._esc_ns, self._esc_at = max(event.at - self._esc_at, 0), None
        self.session = session
        self._face(session)
        turn, ahead = session.turn, newest.turn
        if turn is not None and self.track.limits is not None:
            self.limits[turn.endpoint.name] = self.track.limits
        self._behind = 0
        if turn is not None and ahead is not None and turn.id == ahead.id:
            self._behind = max(ahead.reading.received - turn.reading.received, 0)

    def _follow_beside(self, event: Event, session: Session) -> None:
        """The other turn of a race has its stamps too."""
        turn: int = getattr(event, "turn", 0)
        if session.race is None or turn not in session.race.turns or turn == self.track.turn:
            return
        if turn in self._tracks:
            self._tracks[turn] = follow(self._tracks[turn], event)
            self._known.pop(turn, None)

    def _face(self, session: Session) -> None:
        """Show the turn that is looked at, of the two of a race."""
        turn = session.turn
        if session.race is None or turn is None or turn.id not in session.race.turns:
            return
        if turn.id != self.track.turn and turn.id in self._tracks:
            self._tracks[self.track.turn] = self.track
            self.track = self._tracks[turn.id]

    def select_side(self, session: Session) -> None:
        """Another turn is looked at, with no event."""
        self.session = session
        self._face(session)

    # ------------------------------------------------------------------ what the interface saw

    def pressed(self, at: int) -> None:
        """A key came, by its own stamp."""
        self._key_at = at

    def interrupted(self, at: int) -> None:
        """A key that stops the answer came."""
        self._esc_at = at

    def away(self) -> None:
        """The interface was suspended: what waits is no sample, nor is the next frame's delay."""
        self._key_at = self._esc_at = None
        self._away = True

    def frame(self, cost: int, late: int | None) -> None:
        """A frame was folded for `cost` ns; the loop served it `late`, if it was due."""
        if self._folded is not None:
            self._frames.add(self._folded)
        self._folded = cost
        if late is not None and not self._away:
            self._lags.add(late)
        self._away = False

    def painting(self, cost: int) -> None:
        """The screen was put together for `cost` ns: the last frame's share, if one waits."""
        if self._folded is not None:
            self._frames.add(self._folded + cost)
            self._folded = None

    def displayed(self, at: int, *, whole: bool = True) -> bool:
        """What was painted is on its way to the terminal; True where that ended a wait.

        `whole` is False for the body alone: what a key did may show elsewhere.
        """
        before = self.track
        if self.stamps:
            self.track = displayed(before, at)
            for turn in self.session.race.turns if self.session.race is not None else ():
                if turn in self._tracks:  # the other column is painted with this one
                    self._tracks[turn] = displayed(self._tracks[turn], at)
        if whole and self._key_at is not None:
            if at - self._key_at < _FORGOTTEN_NS:
                self._keys.add(at - self._key_at)
            self._key_at = None
        return self.track is not before
