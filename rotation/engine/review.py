"""Who and what in the groups deserves a person's look: access that nobody meant, or nobody uses.

It is only listed. What is so by the roster, or held and told as a hold, is not repeated here.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from rotation.core import cover
from rotation.core.facts import Seen
from rotation.core.roster import GroupId, PersonId, Uncovered, WhenClosed
from rotation.core.silence import ARRIVED, Standing, Verdict
from rotation.engine.gather import GroupView
from rotation.engine.silent import verdicts
from rotation.ledger import Books


class Look(StrEnum):
    """What deserves a look, the most urgent first."""

    PAST = "past"
    UNCOVERED = "uncovered"
    NOT_ADMIN = "not_admin"
    SILENT = "silent"
    STRANGER = "stranger"
    HIDDEN = "hidden"
    UNKNOWN = "unknown"


IN_WORDS = {
    Look.PAST: "past their time",
    Look.UNCOVERED: "groups without cover",
    Look.NOT_ADMIN: "groups without our admin right",
    Look.SILENT: "silent",
    Look.STRANGER: "strangers",
    Look.HIDDEN: "with a hidden id only",
}
"""How many of what, where there is room for one line."""
TO_DO = {
    Look.PAST: "see what is in the way: `rotation explain PERSON GROUP`",
    Look.UNCOVERED: "hand it over: `rotation handover GROUP --in PERSON --reason TEXT`",
    Look.NOT_ADMIN: "make our number an admin of the group; until then nobody is added or removed",
    Look.SILENT: "take them out in WhatsApp, or write `core: true` or a kept role in the roster",
    Look.STRANGER: "write them in the roster, let them in by `rotation grant`, or take them out",
    Look.HIDDEN: "look at them in WhatsApp: only a hidden id of theirs is known, and no number",
    Look.UNKNOWN: "wait, or see `rotation doctor` if webhooks do not arrive",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at: a person in a group, or `count` whom nothing tells apart.

    `since`: the end of their span, or the newest sign of them.
    """

    look: Look
    group: GroupId
    detail: str
    person: PersonId | None = None
    since: datetime | None = None
    count: int = 1


def review(books: Books, view: GroupView, now: datetime) -> list[Finding]:
    """Everything in one group that deserves a look at the UTC instant `now`."""
    found = [*_past(view), *_of_group(view), *_people(books, view, now), *_uncounted(view)]
    return sorted(found, key=lambda one: list(Look).index(one.look))


def _past(view: GroupView) -> Iterator[Finding]:
    closed = view.facts.wanted.closed_until is not None
    if closed and view.group.policy.when_closed is WhenClosed.STAY:
        return  # nobody is to go before it is over
    for person, because in sorted(view.facts.gone.items()):
        ends = because.ends
        yield Finding(Look.PAST, view.group.id, str(because.reason), person, ends)


def _of_group(view: GroupView) -> Iterator[Finding]:
    facts, group = view.facts, view.group
    if facts.state.read_ended_at is None:
        yield Finding(Look.UNKNOWN, group.id, "the group was never read")
        return
    if facts.state.we_are_admin is False:
        yield Finding(Look.NOT_ADMIN, group.id, "our account is no admin of the group")
    on_duty = facts.wanted.on_duty
    empty = group.policy.uncovered is Uncovered.EMPTY or facts.wanted.closed_until is not None
    if not group.shifts or (not on_duty and empty):
        return
    if not on_duty:
        yield Finding(Look.UNCOVERED, group.id, "nobody is on duty")
    elif not cover.counted(on_duty, facts.seats):
        yield Finding(Look.UNCOVERED, group.id, "of those on duty nobody is seen inside")


def _people(books: Books, view: GroupView, now: datetime) -> Iterator[Finding]:
    facts, group, judged = view.facts, view.group, verdicts(books, view, now)
    for person, seat in sorted(facts.seats.items()):
        if seat.seen is not Seen.IN or person in facts.gone:
            continue
        standing = judged.get(person, Verdict(Standing.EXEMPT))
        known = view.identities.get(person)
        if standing.standing is Standing.SILENT:
            last = "nothing" if standing.why == ARRIVED else f"last a {standing.why}"
            yield Finding(Look.SILENT, group.id, last, person, standing.since)
        elif standing.standing is Standing.UNKNOWN:
            yield Finding(Look.UNKNOWN, group.id, standing.why, person, standing.since)
        is_stranger = known is not None and known.stranger and person not in facts.wanted.people
        if is_stranger and standing.standing is not Standing.SILENT:
            yield Finding(Look.STRANGER, group.id, "no roster names them", person)


def _uncounted(view: GroupView) -> Iterator[Finding]:
    """Members who have no name here: how many."""
    state, group = view.facts.state, view.group.id
    if state.size is None:
        return
    inside = sum(seat.seen is Seen.IN for seat in view.facts.seats.values())
    unnamed = state.size - inside - state.unresolved - 1
    if unnamed > 0:
        detail = "whom nobody wrote down; with `silent:` in the roster each is listed"
        yield Finding(Look.STRANGER, group, detail, count=unnamed)
    if state.unresolved:
        yield Finding(Look.HIDDEN, group, "known by a hidden id only", count=state.unresolved)


class Counted(Protocol):
    @property
    def look(self) -> Look: ...
    @property
    def count(self) -> int: ...


def counted(found: Iterable[Counted]) -> Counter[Look]:
    """How many there are of what."""
    total = Counter[Look]()
    for one in found:
        total[one.look] += one.count
    return total
