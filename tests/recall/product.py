"""What this program sends along, as a retriever of the harness."""

from __future__ import annotations

from spark_tui.core.retrieve.find import find
from spark_tui.core.retrieve.history import History
from spark_tui.core.retrieve.memory import MemoryIndex
from spark_tui.core.retrieve.pack import SHAPE, Shape
from spark_tui.core.retrieve.priors import sort_of
from spark_tui.core.retrieve.score import Weights
from tests.recall.judge import Answer, Span


class Product:
    """The index in memory and the ranking of the real program; nothing is named or in work."""

    def __init__(
        self, name: str = "spark-tui", weights: Weights | None = None, shape: Shape = SHAPE
    ) -> None:
        self.name = name
        self.index = MemoryIndex()
        self._past: History | None = None
        self._weights, self._shape = weights, shape

    def put(self, path: str, blob: str, text: str) -> None:
        """This file has this text now."""
        if sort_of(path) == "dropped" or not self.index.put(path, blob, text):
            self.index.remove(path)

    def remove(self, path: str) -> None:
        """This file is gone."""
        self.index.remove(path)

    def past(self, history: History) -> None:
        """This happened until now, and nothing later."""
        self._past = history

    def find(self, query: str, budget: int) -> Answer:
        """What would go along with `query` in at most `budget` tokens."""
        bundle = find(
            query,
            self.index,
            budget=budget,
            history=self._past,
            weights=self._weights,
            shape=self._shape,
        )
        spans = [Span(one.path, one.first, one.last) for one in bundle.blocks]
        return Answer(spans, bundle.tokens, [one.path for one in bundle.outlines])
