"""What was tried and is no longer wanted before it came true: dropped, and written down so."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from rotation.core.facts import Attempt, Kind, Seat, Seen
from rotation.engine.gather import GroupView
from rotation.ledger import Books


def record(books: Books, found: GroupView, seats: Iterable[Seat], at: datetime) -> None:
    """Record each open difference of `found` that `seats` let go though no read shows its effect.

    So every attempt ends in a record: of its effect, or of why there is none.
    """
    # All is read before anything is written, since what cannot be read ends the look.
    for before, mine in [(b, _tried(books, b)) for b in _let_go(found, seats)]:
        books.audit.append(
            at=at, kind="superseded", group=before.group, person=before.person,
            reason=mine[0].because.reason if mine else None, origin=f"roster {found.digest}",
            detail={"kind": str(before.op), "occurrence": before.key, "tries": before.tries},
            attempts=tuple(sorted(a.id for a in mine)),
        )  # fmt: skip


def _let_go(found: GroupView, seats: Iterable[Seat]) -> Iterator[Seat]:
    """The seats as they were, with the difference that is gone now."""
    for seat in seats:
        before = found.facts.seats.get(seat.person)
        if before is None or before.op is None or before.tries == 0 or seat.op is before.op:
            continue
        if (seat.seen is Seen.IN) != (before.op is Kind.ADD):
            yield before


def _tried(books: Books, before: Seat) -> list[Attempt]:
    tried = books.attempts.of(group=before.group, since=before.op_since)
    return [a for a in tried if a.person == before.person and a.kind is before.op]
