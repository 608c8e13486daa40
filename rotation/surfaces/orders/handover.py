"""A handover by hand: who comes and who goes in one group or several, now or at an instant."""

from collections.abc import Sequence
from dataclasses import dataclass

from rotation.core.facts import Effect, Grant, Seen
from rotation.ledger import Rights
from rotation.surfaces import by_hand
from rotation.surfaces.by_hand import undo_name
from rotation.surfaces.instants import moment
from rotation.surfaces.naming import group_called, person_called
from rotation.surfaces.orders.asking import Kind, asks
from rotation.surfaces.orders.order import By, Counter, Made, Order, Row, Weighed
from rotation.surfaces.orders.recording import record, undo_of, written_down
from rotation.surfaces.saying import words_for
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Problem, Wrong


@dataclass(frozen=True, slots=True)
class Wish:
    groups: tuple[str, ...] = asks("Groups", Kind.GROUP)
    incoming: tuple[str, ...] = asks("Who comes, and counts as on duty", Kind.PERSON, ())
    outgoing: tuple[str, ...] = asks("Who goes, once others are seen", Kind.PERSON, ())
    at: str = asks("From when", Kind.MOMENT, "", hint="now, if empty")
    until: str = asks("Until when", Kind.MOMENT, "", hint="the group's next handover, if empty")


def weigh(_counter: Counter, sight: Sight, wish: Wish) -> Weighed:
    roster = sight.roster
    groups = tuple(dict.fromkeys(group_called(roster, name) for name in wish.groups))
    if not groups:
        raise Wrong("no group is named", "Name one, or several")
    meant = by_hand.Wish(
        incoming=tuple(dict.fromkeys(person_called(roster, name) for name in wish.incoming)),
        outgoing=tuple(dict.fromkeys(person_called(roster, name) for name in wish.outgoing)),
        starts=moment(wish.at) if wish.at else None,
        until=moment(wish.until) if wish.until else None,
    )
    found = tuple(by_hand.weigh(sight.view(group), meant, sight.now) for group in groups)
    standing = [grant for one in found for grant in one.already]
    effects = tuple(one.effect for one in found)
    return Weighed(
        said=effects,
        write=lambda by: _written(sight, found, by),
        rows=tuple(row for one in found for row in _rows(sight, one)),
        problems=tuple(Problem(p, one.group) for one in found for p in one.problems),
        groups=groups,
        people=(*meant.incoming, *meant.outgoing),
        already=_made(found, standing, new=False) if all(one.already for one in found) else None,
        agreed=tuple((o.drafts, o.until, meant.starts, [g.id for g in o.already]) for o in found),
    )


def _rows(sight: Sight, found: by_hand.Weighed) -> list[Row]:
    view = sight.view(found.group)
    words = words_for(view, sight.now)
    ends = "until it is undone" if found.until is None else f"until {words.when(found.until)}"
    rows = []
    for draft in found.drafts:
        seat = view.facts.seats.get(draft.person)
        is_in = seat is not None and seat.seen is Seen.IN
        after = f"in, on duty {ends}" if draft.effect is Effect.IN else f"out {ends}"
        rows.append(
            Row(words.name(draft.person), "in" if is_in else "not in", after, (found.group,))
        )
    return rows


def _written(sight: Sight, found: Sequence[by_hand.Weighed], by: By) -> Made:
    books = sight.books
    newest = max((grant.id for grant in books.grants.all()), default=0)
    books.groups.wake(sight.now, [one.group for one in found])
    made = [
        grant
        for one in found
        for grant in one.already or _granted(sight, one, f"h{newest + 1}", by)
    ]
    return _made(found, made, new=True)


def _granted(sight: Sight, found: by_hand.Weighed, name: str, by: By) -> list[Grant]:
    author, reason = by.told
    made = [
        sight.books.grants.make(
            group=found.group,
            person=draft.person,
            effect=draft.effect,
            starts=found.starts,
            until=found.until,
            duty=draft.duty,
            reason=reason,
            author=author,
            now=sight.now,
            together=name,
        )
        for draft in found.drafts
    ]
    for grant in made:
        record(sight, "granted", grant, by)
    return made


def _made(found: Sequence[by_hand.Weighed], made: Sequence[Grant], *, new: bool) -> Made:
    if not made:
        return Made("", (), new=new)
    name = undo_name(made[0])
    return Made(
        name,
        (written_down(name, "" if new else made[0].author),),
        new=new,
        undo=undo_of(name),
        groups=tuple(one.group for one in found),
        people=tuple(dict.fromkeys(grant.person for grant in made)),
        data={"handover": name, "effects": [one.effect for one in found], "grants": made},
    )


HANDOVER = Order("handover", "Hand over", Rights.OPERATOR, Wish, weigh)
