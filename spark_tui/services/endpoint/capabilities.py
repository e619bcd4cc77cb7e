"""What a server turned out not to take: learnt from its refusals, kept for its address.

A refused field is left out and the request is sent again, at once. A limit that is too large is
fitted to what the server says it takes. Both are remembered for the address and the model, in a
file for some weeks: servers learn too.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from spark_tui.core.dataclass import dataclass, field
from spark_tui.services.endpoint.faults.error_body import Fit
from spark_tui.services.plain_files import read_plain, write_private

_NEEDED = frozenset({"model", "input", "messages", "stream", "instructions"})
_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
_TWINS = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
_MARGIN = 16
"""Tokens left free where a limit is fitted to a context window: counts differ a little."""

LEAST = 256
"""Below so many tokens of answer a request is too long rather than its limit too large."""

WORTH_IT = 2_048
"""An answer is not squeezed below so many tokens into what is left of a minute."""

CONTINUED = "continued turns"
REPLAYED = "replayed items"
"""Ways of asking that a server may refuse: only what is new, and its own items told back."""

KEPT_DAYS = 30
_MOST_BYTES = 256_000
_MOST_ENTRIES = 200


@dataclass(slots=True)
class Learnt:
    """What one address turned out to take from us, for one model.

    `dropped` are fields left out (`outer.inner`), `renamed` limits under their other name; `most`
    is the largest output limit it takes and `window` what input and output may come to together,
    in tokens, 0 where it never said. `refuses` are ways of asking it refused, by name.
    """

    dropped: set[str] = field(default_factory=set)
    renamed: dict[str, str] = field(default_factory=dict)
    most: int = 0
    window: int = 0
    refuses: set[str] = field(default_factory=set)

    def learn(self, fields: Iterable[str], body: Mapping[str, Any]) -> str:
        """The field of `body` that is left out from now on, "" where none of `fields` can be."""
        for name in fields:
            outer, _, inner = name.partition(".")
            if outer in _NEEDED or outer not in body:
                continue
            held = body[outer]
            if inner and not (isinstance(held, Mapping) and inner.split(".")[0] in held):
                continue
            twin = _TWINS.get(name)
            if twin and twin not in self.renamed and name not in self.renamed.values():
                self.renamed[name] = twin
            else:
                self.dropped.add(name)
            return name
        return ""

    def fit(self, sizes: Fit, body: Mapping[str, Any], size: int) -> bool:
        """Whether a smaller output limit makes the refused `body` fit; learnt for this address.

        `size` is the body's length in bytes: what the input comes to is estimated by it where the
        server does not say.
        """
        asked = next((body[name] for name in _LIMITS if isinstance(body.get(name), int)), 0)
        if not asked:
            return False
        if sizes.window:
            self.window = sizes.window
        if sizes.most and sizes.most < asked:
            self.most = sizes.most
            return True
        if not sizes.window:
            return False
        room = sizes.window - (sizes.input or size // 3) - _MARGIN
        return LEAST <= room < asked

    def apply(
        self, body: dict[str, Any], size: int = 0, used: int = 0, left: int | None = None
    ) -> dict[str, Any]:
        """`body` as this server takes it.

        `used` are the tokens the server said this very input comes to, 0 to estimate them by
        `size` (bytes); `left` what a minute's budget still allows of input and limit together,
        None where nothing is booked ahead. A budget that leaves no room worth it bounds nothing:
        the server says when to come again.
        """
        if self.renamed:
            body = {self.renamed.get(name, name): value for name, value in body.items()}
        for name in self.dropped:
            body = without(body, name)
        for name in _LIMITS:
            limit = body.get(name)
            if isinstance(limit, int):
                fitted = min(limit, self.most) if self.most else limit
                if self.window:
                    room = self.window - (used or size // 3) - _MARGIN
                    fitted = min(fitted, max(room, LEAST))
                if left is not None and (room := left - (used or size // 3) - _MARGIN) >= WORTH_IT:
                    fitted = min(fitted, room)
                if fitted != limit:
                    body = {**body, name: fitted}
        return body

    def said(self) -> list[str]:
        """What was learnt, a line each."""
        out = [f"{name} is left out" for name in sorted(self.dropped)]
        out += [f"{name} goes as {other}" for name, other in sorted(self.renamed.items())]
        if self.most:
            out.append(f"at most {self.most:,} tokens of output")
        if self.window:
            out.append(f"{self.window:,} tokens of context")
        return out + [f"no {name}" for name in sorted(self.refuses)]


def without(body: dict[str, Any], name: str) -> dict[str, Any]:
    """`body` without the field `outer.inner`; an outer one that is empty then goes as well."""
    outer, _, inner = name.partition(".")
    held = body.get(outer)
    if outer not in body:
        return body
    rest = {key: value for key, value in body.items() if key != outer}
    if not inner or not isinstance(held, Mapping):
        return rest if not inner else body
    held = without(dict(held), inner)
    return {**body, outer: held} if held else rest


class Memory:
    """What was learnt of every address, in a file; without one only for as long as this lives."""

    def __init__(self, path: Path | None = None, today: int = 0) -> None:
        """`today` is the day since 1970; what is older than `KEPT_DAYS` is forgotten."""
        self._path = path
        self._today = today
        self._known: dict[str, tuple[int, Learnt]] | None = None if path else {}

    def of(self, address: str, model: str) -> Learnt:
        """What is known of `model` at `address`; what is learnt there goes in here."""
        known = self._load()
        name = f"{address} {model}"
        if name not in known:
            known[name] = (self._today, Learnt())
        return known[name][1]

    def keep(self, address: str, model: str) -> None:
        """Write down what was learnt there just now. Failing to is no matter."""
        known = self._load()
        name = f"{address} {model}"
        if name in known:
            known[name] = (self._today, known[name][1])
        if self._path is None:
            return
        data = {key: _as_data(day, one) for key, (day, one) in known.items() if one.said()}
        newest = sorted(data.items(), key=lambda item: -item[1]["day"])[:_MOST_ENTRIES]
        with contextlib.suppress(OSError):
            write_private(self._path, json.dumps(dict(newest), indent=1).encode())

    def _load(self) -> dict[str, tuple[int, Learnt]]:
        if self._known is None:
            self._known = dict(_read(self._path, self._today)) if self._path else {}
        return self._known


def _read(path: Path, today: int) -> Iterable[tuple[str, tuple[int, Learnt]]]:
    """What the file holds; nothing where it can't be read or is damaged."""
    try:
        data = json.loads(read_plain(path, _MOST_BYTES, links=False))
    except (OSError, ValueError, RecursionError):
        return
    for name, value in data.items() if isinstance(data, dict) else ():
        one = _from_data(value)
        if one is not None and today - one[0] <= KEPT_DAYS:
            yield name, one


def _as_data(day: int, one: Learnt) -> dict[str, Any]:
    return {
        "day": day,
        "dropped": sorted(one.dropped),
        "renamed": one.renamed,
        "most": one.most,
        "window": one.window,
        "refuses": sorted(one.refuses),
    }


def _from_data(value: Any) -> tuple[int, Learnt] | None:
    if not isinstance(value, dict) or not isinstance(value.get("day"), int):
        return None
    renamed = value.get("renamed")
    sizes = [value.get(name) for name in ("most", "window")]
    most, window = (one if isinstance(one, int) and 0 <= one < 10**9 else 0 for one in sizes)
    return value["day"], Learnt(
        _texts(value.get("dropped")) - _NEEDED,
        {k: v for k, v in renamed.items() if _TWINS.get(k) == v}
        if isinstance(renamed, dict)
        else {},
        most,
        window,
        _texts(value.get("refuses")),
    )


def _texts(value: Any) -> set[str]:
    found = value if isinstance(value, list) else ()
    return {one for one in found if isinstance(one, str) and len(one) <= 80}
