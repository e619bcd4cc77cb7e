"""Who decides on hunks."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """Who decides: the person per hunk, nobody (written when complete), or nothing is written."""

    ASK = "ask"
    AUTO = "auto-apply"
    READ_ONLY = "read-only"
