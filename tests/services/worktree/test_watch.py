from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

import pytest

from spark_tui.core.errors import SparkError, WorktreeError
from spark_tui.services.worktree import GitWorktree
from spark_tui.services.worktree import watch as watching

if TYPE_CHECKING:
    from tests.services.worktree.conftest import Rig
else:
    Rig = Any


class Watch:
    """Collects what a tree's watch reports; `until` waits for a condition on all of it."""

    def __init__(self, tree: GitWorktree, warn: Callable[[SparkError], None] | None = None) -> None:
        self.sets: list[frozenset[str]] = []
        self._arrived = asyncio.Condition()
        self._task = asyncio.create_task(self._run(tree, warn))

    @property
    def paths(self) -> set[str]:
        return {path for one in self.sets for path in one}

    async def _run(self, tree: GitWorktree, warn: Callable[[SparkError], None] | None) -> None:
        async for changed in tree.watch(warn):
            async with self._arrived:
                self.sets.append(changed)
                self._arrived.notify_all()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(60), self._arrived:
            await self._arrived.wait_for(condition)

    async def started(self, rig: Rig) -> None:
        """Save a marker until it is reported: from then on nothing is missed."""
        for number in range(200):
            rig.save("marker.txt", b"%d\n" % number)
            try:
                async with asyncio.timeout(0.2), self._arrived:
                    await self._arrived.wait_for(lambda: "marker.txt" in self.paths)
            except TimeoutError:
                continue
            return
        pytest.fail("the watch reports nothing")

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


@pytest.fixture
async def watch(rig: Rig) -> AsyncIterator[Watch]:
    rig.save("a.py", b"a\n")
    rig.save("lib/b.py", b"b\n")
    rig.save(".gitignore", b"*.log\nbuild/\n")
    rig.commit_all()
    made = Watch(rig.tree())
    await made.started(rig)
    yield made
    await made.stop()


async def test_saves_by_others_are_reported_and_ignored_files_are_not(
    rig: Rig, watch: Watch
) -> None:
    rig.save("x.log", b"log\n")
    rig.save("build/out.py", b"x\n")
    rig.save("lib/b.py", b"edited\n")
    rig.save("lib/new.py", b"new\n")
    (rig.root / "a.py").unlink()
    await watch.until(lambda: {"lib/b.py", "lib/new.py", "a.py"} <= watch.paths)
    rig.save("marker.txt", b"last\n")
    await watch.until(lambda: "marker.txt" in watch.sets[-1])
    assert watch.paths == {"marker.txt", "lib/b.py", "lib/new.py", "a.py"}


async def test_a_new_folder_is_watched_with_what_is_in_it(rig: Rig, watch: Watch) -> None:
    rig.save("fresh/deep/one.py", b"1\n")
    await watch.until(lambda: "fresh/deep/one.py" in watch.paths)
    before = len(watch.sets)
    for number in range(50):
        rig.save("fresh/deep/two.py", b"%d\n" % number)
        try:
            async with asyncio.timeout(0.3):
                await watch.until(
                    lambda: any("fresh/deep/two.py" in one for one in watch.sets[before:])
                )
        except TimeoutError:
            continue
        return
    pytest.fail("the new folder is not watched")


async def test_a_burst_is_few_sets(rig: Rig, watch: Watch) -> None:
    before = len(watch.sets)
    names = {f"lib/many{number}.py" for number in range(200)}
    for name in names:
        rig.save(name, b"x\n")
    await watch.until(lambda: names <= watch.paths)
    assert len(watch.sets) - before <= 10


async def test_our_own_writes_are_no_news(rig: Rig) -> None:
    rig.save("a.py", b"a\n")
    rig.commit_all()
    tree = rig.tree()
    watch = Watch(tree)
    await watch.started(rig)
    await asyncio.to_thread(rig.put, tree, {"a.py": b"ours\n", "made/n.py": b"ours\n"})
    rig.save("marker.txt", b"last\n")
    await watch.until(lambda: len(watch.sets) > 1 and "marker.txt" in watch.sets[-1])
    rig.save("a.py", b"theirs\n")
    await watch.until(lambda: "a.py" in watch.paths)
    assert [one for one in watch.sets if "made/n.py" in one] == []
    assert not any(".spark-tui" in path for path in watch.paths)
    await watch.stop()


async def test_a_new_branch_is_an_empty_set(rig: Rig, watch: Watch) -> None:
    before = len(watch.sets)
    rig.git("checkout", "-q", "-b", "side")
    await watch.until(lambda: frozenset() in watch.sets[before:])


async def test_where_nothing_can_be_watched_that_is_said(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    import watchfiles._rust_notify as native

    def full(*_: object) -> None:
        raise OSError('OS file watch limit reached. about ["/x"]')

    monkeypatch.setattr(native, "RustNotify", full)
    rig.save("a.py", b"a\n")
    with pytest.raises(WorktreeError) as caught:
        async for _ in rig.tree().watch():
            pass
    assert "cannot watch work: os file watch limit reached" in caught.value.what
    assert caught.value.remedies == ("raise fs.inotify.max_user_watches",)


@pytest.mark.parametrize("limit", ["the system's", "ours"])
async def test_a_tree_beyond_the_limit_is_watched_from_its_top(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    import watchfiles._rust_notify as native

    real = native.RustNotify

    def scarce(paths: list[str], *rest: Any) -> Any:
        if len(paths) > 4:
            raise OSError('OS file watch limit reached. about ["/x"]')
        return real(paths, *rest)

    if limit == "ours":
        monkeypatch.setattr(watching, "MOST_FOLDERS", 3)
    else:
        monkeypatch.setattr(native, "RustNotify", scarce)
    for number in range(5):
        rig.save(f"deep{number}/er/a.py", b"a\n")
    rig.save("a.py", b"a\n")
    rig.commit_all()
    told: list[SparkError] = []
    watch = Watch(rig.tree(), told.append)
    await watch.started(rig)
    rig.save("deep4/er/a.py", b"unseen\n")
    rig.save("a.py", b"seen\n")
    await watch.until(lambda: "a.py" in watch.paths)
    assert "deep4/er/a.py" not in watch.paths
    await watch.stop()
    (said,) = told
    count = {"ours": 3, "the system's": 2}[limit]
    assert said.what.startswith(f"watching {count} of 11 folders")
    assert said.remedies == ("raise fs.inotify.max_user_watches",)
