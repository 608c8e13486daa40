"""Groups that are closed, and opened again, in a simulated world: in calm and in all weathers."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Closing
from rotation.core.roster import GroupId, Mode, PersonId
from rotation.engine import AccountRules
from rotation.wiring.planned import Close
from rotation.wiring.simulation import Simulation
from rotation.wiring.weather import Force

pytestmark = [pytest.mark.slow, pytest.mark.promise("P-moved", "S13", "C1", "C4")]

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a simulation, or a roster."""
DESK, NIGHT = GroupId("g0"), GroupId("g1")
AT = datetime(2026, 3, 2, 2, 0, 3, tzinfo=UTC)
"""In the middle of a handover, with two people inside."""
SECOND = timedelta(seconds=1)


def closings(simulation: Simulation) -> Mapping[GroupId, Closing]:
    with simulation.rehearsal.ledger.reading() as books:
        return books.closings.all()


def records(simulation: Simulation) -> list[tuple[str, GroupId | None, PersonId | None]]:
    with simulation.rehearsal.ledger.reading() as books:
        return [(r.kind, r.group, r.person) for r in books.audit.list() if r.reason == "closed"]


def test_a_closed_group_empties_and_one_opened_in_time_goes_on(simulated: Make) -> None:
    plan = [Close(AT, DESK, everyone=True), Close(AT, NIGHT, AT + 4 * SECOND)]
    day = simulated(hours=4, closings=plan, rules=AccountRules(drip=2))
    assert day.oracles.found == []
    assert closings(day).keys() == {DESK}
    assert closings(day)[DESK].done_at is not None
    assert len([r for r in records(day) if r[:2] == ("removed", DESK)]) == 3
    assert ("taken_back", NIGHT, None) in records(day)


@pytest.mark.parametrize(("groups", "replicas"), [(2, 1), (1, 2)])
def test_closings_in_wild_weather_break_nothing(
    simulated: Make, desks: Make, groups: int, replicas: int
) -> None:
    plan = [Close(AT, DESK), Close(AT + SECOND, NIGHT, AT + timedelta(minutes=20), everyone=True)]
    roster = desks(groups, mode=Mode.STRICT)
    wild = {"force": Force.WILD, "seed": 4, "replicas": replicas}
    day = simulated(roster, hours=4 // replicas + 1, closings=plan[:groups], **wild)
    assert day.oracles.found == []
    assert DESK in closings(day)
