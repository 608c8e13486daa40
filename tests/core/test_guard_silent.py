"""The guard on the silent: whatever the decision says, nobody who may have given a sign goes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.decide import decide
from rotation.core.facts import Because, Kind
from rotation.core.guard import Evidence, check
from rotation.core.holds import Hold
from rotation.core.reason import Reason
from rotation.core.roster import PersonId, Silent, WhenSilent

Make: TypeAlias = Callable[..., Any]
DORA, BEN = PersonId("dora"), PersonId("ben")
NOW = datetime(2026, 1, 5, 9, 0, 5, tzinfo=UTC)
READ = NOW - timedelta(seconds=5)
SPAN, SECOND = timedelta(days=30), timedelta(seconds=1)
LEAVE = Silent(SPAN, WhenSilent.REMOVE, ("sponsor",))
pytestmark = pytest.mark.promise("S1", "P-silent")


@pytest.fixture
def facts(desk: Make) -> Evidence:
    """Dora, on no shift, was seen in just now, and not heard of for thirty days to the second."""
    a_desk = desk("ben dora")
    a_desk.also_managed = frozenset({DORA})
    a_desk.read(READ)
    a_desk.decision(NOW)
    known: Evidence = a_desk.evidence(NOW)
    group = replace(known.group, policy=replace(known.group.policy, silent=LEAVE))
    return replace(
        known, group=group, sign_at=NOW - SPAN, unbroken_since=NOW - SPAN, heard_at=NOW - SECOND
    )


def refused(facts: Evidence, who: PersonId = DORA, reason: Reason = Reason.SILENT) -> str:
    why = Because(reason, "silent/dora/1", "roster", NOW - SPAN, NOW - timedelta(days=1))
    breach = check(Kind.REMOVE, who, why, facts, NOW)
    return "" if breach is None else f"{breach.rule}: {breach.text}"


def test_who_was_silent_for_the_whole_span_goes(facts: Evidence) -> None:
    assert not refused(facts)


@pytest.mark.parametrize(
    "changed",
    [
        {"sign_at": None},
        {"sign_at": NOW - SPAN + SECOND},
        {"sign_at": NOW},
        {"unbroken_since": None},
        {"unbroken_since": NOW - SPAN + SECOND},
        {"heard_at": None},
        {"heard_at": NOW - timedelta(hours=24) - SECOND},
        {"heard_at": NOW + SECOND},
    ],
)
def test_whoever_may_have_given_a_sign_stays(facts: Evidence, changed: dict[str, Any]) -> None:
    assert refused(replace(facts, **changed)) == "S1: they are not known to be silent"
    assert not refused(replace(facts, **changed), reason=Reason.ENFORCEMENT)


@pytest.mark.parametrize("silent", [None, Silent(SPAN), replace(LEAVE, after=SPAN + SECOND)])
def test_nobody_goes_where_the_policy_does_not_say_so_any_more(
    facts: Evidence, silent: Silent | None
) -> None:
    group = replace(facts.group, policy=replace(facts.group.policy, silent=silent))
    assert refused(replace(facts, group=group)) == "S1: they are not known to be silent"


def as_dora(facts: Evidence, **what: object) -> Evidence:
    people = {**facts.roster.people, DORA: replace(facts.roster.people[DORA], **what)}
    return replace(facts, roster=replace(facts.roster, people=people))


def test_core_people_and_kept_roles_stay(facts: Evidence) -> None:
    assert refused(as_dora(facts, core=True)) == "S1: they may be silent"
    assert refused(as_dora(facts, role="EMEA  Sponsor")) == "S1: they may be silent"
    assert not refused(as_dora(facts, role="sponsored"))
    people = {p: known for p, known in facts.roster.people.items() if p != DORA}
    assert not refused(replace(facts, roster=replace(facts.roster, people=people)))


def test_whoever_the_roster_names_in_the_group_stays(facts: Evidence) -> None:
    named = replace(facts.group, pins=(DORA,))
    groups = {**facts.roster.groups, named.id: named}
    assert refused(replace(facts, roster=replace(facts.roster, groups=groups))) == (
        "S1: they may be silent"
    )
    assert refused(facts, BEN) == "S1: they may be silent"


@pytest.mark.promise("S8")
def test_many_who_wait_hold_the_group_until_a_person_has_looked(desk: Make) -> None:
    a_desk = desk("ben dora", read_at=READ)
    assert decide(a_desk.facts(NOW), NOW).holds == ()
    (held,) = decide(replace(a_desk.facts(NOW), many_silent=12), NOW).holds
    assert (held.hold, held.person) == (Hold.BREAKER, None)
    assert held.detail == "12 would leave as silent; see `rotation review desk`"
