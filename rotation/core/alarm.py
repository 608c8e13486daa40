"""What people must be told: holds that last, and removals that are overdue, in plain words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.core.facts import HeldItem, Kind, Seat
from rotation.core.holds import LASTING, MEANING
from rotation.core.roster import AccountId, GroupId, PersonId, Roster

OVERDUE = LASTING
"""A removal open for longer is said to somebody."""
GATHER = timedelta(minutes=1)
"""An alarm is on for so long before it is told, with all that comes of the same cause meanwhile."""
NEARLY = timedelta(seconds=20)
"""A hold that people hear of so much later than of a removal still tells them in time."""


MOST_PLACES = 5
"""How many places are named where one thing is wrong in many; the others are counted."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing to tell: `what`, in a sentence, and `where`.

    It is told when it is `due`; before, what has the same cause is gathered.
    `key` stays the same while it lasts, so that it is told once and muted. Alarms of one `cause`
    are likely to have one reason. `is_news`: it asks nobody for anything.
    """

    key: str
    where: str
    what: str
    cause: str
    due: datetime
    group: GroupId | None = None
    is_news: bool = False

    @property
    def text(self) -> str:
        return f"{self.where}: {self.what}"


def alarms(
    held: Iterable[tuple[HeldItem, datetime]],
    seats: Iterable[Seat],
    roster: Roster,
    now: datetime,
    ended: Iterable[tuple[HeldItem, datetime]] = (),
    called: Mapping[GroupId, str] | None = None,
) -> tuple[Alarm, ...]:
    """Everything that deserves a person's attention at the UTC instant `now`, or will in GATHER.

    `ended` are the holds that people were told of and that were lifted shortly ago. `called`
    says how people call the groups that no roster names.
    """
    held = tuple(held)
    explained = _Explained.by((*held, *ended))
    return (*_held(held, roster, now, called or {}), *_overdue(seats, explained, roster, now))


@dataclass(frozen=True, slots=True)
class _Explained:
    """What holds say: since when an account, a group or a person in it is known to wait."""

    accounts: Mapping[AccountId | None, datetime]
    seats: Mapping[tuple[GroupId | None, PersonId | None], datetime]

    @classmethod
    def by(cls, held: Iterable[tuple[HeldItem, datetime]]) -> "_Explained":
        newest_first = sorted(held, key=lambda item_since: item_since[1], reverse=True)
        told = [(i, t + LASTING) for i, t in newest_first if MEANING[i.hold].alarm]
        return cls(
            {i.account: t for i, t in told if i.group is None and i.account is not None},
            {(i.group, i.person): t for i, t in told if i.group is not None},
        )

    def covers(self, seat: Seat, by: datetime, roster: Roster) -> bool:
        """Whether people have heard of the hold by then."""
        group = roster.groups.get(seat.group)
        said = [self.seats.get((seat.group, person)) for person in (seat.person, None)]
        said.append(self.accounts.get(group.account) if group is not None else None)
        return any(at is not None and at <= by for at in said)


def _held(
    held: tuple[tuple[HeldItem, datetime], ...],
    roster: Roster,
    now: datetime,
    called: Mapping[GroupId, str],
) -> Iterator[Alarm]:
    for item, since in held:
        was_put_back = since > now + GATHER  # the clock was, so nobody knows for how long it lasts
        is_new = not was_put_back and now - since < LASTING - GATHER
        if not MEANING[item.hold].alarm or is_new:
            continue
        key = key_of(item)
        cause = f"{item.hold}/{item.account or ''}"
        place = _where(item, roster, called)
        due = now if was_put_back else since + LASTING
        yield Alarm(key, place, said(item), cause, due, item.group)


HELD = "hold/"
"""How the keys of holds begin."""


def key_of(item: HeldItem) -> str:
    """The key of a hold's alarm."""
    return f"{HELD}{item.hold}/{item.account or ''}/{item.group or ''}/{item.person or ''}"


def places(where: Iterable[str]) -> str:
    """`Groups desk, night and 37 more`: where one thing is wrong, the first few by name."""
    named = list(dict.fromkeys(where))
    if len(named) < 2:  # noqa: PLR2004 - several
        return "".join(named)
    plural = ""
    if all(name.startswith("Group ") for name in named):
        plural, named = "Groups ", [name.removeprefix("Group ") for name in named]
    few, last = named[:-1], named[-1]
    if len(named) > MOST_PLACES:
        few, last = named[:MOST_PLACES], f"{len(named) - MOST_PLACES} more"
    between = "; " if any("," in name for name in named) else ", "
    return f"{plural}{between.join(few)} and {last}"


def said(item: HeldItem) -> str:
    """The hold in a sentence: what is wrong, and what to do about it."""
    meaning = MEANING[item.hold]
    detail = f" ({item.detail})" if item.detail else ""
    return f"{meaning.cause}{detail}. To do: {meaning.what_to_do}."


def _where(item: HeldItem, roster: Roster, called: Mapping[GroupId, str]) -> str:
    if item.group is None:
        return f"Account {item.account}" if item.account else "Roster"
    place = f"Group {item.group}"
    if item.group in called:
        place = f"{place} ({called[item.group]})"
    return f"{place}, {_name(item.person, roster)}" if item.person else place


def _overdue(
    seats: Iterable[Seat],
    explained: _Explained,
    roster: Roster,
    now: datetime,
) -> Iterator[Alarm]:
    for seat in seats:
        if seat.op is not Kind.REMOVE or seat.op_since is None:
            continue
        late, by = now - seat.op_since, max(now, seat.op_since + OVERDUE + NEARLY)
        if late < OVERDUE - GATHER or explained.covers(seat, by, roster):
            continue
        key = f"overdue/{seat.group}/{seat.person}"
        yield Alarm(
            key,
            f"Group {seat.group}",
            f"{_name(seat.person, roster)} should have left"
            f" {int(late.total_seconds() // 60)} min ago; tries so far: {seat.tries}, more follow."
            " To do: nothing unless it must be now; then remove them by hand.",
            cause=key,
            due=seat.op_since + OVERDUE,
            group=seat.group,
        )


def _name(person: PersonId, roster: Roster) -> str:
    known = roster.people.get(person)
    return known.name if known else str(person)
