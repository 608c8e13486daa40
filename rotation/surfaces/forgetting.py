"""What stands in the way of forgetting somebody: wherever they are needed, they would be back."""

from collections.abc import Iterator
from datetime import datetime

from rotation.core.facts import Grant, Seen
from rotation.core.roster import PersonId, Roster
from rotation.ledger import Books
from rotation.surfaces.sight import Sight


def in_the_way(sight: Sight, person: PersonId) -> Iterator[tuple[str, str]]:
    """Why `person` can't be forgotten now, each with what to do first."""
    books, people = sight.books, sight.books.leavers.known_as(person)
    yield from _by_roster(books, sight.roster, person)
    seats = [s for one in people for s in books.seats.of_person(one).values()]
    inside = sorted({str(s.group) for s in seats if s.seen is Seen.IN})
    if inside:
        wipe = f"Take them out, by `rotation wipe {person}` or on the phone"
        yield f"they are in {', '.join(inside)}", wipe
    if [s for s in seats if s.group not in inside and (s.op is not None or s.in_doubt)]:
        yield "something was begun for them that is not proven yet", "Wait until it is"
    if any(m.proven_at is None for m in books.leavers.standing() if m.person in people):
        yield "a wipe of them is not proven yet", f"`rotation wipe {person} --report` says why"
    granted = [g for g in books.grants.all() if g.person in people and _lasts(g, sight.now)]
    by_hand = sorted({f"{g.id} in {g.group}" for g in granted if not g.subscription})
    if by_hand:
        fix = "End that first: `rotation undo`"
        yield f"they are let in or kept out by hand ({', '.join(by_hand)})", fix
    running = sorted({g.subscription for g in granted if g.subscription})
    if running:
        fix = "End that first: `rotation subscriptions end`"
        yield f"they are subscribed ({', '.join(running)})", fix


def _lasts(grant: Grant, now: datetime) -> bool:
    """Whether it covers now or will."""
    return grant.ended_at is None and (grant.until is None or grant.until > now)


def _by_roster(books: Books, roster: Roster, person: PersonId) -> Iterator[tuple[str, str]]:
    take_out = "Take them out of the roster's files first"
    if person in roster.people:
        yield "they are in the roster in force", take_out
    held = books.rosters.held()
    if held is not None and person in held[1].people:
        yield "they are in a roster that is held back", take_out
