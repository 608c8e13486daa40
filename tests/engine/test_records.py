"""What is written down of what was done: by whom, why, and on what proof."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Kind
from rotation.core.reason import Reason
from rotation.core.roster import Every, Goodbye, PersonId, Turns
from rotation.sandbox.faults import NAMED

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""

GOODBYE = Goodbye({("", ""): "{names} sign off. {next} have it now."})


@pytest.mark.promise("A1", "P-trail")
def test_a_removal_has_one_closing_record_with_its_reason_origin_and_all_its_attempts(
    day: Make,
) -> None:
    rehearsed = day().until("07:59")
    rehearsed.fault("error_before", on=["remove"], next=3)
    rehearsed.until("08:30")
    (removed,) = rehearsed.audit("removed")
    tried = [a.id for a in rehearsed.attempts(Kind.REMOVE)]
    assert len(tried) == 4
    assert list(removed.attempts) == tried
    assert removed.reason is Reason.SHIFT_END
    assert removed.origin.startswith("roster ")
    assert removed.detail["occurrence"] == "asia/2026-01-05/0"
    assert rehearsed.unlawful() == []


@pytest.mark.promise("A1")
def test_who_is_put_back_long_after_their_shift_leaves_by_the_word_of_the_roster(
    day: Make,
) -> None:
    order = tuple(PersonId(name) for name in ("chen", "ana", "ben"))
    months = Turns(order, Every.MONTH, 1, date(2025, 11, 5))
    rehearsed = day({"day": ("00:00-24:00", months)}).until("07:50")
    rehearsed.human("add", "chen")
    rehearsed.until("08:30")
    (removed,) = rehearsed.audit("removed")
    assert (removed.person, removed.reason) == ("chen", Reason.SHIFT_END)
    assert removed.origin.startswith("roster ")
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("A2")
@pytest.mark.parametrize("name", ["lie", "queued", "error_after", "timeout_after"])
def test_nothing_is_recorded_as_done_before_a_read_begun_after_the_call_shows_it(
    day: Make, name: str
) -> None:
    rehearsed = day().until("07:59")
    rehearsed.fault(name, on=["remove"])
    rehearsed.until("08:10")
    removed = [r.person for r in rehearsed.audit("removed")]
    assert removed == ([] if name == "lie" else ["ana"])
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("A4", "F21")
def test_what_others_do_is_recorded_as_seen_and_never_as_ours(day: Make) -> None:
    rehearsed = day().until("07:50")
    rehearsed.human("add", "ben")
    rehearsed.until("07:59")
    rehearsed.human("remove", "ana", at=rehearsed.at("08:30").isoformat())
    rehearsed.fault(
        "outage",
        starts=rehearsed.at("07:59:30").isoformat(),
        ends=rehearsed.at("08:40").isoformat(),
    )
    rehearsed.until("09:00")
    assert rehearsed.sent() == []
    seen = {r.person: r for r in rehearsed.audit("seen_in", "seen_out")}
    assert {p: r.kind for p, r in seen.items()} == {"ben": "seen_in", "ana": "seen_out"}
    for record in seen.values():
        assert (record.origin, record.reason, record.attempts) == ("seen by a read", None, ())


@pytest.mark.promise("A4")
def test_someone_who_goes_after_an_attempt_in_doubt_was_probably_removed_by_us(day: Make) -> None:
    rehearsed = day().until("07:59")
    rehearsed.fault("error_before", on=["remove"], next=1)
    rehearsed.human("leave", "ana", at=rehearsed.at("08:00:30").isoformat())
    rehearsed.until("08:10")
    (removed,) = rehearsed.audit("removed")
    assert removed.detail["certainty"] == "probably_ours"


@pytest.mark.promise("A1", "A4")
def test_what_an_attempt_did_is_ours_though_the_next_read_came_a_shift_later(day: Make) -> None:
    shifts = {
        "night": ("00:00-08:00", "ana"),
        "early": ("08:00-08:30", "ben"),
        "middle": ("08:30-09:00", "ana"),
        "late": ("09:00-24:00", "ben"),
    }
    made = day(shifts, starts="07:59")
    made.fault("timeout_after", on=["add"], next=1)
    starts, ends = (made.at(clock).isoformat() for clock in ("08:00:01", "09:10"))
    made.fault("outage", starts=starts, ends=ends)
    made.until("09:40")
    assert made.unlawful() == []
    assert made.inside() == "ben"
    (added,) = made.audit("added", "late_add", "seen_in", person="ben")
    assert added.kind == "added"
    assert added.detail["certainty"] == "probably_ours"
    assert added.attempts == (made.attempts(Kind.ADD)[0].id,)


@pytest.mark.promise("A1", "A4")
@pytest.mark.parametrize("trouble", ["outage", "quota"], ids=["no answer", "nothing is asked"])
@pytest.mark.parametrize("until", ["08:50", "09:10"], ids=["on duty again", "off duty again"])
def test_a_removal_that_was_accepted_is_ours_though_the_next_read_came_a_shift_later(
    day: Make, until: str, trouble: str
) -> None:
    shifts = {
        "night": ("00:00-08:00", "ana"),
        "early": ("08:00-08:30", "ben"),
        "middle": ("08:30-09:00", "ana"),
        "late": ("09:00-24:00", "ben"),
    }
    made = day(shifts, starts="07:59")
    (accepted,) = made.until("08:00:03").attempts(Kind.REMOVE)
    made = day(shifts, starts="07:59")
    starts = (accepted.ended_at + timedelta(milliseconds=1)).isoformat()
    ends = made.at(until)
    made.fault(trouble, starts=starts, ends=ends.isoformat())
    made.until("10:20")
    assert made.unlawful() == []
    assert made.audit("seen_out", person="ana") == []
    gone = made.audit("removed", "late_removal", person="ana")
    assert accepted.id in gone[0].attempts
    assert gone[0].at >= ends
    with made.rehearsal.ledger.reading() as books:
        assert {s.strikes for s in books.seats.all()} == {0}


@pytest.mark.slow
@pytest.mark.promise("A3", "C6", "F13")
def test_a_late_removal_of_someone_on_duty_again_brings_them_back(day: Make) -> None:
    """The call timed out, the shift began, and then it took effect."""
    pair = {"a": ("08:00-08:05", "ben"), "b": ("08:05-24:00", "ana"), "c": ("00:00-08:00", "ana")}
    rehearsed = day(pair, starts="07:58").until("07:59")
    rehearsed.fault("late", on=["remove"], delay=330, next=1)
    rehearsed.until("08:40")
    (late,) = rehearsed.audit("late_removal")
    assert (late.person, late.reason) == ("ana", Reason.SHIFT_END)
    assert {a.kind for a in rehearsed.attempts() if a.id in late.attempts} == {Kind.REMOVE}
    assert rehearsed.inside() == "ana"
    assert rehearsed.measures["uncovered_by_late_effects"] <= 1
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("S9", "S10")
def test_every_call_that_arrived_was_written_down_before(day: Make) -> None:
    rehearsed = day(goodbye=GOODBYE, tell="mara", groups="desk other")
    for name in ("error_before", "timeout_after", "throttle", "disguised"):
        rehearsed.fault(name, chance=0.1)
    rehearsed.until("16:30")
    assert len(rehearsed.calls("add", "remove", "text")) >= 8
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("A5")
def test_the_chain_of_records_holds_after_days_of_everything(day: Make) -> None:
    rehearsed = day(goodbye=GOODBYE, tell="mara").until("07:55")
    for name in sorted(set(NAMED) - {"outage", "quota", "restricted"}):
        rehearsed.fault(name, chance=0.01)
    rehearsed.after(days=1)
    with rehearsed.books() as books:
        head = books.audit.head()
        assert head is not None
        assert head.seq >= 8
        assert books.audit.verify(head) is None


@pytest.mark.promise("S13")
def test_one_notice_names_all_who_go_and_is_said_once(day: Make) -> None:
    pair = {"night": ("00:00-08:00", "ana dora"), "day": ("08:00-16:00", "ben")}
    words = Goodbye({("", ""): "{names} sign off."}, before=timedelta(minutes=5))
    rehearsed = day(pair, goodbye=words, join_early=timedelta(minutes=10)).until("08:10")
    assert rehearsed.said() == ["Ana and Dora sign off."]
    (notice,) = rehearsed.calls("text")
    assert datetime.fromisoformat(notice["at"]) < rehearsed.now - timedelta(minutes=14)
    assert rehearsed.inside() == "ben"


@pytest.mark.promise("S13")
def test_a_goodbye_without_words_for_the_shifts_end_is_not_said_nor_waited_for(day: Make) -> None:
    words = Goodbye({("warning", ""): "{until}", ("ticket", ""): "{names} solved it."})
    rehearsed = day(goodbye=words, starts="07:55").until("08:10")
    assert rehearsed.inside() == "ben"
    assert rehearsed.said() == []
    assert rehearsed.audit("notice") == []
    assert rehearsed.unlawful() == []


@pytest.mark.promise("S13")
def test_no_notice_is_said_for_a_shift_that_ended_long_ago(day: Make) -> None:
    rehearsed = day(goodbye=GOODBYE).until("07:55").down("08:16").after(minutes=5)
    assert rehearsed.inside() == "ben"
    assert rehearsed.said() == []


@pytest.mark.promise("A4")
def test_what_an_outsider_does_while_a_call_of_ours_may_still_land_is_theirs(day: Make) -> None:
    rehearsed = day().until("07:59")
    rehearsed.fault("timeout_before", on=["remove"], next=1)
    rehearsed.until("08:05")
    assert rehearsed.inside() == "ben"
    rehearsed.human("rejoin", "ana")
    rehearsed.until("08:12")
    (seen,) = rehearsed.audit("seen_in")
    assert (seen.person, seen.attempts) == ("ana", ())
    assert rehearsed.audit("late_add") == []
    assert rehearsed.unlawful() == []


@pytest.mark.promise("C6", "A3", "F21")
@pytest.mark.parametrize(
    ("does", "who", "mended"), [("remove", "ben", "add ben"), ("add", "ana", "remove ana")]
)
def test_drift_is_seen_and_repaired_within_one_sweep_without_any_webhook(
    day: Make, does: str, who: str, mended: str
) -> None:
    rehearsed = day().until("08:05")
    for seconds in (1, 400):
        before = rehearsed.now
        rehearsed.after(seconds=seconds).human(does, who)
        drifted = rehearsed.now
        rehearsed.after(minutes=15, seconds=20)
        if seconds == 1:
            assert rehearsed.sent(since=before) == [mended]
            (call,) = rehearsed.calls(since=before)
            assert datetime.fromisoformat(call["at"]) - drifted <= timedelta(minutes=15, seconds=2)
    kind = "seen_out" if does == "remove" else "seen_in"
    assert {r.attempts for r in rehearsed.audit(kind, person=who)} == {()}
    assert rehearsed.unlawful() == []


@pytest.mark.promise("A4", "P-trail")
def test_a_closing_record_keeps_what_its_calls_were_by(day: Make) -> None:
    made = day().until("07:59")
    due = made.at("08:00").isoformat()
    made.fault("error_before", on=["remove"], next=1)
    made.until("08:10")
    for kind in ("added", "removed"):
        (record,) = made.audit(kind)[-1:]
        calls = [a for a in made.attempts() if a.id in record.attempts]
        assert record.detail["called"] == min(a.sent_at for a in calls).isoformat()
        assert record.detail["due"] == due
        assert record.detail["roster"] == calls[-1].roster != ""
        assert record.detail["zone_data"] == calls[-1].zone_data != ""
    assert len(made.audit("removed")[-1].attempts) == 2
