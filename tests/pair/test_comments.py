"""AI! comments from a save in an editor to the instruction."""

from typing import Any

from spark_tui.core.events import CommentsWaiting
from spark_tui.core.tree import ChangedFile, Tree
from spark_tui.pair.comments import MOST_FILES
from tests.pair.test_follow_ups import CALC

ASKED = CALC.replace("    return a + b", "    # use sum() AI!\n    return a + b")


async def save(r: Any, path: str, text: str) -> None:
    """Somebody saved the file; returns when that was looked at."""
    r.worktree.files[path] = text.encode()
    seen = len([e for e in r.events if type(e).__name__ == "TreeChanged"])
    await r.worktree.changed.put(frozenset({path}))
    await r.until(lambda: len([e for e in r.events if type(e).__name__ == "TreeChanged"]) > seen)


async def opened(rig: Any, files: dict[str, str], marker: str = "AI!") -> Any:
    r = rig(files, marker=marker)
    await r.until(lambda: any(type(e).__name__ == "TreeChanged" for e in r.events))
    return r


async def test_a_comment_just_written_waits_and_is_taken_once(rig: Any) -> None:
    r = await opened(rig, {"calc.py": CALC})
    await save(r, "calc.py", ASKED)
    assert [(c.path, c.line, c.text) for c in r.pair.session.comments] == [
        ("calc.py", 2, "use sum()")
    ]
    assert r.pair.take_comment() == (
        '@calc.py:2 do what the comment "use sum() AI!" asks, then remove that comment'
    )
    assert r.pair.session.comments == ()
    assert r.pair.take_comment() == ""
    await save(r, "calc.py", ASKED + "# more\n")
    assert r.pair.session.comments == ()


async def test_a_comment_that_stood_there_before_asks_for_nothing(rig: Any) -> None:
    r = await opened(rig, {"calc.py": ASKED})
    await save(r, "calc.py", "# new line\n" + ASKED)
    assert r.pair.session.comments == ()


async def test_uncommitted_comments_from_before_the_start_ask_for_nothing(
    rig: Any, monkeypatch: Any
) -> None:
    r = rig({"calc.py": ASKED}, marker="AI!")
    r.worktree.head = {"calc.py": CALC}
    tree = Tree("nowhere", "main", (ChangedFile("calc.py", 1, 0),))
    monkeypatch.setattr(r.worktree, "tree", lambda: tree)
    await r.until(lambda: any(type(e).__name__ == "TreeChanged" for e in r.events))
    await save(r, "calc.py", "# new line\n" + ASKED)
    assert r.pair.session.comments == ()


async def test_a_comment_follows_its_line_and_goes_with_it(rig: Any) -> None:
    r = await opened(rig, {"calc.py": CALC})
    await save(r, "calc.py", ASKED)
    await save(r, "calc.py", "\n\n" + ASKED)
    assert [c.line for c in r.pair.session.comments] == [4]
    await save(r, "calc.py", CALC)
    assert r.pair.session.comments == ()


async def test_what_a_checkout_brings_asks_for_nothing(rig: Any) -> None:
    r = await opened(rig, {"calc.py": CALC})
    r.worktree.head["calc.py"] = ASKED
    await save(r, "calc.py", ASKED)
    names = {f"f{n}.py" for n in range(MOST_FILES + 1)}
    for name in names:
        r.worktree.files[name] = b"# do it AI!\n"
    await r.worktree.changed.put(frozenset(names))
    await save(r, "calc.py", ASKED + "\n")
    assert not [e for e in r.events if isinstance(e, CommentsWaiting)]


async def test_without_a_marker_nothing_is_looked_at(rig: Any) -> None:
    r = await opened(rig, {"calc.py": CALC}, marker="")
    await save(r, "calc.py", ASKED)
    assert r.pair.session.comments == ()


async def test_it_works_while_another_edit_runs(rig: Any) -> None:
    r = await opened(rig, {"calc.py": CALC, "b.py": "x = 1\n"})
    call = await r.ask("rename add to plus in @calc.py")
    await save(r, "b.py", "x = 1  # two AI!\n")
    assert [c.text for c in r.pair.session.comments] == ["two"]
    assert not call.cancelled.is_set()
