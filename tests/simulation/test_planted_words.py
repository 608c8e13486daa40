"""Bugs planted in who hears of what: rotation that is silent, and rotation that cries wolf."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import AccountId
from rotation.ledger import Alarm, OpenHold
from rotation.wiring.mortal import Edge
from rotation.wiring.oracles import What
from rotation.wiring.pulse import Pulse
from rotation.wiring.simulation import Seams, Simulation
from tests.simulation.test_planted_rules import Over, Planted, faults

pytestmark = pytest.mark.slow

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a simulation, or a roster."""
Hand: TypeAlias = Callable[[Simulation, datetime], None]
HOUR = timedelta(hours=1)


class Hides(Over):
    """Takes some of what is wrong for nobody's business."""

    what = ""

    def settle(self, items: Mapping[str, str], now: datetime) -> list[Alarm]:
        told = {key: text for key, text in items.items() if not key.startswith(self.what)}
        return list(self.part.settle(told, now))

    def on(self) -> list[Alarm]:
        return [a for a in self.part.on() if not a.key.startswith(self.what)]


class HidesRemovals(Hides):
    what = "overdue/"


class HidesSessions(Hides):
    what = "hold/session/"


class SaysItAgain(Over):
    """Forgets whom it told."""

    def on(self) -> list[Alarm]:
        return [replace(a, told_at=None) for a in self.part.on()]


class TakesHoldsForOld(Over):
    """Believes that whatever is held has been so for long."""

    def in_force(self, *asked: Any) -> list[OpenHold]:  # noqa: ANN401 - as it is asked
        return [replace(h, since=h.since - HOUR) for h in self.part.in_force(*asked)]


class WaitsForNothing(Over):
    """Tells what has come on without waiting for more of the same."""

    def on(self) -> list[Alarm]:
        return [replace(a, since=a.since - HOUR) for a in self.part.on()]


class NeverLate(Pulse):
    """Finds itself well while its loop runs."""

    def late(self) -> dict[AccountId, timedelta]:
        return {}


def loses_the_session(simulation: Simulation, day: datetime) -> None:
    deeds = ((1, {"status": "SCAN_QR_CODE"}), (2, {}))
    for hours, how in deeds:
        deed = {"do": "session", "at": (day + hours * HOUR).isoformat(), **how}
        simulation.tell("POST", "script", {"script": [deed]})


def sleeps_in_a_call(simulation: Simulation, _day: datetime) -> None:
    def for_an_hour() -> None:
        until = simulation.now + HOUR
        while simulation.now < until:
            simulation.world.idle(until)

    simulation.fate.awaits(Edge.ANSWER, 20, for_an_hour)


def pings_whatever_happens(simulation: Simulation, day: datetime) -> None:
    simulation.rehearsal.heart.pulse = NeverLate((simulation.plan.account,))
    sleeps_in_a_call(simulation, day)


@dataclass(frozen=True)
class Case:
    """Parts of the books replaced, or what the hand does as well, and what is said to be wrong."""

    said: str
    hand: Hand
    lasts: What | None = None
    bug: Mapping[str, type[Over]] | None = None
    bad_hand: Hand | None = None


FOUND = {
    "an overdue removal is told to nobody": Case(
        "overdue removal lasted, and nobody heard",
        faults(fault="error_before", on=["remove"]),
        What.REMOVAL,
        {"alarms": HidesRemovals},
    ),
    "a lost session is told to nobody": Case(
        "lost session lasted, and nobody heard",
        loses_the_session,
        What.SESSION,
        {"alarms": HidesSessions},
    ),
    "a daemon that is stuck says that it is well": Case(
        "dead daemon lasted, and nobody heard",
        sleeps_in_a_call,
        What.DAEMON,
        bad_hand=pings_whatever_happens,
    ),
    "what was told is told again": Case(
        "though it was repeated",
        faults(fault="error_before", on=["remove"]),
        What.REMOVAL,
        {"alarms": SaysItAgain},
    ),
    "people are told at once": Case(
        "told in haste",
        faults(fault="empty_list", chance=0.3),
        None,
        {"alarms": WaitsForNothing, "holds": TakesHoldsForOld},
    ),
}


def lived(simulated: Make, desks: Make, case: Case, *, planted: bool) -> Simulation:
    hand, ledger = case.hand, Seams().ledger
    if planted and case.bad_hand is not None:
        hand = case.bad_hand
    if planted and case.bug is not None:
        ledger = partial(Planted, bugs=case.bug)
    seams, broken = Seams(ledger=ledger, hand=hand), [case.said] if planted else ()
    found: Simulation = simulated(desks(), hours=3, seams=seams, broken=broken)
    return found


@pytest.mark.planted
@pytest.mark.promise("C4", "P-told")
@pytest.mark.parametrize("name", FOUND)
def test_a_bug_in_what_people_hear_is_found(simulated: Make, desks: Make, name: str) -> None:
    case = FOUND[name]
    found = lived(simulated, desks, case, planted=True).oracles.found
    assert case.said in "\n".join(violation.text for violation in found)


@pytest.mark.promise("C4", "P-told")
@pytest.mark.parametrize("name", [n for n in FOUND if n != "what was told is told again"])
def test_without_the_bug_people_hear_of_the_same_in_time(
    simulated: Make, desks: Make, name: str
) -> None:
    case = FOUND[name]
    oracles = lived(simulated, desks, case, planted=False).oracles
    assert oracles.found == []
    assert case.lasts is None or oracles.heard.lasted[case.lasts]
