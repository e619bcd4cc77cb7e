"""What may go wrong at an endpoint, as flags: `NAME[:ARG][*TIMES][+SKIP]`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class FaultName(StrEnum):
    """Every fault; the argument and its default in brackets.

    Before the stream: REFUSE_KEY 401; LIMIT 429 [retry-after seconds, 2]; ERROR 500; BUSY 503;
    NOT_FOUND 404; HTML 200 with a web page; EMPTY 200 without a body; JSON 200 with the whole
    answer as JSON; REDIRECT 307; SLOW_HEADERS [seconds, 5]; NO_WEBSOCKET 426 at the handshake.

    While it streams, each at [token, half of the answer]: CUT closes the connection; EOF ends
    cleanly without a terminal event; STALL sends nothing more; MALFORMED sends broken JSON;
    INCOMPLETE ends at the output limit; ERROR_EVENT sends an error as an event. COMMENTS
    [seconds, 10] sends keep-alive comments for that long before the first token; HUGE_LINE
    [MiB, 64] sends a line of that size; NO_USAGE leaves the token counts out.

    In the answer: PROSE has no edit; ESCAPE writes outside the repository; MISSING_FILE changes a
    file that is not there; AMBIGUOUS has a hunk that fits in several places; CONTROL holds
    terminal control characters.
    """

    REFUSE_KEY = "refuse-key"
    LIMIT = "429"
    ERROR = "500"
    BUSY = "503"
    NOT_FOUND = "404"
    HTML = "html"
    EMPTY = "empty"
    JSON = "json-not-stream"
    REDIRECT = "redirect"
    SLOW_HEADERS = "slow-headers"
    NO_WEBSOCKET = "no-websocket"
    CUT = "cut"
    EOF = "eof"
    STALL = "stall"
    MALFORMED = "malformed-json"
    INCOMPLETE = "incomplete"
    ERROR_EVENT = "error-event"
    COMMENTS = "drip-comments"
    HUGE_LINE = "huge-line"
    NO_USAGE = "no-usage"
    PROSE = "prose"
    ESCAPE = "path-escape"
    MISSING_FILE = "missing-file"
    AMBIGUOUS = "ambiguous-hunk"
    CONTROL = "control-characters"


AT_TOKEN = (
    FaultName.CUT,
    FaultName.EOF,
    FaultName.STALL,
    FaultName.MALFORMED,
    FaultName.INCOMPLETE,
    FaultName.ERROR_EVENT,
    FaultName.HUGE_LINE,
)
_FLAG = re.compile(
    r"(?P<name>[\w-]+)(?::(?P<arg>\d+(?:\.\d+)?))?(?:\*(?P<times>\d+))?(?:\+(?P<skip>\d+))?"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; `arg` None takes the default.

    It applies to `times` requests after the first `skip`; None means every one of them.
    """

    name: FaultName
    arg: float | None = None
    times: int | None = None
    skip: int = 0


def parse_fault(flag: str) -> Fault:
    """Read `NAME[:ARG][*TIMES][+SKIP]`. Raises ValueError that names the known faults."""
    match = _FLAG.fullmatch(flag.strip())
    known = {str(name): name for name in FaultName}
    if match is None or match["name"] not in known:
        raise ValueError(f"no fault {flag!r}; known: {', '.join(known)}")
    arg = float(match["arg"]) if match["arg"] else None
    times = int(match["times"]) if match["times"] else None
    return Fault(known[match["name"]], arg, times, int(match["skip"] or 0))


class FaultPlan:
    """Counts requests, for the faults that apply to some of them only."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self._faults = tuple(faults)
        self._taken = 0

    def take(self) -> dict[FaultName, Fault]:
        """The faults of the next request."""
        active = {fault.name: fault for fault in self._faults if self._applies(fault)}
        self._taken += 1
        return active

    def has(self, name: FaultName) -> bool:
        """Whether `name` applies next, without counting."""
        return any(fault.name is name and self._applies(fault) for fault in self._faults)

    def _applies(self, fault: Fault) -> bool:
        since = self._taken - fault.skip
        return since >= 0 and (fault.times is None or since < fault.times)
