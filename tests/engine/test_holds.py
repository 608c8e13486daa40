"""What waits for a person, and what their word does."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import GroupId, PersonId, Roster, ShiftId

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes something: a rehearsed day, or a roster."""
NIGHT = "night"


def test_a_refused_add_that_is_released_is_tried_again(day: Make) -> None:
    rehearsed = day().until("07:50")
    private = {"phone": rehearsed.phone("ben"), "privacy": "contacts"}
    rehearsed.ask("POST", "people", private)
    rehearsed.until("09:00")
    assert rehearsed.sent() == ["add ben"]
    rehearsed.ask("POST", "people", private | {"privacy": "anyone"})
    assert rehearsed.release("refused") == "released"
    rehearsed.after(minutes=1)
    assert rehearsed.sent() == ["add ben", "add ben", "remove ana"]
    assert rehearsed.audit("released", person="ben")[0].origin == "mara by hand"
    assert rehearsed.unlawful() == []


def test_released_and_refused_again_it_waits_again(day: Make) -> None:
    rehearsed = day().until("07:50")
    rehearsed.ask("POST", "people", {"phone": rehearsed.phone("ben"), "privacy": "contacts"})
    rehearsed.until("09:00").release("refused")
    rehearsed.until("10:00")
    assert rehearsed.sent() == ["add ben", "add ben"]
    assert rehearsed.holds()["ben"] == "refused"
    assert len(rehearsed.said("ben")) == 1


def test_strikes_that_are_released_count_from_zero(day: Make) -> None:
    rehearsed = day().until("08:05")
    for _ in range(4):
        rehearsed.human("add", "ana")
        rehearsed.after(minutes=20)
    assert rehearsed.holds() == {"ana": "strikes"}
    rehearsed.release("strikes")
    rehearsed.after(minutes=1)
    assert rehearsed.inside() == "ben"
    rehearsed.human("add", "ana")
    rehearsed.after(minutes=20)
    assert rehearsed.inside() == "ben"
    assert rehearsed.unlawful() == []


def test_a_group_hold_that_is_released_is_looked_at_now(day: Make) -> None:
    rehearsed = day().until("07:50")
    rehearsed.human("demote", "us")
    rehearsed.until("08:20")
    rehearsed.human("promote", "us")
    assert rehearsed.release("not_admin") == "released"
    rehearsed.after(minutes=1)
    assert rehearsed.inside() == "ben"


def test_a_session_that_is_released_is_looked_at_now(day: Make) -> None:
    rehearsed = day().until("07:50")
    rehearsed.fault("restricted", on=["add"], next=1)
    rehearsed.until("08:10")
    assert rehearsed.holds()["main"] == "session"
    rehearsed.release("session")
    rehearsed.after(minutes=1)
    assert rehearsed.inside() == "ben"


def test_what_rotation_lifts_by_itself_cannot_be_released(day: Make) -> None:
    rehearsed = day().until("07:50")
    rehearsed.ask("POST", "people", {"phone": rehearsed.phone("ben"), "privacy": "contacts"})
    rehearsed.until("08:10")
    assert rehearsed.release("cover").startswith("lifted by rotation")
    assert rehearsed.inside() == "ana"


def crowd(count: int) -> str:
    return " ".join(f"p{n:02d}" for n in range(count))


def without(roster: Roster, *gone: str) -> Roster:
    """A roster from which people were taken out."""
    shift = roster.shifts[ShiftId("night")]
    left = tuple(p for p in shift.people if p not in gone)
    cut = replace(shift, turns=type(shift.turns)(left))
    return replace(roster, shifts={**roster.shifts, shift.id: cut})


@pytest.mark.slow
@pytest.mark.promise("P-breaker", "S8", "F24")
def test_an_edit_that_would_remove_many_is_held_and_the_old_roster_goes_on(day: Make) -> None:
    rehearsed = day({"night": ("00:00-08:00", crowd(10)), "day": ("08:00-24:00", "zoe")})
    rehearsed.until("07:40")
    edited = without(rehearsed.roster, *crowd(6).split())
    adopted = rehearsed.adopt(edited)
    assert (adopted.in_force, len(adopted.removable)) == (False, 6)
    rehearsed.until("07:55")
    assert rehearsed.sent() == []
    assert rehearsed.holds() == {"roster": "breaker"}
    rehearsed.until("08:05")
    assert rehearsed.inside() == "zoe" or rehearsed.sent("add") == ["add zoe"]


@pytest.mark.promise("P-breaker", "S8")
def test_releasing_the_held_roster_brings_it_into_force(day: Make) -> None:
    rehearsed = day({"night": ("00:00-08:00", crowd(10)), "day": ("08:00-24:00", "zoe")})
    rehearsed.until("07:40")
    edited = without(rehearsed.roster, *crowd(6).split())
    rehearsed.adopt(edited)
    rehearsed.managed += [rehearsed.phone(p) for p in crowd(6).split()]
    rehearsed.roster = replace(rehearsed.roster, shifts=edited.shifts)
    rehearsed.tell_judge()
    assert rehearsed.release("breaker") == "released"
    rehearsed.after(minutes=2)
    assert rehearsed.inside() == "p06 p07 p08 p09"
    assert rehearsed.holds() == {}
    assert {r.reason.value for r in rehearsed.audit("removed")} == {"roster_removed"}
    assert rehearsed.unlawful() == []


@pytest.mark.promise("P-breaker")
def test_mending_the_roster_instead_ends_the_hold(day: Make) -> None:
    rehearsed = day({"night": ("00:00-08:00", crowd(10)), "day": ("08:00-24:00", "zoe")})
    rehearsed.until("07:40")
    good = rehearsed.roster
    rehearsed.adopt(without(good, *crowd(6).split()))
    rehearsed.adopt(good)
    rehearsed.after(minutes=1)
    assert rehearsed.holds() == {}
    assert rehearsed.sent() == []


@pytest.mark.promise("P-breaker", "F24")
def test_an_edit_that_removes_a_few_is_carried_out_at_once(day: Make) -> None:
    rehearsed = day({"night": ("00:00-08:00", crowd(10)), "day": ("08:00-24:00", "zoe")})
    rehearsed.until("07:40")
    gone = crowd(5).split()
    rehearsed.managed += [rehearsed.phone(p) for p in gone]
    assert rehearsed.adopt(without(rehearsed.roster, *gone)).in_force
    rehearsed.after(minutes=1)
    assert rehearsed.inside() == "p05 p06 p07 p08 p09"
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("S8")
def test_a_boundary_of_an_unchanged_roster_trips_nothing(day: Make) -> None:
    rehearsed = day({"night": ("00:00-08:00", crowd(10)), "day": ("08:00-24:00", "zoe")})
    rehearsed.until("08:05")
    assert rehearsed.inside() == "zoe"
    assert rehearsed.unlawful() == []


def test_a_roster_held_back_does_not_move_a_group_to_another_mode(day: Make) -> None:
    rehearsed = day({"night": ("00:00-08:00", crowd(10)), "day": ("08:00-24:00", "zoe")})
    rehearsed.until("07:40")
    rehearsed.adopt(without(rehearsed.roster, *crowd(6).split()))
    view = rehearsed.rehearsal.engine.view(GroupId("desk"))
    assert view is not None
    assert PersonId("p00") in view.roster.rostered(GroupId("desk"))
