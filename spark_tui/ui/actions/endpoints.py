"""F3: the endpoint list, switching, and the form that sets one up."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.dataclass import replace
from spark_tui.core.endpoint.choices import EndpointChoice, EndpointDraft
from spark_tui.core.endpoint.wire import Ended, FaultKind, Need
from spark_tui.core.events import (
    EndpointLabel,
    EndpointSet,
    EndpointSetUp,
    EndpointTested,
    Event,
    OnWire,
)
from spark_tui.ui.actions.context import ActionContext
from spark_tui.ui.lists import contents
from spark_tui.ui.lists.endpoint_form import SetupForm
from spark_tui.ui.lists.popup import CLOSES, PopupModel
from spark_tui.ui.messages import words
from spark_tui.ui.style.cells import safe

_KEY = frozenset({FaultKind.AUTH, FaultKind.FORBIDDEN})
_MODEL = frozenset({FaultKind.NOT_FOUND, FaultKind.SETTINGS})
_ADDRESS = frozenset({FaultKind.NOT_A_STREAM, FaultKind.REDIRECT, FaultKind.TLS})


class EndpointActions:
    """What the list's keys do. After a refusal F3 points at the endpoint that was refused."""

    def __init__(self, screen: ActionContext) -> None:
        self.screen = screen
        self._form: SetupForm | None = None
        self._fault: FaultKind | None = None
        self._greeted: tuple[str, bool] | None = None

    def open(self, _at: int) -> None:
        """Show the list; Enter on what it points at goes back to the previous endpoint."""
        self._form = None
        self.screen.open_popup(self._list())

    def greet(self) -> None:
        """What the body says before the first instruction: which endpoint, and what it lacks."""
        label = self.screen.session.endpoint
        choices = self.screen.conductor.endpoint_choices()
        lacks = next(
            (f"{c.name} {words.needs(c.need)}" for c in choices if c.in_use and c.need), ""
        )
        real = any(one.ready and not one.label.simulated for one in choices)
        self._greeted = (label.name, label.simulated)
        self.screen.body.show_welcome(
            words.welcome(
                self.screen.keymap,
                simulated=label.simulated,
                missing=lacks,
                others=real,
                named="" if label.built_in else safe(label.name),
            )
        )

    def _is_news(self, label: EndpointLabel) -> bool:
        """Whether what the body says of the endpoint is no longer so."""
        return self._greeted not in {None, (label.name, label.simulated)}

    def handle(self, events: Sequence[Event]) -> None:
        """Follow the test that runs, and what endpoints refuse."""
        for event in events:
            if isinstance(event, EndpointTested) and self._form is not None:
                self._form.tested(event.check)
            elif isinstance(event, EndpointSetUp) and self._form is not None:
                self._form.ended(event)
            elif isinstance(event, OnWire) and isinstance(event.event, Ended):
                self._fault = event.event.fault
            elif isinstance(event, EndpointSet) and self._is_news(event.endpoint):
                self._greeted = None
                if not self.screen.session.turns:
                    self.greet()
        self._repaint()

    def _list(self, form: SetupForm | None = None, chosen: str = "") -> PopupModel:
        choices = self.screen.conductor.endpoint_choices()
        refused = self._fault in _KEY | _MODEL | _ADDRESS
        model = contents.endpoint_list(choices, self._choose, refused=refused)
        if form is None:
            return replace(model, keys={"e": self._change}, paste=self._pasted)
        return replace(
            model,
            form=form,
            footer=tuple(form.rows(self._width())),
            note=(CLOSES,),
            start=chosen or model.start,
            cancelled=form.abandon,
        )

    def _width(self) -> int:
        panel = 29 if self.screen.size.width >= 100 else 0
        return self.screen.size.width - panel - 4

    def _find(self, name: str) -> EndpointChoice | None:
        choices = self.screen.conductor.endpoint_choices()
        return next((one for one in choices if one.name == name), None)

    def _choose(self, name: str) -> None:
        """Enter on a row: use it, or set it up first."""
        choice = self._find(name)
        if choice is not None and choice.ready and not choice.in_use:
            self._fault = None
            self.screen.conductor.use_endpoint(choice.name)
            return
        if choice is not None and choice.label.built_in:
            return
        if choice is not None and choice.need is Need.SIGN_IN:
            self.screen.conductor.sign_in(choice.name)
            return
        self._set_up(name)

    def _change(self, name: str) -> None:
        """`e` on a row: its model and key."""
        choice = self._find(name)
        if choice is None or not choice.label.built_in:
            self._set_up(name)

    def _pasted(self, name: str, text: str) -> None:
        """A paste on a row is its key, not an instruction."""
        self._change(name)
        if self._form is not None:
            self._form.paste(text)

    def _set_up(self, name: str) -> None:
        """Open the form under the list."""
        choice = self._find(name)
        conductor = self.screen.conductor

        def send(draft: EndpointDraft) -> None:
            self._fault = None
            conductor.set_up_endpoint(draft)

        at = ""
        if choice is not None and choice.in_use:
            at = "model" if self._fault in _MODEL else "address" if self._fault in _ADDRESS else ""
        self._form = SetupForm(choice, send, conductor.stop_set_up, self._repaint, at)
        self.screen.open_popup(self._list(self._form, name))

    def _repaint(self) -> None:
        """The form has something new to show."""
        shown = self.screen.popup.model
        form = self._form
        if form is None:
            return
        if shown is None or shown.form is not form:
            self._form = None
            return
        self.screen.popup.refill(self._list(form, form.name or contents.OTHER))
        self.screen.refresh_bars()
