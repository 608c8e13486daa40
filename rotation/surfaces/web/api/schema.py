"""JSON schemas of what is answered, made of the types that answers name."""

import types
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, NewType, TypeAlias, Union, get_args, get_origin, get_type_hints

from rotation.surfaces.answers.shapes import Also

Schema: TypeAlias = dict[str, Any]
_PLAIN: dict[object, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    type(None): {"type": "null"},
    object: {},
    Any: {},
}
_LISTS = (tuple, list, frozenset, set, AbstractSet)


class Schemas:
    """Makes schemas; each dataclass is described once, under its name, and referred to."""

    def __init__(self) -> None:
        self.named: dict[str, Schema] = {}

    def of(self, told: object) -> Schema:
        """The schema of a type, of a mapping of names to more of them, or of a list of one."""
        match told:
            case Also():
                return self._object({**_fields(told.of), **told.fields})
            case Mapping():
                return self._object({str(name): one for name, one in told.items()})
            case list():
                return {"type": "array", "items": self.of(told[0])}
            case _:
                return self._of_type(told)

    def _of_type(self, kind: object) -> Schema:
        if kind in _PLAIN:
            return dict(_PLAIN[kind])
        if isinstance(kind, NewType):
            return self.of(kind.__supertype__)
        if get_origin(kind) is not None:
            return self._of_parts(kind)
        if isinstance(kind, type) and issubclass(kind, Enum):
            return {"type": "string", "enum": [one.value for one in kind]}
        if is_dataclass(kind) and isinstance(kind, type):
            return self._named(kind)
        raise TypeError(f"there is no schema of {kind}")

    def _of_parts(self, kind: object) -> Schema:
        """Of a type that is made of others."""
        origin, parts = get_origin(kind), get_args(kind)
        if origin in (Union, types.UnionType):
            return self._either(parts)
        if origin in _LISTS:
            return {"type": "array", "items": self.of(parts[0])}
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return {"type": "object", "additionalProperties": self.of(parts[1])}
        raise TypeError(f"there is no schema of {kind}")

    def _either(self, parts: Iterable[object]) -> Schema:
        found = [self.of(part) for part in parts]
        kinds = [one["type"] for one in found if set(one) == {"type"}]
        if len(kinds) == len(found):
            return {"type": kinds}
        return {"anyOf": found}

    def _named(self, kind: type) -> Schema:
        name = f"{kind.__module__.rpartition('.')[2].title().replace('_', '')}{kind.__name__}"
        if name not in self.named:
            self.named[name] = {}
            self.named[name] = self._object(_fields(kind))
        return {"$ref": f"#/components/schemas/{name}"}

    def _object(self, told: Mapping[str, object]) -> Schema:
        return {
            "type": "object",
            "required": list(told),
            "properties": {name: self.of(one) for name, one in told.items()},
        }


def _fields(kind: Any) -> dict[str, object]:  # noqa: ANN401 - a dataclass
    hints = get_type_hints(kind)
    return {one.name: hints[one.name] for one in fields(kind)}
