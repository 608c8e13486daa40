"""A handover by hand, weighed before it is made: what it would do, and what speaks against it.

The same for undoing one. Nothing is written here.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from rotation.core import cover
from rotation.core.closed_hours import is_closed
from rotation.core.facts import Effect, Grant, Seen
from rotation.core.roster import GroupId, Mode, PersonId, Uncovered, WhenClosed
from rotation.core.wanted import wanted
from rotation.engine import GroupView
from rotation.surfaces import coming
from rotation.surfaces.saying import Words, words_for


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for. `starts` None: now. `until` None: the group's next handover."""

    incoming: tuple[PersonId, ...]
    outgoing: tuple[PersonId, ...]
    starts: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A grant that is to be made."""

    person: PersonId
    effect: Effect
    duty: bool


@dataclass(frozen=True, slots=True)
class Weighed:
    """A wish for one group, weighed at an instant.

    `effect` says what will happen. With `problems` nothing may be made. `already` is what was
    made together when the same was asked before: asking again changes nothing.
    """

    group: GroupId
    starts: datetime
    until: datetime | None
    drafts: tuple[Draft, ...]
    effect: str
    problems: tuple[str, ...] = ()
    already: tuple[Grant, ...] = ()


def weigh(view: GroupView, wish: Wish, now: datetime) -> Weighed:
    """What `wish` would do in one group at the UTC instant `now`."""
    starts = wish.starts or now
    until = wish.until or _until_the_next(view, starts)
    drafts = (
        *(Draft(person, Effect.IN, duty=True) for person in wish.incoming),
        *(Draft(person, Effect.OUT, duty=False) for person in wish.outgoing),
    )
    weighed = Weighed(view.group.id, starts, until, drafts, "")
    words = words_for(view, now)
    already = _asked_before(view, wish, weighed, now)
    return replace(
        weighed,
        effect=_effect(words, wish, weighed),
        problems=() if already else tuple(_problems(words, wish, weighed)),
        already=already,
    )


def _until_the_next(view: GroupView, starts: datetime) -> datetime | None:
    found = view.timeline.next_handover(view.group.id, starts)
    return found.at if found is not None else None


def _asked_before(
    view: GroupView, wish: Wish, weighed: Weighed, now: datetime
) -> tuple[Grant, ...]:
    """The grants of an earlier handover that says the same for the same time and still stands."""
    asked = {(d.person, d.effect) for d in weighed.drafts}
    live = [g for g in view.grants if g.ended_at is None and g.until == weighed.until]
    live = [g for g in live if g.duty or g.effect is Effect.OUT]
    for together in {g.together: None for g in live if g.together}:
        made = tuple(g for g in live if g.together == together)
        same_time = all(g.starts == wish.starts or _since_now(g, wish, now) for g in made)
        if same_time and {(g.person, g.effect) for g in made} == asked:
            return made
    return ()


def _since_now(grant: Grant, wish: Wish, now: datetime) -> bool:
    return wish.starts is None and grant.covers(now)


# -- what speaks against it ---------------------------------------------------------------


def _problems(words: Words, wish: Wish, weighed: Weighed) -> Iterator[str]:
    view, group = words.view, words.view.group
    if weighed.starts < words.now:
        yield f"{words.when(weighed.starts)} has passed; leave --at out to begin now"
    if weighed.until is not None and weighed.until <= weighed.starts:
        yield f"it would end at {words.when(weighed.until)}, before it begins"
    yield from against_group(view)
    if not weighed.drafts:
        yield "nobody is named; say --in, --out or both"
    for person in set(wish.incoming) & set(wish.outgoing):
        yield f"{words.name(person)} cannot come and go at once"
    for person in wish.incoming:
        yield from _against_joining(words, person)
    for person in wish.outgoing:
        yield from _against_leaving(words, person, weighed)
    yield from (
        f"{words.name(p)} is always in {group.id}, which is neither changed by hand nor by shifts"
        for p in (*wish.incoming, *wish.outgoing)
        if p in view.facts.kept
    )


def against_group(view: GroupView) -> Iterator[str]:
    """Why nothing at all is done by hand in a group."""
    group = view.group
    if group.mode is Mode.WATCH:
        yield (
            f"{group.id} is only watched, so nobody would be added or removed;"
            f" look at `rotation adopt {group.id}`"
        )
    if view.closing is not None:
        yield f"{group.id} is closed; open it again with `rotation reopen {group.id}`"


def _against_joining(words: Words, person: PersonId) -> Iterator[str]:
    leaver = words.view.leavers.get(person)
    if leaver is not None:
        yield f"{words.name(person)} is a leaver (since {words.when(leaver.since)}): never added"


def _against_leaving(words: Words, person: PersonId, weighed: Weighed) -> Iterator[str]:
    """Cutting a shift lets nobody go whom a pin or another grant still holds."""
    name, group = words.name(person), words.view.group
    if person in group.pins:
        yield f"{name} is pinned in {group.id} and would stay; take the pin out of the roster first"
    for grant in _live(words):
        ends_before = grant.until is not None and grant.until <= weighed.starts
        if grant.person == person and grant.effect is Effect.IN and not ends_before:
            yield (
                f"a grant by {grant.author} still holds {name} in {group.id};"
                f" end it first with `rotation undo {undo_name(grant)}`"
            )


def _live(words: Words) -> list[Grant]:
    """The grants that are not over yet."""
    grants = words.view.grants
    return [g for g in grants if g.ended_at is None and (g.until is None or g.until > words.now)]


def undo_name(grant: Grant) -> str:
    """What `rotation undo` calls it: the handover's name, else the grant's own number."""
    return grant.together or str(grant.id)


# -- what it would do -----------------------------------------------------------------------


def _effect(words: Words, wish: Wish, weighed: Weighed) -> str:
    begin = "now" if weighed.starts <= words.now else words.when(weighed.starts)
    end = "until it is undone" if weighed.until is None else f"until {words.when(weighed.until)}"
    told = [f"From {begin} {end} {_deed(words, wish)}; {_exit(words, wish, weighed)}."]
    return " ".join([*told, *_remarks(words, wish, weighed)])


def _deed(words: Words, wish: Wish) -> str:
    ins, outs, group = wish.incoming, wish.outgoing, words.view.group.id
    if ins and outs:
        return f"{_does(words, ins, 'stand')} in for {words.names(outs)} in {group}"
    if ins:
        return f"{_does(words, ins, 'join')} {group}"
    return f"{_does(words, outs, 'leave')} {group}"


def _exit(words: Words, wish: Wish, weighed: Weighed) -> str:
    """Who goes when, and who stays because nobody else is on duty."""
    if not wish.outgoing:
        counts = "counts" if len(wish.incoming) == 1 else "count"
        return f"{words.names(wish.incoming)} {counts} as on duty, and nobody leaves for it"
    left = _on_duty(words, weighed.starts) - set(wish.outgoing) | set(wish.incoming)
    if left:
        return f"{_does(words, wish.outgoing, 'leave')} {_once_covered(words, left)}"
    if _may_be_empty(words, weighed.starts):
        return "nobody is on duty then, and the group may stand empty"
    return f"but nobody else is on duty then, so {_does(words, wish.outgoing, 'stay')}"


def _may_be_empty(words: Words, at: datetime) -> bool:
    view = words.view
    if is_closed(view.timeline, view.group, at):
        return view.group.policy.when_closed is WhenClosed.EMPTY
    return view.group.policy.uncovered is Uncovered.EMPTY


def _on_duty(words: Words, at: datetime) -> frozenset[PersonId]:
    view = words.view
    return coming.on_duty(view.timeline, view.group.id, view.grants, view.leavers, at)


def _once_covered(words: Words, people: Collection[PersonId]) -> str:
    """When somebody may go, if `people` are on duty then."""
    there = cover.counted(people, words.view.facts.seats)
    need = min(words.view.group.policy.keep_at_least, len(people))
    if len(there) >= need:
        return f"with {words.names(there)} there"
    some = "" if need == len(people) else f"{need} of "
    return f"once {some}{words.names(people)} {'is' if need == 1 else 'are'} seen there"


def _remarks(words: Words, wish: Wish, weighed: Weighed) -> Iterator[str]:
    view = words.view
    seats = view.facts.seats
    for person in wish.incoming:
        if person in seats and seats[person].seen is Seen.IN:
            yield f"{words.name(person)} is in the group already."
    ends = weighed.until or weighed.starts
    for person in wish.outgoing:
        spans = view.timeline.spans(view.group.id, weighed.starts, ends)
        if not any(s.person == person for s in spans):
            yield f"{words.name(person)} is not due there in that time anyway."
    if weighed.until is not None:
        after = _on_duty(words, weighed.until) - {d.person for d in weighed.drafts if d.duty}
        after |= _scheduled(words, wish, weighed.until)
        yield f"Then the roster decides again: {words.names(after)} on duty."


def _scheduled(words: Words, wish: Wish, at: datetime) -> frozenset[PersonId]:
    return words.view.timeline.on_duty(words.view.group.id, at) & frozenset(wish.incoming)


def _does(words: Words, people: Collection[PersonId], verb: str) -> str:
    return f"{words.names(people)} {verb}{'s' if len(people) == 1 else ''}"


# -- undoing ------------------------------------------------------------------------------


def undone(view: GroupView, ending: Collection[Grant], now: datetime) -> str:
    """What ending these grants now changes in the group, in a sentence."""
    words = words_for(view, now)
    ids = {grant.id for grant in ending}
    grants = [replace(g, ended_at=now) if g.id in ids else g for g in view.grants]
    then = wanted(view.timeline, view.group, grants, view.leavers, now)
    before = view.facts.wanted
    back, gone = set(then.people) - set(before.people), set(before.people) - set(then.people)
    if not back and not gone:
        return f"In {view.group.id} nobody comes or goes because of it."
    inside = {p for p, seat in view.facts.seats.items() if seat.seen is Seen.IN}
    covered = f" {_once_covered(words, then.on_duty)}" if then.on_duty else ""
    told = [
        f"{_does(words, people, verb)}{rest}"
        for people, verb, rest in (
            (back - inside, "come", " back"),
            (back & inside, "stay", ""),
            (gone & inside, "leave", covered),
            (gone - inside, "stay", " out"),
        )
        if people
    ]
    return f"In {view.group.id} {'; '.join(told)}."
