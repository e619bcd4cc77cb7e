"""How many tokens a text has, guessed from its characters.

No provider's tokenizer is shipped. Code in Latin letters has about 4.3 characters a token; letters
of other scripts are nearer to one or two tokens each. The guess is meant to be shown as one ("~")
and to be corrected by exact counts (`latency.meter`).
"""

from __future__ import annotations

from functools import lru_cache

from spark_tui.core.regex import regex

LATIN_CHARS_PER_TOKEN = 4.3
"""Measured on Python source with the o200k vocabulary."""

_OTHER_CHARS_PER_TOKEN = 1.7
_IDEOGRAPH_CHARS_PER_TOKEN = 0.9
_SPACES_PER_TOKEN = 14.0

_LONG, _LONGEST = 512, 1 << 18
"""Characters of a text that is not counted again while it is remembered: a file that goes along is
asked for its size by the preview, the request, its limit and the screen.
"""

_RUNS = regex(r"[ \t]{2,}")
_IDEOGRAPHS = regex("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U0001f000-\U0003ffff]+")
_OTHER = regex("[\u0100-\u303f\ufb00-\uffff\u0e00-\u1fff]+")


def weight(text: str) -> float:
    """Tokens of `text` as a fraction: additive, so pieces of a text sum to the whole.

    Runs of blanks split across pieces are the one exception, worth a fraction of a token each.
    """
    return _remembered(text) if _LONG < len(text) < _LONGEST else _weight(text)


def _weight(text: str) -> float:
    size = len(text)
    blanks = sum(len(run) - 1 for run in _RUNS.findall(text)) if "  " in text else 0
    if text.isascii():
        return (size - blanks) / LATIN_CHARS_PER_TOKEN + blanks / _SPACES_PER_TOKEN
    ideographs = sum(map(len, _IDEOGRAPHS.findall(text)))
    other = sum(map(len, _OTHER.findall(text)))
    return (
        (size - blanks - ideographs - other) / LATIN_CHARS_PER_TOKEN
        + blanks / _SPACES_PER_TOKEN
        + ideographs / _IDEOGRAPH_CHARS_PER_TOKEN
        + other / _OTHER_CHARS_PER_TOKEN
    )


_remembered = lru_cache(maxsize=64)(_weight)


def estimate(text: str) -> int:
    """Tokens of a whole text, at least 1 unless it is empty."""
    return max(1, round(weight(text))) if text else 0


def short(number: int) -> str:
    """`388`, `2.1k`, `31k`, `2.5M`."""
    if number < 1000:
        return str(number)
    if number < 9950:
        return f"{number / 1000:.1f}k"
    return f"{number / 1000:.0f}k" if number < 999_500 else f"{number / 1e6:.1f}M"
