"""All that can happen to two replicas, three people and a group, within a fault and a crash."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from rotation.core import guard, proof
from rotation.core.decide import Decision, decide
from rotation.core.difference import GroupFacts
from rotation.core.facts import Because, Kind, Seen
from rotation.core.guard import Breach, Evidence
from rotation.core.holds import Hold
from rotation.core.roster import PersonId

pytestmark = pytest.mark.slow
PARTS = ("desk", "judge", "moves", "search", "state")


@pytest.fixture(scope="module")
def explorer() -> Iterator[dict[str, Any]]:
    """The parts of `tools/explorer`, by name."""
    home = next(up / "tools" for up in Path(__file__).resolve().parents if (up / "tools").is_dir())
    sys.path.insert(0, str(home / "explorer"))
    yield {name: import_module(name) for name in PARTS}
    sys.path.remove(str(home / "explorer"))
    for name in PARTS:
        del sys.modules[name]


@pytest.fixture
def explored(explorer: dict[str, Any]) -> Any:  # noqa: ANN401 - a function of the explorer's
    """Explores a desk by its number, with another core if one is given."""

    def run(desk: int, faults: int, crashes: int, *, until: bool = False, **core: Any) -> Any:  # noqa: ANN401 - what it found
        desks, other = explorer["desk"].DESKS, explorer["moves"].Core(**core)
        return explorer["search"].explored(desks[desk], faults, crashes, other, first_only=until)

    return run


@pytest.mark.promise("S1", "S2", "S3", "S4", "S5", "S6", "S9", "S13", "C1", "C2")
@pytest.mark.parametrize(
    ("desk", "states"), tuple(enumerate((20_000, 19_000, 8_000, 9_000, 8_000)))
)
def test_no_fault_and_no_crash_at_whatever_moment_breaks_an_invariant(
    explored: Any,  # noqa: ANN401 - a function
    desk: int,
    states: int,
) -> None:
    found = explored(desk, 1, 1)
    assert found.wrongs == {}
    assert found.states > states
    assert found.ends > 400


# -- that it would find something ------------------------------------------------------------------


def removes_first(facts: GroupFacts, now: datetime) -> Decision:
    """Waits for no cover, and lets people go before others come."""
    found = decide(facts, now)
    freed = [replace(s, hold=None) if s.hold is Hold.COVER else s for s in found.steps]
    return replace(found, steps=tuple(sorted(freed, key=lambda s: s.kind is not Kind.REMOVE)))


def without(*rules: str) -> Any:  # noqa: ANN401 - a guard
    """A guard that overlooks some of its rules."""

    def check(
        kind: Kind, person: PersonId, why: Because, facts: Evidence, now: datetime
    ) -> Breach | None:
        found = guard.check(kind, person, why, facts, now)
        return None if found is not None and found.rule in rules else found

    return check


def knows_no_deadline(
    kind: Kind, person: PersonId, why: Because, facts: Evidence, now: datetime
) -> Breach | None:
    """Sends as long as the lease is not over, however long the call may take."""
    return guard.check(kind, person, why, replace(facts, deadline=timedelta(0)), now)


def forgets_what_it_said(facts: GroupFacts, now: datetime) -> Decision:
    """Owes every notice again."""
    return decide(replace(facts, said={}), now)


def sees_nothing(*facts: Any, **more: Any) -> proof.Proven:  # noqa: ANN401 - whatever a proof takes
    """Believes no list when somebody is gone."""
    proven = proof.prove(*facts, **more)
    seats = {p: replace(s, seen=Seen.IN) if s.proven else s for p, s in proven.seats.items()}
    return replace(proven, seats=seats)


PLANTED = {
    "a decision that removes first, and a guard that does not look for cover": (
        {"decide": removes_first, "check": without("S3")}, 4, (0, 0), "S3",
    ),
    "a guard that does not reckon with the length of a call": (
        {"check": knows_no_deadline}, 4, (2, 0), "S9",
    ),
    "a decision that forgets what was said": (
        {"decide": forgets_what_it_said}, 0, (0, 0), "S13",
    ),
    "a list that is not believed": ({"prove": sees_nothing}, 4, (0, 0), "C1"),
}  # fmt: skip
"""What is planted, at which desk, how many faults and crashes it takes, and what breaks."""


@pytest.mark.planted
@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_found(explored: Any, name: str) -> None:  # noqa: ANN401 - a function
    core, desk, (faults, crashes), broken = PLANTED[name]
    found = explored(desk, faults, crashes, until=True, **core)
    assert broken in found.rules
    assert all(found.wrongs.values())


@pytest.mark.parametrize("core", [{"decide": removes_first}, {"check": without("S3")}])
def test_of_decision_and_guard_either_alone_keeps_the_group_covered(
    explored: Any,  # noqa: ANN401 - a function
    core: dict[str, Any],
) -> None:
    assert "S3" not in explored(4, 1, 0, **core).rules
