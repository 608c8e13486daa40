"""A wipe in a rehearsed world: out of every group there is, and proven to be."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Kind, Leaver
from rotation.core.roster import Everyone, Mode, PersonId, Phone
from rotation.engine import AccountRules, wipes
from rotation.engine.gather import YOUNG

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""
Mortal: TypeAlias = Callable[..., Any]
"""When the daemon dies."""

US, BEN, DORA = "+15550100999", "+351910000001", "+351910000003"
STRANGER = "+351910009999"


def elsewhere(number: int) -> str:
    """The chat of a group that no roster names."""
    return f"12036304129999{number:04}@g.us"


def outside(*members: str, count: int = 1, **more: object) -> Callable[[Any], None]:
    """Groups that no roster names, each with our account as an admin and these members."""

    def change(told: Any) -> None:  # noqa: ANN401 - a world's plain data
        for number in range(count):
            made = {
                "chat": elsewhere(number), "subject": f"Old friends {number}",
                "creator": "+15550100001", "admins": [US], "members": [*members],
            }  # fmt: skip
            told["groups"].append({**made, **more})

    return change


def wipe(day: Any, who: str) -> datetime:  # noqa: ANN401 - a rehearsed day
    """Somebody becomes a leaver by mara's hand; when that was."""
    day.left.append(who)
    day.tell_judge()
    with day.by_hand() as books:
        person = books.people.stranger(who, None, day.now) if who.startswith("+") else who
        assert wipes.begin(books, PersonId(person), "mara", "left the firm", day.now)
    at: datetime = day.now
    return at


def places(day: Any, who: str) -> list[str]:  # noqa: ANN401 - a rehearsed day
    """The subjects of all groups, in a roster or not, in which somebody truly is."""
    groups = day.ask("GET", "state")["groups"].values()
    return sorted(g["subject"] for g in groups if day.phone(who) in g["members"])


def mark(day: Any, who: str) -> Leaver:  # noqa: ANN401 - a rehearsed day
    with day.books() as books:
        found: Leaver = books.leavers.everywhere()[PersonId(who)]
        return found


def ended(day: Any) -> list[str]:  # noqa: ANN401 - a rehearsed day
    """What was recorded of wipes and their ends, oldest first."""
    return [r.kind for r in day.audit("leaver", "wipe_waits", "wiped", "reinstated")]


# -- the groups of one team ----------------------------------------------------------------------


def moves(day: Any, who: str, team: str) -> None:  # noqa: ANN401 - a rehearsed day
    """Somebody leaves a team by mara's hand."""
    day.moved[who] = team
    day.tell_judge()
    with day.by_hand() as books:
        of = wipes.Team.of(day.roster, team)
        assert wipes.begin(books, PersonId(who), "mara", "moves to sales", day.now, of=of)


def with_teams(day: Any, **teams: str) -> Any:  # noqa: ANN401 - a rehearsed day
    """The day once its groups are of these teams."""
    groups = {
        name: replace(group, team=teams.get(name)) for name, group in day.roster.groups.items()
    }
    assert day.adopt(replace(day.roster, groups=groups)).in_force
    return day.after(minutes=1)


@pytest.mark.promise("C5", "S5", "A1", "P-wipe", "P-moved")
def test_who_leaves_a_team_goes_from_its_groups_and_from_no_other(day: Make) -> None:
    heard: list[str] = []
    made = day(
        {"all": ("00:00-24:00", "ana ben")}, groups="desk shop yard", inside="ana ben",
        change=outside(BEN), alert=lambda text: heard.append(text) is None,
    )  # fmt: skip
    desk = with_teams(made, desk="support", shop="support", yard="sales")
    moves(desk, "ben", "support")
    desk.after(minutes=3)
    assert [desk.inside(group) for group in ("desk", "shop", "yard")] == ["ana", "ana", "ana ben"]
    assert places(desk, "ben") == ["Old friends 0", "yard"], "what is of no team is left alone"
    assert {(r.group, r.reason.value) for r in desk.audit("removed", person="ben")} == {
        ("desk", "moved"), ("shop", "moved"),
    }  # fmt: skip
    (proven,) = desk.audit("wiped")
    assert (proven.detail["team"], proven.detail["groups"]) == ("support", ["desk", "shop"])
    desk.human("add", "ben")
    desk.after(hours=1)
    assert desk.inside() == "ana", "whoever puts them back sees them removed again"
    assert [t for t in heard if "The wipe of Ben from team support" in t and "proven" in t]
    with_teams(desk, desk="sales", shop="support", yard="support")
    desk.after(minutes=20)
    assert [desk.inside(group) for group in ("desk", "shop", "yard")] == ["ana ben", "ana", "ana"]
    assert desk.unlawful() == []


def test_a_wipe_of_all_groups_stands_beside_one_of_a_team_and_outlives_it(day: Make) -> None:
    made = day({"all": ("00:00-24:00", "ana ben")}, groups="desk yard", inside="ana ben")
    desk = with_teams(made, desk="support")
    moves(desk, "ben", "support")
    desk.after(minutes=2)
    wipe(desk, "ben")
    desk.after(minutes=3)
    assert [desk.inside(group) for group in ("desk", "yard")] == ["ana", "ana"]
    desk.left.clear()
    desk.tell_judge()
    with desk.by_hand() as books:
        assert wipes.reinstate(books, PersonId("ben"), "mara", "a mistake", desk.now)
    desk.after(minutes=2)
    assert [desk.inside(group) for group in ("desk", "yard")] == ["ana", "ana ben"]
    desk.moved.clear()
    desk.tell_judge()
    with desk.by_hand() as books:
        assert wipes.reinstate(books, PersonId("ben"), "mara", "back", desk.now, "support")
    desk.after(minutes=2)
    assert desk.inside() == "ana ben"
    assert desk.unlawful() == []


# -- every group, and in time --------------------------------------------------------------------


@pytest.mark.promise("C5", "S1", "P-wipe", "P-wipe-proof")
def test_a_leaver_goes_from_groups_of_the_roster_and_from_those_it_does_not_name(
    day: Make,
) -> None:
    desk = day(inside="ana ben", change=outside(BEN, DORA, count=3)).after(minutes=1)
    wipe(desk, "ben")
    desk.after(minutes=2)
    assert places(desk, "ben") == []
    assert places(desk, "dora") == ["Old friends 0", "Old friends 1", "Old friends 2"]
    assert mark(desk, "ben").proven_at is not None
    assert ended(desk) == ["leaver", "wiped"]
    assert desk.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("C5", "S2", "S5", "S7", "A1", "P-wipe", "P-wipe-proof")
def test_a_leaver_in_fifty_groups_is_out_in_time_and_the_rest_is_told_to_people(day: Make) -> None:
    heard: list[str] = []

    def change(told: Any) -> None:  # noqa: ANN401 - a world's plain data
        outside(BEN, count=10)(told)
        for made in told["groups"][:2]:
            made |= {"creator": BEN, "members": []}
        told["groups"][2] |= {"admins": [], "members": [BEN, US]}

    desk = day(
        {"all": ("00:00-24:00", "ana ben")}, groups=" ".join(f"g{n:02}" for n in range(40)),
        inside="ben", change=change, alert=lambda text: heard.append(text) is None,
    ).after(minutes=10)  # fmt: skip
    sent = len(desk.sent("remove"))
    since = wipe(desk, "ben")
    desk.until(since + timedelta(minutes=ceil(50 / desk.rules.drip) + 2))
    assert places(desk, "ben") == ["g00", "g01", "g02"]
    assert len(desk.sent("remove")) - sent == 47
    assert mark(desk, "ben").done_at is not None
    assert mark(desk, "ben").proven_at is None, "three groups wait for people"
    (waits,) = desk.audit("wipe_waits")
    assert len(waits.detail["removed"]) == 47
    assert [line.partition(":")[0] for line in waits.detail["by_hand"]] == ["g00", "g01", "g02"]
    desk.after(minutes=3)
    told = [text for text in heard if "The wipe of Ben that mara asked for (left the firm)" in text]
    assert len(told) == 1, "people hear of it once"
    assert "nobody can remove whoever did" in told[0]
    assert "make our account an admin" in told[0]
    desk.human("remove", "ben", "g02")
    desk.human("leave", "ben", "g00")
    desk.human("leave", "ben", "g01")
    desk.after(minutes=20)
    assert mark(desk, "ben").proven_at is not None
    assert any("proven: out of 50 of 50 groups, removed from 47" in text for text in heard)
    assert ended(desk) == ["leaver", "wipe_waits", "wiped"]
    assert desk.unlawful() == []


def test_a_group_that_is_only_watched_is_swept_and_nobody_else_touched_in_it(day: Make) -> None:
    desk = day(inside="ana ben dora", mode=Mode.WATCH).after(minutes=1)
    wipe(desk, "ben")
    desk.until("09:00")
    assert desk.inside() == "ana dora", "ben is on duty by now, and a leaver"
    assert desk.sent() == ["remove ben"]
    assert mark(desk, "ben").proven_at is not None


def test_a_number_nobody_knows_is_wiped_as_well(day: Make) -> None:
    desk = day(change=outside(STRANGER, DORA)).after(minutes=1)
    wipe(desk, STRANGER)
    desk.after(minutes=2)
    assert places(desk, STRANGER) == []
    assert places(desk, "dora") == ["Old friends 0"]
    assert ended(desk) == ["leaver", "wiped"]


def test_a_number_they_used_before_goes_as_well(day: Make) -> None:
    desk = day(change=outside(DORA)).after(minutes=1)
    known = desk.roster.people
    dora = replace(known[PersonId("dora")], phone=Phone("+351910007777"))
    desk.managed.append(DORA)
    desk.adopt(replace(desk.roster, people={**known, PersonId("dora"): dora}))
    desk.after(minutes=1)
    desk.left.append(DORA)
    wipe(desk, "dora")
    desk.after(minutes=2)
    assert places(desk, DORA) == []
    assert ended(desk) == ["leaver", "wiped"]


@pytest.mark.slow
def test_a_removal_that_only_waits_for_its_slot_is_not_left_to_people(day: Make) -> None:
    names = " ".join(f"g{n:02}" for n in range(20))
    desk = day({"all": ("00:00-24:00", "ana ben")}, groups=names, inside="ana ben",
               rules=AccountRules(drip=1)).after(minutes=1)  # fmt: skip
    since = wipe(desk, "ben")
    desk.until(since + timedelta(minutes=22))
    assert mark(desk, "ben").proven_at is not None
    assert ended(desk) == ["leaver", "wiped"]


@pytest.mark.slow
def test_a_list_of_several_pages_is_read_to_its_end(day: Make) -> None:
    def change(told: Any) -> None:  # noqa: ANN401 - a world's plain data
        outside(DORA, count=130)(told)
        told["groups"][-1]["members"] = [BEN]

    desk = day(change=change).after(minutes=1)
    wipe(desk, "ben")
    desk.after(minutes=7)
    assert places(desk, "ben") == []
    assert mark(desk, "ben").proven_at is not None
    assert desk.unlawful() == []


# -- never again ---------------------------------------------------------------------------------


@pytest.mark.promise("S5", "P-wipe")
def test_nothing_brings_a_leaver_back_until_they_are_reinstated(day: Make) -> None:
    desk = day(inside="ana", pins="dora").after(minutes=1)
    wipe(desk, "ben")
    wipe(desk, "dora")
    desk.grant("ben", duty=True)
    desk.until("15:00")
    assert desk.inside() == "ana", "ana stays, since nobody else is on duty"
    assert "add" not in " ".join(desk.sent(since=desk.at("07:32") - timedelta(days=1)))
    with desk.by_hand() as books:
        assert wipes.reinstate(books, PersonId("ben"), "mara", "it was a mistake", desk.now)
    desk.left.remove("ben")
    desk.tell_judge()
    desk.after(minutes=2)
    assert desk.inside() == "ben"
    with desk.by_hand() as books:
        assert not wipes.reinstate(books, PersonId("ben"), "mara", "again", desk.now)
    assert ended(desk) == ["leaver", "leaver", "wiped", "wiped", "reinstated"]


def test_a_leaver_whom_somebody_puts_back_goes_again_for_as_long_as_the_mark_stands(
    day: Make,
) -> None:
    desk = day(inside="ana ben", change=outside(BEN)).after(minutes=1)
    wipe(desk, "ben")
    for clock in ("08:30", "09:00", "09:30", "10:00"):
        desk.until(clock)
        desk.ask("POST", f"groups/{elsewhere(0)}/add", {"phone": BEN})
        desk.human("add", "ben")
        desk.after(minutes=16)
        assert places(desk, "ben") == []
    assert ended(desk) == ["leaver", "wiped"]


@pytest.mark.promise("C5")
def test_a_group_that_we_come_into_later_is_swept_as_well(day: Make) -> None:
    def change(told: Any) -> None:  # noqa: ANN401 - a world's plain data
        outside(BEN, DORA)(told)
        told["groups"][-1]["admins"] = []

    desk = day(change=change).after(minutes=1)
    wipe(desk, "ben")
    desk.until("09:00")
    assert mark(desk, "ben").proven_at is not None, "it was in no group we are in"
    for deed in ("add", "promote"):
        desk.ask("POST", f"groups/{elsewhere(0)}/{deed}", {"phone": US})
    desk.after(minutes=16)
    assert places(desk, "ben") == []
    assert places(desk, "dora") == ["Old friends 0"]


def test_after_a_week_groups_outside_the_roster_are_looked_at_once_a_day(day: Make) -> None:
    desk = day(change=outside(DORA)).after(minutes=1)
    almost = desk.now - YOUNG + timedelta(hours=1)
    with desk.by_hand() as books:
        wipes.begin(books, PersonId("ben"), "mara", "left the firm", almost)
    desk.after(hours=1)
    outer = [e for e in desk.calls("group") if e["chat"] == elsewhere(0)]
    assert len(desk.calls("groups")) >= 4 * 4
    assert len(outer) >= 4
    still = desk.at("08:45")
    desk.after(hours=2)
    assert desk.calls("groups", since=still) == []
    assert [e for e in desk.calls("group", since=still) if e["chat"] == elsewhere(0)] == []


# -- what is in the way --------------------------------------------------------------------------


@pytest.mark.promise("C5")
@pytest.mark.parametrize("fault", ["lie", "queued", "late", "timeout_after"])
def test_E_21_an_add_in_flight_is_followed_and_taken_back(day: Make, fault: str) -> None:
    desk = day(starts="07:55", inside="ana")
    desk.fault(fault, on=["add"], next=1)
    desk.until("08:00:02")
    assert desk.sent() == ["add ben"]
    desk.heal()
    wipe(desk, "ben")
    desk.until("08:40")
    assert desk.inside() == "ana"
    assert desk.sent("add") == ["add ben"]
    assert mark(desk, "ben").proven_at is not None


def test_E_21_a_wipe_in_a_handover_wins_over_cover_and_says_so(day: Make) -> None:
    desk = day({"all": ("00:00-24:00", "ben")}, inside="ben").after(minutes=1)
    wipe(desk, "ben")
    desk.after(minutes=1)
    assert desk.inside() == ""
    assert desk.holds() == {"desk": "uncovered"}
    assert mark(desk, "ben").proven_at is not None


def test_whoever_hides_behind_an_id_is_found_by_asking_for_it(day: Make) -> None:
    def change(told: Any) -> None:  # noqa: ANN401 - a world's plain data
        outside(BEN, DORA, by_lid=True)(told)
        for who in told["people"]:
            if who["phone"] in {BEN, DORA}:
                who |= {"lid": f"9{who['phone'][-4:]}", "lid_known": False}

    desk = day(change=change).after(minutes=1)
    wipe(desk, "ben")
    desk.after(minutes=2)
    assert mark(desk, "ben").proven_at is None, "somebody in it may be ben"
    assert "identity" in desk.holds().values()
    for who in (BEN, DORA):
        told = {"phone": who, "lid": f"9{who[-4:]}", "lid_known": True}
        desk.ask("POST", "people", told)
    desk.down(timedelta(seconds=1)).after(minutes=16)
    assert places(desk, "ben") == []
    assert mark(desk, "ben").proven_at is not None


def test_a_wipe_waits_for_a_session_and_goes_on_with_it(day: Make) -> None:
    heard: list[str] = []
    desk = day(inside="ana ben", change=outside(BEN), alert=lambda text: heard.append(text) is None)
    desk.after(minutes=1).script("session", status="SCAN_QR_CODE")
    wipe(desk, "ben")
    desk.after(minutes=10)
    assert mark(desk, "ben").done_at is not None
    assert any("The wipe of Ben" in text and "scan the code" in text for text in heard)
    desk.script("session")
    desk.after(minutes=10)
    assert places(desk, "ben") == []
    assert ended(desk) == ["leaver", "wipe_waits", "wiped"]


@pytest.mark.promise("C5")
@pytest.mark.parametrize("fault", ["empty_list", "half_list", "error_before", "throttle"])
def test_no_list_that_lost_groups_and_none_that_did_not_come_proves_anything(
    day: Make, fault: str
) -> None:
    desk = day(groups="a b c", inside="ana", change=outside(BEN)).after(minutes=5)
    desk.fault(fault, on=["groups"])
    wipe(desk, "ben")
    desk.after(minutes=12)
    found = mark(desk, "ben")
    assert found.proven_at is None
    if fault != "throttle":
        assert found.done_at is not None, "people hear that the list does not come"
        assert desk.holds()["main"] == "unlisted"
    desk.heal()
    desk.after(minutes=20)
    assert places(desk, "ben") == []
    assert mark(desk, "ben").proven_at is not None
    assert desk.unlawful() == []


# -- invite links --------------------------------------------------------------------------------


@pytest.mark.promise("P-invite-links")
def test_the_invite_link_is_reset_once_where_the_leaver_was_and_nowhere_else(day: Make) -> None:
    def change(told: Any) -> None:  # noqa: ANN401 - a world's plain data
        outside(DORA)(told)
        told["groups"][0]["members"].append(DORA)

    desk = day(groups="a b", change=change).after(minutes=1)
    desk.fault("error_before", on=["revoke"], next=1)
    wipe(desk, "dora")
    desk.after(minutes=5)
    assert len(desk.attempts(Kind.RESET)) == 3, "one more, for the one without a clear answer"
    assert len(desk.calls("revoke")) == 3
    assert sorted(r.detail["how"] for r in desk.audit("reset")) == ["done", "done"]
    for chat in (desk.chat("a"), elsewhere(0)):
        desk.ask("POST", f"groups/{chat}/rejoin", {"phone": DORA})
    assert places(desk, "dora") == [], "the old link leads nowhere"
    assert desk.unlawful() == []


# -- whatever happens on the way -----------------------------------------------------------------


def small(day: Make, dies: Any = None) -> Any:  # noqa: ANN401 - a rehearsed day
    """A wipe in the middle of a handover, in one group of the roster and one outside."""
    desk = day(starts="07:59", inside="ana dora", death=dies, change=outside(DORA))
    desk.until("08:00:01")
    wipe(desk, "dora")
    return desk.until("08:12")


def ends(day: Any) -> tuple[object, ...]:  # noqa: ANN401 - a rehearsed day
    proven = mark(day, "dora").proven_at is not None
    return places(day, "dora"), day.inside(), proven, ended(day), day.holds(), day.settled()


@pytest.mark.slow
@pytest.mark.promise("C2", "C5", "S10", "A1")
@pytest.mark.parametrize("edge", ["at_commits", "at_answers"])
def test_a_daemon_that_is_killed_anywhere_in_a_wipe_goes_on_with_it(
    day: Make, death: Mortal, edge: str
) -> None:
    alive = small(day)
    assert ends(alive)[:4] == ([], "ben", True, ["leaver", "wiped"])
    points: Iterable[int] = range(1, getattr(alive.death, edge.removeprefix("at_")) + 1)
    for point in points:
        dead = small(day, death(**{edge: [point]}))
        assert ends(dead) == ends(alive)
        assert dead.unlawful() == []


# -- and forgotten -------------------------------------------------------------------------------


@pytest.mark.promise("P-forget", "S5", "C5")
def test_a_forgotten_leaver_who_is_put_back_is_removed_again(day: Make) -> None:
    desk = day({"all": ("00:00-24:00", "ana ben")}, inside="ana ben").after(minutes=1)
    phone = desk.phone("ben")
    wipe(desk, "ben")
    desk.after(minutes=3)
    desk.left[:] = [phone]
    people = {p: one for p, one in desk.roster.people.items() if p != "ben"}
    shifts = {s: replace(one, turns=Everyone((PersonId("ana"),))) for s, one in
              desk.roster.shifts.items()}  # fmt: skip
    with_ben = desk.roster
    assert desk.adopt(replace(desk.roster, people=people, shifts=shifts)).in_force
    with desk.by_hand() as books:
        assert books.forgetting.forget(PersonId("ben"), desk.now, "mara", "asked").hashed == 1
        assert books.people.all()[PersonId("ben")].phone is None
    desk.after(hours=1)
    desk.roster = with_ben  # only so that the test can name them
    desk.human("add", "ben")
    desk.after(minutes=20)
    assert phone not in desk.members()
    again = desk.audit("removed", person="ben")
    assert [r.reason.value for r in again] == ["leaver", "leaver"]
    assert desk.holds() == {}
