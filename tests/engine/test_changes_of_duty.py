"""Changes of duty as the engine carries them out: cover, swaps and time off, by command or edit."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Kind
from rotation.core.roster import Change, Doing, Everyone, Mode, PersonId, Roster, ShiftId

Make: TypeAlias = Callable[..., Any]
TEN = datetime(2026, 1, 5, 10, tzinfo=UTC)
MONDAY, TUESDAY = date(2026, 1, 5), date(2026, 1, 6)
BEN, CHEN, DORA = map(PersonId, ("ben", "chen", "dora"))
COVERED = Change(Doing.COVER, BEN, DORA, first=MONDAY, last=MONDAY, author="mara")
SWAPPED = Change(Doing.SWAP, BEN, CHEN, occurrence="europe/2026-01-05/0",
                 for_occurrence="america/2026-01-05/0")  # fmt: skip


def by_command(desk: Any, change: Change) -> Change:  # noqa: ANN401 - a Day of conftest
    """Somebody asks for it now; the judge hears of it as well."""
    with desk.by_hand() as books:
        made: Change = books.changes.make(change, desk.now)
        books.groups.wake(desk.now)
    desk.roster = replace(desk.roster, changes=(*desk.roster.changes, made))
    desk.tell_judge()
    return made


@pytest.mark.promise("P-cover", "C1", "S6")
@pytest.mark.parametrize("commit", [None, 1, 3, 5])
def test_a_cover_is_carried_out_also_by_a_daemon_that_is_killed_in_it(
    day: Make, death: Make, commit: int | None
) -> None:
    dies: list[int] = []
    desk = day(starts=TEN - timedelta(minutes=30), death=death(at_commits=dies)).until(TEN)
    by_command(desk, COVERED)
    if commit is not None:
        dies.append(desk.death.commits + commit)
    desk.after(minutes=12)
    assert desk.inside() == "dora"
    desk.until(TEN.replace(hour=16, minute=15))
    assert desk.inside() == "chen"
    assert [r.person for r in desk.audit("added")] == ["dora", "chen"]
    (ben, dora) = desk.audit("removed")
    assert (ben.person, dora.person, ben.reason) == ("ben", "dora", "shift_end")
    assert dora.origin == "changed: cover c1 by mara"
    assert (desk.unlawful(), desk.wrongs) == ([], {})


@pytest.mark.promise("P-cover", "E-9")
def test_what_is_undone_while_it_goes_on_is_as_by_turn_again(day: Make) -> None:
    desk = day(starts=TEN - timedelta(minutes=30)).until(TEN)
    made = by_command(desk, COVERED)
    desk.after(minutes=12)
    with desk.by_hand() as books:
        assert books.changes.end(made.id, desk.now)
        books.groups.wake(desk.now)
    desk.roster = replace(desk.roster, changes=(replace(made, ended_at=desk.now),))
    desk.tell_judge()
    desk.after(minutes=12)
    assert desk.inside() == "ben"
    assert (desk.unlawful(), desk.wrongs) == ([], {})


@pytest.mark.promise("E-9")
def test_two_who_swapped_come_and_go_at_each_other_s_hours(day: Make) -> None:
    desk = day(starts=TEN.replace(hour=6))
    by_command(desk, SWAPPED)
    assert desk.until(TEN).inside() == "chen"
    assert desk.until(TEN.replace(hour=17)).inside() == "ben"
    assert desk.until(TEN.replace(day=6)).inside() == "ben", "Tuesday is nobody's swap"
    assert (desk.unlawful(), desk.wrongs) == ([], {})


@pytest.mark.promise("R-9", "C1")
def test_while_everyone_is_off_the_last_one_stays_and_a_person_is_told(
    day: Make, make_roster: Make
) -> None:
    desk = day(make_roster(tell="mara"), starts=TEN.replace(hour=7))
    by_command(desk, Change(Doing.OFF, BEN, first=MONDAY, last=MONDAY))
    desk.until(TEN)
    assert desk.inside() == "ana"
    assert any("nobody" in text for _, text in desk.heard("mara"))
    assert desk.until(TEN.replace(hour=17)).inside() == "chen"
    assert (desk.unlawful(), desk.wrongs) == ([], {})


@pytest.mark.parametrize(
    ("asked", "leaver", "mode", "told"),
    [
        (True, False, Mode.MANAGED, 1),
        (False, False, Mode.MANAGED, 0),
        (True, True, Mode.MANAGED, 0),
        (True, False, Mode.WATCH, 0),
    ],
)
def test_of_an_edit_those_whose_duty_it_moves_are_told_unless_the_roster_is_against_it(
    day: Make, make_roster: Make, *, asked: bool, leaver: bool, mode: Mode, told: int
) -> None:
    desk = day(make_roster(mode=mode), starts=TEN)
    if leaver:
        desk.left.append("chen")
        with desk.by_hand() as books:
            books.leavers.mark(CHEN, "mara", "left the firm", desk.now)
    edited: Roster = replace(desk.roster, changes=(SWAPPED, TOMORROW), tell_agents=asked)
    desk.adopt(edited)
    desk.after(minutes=30)
    heard = desk.heard("chen")
    assert len(heard) == told
    if told:
        assert heard[0][1] == (
            "Your duty has changed (a new roster):\n"
            "- on: Mon 2026-01-05 10:00 to 16:00 (UTC), for Ben\n"
            "- off: Mon 2026-01-05 16:00 to Tue 2026-01-06 00:00 (UTC); Ben instead\n"
            "- off: Tue 2026-01-06 16:00 to Wed 2026-01-07 00:00 (UTC); Dora instead"
        )


@pytest.mark.promise("E-9")
def test_both_are_told_of_a_swap_that_a_new_roster_makes_void(day: Make, make_roster: Make) -> None:
    desk = day(make_roster(), starts=TEN.replace(hour=1))
    by_command(desk, SWAPPED)
    europe = desk.roster.shifts[ShiftId("europe")]
    others = replace(europe, turns=Everyone((DORA,)))
    edited = replace(desk.roster, shifts={**desk.roster.shifts, europe.id: others}, changes=())
    desk.adopt(edited)
    desk.after(minutes=30)
    (to_ben,), (to_chen,) = desk.heard("ben"), desk.heard("chen")
    assert to_ben[1] == (
        "Your swap with Chen (europe 2026-01-05 for america 2026-01-05) is void, since the roster"
        " changed: Ben is not on duty in europe on 2026-01-05."
    )
    assert to_chen[1].startswith("Your swap with Ben (")
    desk.adopt(replace(edited, tell=frozenset({DORA})))
    desk.after(minutes=30)
    assert (len(desk.heard("ben")), len(desk.heard("chen"))) == (1, 1)
    (record,) = desk.audit("swap_void")
    assert (record.person, record.detail) == ("ben", {
        "change": 1, "what": "swap", "when": "europe 2026-01-05 for america 2026-01-05",
        "why": "ben is not on duty in europe on 2026-01-05", "other": "chen",
    })  # fmt: skip


def test_a_swap_of_the_files_that_becomes_void_is_on_record_and_one_taken_out_is_not(
    day: Make, make_roster: Make
) -> None:
    roster = replace(make_roster(), changes=(SWAPPED,))
    desk = day(roster, starts=TEN.replace(hour=1))
    europe = desk.roster.shifts[ShiftId("europe")]
    shifts = {**desk.roster.shifts, europe.id: replace(europe, turns=Everyone((DORA,)))}
    desk.adopt(replace(desk.roster, shifts=shifts, changes=()))
    assert desk.audit("swap_void") == []
    desk.adopt(roster)
    desk.adopt(replace(roster, shifts=shifts))
    (record,) = desk.audit("swap_void")
    assert "change" not in record.detail


TOMORROW = Change(Doing.COVER, CHEN, DORA, first=TUESDAY, last=TUESDAY)


@pytest.mark.parametrize(("hours", "told"), [(1, 1), (13, 0)])
def test_what_was_changed_long_ago_is_told_to_nobody_any_more(
    day: Make, hours: int, told: int
) -> None:
    desk = day(starts=TEN)
    with desk.by_hand() as books:
        books.changes.to_tell(DORA, "Your duty has changed", desk.now)
    desk.down(desk.now + timedelta(hours=hours)).after(minutes=20)
    assert len(desk.heard("dora")) == told
    with desk.by_hand() as books:
        assert books.changes.untold() == ()


def test_a_refused_word_is_not_said_again(day: Make) -> None:
    desk = day(starts=TEN)
    desk.fault("error_before", on=["text"])
    with desk.by_hand() as books:
        books.changes.to_tell(DORA, "Your duty has changed", desk.now)
    desk.after(minutes=30)
    assert len(desk.attempts(Kind.TELL)) == 1
    assert [e.kind for e in desk.events("duty_told", "duty_untold")] == ["duty_untold"]
