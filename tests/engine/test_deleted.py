"""Whoever is deleted from the roster: out of every group with a notice; what they leave open."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core import gaps
from rotation.core.roster import Everyone, Goodbye, GroupId, Roster, ShiftId
from rotation.core.timeline import Timeline

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""
DESK, LATE = GroupId("desk"), ShiftId("late")
SHIFTS = {
    "night": ("00:00-08:00", "ana ben"),
    "day": ("08:00-16:00", "chen"),
    "late": ("16:00-24:00", "dora"),
}
GOODBYE = Goodbye({("", ""): "{names} sign off. {next} have it now."})


def without(roster: Roster, *gone: str) -> Roster:
    """The roster after somebody deleted people from it, and the shifts that had nobody else."""
    people = {p: who for p, who in roster.people.items() if p not in gone}
    left = {
        shift.id: tuple(p for p in shift.people if p not in gone)
        for shift in roster.shifts.values()
    }
    shifts = {
        s: replace(roster.shifts[s], turns=Everyone(some)) for s, some in left.items() if some
    }
    groups = {
        group.id: replace(group, shifts=tuple(s for s in group.shifts if s in shifts))
        for group in roster.groups.values()
    }
    return replace(roster, people=people, shifts=shifts, groups=groups)


@pytest.mark.slow
@pytest.mark.promise("S13")
def test_E_20_deleted_on_shift_they_leave_with_a_notice_and_coming_shifts_are_gaps(
    day: Make,
) -> None:
    rehearsed = day(SHIFTS, groups="desk other", goodbye=GOODBYE).until("07:40")
    rehearsed.managed += [rehearsed.phone("ana")]
    edited = without(rehearsed.roster, "ana", "dora")
    assert rehearsed.adopt(edited).in_force
    rehearsed.after(minutes=1)
    for group in ("desk", "other"):
        assert rehearsed.inside(group) == "ben"
        assert rehearsed.said(group) == ["Ana sign off. Ben have it now."]
    kinds = [call["kind"] for call in rehearsed.calls("text", "remove")]
    assert sorted(kinds[:2]) == sorted(kinds[2:]) == ["remove", "text"]
    assert {r.reason for r in rehearsed.audit("notice", "removed")} == {"roster_removed"}
    assert rehearsed.unlawful() == []
    found = gaps.gaps(Timeline(edited), rehearsed.now, rehearsed.at(timedelta(days=2)))
    (open_,) = (one for one in found if one.kind is gaps.Kind.GAP)
    assert (open_.groups, open_.length, len(open_.stretches)) == (
        (DESK, GroupId("other")),
        timedelta(hours=8),
        2,
    )
    rehearsed.until("16:10")
    assert rehearsed.inside() == "chen"
    assert rehearsed.holds()["chen"] == "uncovered"


@pytest.mark.promise("S13")
def test_deleted_while_alone_on_duty_they_stay_until_somebody_is_in_and_are_announced_then(
    day: Make,
) -> None:
    rehearsed = day(goodbye=GOODBYE).until("07:50")
    ana = rehearsed.phone("ana")
    rehearsed.managed += [ana]
    rehearsed.adopt(without(rehearsed.roster, "ana"))
    rehearsed.until("07:59")
    assert ana in rehearsed.members()
    assert rehearsed.said() == []
    assert rehearsed.holds() == {"ana": "uncovered"}
    rehearsed.until("08:02")
    assert rehearsed.inside() == "ben"
    assert rehearsed.said() == ["Ana sign off. Ben have it now."]
    assert rehearsed.unlawful() == []


@pytest.mark.promise("S13")
def test_a_notice_that_cannot_be_said_holds_a_deleted_person_for_a_minute(day: Make) -> None:
    rehearsed = day(SHIFTS, goodbye=GOODBYE).until("07:40")
    rehearsed.managed += [rehearsed.phone("ana")]
    rehearsed.fault("error_before", on=["text"])
    rehearsed.adopt(without(rehearsed.roster, "ana"))
    rehearsed.after(minutes=2)
    assert rehearsed.inside() == "ben"
    assert len(rehearsed.calls("text")) == 1
    assert rehearsed.unlawful() == []


@pytest.mark.slow
def test_deleted_once_more_they_are_announced_once_more(day: Make) -> None:
    rehearsed = day(SHIFTS, starts="05:00", goodbye=GOODBYE).until("05:05")
    before = rehearsed.roster
    rehearsed.managed += [rehearsed.phone("ana")]
    for _ in range(2):
        rehearsed.adopt(without(before, "ana"))
        rehearsed.after(minutes=21)
        assert rehearsed.inside() == "ben"
        rehearsed.adopt(before)
        rehearsed.after(minutes=40)
        assert rehearsed.inside() == "ana ben"
    assert rehearsed.said() == ["Ana sign off. Ben have it now."] * 2
    assert rehearsed.unlawful() == []
