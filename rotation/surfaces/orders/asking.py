"""What an order asks for, as data: for a form, for a schema, and for reading what either brings.

A wish is a frozen dataclass of text, flags, whole numbers and lists of text. Names and times stand
in it as people write them; what they mean is found out when it is weighed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import StrEnum
from typing import Any, NoReturn, Protocol

from rotation.surfaces.masking import on_one_line
from rotation.surfaces.wrong import Wrong

LONGEST = 200
"""Characters of a name or a time."""
LONGEST_TEXT = 4096
"""Characters of what is said in a group."""
LONGEST_EDIT = 1 << 17
"""Characters of a table of people, or the like."""
LONGEST_LIST = 1 << 20
"""Characters of a list of subscriptions: some fifteen thousand of them."""
MOST_NAMES = 100
"""Names in a list."""


class Kind(StrEnum):
    """What a field is filled in with."""

    GROUP = "group"
    PERSON = "person"
    ANYONE = "anyone"
    """Somebody of the roster, or a number."""
    SHIFT = "shift"
    TEAM = "team"
    MOMENT = "moment"
    """An instant: `2027-03-14T02:30Z`, or wall time and zone."""
    DAY = "day"
    TIME = "time"
    """A date, or an instant."""
    NAME = "name"
    """What something is called: a ticket, what can be undone, a subscription."""
    TEXT = "text"
    EDIT = "edit"
    """A piece of a roster file."""
    LIST = "list"
    """Rows of a table, thousands of them."""
    CHOICE = "choice"
    FLAG = "flag"
    NUMBER = "number"


_MOST_TEXT = {Kind.TEXT: LONGEST_TEXT, Kind.EDIT: LONGEST_EDIT, Kind.LIST: LONGEST_LIST}


@dataclass(frozen=True, slots=True)
class Field:
    """One thing an order asks for. `many`: several of it; `default`: None where it is needed."""

    name: str
    label: str
    kind: Kind
    many: bool
    default: Any
    hint: str = ""
    choices: tuple[str, ...] = ()

    @property
    def is_needed(self) -> bool:
        return self.default is None


def asks(
    label: str,
    kind: Kind,
    default: object = None,
    *,
    hint: str = "",
    choices: tuple[str, ...] = (),
) -> Any:  # noqa: ANN401 - the value of a dataclass's field
    """A field of a wish; without a default it has to be filled in."""
    told = {"asks": (label, kind, hint, choices)}
    return field(metadata=told) if default is None else field(default=default, metadata=told)


class Asking(Protocol):
    """Whatever asks for something: an order, or a question."""

    @property
    def name(self) -> str: ...

    @property
    def wish(self) -> type[Any]: ...


def fields_of(order: Asking) -> tuple[Field, ...]:
    """What the order asks for, in its order. Every wish says it of all of its fields."""
    if order.wish not in _FIELDS:
        _FIELDS[order.wish] = tuple(_fields_of(order.wish))
    return _FIELDS[order.wish]


def named_fields_of(order: Asking) -> Mapping[str, Field]:
    """The same by their names."""
    found = _NAMED.get(order.wish)
    if found is None:
        found = _NAMED[order.wish] = {one.name: one for one in fields_of(order)}
    return found


_FIELDS: dict[type[Any], tuple[Field, ...]] = {}
_NAMED: dict[type[Any], Mapping[str, Field]] = {}


def _fields_of(wish: type[Any]) -> Iterator[Field]:
    for one in fields(wish):
        label, kind, told, choices = one.metadata["asks"]
        default = None if one.default is MISSING else one.default
        many = isinstance(default, tuple) or str(one.type).startswith("tuple")
        yield Field(one.name, label, kind, many, default, told, choices)


def wish_of(order: Asking, told: Mapping[str, object]) -> Any:  # noqa: ANN401 - of the order's own kind
    """A wish of what a form or a program says. Raises Wrong, which names the field."""
    known = named_fields_of(order)
    other = next((name for name in told if name not in known), None)
    if other is not None:
        from rotation.roster_file import did_you_mean

        raise Wrong(f"{order.name} has no `{_shown(other)}`", did_you_mean(other[:LONGEST], known))
    values = {name: _value(known[name], value) for name, value in told.items()}
    for one in known.values():
        if one.is_needed and not values.get(one.name) and values.get(one.name) != 0:
            raise Wrong(f"`{one.name}` is missing", f"It says: {one.label}")
    return order.wish(**values)


def _value(one: Field, value: object) -> object:
    if one.many:
        return _texts(one, value)
    match one.kind:
        case Kind.FLAG:
            if not isinstance(value, bool):
                _not(one, "true or false")
            return value
        case Kind.NUMBER:
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 62:
                _not(one, "a whole number")
            return value
        case _:
            return _text(one, value)


def _texts(one: Field, value: object) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, list | tuple) or len(value) > MOST_NAMES:
        _not(one, f"a list of at most {MOST_NAMES}")
    return tuple(_text(one, part) for part in value)


def _text(one: Field, value: object) -> str:
    most = longest(one.kind)
    if not isinstance(value, str) or len(value) > most or "\x00" in value:
        _not(one, f"text of at most {most} characters")
    if one.choices and value not in one.choices:
        _not(one, f"one of {', '.join(one.choices)}")
    return value


def longest(kind: Kind) -> int:
    """How many characters a field of this kind may have."""
    return _MOST_TEXT.get(kind, LONGEST)


def _not(one: Field, what: str) -> NoReturn:
    raise Wrong(f"`{one.name}` is not {what}", f"It says: {one.label}")


def _shown(name: str) -> str:
    return on_one_line(name[:LONGEST])
