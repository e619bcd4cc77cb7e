"""The pages for maintainers name what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PATH = re.compile(r"`((?:[a-z_]+/)*[a-z_]+(?:\.py|\.toml|/))`")


def named(page: str) -> list[str]:
    """Paths that `page` names as being there now, in the package or in the repository."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = []
    for line in text.splitlines():
        was, bar, now = line.partition("` | `")
        # A row of the table of moves: its left side is history.
        found += PATH.findall("`" + now if bar and was.startswith("| `") else line)
    return sorted(set(found))


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_path_of_the_page_is_there(page: str) -> None:
    paths = named(page)
    assert len(paths) > 15
    gone = [p for p in paths if not ((ROOT / p).exists() or (ROOT / "spark_tui" / p).exists())]
    assert gone == []
