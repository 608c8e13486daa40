"""Who had access to a group: from when till when, why, by whose doing, and how that is known.

It is read from the trail and nothing else, so it says no more than the trail proves: a change
counts from the read that showed it, and what was before the first record is not known.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.core.facts import Seat, Seen
from rotation.core.reason import Reason
from rotation.core.roster import GroupId, PersonId
from rotation.ledger import AuditRecord, Books
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.sight import Sight

_CAME = frozenset({"added", "late_add", "seen_in"})
_WENT = frozenset({"removed", "late_removal", "seen_out"})
_BY_OTHERS = frozenset({"seen_in", "seen_out"})
PHONES = (
    "A removal ends what is received from then on. What reached a phone before stays there, with"
    " the group's name and its members as that phone last saw them."
)
WHOSE = (
    "Listed is whom a roster, a grant, a ticket or a subscription names, and in strict groups"
    " everybody; whoever else is in a group is not followed."
)


@dataclass(frozen=True, slots=True)
class Edge:
    """How somebody came or went. `record` is its place in the trail, None where there is none.

    `by` is rotation, `probably rotation`, `somebody else` or `not known`; `why` the reason and
    the occurrence it was for, and `origin` on whose word.
    """

    at: datetime | None
    by: str
    why: str = ""
    origin: str = ""
    record: int | None = None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Stay:
    """One unbroken time in a group. While it lasts `went` is None, and `seen_at` the last proof."""

    group: GroupId
    person: PersonId
    name: str
    came: Edge
    went: Edge | None
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Every stay that shares time with `[since, until)`; None is open. `notes`: what to know."""

    stays: tuple[Stay, ...]
    since: datetime | None
    until: datetime | None
    notes: tuple[str, ...]


def report(
    sight: Sight,
    group: GroupId | None,
    person: PersonId | None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Report:
    """Who had access to a group, or where a person had it, or both."""
    records = sight.books.audit.list(group, person)
    theirs: dict[tuple[GroupId, PersonId], list[AuditRecord]] = {}
    for one in reversed(records):  # oldest first
        if one.kind in _CAME | _WENT and one.group is not None and one.person is not None:
            theirs.setdefault((one.group, one.person), []).append(one)
    seats = {(seat.group, seat.person): seat for seat in _seats(sight.books, group, person)}
    name = sight.namer()
    stays = [
        stay
        for key in dict.fromkeys((*theirs, *seats))
        for stay in _stays(key, theirs.get(key, ()), seats.get(key), name)
        if _shares(stay, since, until)
    ]
    stays.sort(key=lambda stay: (stay.came.at or datetime.min.replace(tzinfo=sight.now.tzinfo),
                                 stay.group, stay.name, stay.person))  # fmt: skip
    return Report(tuple(stays), since, until, tuple(_notes(sight.books)))


def _seats(books: Books, group: GroupId | None, person: PersonId | None) -> Iterable[Seat]:
    if person is not None:
        return [s for g, s in books.seats.of_person(person).items() if group in (None, g)]
    return books.seats.of(group).values() if group is not None else ()


def _stays(
    key: tuple[GroupId, PersonId],
    records: Iterable[AuditRecord],
    seat: Seat | None,
    name: Callable[[PersonId], str],
) -> Iterator[Stay]:
    """What was in before the first record, or is in without any, came nobody knows when."""
    came: Edge | None = None
    is_first = True
    called = name(key[1])
    for record in records:
        if record.kind in _CAME:
            came = came or _edge(record)
        elif came is not None or is_first:
            yield Stay(*key, called, came or Edge(None, "not known"), _edge(record))
            came = None
        is_first = False
    is_in = seat is not None and seat.seen is Seen.IN
    if came is not None or (is_first and is_in):
        seen_at = seat.seen_at if seat is not None and is_in else None
        yield Stay(*key, called, came or Edge(None, "not known"), None, seen_at)


def _edge(record: AuditRecord) -> Edge:
    by = "somebody else" if record.kind in _BY_OTHERS else "rotation"
    if record.detail.get("certainty") == "probably_ours":
        by = "probably rotation"
    occurrence = str(record.detail.get("occurrence", ""))
    reason = "" if record.reason is None else Reason(record.reason).replace("_", " ")
    why = " ".join(part for part in (reason, masked(on_one_line(occurrence))) if part)
    origin = "" if record.kind in _BY_OTHERS else masked(on_one_line(record.origin))
    return Edge(record.at, by, why, origin, record.seq, len(record.attempts))


def _shares(stay: Stay, since: datetime | None, until: datetime | None) -> bool:
    """Whether some of it lies in `[since, until)`."""
    began = until is None or stay.came.at is None or stay.came.at < until
    went_at = None if stay.went is None else stay.went.at
    return began and (since is None or went_at is None or went_at > since)


def _notes(books: Books) -> Iterator[str]:
    cut = books.audit.cut()
    if cut is not None:
        yield (
            f"Records up to {cut.at:%Y-%m-%d %H:%M}Z were let go, as the settings say: of the time"
            " before that nothing is known but who was still in."
        )
    yield (
        "Whoever was in before the trail's first record of them came at a time that is not known."
    )
    yield WHOSE
    yield PHONES


def length(stay: Stay) -> timedelta | None:
    """How long it was; None while it lasts or where its beginning is not known."""
    if stay.came.at is None or stay.went is None or stay.went.at is None:
        return None
    return stay.went.at - stay.came.at
