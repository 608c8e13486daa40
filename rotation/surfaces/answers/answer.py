"""What an answer is: a question that changes nothing, as data for programs, and how it is paged."""

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeAlias, TypeVar

from rotation.core.roster import GroupId
from rotation.ledger import Rights
from rotation.surfaces.orders import Counter, Kind
from rotation.surfaces.orders.asking import asks
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Wrong

W = TypeVar("W")
T = TypeVar("T")
MOST, USUAL = 500, 100
"""Things on a page: at most, and where nothing else is asked for."""
_SEAL = 8
"""Characters of the digest at the end of a cursor."""

Told: TypeAlias = dict[str, object]
"""An answer of our own making: one object, whose values `data.json_of` can write."""


class BadCursor(Wrong):
    """It is none that we gave, or one of another question."""

    def __init__(self) -> None:
        super().__init__("the cursor is none of this question's", "Leave it out to begin anew")


@dataclass(frozen=True, slots=True)
class Answer(Generic[W]):
    """A kind of question. `title` is for people, `path` where it is asked, below the API's own.

    `wish` is a frozen dataclass of what may be asked for, as orders have it; `tells` says what the
    answer is made of: a type, a mapping of names to more of them, or a list with one.
    """

    name: str
    title: str
    path: str
    wish: type[W]
    tells: object
    make: Callable[[Counter, Sight, W], object]
    """Raises Wrong, Unknown, BadCursor, Unreadable."""
    needs: Rights = Rights.VIEWER


AnyAnswer = Answer[Any]


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing is asked for beside the thing itself."""


def limit() -> Any:  # noqa: ANN401 - the value of a dataclass's field
    """How many: the field of a wish."""
    return asks("How many at most", Kind.NUMBER, USUAL, hint=f"1 to {MOST}")


def cursor() -> Any:  # noqa: ANN401 - the value of a dataclass's field
    """Where to go on: the field of a wish."""
    return asks("Where to go on", Kind.NAME, "", hint="`next` of the page before")


def checked(limit: int) -> int:
    if not 1 <= limit <= MOST:
        raise Wrong(f"`limit` is not from 1 to {MOST}", f"Leave it out for {USUAL}")
    return limit


def page_of(
    about: str, names: Sequence[str], cursor: str, limit: int
) -> tuple[Sequence[str], str | None]:
    """So many of the sorted `names` from the cursor on, and the cursor of those after them."""
    after = opened(about, cursor, str)[0] if cursor else ""
    rest = [name for name in names if name > after] if cursor else names
    some = rest[: checked(limit)]
    return some, sealed(about, some[-1]) if len(rest) > len(some) else None


def groups_asked(
    sight: Sight, about: str, cursor: str, limit: int
) -> tuple[Sequence[GroupId], str | None]:
    """A page of the groups of the roster in force."""
    names, following = page_of(about, sorted(sight.roster.groups), cursor, limit)
    return [GroupId(name) for name in names], following


def sealed(about: str, *values: str | int) -> str:
    """A cursor for one kind of question; what is in it is nobody's business."""
    text = json.dumps([about, *values], separators=(",", ":"))
    return base64.urlsafe_b64encode(f"{_seal(text)}{text}".encode()).decode().rstrip("=")


def opened(about: str, cursor: str, *kinds: type) -> list[Any]:
    """What was put into a cursor. Raises BadCursor."""
    try:
        whole = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode()
        seal, text = whole[:_SEAL], whole[_SEAL:]
        told, *values = json.loads(text) if seal == _seal(text) else [None]
    except (ValueError, RecursionError):
        raise BadCursor from None
    if told != about or [type(value) for value in values] != list(kinds):
        raise BadCursor
    return values


def instant_in(text: str) -> datetime:
    """An instant that was put into a cursor. Raises BadCursor."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadCursor from None
    if at.utcoffset() != timedelta(0) or not _FIRST <= at.year < _LAST:
        raise BadCursor
    return at


_FIRST, _LAST = 2000, 2100


def _seal(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_SEAL]
