"""A short name for what a roster says, equal for rosters that say the same."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from enum import Enum

from rotation.core.roster import Roster
from rotation.zone_data import canonical

_TOLD_APART = frozenset({"by"})
"""Where something was found out says nothing about what it says."""
_UNORDERED = frozenset({"always_in", "pins", "tell", "weekdays", "people", "agents"})

_UNSAID: tuple[object, ...] = (None, (), {}, False)
"""Whatever a roster does not say is as if nobody could say it."""


def digest(roster: Roster) -> str:
    """12 hexadecimal digits that depend on the meaning of the roster alone.

    Not on the order of keys, on comments, on which file says what, or on which of two names a
    zone is called by. Who has whose turn, and the order of a group's shifts, are meaning.
    """
    import hashlib

    found = hashlib.sha256()
    for piece in _told(roster):
        found.update(piece.encode())
    return found.hexdigest()[:12]


def _told(roster: Roster) -> Iterator[str]:
    """The roster as JSON with sorted keys; in pieces, for all of it would be large."""
    sections = sorted(f.name for f in fields(roster) if getattr(roster, f.name) not in _UNSAID)
    for n, name in enumerate(sections):
        found = getattr(roster, name)
        yield f'{"," if n else "{"}"{name}":'
        if isinstance(found, Mapping):
            for m, key in enumerate(sorted(found)):
                yield f"{',' if m else '{'}{_json(key)}:{_json(_plain(found[key]))}"
            yield "}" if found else "{}"
        else:
            yield _json(_plain(found, name))
    yield "}"


def _json(plain: object) -> str:
    return json.dumps(plain, sort_keys=True, separators=(",", ":"))


def _plain(value: object, name: str = "") -> object:
    if is_dataclass(value) and not isinstance(value, type):
        names = [f.name for f in fields(value) if f.name not in _TOLD_APART]
        return {name: _plain(getattr(value, name), name) for name in names}
    if isinstance(value, Mapping):
        return {_key(k): _plain(v) for k, v in value.items()}
    if isinstance(value, tuple | frozenset):
        items = [_plain(v) for v in value]
        return sorted(items, key=repr) if name in _UNORDERED else items
    if name == "zone" and isinstance(value, str):
        return canonical(value)
    return _leaf(value)


def _leaf(value: object) -> str | int | float | None:
    match value:
        case Enum():
            return str(value.value)
        case timedelta():
            return value.total_seconds()
        case date():
            return value.isoformat()
        case str() | int() | float() | None:
            return value
        case _:
            raise TypeError(f"a roster holds no {type(value).__name__}")


def _key(key: object) -> str:
    return ".".join(key) if isinstance(key, tuple) else str(key)
