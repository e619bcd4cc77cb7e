"""What a simulated endpoint is told on its command line."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from spark_tui.core.dataclass import dataclass
from spark_tui.simulator.dialects import ImitatedProvider
from spark_tui.simulator.faults import Fault
from spark_tui.simulator.parts import Reply

MODEL = "simulated"


class AnswerFormat(StrEnum):
    """How answers write their edits; AUTO follows the client's instructions."""

    V4A = "v4a"
    SEARCH_REPLACE = "search-replace"
    AUTO = "auto"


@dataclass(frozen=True, slots=True)
class SimSettings:
    """`rate` in tok/s, `ttft_ms` from the last request byte read to the first token.

    `jitter_ms` delays each event by up to that much without drifting; `bundle` is tokens per
    event. `key` "" accepts any key or none. `log` is where the JSON lines go. `reasoning` tokens
    come before the answer's; `dialect` adds a provider's fields, which say that `queue_ms` of the
    time to the first token was waiting. `pause_ms` stops the stream once, half-way. `tpm` is the
    tokens a minute it lets through (0 no limit), told in headers. `reply` is where edits are put.
    `script` are the answers instead of those it would write, a turn each; the last one repeats.
    """

    rate: float = 1000.0
    ttft_ms: float = 90.0
    jitter_ms: float = 0.0
    bundle: int = 1
    format: AnswerFormat = AnswerFormat.AUTO
    key: str = ""
    log: Path | None = None
    reasoning: int = 0
    queue_ms: float = 0.0
    pause_ms: float = 0.0
    tpm: int = 0
    dialect: ImitatedProvider = ImitatedProvider.OPENAI
    faults: tuple[Fault, ...] = ()
    reply: Reply = Reply.TEXT
    script: tuple[str, ...] = ()
