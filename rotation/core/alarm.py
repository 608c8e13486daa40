"""What people must be told: holds that last, and removals that are overdue, in plain words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.core.facts import HeldItem, Kind, Seat
from rotation.core.holds import MEANING
from rotation.core.roster import AccountId, GroupId, PersonId, Roster

SETTLE = timedelta(minutes=1)
"""A hold that ends by itself this soon is nobody's business."""
OVERDUE = timedelta(minutes=4)
"""A removal open for longer is said to somebody, so that it is known within five minutes."""


MOST_PLACES = 5
"""How many places are named where one thing is wrong in many; the others are counted."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing to tell: `what`, in a sentence, and `where`.

    `key` stays the same while it lasts, so that it is told once and muted. Alarms of one `cause`
    are likely to have one reason. `is_news`: it asks nobody for anything.
    """

    key: str
    where: str
    what: str
    cause: str
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
    called: Mapping[GroupId, str] | None = None,
) -> tuple[Alarm, ...]:
    """Everything that deserves a person's attention at the UTC instant `now`.

    `called` says how people call the groups that no roster names.
    """
    held = tuple(held)
    return (
        *_held(held, roster, now, called or {}),
        *_overdue(seats, _Explained.by(held), roster, now),
    )


@dataclass(frozen=True, slots=True)
class _Explained:
    """What holds already say: which accounts, groups and people can't be acted on, and why."""

    accounts: frozenset[AccountId | None]
    seats: frozenset[tuple[GroupId | None, PersonId | None]]

    @classmethod
    def by(cls, held: Iterable[tuple[HeldItem, datetime]]) -> "_Explained":
        told = [item for item, _ in held if MEANING[item.hold].alarm]
        return cls(
            frozenset(i.account for i in told if i.group is None and i.account is not None),
            frozenset((i.group, i.person) for i in told if i.group is not None),
        )

    def covers(self, seat: Seat, roster: Roster) -> bool:
        group = roster.groups.get(seat.group)
        whole = group is not None and group.account in self.accounts
        return whole or bool({(seat.group, seat.person), (seat.group, None)} & self.seats)


def _held(
    held: tuple[tuple[HeldItem, datetime], ...],
    roster: Roster,
    now: datetime,
    called: Mapping[GroupId, str],
) -> Iterator[Alarm]:
    for item, since in held:
        if not MEANING[item.hold].alarm or now - since < SETTLE:
            continue
        key = f"hold/{item.hold}/{item.account or ''}/{item.group or ''}/{item.person or ''}"
        cause = f"{item.hold}/{item.account or ''}"
        yield Alarm(key, _where(item, roster, called), said(item), cause, item.group)


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
        late = seat.op is Kind.REMOVE and seat.op_since is not None and now - seat.op_since
        if not late or late < OVERDUE or explained.covers(seat, roster):
            continue
        key = f"overdue/{seat.group}/{seat.person}"
        yield Alarm(
            key,
            f"Group {seat.group}",
            f"{_name(seat.person, roster)} should have left"
            f" {int(late.total_seconds() // 60)} min ago; tries so far: {seat.tries}, more follow."
            " To do: nothing unless it must be now; then remove them by hand.",
            cause=key,
            group=seat.group,
        )


def _name(person: PersonId, roster: Roster) -> str:
    known = roster.people.get(person)
    return known.name if known else str(person)
