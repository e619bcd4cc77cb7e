from hypothesis import given
from hypothesis import strategies as st

from spark_tui.ui.lists.finder import PathFinder, matches

PATHS = st.lists(st.text("abA/._", min_size=1, max_size=12), max_size=40, unique=True)
QUERIES = st.lists(st.text("abA/._", max_size=5), min_size=1, max_size=6)


def tier(query: str, path: str) -> int:
    name = path[path.rfind("/") + 1 :].lower()
    if name.startswith(query):
        return 0
    return 1 if query in name else 2 if query in path.lower() else 3


@given(PATHS, QUERIES)
def test_every_match_is_found_best_first_whatever_was_asked_before(
    paths: list[str], queries: list[str]
) -> None:
    finder = PathFinder(paths)
    for query in queries:
        found = list(finder.query(query, 100))
        assert sorted(found) == sorted(p for p in paths if matches(query, p))
        if query:
            tiers = [tier(query.lower(), p) for p in found]
            assert tiers == sorted(tiers)


def test_no_more_than_asked_for_and_short_names_first() -> None:
    finder = PathFinder(["net/retry.py", "tests/test_retry.py", "net/retry_after.py", "README.md"])
    assert list(finder.query("retry", 2)) == ["net/retry.py", "net/retry_after.py"]
    assert list(finder.query("RTRY", 1)) == ["net/retry.py"]
