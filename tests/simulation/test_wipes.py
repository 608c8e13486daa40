"""Wipes in a simulated world: in time, in all weathers, and for a month."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import PersonId
from rotation.engine import AccountRules
from rotation.wiring.planned import Wipe
from rotation.wiring.weather import Force

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a simulation, or a roster."""

START = datetime(2026, 3, 2, tzinfo=UTC)
BEN = PersonId("ben")


def wiped(simulation: Any) -> Any:  # noqa: ANN401 - a simulation, and a leaver's mark
    with simulation.rehearsal.ledger.reading() as books:
        return books.leavers.of(BEN)[0]


@pytest.mark.slow
@pytest.mark.promise("C5", "S5", "S7")
@pytest.mark.parametrize("drip", [1, 8])
def test_a_wipe_in_the_middle_of_a_handover_is_done_in_time(
    simulated: Make, desks: Make, drip: int
) -> None:
    at = START + timedelta(hours=2, seconds=2)
    outside = ["ben"] * 8
    day = simulated(
        desks(groups=4), hours=4, outside=outside, wipes=[Wipe(at, BEN)],
        rules=AccountRules(drip=drip),
    )  # fmt: skip
    assert day.oracles.found == []
    took = wiped(day).done_at - at
    assert took <= timedelta(minutes=ceil(12 / drip) + 2)
    assert wiped(day).proven_at is not None


@pytest.mark.slow
@pytest.mark.promise("S5", "C5")
def test_who_was_wiped_never_comes_back_in_all_weathers(simulated: Make, desks: Make) -> None:
    wipe = Wipe(START + timedelta(hours=3), BEN)
    days = simulated(
        desks(groups=1, hours=6), hours=30, force=Force.WILD, seed=3, outside=["ben"], wipes=[wipe]
    )
    assert days.oracles.found == []
    assert wiped(days).proven_at is not None


@pytest.mark.slow
@pytest.mark.promise("C5", "C2", "S5", "S9")
def test_a_wipe_among_replicas_in_wild_weather_breaks_nothing(simulated: Make, desks: Make) -> None:
    wipe = Wipe(START + timedelta(hours=1), BEN, START + timedelta(hours=2))
    day = simulated(
        desks(groups=1),
        hours=4,
        force=Force.WILD,
        seed=5,
        replicas=2,
        outside=["ben"],
        wipes=[wipe],
    )
    assert day.oracles.found == []
    assert wiped(day).reinstated_at is not None
