"""What an index answered, and how much of the repository it knew then."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from spark_tui.core.dataclass import dataclass, field
from spark_tui.core.retrieve.pack import Bundle


class IndexState(StrEnum):
    """How an answer was found: in the whole index, in a part of it, by searching the files."""

    READY = "ready"
    BUILDING = "building"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found. `files` are in the index; its newest word is `age_ms` old.

    `blobs` has git's id of every file in the bundle, as it was when its lines were chosen. `note`
    says why there is no index, "" where there is one.
    """

    bundle: Bundle = field(default_factory=Bundle)
    state: IndexState = IndexState.NONE
    files: int = 0
    age_ms: int = 0
    took_ms: float = 0.0
    blobs: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def whole(self) -> bool:
        """Whether it was asked of the whole index."""
        return self.state is IndexState.READY
