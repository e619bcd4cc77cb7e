"""Finding a file by letters among 100,000: `python tests/bench/bench_finder.py [PATHS]`.

Every prefix of every query is one key, as it is typed. `list` is what one key costs the search
list: the search and the 200 rows made of it. The goal is p95 <= 50 ms a key.
"""

from __future__ import annotations

import random
import sys
import time
from statistics import median, quantiles

from spark_tui.core.context import FileNames
from spark_tui.core.mentions import mentions
from spark_tui.ui.lists.contents import FOUND, file_list
from spark_tui.ui.lists.finder import PathFinder

WORDS = (
    "src",
    "lib",
    "core",
    "util",
    "net",
    "http",
    "client",
    "server",
    "parser",
    "lexer",
    "token",
    "model",
    "view",
    "test",
    "api",
    "handler",
    "worker",
    "queue",
    "cache",
    "index",
)
QUERIES = (
    "httpclient",
    "src/net/par",
    "tok",
    "widgetbutton99",
    "e",
    "zzz",
    "config_main1234.py",
    "apihandler",
    "tests/test_queue",
    "xyzzy",
)


def some_paths(count: int) -> list[str]:
    """Paths as repositories have them: one to six folders deep, words that come again."""
    pick = random.Random(1).choice
    depth = random.Random(2).randint
    return [
        "/".join(pick(WORDS) for _ in range(depth(1, 6)))
        + f"/{pick(WORDS)}_{pick(WORDS)}{n}.{pick(('py', 'ts', 'go', 'c'))}"
        for n in range(count)
    ]


def main() -> None:
    """Print build time, time per key, and time per key of the `@` search's other half."""
    paths = some_paths(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
    start = time.perf_counter()
    finder = PathFinder(paths)
    built = time.perf_counter() - start
    listed = file_list(finder.query, print, print).search
    assert listed is not None
    search, rows = [], []
    for query in QUERIES:
        for end in range(1, len(query) + 1):
            start = time.perf_counter()
            finder.query(query[:end], FOUND)
            search.append(time.perf_counter() - start)
        for end in range(len(query) - 1, 0, -1):  # and back, letter by letter
            start = time.perf_counter()
            listed(query[:end])
            rows.append(time.perf_counter() - start)
    names = FileNames(paths)
    start = time.perf_counter()
    for _ in range(20):
        mentions(f"fix @{paths[0]} and @{paths[-1]}:3-4", names)
    named = (time.perf_counter() - start) / 20
    print(f"{len(paths):,} paths, index made in {built * 1e3:.0f} ms (in a thread of its own)")
    for what, taken in (("search", search), ("list", rows)):
        p95 = quantiles(taken, n=20)[18]
        print(
            f"{what:7} {len(taken)} keys   p50 {median(taken) * 1e3:5.2f}   p95 {p95 * 1e3:5.2f}"
            f"   max {max(taken) * 1e3:5.2f} ms   goal p95 <= 50"
        )
    print(f"mentions of a draft, per key: {named * 1e3:.3f} ms")


if __name__ == "__main__":
    main()
