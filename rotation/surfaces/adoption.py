"""A look before a group's mode is raised: whom it would touch, and if it is the right group."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rotation.core import breaker
from rotation.core.facts import HandoverRow, Kind, Seen
from rotation.core.roster import Group, GroupId, Mode, Roster
from rotation.core.timeline import Timeline
from rotation.engine import GroupView, view
from rotation.surfaces.board import others_in
from rotation.surfaces.saying import Words, length_said, words_for
from rotation.surfaces.sight import Sight

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Touched:
    """Somebody who would be added or removed. `why` ends with what would hold it up, if any."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Raised:
    """What would happen in one mode. `strangers`: how many others would go, after their grace.

    `held_back`: so many would be removed at once that the breaker would ask a person first.
    """

    mode: Mode
    added: tuple[Touched, ...]
    removed: tuple[Touched, ...]
    strangers: int
    held_back: bool


@dataclass(frozen=True, slots=True)
class Watched:
    """A handover that passed while the group was only watched: whom it would have moved."""

    at: datetime
    when: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Adoption:
    """The whole look. `doubts`: why this may be the wrong group, or too early; none is good.

    `watched`: what would have been done lately, in order, if the mode had been raised by then.
    """

    group: GroupId
    mode: Mode
    inside: tuple[str, ...]
    others: int | None
    watched: tuple[Watched, ...]
    modes: tuple[Raised, ...]
    doubts: tuple[str, ...]
    to_write: str


def adoption_of(sight: Sight, group: GroupId, since: datetime | None = None) -> Adoption:
    """The look at `group`, and at what passed from `since` on (None: for a day)."""

    def look(roster: Roster) -> GroupView:
        return view(sight.books, (sight.digest, roster, Timeline(roster)), group, sight.now)

    passed = sight.books.handovers.of(group, since or sight.now - A_DAY, sight.now)
    return adoption(look, passed, words_for(sight.view(group), sight.now))


def adoption(
    look: Callable[[Roster], GroupView], passed: Iterable[HandoverRow], words: Words
) -> Adoption:
    """What raising the mode of a group would do now, and would have done at what `passed` lately.

    `look` gathers the group under a roster.
    """
    roster, group = words.view.roster, words.view.group.id
    now, known = words.view, roster.groups[group]
    higher = [m for m in (Mode.MANAGED, Mode.STRICT) if list(Mode).index(m) > _rank(known.mode)]
    seats = now.facts.seats
    inside = tuple(sorted(words.name(p) for p, s in seats.items() if s.seen is Seen.IN))
    raised = tuple(_raised(look(_with_mode(roster, known, mode)), words) for mode in higher)
    return Adoption(
        group=group,
        mode=known.mode,
        inside=inside,
        others=others_in(now),
        watched=tuple(_watched(known, passed, words)),
        modes=raised,
        doubts=tuple(_doubts(words)),
        to_write=_to_write(known) if higher else "",
    )


def _watched(group: Group, passed: Iterable[HandoverRow], words: Words) -> Iterator[Watched]:
    """Whoever is always in comes and goes with no shift."""
    if group.mode is not Mode.WATCH:
        return
    for row in sorted(passed, key=lambda row: row.at):
        came, went = (
            tuple(sorted(words.name(p) for p in people if p not in group.always_in))
            for people in (row.incoming, row.outgoing)
        )
        if came or went:
            yield Watched(row.at, words.when(row.at), came, went)


def _rank(mode: Mode) -> int:
    return list(Mode).index(mode)


def _with_mode(roster: Roster, group: Group, mode: Mode) -> Roster:
    return replace(roster, groups={**roster.groups, group.id: replace(group, mode=mode)})


def _raised(view: GroupView, words: Words) -> Raised:
    then = replace(words, view=view)
    steps = view.decision(words.now).steps
    removed = [s for s in steps if s.kind is Kind.REMOVE]
    seen = sum(1 for s in view.facts.seats.values() if s.seen is Seen.IN)
    gone = {(view.group.id, s.person) for s in removed}

    def touched(kind: Kind) -> tuple[Touched, ...]:
        return tuple(
            Touched(then.names(s.people), _why(then.because(s.because), s.hold, then.held(s)))
            for s in steps
            if s.kind is kind
        )

    return Raised(
        mode=view.group.mode,
        added=touched(Kind.ADD),
        removed=touched(Kind.REMOVE),
        strangers=(others_in(view) or 0) if view.group.mode is Mode.STRICT else 0,
        held_back=bool(breaker.trips((), gone, seen)),
    )


def _why(because: str, hold: str | None, held: str) -> str:
    return f"{because}; held: {hold} - {held}" if hold is not None else because


def _doubts(words: Words) -> Iterator[str]:
    """What makes it likely that the chat id is another group's, or that it is too early to say.

    The signs: nobody of the roster's people is inside; or those whom nobody knows outnumber
    everybody the roster names for this group, as in a crowd it was not written for.
    """
    view, facts = words.view, words.view.facts
    if facts.state.read_ended_at is None:
        yield "the group was never read, so nobody knows who is in it; start the daemon first"
        return
    if facts.state.unresolved:
        yield f"{facts.state.unresolved} members show no number and may be people of the roster"
    if facts.state.we_are_admin is False:
        yield "our account is not an admin of the group, so it could change nothing"
    named = view.roster.rostered(view.group.id) | set(view.group.always_in)
    inside = {p for p in named if p in facts.seats and facts.seats[p].seen is Seen.IN}
    if named and not inside:
        yield f"none of the {len(named)} people the roster names is in it; is the chat id right?"
    others = others_in(view) or 0
    if others > len(named):
        yield f"{others} members are unknown, more than the {len(named)} people the roster names"
    for person in set(view.group.always_in) - inside:
        yield f"{words.name(person)} is always in, but is not; add them by hand"


def _to_write(group: Group) -> str:
    grace = length_said(group.policy.strangers_after)
    higher = "managed" if group.mode is Mode.WATCH else "strict"
    after = f"   # strangers go {grace} after they are first seen" if higher == "strict" else ""
    return f"groups:\n  {group.id}:\n    mode: {higher}{after}"
