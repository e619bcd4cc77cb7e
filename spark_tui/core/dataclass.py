"""Dataclasses that cost their making only when one is made: `dataclass`, `field`, `replace`.

`field_values` gives a value's fields by name.

The standard decorator writes and compiles six functions for each class when its module is imported:
200 classes were a third of a start. Here the constructor is compiled when the first value is made,
and the other methods are shared closures. What a reader and a type checker see is the standard's;
`dataclasses.fields`, `asdict` and `is_dataclass` take these classes too.

Only what is used here is supported: `frozen`, `slots`, and `field` with `default`,
`default_factory`, `repr`, `hash` and `compare`. Annotations are strings (`from __future__ import
annotations`), a class variable's begins with `ClassVar`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace  # noqa: TID251 - what these stand for
else:

    def dataclass(cls=None, /, *, frozen=False, slots=False):
        """See `dataclasses.dataclass`. Raises TypeError or ValueError for what a class can't be."""
        return _made(cls, frozen, slots) if cls else lambda one: _made(one, frozen, slots)

    def field(**given):
        """See `dataclasses.field`."""
        return _Field(**given)

    def replace(obj, /, **changes):
        """See `dataclasses.replace`. Raises TypeError for a field that is none."""
        cls = obj.__class__
        values = [*cls.__field_values__(obj)]
        place = cls.__match_args__.index
        for name, value in changes.items():
            try:
                values[place(name)] = value
            except ValueError:
                raise TypeError(f"{cls.__qualname__} has no field {name!r}") from None
        return cls(*values)


__all__ = ["dataclass", "field", "field_values", "replace"]


def field_values(value: Any) -> dict[str, Any]:
    """The fields of one dataclass by name, as they are: nothing is copied."""
    return dict(zip(value.__match_args__, value.__field_values__(value), strict=True))


_NOTHING: Any = object()
"""No default; and, given to a constructor, none given: the factory is asked."""


class _Field:
    __slots__ = ("compare", "default", "default_factory", "hash", "name", "repr")

    def __init__(
        self,
        *,
        default: Any = _NOTHING,
        default_factory: Any = _NOTHING,
        repr: bool = True,  # noqa: A002 - the standard's names
        hash: bool | None = None,  # noqa: A002
        compare: bool = True,
    ) -> None:
        self.name = ""
        self.default = default
        self.default_factory = default_factory
        self.repr = repr
        self.hash = compare if hash is None else hash
        self.compare = compare

    @property
    def optional(self) -> bool:
        return self.default is not _NOTHING or self.default_factory is not _NOTHING


def _made(cls: Any, frozen: bool, slots: bool) -> Any:
    fields = _fields(cls)
    names = tuple(fields)
    for name, one in fields.items():
        if isinstance(vars(cls).get(name), _Field):
            if one.default is _NOTHING:
                delattr(cls, name)
            else:
                setattr(cls, name, one.default)
    if slots:
        cls = _with_slots(cls, names)
    own = vars(cls)
    every = list(fields.values())
    methods: dict[str, Any] = {
        "__match_args__": names,
        "__init__": _constructor(cls, every, frozen),
        "__repr__": _repr([one.name for one in every if one.repr]),
        "__eq__": _equality([one.name for one in every if one.compare]),
    }
    # The language writes a None there beside an own `__eq__`.
    if "__hash__" not in own or (own["__hash__"] is None and "__eq__" in own):
        cls.__hash__ = _hash([one.name for one in every if one.hash]) if frozen else None
    if frozen:
        methods["__setattr__"] = _closed(cls, names, "assign to")
        methods["__delattr__"] = _closed(cls, names, "delete")
        if slots:
            methods |= {"__getstate__": _state, "__setstate__": _set_state}
    for name, method in methods.items():
        if name not in own:
            setattr(cls, name, method)
    cls.__own_fields__ = fields
    cls.__field_values__ = staticmethod(_values(names))
    cls.__dataclass_fields__ = _STANDARD_FIELDS
    return cls


def _fields(cls: Any) -> dict[str, _Field]:
    """By name, those of its bases first."""
    found: dict[str, _Field] = {}
    for base in cls.__mro__[-1:0:-1]:
        found |= vars(base).get("__own_fields__", {})
    own = vars(cls)
    for name, kind in own.get("__annotations__", {}).items():
        if kind.startswith(("ClassVar", "typing.ClassVar")):
            continue
        given = own.get(name, _NOTHING)
        one = given if isinstance(given, _Field) else _Field(default=given)
        one.name = name
        if one.default.__class__.__hash__ is None:
            raise ValueError(f"the default of {name} can change: give a default_factory")
        found[name] = one
    optional = False
    for one in found.values():
        if optional and not one.optional:
            raise TypeError(f"{one.name} has no default, and follows one that has")
        optional = one.optional
    return found


def _with_slots(cls: Any, names: Iterable[str]) -> Any:
    """The same class anew: slots are laid out while a class is made."""
    inherited: set[str] = set()
    for base in cls.__mro__[1:-1]:
        slots = vars(base).get("__slots__", ())
        inherited |= {slots} if isinstance(slots, str) else set(slots)
    body = dict(vars(cls))
    body["__slots__"] = tuple(name for name in names if name not in inherited)
    for name in (*names, "__dict__", "__weakref__"):
        body.pop(name, None)
    made = type(cls)(cls.__name__, cls.__bases__, body)
    made.__qualname__ = cls.__qualname__
    return made


def _constructor(cls: Any, fields: Sequence[_Field], frozen: bool) -> Any:
    def __init__(self: Any, *args: Any, **given: Any) -> None:  # noqa: N807
        cls.__init__ = compiled = _compiled(cls, fields, frozen)
        compiled(self, *args, **given)

    return __init__


def _compiled(cls: Any, fields: Sequence[_Field], frozen: bool) -> Callable[..., None]:
    """The constructor: an argument for each field, put where it belongs."""
    known: dict[str, Any] = {"_nothing": _NOTHING, "_set": object.__setattr__}
    parameters, body = ["self"], []
    for one in fields:
        name = value = one.name
        if one.default_factory is not _NOTHING:
            known[f"_make_{name}"] = one.default_factory
            parameters.append(f"{name}=_nothing")
            value = f"_make_{name}() if {name} is _nothing else {name}"
        elif one.default is not _NOTHING:
            known[f"_default_{name}"] = one.default
            parameters.append(f"{name}=_default_{name}")
        else:
            parameters.append(name)
        slot = getattr(cls, name, None)
        if not frozen:
            body.append(f"self.{name} = {value}")
        elif hasattr(type(slot), "__set__"):
            known[f"_set_{name}"] = slot.__set__  # type: ignore[union-attr]
            body.append(f"_set_{name}(self, {value})")
        else:
            body.append(f"_set(self, {name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    text = f"def __init__({', '.join(parameters)}):\n " + "\n ".join(body or ["pass"])
    scope: dict[str, Any] = {}
    exec(text, known, scope)  # noqa: S102 - of names in our own code
    made: Callable[..., None] = scope["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__module__ = cls.__module__
    return made


def _values(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """A function from a value to the tuple of these fields of it."""
    if not names:
        return lambda _: ()
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda value: (get(value),)


def _equality(names: Sequence[str]) -> Any:
    values = _values(names)

    def __eq__(self: Any, other: Any) -> Any:  # noqa: N807
        if other.__class__ is self.__class__:
            return self is other or values(self) == values(other)
        return NotImplemented

    return __eq__


def _hash(names: Sequence[str]) -> Any:
    values = _values(names)

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(values(self))

    return __hash__


def _repr(names: Sequence[str]) -> Any:
    def __repr__(self: Any) -> str:  # noqa: N807
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{self.__class__.__qualname__}({shown})"

    return __repr__


def _closed(cls: Any, names: Sequence[str], deed: str) -> Any:
    def refuse(self: Any, name: str, *value: Any) -> None:
        if type(self) is cls or name in names:
            from dataclasses import FrozenInstanceError

            raise FrozenInstanceError(f"cannot {deed} field {name!r}")
        whole = super(cls, self)
        (whole.__setattr__ if value else whole.__delattr__)(name, *value)

    return refuse


def _state(self: Any) -> list[Any]:
    return list(self.__field_values__(self))


def _set_state(self: Any, state: list[Any]) -> None:
    for name, value in zip(self.__match_args__, state, strict=True):
        object.__setattr__(self, name, value)


class _StandardFields:
    """What `dataclasses` looks at, made when it looks: that module is heavy itself."""

    def __get__(self, _: Any, cls: Any) -> dict[str, Any]:
        import dataclasses

        made: dict[str, Any] = {}
        for name, one in cls.__own_fields__.items():
            given: dict[str, Any] = {}
            if one.default is not _NOTHING:
                given["default"] = one.default
            if one.default_factory is not _NOTHING:
                given["default_factory"] = one.default_factory
            standard: Any = dataclasses.field(
                repr=one.repr, hash=one.hash, compare=one.compare, **given
            )
            standard.name = name
            standard.type = next(
                vars(base)["__annotations__"][name]
                for base in cls.__mro__
                if name in vars(base).get("__annotations__", {})
            )
            standard._field_type = getattr(dataclasses, "_FIELD")  # noqa: B009 - not in its stub
            made[name] = standard
        return made


_STANDARD_FIELDS = _StandardFields()
