"""Frozen values as plain data for JSON, and back, checked against their annotations. Pure."""

from __future__ import annotations

import types
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

_T = TypeVar("_T")

LARGEST = 2**63 - 1
"""No stamp, size or count is beyond this."""


def plain(value: object) -> object:
    """Dataclasses and named tuples as objects and lists of what JSON knows."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return value
    if is_dataclass(value):
        return {
            f.name: plain(held)
            for f in fields(value)
            if not _is_default(held := getattr(value, f.name), f.default)
        }
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} is no plain value")


def _is_default(value: object, default: object) -> bool:
    return type(value) is type(default) and value == default


def read(kind: type[_T], data: object) -> _T:
    """The value of type `kind` that `plain` made `data` of; unknown fields are ignored.

    Raises ValueError where the data does not fit.
    """
    try:
        made = _read(kind, data)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"no {getattr(kind, '__name__', kind)}: {error}") from error
    return made  # type: ignore[no-any-return]  # built from the type itself


def _read(kind: Any, data: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _read_union(get_args(kind), data)
    if origin is tuple:
        return _read_tuple(get_args(kind), data)
    if origin is Literal:
        if data in get_args(kind):
            return data
        raise ValueError(f"{data!r} is none of {get_args(kind)}")
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(data)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        if not isinstance(data, dict):
            raise ValueError(f"{kind} needs an object")
        return kind(
            **{name: _read(hints[name], item) for name, item in data.items() if name in hints}
        )
    if isinstance(kind, type) and issubclass(kind, tuple):
        hints = _hints(kind)
        if not isinstance(data, list) or len(data) > len(hints):
            raise ValueError(f"{kind} needs a list")
        return kind(*(_read(hint, item) for hint, item in zip(hints.values(), data, strict=False)))
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        return float(_bounded(data))
    if isinstance(kind, type) and type(data) is kind:
        return _bounded(data) if isinstance(data, int | float) else data
    raise ValueError(f"{data!r} is no {kind}")


def _bounded(number: float) -> float:
    if not -LARGEST <= number <= LARGEST:  # nor is it one that is no number at all
        raise ValueError(f"{number!r} is out of range")
    return number


def _read_union(kinds: Iterable[Any], data: Any) -> Any:
    if data is None:
        return None
    wrong = ValueError("an empty union")
    for kind in kinds:
        if kind is not type(None):
            try:
                return _read(kind, data)
            except ValueError as error:
                wrong = error
    raise wrong


def _read_tuple(kinds: tuple[Any, ...], data: Any) -> Any:
    if not isinstance(data, list):
        raise ValueError("a list is needed")
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_read(kinds[0], item) for item in data)
    return tuple(_read(kind, item) for kind, item in zip(kinds, data, strict=True))


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
