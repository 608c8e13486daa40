"""A handover over every way in which the provider can mislead, and over hours of nothing."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from rotation.engine import AccountRules
from rotation.sandbox.faults import NAMED

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""

EARLY = timedelta(minutes=10)


def proven_within(day: Any, **length: float) -> bool:  # noqa: ANN401 - a rehearsed day
    """Whether the newest handover of every group is proven before the time is over."""
    ends = day.now + timedelta(**length)
    while day.now < ends:
        day.after(minutes=5)
        with day.books() as books:
            newest = [books.handovers.of(group, limit=1)[0] for group in day.roster.groups]
        if day.settled() and all(row.proven_at for row in newest):
            return True
    return False


@pytest.mark.slow
@pytest.mark.promise("A2", "C1", "C4", "F11", "F13", "F14", "F17")
@pytest.mark.parametrize("name", sorted(NAMED))
def test_a_handover_gets_over_every_fault_that_ends(day: Make, name: str) -> None:
    rehearsed = day(starts="07:58", groups="desk other")
    rehearsed.until("07:59").fault(name, ends=rehearsed.at("08:10").isoformat())
    rehearsed.until("08:10")
    assert proven_within(rehearsed, minutes=70), rehearsed.holds()
    assert (rehearsed.inside("desk"), rehearsed.inside("other")) == ("ben", "ben")
    assert rehearsed.holds() == {}
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(NAMED) - {"slow"}))
def test_nobody_leaves_before_cover_is_in_while_a_fault_lasts(day: Make, name: str) -> None:
    rehearsed = day(starts="07:58")
    rehearsed.fault(name)
    rehearsed.until("08:20")
    assert set(rehearsed.inside().split()) & {"ana", "ben"}
    assert rehearsed.measures["uncovered_minutes"] == {rehearsed.chat(): pytest.approx(0, abs=21)}
    assert rehearsed.wrongs == {}


@pytest.mark.slow
@pytest.mark.promise("F12")
@pytest.mark.parametrize("name", ["error_after", "timeout_after", "reset_after", "hollow", "blank"])
def test_what_took_effect_without_an_answer_is_found_by_the_read_and_not_sent_again(
    day: Make, name: str
) -> None:
    rehearsed = day(starts="07:58")
    rehearsed.fault(name)
    rehearsed.until("08:20")
    assert rehearsed.sent() == ["add ben", "remove ana"]
    certain = {r.detail["certainty"] for r in rehearsed.audit("added", "removed")}
    assert certain == {"probably_ours"}


@pytest.mark.slow
@pytest.mark.promise("S3", "F17")
@pytest.mark.parametrize("name", ["empty_list", "list_without_us", "outage", "html", "truncated"])
def test_E_17_a_list_that_cannot_be_believed_removes_nobody(day: Make, name: str) -> None:
    rehearsed = day(starts="07:58", inside="ana ben", join_early=EARLY)
    rehearsed.until("07:59").fault(name, on=["reads"])
    rehearsed.until("08:20")
    assert rehearsed.sent() == []
    assert rehearsed.holds() == {"desk": "unlisted"}
    rehearsed.heal()
    assert proven_within(rehearsed, minutes=20)
    assert rehearsed.sent() == ["remove ana"]
    assert rehearsed.unlawful() == []


@pytest.mark.promise("S3", "F17")
@pytest.mark.parametrize("engine", ["noweb", "gows", "webjs", "wawp"])
@pytest.mark.parametrize("lacks", [[], ["group"]])
def test_another_groups_list_removes_nobody_and_proves_nothing(
    day: Make, engine: str, lacks: list[str]
) -> None:
    settings = {"engine": engine, "lacks": lacks}
    rehearsed = day(starts="07:58", groups="desk other", inside="ana", world={"settings": settings})
    rehearsed.human("add", "ben", "other")
    rehearsed.human("remove", "ana", "other")
    rehearsed.fault("wrong_group", chats=[rehearsed.chat("desk")])
    rehearsed.until("08:20")
    assert {e["chat"] for e in rehearsed.calls("add", "remove")} == {rehearsed.chat("other")}
    assert (rehearsed.inside("desk"), rehearsed.inside("other")) == ("ana", "ben")
    assert rehearsed.holds() == {"desk": "unlisted"}
    rehearsed.heal()
    assert proven_within(rehearsed, minutes=20)
    assert rehearsed.inside("desk") == "ben"
    assert rehearsed.unlawful() == []


@pytest.mark.promise("S3")
def test_a_bare_list_is_used_where_the_server_has_no_answer_that_names_the_group(
    day: Make,
) -> None:
    rehearsed = day(starts="07:58", world={"settings": {"lacks": ["group", "detail"]}})
    rehearsed.until("08:01")
    assert rehearsed.sent() == ["add ben", "remove ana"]
    assert rehearsed.audit("held") == []
    assert len(rehearsed.calls("group", "detail")) == 2
    assert len(rehearsed.calls("members")) >= 3
    assert rehearsed.unlawful() == []


def test_a_read_that_takes_several_requests_waits_for_each_of_them(day: Make) -> None:
    lacking = {"settings": {"lacks": ["group", "detail"]}}
    rehearsed = day(starts="07:50", world=lacking, rules=AccountRules(requests=2))
    rehearsed.until("08:20")
    assert rehearsed.inside() == "ben"
    assert rehearsed.measures["most_requests_in_a_minute"] == 2
    assert rehearsed.unlawful() == []


@pytest.mark.promise("F17")
def test_E_17_a_list_that_lost_half_its_members_waits_for_a_second_look(day: Make) -> None:
    desk = {"night": ("00:00-08:00", "ana ben chen dora emil"), "early": ("08:00-24:00", "fay")}
    rehearsed = day(desk, starts="07:50")
    rehearsed.until("07:51").fault("half_list", next=1)
    rehearsed.until("08:00:20")
    assert rehearsed.sent() == []
    assert rehearsed.holds() == {"desk": "unlisted"}
    assert rehearsed.audit("seen_out") == []
    assert proven_within(rehearsed, minutes=10)
    assert rehearsed.inside() == "fay"


@pytest.mark.slow
@pytest.mark.promise("C7", "P-downtime", "F11")
def test_an_outage_of_six_hours_over_a_handover_costs_only_the_difference(day: Make) -> None:
    rehearsed = day(starts="11:50", inside="ben")
    down = {"starts": rehearsed.at("11:55").isoformat(), "ends": rehearsed.at("17:55").isoformat()}
    rehearsed.fault("outage", **down)
    rehearsed.until("17:55")
    assert rehearsed.sent() == []
    assert proven_within(rehearsed, minutes=16)
    assert rehearsed.sent() == ["add chen", "remove ben"]
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("C1", "A2")
def test_two_days_with_every_third_call_going_wrong_end_well(day: Make) -> None:
    rehearsed = day(starts="07:50")
    shared = sorted(set(NAMED) - {"slow", "outage", "quota", "restricted"})
    rehearsed.until("07:51")
    for name in shared:
        rehearsed.fault(name, chance=0.3 / len(shared) * 1.2)
    rehearsed.after(days=2)
    rehearsed.heal()
    assert proven_within(rehearsed, minutes=20)
    assert rehearsed.holds() == {}
    assert rehearsed.unlawful() == []
    proven = rehearsed.events("proven")
    assert len(proven) >= len(rehearsed.events("handover")) - 1
