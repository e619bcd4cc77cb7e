"""The form under the endpoint list: an address, a model, a key, the test's ticks, the outcome.

What is typed or pasted into the key's field stays here until it is handed to the conductor: it is
never in the prompt, its history or the draft, and on the screen only as dots.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.endpoint.choices import EndpointChoice, EndpointDraft, whole_address
from spark_tui.core.endpoint.probe import Check, ProbeStep, StepOutcome
from spark_tui.core.endpoint.profiles import is_loopback, origin_of
from spark_tui.core.endpoint.wire import Need
from spark_tui.core.events import EndpointSetUp
from spark_tui.ui.input.typed import typed_text
from spark_tui.ui.messages import words
from spark_tui.ui.messages.remedies import in_shell
from spark_tui.ui.style.cells import cells, cut_end, cut_middle, safe
from spark_tui.ui.style.painted import RoleText

_DOTS = 24
_TAIL = 4
_LONG = 16
"""From so many characters on the last four of a key are shown, to know it by."""

FormRow = tuple[RoleText, ...]


@dataclass
class Field:
    """One line to type into."""

    name: str
    text: str = field(default="", repr=False)
    hint: str = ""
    secret: bool = False

    @property
    def shown(self) -> str:
        """What the screen may show of it."""
        if not self.secret:
            return safe(self.text)
        tail = self.text[-_TAIL:] if len(self.text) >= _LONG else ""
        return "•" * min(len(self.text) - len(tail), _DOTS) + safe(tail)


class SetupForm:
    """Sets up one endpoint, `choice` None for an address nobody has named yet.

    `send` gets what was filled in; `stop` ends a running test; `changed` is called when there is
    something new to paint. `at` names the field to begin with.
    """

    def __init__(
        self,
        choice: EndpointChoice | None,
        send: Callable[[EndpointDraft], None],
        stop: Callable[[], None],
        changed: Callable[[], None],
        at: str = "",
    ) -> None:
        self.choice = choice
        self.name = choice.name if choice is not None else ""
        self.running = False
        self.done = False
        self._send = send
        self._stop = stop
        self._changed = changed
        self._checks: list[Check] = []
        self._outcome: EndpointSetUp | None = None
        self._said = ""
        self.fields = _fields(choice)
        names = [one.name for one in self.fields]
        new = choice is None or choice.need is Need.ADDRESS
        first = at if at in names else "address" if new else "key"
        self._at = names.index(first)

    # ------------------------------------------------------------------ keys

    def key(self, key: str, character: str | None) -> None:
        """One key; Enter and Esc have methods of their own."""
        if self.running or self.done:
            return
        active = self.fields[self._at]
        if key in {"tab", "down"}:
            self._at = (self._at + 1) % len(self.fields)
        elif key in {"shift+tab", "up"}:
            self._at = (self._at - 1) % len(self.fields)
        elif key in {"backspace", "ctrl+h"}:
            active.text = active.text[:-1]
        elif key in {"ctrl+u", "ctrl+w"}:
            active.text = ""
        elif typed := typed_text(key, character):
            active.text += typed
        else:
            return
        self._changed()

    def paste(self, text: str) -> None:
        """A paste is the key, or its first line goes to the end of another field."""
        if self.running or self.done:
            return
        active = self.fields[self._at]
        line = next(iter(text.strip().splitlines()), "").strip()
        active.text = text.strip() if active.secret else active.text + line
        self._changed()

    def enter(self) -> bool:
        """To the next field, or test; True when the form is finished with."""
        if self.done:
            return True
        if self.running:
            return False
        if self._at + 1 < len(self.fields):
            self._at += 1
        else:
            self._test()
        self._changed()
        return False

    def escape(self) -> bool:
        """Stop a test; True when there is none, and the form closes."""
        if not self.running:
            return True
        self._stop()
        self.running = False
        self._said = words.SETUP_STOPPED
        self._changed()
        return False

    def abandon(self) -> None:
        """The popup closed: a test that runs ends, and saves nothing."""
        self.escape()

    def _test(self) -> None:
        given = {one.name: one.text.strip() for one in self.fields}
        self.running = True
        self._checks, self._outcome, self._said = [], None, ""
        model = given.get("model", "")
        if self.choice is not None and model == self.choice.label.model:
            model = ""
        self._send(EndpointDraft(self.name, given.get("address", ""), model, given.get("key", "")))

    # ------------------------------------------------------------------ what happened

    def tested(self, check: Check) -> None:
        """One step of the test is known."""
        if self.running:
            self._checks.append(check)
            self._changed()

    def ended(self, outcome: EndpointSetUp) -> None:
        """The test is over."""
        if not self.running:
            return
        self.running = False
        self.name = outcome.name if outcome.saved else self.name
        self._outcome = outcome
        self.done = bool(outcome.saved)
        if self.done:
            for one in self.fields:
                one.text = "" if one.secret else one.text
        self._changed()

    # ------------------------------------------------------------------ what is shown

    def rows(self, width: int) -> list[FormRow]:
        """The form in lines of at most `width` cells."""
        out: list[FormRow] = [(("text", ""),)]
        if not self.done:
            if self.choice is not None and self.choice.address and self.fields[0].name != "address":
                shown = cut_middle(safe(self.choice.address), max(width - 12, 1))
                out.append((("muted", f"address {shown}"),))
                if self.choice.fixed:
                    out += _wrapped("muted", words.setup_fixed(safe(self.choice.name)), width)
            out += [self._field(number, width) for number in range(len(self.fields))]
            out += _wrapped("muted", self._promise(), width)
        out += self._ticks(width)
        out += self._ending(width)
        return out

    def _field(self, number: int, width: int) -> FormRow:
        one = self.fields[number]
        active = number == self._at and not self.running
        room = max(width - 12, 1)
        shown = one.shown if one.secret else cut_middle(one.shown, room)
        parts: list[RoleText] = [
            ("focus" if active else "muted", f"{one.name:<7} "),
            ("text", shown),
        ]
        if active:
            parts.append(("select", " "))
        if not one.text and one.hint:
            parts.append(("muted", " " + cut_end(one.hint, room - 2)))
        return tuple(parts)

    def _promise(self) -> str:
        """Where the key goes, and what Enter does: said before it is done."""
        address = self.choice.address if self.choice is not None else ""
        typed = next((one.text for one in self.fields if one.name == "address"), "")
        address = whole_address(typed) if typed.strip() else address
        origin = origin_of(address)
        return words.setup_promise(
            safe(origin), unencrypted=origin.startswith("http:") and not is_loopback(address)
        )

    def _ticks(self, width: int) -> list[FormRow]:
        lines: list[list[RoleText]] = [[]]
        used = 0
        for check in self._checks:
            if check.verdict is StepOutcome.SKIPPED:
                continue
            good = check.verdict is StepOutcome.OK
            text = f"{'✓' if good else '✗'} {check.step}{_took(check)}"
            if used and used + cells(text) > width - 4:
                lines.append([])
                used = 0
            lines[-1] += [("ok" if good else "refuse", text), ("text", "   ")]
            used += cells(text) + 3
        if self.running:
            lines[-1].append(("muted", words.SETUP_RUNS))
        return [tuple(line) for line in lines if line]

    def _ending(self, width: int) -> list[FormRow]:
        if self._said:
            return _wrapped("muted", self._said, width)
        outcome = self._outcome
        if outcome is None:
            return []
        if outcome.saved:
            return [
                *_wrapped("ok", words.setup_saved(safe(outcome.saved)), width),
                *_wrapped("muted", words.SETUP_DONE, width),
            ]
        out = _wrapped("refuse", safe(outcome.problem), width)
        if outcome.remedies:
            out += _wrapped("text", safe(in_shell("", outcome.remedies)), width)
        return [*out, *_wrapped("muted", words.SETUP_FAILED, width)]


def _fields(choice: EndpointChoice | None) -> list[Field]:
    if choice is None:
        return [
            Field("address", hint="http://HOST:PORT/v1"),
            Field("model", hint="empty: the first it lists"),
            Field("key", hint="empty: none is sent", secret=True),
        ]
    key = Field("key", hint=_key_hint(choice), secret=True)
    if choice.need is Need.ADDRESS:
        return [Field("address", hint="https://RESOURCE…/v1"), Field("model"), key]
    if not choice.ready or choice.fixed or choice.need:
        return [key]
    model = Field("model", choice.label.model, "empty: the first it lists")
    return [Field("address", choice.address), model, key] if choice.movable else [model, key]


def _key_hint(choice: EndpointChoice) -> str:
    if choice.key_from:
        return f"empty: the one from {safe(choice.key_from)}"
    return "" if choice.need else "empty: none is sent"


def _took(check: Check) -> str:
    if check.took_ns is None:
        return ""
    ms = check.took_ns / 1e6
    number = f"{ms:.1f}" if ms < 1 else f"{ms:,.0f}"
    return f" {number} ms" if check.step is ProbeStep.FIRST else f" {number}"


def _wrapped(role: str, text: str, width: int) -> list[FormRow]:
    lines: Sequence[str] = textwrap.wrap(text, max(width - 4, 10)) or [""]
    return [((role, line),) for line in lines]
