"""What was tried and is no longer wanted before it came true: dropped, and written down so."""

from collections.abc import Iterable
from datetime import datetime

from rotation.core.facts import Kind, Seat, Seen
from rotation.engine.gather import GroupView
from rotation.ledger import Books


def record(books: Books, found: GroupView, seats: Iterable[Seat], at: datetime) -> None:
    """Record each open difference of `found` that `seats` let go though no read shows its effect.

    So every attempt ends in a record: of its effect, or of why there is none.
    """
    for seat in seats:
        before = found.facts.seats.get(seat.person)
        if before is None or before.op is None or before.tries == 0 or seat.op is before.op:
            continue
        if (seat.seen is Seen.IN) == (before.op is Kind.ADD):
            continue
        tried = books.attempts.of(group=seat.group, since=before.op_since)
        mine = [a for a in tried if a.person == seat.person and a.kind is before.op]
        books.audit.append(
            at=at, kind="superseded", group=seat.group, person=seat.person,
            reason=mine[0].because.reason if mine else None, origin=f"roster {found.digest}",
            detail={"kind": before.op.value, "occurrence": before.key, "tries": before.tries},
            attempts=tuple(sorted(a.id for a in mine)),
        )  # fmt: skip
