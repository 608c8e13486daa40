"""What a change of duty makes of the pieces that an occurrence is in: cut, handed over, joined.

Pieces are plain tuples, since a roster with a thousand changes is made of some thousands of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from operator import itemgetter
from typing import TypeAlias

from rotation.core.roster import Change, PersonId

Piece: TypeAlias = tuple[PersonId, datetime, datetime, tuple[PersonId, ...], Change | None]
"""A part of an occurrence: whose it is, from when, till when, whose it was before, the last of
them first, and what put that person there."""
Cut: TypeAlias = tuple[datetime, datetime]
_BY_START = itemgetter(1)


def whole(people: Iterable[PersonId], starts: datetime, ends: datetime) -> list[Piece]:
    """All of it, as turns have it."""
    return [(person, starts, ends, (), None) for person in people]


def within(change: Change, day: int, starts: datetime, ends: datetime) -> Cut | None:
    """What of `[starts, ends)`, in an occurrence of a local date, a change is about.

    Never what was before it was made, or after its end.
    """
    if change.first is not None and change.last is not None:
        if not change.first.toordinal() <= day <= change.last.toordinal():
            return None
    elif change.starts is not None and change.ends is not None:
        starts = max(starts, change.starts)
        ends = min(ends, change.ends)
    if change.made_at is not None and change.made_at > starts:
        starts = change.made_at
    if change.ended_at is not None and change.ended_at < ends:
        ends = change.ended_at
    return (starts, ends) if starts < ends else None


def extra(change: Change, day: int, starts: datetime, ends: datetime) -> Iterator[Piece]:
    """Somebody's who is on duty as well, by such a change."""
    cut = within(change, day, starts, ends)
    if cut is not None:
        yield change.person, *cut, (), change


def replaced(
    change: Change,
    leaves: PersonId | None,
    comes: PersonId | None,
    day: int,
    pieces: Sequence[Piece],
) -> Sequence[Piece]:
    """With somebody in the place of another, wherever it is theirs or was."""
    if comes is None:
        return pieces
    found: list[Piece] = []
    for piece in pieces:
        person, starts, ends, before, _ = piece
        concerned = person == leaves or leaves in before
        if concerned and (cut := within(change, day, starts, ends)) is not None:
            found += handed(piece, cut, comes, change)
        else:
            found.append(piece)
    return found


def handed(piece: Piece, cut: Cut, to: PersonId | None, change: Change | None) -> list[Piece]:
    """A piece of which a part is given to somebody, or to nobody."""
    person, starts, ends, before, was = piece
    since, until = cut
    found: list[Piece] = [(person, starts, since, before, was)] if starts < since else []
    if to is not None:
        found.append((to, since, until, (person, *before), change))
    if until < ends:
        found.append((person, until, ends, before, was))
    return found


def joined(pieces: Iterable[Piece]) -> list[Piece]:
    """By their start, nobody twice at once; what one has without a break is one piece."""
    latest: dict[PersonId, int] = {}
    found: list[Piece] = []
    for piece in sorted(pieces, key=_BY_START):
        person, starts, ends, _, _ = piece
        place = latest.get(person)
        if place is None or found[place][2] < starts:
            latest[person] = len(found)
            found.append(piece)
        elif found[place][2] < ends:
            _, since, _, before, change = found[place]
            found[place] = person, since, ends, before, change
    return found
