"""Our dataclasses are the standard's, but for when their methods are made."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

import pytest

from spark_tui.core import dataclass as ours
from spark_tui.core.events import Notice

T = TypeVar("T")


def classes(module: Any) -> dict[str, Any]:
    """The same classes by the decorator of `module`."""
    dataclass: Callable[..., Any] = module.dataclass
    field: Callable[..., Any] = module.field

    @dataclass(frozen=True, slots=True)
    class Plain:
        """Frozen."""

        kind: ClassVar[str] = "plain"
        at: int
        name: str = "x"
        hidden: str = field(default="", repr=False)
        note: Any = field(default=(), compare=False)
        table: Any = field(default=(), hash=False)

    @dataclass(frozen=True, slots=True)
    class Under(Plain):
        """With a base."""

        name: str = "under"
        more: tuple[int, ...] = field(default_factory=lambda: (1, 2))

    @dataclass(frozen=True, slots=True)
    class Empty:
        """Nothing."""

    @dataclass(frozen=True, slots=True)
    class One(Generic[T]):
        """One field, own words."""

        value: T

        def __repr__(self) -> str:
            return "one"

        def __post_init__(self) -> None:
            if self.value == -1:
                raise ValueError("no -1")

    @dataclass(slots=True)
    class Open:
        """It changes."""

        seen: list[int] = field(default_factory=list)
        count: int = 0

    @dataclass(frozen=True)
    class Loose:
        """Without slots."""

        at: int = 3

    @dataclass(slots=True)
    class Same:
        """Equal to all of its kind."""

        at: int

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Same)

        def __hash__(self) -> int:
            return 7

    made: tuple[Any, ...] = (Plain, Under, Empty, One, Open, Loose, Same)
    return {cls.__name__: cls for cls in made}


CALLS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("Plain", (1,), {}),
    ("Plain", (1, "a", "b", "c"), {}),
    ("Plain", (), {"at": 2, "note": [1]}),
    ("Plain", (1,), {"table": [1]}),
    ("Plain", (), {}),
    ("Plain", (1,), {"wrong": 1}),
    ("Plain", (1,), {"at": 1}),
    ("Under", (1,), {}),
    ("Under", (1, "u", "h", None, (), (3,)), {}),
    ("Empty", (), {}),
    ("Empty", (1,), {}),
    ("One", (1,), {}),
    ("One", (-1,), {}),
    ("One", (float("nan"),), {}),
    ("Open", (), {}),
    ("Open", ([1], 2), {}),
    ("Loose", (), {}),
    ("Same", (1,), {}),
    ("Same", (2,), {}),
]


def outcome(deed: Callable[[], Any]) -> Any:
    try:
        return deed()
    except Exception as error:  # noqa: BLE001
        return type(error)


def changed(value: Any, name: str) -> tuple[Any, Any]:
    """Whether a field can be set and deleted."""
    value = copy.copy(value)
    done = (outcome(lambda: setattr(value, name, 9)), outcome(lambda: delattr(value, name)))
    return done if name in type(value).__match_args__ else (done[0] is None, done[1] is None)


def described(made: dict[str, Any], module: Any) -> list[Any]:
    """What all values of these classes do, as plain data."""
    values = [outcome(partial(made[a[0]], *a[1], **a[2])) for a in CALLS]
    told: list[Any] = [v if isinstance(v, type) else repr(v) for v in values]
    good = [v for v in values if not isinstance(v, type)]
    for one in good:
        names = [f.name for f in dataclasses.fields(one)]
        told += [
            [one == other for other in good],
            [one != other for other in good],
            outcome(partial(hash, one)) if type(one).__name__ != "One" else 0,
            type(one).__match_args__,
            getattr(type(one), "__slots__", None),
            dataclasses.is_dataclass(one),
            [(f.name, f.type, f.repr, f.compare) for f in dataclasses.fields(one)],
            outcome(partial(dataclasses.asdict, one)),
            repr(outcome(partial(copy.deepcopy, one))),
            repr(outcome(partial(copy.copy, one))),
            [repr(outcome(partial(module.replace, one, **{n: -1}))) for n in names],
            outcome(partial(module.replace, one, wrong=1)),
            # Of a name that is no field the standard's own slotted classes give a TypeError.
            [changed(one, name) for name in ("at", "other")],
            hasattr(one, "__dict__"),
        ]
    return told


def test_a_dataclass_does_what_the_standard_one_does() -> None:
    assert described(classes(ours), ours) == described(classes(dataclasses), dataclasses)


def test_values_can_be_pickled() -> None:
    value = Notice(1, "a", place=("f", 2))
    assert pickle.loads(pickle.dumps(value)) == value


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"a": "int", "b": "int"}, TypeError),
        ({"b": "list[int]"}, ValueError),
    ],
)
def test_what_can_not_be_made_is_refused(body: dict[str, str], error: type[Exception]) -> None:
    space: dict[str, Any] = {"__annotations__": body}
    space["a" if "a" in body else "b"] = 1 if "a" in body else []
    with pytest.raises(error):
        ours.dataclass(type("Wrong", (), space))


def test_no_constructor_is_compiled_before_the_first_value() -> None:
    @ours.dataclass(frozen=True, slots=True)
    class Late:
        """Made late."""

        at: int

    first = Late.__init__
    Late(1)
    assert Late.__init__ is not first
    compiled = Late.__init__
    Late(2)
    assert Late.__init__ is compiled
