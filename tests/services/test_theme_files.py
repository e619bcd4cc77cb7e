from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from spark_tui.core.errors import SparkError
from spark_tui.services.theme_files import changed_themes


async def test_a_saved_theme_comes_and_a_broken_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = tmp_path / "spark-tui" / "themes"
    folder.mkdir(parents=True)
    found = changed_themes()
    first = asyncio.ensure_future(anext(found))
    for number in range(100):  # the watcher needs a moment to stand
        whole = tmp_path / "dusk"  # swapped in: a half-written one is another theme
        whole.write_text(f'name = "dusk"\n[palette]\nground = "#2020{number:02d}"\n')
        whole.replace(folder / "dusk.toml")
        done, _ = await asyncio.wait([first], timeout=0.1)
        if done:
            break
    themes = first.result()
    assert not isinstance(themes, SparkError)
    assert {"dusk", "spark-dark"} <= set(themes)
    (folder / "dusk.toml").write_text('name = "dusk"\n[roles]\nad = "red"\n')
    async with asyncio.timeout(60):
        async for news in found:
            if isinstance(news, SparkError):
                assert "roles.ad is not known" in news.what
                break


async def test_without_a_configuration_folder_nothing_is_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert [one async for one in changed_themes()] == []
