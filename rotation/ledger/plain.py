"""Values of the core as plain JSON and back, led by their type hints.

A field that gains a default may be absent from older text; a field this program does not know
is refused, because leaving it out could change what the text means.
"""

import json
import sys
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cache, lru_cache
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

MICROSECOND = timedelta(microseconds=1)


class UnknownField(ValueError):  # noqa: N818 - the words of the house, not "...Error"
    """The text and this program disagree about the fields or variants of a value."""


@dataclass(frozen=True, slots=True)
class Codec:
    """How values of one type become JSON values (`dump`) and come back (`load`).

    `names` are those of a dataclass's fields. One that was loaded already is taken as it is.
    """

    dump: Callable[[Any], Any]
    load: Callable[[Any], Any]
    names: frozenset[str] = frozenset()


def canonical(plain: object) -> str:
    """JSON with one spelling for one value: sorted keys, no spaces, ASCII, no NaN."""
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False)


def read(kind: Any, text: str, early: type, shared: type) -> Any:  # noqa: ANN401 - as below
    """The value that a JSON text tells. Raises UnknownField.

    What is all of an `early` is made as soon as it was read, so that of ten thousand no more than
    one is there in its plain form, which is four times as large. Of what is `shared`, and stands in
    those, equal ones become one.
    """
    one, whole = codec(early).load, codec(early).names
    part, parts = codec(shared).load, codec(shared).names
    known: dict[str, object] = {}

    def made(plain: dict[str, Any]) -> object:
        names = plain.keys()
        if names == parts:
            said = json.dumps(plain)
            found = known.get(said)
            if found is None:
                found = known[said] = part(plain)
            return found
        is_one = names == whole and not any(isinstance(v, early) for v in plain.values())
        return one(plain) if is_one else plain

    return codec(kind).load(json.loads(text, object_hook=made))


@cache
def codec(kind: Any) -> Codec:  # noqa: ANN401 - a type expression has no better type before 3.14
    """The codec of a type.

    Knows text, numbers, enums, dates, instants, durations (in microseconds), tuples, frozensets,
    mappings, dataclasses, and unions of those. `object` passes JSON through. Equal text, lists
    of it, sets and durations come back as one: a roster says the same few ten thousand times.
    """
    if isinstance(kind, NewType):
        return codec(kind.__supertype__)
    if kind is str:
        return Codec(_same, sys.intern)
    if kind in {int, bool, object}:
        return Codec(_same, _same)
    return _of_generic(kind) if get_origin(kind) is not None else _of_class(kind)


def _of_class(kind: type) -> Codec:
    if issubclass(kind, Enum):
        return Codec(lambda value: value.value, kind)
    if kind is datetime:
        return Codec(datetime.isoformat, datetime.fromisoformat)
    if kind is date:
        return Codec(date.isoformat, date.fromisoformat)
    if kind is timedelta:
        return Codec(lambda value: value // MICROSECOND, _duration)
    if is_dataclass(kind):
        return _dataclass(kind)
    raise TypeError(f"no plain form for {kind}")


def _of_generic(kind: Any) -> Codec:  # noqa: ANN401 - as above
    origin, arms = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        return _union(arms)
    if origin is tuple:
        return _many(arms[0], tuple) if arms[-1] is Ellipsis else _fixed(arms)
    if origin is frozenset:
        return _many(arms[0], frozenset)
    if origin in {Mapping, dict}:
        return _mapping(*arms)
    raise TypeError(f"no plain form for {kind}")


def _same(value: object) -> object:
    return value


@lru_cache(maxsize=256)
def _duration(plain: int) -> timedelta:
    return plain * MICROSECOND


def _many(item: type, gather: Callable[[Iterable[Any]], Any]) -> Codec:
    one = codec(item)
    arrange: Callable[[Iterable[Any]], list[Any]] = sorted if gather is frozenset else list
    as_one = (
        lru_cache(maxsize=256)(_same) if gather is frozenset or one.load is sys.intern else _same
    )

    def load(plain: object) -> Any:  # noqa: ANN401 - as above
        if not isinstance(plain, list):  # text would be taken for its letters
            raise UnknownField(f"a list was expected and not {type(plain).__name__}")
        return as_one(gather(map(one.load, plain)))

    return Codec(lambda values: arrange(map(one.dump, values)), load)


def _fixed(arms: tuple[Any, ...]) -> Codec:
    codecs = tuple(map(codec, arms))
    return Codec(
        lambda values: [c.dump(v) for c, v in zip(codecs, values, strict=True)],
        lambda plain: tuple(c.load(v) for c, v in zip(codecs, plain, strict=True)),
    )


def _mapping(key: type, value: type) -> Codec:
    """A JSON object where keys are text, else a sorted list of pairs."""
    keys, values = codec(key), codec(value)
    if get_origin(key) is tuple:
        return Codec(
            lambda found: sorted([keys.dump(k), values.dump(v)] for k, v in found.items()),
            lambda plain: {keys.load(k): values.load(v) for k, v in plain},
        )
    return Codec(
        lambda found: {keys.dump(k): values.dump(v) for k, v in found.items()},
        lambda plain: {keys.load(k): values.load(v) for k, v in plain.items()},
    )


def _union(arms: tuple[Any, ...]) -> Codec:
    some = [arm for arm in arms if arm is not type(None)]
    one = codec(some[0]) if len(some) == 1 else _variants(some)
    return Codec(
        lambda value: None if value is None else one.dump(value),
        lambda plain: None if plain is None else one.load(plain),
    )


def _variants(arms: list[type]) -> Codec:
    """Dataclasses told apart by `is`, the name of their class."""
    by_name = {arm.__name__: codec(arm) for arm in arms}

    def dump(value: object) -> dict[str, object]:
        name = type(value).__name__
        return {"is": name, **by_name[name].dump(value)}

    def load(plain: Mapping[str, object]) -> object:
        found = by_name.get(str(plain.get("is")))
        if found is None:
            raise UnknownField(f"unknown variant {plain.get('is')!r}")
        return found.load({k: v for k, v in plain.items() if k != "is"})

    return Codec(dump, load)


def _dataclass(kind: Any) -> Codec:  # noqa: ANN401 - dataclasses share no type of their own
    hints = get_type_hints(kind)
    codecs = {f.name: codec(hints[f.name]) for f in fields(kind)}
    required = {
        f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING
    }

    def dump(value: object) -> dict[str, object]:
        return {name: c.dump(getattr(value, name)) for name, c in codecs.items()}

    def load(plain: Any) -> object:  # noqa: ANN401 - the value itself, or what it looks like in JSON
        if isinstance(plain, kind):
            return plain
        if unknown := sorted(plain.keys() - codecs.keys()):
            raise UnknownField(f"{kind.__name__} with {', '.join(unknown)}")
        if missing := sorted(required - plain.keys()):
            raise UnknownField(f"{kind.__name__} without {', '.join(missing)}")
        return kind(**{name: codecs[name].load(v) for name, v in plain.items()})

    return Codec(dump, load, frozenset(codecs))
