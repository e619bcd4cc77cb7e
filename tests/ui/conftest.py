"""Fixtures shared by the tests of the screen."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from spark_tui.ui.style.screen_faults import ScreenFaults
from tests.ui.scripted import Drive, FakeConductor, driven


def _load(name: str) -> ModuleType:
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def demo() -> ModuleType:
    """The scripted answer of `body_demo.py`: `story(steps)` and the values it is made of."""
    return _load("body_demo")


@pytest.fixture(autouse=True)
def no_fault(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A fault the screen outlives still fails the test, unless it is marked `faulty`."""
    heard: list[Exception] = []
    real = ScreenFaults.heard

    def keep(self: ScreenFaults, error: Exception) -> None:
        heard.append(error)
        real(self, error)

    monkeypatch.setattr(ScreenFaults, "heard", keep)
    yield
    if heard and request.node.get_closest_marker("faulty") is None:
        raise heard[0]


@pytest.fixture
def fake() -> FakeConductor:
    """A conductor without a script."""
    return FakeConductor()


@pytest.fixture
async def drive(fake: FakeConductor) -> AsyncIterator[Drive]:
    """The app running around `fake` at 120x36."""
    async with driven(fake) as running:
        yield running
