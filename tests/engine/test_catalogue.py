"""Rows of the catalogue of faults, each as a whole: what goes wrong, and all that comes of it."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Kind
from rotation.core.outcome import InDoubt
from rotation.core.roster import Goodbye, PersonId, Uncovered
from rotation.engine import AccountRules
from rotation.engine.house import NEXT_PIECE
from rotation.ledger import RESTORED_AT, Ledger, upgrade
from rotation.ledger.audit import PIECE

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""

DAY = timedelta(days=1)
GOODBYE = Goodbye({("", ""): "{names} sign off."})
UNKNOWN = {"answer": "error", "acts": "no", "status": 404}
"""A server that says `not found`, and has done nothing."""


def at(calls: list[Any]) -> list[datetime]:
    return [datetime.fromisoformat(call["at"]) for call in calls]


def leaves(day: Any, who: str) -> None:  # noqa: ANN401 - a rehearsed day
    """Somebody may be in no group any more, and the judge knows it."""
    with day.by_hand() as books:
        books.leavers.mark(PersonId(who), "mara", "left the firm", day.now)
    day.left.append(who)
    day.tell_judge()


@pytest.mark.promise("A2")
def test_F8_a_removal_answered_by_404_is_not_done_before_a_read_shows_it(day: Make) -> None:
    rehearsed = day(starts="07:58")
    rehearsed.ask("POST", "faults", {**UNKNOWN, "on": ["remove"], "next": 3})
    rehearsed.until("08:03")
    assert rehearsed.inside() == "ana ben"
    assert rehearsed.audit("removed") == []
    assert rehearsed.seats()["ana"].op is Kind.REMOVE
    rehearsed.until("08:30")
    assert rehearsed.inside() == "ben"
    assert len(rehearsed.sent("remove")) == 4
    assert rehearsed.unlawful() == []


@pytest.mark.promise("A2")
def test_F8_a_read_answered_by_404_proves_nothing_and_closes_nothing(day: Make) -> None:
    rehearsed = day(starts="07:58").until("07:59")
    rehearsed.ask("POST", "faults", {**UNKNOWN, "on": ["reads"]})
    rehearsed.until("08:20")
    assert rehearsed.audit("removed", "seen_out") == []
    assert set(rehearsed.inside().split()) & {"ana", "ben"}
    rehearsed.heal()
    rehearsed.after(minutes=20)
    assert rehearsed.inside() == "ben"
    assert rehearsed.unlawful() == []


@pytest.mark.promise("S7")
@pytest.mark.parametrize(
    "says", [None, "0", "-5", "soon", "999999999", "Wed, 21 Oct 2015 07:28:00 GMT"]
)
def test_F10_calls_wait_a_bounded_time_that_grows_whatever_retry_after_says(
    day: Make, says: str | None
) -> None:
    rehearsed = day(starts="07:58").until("07:59")
    rehearsed.fault("throttle", retry_after=says, ends=rehearsed.at("09:30").isoformat())
    rehearsed.until("09:30")
    asked = at(rehearsed.ask("GET", "log")["entries"])
    waits = [later - earlier for earlier, later in pairwise(a for a in asked if a.hour >= 8)]
    assert 1 <= len(waits) <= 12, "stopped, and not hammered"
    assert all(timedelta(seconds=25) <= w <= timedelta(hours=1, minutes=1) for w in waits)
    assert sorted(waits) == waits or says == "999999999"
    rehearsed.after(hours=1, minutes=2)
    assert rehearsed.inside() == "ben"
    assert rehearsed.unlawful() == []


@pytest.mark.promise("S7")
def test_F10_after_too_many_calls_the_drip_is_halved_and_comes_back_step_by_step(
    day: Make,
) -> None:
    many = " ".join(f"b{n:02d}" for n in range(60))
    rehearsed = day({"day": ("08:00-24:00", many)}, starts="07:59", uncovered=Uncovered.EMPTY)
    rehearsed.fault("throttle", on=["add"], next=2, ends=rehearsed.at("08:10").isoformat())
    rehearsed.until("08:03:30")
    rehearsed.rehearsal.restart()
    rehearsed.until("08:45")
    sent = at(rehearsed.calls("add"))
    calm = sent[2] - timedelta(seconds=1)

    def most(since: int, until: int) -> int:
        between = [t for t in sent if since <= (t - calm).total_seconds() / 60 < until]
        return max(sum(t - minute < timedelta(minutes=1) for t in between if t >= minute)
                   for minute in between)  # fmt: skip

    assert [most(0, 15), most(15, 30)] == [2, 4], "a restart forgets nothing"
    assert rehearsed.inside() == many[: len(rehearsed.inside())]
    assert rehearsed.unlawful() == []


@pytest.mark.promise("C5", "S7")
def test_F11_after_an_outage_of_hours_the_leaver_goes_first_and_the_rest_by_the_drip(
    day: Make,
) -> None:
    groups = "a b c d e f g h"
    rehearsed = day(starts="11:50", inside="ben", groups=groups, rules=AccountRules(drip=3))
    down = {"starts": rehearsed.at("11:55").isoformat(), "ends": rehearsed.at("16:30").isoformat()}
    rehearsed.human("add", "dora", "h")
    rehearsed.fault("outage", **down)
    rehearsed.until("16:00")
    leaves(rehearsed, "dora")
    rehearsed.until("16:30")
    assert rehearsed.sent() == []
    asked = len(rehearsed.ask("GET", "log")["entries"])
    assert asked < 8 * 5 * 12, "each group is looked at a few times an hour"
    rehearsed.after(minutes=25)
    assert rehearsed.sent("remove")[0] == "remove dora", "additions have a window of their own"
    assert Counter(rehearsed.sent()) == {"remove dora": 1, "add chen": 8, "remove ben": 8}
    assert rehearsed.unlawful() == []


@pytest.mark.promise("A1")
def test_F14_no_call_names_more_than_one_person_so_half_a_call_is_none(day: Make) -> None:
    two = {"night": ("00:00-08:00", "ana dora"), "day": ("08:00-24:00", "ben chen")}
    rehearsed = day(two, starts="07:58")
    rehearsed.fault("partial", next=4)
    rehearsed.until("08:30")
    assert {len(call["people"]) for call in rehearsed.calls("add", "remove")} == {1}
    assert rehearsed.inside() == "ben chen"
    assert rehearsed.unlawful() == []


def test_F19_a_number_that_changes_by_itself_is_nobodys_to_remove(day: Make) -> None:
    rehearsed = day(starts="08:30", tell="mara").until("08:40")
    new = "+351910099999"
    rehearsed.script("number_change", phone=rehearsed.phone("ben"), new_phone=new)
    rehearsed.until("16:20")
    assert new in rehearsed.members(), "unknown, so not managed"
    assert all(call["people"] != [new] for call in rehearsed.calls("add", "remove"))
    assert "Ben" in " ".join(rehearsed.said("mara"))
    assert rehearsed.wrongs == {}


@pytest.mark.promise("C4")
def test_F20_a_group_we_were_taken_out_of_is_held_and_looked_at_now_and_then(day: Make) -> None:
    rehearsed = day(groups="desk other", tell="mara").until("07:50")
    rehearsed.human("remove", "us")
    rehearsed.until("10:00")
    assert rehearsed.holds() == {"desk": "group_gone"}
    changed = rehearsed.audit("added", "removed", "seen_out")
    assert {record.group for record in changed} == {"other"}, "nothing counts as done"
    reads = [e for e in rehearsed.calls("group", "members") if e["chat"] == rehearsed.chat()]
    assert len(reads) <= 30, "not every minute"
    assert rehearsed.inside("other") == "ben"
    assert rehearsed.said("mara")
    assert rehearsed.wrongs == {}


def beside_another(day: Make, groups: str, until: str) -> tuple[Any, Any]:
    """Two daemons with one number and a roster each, of which they do what they can until then."""
    swapped = {
        "asia": ("00:00-08:00", "ana"),
        "dawn": ("04:00-05:00", "ben"),
        "europe": ("08:00-16:00", "chen"),
    }
    rehearsed = day(starts="07:50", tell="mara", groups=groups)
    other = day(swapped, starts="07:50", tell="mara", groups=groups)
    other.rehearsal.world, other.rehearsal._steps = (  # noqa: SLF001 - one world and one clock for both
        rehearsed.rehearsal.world,
        rehearsed.rehearsal._steps,  # noqa: SLF001 - as above
    )

    ends = rehearsed.at(until)
    while rehearsed.now < ends:
        next_minute = rehearsed.now + timedelta(minutes=1)
        rehearsed.until(next_minute)
        other.rehearsal.wake()
        other.until(next_minute + timedelta(seconds=30))
    return rehearsed, other


@pytest.mark.promise("C4")
def test_F28_two_daemons_that_undo_each_other_stop_and_a_person_is_told(day: Make) -> None:
    rehearsed, other = beside_another(day, "desk", "12:00")
    sent = Counter(rehearsed.sent())
    assert max(sent.values()) <= 3 * 2, "each of them gives up after two more rounds"
    assert "strikes" in {*rehearsed.holds().values(), *other.holds().values()}
    quiet = len(rehearsed.sent())
    rehearsed.after(hours=2)
    assert len(rehearsed.sent()) == quiet
    assert rehearsed.said("mara")


@pytest.mark.slow
@pytest.mark.promise("C4")
def test_F28_where_most_groups_are_undone_at_once_the_account_waits_for_a_person(
    day: Make,
) -> None:
    both = beside_another(day, "a b c d", "11:00")
    (held,) = (one for one in both if one.holds() == {"main": "rival"})
    assert "look for a second installation" in " ".join(held.said("mara"))
    quiet = len(held.sent())
    held.until("14:00")
    assert len(held.sent()) == quiet, "nothing is done while the other one is looked for"
    assert held.release("rival") == "released"
    held.after(minutes=5)
    wanted = "ben" if held is both[0] else "chen"
    assert {held.inside(group) for group in "abcd"} == {wanted}
    assert held.holds() == {}


@pytest.mark.promise("S5")
def test_F32_a_restored_ledger_removes_nobody_on_its_word_and_asks_for_its_leavers_again(
    day: Make,
) -> None:
    rehearsed = day(starts="07:50", tell="mara").until("07:55")
    leaves(rehearsed, "dora")
    with rehearsed.by_hand() as books:
        books.meta.put(RESTORED_AT, rehearsed.now.isoformat())
    rehearsed.human("add", "dora")
    rehearsed.until("16:30")
    assert rehearsed.sent() == [], "not even a leaver goes before a person has looked"
    assert rehearsed.inside() == "ana dora"
    assert rehearsed.said("mara")
    rehearsed.release("restored")
    rehearsed.after(minutes=20)
    assert rehearsed.sent()[0] == "remove dora"
    assert rehearsed.inside() == "chen", "straight to now"
    assert rehearsed.unlawful() == []


@pytest.mark.promise("S7", "C8")
def test_F34_a_daemon_that_crashes_at_every_call_neither_hammers_nor_forgets_a_wait(
    day: Make, death: Make
) -> None:
    rehearsed = day(
        starts="07:58", rules=AccountRules(requests=6), death=death(range(1), range(1, 60))
    )
    rehearsed.until("08:30")
    assert rehearsed.measures["most_requests_in_a_minute"] <= 6
    repeats = [a.sent_at for a in rehearsed.attempts(Kind.ADD)]
    assert all(later - before >= timedelta(seconds=89) for before, later in pairwise(repeats))
    assert all(isinstance(a.outcome, InDoubt) for a in rehearsed.attempts(Kind.ADD)[:-1])
    rehearsed.after(hours=1)
    assert rehearsed.inside() == "ben"
    assert rehearsed.unlawful() == []


@pytest.mark.promise("C4")
@pytest.mark.parametrize(("fault", "hold"), [("restricted", "session"), ("quota", "credentials")])
def test_F35_a_restricted_number_rests_for_an_hour_at_a_time_and_a_person_hears_of_it(
    day: Make, fault: str, hold: str
) -> None:
    told: list[str] = []

    def alert(text: str) -> bool:
        told.append(text)
        return True

    rehearsed = day(starts="07:58", alert=alert).until("07:59")
    rehearsed.fault(fault, on=["changes"], ends=rehearsed.at("20:00").isoformat())
    rehearsed.until("15:59")
    assert rehearsed.holds()["main"] == hold
    assert len(rehearsed.sent()) <= 9, "one try an hour"
    assert "ana" in rehearsed.inside()
    assert "to be removed by hand: ana from desk" in told[-1]
    rehearsed.until("21:10")
    assert rehearsed.inside() == "chen"
    assert rehearsed.unlawful() == []


@pytest.mark.promise("S7", "C4")
def test_F35_a_day_that_is_used_up_stops_changes_and_names_who_is_to_be_removed_by_hand(
    day: Make,
) -> None:
    rehearsed = day(starts="07:58", groups="a b c", tell="mara", rules=AccountRules(daily=4))
    rehearsed.human("add", "dora", "c")
    rehearsed.until("08:05")
    leaves(rehearsed, "dora")
    rehearsed.down("15:59").until("16:05")
    assert len(rehearsed.sent()) == 4, "not even after a restart, and not at the next shift"
    assert rehearsed.holds() == {"main": "spent"}
    assert "to be removed by hand: dora from c, ana from" in rehearsed.said("mara")[-1]
    rehearsed.down("07:59").until("08:03")
    sent = at(rehearsed.calls("add", "remove"))
    assert "remove dora" in rehearsed.sent()[4:6], "and she goes first"
    assert max(sum(t - DAY < u <= t for u in sent) for t in sent) == 4
    assert rehearsed.wrongs == {}


@pytest.mark.promise("S13")
def test_F36_a_notice_that_may_have_been_heard_is_not_said_again(day: Make, death: Make) -> None:
    rehearsed = day(starts="07:58", goodbye=GOODBYE).until("07:59")
    rehearsed.fault("timeout_after", on=["text"])
    rehearsed.until("08:10")
    assert rehearsed.said() == ["Ana sign off."]
    assert rehearsed.inside() == "ben"
    assert rehearsed.unlawful() == []


@pytest.mark.promise("E-8", "S4")
@pytest.mark.parametrize("seconds", [-2, -1, 0, 1, 2, 3, 5])
def test_F37_a_handover_by_hand_in_the_seconds_of_a_boundary_has_one_effect(
    day: Make, seconds: int
) -> None:
    rehearsed = day(starts="07:58").until(
        day(starts="07:58").at("08:00") + timedelta(seconds=seconds)
    )
    for _ in range(2):
        rehearsed.grant("dora", until="10:00", duty=True)
        rehearsed.grant("ben", until="10:00", out=True)
    rehearsed.until("08:20")
    assert rehearsed.inside() == "dora"
    assert max(Counter(rehearsed.sent()).values()) == 1
    rehearsed.until("10:20")
    assert rehearsed.inside() == "ben"
    assert rehearsed.unlawful() == []


def forged(path: Path) -> None:
    """Somebody with a shell changes who went."""
    with closing(sqlite3.connect(path, isolation_level=None)) as found:
        for (trigger,) in found.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
        ).fetchall():
            found.execute(f"DROP TRIGGER {trigger}")
        found.execute("UPDATE audit SET person = 'mara' WHERE kind = 'removed'")


def over_a_file(day: Make, folder: Path, past: int = 0) -> tuple[Any, Path]:
    """A rehearsal of which others can reach the ledger, in which are so many records already."""
    path = folder / "rotation.db"
    upgrade(f"sqlite:///{path}")
    with closing(Ledger(f"sqlite:///{path}")) as ledger, ledger.writing() as books:
        for n in range(past):
            at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=n)
            books.audit.append(
                at=at, kind="seen_in", group=None, person=None, reason=None, origin="", detail={}
            )
    made = day(starts="07:50", tell="mara", ledger=f"sqlite:///{path}")
    return made.until("08:05"), path


@pytest.mark.promise("A5", "C4")
def test_F38_a_changed_record_found_at_the_start_stops_all_until_a_person_has_looked(
    day: Make, tmp_path: Path
) -> None:
    rehearsed, path = over_a_file(day, tmp_path)
    sent = rehearsed.sent()
    forged(path)
    rehearsed.rehearsal.restart()
    rehearsed.until("16:20")
    assert rehearsed.sent() == sent
    assert rehearsed.holds() == {"main": "audit"}
    (broken,) = rehearsed.events("audit_broken")
    assert "changed after it was written" in broken.text
    assert "audit" in rehearsed.said("mara")[-1]
    assert rehearsed.release("audit") == "released"
    rehearsed.after(minutes=2)
    assert rehearsed.inside() == "chen"
    rehearsed.rehearsal.restart()
    rehearsed.after(minutes=2)
    assert rehearsed.holds() == {}, "what a person has looked at holds nothing up again"
    rehearsed.rehearsal.ledger.close()


@pytest.mark.promise("A5")
def test_F38_a_long_trail_is_looked_at_piece_by_piece_down_to_the_changed_record(
    day: Make, tmp_path: Path
) -> None:
    rehearsed, path = over_a_file(day, tmp_path, past=PIECE)
    forged(path)
    restarted = rehearsed.now
    rehearsed.rehearsal.restart()
    rehearsed.after(minutes=1)
    (broken,) = rehearsed.events("audit_broken")
    assert int(broken.text.split()[1].rstrip(":")) > PIECE
    assert NEXT_PIECE <= broken.at - restarted < 3 * NEXT_PIECE
    assert rehearsed.holds()["main"] == "audit"
    rehearsed.rehearsal.ledger.close()


@pytest.mark.slow
@pytest.mark.promise("A5")
def test_F38_a_record_changed_under_a_running_daemon_is_found_within_a_day(
    day: Make, tmp_path: Path
) -> None:
    rehearsed, path = over_a_file(day, tmp_path)
    forged(path)
    rehearsed.after(days=1)
    found = rehearsed.now
    assert rehearsed.holds()["main"] == "audit"
    rehearsed.after(hours=9)
    assert rehearsed.sent(since=found) == []
    rehearsed.rehearsal.ledger.close()
