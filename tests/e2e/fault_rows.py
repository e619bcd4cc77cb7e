"""What can go wrong at an endpoint, and what the client must do about it: data for one suite.

Each row is run on every wire. `sse` says how the turn ends, `ws` and `chat` where it ends
otherwise there: ending, fault, a piece of the message, how often a wait or a change of wire was
announced, and how many requests reached the endpoint's model (None: not counted).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from spark_tui.core.endpoint.wire import Ending, FaultKind
from spark_tui.services.endpoint import Bounds, Retries, Timeouts

USUAL = Timeouts(tick=0.05)
QUICK = Retries(backoff=0.005)
BOUNDS = Bounds()
UNNUMBERED = ("duplicate", "lost-event", "swapped-events")


@dataclass(frozen=True)
class Ends:
    """How a turn is to end."""

    ending: Ending
    fault: FaultKind | None = None
    said: str = ""
    announced: int = 0
    requests: int | None = None


class Where(StrEnum):
    """What the client is pointed at."""

    SIMULATOR = "simulator"
    NOBODY = "a port nobody listens on"
    NO_NAME = "a name that does not exist"
    FULL = "a port that never accepts"
    SELF_SIGNED = "a certificate nobody signed"
    OTHER_NAME = "a certificate for another name"
    EXPIRED = "a certificate of yesterday"
    PLAIN = "plain HTTP under https"


class Person(StrEnum):
    """What the person or the machine does meanwhile."""

    WAITS = "waits"
    STOPS = "Esc before anything has come"
    STOPS_LATER = "Esc once text has come"
    STOPS_WAITING = "Esc while the wait counts down"
    SLEEPS = "the lid is closed once text has come"


@dataclass(frozen=True)
class Row:
    """One bad day. `wanted` is the behaviour in words; `flag` the simulator's `--fault`."""

    flag: str
    wanted: str
    sse: Ends
    ws: Ends | None = None
    chat: Ends | None = None
    timeouts: Timeouts = USUAL
    retries: Retries = QUICK
    bounds: Bounds = BOUNDS
    where: Where = Where.SIMULATOR
    person: Person = Person.WAITS
    rate: float = 0.0

    @property
    def name(self) -> str:
        """What a failing row is called."""
        place = "" if self.where is Where.SIMULATOR else f" at {self.where}"
        person = "" if self.person is Person.WAITS else f", {self.person}"
        return f"{self.flag or 'no fault'}{place}{person}"

    def on(self, wire: str) -> Ends:
        """The outcome on a wire."""
        return {"websocket": self.ws, "chat": self.chat}.get(wire) or self.sse

    def wires(self) -> tuple[str, ...]:
        """The wires it can happen on: chat chunks have no numbers that tell of a loss."""
        numbered = ("responses", "websocket")
        return numbered if self.flag in UNNUMBERED else (*numbered, "chat")


def failed(fault: FaultKind, said: str, requests: int | None = 1, announced: int = 0) -> Ends:
    """The turn failed."""
    return Ends(Ending.FAILED, fault, said, announced, requests)


def cut(fault: FaultKind, said: str, requests: int | None = 1) -> Ends:
    """The answer broke off; what had come is kept, nothing is written."""
    return Ends(Ending.CUT, fault, said, 0, requests)


def whole(requests: int | None = 1, announced: int = 0) -> Ends:
    """The answer is complete, and its edit on disk."""
    return Ends(Ending.COMPLETE, None, "", announced, requests)


def fell_back(ends: Ends) -> Ends:
    """The same over HTTPS, after the WebSocket was given up aloud."""
    return replace(ends, announced=ends.announced + 1, requests=None)


K = FaultKind
STOPPED = Ends(Ending.STOPPED)
BROKEN = "the answer broke off, nothing written"
LIMIT = "limit reached"
SHORT = Timeouts(tick=0.05, headers=0.5, first_output=0.5, stall=0.5)
TIGHT = Bounds(body=200_000)

ROWS: tuple[Row, ...] = (
    # ---- getting connected
    Row("", "refused: one line naming host and cause, three more tries, draft kept",
        failed(K.CONNECT, "cannot reach 127.0.0.1 (refused)", None, 3),
        where=Where.NOBODY),
    Row("", "no such name: said as that, three more tries",
        failed(K.DNS, "cannot reach nowhere.invalid (no such name)", None, 3),
        where=Where.NO_NAME),
    Row("", "nobody accepts: the connect clock ends it, three more tries",
        failed(K.CONNECT, "(no answer in time)", None, 3),
        fell_back(failed(K.CONNECT, "(no answer in time)", None, 3)),
        timeouts=replace(USUAL, connect=0.15), where=Where.FULL),
    Row("", "self-signed: TLS is never downgraded, nothing sent, no second try",
        failed(K.TLS, "cannot trust 127.0.0.1", None), where=Where.SELF_SIGNED),
    Row("", "another name in the certificate: nothing sent, no second try",
        failed(K.TLS, "cannot trust localhost", None), where=Where.OTHER_NAME),
    Row("", "an expired certificate: nothing sent, no second try",
        failed(K.TLS, "certificate has expired", None), where=Where.EXPIRED),
    Row("", "no TLS where https is configured: nothing sent in the clear",
        failed(K.TLS, "cannot trust 127.0.0.1", None), where=Where.PLAIN),
    # ---- refused with a status
    Row("refuse-key", "401: cause and way out, the key never echoed, not tried again",
        failed(K.AUTH, "refused the key")),
    Row("status:403", "403: what the provider says, not tried again",
        failed(K.FORBIDDEN, "does not allow this: Your country")),
    Row("404", "404: address or model, not tried again",
        failed(K.NOT_FOUND, "no such address or model")),
    Row("no-model", "unknown model: named, with the way to another",
        failed(K.NOT_FOUND, "has no model 'simulated-x'")),
    Row("status:400", "400: what the provider says", failed(K.BAD_REQUEST, "Invalid value")),
    Row("status:422", "422: what the provider says",
        failed(K.BAD_REQUEST, "cannot be processed")),
    Row("status:413", "413: say that the request is too long",
        failed(K.TOO_LONG, "longer than simulated-x takes")),
    Row("too-long", "context length: say that the request is too long",
        failed(K.TOO_LONG, "longer than simulated-x takes")),
    Row("quota", "a used up quota is no rate limit: not tried again",
        failed(K.QUOTA, "the quota is used up")),
    # ---- limits
    Row("429:1*1", "429 with Retry-After: announced, waited for, then sent", whole(2, 1)),
    Row("429:0", "a limit that stays: four waits at most, then said",
        failed(K.RATE_LIMIT, LIMIT, 5, 4)),
    Row("429:90", "a wait over a minute is not waited for: said with its length",
        failed(K.RATE_LIMIT, "asks to wait 90 s")),
    Row("429:86400", "a day's wait likewise", failed(K.RATE_LIMIT, "asks to wait 86400 s")),
    Row("429:date*1", "Retry-After as a date", whole(2, 1)),
    Row("429:junk*1", "an unreadable Retry-After: our own back-off", whole(2, 1)),
    Row("429:negative*1", "a negative Retry-After: our own back-off", whole(2, 1)),
    Row("429:prose*1", "a wait named in the text only", whole(2, 1)),
    Row("429:none*1", "no wait named: our own back-off", whole(2, 1)),
    Row("503*1", "overloaded: tried again", whole(2, 1)),
    Row("503", "overloaded for long: said", failed(K.SERVER, "is overloaded", 5, 4)),
    Row("status:529", "529 is an overload as well", failed(K.SERVER, "is overloaded", 5, 4)),
    Row("429:30", "Esc ends a countdown at once", STOPPED, person=Person.STOPS_WAITING),
    # ---- the server's own trouble
    Row("500*1", "500: tried again", whole(2, 1)),
    Row("500", "500 three times: said with its number", failed(K.SERVER, "failed (500)", 3, 2)),
    Row("status:408", "408: twice more", failed(K.SERVER, "failed (408)", 3, 2)),
    Row("status:409", "409: twice more", failed(K.SERVER, "failed (409)", 3, 2)),
    Row("status:504", "504: twice more", failed(K.SERVER, "down (504)", 3, 2)),
    Row("502", "502 with a web page: twice more, the page is not shown",
        failed(K.SERVER, "down (502)", 3, 2)),
    # ---- 200, and yet no stream
    Row("html", "a captive portal: a web page is no answer",
        failed(K.NOT_A_STREAM, "sent a web page, not a stream"),
        fell_back(failed(K.NOT_A_STREAM, "sent a web page, not a stream"))),
    Row("empty", "an empty body is no answer", failed(K.NOT_A_STREAM, "sent an empty answer"),
        fell_back(failed(K.NOT_A_STREAM, "sent an empty answer"))),
    Row("json-not-stream", "JSON is no stream: nothing of it is applied",
        failed(K.NOT_A_STREAM, "sent application/json, not a stream"),
        fell_back(failed(K.NOT_A_STREAM, "sent application/json, not a stream"))),
    Row("wrong-type", "a picture is no stream",
        failed(K.NOT_A_STREAM, "sent image/png, not a stream"),
        fell_back(failed(K.NOT_A_STREAM, "sent image/png, not a stream"))),
    Row("compressed", "a body in an encoding nobody asked for is not unpacked",
        failed(K.NOT_A_STREAM, "not a stream"), fell_back(failed(K.NOT_A_STREAM, "not a stream"))),
    Row("header-bomb", "headers without end: stop",
        cut(K.MALFORMED, "sent a response that is not HTTP"),
        fell_back(cut(K.MALFORMED, "sent a response that is not HTTP"))),
    Row("redirect", "307: refused, the target named, key and prompt never sent there",
        failed(K.REDIRECT, "points to elsewhere.invalid, nothing was sent there")),
    Row("redirect:301", "301 likewise", failed(K.REDIRECT, "points to elsewhere.invalid")),
    Row("redirect:303", "303 likewise", failed(K.REDIRECT, "points to elsewhere.invalid")),
    # ---- silence
    Row("slow-headers:30", "no response head: a clock of its own",
        failed(K.TIMEOUT, "did not answer in 0.5 s", None),
        fell_back(failed(K.TIMEOUT, "did not answer in 0.5 s", None)),
        timeouts=replace(SHORT, connect=0.5)),
    Row("mute", "not a byte: the head's clock; a WebSocket is given up after two",
        failed(K.TIMEOUT, "did not answer in 1 s"),
        fell_back(failed(K.TIMEOUT, "did not answer in 1 s")),
        timeouts=replace(SHORT, headers=1.0, first_event=0.15)),
    Row("unanswered", "closed unanswered: tried again, then said",
        failed(K.CONNECT, "closed the connection unanswered", 4, 3),
        fell_back(failed(K.CONNECT, "closed the connection unanswered", 6, 3))),
    Row("unanswered*1", "closed unanswered once: the second try is the answer", whole(2, 1),
        whole(2, 0)),
    Row("drip-comments:30", "comments are no token: the first token's clock",
        failed(K.TIMEOUT, "no first token from 127.0.0.1 in 0.5 s"), timeouts=SHORT),
    Row("stall:0", "opened, and then nothing: the first token's clock",
        failed(K.TIMEOUT, "no first token from 127.0.0.1 in 0.5 s"), timeouts=SHORT),
    Row("stall", "silence in the answer: the stall clock; what came is kept",
        cut(K.STALLED, "no token for 0.5 s, nothing written"), timeouts=SHORT),
    Row("drip-events", "keep-alive events are no token: the stall clock",
        cut(K.STALLED, "no token for 0.5 s, nothing written"), timeouts=SHORT),
    Row("stall", "a closed lid: dead at once after waking, whatever the clocks say",
        cut(K.STALLED, "the machine slept"), person=Person.SLEEPS),
    # ---- Esc
    Row("mute", "Esc before the head", STOPPED, person=Person.STOPS),
    Row("slow-headers:30", "Esc while nothing answers", STOPPED, person=Person.STOPS),
    Row("drip-comments:30", "Esc between comments", STOPPED, person=Person.STOPS),
    Row("stall", "Esc on a silent peer", STOPPED, person=Person.STOPS_LATER),
    Row("endless", "Esc in a flood", STOPPED, person=Person.STOPS_LATER, rate=20_000.0),
    # ---- broken ends
    Row("cut", "the connection breaks: kept, marked incomplete, nothing applied",
        cut(K.CONNECT, BROKEN)),
    Row("cut:0", "it breaks before the first token", cut(K.CONNECT, "closed the connection")),
    Row("cut-inside", "it breaks inside a character of an event", cut(K.CONNECT, BROKEN)),
    Row("eof", "a clean end without a terminal event is no success", cut(K.CONNECT, BROKEN)),
    Row("eof:0", "a clean end before the first token", cut(K.CONNECT, "closed the connection")),
    Row("close:1000", "WebSocket 1000 in the answer is no success", cut(K.CONNECT, BROKEN)),
    Row("close:1001", "going away", cut(K.CONNECT, BROKEN)),
    Row("close:1011", "internal error", cut(K.CONNECT, BROKEN)),
    Row("close:1012", "service restart", cut(K.CONNECT, BROKEN)),
    Row("close:1013", "try again later", cut(K.CONNECT, BROKEN)),
    Row("close:1008", "policy: final, with what was said", cut(K.CONNECT, BROKEN),
        failed(K.FORBIDDEN, "closed the connection (1008): simulated")),
    Row("close:1009", "too big for the server: final", cut(K.CONNECT, BROKEN),
        failed(K.FORBIDDEN, "closed the connection (1009)")),
    Row("close:4003", "the provider's own code: final", cut(K.CONNECT, BROKEN),
        failed(K.FORBIDDEN, "closed the connection (4003)")),
    Row("no-websocket", "426 at the handshake: HTTPS at once, and said", whole(1),
        fell_back(whole(None))),
    # ---- ends that say what they are
    Row("incomplete", "the output limit: gone on once, nothing applied, one key asks again",
        Ends(Ending.LENGTH, None, "length limit, nothing written", 0, 2)),
    Row("filter", "the content filter: nothing applied",
        Ends(Ending.FILTERED, None, "refused to answer this, nothing written", 0, 1)),
    Row("refusal", "the model refuses: its words are shown, nothing applied",
        Ends(Ending.FILTERED, None, "refused to answer this, nothing written", 0, 1)),
    Row("incomplete-unexplained", "incomplete for no reason given: cut",
        cut(K.MALFORMED, BROKEN), chat=cut(K.CONNECT, BROKEN)),
    Row("failed", "a failed response: said, not tried again after the first byte",
        failed(K.SERVER, "failed: The simulated model failed."),
        chat=failed(K.SERVER, "failed in the middle of the answer")),
    Row("error-event", "an error as an event: said", failed(K.SERVER, "endpoint failed")),
    Row("limit-event", "a limit in the answer: said, never sent again after the first byte",
        failed(K.RATE_LIMIT, LIMIT)),
    # ---- events that are none
    Row("malformed-json", "broken JSON: stop", cut(K.MALFORMED, "a damaged event")),
    Row("not-an-object", "a list for an event: stop", cut(K.MALFORMED, "a damaged event")),
    Row("deep-json", "nesting without end: stop", cut(K.MALFORMED, "a damaged event")),
    Row("bad-utf8", "not UTF-8: stop, never guess", cut(K.MALFORMED, "a damaged event")),
    Row("binary", "NUL bytes, a binary message: stop", cut(K.MALFORMED, "a damaged event"),
        cut(K.MALFORMED, "a binary message")),
    Row("huge-line:2", "an event over 1 MB: stop", cut(K.TOO_BIG, "more than an answer can hold")),
    Row("endless-line", "a line without end: stop", cut(K.TOO_BIG, "more than an answer can hold")),
    Row("endless", "an answer without end: stop at its bound",
        cut(K.TOO_BIG, "more than an answer can hold"), bounds=TIGHT),
    Row("endless", "events without end: stop at their bound",
        cut(K.TOO_BIG, "more than an answer can hold"), bounds=Bounds(events=2_000)),
    Row("unknown-event", "an unknown type is ignored", whole()),
    Row("separators", "Unicode line separators end no line", whole()),
    Row("odd-events", "fields of wrong types are ignored", whole()),
    Row("duplicate", "the same event twice counts once", whole()),
    Row("lost-event", "a gap in the numbers is no success",
        cut(K.MALFORMED, "part of the answer is missing, nothing written")),
    Row("swapped-events", "text out of order is no success",
        cut(K.MALFORMED, "part of the answer is missing, nothing written")),
    # ---- odd, and all right
    Row("crlf", "CR LF ends lines as well", whole()),
    Row("fragments", "bytes in crumbs make the same answer", whole()),
    Row("no-blank-line", "the last event counts without its blank line", whole()),
    Row("after-end", "a server that talks on after the end does not hold up the turn", whole()),
    Row("no-usage", "no token counts: the rest is as ever", whole()),
)  # fmt: skip
