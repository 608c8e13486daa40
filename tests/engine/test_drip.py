"""Never more calls than the account may make, whatever happens."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core import budget
from rotation.engine import AccountRules

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes something: a rehearsed day, or when its daemon dies."""

OLD = " ".join(f"a{n:02d}" for n in range(15))
NEW = " ".join(f"b{n:02d}" for n in range(15))
BURST = {"night": ("00:00-08:00", OLD), "day": ("08:00-24:00", NEW)}


def has_changed(day: Any) -> bool:  # noqa: ANN401 - a rehearsed day
    return bool(day.inside() == NEW)


@pytest.mark.slow
@pytest.mark.promise("S7", "P-drip", "C3")
@pytest.mark.parametrize("latency", [0.0, 1.5])
def test_a_handover_of_thirty_stays_within_the_drip_and_takes_as_long_as_foretold(
    day: Make, latency: float
) -> None:
    rehearsed = day(BURST, starts="07:59", world={"settings": {"latency": latency}})
    foretold = 2 * budget.makespan(15, budget.Rule(8))
    slack = timedelta(seconds=60 * latency + 30)
    rehearsed.until(rehearsed.at("08:00") + foretold + slack)
    assert has_changed(rehearsed)
    assert len(rehearsed.sent()) == 30
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("S7", "F34")
@pytest.mark.parametrize("kill_at", [40, 90, 140])
def test_a_daemon_killed_in_the_middle_forgets_no_call(
    day: Make, death: Make, kill_at: int
) -> None:
    rehearsed = day(BURST, starts="07:59", death=death(at_commits=[kill_at, kill_at + 7]))
    rehearsed.until("08:10")
    assert has_changed(rehearsed)
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("S7")
def test_calls_that_time_out_count_too(day: Make) -> None:
    rehearsed = day(BURST, starts="07:59")
    rehearsed.fault("timeout_after", on=["changes"], chance=0.5)
    rehearsed.until("08:30")
    assert has_changed(rehearsed)
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.parametrize(("rules", "most"), [
    (AccountRules(drip=3), 3),
    (AccountRules(drip=3, paced=True), 1),
])  # fmt: skip
def test_the_drip_is_the_accounts_own_and_may_be_paced(
    day: Make, rules: AccountRules, most: int
) -> None:
    few = {"night": ("00:00-08:00", "ana"), "day": ("08:00-24:00", "b1 b2 b3 b4 b5")}
    rehearsed = day(few, starts="07:59", rules=rules)
    rehearsed.until("08:00:15")
    assert len(rehearsed.sent("add")) == most
    rehearsed.until("08:05")
    assert rehearsed.inside() == "b1 b2 b3 b4 b5"
    assert rehearsed.unlawful() == []


@pytest.mark.promise("S7")
def test_reads_count_too_where_all_calls_together_are_few(day: Make) -> None:
    rehearsed = day(starts="07:59", rules=AccountRules(requests=3))
    rehearsed.until("08:05")
    assert rehearsed.inside() == "ben"
    assert rehearsed.measures["most_requests_in_a_minute"] == 3
    assert rehearsed.wrongs == {}


PRIVATE = [{"phone": f"+35191000{n:04d}", "privacy": "contacts"} for n in range(1, 6)]
MANY = {"night": ("00:00-08:00", "ana"), "day": ("08:00-24:00", "b1 b2 b3 b4 b5")}


@pytest.mark.promise("S7")
@pytest.mark.parametrize("latency", [0.0, 1.5])
def test_asking_for_an_invite_link_counts_too(day: Make, latency: float) -> None:
    rehearsed = day(
        MANY, starts="07:59", rules=AccountRules(requests=5),
        world={"settings": {"latency": latency}},
        change=lambda world: world["people"].extend(PRIVATE),
    )  # fmt: skip
    rehearsed.until("08:15")
    assert [len(rehearsed.said(name)) for name in MANY["day"][1].split()] == [1, 1, 1, 1, 1]
    assert rehearsed.measures["most_requests_in_a_minute"] == 5
    assert rehearsed.unlawful() == []


@pytest.mark.promise("S7")
def test_asking_for_hidden_ids_counts_too(day: Make) -> None:
    def by_lid(world: Any) -> None:  # noqa: ANN401 - a sandbox's founding data
        for n, person in enumerate(world["people"]):
            person |= {"lid": f"9000000{n:02d}", "lid_known": False}
        for group in world["groups"]:
            group["by_lid"] = True

    rehearsed = day(MANY, starts="07:50", rules=AccountRules(requests=4), change=by_lid)
    rehearsed.until("08:10")
    assert len(rehearsed.calls("lid_of")) >= 5
    assert rehearsed.measures["most_requests_in_a_minute"] == 4
    assert rehearsed.wrongs == {}


@pytest.mark.promise("S7")
def test_telling_people_counts_too_and_waits_where_it_does_not_fit(day: Make) -> None:
    rehearsed = day(
        MANY, starts="07:50", rules=AccountRules(requests=5), tell="mara dora",
        change=lambda world: world["people"].extend(PRIVATE),
    )  # fmt: skip
    rehearsed.until("08:15")
    assert rehearsed.said("mara")
    assert rehearsed.said("dora") == rehearsed.said("mara")
    assert rehearsed.measures["most_requests_in_a_minute"] == 5
    assert rehearsed.wrongs == {}


@pytest.mark.promise("S7", "F34")
@pytest.mark.parametrize("kill_at", range(1, 12))
def test_a_daemon_killed_while_it_reads_forgets_no_request(
    day: Make, death: Make, kill_at: int
) -> None:
    ends = death(at_answers=range(kill_at, kill_at + 4))
    rehearsed = day(starts="07:58", rules=AccountRules(requests=4), death=ends)
    rehearsed.until("08:10")
    assert rehearsed.inside() == "ben"
    assert rehearsed.measures["most_requests_in_a_minute"] <= 4
    assert rehearsed.unlawful() == []


@pytest.mark.parametrize("fault", ["html", "outage", "throttle"])
def test_an_invite_link_that_cannot_be_had_is_asked_for_again_and_never_in_a_hurry(
    day: Make, fault: str
) -> None:
    rehearsed = day(starts="07:58", change=lambda world: world["people"].extend(PRIVATE))
    rehearsed.fault(fault, on=["invite"])
    rehearsed.until("08:59")
    assert 3 <= len(rehearsed.calls("invite")) <= 13
    assert rehearsed.said("ben") == []
    rehearsed.heal()
    rehearsed.after(minutes=16)
    assert len(rehearsed.said("ben")) == 1
    assert rehearsed.unlawful() == []


@pytest.mark.promise("C8", "F34")
def test_a_group_that_always_fails_delays_another_by_a_call_at_most(day: Make) -> None:
    rehearsed = day(starts="07:50", groups="desk other")
    rehearsed.fault("timeout_before", chats=[rehearsed.chat("desk")], seconds=20)
    rehearsed.until("08:01:30")
    assert rehearsed.inside("other") == "ben"
    assert rehearsed.inside("desk") == "ana"
    assert rehearsed.unlawful() == []


@pytest.mark.promise("S-9")
def test_removals_still_waiting_when_their_people_are_due_again_are_dropped(day: Make) -> None:
    many = " ".join(f"p{n:02d}" for n in range(24))
    short = {
        "night": ("00:00-08:00", many),
        "short": ("08:00-08:02", "ben"),
        "day": ("08:02-24:00", many),
    }
    rehearsed = day(short, starts="07:58").until("08:02")
    removed = len(rehearsed.sent("remove"))
    assert removed == 16
    rehearsed.until("08:10")
    assert rehearsed.inside() == many
    gone_later = rehearsed.sent("remove")[removed:]
    assert gone_later == ["remove ben"]
    assert len(rehearsed.sent("add")) == 1 + removed
    assert rehearsed.unlawful() == []


@pytest.mark.promise("C8", "F34")
def test_starting_does_not_depend_on_a_group_that_never_answers(day: Make) -> None:
    rehearsed = day(starts="08:00", groups="desk other", inside="ana")
    never = {"chats": [rehearsed.chat("desk")], "seconds": 20}
    rehearsed.fault("timeout_before", on=["all"], **never)
    rehearsed.until("08:01")
    assert rehearsed.inside("other") == "ben"
    rehearsed.until("16:00:45")
    assert rehearsed.inside("other") == "chen"
    assert rehearsed.sent() == ["add ben", "remove ana", "add chen", "remove ben"]
    asked = [e for e in rehearsed.ask("GET", "log")["entries"] if e["chat"] == rehearsed.chat()]
    assert 32 <= len(asked) <= 60, "at first every half minute, then every quarter of an hour"
    assert rehearsed.unlawful() == []


@pytest.mark.promise("C8")
def test_a_person_who_can_never_be_added_holds_up_neither_colleagues_nor_other_groups(
    day: Make,
) -> None:
    team = {"night": ("00:00-08:00", "ana"), "day": ("08:00-16:00", "ben chen dora")}

    def hidden(world: Any) -> None:  # noqa: ANN401 - the sandbox's plain data
        who = next(p for p in world["people"] if p["phone"] == "+351910000001")
        who["on_whatsapp"] = False

    rehearsed = day(team, starts="07:59", groups="desk other", change=hidden)
    rehearsed.until("08:01")
    for group in ("desk", "other"):
        assert rehearsed.inside(group) == "chen dora"
    tried = rehearsed.sent("add").count("add ben")
    assert tried == 2
    rehearsed.until("15:00")
    assert rehearsed.sent("add").count("add ben") == tried
    assert rehearsed.unlawful() == []
