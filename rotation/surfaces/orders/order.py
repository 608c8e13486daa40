"""What an order is: what somebody asks for, weighed before it is made, and what was made of it."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from rotation.core.roster import GroupId, PersonId
from rotation.core.timeline import Timeline
from rotation.ledger import Books, Ledger, Rights
from rotation.settings import Settings
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Problem, Wrong

W = TypeVar("W")
LONGEST_REASON = 500
LONGEST_NAME = 100


class Channel(StrEnum):
    """By which way in an order came."""

    COMMAND = "command line"
    BOARD = "board"
    API = "API"
    CHAT = "chat"


@dataclass(frozen=True, slots=True)
class By:
    """On whose word: who, why, what they may, and for the groups of which teams (empty: of all).

    Author and reason are fit to be kept. Raises Wrong where one of them says nothing.
    """

    author: str
    reason: str
    rights: Rights
    channel: Channel
    teams: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        author, reason = _fit(self.author), _fit(self.reason)
        if not author or len(author) > LONGEST_NAME:
            raise Wrong("it is not known who asks", f"A name has 1 to {LONGEST_NAME} characters")
        if not reason:
            raise Wrong("a reason is needed", "Say in a few words why; it is kept with it")
        if len(reason) > LONGEST_REASON:
            raise Wrong(f"the reason has {len(reason)} characters", f"{LONGEST_REASON} at most")
        object.__setattr__(self, "author", author)
        object.__setattr__(self, "reason", reason)

    @property
    def signed(self) -> str:
        """Who, as it is written down: with the way in, but for the command line."""
        where = "" if self.channel is Channel.COMMAND else f" ({self.channel})"
        return f"{self.author}{where}"

    @property
    def told(self) -> tuple[str, str]:
        """Who and why, as the engine keeps them."""
        return self.signed, self.reason


def _fit(text: str) -> str:
    return masked(on_one_line(text.strip()))


def author_of(signed: str) -> str:
    """Who signed, by whatever way in."""
    for channel in Channel:
        signed = signed.removesuffix(f" ({channel})")
    return signed


@dataclass(frozen=True, slots=True)
class Counter:
    """Where orders are taken: the ledger, whose time it is there, and the settings.

    `timeline` lays out the roster in force of a transaction, and may know it already by its digest.
    """

    ledger: Ledger
    clock: Callable[[], datetime]
    settings: Settings
    timeline: Callable[[Books], tuple[str, Timeline]]

    def sight(self, books: Books, now: datetime | None = None) -> Sight:
        """What `books` show at the UTC instant `now`, else at the time it is."""
        digest, timeline = self.timeline(books)
        return Sight(books, digest, timeline.roster, timeline, now or self.clock())


@dataclass(frozen=True, slots=True)
class Row:
    """One line of what would change: who, or when, in which groups, before and after.

    Nothing `before` says that it is in addition; nothing `after` that the line only remarks.
    """

    what: str
    before: str
    after: str
    groups: tuple[GroupId, ...] = ()


@dataclass(frozen=True, slots=True)
class Undo:
    """The order that takes another one back."""

    order: str
    wish: Mapping[str, str]
    command: str


@dataclass(frozen=True, slots=True)
class Made:
    """What was made of an order. Not `new`: the same was asked for before, and stands.

    `name` is what it is called from now on, if anything; `groups` are those where it shows, and
    `data` are details for programs. `ends` is told whether the transaction was written, by whatever
    did something outside of it.
    """

    name: str
    said: tuple[str, ...]
    new: bool
    undo: Undo | None = None
    groups: tuple[GroupId, ...] = ()
    people: tuple[PersonId, ...] = ()
    data: Mapping[str, object] = field(default_factory=dict)
    records: tuple[int, int] | None = None
    """The first and the last that it left in the trail."""
    ends: Callable[[bool], None] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Weighed:
    """What an order would do at an instant. With `problems` it may not be done.

    `everywhere`: it is not about the named groups only. `needs`: more rights than orders of its
    kind need. `agreed` is whatever somebody agrees to who says yes; a later "now" is the same.
    `write` does it, in the transaction in which it was weighed.
    """

    said: tuple[str, ...]
    write: Callable[[By], Made] = field(repr=False, compare=False)
    rows: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()
    groups: tuple[GroupId, ...] = ()
    people: tuple[PersonId, ...] = ()
    already: Made | None = None
    everywhere: bool = False
    needs: Rights | None = None
    agreed: tuple[object, ...] = ()
    data: Mapping[str, object] = field(default_factory=dict)

    @property
    def gist(self) -> str:
        """A short digest of what somebody agrees to."""
        already = self.already.name if self.already is not None else None
        whole = repr((self.agreed, self.groups, self.people, self.problems, already))
        return hashlib.sha256(whole.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Order(Generic[W]):
    """A kind of order. `title` is for people; `wish` is a frozen dataclass of plain values."""

    name: str
    title: str
    needs: Rights
    wish: type[W]
    weigh: Callable[[Counter, Sight, W], Weighed]
    """Raises Wrong, Unknown."""


AnyOrder = Order[Any]
