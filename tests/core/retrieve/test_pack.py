"""What is packed: within the budget, what is named first, nobody more than a share."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spark_tui.core.retrieve.find import find
from spark_tui.core.retrieve.history import Commit, History
from spark_tui.core.retrieve.memory import MemoryIndex
from spark_tui.core.retrieve.places import Place

WORDS = ["meter", "token", "client", "retry", "speed", "socket", "parse", "path"]


def body(names: list[str], size: int) -> str:
    """A file of functions."""
    return "import os\n\n\n" + "\n\n".join(
        f"def {name}_{at}(value):\n" + f"    {name} = value\n" * size
        for at, name in enumerate(names)
    )


_FILES = st.lists(
    st.tuples(
        st.sampled_from(["a", "b/c", "tests", "docs"]),
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=6),
        st.integers(1, 60),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_FILES, st.lists(st.sampled_from(WORDS), max_size=3), st.integers(0, 3000), st.booleans())
def test_the_budget_is_kept_and_spans_are_real(
    files: list[tuple[str, list[str], int]], said: list[str], budget: int, named: bool
) -> None:
    index = MemoryIndex()
    paths = []
    for at, (folder, names, size) in enumerate(files):
        paths.append(f"{folder}/f{at}.py")
        assert index.put(paths[-1], str(at), body(names, size))
    given_ = [Place(paths[0], 2, 4)] if named else []
    bundle = find(" ".join(said), index, budget=budget, named=given_, changed=paths[-1:])
    least = sum(one.tokens for one in bundle.blocks if one.why == "named")
    assert bundle.tokens <= max(budget, least)
    assert bundle.tokens == sum(b.tokens for b in bundle.blocks) + sum(
        o.tokens for o in bundle.outlines
    )
    if named:
        assert bundle.blocks[0].path == paths[0]
        assert bundle.blocks[0].first <= 2
        assert bundle.blocks[0].last >= 4
    shown: set[tuple[str, int]] = set()
    for one in bundle.blocks:
        lines = index.lines(one.path)
        assert lines is not None
        assert 1 <= one.first <= one.last <= len(lines)
        span = {(one.path, line) for line in range(one.first, one.last + 1)}
        assert not shown & span
        shown |= span


def test_no_file_gets_more_than_its_share() -> None:
    index = MemoryIndex()
    index.put("poison.py", "1", body(["retry"] * 200, 8))
    index.put("client.py", "2", body(["client", "retry"], 4))
    bundle = find("retry", index, budget=4000)
    poison = sum(one.tokens for one in bundle.blocks if one.path == "poison.py")
    assert poison <= 0.5 * 4000 + 200
    assert any(one.path == "client.py" for one in bundle.blocks)


def test_files_in_work_go_along_where_words_say_nothing() -> None:
    index = MemoryIndex()
    for at, word in enumerate(WORDS):
        index.put(f"{word}.py", str(at), body([word] * 4, 10))
    bundle = find("the retry", index, budget=2000, changed=["speed.py"])
    assert {"retry.py", "speed.py"} <= {one.path for one in bundle.blocks}


def test_what_commits_were_about_lifts_their_files() -> None:
    index = MemoryIndex()
    for at in range(30):
        index.put(f"m{at}.py", str(at), body(["value"], 30))
    past = History(
        (Commit("Handle the umlaut in names", ("m17.py",)), Commit("Start", ("m1.py", "m2.py")))
    )
    assert find("umlaut names again, value", index, budget=700, history=past).blocks[0].path == (
        "m17.py"
    )
