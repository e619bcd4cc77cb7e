"""One instruction about one file to a model, and its answer placed on that file: no screen."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from spark_tui.commands.endpoints import connector, with_sign_in
from spark_tui.core import prompts
from spark_tui.core.config.settings import Settings, choose_endpoint
from spark_tui.core.context import LineRange, excerpt, surroundings
from spark_tui.core.dataclass import replace
from spark_tui.core.edits.guard import shown
from spark_tui.core.edits.headless import ProposalResult, propose
from spark_tui.core.edits.model import EditFormat, FileImage
from spark_tui.core.edits.part import part_of, with_part
from spark_tui.core.edits.refused import reason
from spark_tui.core.edits.span import target_of
from spark_tui.core.edits.text import absent
from spark_tui.core.edits.thoughts import without_thoughts
from spark_tui.core.endpoint.profiles import variables_in
from spark_tui.core.endpoint.wire import (
    Channel,
    Delta,
    Ended,
    Ending,
    EndpointProfile,
    FaultKind,
    ModelRequest,
    Need,
    WireEvent,
)
from spark_tui.core.errors import EndpointError, SettingsError, SparkError, UsageError
from spark_tui.core.printable import safe
from spark_tui.core.remedy import Remedy
from spark_tui.services import places
from spark_tui.services.credentials import with_keyring

_QUOTED = 120
_ENDINGS = {
    Ending.CUT: "the answer broke off, nothing written",
    Ending.LENGTH: "the answer hit its length limit, nothing written",
    Ending.FILTERED: "the endpoint withheld the answer, nothing written",
    Ending.STOPPED: "stopped, nothing written",
    Ending.FAILED: "the endpoint failed, nothing written",
}
NO_ENDPOINT = "set OPENAI_API_KEY or OPENAI_BASE_URL, or set one up in spark-tui, or --endpoint sim"


def chosen_endpoint(root: Path | None, name: str) -> EndpointProfile:
    """The endpoint to ask; the simulated one only by name.

    Raises UsageError where none is configured, none is named so, or its key or address is missing;
    SettingsError.
    """
    chosen = named_endpoint(root, name)
    if chosen.need is Need.KEY:
        raise UsageError(f"{chosen.name} needs a key", f"set {chosen.key_variable}", Remedy.SET_KEY)
    if chosen.need is Need.SIGN_IN:
        raise UsageError(f"{chosen.name} needs a sign-in", "spark-tui login")
    return chosen


def named_endpoint(root: Path | None, name: str) -> EndpointProfile:
    """The same, though its key may be missing."""
    settings = places.load_settings(root)
    try:
        choice = choose_endpoint(settings, os.environ, name)
    except SettingsError as error:
        if name:
            raise UsageError(error.what, *error.remedies) from None
        raise
    if choice.fallback:
        raise UsageError("no endpoint is configured", NO_ENDPOINT)
    chosen = with_sign_in(with_keyring(choice.chosen))
    if chosen.need is Need.ADDRESS:
        raise UsageError(f"{chosen.name} needs an address", _address_of(settings, chosen.name))
    return chosen


def _address_of(settings: Settings, name: str) -> str:
    table = settings.below(name)
    names = variables_in(table.base_url) if table is not None else ()
    return f"set {' and '.join(names)}, or set it up in spark-tui" if names else "set its base_url"


def edited(
    profile: EndpointProfile,
    instruction: str,
    image: FileImage,
    lines: tuple[int, int] | None = None,
) -> tuple[FileImage, ProposalResult]:
    """The file after the edit that the model wrote for `instruction`; nothing is written.

    With `lines` (1-based, inclusive) only they can change: up to `prompts.SPAN_LINES` of them come
    back rewritten, with the file to read round them; of more the model sees nothing else.
    Raises EndpointError for an answer that is not whole, SparkError where it holds no edit, one
    that does not fit, or one for another file.
    """
    if lines is not None and lines[1] - lines[0] < prompts.SPAN_LINES:
        return _rewritten(profile, instruction, image, LineRange(image.path, *lines))
    edit_format = prompts.edit_format_for(profile.model, profile.base_url)
    if profile.simulated:
        edit_format = EditFormat.V4A
    sent = [excerpt(image, lines)] if image.data else []
    request = prompts.request(instruction, sent, edit_format=edit_format, listing=(image.path,))
    said = answer(profile, request)
    base = image if lines is None else part_of(image, lines)
    if not base.data:
        base = absent(image.path)  # into an empty file a model writes a new one

    def read(path: str) -> FileImage:
        return base if path == image.path else absent(path)

    result = propose(said.text, read, known_paths=(image.path,), certain=said.certain)
    if not result.hunks and not result.problems:
        # Code that is nothing but a fence: there is only one file it can be.
        result = propose(
            said.text, read, EditFormat.WHOLE, known_paths=(image.path,), certain=said.certain
        )
        if len({hunk.id.file for hunk in result.hunks}) > 1:
            raise SparkError("the answer holds several versions of the code", "nothing written")
    after = _only_change(result, image.path)
    if lines is None:
        return replace(after, mode=after.mode if base.exists else image.mode), result
    try:
        return with_part(image, lines, after), result
    except UnicodeEncodeError:
        raise SparkError(f"{shown(image.path)} cannot hold this text in its encoding") from None


def _rewritten(
    profile: EndpointProfile, instruction: str, image: FileImage, span: LineRange
) -> tuple[FileImage, ProposalResult]:
    """The file with the lines of `span` as the model rewrote them."""
    request = prompts.span_request(
        instruction, surroundings(image, span), excerpt(image, span.lines)
    )
    said = answer(profile, request)
    target = target_of(image, span.first, span.last)
    result = propose(
        said.text,
        lambda _: image,
        EditFormat.SPAN,
        (image.path,),
        certain=said.certain,
        span=target,
    )
    return _only_change(result, image.path), result


def _only_change(result: ProposalResult, path: str) -> FileImage:
    others = [hunk.path for hunk in result.hunks if hunk.path != path]
    if others:
        raise SparkError(
            f"the edit is for {shown(others[0])}, not for {shown(path)}", "nothing written"
        )
    if result.problems:
        first = result.problems[0]
        what = safe(f"line {first.line} of the answer: {first.message}")
        raise SparkError(what, "nothing written")
    if result.refused:
        count = f"{len(result.refused)} of {len(result.hunks)} hunks refused"
        why = reason(result.refused[0], f"answer for {path}")
        refusal = result.refused[0].refusal
        if refusal is not None and (refusal.expected or refusal.found):
            why += f', "{_cut(refusal.expected)}", but "{_cut(refusal.found)}" is there'
        raise SparkError(safe(f"{count}: {why}"), "nothing written")
    if not result.changes:
        raise SparkError(f'no edit in the answer: "{safe(_cut(result.said))}"', "nothing written")
    after = result.changes[0].after
    if len(result.changes) > 1 or not after.exists:
        raise SparkError(f"the edit removes {shown(path)}", "nothing written")
    return after


def _cut(text: str) -> str:
    said = " ".join(text.split())
    return said if len(said) <= _QUOTED else said[: _QUOTED - 1] + "…"


class CompleteAnswer(NamedTuple):
    """The visible text of a complete answer; `certain` as in `Ended`."""

    text: str
    certain: bool


def answer(profile: EndpointProfile, request: ModelRequest) -> CompleteAnswer:
    """What the model answers. Blocks; an interrupt closes the connection.

    Raises EndpointError for every other ending: what broke off is never used.
    """
    texts: list[tuple[Channel, str]] = []
    endings: list[Ended] = []
    over = threading.Event()

    def sink(batch: Sequence[WireEvent]) -> None:
        for event in batch:
            if isinstance(event, Delta) and event.channel is not Channel.REASONING:
                texts.append((event.channel, event.text))
            elif isinstance(event, Ended):
                endings.append(event)
                over.set()

    endpoint = connector()(profile)
    try:
        call = endpoint.call(request, sink)
        # While the answer is on its way: what places hunks is native code that takes time to load.
        import rapidfuzz.distance  # noqa: F401

        try:
            while not over.wait(1.0):
                pass  # an interrupt that another thread was given is seen when this one wakes up
        finally:
            call.cancel()
    finally:
        endpoint.close()
    ended = endings[0]
    if ended.ending is not Ending.COMPLETE:
        what = ended.message or _ENDINGS[ended.ending]
        raise EndpointError(what, _remedy(ended.fault, profile))
    return CompleteAnswer(_joined(texts), ended.certain)


def _joined(texts: Sequence[tuple[Channel, str]]) -> str:
    """The text of an answer. Beside the calls of a tool no thought is left open."""
    if all(channel is Channel.TEXT for channel, _ in texts):
        return "".join(text for _, text in texts)
    runs = [
        (channel, "".join(text for _, text in run))
        for channel, run in groupby(texts, key=lambda one: one[0])
    ]
    return "".join(
        without_thoughts(text) if channel is Channel.TEXT else text for channel, text in runs
    )


def _remedy(fault: FaultKind | None, profile: EndpointProfile) -> str:
    match fault:
        case FaultKind.AUTH if profile.key_variable:
            return f"set {profile.key_variable}"
        case FaultKind.SETTINGS if not profile.model:
            return "set SPARK_TUI_MODEL"
        case FaultKind.SETTINGS | FaultKind.NOT_FOUND | FaultKind.NOT_A_STREAM:
            return "check base_url and model"
        case _:
            return "try again"
