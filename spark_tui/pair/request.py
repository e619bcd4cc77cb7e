"""What is sent for an instruction: made the same way before sending, to show it, and to send it."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core import prompts
from spark_tui.core.context import OUTLINES, ContextItem, Excerpt, LineRange, excerpt, surroundings
from spark_tui.core.dataclass import dataclass
from spark_tui.core.edits.model import EditFormat
from spark_tui.core.edits.span import SpanTarget, target_of
from spark_tui.core.endpoint.wire import ChatMessage, EndpointProfile, ModelRequest
from spark_tui.core.tokens import weight
from spark_tui.pair.context_selection import Gathered

CACHE_KEY = "spark-tui"


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """A request and what is known about it.

    `items` are what the screen lists, `around` the lines sent round a selection. `answer` is how
    the answer is written, `edit_format` how a repair of it is asked for; `target` are the lines
    that a SPAN answer replaces.
    """

    request: ModelRequest
    items: tuple[ContextItem, ...]
    edit_format: EditFormat
    answer: EditFormat
    target: SpanTarget | None = None
    around: int = 0

    @property
    def tokens(self) -> int:
        """Estimated input tokens."""
        return prompts.tokens(self.request)

    def size_without(self, text: str) -> float:
        """Estimated input tokens of all but the instruction, as a fraction."""
        return prompts.size(self.request) - weight(text.strip())


def format_for(profile: EndpointProfile, model: str) -> EditFormat:
    """The edit format an endpoint's model is asked for."""
    if profile.simulated:
        return EditFormat.V4A
    if profile.family and model in ("", profile.model):
        return EditFormat.V4A if profile.family == "openai" else EditFormat.SEARCH_REPLACE
    return prompts.edit_format_for(model or profile.model, profile.base_url)


def plan(
    text: str, found: Gathered, edit_format: EditFormat, earlier: Sequence[ChatMessage] = ()
) -> PlannedRequest:
    """The request for an instruction about what was gathered."""
    request = prompts.request(
        text,
        found.excerpts,
        edit_format=edit_format,
        listing=found.listing,
        earlier=earlier,
        cache_key=CACHE_KEY,
    )
    return PlannedRequest(
        request, tuple(map(_item, _listed(found.excerpts))), edit_format, EditFormat.AUTO
    )


def plan_span(
    span: LineRange,
    text: str,
    found: Gathered,
    edit_format: EditFormat,
    earlier: Sequence[ChatMessage] = (),
) -> PlannedRequest:
    """The request for an instruction about selected lines.

    `found.images[0]` is their file. Up to `prompts.SPAN_LINES` lines come back rewritten as a
    whole, more as an edit in the model's own format.
    """
    image, extras = found.images[0], found.excerpts[1:]
    span = LineRange(span.path, span.first, min(span.last, len(image.lines)))
    file, selected = surroundings(image, span), excerpt(image, span.lines)
    sent = file.lines or (1, file.total)
    around = sent[1] - sent[0] + 1 - len(span)
    items = (ContextItem(span.path, span.lines, selected.item().tokens), *map(_item, extras))
    if len(span) > prompts.SPAN_LINES:
        request = prompts.request(
            text,
            (file, *extras),
            edit_format=edit_format,
            only=span,
            earlier=earlier,
            cache_key=CACHE_KEY,
        )
        return PlannedRequest(request, items, edit_format, EditFormat.AUTO, around=around)
    request = prompts.span_request(
        text, file, selected, extras=extras, earlier=earlier, cache_key=CACHE_KEY
    )
    target = target_of(image, span.first, span.last)
    return PlannedRequest(request, items, edit_format, EditFormat.SPAN, target, around)


def _listed(excerpts: Sequence[Excerpt]) -> list[Excerpt]:
    return [piece for piece in excerpts if not (piece.about and piece.path == OUTLINES)]


def _item(piece: Excerpt) -> ContextItem:
    return piece.item()
