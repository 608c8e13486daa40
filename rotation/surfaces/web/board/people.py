"""One person: in which rooms, why, until when; and their next shifts on their own clocks."""

from collections.abc import Iterator
from dataclasses import dataclass

from rotation.core.facts import Leaver, Seen
from rotation.core.roster import PersonId
from rotation.core.timeline import clock_time, local
from rotation.ledger import OpenHold
from rotation.surfaces.explain import Explained
from rotation.surfaces.masking import masked
from rotation.surfaces.person import Turn, explained_in, groups_of, turns_of, wipe_of
from rotation.surfaces.sight import Sight
from rotation.surfaces.web.board.changes import Page as Changes
from rotation.surfaces.web.board.changes import changes_of
from rotation.surfaces.web.board.rooms import Need, of_hold
from rotation.surfaces.wiping import Report

MOST_ROOMS = 30


@dataclass(frozen=True, slots=True)
class Personal:
    """The page of one person. `others`: rooms that are not shown, as there are too many.

    `wipe`: how far it is that a leaver is in no group any more. `left_teams`: of which teams they
    are one as well, since when and by whom. `has_calendar`: the roster knows them, and they may be
    in groups.
    """

    person: PersonId
    name: str
    zone: str
    local_now: str
    role: str
    leaver: str
    left_teams: tuple[str, ...]
    wipe: Report | None
    stranger: bool
    rooms: tuple[Explained, ...]
    others: int
    needs: tuple[Need, ...]
    turns: tuple[Turn, ...]
    changes: Changes
    has_calendar: bool

    @property
    def inside(self) -> int:
        return sum(one.seen is Seen.IN for one in self.rooms)


def _since(mark: Leaver, zone: str) -> str:
    return f"since {local(mark.since, zone)}, by {masked(mark.author)}"


def personal(sight: Sight, person: PersonId) -> Personal | None:
    """None when neither the roster nor the ledger knows anybody by that name."""
    known, known_by = sight.roster.people.get(person), sight.books.people.all().get(person)
    if known is None and known_by is None:
        return None
    holds = sight.books.holds.in_force()
    groups = groups_of(sight, person)
    zone = known.zone if known is not None and known.zone else "UTC"
    marks = [one for one in sight.books.leavers.standing() if one.person == person]
    left = next((one for one in marks if not one.team), None)
    return Personal(
        person=person,
        name=sight.namer()(person),
        zone=zone,
        local_now=clock_time(sight.now, zone),
        role=(known.role or "") if known is not None else "",
        leaver="" if left is None else _since(left, zone),
        left_teams=tuple(f"{one.team} {_since(one, zone)}" for one in marks if one.team),
        wipe=None if left is None else wipe_of(sight, person),
        stranger=known is None and known_by is not None and known_by.stranger,
        rooms=tuple(explained_in(sight, person, groups[:MOST_ROOMS], holds)),
        others=max(0, len(groups) - MOST_ROOMS),
        needs=tuple(_needs(sight, person, holds)),
        turns=tuple(turns_of(sight, person, zone)),
        changes=changes_of(sight, person),
        has_calendar=known is not None and left is None,
    )


def _needs(sight: Sight, person: PersonId, holds: list[OpenHold]) -> Iterator[Need]:
    name = sight.namer()
    for hold in holds:
        if hold.item.person == person:
            yield of_hold(sight.held(hold, name), sight.now)
