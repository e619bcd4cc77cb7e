"""A race on the screen: two columns, which of them keys act on, and one transcript afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.widget import Widget

from spark_tui.core.dataclass import replace
from spark_tui.core.events import Decided, Event, HunkGrew, Metered, RaceSet
from spark_tui.core.mode import Mode
from spark_tui.core.race import Race
from spark_tui.core.session import Session, Turn, seen_from
from spark_tui.ui.actions.handlers import Handler
from spark_tui.ui.bars.race_row import Divider, RaceRow, RaceSide
from spark_tui.ui.messages import words
from spark_tui.ui.session.context import ScreenContext
from spark_tui.ui.style.cells import cut_middle, safe
from spark_tui.ui.transcript.widget import Transcript

TWO_FROM = 100
"""Columns of the screen from which both sides are seen at once."""

_GROWTH = (HunkGrew, Metered)


class RaceView:
    """Feeds each column its own turn. Without a race everything goes to the one transcript."""

    def __init__(self, screen: ScreenContext) -> None:
        self._screen = screen
        self.row = RaceRow()
        self._turns: tuple[int, ...] = ()
        self._side = 0
        self._second: Transcript | None = None
        self._divider: Divider | None = None
        self._beside: list[Event] = []
        self.commands: dict[str, Handler] = {
            "race": lambda _: self.toggle(),
            "race-left": lambda _: self.choose(0),
            "race-right": lambda _: self.choose(1),
        }

    # ----------------------------------------------------------------- what there is

    @property
    def on(self) -> bool:
        """True while there are two columns."""
        return bool(self._turns)

    @property
    def bodies(self) -> tuple[Transcript, ...]:
        """The transcript, and the second column beside it."""
        main = self._screen.transcript
        return (main,) if self._second is None else (main, self._second)

    @property
    def body(self) -> Transcript:
        """The column keys act on."""
        return self.bodies[self._turns.index(self._side) if self.on else 0]

    @property
    def running(self) -> bool:
        """True while either answer comes."""
        return any(turn is not None and turn.running for turn in self._both(self._screen.session))

    def selected_side(self, session: Session) -> Session:
        """The session as the chosen column sees it; nothing is applied unasked in a race."""
        if not self.on:
            return session
        mode = Mode.ASK if session.mode is Mode.AUTO else session.mode
        return replace(seen_from(session, self._side), mode=mode)

    def takes_twins(self, event: Event, session: Session) -> bool:
        """True for the drop of hunks whose twins were kept."""
        race = session.race
        return isinstance(event, Decided) and race is not None and race.lost.issuperset(event.ids)

    def _both(self, session: Session) -> list[Turn | None]:
        known = {turn.id: turn for turn in session.turns}
        return [known.get(turn) for turn in self._turns]

    # ----------------------------------------------------------------- keys

    def toggle(self) -> None:
        """F4: the next instruction goes to two endpoints, or no more."""
        if self._screen.one_shot is not None:
            self._screen.say(words.NO_RACE_HERE)
        else:
            self._screen.conductor.toggle_race()

    def choose(self, column: int) -> None:
        """`h`, `l`: review keys act on the left (0) or right (1) column."""
        if not self.on:
            self._screen.say(words.NO_RACE)
            return
        self._side = self._turns[column]
        self._screen.conductor.select_side(self._side)
        self._screen.show_selected_side()

    # ----------------------------------------------------------------- frames

    def handle(self, events: Sequence[Event], session: Session) -> None:
        """Show what happened, each turn in its column."""
        main: list[Event] = []
        second: list[Event] = []
        for event in events:
            if isinstance(event, RaceSet):
                self._say(event.race)
                if event.race is not None and event.race.turns:
                    self._begin(event.race.turns)
                elif self.on:
                    if self._second is not None and second:
                        self._beside += second
                        second = []
                    main += [one for one in self._beside if not isinstance(one, _GROWTH)]
                    self._end()
            turn = getattr(event, "turn", 0)
            if self.on and turn == self._turns[1]:
                second.append(event)
                continue
            main.append(event)
            if self.on and not turn:
                second.append(event)
        seen = self.selected_side(session)
        self._screen.transcript.handle(main, seen)
        if self._second is not None and second:
            self._beside += [one for one in second if getattr(one, "turn", 0)]
            self._second.handle(second, seen)

    def start_over(self, session: Session) -> None:
        """What is shown broke: both columns from what is known, prose aside."""
        seen = self.selected_side(session)
        for number, body in enumerate(self.bodies):
            turns = tuple(t for t in seen.turns if not self.on or t.id != self._turns[1 - number])
            body.start_over(replace(seen, turns=turns))

    def _say(self, race: Race | None) -> None:
        """The rule says it only to who types: a race was armed, or taken back."""
        was = self._screen.session.race
        if race is not None and race.armed:
            self._screen.say(words.RACE_ARMED)
        elif race is None and was is not None and was.armed:
            self._screen.say(words.RACE_TAKEN_BACK)

    def _begin(self, turns: tuple[int, ...]) -> None:
        if self._turns == turns:
            return
        if self.on:
            self._end()
        screen = self._screen
        self._turns, self._side, self._beside = turns, turns[0], []
        self._second = Transcript(
            screen.spark.palette, ascii_only=screen.ascii_only, keymap=screen.keymap
        )
        self._second.can_focus = False
        self._divider = Divider()
        for body in self.bodies:
            body.beside = True
            body.document.rival = turns[1]
        main = screen.transcript
        assert isinstance(main.parent, Widget)
        main.parent.mount(self._divider, self._second, after=main)

    def _end(self) -> None:
        for widget in (self._second, self._divider):
            if widget is not None:
                widget.remove()
        self._second = self._divider = None
        self._turns, self._side, self._beside = (), 0, []
        main = self._screen.transcript
        main.beside = False
        main.display = not self._screen.code.shown

    # ----------------------------------------------------------------- chrome

    def show(self, session: Session) -> None:
        """The row of figures, and which columns are seen."""
        race = session.race
        if not self.on or race is None:
            self.row.show(())
            return
        twins = [sum(twin.turn == turn for _, twin in race.twins) for turn in self._turns]
        sides = zip(race.names, self._turns, self._both(session), twins, strict=True)
        chosen = self._side
        self.row.show(tuple(RaceSide(name, one, lost, n == chosen) for name, n, one, lost in sides))
        wide = self._screen.size.width >= TWO_FROM
        for body, turn_id in zip(self.bodies, self._turns, strict=True):
            seen = not self._screen.code.shown and (wide or turn_id == self._side)
            if body.display != seen:
                body.display = seen
            if body is not self.body:
                body.review_focus = False
        if self._divider is not None and self._divider.display != (
            wide and not self._screen.code.shown
        ):
            self._divider.display = not self._divider.display

    def budget(self, session: Session, look: Callable[[], int]) -> str:
        """What the next instruction sends twice, "" while no race is armed.

        `look` tells its estimated tokens.
        """
        race = session.race
        if race is None or not race.armed:
            return ""
        tokens, settings = look(), self._screen.instrument.settings
        pairs = zip(race.names, race.models, strict=True)
        prices = [settings.price(name, model) for name, model in pairs]
        known = [price.of(tokens, 0, 0) for price in prices if price is not None]
        cost = sum(known) if len(known) == len(prices) and tokens else None
        one, two = (cut_middle(safe(name), 20) for name in race.names)
        return words.race_budget((one, two), tokens, cost)
