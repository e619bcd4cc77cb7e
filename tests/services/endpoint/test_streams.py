"""What providers stream, in their many shapes: what is read of it, and what is written then.

Each row is a small answer of our own in a shape that some provider sends. It is read in one piece,
in random pieces and byte by byte, over server-sent events and, where it is of the Responses API,
over a WebSocket; then it is placed on a file as a session does it that writes unasked.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.edits.assembler import Assembler
from spark_tui.core.edits.compose import changes_for
from spark_tui.core.edits.headless import image_or_refusal
from spark_tui.core.edits.model import FileImage, HunkState, TakenBack
from spark_tui.core.edits.stream import EditStream
from spark_tui.core.edits.text import absent, image_of
from spark_tui.core.endpoint.wire import Ended, Ending, WireEvent
from spark_tui.core.latency.meter import Meter, Reading
from spark_tui.pair.answer import AnswerReader, Parsed
from spark_tui.services.endpoint.faults.faults import FaultError, Peer
from spark_tui.services.endpoint.providers import PROVIDERS
from spark_tui.services.endpoint.wires.chat import ChatReader
from spark_tui.services.endpoint.wires.reader import Reader
from spark_tui.services.endpoint.wires.responses import ResponsesReader
from spark_tui.services.endpoint.wires.sse import SseSplitter

if TYPE_CHECKING:
    from tests.services.endpoint.conftest import Got, Kit
else:
    Kit = Got = Any

PEER = Peer("some", "some.example", "m")
CALC = "def add(a, b):\n    return a + b\n\n\ndef sub(a, b):\n    return a - b\n"


def block(old: str, new: str) -> str:
    return f"calc.py\n```\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n```\n"


def patch(old: str, new: str) -> str:
    body = f"@@\n-{old}\n+{new}\n"
    return f"*** Begin Patch\n*** Update File: calc.py\n{body}*** End Patch\n"


OLD, NEW = "    return a + b", "    return b + a"
EDIT, PATCH = block(OLD, NEW), patch(OLD, NEW)
DRAFT = block("    return a - b", "    return 99")
DONE = CALC.replace(OLD, NEW)
CUT = PATCH.replace("*** End Patch\n", "@@\n-def sub(a, b):\n")
FINAL = "<|end|><|start|>assistant<|channel|>final<|message|>"


@dataclass(frozen=True)
class Row:
    """A stream, and what it comes to: `written` is the file after it, None where it stays.

    `counts` are (input, output, cached, reasoning), `exact` whether they are shown without a `~`.
    """

    name: str
    stream: Sequence[Any]
    text: str = EDIT
    thought: str = ""
    ending: Ending = Ending.COMPLETE
    written: str | None = DONE
    counts: tuple[int | None, int, int | None, int] | None = None
    exact: bool = True
    said: str = ""
    wire: str = "chat"
    dialect: str = "generic"

    def __str__(self) -> str:
        return self.name


def pieces(text: str, count: int = 3) -> list[str]:
    size = max(1, -(-len(text) // count))
    return [text[n : n + size] for n in range(0, len(text), size)]


def chunk(delta: Any = None, reason: Any = None, **more: Any) -> Any:
    choice = {"index": 0, "delta": {} if delta is None else delta, "finish_reason": reason}
    return {"id": "c", "object": "chat.completion.chunk", "choices": [choice], **more}


def says(text: str = EDIT, **more: Any) -> list[Any]:
    return [chunk({"content": one, **more}) for one in pieces(text)]


def counted(prompt: int, output: int, total: int = 0, **more: Any) -> Any:
    usage = {"prompt_tokens": prompt, "completion_tokens": output, **more}
    return {"id": "c", "choices": [], "usage": {**usage, "total_tokens": total or prompt + output}}


STOP, END = chunk(reason="stop"), b"[DONE]"


def part(text: str, kind: str = "text") -> Any:
    return {"type": kind, "text": text}


def thinking(text: str) -> Any:
    return {"type": "thinking", "thinking": [part(text)]}


HALVES = EDIT.replace("b + a", "b + '😀'")
LOW, HIGH = "\\ud83d", "\\ude00"


def halved(one: str, two: str, between: str = "") -> list[bytes]:
    """An emoji whose surrogates come in two chunks."""
    head, _, tail = HALVES.partition("😀")
    texts = (json.dumps(head)[1:-1] + one, between + two + json.dumps(tail)[1:-1])
    return [b'{"choices":[{"delta":{"content":"%b"}}]}' % text.encode() for text in texts]


CHAT = [
    Row("plain", [*says(), STOP, counted(12, 40), END], counts=(12, 40, None, 0)),
    Row("tool call, custom", [
        chunk({"tool_calls": [{"index": 0, "id": "t", "type": "custom", "custom": {"input": one}}]})
        for one in pieces(PATCH)
    ] + [chunk(reason="tool_calls"), END], text=PATCH),
    Row("tool calls, two of them", [
        chunk({"tool_calls": [{"index": n, "custom": {"input": one.rstrip()}}]})
        for n, one in enumerate((PATCH, patch("    return a - b", "    return b - a")))
    ] + [chunk(reason="tool_calls"), END],
        text=f"{PATCH}{patch('    return a - b', '    return b - a')}".rstrip(),
        written=DONE.replace("a - b", "b - a")),
    Row("function call, as it was", [
        chunk({"function_call": {"name": "apply_patch", "arguments": one}})
        for one in pieces(json.dumps({"input": PATCH}))
    ] + [chunk(reason="function_call"), END], text=json.dumps({"input": PATCH})),
    # -------------------------------------------------------------- endings
    *(
        Row(f"reason {reason}", [*says(f"{EDIT}\ncalc.py\n"), chunk(reason=reason), END],
            f"{EDIT}\ncalc.py\n", "", ending, None, said=said)
        for reason, ending, said in (
            ("abort", Ending.CUT, "the answer is incomplete (abort), nothing written"),
            ("repetition", Ending.CUT, "(repetition)"),
            ("insufficient_system_resource", Ending.CUT, "(insufficient_system_resource)"),
            ("timeout", Ending.CUT, "(timeout)"),
            ("not_finished", Ending.CUT, "(not_finished)"),
            ("network_error", Ending.CUT, "(network_error)"),
            ("other", Ending.CUT, "(other)"),
            ("model_length", Ending.LENGTH, "length limit (model_length)"),
            ("MAX_TOKENS", Ending.LENGTH, "length limit (MAX_TOKENS)"),
            ("length", Ending.LENGTH, "the answer hit its length limit, nothing written"),
            ("SAFETY", Ending.FILTERED, "refused to answer this (SAFETY)"),
            ("sensitive", Ending.FILTERED, "(sensitive)"),
            ("content_filter", Ending.FILTERED, "some refused to answer this, nothing written"),
            ("error", Ending.FAILED, "failed in the middle"),
        )
    ),
    *(
        Row(f"good reason {reason}", [*says(), chunk(reason=reason), END])
        for reason in ("STOP", "eos", "end_turn", "tool_calls", "stop_sequence", "eos_token")
    ),
    Row("a patch cut in its last hunk", [
        *says(CUT), chunk(reason="MAX_TOKENS")], CUT, "", Ending.LENGTH, None),
    Row("a reason in every chunk", [chunk({"content": one}, "stop") for one in pieces(EDIT)]),
    Row("a bad reason before a good one", [*says(), chunk(reason="abort"), STOP, END],
        ending=Ending.CUT, written=None),
    Row("a reason behind the thought", [
        chunk({"reasoning": "hm"}, "stop"), *says(), STOP, END], thought="hm"),
    Row("no reason, closed in form", [*says(), END]),
    Row("no reason, a patch without its end", [*says(PATCH.removesuffix("*** End Patch\n")), END],
        PATCH.removesuffix("*** End Patch\n"), written=None),
    Row("no reason where there always is one", [*says(), END], ending=Ending.CUT, written=None,
        said="the answer broke off", dialect="groq"),
    Row("no reason and not closed", says(), ending=Ending.CUT, written=None, said="broke off"),
    Row("nothing but its end", [chunk({"role": "assistant", "content": ""}), END], "",
        ending=Ending.FAILED, written=None, said="sent an empty answer"),
    Row("an end mark with blanks", [*says(), STOP, b"[DONE] "]),
    Row("an end mark with a tab", [*says(), STOP, b"\t[DONE]\t"]),
    Row("empty events", [b"", *says(), b" ", STOP, b"", END]),
    # -------------------------------------------------------------- content in its shapes
    Row("parts", [
        chunk({"content": [part(one)]}) for one in pieces(EDIT)] + [STOP, END]),
    Row("a thought as a part, and text beside it", [
        chunk({"content": [thinking("or sub? "), thinking(DRAFT)]}),
        chunk({"content": [thinking("no."), part(EDIT[:9])]}),
        chunk({"content": EDIT[9:]}), STOP, END], thought=f"or sub? {DRAFT}no."),
    Row("parts of other kinds", [
        chunk({"content": [{"type": "reference", "reference_ids": [1]}, part(EDIT)]}),
        chunk({"content": [{"type": "image_url", "image_url": {"url": "x"}}]}), STOP, END]),
    Row("one part alone", [chunk({"content": part(EDIT)}), STOP, END]),
    Row("a part nobody knows", [chunk({"content": [part(EDIT), part("x", "hologram")]}), STOP, END],
        ending=Ending.CUT, written=None, said="an unknown part: hologram"),
    Row("a refusal", [chunk({"refusal": "I won't."}), STOP, END], "I won't.",
        ending=Ending.FILTERED, written=None, said="refused"),
    Row("a refusal as a part", [*says(), chunk({"content": [
        {"type": "refusal", "refusal": "I won't."}]}), STOP, END], f"{EDIT}I won't.",
        ending=Ending.FILTERED, written=None),
    Row("a message in the only chunk", [
        {"choices": [{"index": 0, "message": {"role": "assistant", "content": EDIT},
                      "finish_reason": "stop"}]}, END]),
    Row("a message again behind its pieces", [
        *says(), {"choices": [{"index": 0, "message": {"content": EDIT}, "delta": {},
                               "finish_reason": "stop"}]}, END]),
    Row("two halves of a character", [*halved(LOW, HIGH), STOP, END], HALVES,
        written=CALC.replace("a + b", "b + '😀'")),
    Row("half a character", [*halved(LOW, "", "x"), STOP, END],
        HALVES.replace("😀", "\ufffdx"), ending=Ending.CUT, written=None, said="half a character"),
    Row("another role", [*says(), chunk({"role": "tool", "content": DRAFT}), STOP, END],
        thought=DRAFT, ending=Ending.CUT, written=None, said="an unknown role: tool"),
    Row("a channel of thought", [
        chunk({"content": DRAFT, "channel": "analysis"}),
        chunk({"content": EDIT, "channel": "final"}), STOP, END], thought=DRAFT),
    Row("another channel", [*says(), chunk({"content": DRAFT, "channel": "aside"}), STOP, END],
        thought=DRAFT, ending=Ending.CUT, written=None, said="an unknown channel: aside"),
    Row("other choices", [
        {"choices": [{"index": 1, "delta": {"content": DRAFT}}]}, *says(), STOP, END]),
    Row("odd shapes", [
        {"choices": None}, {"choices": [7]}, {"choices": [{"delta": []}]}, {"choices": {}},
        chunk({"content": None}), chunk({"content": 7}),
        chunk({"tool_calls": [None, {"custom": 1}]}), *says(), STOP, END]),
    # -------------------------------------------------------------- thoughts
    *(
        Row(f"thought in {name}", [chunk({name: value}), *says(), STOP, END], thought="hm")
        for name, value in (
            ("reasoning_content", "hm"),
            ("reasoning", "hm"),
            ("thinking", "hm"),
            ("reasoning_details", [{"type": "reasoning.text", "text": "hm"}]),
            ("reasoning_details", [{"type": "reasoning.summary", "summary": "hm"}]),
            ("thinking_blocks", [{"type": "thinking", "thinking": "hm"}]),
        )
    ),
    *(
        Row(f"thought in the text: {opening or closing}", [
            *says(f"{opening}\n{DRAFT}no.\n{closing}\n{EDIT}"), STOP, END],
            thought=f"{opening}\n{DRAFT}no.\n{closing}\n")
        for opening, closing in (
            ("<think>", "</think>"),
            ("<thinking>", "</thinking>"),
            ("<reasoning>", "</reasoning>"),
            ("[THINK]", "[/THINK]"),
            ("◁think▷", "◁/think▷"),
            ("", "</think>"),
            ("<|channel|>analysis<|message|>", FINAL),
        )
    ),
    Row("a thought without an end", [*says(f"<think>{DRAFT}"), STOP, END], "",
        thought=f"<think>{DRAFT}", written=None),
    # -------------------------------------------------------------- counts
    Row("reasoning beside the output", [*says(), STOP, counted(
        12, 2, 354, completion_tokens_details={"reasoning_tokens": 340}), END],
        counts=(12, 342, None, 340), dialect="xai"),
    Row("reasoning within the output", [*says(), STOP, counted(
        12, 342, 354, completion_tokens_details={"reasoning_tokens": 340}), END],
        counts=(12, 342, None, 340), dialect="xai"),
    Row("counts that contradict each other", [*says(), STOP, counted(12, 5, 117), END],
        counts=(12, 5, None, 0), exact=False),
    Row("zeros", [*says(), STOP, counted(0, 0), END], exact=False),
    Row("cached, as DeepSeek says it", [*says(), STOP, counted(
        12, 40, prompt_cache_hit_tokens=8, prompt_cache_miss_tokens=4), END],
        counts=(12, 40, 8, 0)),
    Row("cached, as Moonshot says it", [*says(), STOP, counted(12, 40, cached_tokens=8), END],
        counts=(12, 40, 8, 0)),
    # -------------------------------------------------------------- errors on the way
    *(
        Row(f"an error, {name}", [*says(EDIT[:30]), raw], EDIT[:30], ending=Ending.FAILED,
            written=None, said="slow down please")
        for name, raw in (
            ("usual", {"error": {"message": "slow down please", "code": "x"}}),
            ("words only", {"error": "slow down please"}),
            ("message only", {"error": {"message": "slow down please"}}),
            ("detail", {"detail": "slow down please"}),
            ("msg", {"code": 1113, "msg": "slow down please"}),
            ("base_resp", {"base_resp": {"status_code": 7, "status_msg": "slow down please"}}),
            ("object", {"object": "error", "message": "slow down please", "code": 400}),
            ("beside choices", chunk(error={"message": "slow down please"})),
            ("groq's", chunk(x_groq={"error": "slow down please"})),
            ("its own line", "error: {\"message\": \"slow down please\"}\n\n"),
            ("its own line, words", "error: slow down please\n\n"),
            ("its own event", "event: error\ndata: {\"message\": \"slow down please\"}\n\n"),
            ("its own event, words", "event: error\ndata: slow down please\n\n"),
        )
    ),
    Row("no error at all", [*says(), chunk(base_resp={"status_code": 0, "status_msg": ""}), STOP,
        END]),
]  # fmt: skip


def text(piece: str, item: int = 0, index: int = 0, **more: Any) -> Any:
    place = {"output_index": item, "content_index": index, "item_id": f"msg_{item}", **more}
    return {"type": "response.output_text.delta", "delta": piece, **place}


def texts(whole: str = EDIT) -> list[Any]:
    return [text(one) for one in pieces(whole)]


def completed(**response: Any) -> Any:
    return {
        "type": "response.completed",
        "response": {"id": "r", "status": "completed", **response},
    }


def message(whole: str = EDIT, **more: Any) -> Any:
    return {"type": "message", "role": "assistant", "id": "msg_0", "status": "completed",
            "content": [{"type": "output_text", "text": whole}], **more}  # fmt: skip


def item(value: Any, index: int = 0, kind: str = "done") -> Any:
    return {"type": f"response.output_item.{kind}", "output_index": index, "item": value}


CREATED = {"type": "response.created", "response": {"id": "r", "status": "in_progress"}}
WHOLE = {"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": EDIT}
TOOL = {
    "type": "custom_tool_call",
    "id": "t",
    "call_id": "c",
    "name": "apply_patch",
    "input": PATCH,
}
HOSTED = {"type": "apply_patch_call", "id": "a", "call_id": "c", "status": "completed",
          "operation": {"type": "update_file", "path": "calc.py",
                        "diff": f"@@\n-{OLD}\n+{NEW}\n"}}  # fmt: skip
USAGE = {"input_tokens": 12, "input_tokens_details": {"cached_tokens": 8}, "output_tokens": 40,
         "output_tokens_details": {"reasoning_tokens": 30}, "total_tokens": 52}  # fmt: skip

RESPONSES = [
    replace(row, wire="responses")
    for row in (
        Row("plain", [CREATED, item(message(""), kind="added"), *texts(), WHOLE, item(message()),
                      completed(usage=USAGE, output=[message()])], counts=(12, 40, 8, 30)),
        Row("thought", [CREATED,
            {"type": "response.reasoning_summary_text.delta", "delta": "or "},
            {"type": "response.reasoning_text.delta", "delta": DRAFT}, *texts(), completed()],
            thought=f"or {DRAFT}"),
        Row("thought in the text", [
            CREATED, *texts(f"<think>{DRAFT}</think>\n{EDIT}"), completed()],
            thought=f"<think>{DRAFT}</think>\n"),
        Row("tool", [CREATED, *(
            {"type": "response.custom_tool_call_input.delta", "output_index": 0, "delta": one}
            for one in pieces(PATCH)), item(TOOL), completed()], text=PATCH),
        Row("tool in one piece", [CREATED, item(TOOL), completed()], text=PATCH),
        Row("hosted patch", [CREATED, item(HOSTED), completed()], text=PATCH),
        Row("only in the end", [CREATED, completed(output=[message()])]),
        Row("only in the end of its item", [
            CREATED, item(message()), completed(output=[message()])]),
        Row("only in the end of its text", [CREATED, WHOLE, item(message()), completed()]),
        Row("thought, and text only in its item", [CREATED,
            {"type": "response.reasoning_text.delta", "delta": "hm"},
            item(message(), 1), completed(output=[{"type": "reasoning"}, message()])],
            thought="hm"),
        Row("ids that change with every event", [CREATED, *(
            text(one, item_id=f"rotated {n}") for n, one in enumerate(pieces(EDIT))),
            {**WHOLE, "item_id": "another"}, item(message(id="and another")),
            completed(output=[message(id="the last")])]),
        Row("no places at all", [CREATED, *(
            {"type": "response.output_text.delta", "delta": one} for one in pieces(EDIT)),
            {"type": "response.output_text.done", "text": EDIT}, item(message()), completed()]),
        Row("two messages", [CREATED, *texts("Swapping.\n"), WHOLE | {"text": "Swapping.\n"},
            *(text(one, 1) for one in pieces(EDIT)), WHOLE | {"output_index": 1}, completed()],
            text=f"Swapping.\n{EDIT}"),
        Row("a refusal", [CREATED, {"type": "response.refusal.delta", "delta": "I won't."},
            {"type": "response.refusal.done", "refusal": "I won't."}, completed()], "I won't.",
            ending=Ending.FILTERED, written=None),
        Row("a refusal in one piece", [CREATED, *texts(),
            {"type": "response.refusal.done", "refusal": "I won't."}, completed()],
            f"{EDIT}I won't.", ending=Ending.FILTERED, written=None),
        Row("a refusal as a part", [CREATED, *texts(), item(message(content=[
            {"type": "refusal", "refusal": "I won't."}])), completed()],
            ending=Ending.FILTERED, written=None),
        Row("completed, but incomplete", [CREATED, *texts(), completed(
            status="incomplete", incomplete_details={"reason": "max_output_tokens"})],
            ending=Ending.LENGTH, written=None),
        Row("incomplete", [CREATED, *texts(), {"type": "response.incomplete", "response": {
            "status": "incomplete", "incomplete_details": {"reason": "who knows"}}}],
            ending=Ending.CUT, written=None, said="(who knows)"),
        Row("incomplete, filtered", [CREATED, *texts(), {"type": "response.incomplete",
            "response": {"incomplete_details": {"reason": "content_filter"}}}],
            ending=Ending.FILTERED, written=None),
        Row("an unfinished message", [CREATED, *texts(), item(message(status="incomplete")),
            completed()], ending=Ending.CUT, written=None, said="it is not finished"),
        Row("a status nobody knows", [CREATED, *texts(), completed(status="paused")],
            ending=Ending.CUT, written=None, said="an unknown status: paused"),
        Row("an item nobody knows", [CREATED, *texts(), item({"type": "hologram"}), completed()],
            ending=Ending.CUT, written=None, said="an unknown item: hologram"),
        Row("a tool of somebody else's", [CREATED, item({"type": "x_search_call", "status":
            "searching"}, kind="added"), *texts(), completed()]),
        Row("a part nobody knows", [CREATED, *texts(), {"type": "response.content_part.added",
            "part": {"type": "hologram"}}, completed()],
            ending=Ending.CUT, written=None, said="an unknown part: hologram"),
        Row("another role", [CREATED, *texts(), item(message(role="tool")), completed()],
            ending=Ending.CUT, written=None, said="an unknown role: tool"),
        Row("events nobody knows", [CREATED, {"type": "response.hologram.delta", "delta": DRAFT},
            {"type": "codex.rate_limits"}, {"type": "keepalive"}, {}, *texts(), completed()]),
        Row("failed", [CREATED, *texts(), {"type": "response.failed", "response": {
            "error": {"code": "server_error", "message": "it broke"}}}],
            ending=Ending.FAILED, written=None, said="it broke"),
        Row("an error, flat", [CREATED, *texts(), {"type": "error", "code": "server_error",
            "message": "it broke"}], ending=Ending.FAILED, written=None, said="it broke"),
        Row("an error, nested", [CREATED, *texts(), {"type": "error", "status": 500, "error": {
            "code": "server_error", "message": "it broke"}}],
            ending=Ending.FAILED, written=None, said="it broke"),
        Row("an error without a type", [CREATED, *texts(), {"error": {"message": "it broke"}}],
            ending=Ending.FAILED, written=None, said="it broke"),
        Row("no end", [CREATED, *texts()], ending=Ending.CUT, written=None, said="broke off"),
        Row("the server's own times", [CREATED, {"type": "responsesapi.websocket_timing",
            "timing_metrics": {"engine_service_ttft_total_ms": 5}}, *texts(), completed()]),
    )
]  # fmt: skip

ROWS = [*CHAT, *RESPONSES]


# ------------------------------------------------------------------- reading and placing


@dataclass
class Seen:
    """What a stream came to."""

    text: str = ""
    thought: str = ""
    ended: Ended = field(default_factory=lambda: Ended(0, Ending.CUT))
    reading: Reading = field(default_factory=Reading)
    taken_back: bool = False
    written: str | None = None


def seen(batches: Sequence[Sequence[WireEvent]]) -> Seen:
    """Read events as a session does that writes unasked, with `calc.py` as its only file."""
    parsed: list[Parsed] = []

    def deliver(one: Parsed | Exception) -> None:
        if isinstance(one, Exception):
            raise one
        parsed.append(one)

    def read(path: str) -> FileImage:
        return image_of(path, CALC.encode()) if path == "calc.py" else absent(path)

    answer = AnswerReader(EditStream(known_paths=("calc.py",)), Meter(), deliver)
    for batch in batches:
        answer.sink(batch)
    assembler = Assembler(paths=("calc.py",))
    out = Seen(answer.text, "".join(one.thought for one in parsed))
    for one in parsed:
        assembler.feed(one.edits)
        out.taken_back |= any(isinstance(edit, TakenBack) for edit in one.edits)
        out.reading = one.reading
        out.ended = one.ended or out.ended
    while wanted := {path: None for _, path in assembler.awaited}:
        for path in wanted:
            assembler.provide(path, image_or_refusal(path, read))
    hunks = assembler.hunks
    whole = out.ended.ending is Ending.COMPLETE and not assembler.problems
    if whole and hunks and all(hunk.state is HunkState.OPEN for hunk in hunks):
        for change in changes_for(hunks, assembler.images):
            out.written = change.after.data.decode()
    return out


def body_of(stream: Sequence[Any]) -> bytes:
    """A stream as server-sent events; texts among it are written as they are."""
    out = b""
    for one in stream:
        if isinstance(one, str):
            out += one.encode()
        else:
            out += (
                b"data: " + (one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n\n"
            )
    return out


def cuts(data: bytes, how: str) -> Iterator[bytes]:
    """`data` in one piece, in random pieces, or byte by byte."""
    dice, at = random.Random(how), 0
    while at < len(data):
        size = {"whole": len(data), "bytes": 1}.get(how) or dice.randint(1, 300)
        yield data[at : at + size]
        at += size


def reader_of(row: Row) -> Reader:
    return ChatReader(PEER, PROVIDERS[row.dialect]) if row.wire == "chat" else ResponsesReader(PEER)


def read(row: Row, data: bytes, how: str) -> Seen:
    """The stream as an exchange reads it, without the network."""
    reader, splitter = reader_of(row), SseSplitter()
    batches: list[list[WireEvent]] = []

    def take(payloads: Sequence[bytes], at: int) -> bool:
        batches.append([])
        return any(reader.read(payload, at, batches[-1]) for payload in payloads)

    at = 0
    try:
        for at, piece in enumerate(cuts(data, how), 1):
            if take(splitter.feed(piece), at):
                return seen(batches)
        if not take(splitter.finish(), at):
            reader.at_end(at, batches[-1])
    except FaultError as fault:
        batches.append([fault.ended(at)])
    return seen(batches)


def check(row: Row, got: Seen) -> None:
    """Raise AssertionError where a row came to something else."""
    assert got.ended.ending is row.ending, got.ended
    assert got.text == row.text
    # What was said before it was taken back for a thought is not told a second time.
    assert got.thought == row.thought or (got.taken_back and row.thought.endswith(got.thought))
    assert got.written == row.written
    assert row.said in got.ended.message
    assert got.ended.message.isprintable()
    if row.counts is not None:
        told = got.reading
        assert (told.input, told.output, told.cached or None, told.reasoning) == row.counts
        assert (told.guess == "") == row.exact
    elif not row.exact:
        assert got.reading.input is None
        assert got.reading.guess == "~"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.wire}: {row}")
def test_each_shape_is_read_alike_in_every_chunking(row: Row) -> None:
    body = body_of(row.stream)
    for how in ("whole", "random", "bytes"):
        check(row, read(row, body, how))
    check(row, read(row, body.replace(b"\n", b"\r\n"), "random"))


# ------------------------------------------------------------------- over real connections


def test_each_shape_comes_to_the_same_over_http(kit: Kit) -> None:
    rows = {f"{row.wire} {row}": row for row in ROWS}

    async def handler(got: Got, writer: asyncio.StreamWriter) -> None:
        await kit.open(writer)
        for piece in cuts(body_of(rows[asked_for(json.loads(got.body))].stream), "random"):
            await kit.chunk(writer, piece)
        await kit.chunk(writer, b"")

    server = kit.serve(handler)
    endpoints = {
        key: kit.endpoint(server.url, key[0], dialect=key[1])
        for key in {(row.wire, row.dialect) for row in ROWS}
    }
    for name, row in rows.items():
        got = kit.collector()
        endpoints[row.wire, row.dialect].call(replace(kit.request, instructions=name), got)
        got.ended()
        check(replace(row, said=row.said.removeprefix("some ")), seen(got.batches))


def asked_for(body: Any) -> str:
    """The instructions of a request, which name a row here."""
    return str(body.get("instructions") or body["messages"][0]["content"])


def frame(text: bytes) -> bytes:
    """A text message as a server sends it (RFC 6455, section 5.2)."""
    size = len(text)
    head = bytes([0x81, size]) if size < 126 else bytes([0x81, 126]) + size.to_bytes(2, "big")
    return head + text


def unmasked(data: bytes) -> tuple[bytes, int] | None:
    """(payload, bytes taken) of the first frame a client sent, None while it is not whole."""
    if len(data) < 8:
        return None
    size, at = data[1] & 0x7F, 2
    if size == 126:
        size, at = int.from_bytes(data[2:4], "big"), 4
    if len(data) < at + 4 + size:
        return None
    mask, body = data[at : at + 4], data[at + 4 : at + 4 + size]
    return bytes(b ^ mask[n % 4] for n, b in enumerate(body)), at + 4 + size


def test_each_shape_comes_to_the_same_over_a_websocket(kit: Kit) -> None:
    rows = {str(row): row for row in RESPONSES if not any(isinstance(e, str) for e in row.stream)}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        key = next(line.split(b": ")[1] for line in head.split(b"\r\n") if b"WebSocket-Key" in line)
        magic = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + base64.b64encode(magic) + b"\r\n\r\n"
        )
        data = b""
        while (got := unmasked(data)) is None:
            data += await reader.read(65_536)
        name, _, how = asked_for(json.loads(got[0])).rpartition(" ")
        sent = b"".join(frame(json.dumps(event).encode()) for event in rows[name].stream)
        for piece in cuts(sent, how):
            writer.write(piece)
            await writer.drain()
        writer.close()

    started = asyncio.run_coroutine_threadsafe(
        asyncio.start_server(serve, "127.0.0.1", 0), kit.network.loop()
    ).result(10)
    port = started.sockets[0].getsockname()[1]
    try:
        endpoint = kit.endpoint(f"http://127.0.0.1:{port}/v1", "websocket")
        for name, row in rows.items():
            for how in ("whole", "random", *(["bytes"] if name in ("plain", "tool") else [])):
                got = kit.collector()
                endpoint.call(replace(kit.request, instructions=f"{name} {how}"), got)
                got.ended()
                check(row, seen(got.batches))
    finally:
        kit.network.loop().call_soon_threadsafe(started.close)


# ------------------------------------------------------------------- whatever is unknown


Change = Callable[[Any, Any], None]
ODD: list[Any] = [
    "hologram",
    "x" * 300,
    "\x1b[2J",
    7,
    0.5,
    False,
    True,
    [],
    ["stop"],
    {},
    {"a": 1},
]


def put(*path: str | int) -> Change:
    """Put a value at a place of a payload, where it has one."""

    def change(payload: Any, value: Any) -> None:
        for name in path[:-1]:
            inside = payload.get(name) if isinstance(payload, dict) else None
            if isinstance(payload, list) and payload and isinstance(name, int):
                inside = payload[name]
            if not isinstance(inside, dict | list):
                return
            payload = inside
        if isinstance(payload, dict):
            payload[path[-1]] = value

    return change


def content(payload: Any, value: Any) -> None:
    """Put a part of another type beside the text of a chunk."""
    for choice in payload.get("choices") or ():
        delta = choice.get("delta") if isinstance(choice, dict) else None
        if isinstance(delta, dict):
            delta["content"] = [delta.get("content") or "", {"type": value, "text": DRAFT}]


CHANGES: dict[str, list[Change]] = {
    "chat": [
        put("choices", 0, "finish_reason"),
        put("choices", 0, "delta", "role"),
        put("choices", 0, "delta", "channel"),
        content,
        lambda payload, value: put("choices", 0, "delta", "tool_calls")(
            payload, [{"index": 0, "type": value, "custom": {"input": DRAFT}}]
        ),
    ],
    "responses": [
        put("response", "status"),
        put("response", "incomplete_details"),
        lambda payload, value: put("response", "incomplete_details")(payload, {"reason": value}),
        lambda payload, value: put("response", "output")(payload, [{"type": value}]),
        lambda payload, value: put("response", "output")(payload, [message(role=value)]),
        lambda payload, value: put("response", "output")(payload, [message(status=value)]),
        lambda payload, value: put("response", "output")(
            payload, [message(content=[{"type": value, "text": DRAFT}])]
        ),
        put("item", "type"),
        put("item", "status"),
        put("item", "role"),
        put("part", "type"),
    ],
}
EXTRA: dict[str, list[Callable[[Any], Any]]] = {
    "chat": [
        lambda value: chunk(reason=value),
        lambda value: chunk({"role": value, "content": DRAFT}),
        lambda value: chunk({"channel": value, "content": DRAFT}),
        lambda value: chunk({"content": [{"type": value, "text": DRAFT}]}),
        lambda value: chunk({"tool_calls": [{"type": value, "custom": {"input": DRAFT}}]}),
    ],
    "responses": [
        lambda value: item({"type": value, "content": [part(DRAFT)]}, 7),
        lambda value: item(message("", role=value), 7),
        lambda value: item(message("", status=value), 7, "added"),
        lambda value: item(message(content=[{"type": value, "text": DRAFT}]), 7),
        lambda value: {
            "type": "response.content_part.done",
            "part": {"type": value, "text": DRAFT},
        },
    ],
}
GOOD = [row for row in ROWS if row.written is not None and row.name != "other choices"]


def strange(dice: random.Random) -> tuple[Row, list[Any], bool]:
    """A good stream with something unknown in it, and whether it is sure to be noticed."""
    row = dice.choice(GOOD)
    stream = [json.loads(json.dumps(one)) if isinstance(one, dict) else one for one in row.stream]
    value = dice.choice(ODD)
    over = next((n for n, one in enumerate(stream) if ends(one)), len(stream))
    if dice.random() < 0.5:
        stream.insert(dice.randint(0, over), dice.choice(EXTRA[row.wire])(value))
        return row, stream, value != ""
    before = json.dumps(stream, default=str)
    places = [n for n in range(min(over + 1, len(stream))) if isinstance(stream[n], dict)]
    dice.choice(CHANGES[row.wire])(stream[dice.choice(places)], value)
    changed = json.dumps(stream, default=str) != before
    return row, stream, changed and value not in ("", {}, [], False)


def ends(payload: Any) -> bool:
    """Whether reading stops at this payload."""
    if isinstance(payload, bytes):
        return payload.strip() == b"[DONE]"
    return isinstance(payload, dict) and (
        payload.get("type") == "response.completed" or payload.get("choices") == []
    )


def unknown_is_never_written(seed: int, count: int) -> int:
    """How many of `count` streams with something unknown in them were refused; raises for any."""
    dice = random.Random(seed)
    noticed = 0
    for _ in range(count):
        row, stream, sure = strange(dice)
        how = dice.choice(["whole", "random"])
        got = read(row, body_of(stream), how)
        assert got.ended.message.isprintable()
        assert got.written in (None, row.written), (str(row), stream)
        if sure:
            noticed += 1
            assert got.written is None, (str(row), stream)
            assert got.ended.ending is not Ending.COMPLETE, (str(row), stream)
    return noticed


def test_whatever_is_unknown_is_never_written_unasked() -> None:
    assert unknown_is_never_written(11, 700) > 300


@pytest.mark.long
def test_whatever_is_unknown_is_never_written_unasked_at_length() -> None:
    assert unknown_is_never_written(12, 60_000) > 30_000
