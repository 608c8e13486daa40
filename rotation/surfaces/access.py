"""Who had access: the stays in a group, or of a person, in words, and what is not known of them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.core.facts import Seat
from rotation.core.roster import GroupId, Mode, PersonId
from rotation.ledger import AUDIT_BROKEN, Anchor, AuditRecord, Books
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.sight import Sight
from rotation.surfaces.stays import (
    RENUMBERED,
    Place,
    Stay,
    Unknown,
    oldest_first,
    stays,
    whoever,
)

PHONES = (
    "A removal ends what somebody will see and takes nothing back: messages, pictures, files and "
    "numbers that reached a phone stay on it, and on the other devices linked to its account."
)
_LANDS_WITHIN = timedelta(hours=1)
"""How long after its call somebody may first be seen in."""
_BEFORE = "not known: in before rotation noted it"
_NOT_KNOWN = "not known"
_PROOF = {
    "proven": "our call was accepted; a read showed it",
    "probably_ours": "our call was never answered; a read showed it, so probably ours",
    "observed": "a read showed it; somebody else did it, and who cannot be read",
    "late": "a read showed it, the late effect of a call of ours",
}


@dataclass(frozen=True, slots=True)
class End:
    """One end of a stay: when a read showed it, why, on whose word, and what proves it.

    `at` is None where that is not known; it lies between `after` and `before` then. `called_at` is
    the first of our calls for it, `due` when that was planned; `record` is its place in the chain.
    """

    at: datetime | None
    after: datetime | None
    before: datetime | None
    called_at: datetime | None
    due: datetime | None
    why: str
    by: str
    proof: str
    record: int | None


@dataclass(frozen=True, slots=True)
class Access:
    """Somebody's time in a group. `went` is None while the last read shows them in."""

    group: GroupId
    person: PersonId
    name: str
    known_as: str
    came: End
    went: End | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everybody who was in, or may have been, in `[since, until)`; `unknown` is what it can't say.

    `head` is the chain's last record, against which the report can be checked later.
    """

    at: datetime
    group: GroupId | None
    person: PersonId | None
    since: datetime | None
    until: datetime | None
    stays: tuple[Access, ...]
    unknown: tuple[str, ...]
    phones: str
    head: Anchor | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Of whom: everybody in a group, one person everywhere, or one person in one group."""

    group: GroupId | None
    person: PersonId | None
    since: datetime | None = None
    until: datetime | None = None


def report(sight: Sight, asked: Asked) -> Report:
    """Raises Unreadable."""
    books = sight.books
    found = [stay for stay in _stays(books, asked) if _is_within(books, stay, asked)]
    groups = sorted({stay.group for stay in found} | ({asked.group} if asked.group else set()))
    unknown = (*_of_all(books, asked), *(line for g in groups for line in _of(sight, g, asked)))
    told = _Teller(sight)
    return Report(
        at=sight.now,
        group=asked.group,
        person=asked.person,
        since=asked.since,
        until=asked.until,
        stays=tuple(told.access(stay) for stay in found),
        unknown=unknown,
        phones=PHONES,
        head=books.audit.head(),
    )


def _stays(books: Books, asked: Asked) -> list[Stay]:
    """All of them, whenever they were."""
    became = books.people.became()
    renumbered = books.audit.list(kind=RENUMBERED)
    if asked.person is None:
        records = oldest_first(books.audit.list(asked.group), renumbered)
        return stays(records, _seats(books, asked), became)
    people = _alike(books, asked.person, became)
    several = [books.audit.list(asked.group, person) for person in people]
    found = stays(oldest_first(*several, renumbered), _seats(books, asked, people), became)
    return [stay for stay in found if stay.person in people]


def _alike(
    books: Books, person: PersonId, became: Mapping[PersonId, PersonId]
) -> frozenset[PersonId]:
    """Every name that the person goes by in the ledger: also their former numbers."""
    former = {k.person for k in books.people.all().values() if k.former_of == person}
    theirs = {person} | former
    return frozenset(theirs | {old for old in became if whoever(old, became) in theirs})


def _seats(
    books: Books, asked: Asked, people: frozenset[PersonId] = frozenset()
) -> dict[Place, Seat]:
    if asked.group is not None:
        seats = books.seats.of(asked.group).values()
        return {(s.group, s.person): s for s in seats if not people or s.person in people}
    return {(g, p): seat for p in people for g, seat in books.seats.of_person(p).items()}


def _is_within(books: Books, stay: Stay, asked: Asked) -> bool:
    """Whether the stay touches the window, which it does from the first call for it on."""
    if stay.touches(asked.since, asked.until):
        return True
    if asked.until is None or not stay.touches(asked.since, asked.until + _LANDS_WITHIN):
        return False
    called_at = None if isinstance(stay.came, Unknown) else _called_at(books, stay.came)
    return called_at is not None and called_at < asked.until


def _called_at(books: Books, record: AuditRecord) -> datetime | None:
    """When the first call for it left: the record says so, or in an older ledger the call."""
    if (told := _told_at(record, "called")) is not None:
        return told
    first = books.attempts.get(min(record.attempts)) if record.attempts else None
    return None if first is None else first.sent_at


def _told_at(record: AuditRecord, name: str) -> datetime | None:
    told = str(record.detail.get(name, ""))
    return datetime.fromisoformat(told) if told else None


class _Teller:
    """Stays in words and names."""

    def __init__(self, sight: Sight) -> None:
        self._books = sight.books
        self._name: Callable[[PersonId], str] = sight.namer()
        self._known = sight.books.people.all()

    def access(self, stay: Stay) -> Access:
        return Access(
            group=stay.group,
            person=PersonId(masked(stay.person)),
            name=self._name(stay.person),
            known_as=self._known_as(stay.person),
            came=self._end(stay.came, _BEFORE),
            went=None if stay.went is None else self._end(stay.went, _NOT_KNOWN),
        )

    def _known_as(self, person: PersonId) -> str:
        known = self._known.get(person)
        if known is not None and known.former_of is not None:
            return "a former number"
        return "a stranger" if known is not None and known.stranger else ""

    def _end(self, edge: AuditRecord | Unknown, unknown: str) -> End:
        if isinstance(edge, Unknown):
            return End(
                None, edge.after, edge.before, None, None, unknown, _NOT_KNOWN, "no record", None
            )
        is_ours = edge.reason is not None
        return End(
            at=edge.at,
            after=None,
            before=None,
            called_at=_called_at(self._books, edge),
            due=_told_at(edge, "due"),
            why=self._why(edge) if is_ours else "not by rotation",
            by=masked(on_one_line(edge.origin)) if is_ours else "somebody else",
            proof=_PROOF.get(str(edge.detail.get("certainty")), _NOT_KNOWN),
            record=edge.seq,
        )

    def _why(self, record: AuditRecord) -> str:
        key = str(record.detail.get("occurrence", ""))
        parts = [(record.reason or "").replace("_", " "), key, self._meant(key)]
        return masked(on_one_line(" ".join(filter(None, parts))))

    def _meant(self, key: str) -> str:
        """What a grant was for, while it is known."""
        of, _, number = key.partition("/")
        grant = self._books.grants.get(int(number)) if of == "grant" and number.isdigit() else None
        if grant is None:
            return ""
        case = f"ticket {grant.ticket}" if grant.ticket else ""
        case = f"subscription {grant.subscription}" if grant.subscription else case
        told = ", ".join(filter(None, (case, grant.reason)))
        return f"({told})" if told else ""


def _of_all(books: Books, asked: Asked) -> Iterator[str]:
    cut = books.audit.cut()
    if cut is not None and (asked.since is None or asked.since <= cut.at):
        yield (
            f"records until {cut.at:%Y-%m-%d %H:%M}Z were let go: stays that were over by then are "
            "missing, and who came before is told as in before rotation noted it"
        )
    if books.meta.get(AUDIT_BROKEN) is not None:
        yield (
            "the history was changed after it was written, so this report may be wrong: "
            "see `rotation history --verify`"
        )
    yield (
        "a read shows who is in, at its own time; what somebody else did happened between the "
        "read before and this one"
    )


def _of(sight: Sight, group: GroupId, asked: Asked) -> Iterator[str]:
    """What is not known of a group."""
    state, of = sight.books.groups.state(group), sight.roster.groups.get(group)
    read_at = None if state is None else state.read_ended_at
    if read_at is None:
        yield f"{group} was never read, so nobody is known to be in it"
    elif asked.until is None or read_at < asked.until:
        yield f"{group} was read last at {read_at:%Y-%m-%d %H:%M:%S}Z: later is not known"
    if state is not None and state.unresolved:
        yield f"{group} has {state.unresolved} in it behind ids without a number: who is not known"
    if of is None:
        yield f"{group} is in no roster now, so it may be read no more"
    elif of.mode is not Mode.STRICT:
        yield f"{group} is {of.mode}, not strict: whom nobody wrote down is not noted there"


def when_said(end: End, said: Callable[[datetime], str]) -> str:
    """When a stay began or ended; where that is not known, between when."""
    if end.at is not None:
        return said(end.at)
    bounds = [f"after {said(end.after)}"] if end.after is not None else []
    bounds += [f"before {said(end.before)}"] if end.before is not None else []
    return ", ".join([end.why, *bounds])
