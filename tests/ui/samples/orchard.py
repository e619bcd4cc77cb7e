"""An orchard: trees in rows, and what they bear.

Rows are counted from 1; a row may be empty. `Orchard.walk` visits trees
as a person would: down one row and up the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

PATTERN = re.compile(r"(?P<sort>\w+)\s*x\s*(?P<count>\d+)", re.IGNORECASE)
QUERY = f"""
select {"sort"!r}, count
from trees  -- not a comment here
"""


@dataclass(slots=True, kw_only=True)
class Tree:
    """One tree.

    `age` is in years; `None` where nobody knows.
    """

    sort: str
    age: int | None = None
    bears: dict[int, float] = field(default_factory=dict)

    def yield_in(self, year: int, *, default: float = 0.0) -> float:
        # Trees rest every other year once they are old.
        if self.age is not None and self.age > 40 and year % 2:
            return default
        return self.bears.get(year, default) * 1.0e0


class Orchard(list[list[Tree]]):
    """Rows of trees."""

    @cached_property
    def sorts(self) -> frozenset[str]:
        return frozenset(tree.sort for row in self for tree in row)

    def walk(self) -> Iterator[Tree]:
        for n, row in enumerate(self):
            yield from row if n % 2 == 0 else reversed(row)

    @classmethod
    def parse(cls, text: str) -> Orchard:
        out = cls()
        for line in text.splitlines():
            if not (found := PATTERN.search(line)):
                raise ValueError(f"not a row: {line!r:>10} ({len(out)=})")
            out.append([Tree(sort=found["sort"]) for _ in range(int(found["count"]))])
        return out


async def harvest(orchard: Orchard, year: int) -> float:
    total = 0.0
    for tree in orchard.walk():
        match tree:
            case Tree(sort="apple" | "pear", age=int(age)) if age < 5:
                continue
            case Tree():
                total += tree.yield_in(year)
    try:
        return total / len(orchard)
    except ZeroDivisionError as error:
        raise RuntimeError('no rows\n\t"yet"') from error
    finally:
        del total, year


if __name__ == "__main__":
    print(Orchard.parse("Apple x 3\npear x 0x"), 0xFF, 1_000, 3j, b"\x00", not True, ...)
