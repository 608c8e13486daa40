"""People who read and say nothing, in all weathers: who leaves for it, under the oracles."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import PersonId, Roster, Silent, WhenSilent
from rotation.core.silence import Sign, Standing, Verdict
from rotation.wiring.simulation import Seams, Simulation
from rotation.wiring.weather import Force

pytestmark = [pytest.mark.slow, pytest.mark.promise("P-silent", "P-review", "S1", "S12")]

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a simulation, or a roster."""
LURKERS = [f"+4915130000{n:02}" for n in range(5)]
CORE, SPAN = PersonId("mara"), timedelta(hours=8)
LEAVE = Silent(SPAN, WhenSilent.REMOVE)


def a_roster(desks: Make) -> Roster:
    """Two desks whose silent leave after eight hours; Mara, in both by hand, is core."""
    made: Roster = desks(silent=LEAVE)
    people = {**made.people, CORE: replace(made.people[CORE], core=True)}
    return replace(made, people=people)


def lurk(simulation: Simulation, day: datetime) -> None:
    """Five strangers and Mara come in by hand; now and then the first three say something."""
    dice = Random(f"lurk {simulation.plan.seed}/{day}")
    mara = str(simulation.roster.people[CORE].phone)
    for phone in LURKERS:
        simulation.tell("POST", "people", {"phone": phone, "name": "Lurker"})
    deeds: list[dict[str, object]] = []
    for group in simulation.roster.groups.values():
        for phone in (*LURKERS, mara):
            came = day + timedelta(minutes=dice.randrange(5, 120))
            deeds.append({"do": "add", "chat": group.chat, "phone": phone, "at": came})
        for phone in LURKERS[:3]:
            for _ in range(3):
                at = day + timedelta(minutes=dice.randrange(130, 24 * 60))
                said = {"do": "say", "chat": group.chat, "phone": phone, "text": "hm"}
                deeds.append({**said, "at": at})
    told = [{**deed, "at": str(deed["at"]).replace(" ", "T")} for deed in deeds]
    simulation.tell("POST", "script", {"script": told})


def left(simulation: Simulation) -> int:
    with simulation.rehearsal.ledger.reading() as books:
        return sum(r.kind == "removed" and r.reason == "silent" for r in books.audit.list())


@pytest.mark.parametrize(("force", "seed"), [(Force.NONE, 1), (Force.WILD, 3)])
def test_only_who_said_nothing_leaves_for_it(
    simulated: Make, desks: Make, force: Force, seed: int
) -> None:
    day = simulated(a_roster(desks), hours=36, force=force, seed=seed, seams=Seams(hand=lurk))
    assert day.oracles.found == []
    assert left(day)


@pytest.mark.planted("what somebody says is not written down")
def test_signs_that_are_not_written_down_are_found(
    simulated: Make, desks: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted before the ledger, so that decision and guard are wrong alike."""
    monkeypatch.setattr("rotation.engine.intake._note", lambda *_facts: None)
    seams, said = Seams(hand=lurk), "somebody was to be removed as silent who was not"
    found = simulated(a_roster(desks), hours=20, seams=seams, broken=[said]).oracles.found
    assert said in {one.text for one in found}


@pytest.mark.planted("nobody waits for the span of a silence")
def test_a_silence_of_no_length_is_found(
    simulated: Make, desks: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rotation.core.silence.verdict", silent_at_once)
    monkeypatch.setattr("rotation.core.guard._is_silent", lambda *_facts: True)
    seams, said = Seams(hand=lurk), "not been there for so long"
    found = simulated(a_roster(desks), hours=6, seams=seams, broken=[said]).oracles.found
    assert any(said in one.text for one in found)


def silent_at_once(sign: Sign | None, *_more: object) -> Verdict:
    if sign is None:
        return Verdict(Standing.UNKNOWN)
    return Verdict(Standing.SILENT, sign.doing, sign.at)
