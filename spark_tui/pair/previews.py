"""What a draft would send, from a cache that is filled in the background."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, NamedTuple

from spark_tui.core import sizing
from spark_tui.core.context import (
    NOTHING_OMITTED,
    FileLines,
    FileNames,
    LineRange,
    Omitted,
)
from spark_tui.core.dataclass import dataclass, field, replace
from spark_tui.core.edits.model import EditFormat
from spark_tui.core.errors import SparkError
from spark_tui.core.mentions import mentions
from spark_tui.core.tokens import weight
from spark_tui.pair.context_selection import points
from spark_tui.pair.ports import ContextPreview

if TYPE_CHECKING:
    from spark_tui.core.retrieve.answer import Answer

LONG = 20_000
"""From so many characters on a draft is gone through in a thread: a paste of a megabyte takes
longer than a key may.
"""

LONG_KEPT = 2
"""So many long drafts stay gone through: one that was sent and waits for its files, and the next.
"""

KEPT = 64
"""So many answers are kept; every letter of a mention asks for another one."""

PAUSE_S = 0.1
"""After so long without a letter code is looked for."""


class Named(NamedTuple):
    """What a text names, and how an answer is asked for."""

    edit_format: EditFormat
    span: LineRange | None
    files: tuple[FileLines, ...]
    unmarked: tuple[str, ...]


class PreviewKey(NamedTuple):
    """What decides which files go along: what is named, the words where code is found by them, and
    what the person took out.
    """

    named: Named
    words: str
    omitted: Omitted


@dataclass(frozen=True, slots=True)
class Seen:
    """What goes along with any instruction of one key: `size` are the tokens besides its own.

    `answer` is what was found.
    """

    preview: ContextPreview
    size: float = 0.0
    answer: Answer | None = None


@dataclass(slots=True)
class _Draft:
    """The draft asked about last, and what was made of its text; `key` None while that is done."""

    text: str
    span: LineRange | None
    edit_format: EditFormat
    omitted: Omitted
    key: PreviewKey | None = None
    own: float = 0.0

    def is_of(
        self, text: str, span: LineRange | None, edit_format: EditFormat, omitted: Omitted
    ) -> bool:
        """Whether that is what it was made of."""
        own = (self.text, self.span, self.edit_format, self.omitted)
        return own == (text, span, edit_format, omitted)


@dataclass(slots=True)
class _Known:
    """Answers by key; None for one that is on its way."""

    seen: dict[PreviewKey, Seen | None] = field(default_factory=dict)


class Previews:
    """Looks up by what a text names, so that typing words reads nothing again.

    `look(text, span, omitted, answer, finds)` reads and plans, in a thread, with what was found
    already, or nothing where nothing shall be found; `arrived()` is called when one came; `names()`
    are the files there are, `edit_format()` how an answer would be asked for, `window()` how many
    tokens the model reads at once, `asks(text)` whether code is found by a text that names nothing.

    Code is looked for at pauses, for the newest text only. Until then what was found last stands.
    """

    def __init__(
        self,
        look: Callable[[str, LineRange | None, Omitted, Answer | None, bool], Seen],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        arrived: Callable[[], None],
        names: Callable[[], FileNames],
        edit_format: Callable[[], EditFormat],
        window: Callable[[], int],
        asks: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._look = look
        self._spawn = spawn
        self._arrived = arrived
        self._names = names
        self._edit_format = edit_format
        self._window = window
        self._known = _Known()
        self._before: dict[PreviewKey, Seen] = {}
        self._draft: _Draft | None = None
        self._long: list[_Draft] = []
        self._busy = False
        self._shown = ContextPreview()
        self._asks = asks
        self._last: tuple[Named, Omitted, Seen] | None = None
        self._sought: tuple[PreviewKey, str] | None = None
        self._seeking = False

    def forget(self) -> None:
        """Files, or what goes along unasked, changed: everything is read again when asked for."""
        known = {key: seen for key, seen in self._known.seen.items() if seen is not None}
        self._before = dict([*self._before.items(), *known.items()][-KEPT:])
        self._known = _Known()
        self._draft = None
        self._long.clear()
        self._last = None

    def get(
        self, text: str, span: LineRange | None, omitted: Omitted = NOTHING_OMITTED
    ) -> ContextPreview:
        """What `text` would send, as far as it is known."""
        draft = self._draft_of(text, span, omitted)
        if draft.key is None:
            return replace(self._shown, reading=True)
        known = self._known.seen
        if draft.key not in known:
            self._ask_for(draft.key, text)
        seen = known.get(draft.key)
        finding = bool(draft.key.words)
        if seen is None and (shown := self._meanwhile(draft.key, text)) is not None:
            return replace(self._counted(shown, draft.own), finding=True)
        if seen is None:
            before = self._before.get(draft.key)
            return replace(self._counted(before, draft.own), reading=not finding, finding=finding)
        self._last = (draft.key.named, omitted, seen) if finding else None
        self._shown = self._counted(seen, draft.own)
        return self._shown

    def _meanwhile(self, key: PreviewKey, text: str = "") -> Seen | None:
        """What is shown while code is looked for: what was found last, where it was for the same
        but for the words, else what is named alone. That is read for a `text`.
        """
        if not key.words:
            return None
        if self._last is not None and self._last[:2] == (key.named, key.omitted):
            return self._last[2]
        if not key.named.files:
            return None
        alone = key._replace(words="")
        if text and alone not in self._known.seen:
            self._ask_for(alone, text)
        return self._known.seen.get(alone)

    def found(
        self, text: str, span: LineRange | None, omitted: Omitted = NOTHING_OMITTED
    ) -> tuple[Answer | None, bool]:
        """What was found, as `get` shows it for this text, None where it shows nothing found; and
        whether that is still to be looked for, as it is where nothing is named.
        """
        draft = self._draft_of(text, span, omitted)
        if draft.key is None or not draft.key.words:
            return None, True
        seen = self._known.seen.get(draft.key) or self._meanwhile(draft.key)
        answer = seen.answer if seen is not None else None
        if answer is not None and not answer.bundle.blocks and not answer.whole:
            return None, True  # more may be known by now
        return answer, not draft.key.named.files

    def _ask_for(self, key: PreviewKey, text: str) -> None:
        """Have it read: at once where only files are read, at a pause where code is found."""
        answer = self._found_already(key) if key.words else None
        if key.words and answer is None:
            self._sought = (key, text)
            if not self._seeking:
                self._seeking = True
                self._spawn(self._seek())
            return
        self._note(key)
        self._spawn(self._read(key, text, self._known, answer))

    def _found_already(self, key: PreviewKey) -> Answer | None:
        """What was found for the same words, where something was taken out or put back since."""
        for other, seen in self._known.seen.items():
            if seen is not None and (other.named, other.words) == (key.named, key.words):
                return seen.answer
        return None

    def _note(self, key: PreviewKey) -> None:
        known = self._known.seen
        if len(known) >= KEPT:
            del known[next(iter(known))]
        known[key] = None

    async def _seek(self) -> None:
        """One after the other, always for the newest text, until none is left."""
        try:
            while (sought := self._sought) is not None:
                await asyncio.sleep(PAUSE_S)
                if sought != self._sought:
                    continue
                self._sought = None
                key, text = sought
                self._note(key)
                await self._read(key, text, self._known)
        finally:
            self._seeking = False

    def _counted(self, seen: Seen | None, own: float) -> ContextPreview:
        if seen is None or seen.preview.problem:
            return seen.preview if seen is not None else ContextPreview()
        tokens = max(1, round(seen.size + own))
        try:
            sizing.check(seen.preview.items, tokens, self._window())
        except SparkError as error:
            return replace(seen.preview, tokens=tokens, problem=error.what, remedies=error.remedies)
        return replace(seen.preview, tokens=tokens)

    # ------------------------------------------------------------------ the text

    def _draft_of(self, text: str, span: LineRange | None, omitted: Omitted) -> _Draft:
        form = self._edit_format()
        if len(text) >= LONG:
            return self._long_draft_of(text, span, form, omitted)
        draft = self._draft
        if draft is None or not draft.is_of(text, span, form, omitted):
            draft = self._draft = _Draft(text, span, form, omitted)
            self._go_through(draft, self._names())
        return draft

    def _long_draft_of(
        self, text: str, span: LineRange | None, form: EditFormat, omitted: Omitted
    ) -> _Draft:
        """It becomes the newest: two that are asked about in turn both get done."""
        known = (one for one in self._long if one.is_of(text, span, form, omitted))
        draft = next(known, None) or _Draft(text, span, form, omitted)
        others = [one for one in self._long if one is not draft]
        self._long = [*others, draft][-LONG_KEPT:]
        if draft.key is None and not self._busy:
            self._busy = True
            self._spawn(self._go_through_long())
        return draft

    def _go_through(self, draft: _Draft, names: FileNames) -> None:
        named = tuple((m.path, m.lines) for m in mentions(draft.text, names))
        draft.own = weight(draft.text.strip())
        words = " ".join(draft.text.split())
        asked = words if draft.span is None and self._asks(words) else ""
        unmarked = points(draft.text, names) if draft.span is None and not asked else ()
        named_in = Named(draft.edit_format, draft.span, named, unmarked)
        draft.key = PreviewKey(named_in, asked, draft.omitted)

    async def _go_through_long(self) -> None:
        """One draft after the other, always the newest, until none is left."""
        try:
            while waiting := [draft for draft in self._long if draft.key is None]:
                draft = waiting[-1]
                await asyncio.to_thread(self._go_through, draft, self._names())
        finally:
            self._busy = False
        self._arrived()

    async def _read(
        self, key: PreviewKey, text: str, into: _Known, answer: Answer | None = None
    ) -> None:
        if not text:
            # Just sent, or not begun: whoever waits for an answer needs the time more.
            await asyncio.sleep(PAUSE_S)
            if into is not self._known:
                return
        try:
            finds = bool(key.words) or not key.named.files
            found = await asyncio.to_thread(
                self._look, text, key.named.span, key.omitted, answer, finds
            )
        except SparkError as error:
            found = Seen(ContextPreview(problem=error.what, remedies=error.remedies))
        into.seen[key] = found
        if into is self._known:
            self._arrived()
