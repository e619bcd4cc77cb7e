"""What may go wrong at an endpoint, as flags: `NAME[:ARG][*TIMES][+SKIP]`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from spark_tui.core.dataclass import dataclass
from spark_tui.core.regex import regex


class FaultName(StrEnum):
    """Every fault, by its flag."""

    REFUSE_KEY = "refuse-key"
    LIMIT = "429"
    ERROR = "500"
    BUSY = "503"
    NOT_FOUND = "404"
    STATUS = "status"
    NO_MODEL = "no-model"
    NO_TOOLS = "no-tools"
    TOO_LONG = "too-long"
    QUOTA = "quota"
    BAD_GATEWAY = "502"
    HTML = "html"
    EMPTY = "empty"
    JSON = "json-not-stream"
    WRONG_TYPE = "wrong-type"
    COMPRESSED = "compressed"
    HEADER_BOMB = "header-bomb"
    REDIRECT = "redirect"
    SLOW_HEADERS = "slow-headers"
    UNANSWERED = "unanswered"
    MUTE = "mute"
    NO_WEBSOCKET = "no-websocket"
    COMMENTS = "drip-comments"
    CUT = "cut"
    CUT_INSIDE = "cut-inside"
    EOF = "eof"
    CLOSE = "close"
    STALL = "stall"
    DRIP = "drip-events"
    ENDLESS = "endless"
    MALFORMED = "malformed-json"
    NOT_OBJECT = "not-an-object"
    DEEP = "deep-json"
    BAD_UTF8 = "bad-utf8"
    BINARY = "binary"
    HUGE_LINE = "huge-line"
    ENDLESS_LINE = "endless-line"
    INCOMPLETE = "incomplete"
    FILTER = "filter"
    REFUSAL = "refusal"
    UNEXPLAINED = "incomplete-unexplained"
    FAILED = "failed"
    ERROR_EVENT = "error-event"
    LIMIT_EVENT = "limit-event"
    UNKNOWN_EVENT = "unknown-event"
    SEPARATORS = "separators"
    ODD_EVENTS = "odd-events"
    DUPLICATE = "duplicate"
    LOST = "lost-event"
    SWAPPED = "swapped-events"
    CRLF = "crlf"
    FRAGMENTS = "fragments"
    NO_BLANK = "no-blank-line"
    AFTER_END = "after-end"
    NO_USAGE = "no-usage"
    PROSE = "prose"
    ESCAPE = "path-escape"
    MISSING_FILE = "missing-file"
    AMBIGUOUS = "ambiguous-hunk"
    CONTROL = "control-characters"


MEANINGS: Mapping[FaultName, str] = {
    FaultName.REFUSE_KEY: "401",
    FaultName.LIMIT: "429, wait :2 s, or :date :junk :negative :prose :none",
    FaultName.ERROR: "500",
    FaultName.BUSY: "503",
    FaultName.NOT_FOUND: "404, unknown address",
    FaultName.STATUS: "any other status, :400",
    FaultName.NO_MODEL: "404, no such model",
    FaultName.NO_TOOLS: "400 for a request with functions, which the model does not take",
    FaultName.TOO_LONG: "400, the context is too long",
    FaultName.QUOTA: "429 that waiting does not cure",
    FaultName.BAD_GATEWAY: "502 with a web page",
    FaultName.HTML: "200 with a web page",
    FaultName.EMPTY: "200 without a body",
    FaultName.JSON: "200 with the whole answer as JSON",
    FaultName.WRONG_TYPE: "200 with a picture",
    FaultName.COMPRESSED: "200 with a gzip body nobody asked for",
    FaultName.HEADER_BOMB: "200 with 1 MB of headers",
    FaultName.REDIRECT: "redirects to another host, status :307",
    FaultName.SLOW_HEADERS: "the response head comes after :5 s",
    FaultName.UNANSWERED: "closes the connection instead of answering",
    FaultName.MUTE: "reads the request and never says a byte",
    FaultName.NO_WEBSOCKET: "426 at the WebSocket handshake",
    FaultName.COMMENTS: "keep-alive comments for :10 s before the first token",
    FaultName.CUT: "the connection breaks",
    FaultName.CUT_INSIDE: "the connection breaks inside a character of an event",
    FaultName.EOF: "ends cleanly without a terminal event",
    FaultName.CLOSE: "closes with WebSocket code :1011; a cut over HTTP",
    FaultName.STALL: "sends nothing more",
    FaultName.DRIP: "sends keep-alive events and nothing else any more",
    FaultName.ENDLESS: "repeats itself for ever",
    FaultName.MALFORMED: "an event that is broken JSON",
    FaultName.NOT_OBJECT: "an event that is a JSON list",
    FaultName.DEEP: "an event nested 100,000 deep",
    FaultName.BAD_UTF8: "an event that is not UTF-8",
    FaultName.BINARY: "a binary WebSocket message; NUL bytes over HTTP",
    FaultName.HUGE_LINE: "an event of :64 MiB",
    FaultName.ENDLESS_LINE: "a line that never ends",
    FaultName.INCOMPLETE: "ends at the output limit",
    FaultName.FILTER: "ends at the content filter",
    FaultName.REFUSAL: "the model refuses",
    FaultName.UNEXPLAINED: "ends as incomplete for a reason nobody knows",
    FaultName.FAILED: "the response fails",
    FaultName.ERROR_EVENT: "an error as an event",
    FaultName.LIMIT_EVENT: "the rate limit as an event",
    FaultName.UNKNOWN_EVENT: "an event of an unknown type; the answer goes on",
    FaultName.SEPARATORS: "Unicode line separators; the answer goes on",
    FaultName.ODD_EVENTS: "fields of the wrong types; the answer goes on",
    FaultName.DUPLICATE: "an event twice; the answer goes on",
    FaultName.LOST: "an event is missing; the answer goes on",
    FaultName.SWAPPED: "two events change places; the answer goes on",
    FaultName.CRLF: "lines end in CR LF",
    FaultName.FRAGMENTS: "a few bytes at a time",
    FaultName.NO_BLANK: "the last event has no blank line behind it",
    FaultName.AFTER_END: "keeps talking after the terminal event",
    FaultName.NO_USAGE: "no token counts",
    FaultName.PROSE: "an answer without an edit",
    FaultName.ESCAPE: "an edit outside the repository",
    FaultName.MISSING_FILE: "an edit of a file that is not there",
    FaultName.AMBIGUOUS: "a hunk that fits in several places",
    FaultName.CONTROL: "terminal control characters in the answer",
}
"""Each fault in a few words, with its argument's default."""

BREAKS = (
    FaultName.CUT,
    FaultName.CUT_INSIDE,
    FaultName.EOF,
    FaultName.CLOSE,
    FaultName.STALL,
    FaultName.DRIP,
    FaultName.ENDLESS,
    FaultName.MALFORMED,
    FaultName.NOT_OBJECT,
    FaultName.DEEP,
    FaultName.BAD_UTF8,
    FaultName.BINARY,
    FaultName.HUGE_LINE,
    FaultName.ENDLESS_LINE,
    FaultName.INCOMPLETE,
    FaultName.FILTER,
    FaultName.REFUSAL,
    FaultName.UNEXPLAINED,
    FaultName.FAILED,
    FaultName.ERROR_EVENT,
    FaultName.LIMIT_EVENT,
    FaultName.UNKNOWN_EVENT,
    FaultName.SEPARATORS,
    FaultName.ODD_EVENTS,
    FaultName.DUPLICATE,
    FaultName.LOST,
    FaultName.SWAPPED,
)
"""Faults inside the answer: their argument is the token they come at, half of them by default."""

SIZED = (FaultName.HUGE_LINE, FaultName.CLOSE)
"""Breaks whose argument is something else: they come at half of the answer."""

_FLAG = regex(
    r"(?P<name>[\w-]+)(?::(?P<arg>\d+(?:\.\d+)?|[a-z]+))?(?:\*(?P<times>\d+))?(?:\+(?P<skip>\d+))?"
)
_WORDED = {FaultName.LIMIT: ("date", "junk", "negative", "prose", "none")}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; `arg` None takes the default, `word` is an argument that is no number.

    It applies to `times` requests after the first `skip`; None means every one of them.
    """

    name: FaultName
    arg: float | None = None
    times: int | None = None
    skip: int = 0
    word: str = ""

    def number(self, default: float) -> float:
        """The argument, or its default."""
        return default if self.arg is None else self.arg


def parse_fault(flag: str) -> Fault:
    """Read `NAME[:ARG][*TIMES][+SKIP]`. Raises ValueError that names the known faults."""
    match = _FLAG.fullmatch(flag.strip())
    known = {str(name): name for name in FaultName}
    if match is None or match["name"] not in known:
        raise ValueError(f"no fault {flag!r}; known: {', '.join(known)}")
    name, arg = known[match["name"]], match["arg"] or ""
    word = arg if arg.isalpha() else ""
    if word and word not in _WORDED.get(name, ()):
        raise ValueError(f"no fault {flag!r}; known: {', '.join(known)}")
    times = int(match["times"]) if match["times"] else None
    number = float(arg) if arg and not word else None
    return Fault(name, number, times, int(match["skip"] or 0), word)


class FaultPlan:
    """Counts requests as `taken`, for the faults that apply to some of them only."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self._faults = tuple(faults)
        self.taken = 0

    def take(self) -> dict[FaultName, Fault]:
        """The faults of the next request."""
        active = self.next()
        self.taken += 1
        return active

    def next(self) -> dict[FaultName, Fault]:
        """The same without counting the request."""
        return {fault.name: fault for fault in self._faults if self._applies(fault)}

    def has(self, name: FaultName) -> bool:
        """Whether `name` applies next, without counting."""
        return name in self.next()

    def _applies(self, fault: Fault) -> bool:
        since = self.taken - fault.skip
        return since >= 0 and (fault.times is None or since < fault.times)
