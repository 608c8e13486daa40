"""The arrival brief: who is told, once they are seen in, from whom they take over and until when.

Once for each change of who is on duty. Where a goodbye to the group names both sides there is none
to the group: one message for one handover.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from rotation.core import notice
from rotation.core.difference import GroupFacts
from rotation.core.facts import Because, Kind, Seen
from rotation.core.reason import Reason
from rotation.core.roster import Brief, BriefTo, NoticeTo, PersonId
from rotation.core.timeline import MOMENT
from rotation.core.wanted import Claim, Wanted

KEY = "brief/"
"""How the keys of what was said of a change begin."""


@dataclass(frozen=True, slots=True)
class Change:
    """An instant at which somebody came on duty, by the roster and by hand."""

    at: datetime
    arriving: frozenset[PersonId]
    leaving: frozenset[PersonId]

    @property
    def key(self) -> str:
        return f"{KEY}{self.at:%Y-%m-%dT%H:%M:%SZ}"


def owed(facts: GroupFacts, now: datetime) -> Iterator[tuple[tuple[PersonId, ...], Because]]:
    """What is to be said now: about whom, and of which change. Without any regard to mode."""
    brief = facts.group.policy.brief
    change = latest(facts.wanted, now) if brief is not None else None
    if brief is None or change is None or _is_quiet(facts, now):
        return
    because = Because(Reason.SHIFT, change.key, "roster", change.at)
    arriving = sorted(change.arriving - facts.kept)
    said = [(Kind.BRIEF, person, change.key) in facts.said for person in arriving]
    here = [_is_here(facts, person) for person in arriving]
    if brief.to is BriefTo.PERSON:
        told = zip(arriving, said, here, strict=True)
        yield from (((p,), because) for p, is_said, is_here in told if is_here and not is_said)
    elif brief.to is BriefTo.GROUP and arriving and all(here) and not any(said):
        yield from [] if names_both(facts, change) else [(tuple(arriving), because)]


def again_at(facts: GroupFacts, now: datetime) -> datetime | None:
    """When quiet hours end in which something would be said."""
    if facts.group.policy.brief is None or latest(facts.wanted, now) is None:
        return None
    return notice.quiet_until(facts.group.policy.goodbye, now)


def latest(wanted: Wanted, now: datetime) -> Change | None:
    """The last change that brought somebody on duty, unless it is too long ago to be told."""
    first = now - notice.STALE
    begun = {c.duty for c in wanted.claims if c.duty is not None and first <= c.duty <= now}
    for at in sorted(begun, reverse=True):
        before, then = wanted.on_duty_at(at - MOMENT), wanted.on_duty_at(at)
        if then - before:
            return Change(at, then - before, before - then)
    return None


def names_both(facts: GroupFacts, change: Change) -> bool:
    """Whether a goodbye to the group is said for the same change, or was."""
    goodbye = facts.group.policy.goodbye
    if goodbye is None or goodbye.to is not NoticeTo.GROUP:
        return False
    ends = (
        c for c in facts.wanted.claims if c.person in change.leaving and c.off_duty == change.at
    )
    return any(_is_announced(facts, claim) for claim in ends)


def text(brief: Brief, language: str | None, words: Mapping[str, str]) -> str:
    """The text in the nearest language; the first of others rather than none."""
    asked = (*notice.languages(language), *sorted(brief.texts))
    return notice.filled(brief.texts[next(key for key in asked if key in brief.texts)], words)


def _is_announced(facts: GroupFacts, claim: Claim) -> bool:
    """Whether the person leaves with this claim, and a goodbye is said for that."""
    stays = facts.wanted.people.get(claim.person)
    leaves = stays is None or stays.ends == claim.ends
    return leaves and notice.due_at(facts.group.policy, claim.then) is not None


def _is_quiet(facts: GroupFacts, now: datetime) -> bool:
    return notice.quiet_until(facts.group.policy.goodbye, now) is not None


def _is_here(facts: GroupFacts, person: PersonId) -> bool:
    seat = facts.seats.get(person)
    return seat is not None and seat.seen is Seen.IN
