"""Which replicas share a ledger, what each of them works on, and why one stands by."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rotation.core.roster import AccountId
from rotation.ledger import HOUSE, NOBODY, Books, Lease, Replica


@dataclass(frozen=True, slots=True)
class Works:
    """An account somebody works on, since when, and in which term."""

    account: AccountId
    term: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A replica as it last signed; by whose clock `seen_at` is, is its own.

    `stands_by`: why it works on nothing; empty while it works. `held_back`: why it would take
    nothing at all. `roster_differs`: its roster files are not the version in force.
    """

    replica: str
    place: str
    version: str
    zone_data: str
    roster: str
    roster_differs: bool
    keeps_house: bool
    works_on: tuple[Works, ...]
    stands_by: str
    held_back: str
    started_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Sharing:
    """All of it. `free` are accounts that are nobody's, `orphans` those whose holder is gone."""

    replicas: tuple[Standing, ...]
    free: tuple[AccountId, ...]
    orphans: tuple[Works, ...]


def sharing(books: Books) -> Sharing:
    leases, signed = books.leases.all(), books.leases.replicas()
    accounts = [lease for lease in leases if lease.account != HOUSE]
    known = {one.replica for one in signed} | {NOBODY}
    in_force = books.rosters.version() or ""
    return Sharing(
        tuple(_standings(signed, leases, in_force)),
        tuple(lease.account for lease in accounts if lease.holder == NOBODY),
        tuple(_works(lease) for lease in accounts if lease.holder not in known),
    )


def as_object(found: Sharing, at: datetime, roster: str) -> dict[str, object]:
    """All of it, for programs; `roster` is the digest in force, empty without one."""
    told = {"at": at, "roster": roster or None, "replicas": found.replicas}
    return {**told, "free": found.free, "orphans": found.orphans}


def _standings(signed: list[Replica], leases: list[Lease], in_force: str) -> Iterator[Standing]:
    for one in signed:
        held = [lease for lease in leases if lease.holder == one.replica]
        works = tuple(_works(lease) for lease in held if lease.account != HOUSE)
        yield Standing(
            one.replica,
            one.place,
            one.version,
            one.zone_data,
            one.roster,
            bool(one.roster) and one.roster != in_force,
            any(lease.account == HOUSE for lease in held),
            works,
            "" if works else one.standby or "others have all accounts",
            one.standby,
            one.started_at,
            one.seen_at,
        )


def _works(lease: Lease) -> Works:
    return Works(lease.account, lease.term, lease.since)
