"""What happens around a handover, row by row: the real engine in a world of its own."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any, TypeAlias

import pytest

from rotation.core.decide import Decision, decide
from rotation.core.difference import GroupFacts
from rotation.core.facts import Effect, Kind
from rotation.core.reason import Reason
from rotation.core.roster import (
    Admins,
    ClosedHours,
    Goodbye,
    GroupId,
    Hours,
    IfAddFails,
    Mode,
    PersonId,
    Phone,
    Uncovered,
    WhenClosed,
)
from rotation.engine import gather
from rotation.surfaces.board import others_in
from rotation.wiring.mortal import Edge, Fate

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes something: a rehearsed day, or a roster."""

GOODBYE = Goodbye({("", ""): "{names} sign off. {next} have it now."})
GUEST = "+15550100777"
CUSTOMER = "+15550100002"
TWO_SHIFTS = {"early": ("06:00-14:00", "ben"), "late": ("14:00-22:00", "chen")}


def person(phone: str, **words: object) -> Callable[[Any], None]:
    """A world in which somebody is as these words say."""

    def change(world: Any) -> None:  # noqa: ANN401 - the sandbox's plain data
        next(p for p in world["people"] if p["phone"] == phone).update(words)

    return change


BEN = "+351910000001"


@pytest.mark.promise("P-add-first", "P-preflight", "S3")
def test_the_incoming_are_seen_before_the_outgoing_go(day: Make) -> None:
    rehearsed = day().until("08:05")
    kinds = [e["kind"] for e in rehearsed.calls("add", "remove", "group")]
    assert kinds[-5:] == ["group", "add", "group", "remove", "group"]
    assert rehearsed.sent() == ["add ben", "remove ana"]
    assert rehearsed.inside() == "ben"
    assert rehearsed.unlawful() == []


@pytest.mark.promise("P-overlap")
def test_people_come_early_and_stay_late_as_the_policy_says(day: Make) -> None:
    rehearsed = day(join_early=timedelta(minutes=10), stay_late=timedelta(minutes=5))
    insides = [rehearsed.until(t).inside() for t in ("07:49", "07:51", "08:04", "08:06")]
    assert insides == ["ana", "ana ben", "ana ben", "ben"]


@pytest.mark.promise("P-stays")
def test_an_agent_of_both_shifts_is_not_touched(day: Make) -> None:
    both = {"night": ("00:00-08:00", "ana ben"), "day": ("08:00-16:00", "ben chen")}
    rehearsed = day(both).until("08:05")
    assert sorted(rehearsed.sent()) == ["add chen", "remove ana"]


@pytest.mark.promise("P-downtime", "C7")
def test_E_1_after_downtime_over_two_handovers_the_group_goes_straight_to_now(day: Make) -> None:
    rehearsed = day(goodbye=GOODBYE, tell="mara").until("07:40").down("16:20").after(minutes=10)
    assert rehearsed.sent() == ["add chen", "remove ana"]
    assert rehearsed.calls("text", "invite") == []
    with rehearsed.books() as books:
        rows = books.handovers.of(since=instant(rehearsed, 8))
    assert [(r.at.hour, r.missed, r.proven_at is not None) for r in rows] == [
        (16, False, True),
        (8, True, False),
    ]
    assert rehearsed.unlawful() == []


BACK_SOON = {
    "night": ("00:00-08:00", "ana"),
    "early": ("08:00-09:00", "ben"),
    "day": ("09:00-24:00", "ana"),
}


@pytest.mark.slow
@pytest.mark.promise("P-not-late", "S4")
def test_E_3_a_removal_still_failing_when_the_person_is_due_again_is_never_carried_out(
    day: Make,
) -> None:
    rehearsed = day(BACK_SOON, starts="07:50").until("07:55")
    rehearsed.fault("error_before", on=["remove"])
    rehearsed.until("09:00")
    removals = rehearsed.sent("remove")
    assert set(removals) == {"remove ana"}
    rehearsed.heal()
    rehearsed.until("09:30")
    assert rehearsed.sent("remove") == [*removals, "remove ben"]
    assert rehearsed.inside() == "ana"
    assert rehearsed.audit("removed", person="ana") == []
    (dropped,) = rehearsed.audit("superseded")
    assert (dropped.person, dropped.detail["kind"], dropped.reason) == (
        "ana",
        "remove",
        Reason.SHIFT_END,
    )
    assert dropped.detail["tries"] == len(dropped.attempts) == len(removals)
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("P-retry", "P-not-late", "C4")
def test_a_removal_that_fails_for_27_hours_while_its_agent_comes_back(day: Make) -> None:
    rehearsed = day(starts="07:55")
    fails = rehearsed.now + timedelta(hours=27)
    rehearsed.fault("error_before", on=["remove"], ends=fails.isoformat())
    back = rehearsed.now + timedelta(hours=24)  # ana is on duty again from midnight on
    assert "ana" in rehearsed.until(back).inside()
    assert rehearsed.until(back + timedelta(hours=4)).inside() == "ben"
    tried = [a for a in rehearsed.attempts(Kind.REMOVE) if a.person == "ana"]
    sent = sorted(a.sent_at for a in tried)
    assert [at for at in sent if at.hour < 8] == []
    waits = [b - a for a, b in pairwise(sent) if a.date() == b.date()]
    assert timedelta(seconds=60) < max(waits) <= timedelta(minutes=16)
    assert rehearsed.unlawful() == []


@pytest.mark.slow
def test_E_3_cover_counts_who_is_due_again_as_soon_as_their_failed_removal_is_quiet(
    day: Make,
) -> None:
    rehearsed = day(BACK_SOON, starts="07:50").until("07:55")
    rehearsed.fault("error_before", on=["remove"], ends=instant(rehearsed, 9).isoformat())
    rehearsed.until("09:02")
    assert rehearsed.inside() == "ana"


def test_E_4_leaving_one_group_leaves_the_other_alone(day: Make, make_roster: Make) -> None:
    both = make_roster(groups="desk other")
    pinned = replace(both.groups[GroupId("other")], pins=(PersonId("ana"),))
    roster = replace(both, groups={**both.groups, pinned.id: pinned})
    rehearsed = day(roster).until("08:05")
    assert (rehearsed.inside("desk"), rehearsed.inside("other")) == ("ben", "ana ben")
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("R7")
def test_E_5_whoever_has_a_grant_stays_until_it_ends_and_goes_for_that_reason(day: Make) -> None:
    rehearsed = day().until("07:40")
    rehearsed.grant("ana", "18:00")
    assert rehearsed.until("17:59").inside() == "ana chen"
    assert rehearsed.until("18:05").inside() == "chen"
    (removed,) = rehearsed.audit("removed", person="ana")
    assert (removed.reason, removed.origin) == (Reason.OVERRIDE_END, "mara by hand")
    assert rehearsed.unlawful() == []


@pytest.mark.promise("R7")
def test_E_5_whoever_is_pinned_stays_until_the_pin_and_every_grant_are_gone(
    day: Make, make_roster: Make
) -> None:
    rehearsed = day(pins="ana").until("08:30")
    assert rehearsed.inside() == "ana ben"
    rehearsed.grant("ana", "11:00")
    rehearsed.until("09:00").adopt(make_roster())
    rehearsed.until("10:59")
    assert rehearsed.sent("remove") == []
    rehearsed.until("11:05")
    assert rehearsed.inside() == "ben"
    (removed,) = rehearsed.audit("removed", person="ana")
    assert (removed.reason, removed.detail["occurrence"]) == (Reason.OVERRIDE_END, "grant/1")
    assert rehearsed.unlawful() == []


def the_creator(world: Any) -> None:  # noqa: ANN401 - the sandbox's plain data
    group = world["groups"][0]
    group["members"].append(group["creator"])
    group["creator"] = "+351910000000"


def an_admin(world: Any) -> None:  # noqa: ANN401 - the sandbox's plain data
    world["groups"][0]["admins"].append("+351910000000")


@pytest.mark.promise("P-immune", "S2")
@pytest.mark.parametrize(
    ("role", "policy"),
    [
        (the_creator, Admins.PROTECT),
        (the_creator, Admins.REMOVE),
        (an_admin, Admins.PROTECT),
    ],
)
def test_E_6_a_creator_or_admin_is_reported_and_never_removed(
    day: Make, role: Callable[[Any], None], policy: Admins
) -> None:
    rehearsed = day(change=role, admins=policy).until("08:30")
    assert rehearsed.inside() == "ana ben"
    assert rehearsed.sent() == ["add ben"]
    assert rehearsed.holds() == {"ana": "protected"}
    assert rehearsed.unlawful() == []


def test_E_6_an_admin_goes_where_the_policy_says_so(day: Make) -> None:
    rehearsed = day(change=an_admin, admins=Admins.REMOVE).until("08:30")
    assert rehearsed.inside() == "ben"


def test_E_6_our_own_number_in_the_roster_is_left_alone(day: Make, make_roster: Make) -> None:
    known = make_roster()
    ours = replace(known.people[PersonId("ana")], phone=Phone("+15550100999"))
    rehearsed = day(replace(known, people={**known.people, ours.id: ours}), inside="").until(
        "08:30"
    )
    assert rehearsed.sent() == ["add ben"]
    assert "+15550100999" in rehearsed.members()
    assert rehearsed.wrongs == {}


@pytest.mark.promise("P-agree", "F37")
@pytest.mark.parametrize(
    ("stand_in", "then"), [("chen", []), ("dora", ["add chen", "remove dora"])]
)
def test_E_7_the_boundary_works_the_group_out_anew_after_a_handover_by_hand(
    day: Make, stand_in: str, then: list[str]
) -> None:
    rehearsed = day(TWO_SHIFTS, starts="13:40").until("13:50")
    rehearsed.grant(stand_in, "14:00", duty=True)
    rehearsed.grant("ben", "14:00", out=True)
    rehearsed.until("13:59")
    assert rehearsed.inside() == stand_in
    before = rehearsed.now
    rehearsed.until("14:30")
    assert rehearsed.inside() == "chen"
    assert rehearsed.sent(since=before) == then
    assert rehearsed.unlawful() == []


def test_E_7_a_handover_by_hand_with_a_later_end_outlives_the_boundary(day: Make) -> None:
    rehearsed = day(TWO_SHIFTS, starts="13:40").until("13:50")
    rehearsed.grant("dora", "15:00", duty=True)
    rehearsed.grant("ben", "15:00", out=True)
    rehearsed.until("14:59")
    assert rehearsed.inside() == "chen dora"
    rehearsed.until("15:05")
    assert rehearsed.inside() == "chen"
    assert rehearsed.sent() == ["add dora", "remove ben", "add chen", "remove dora"]
    assert rehearsed.unlawful() == []


@pytest.mark.promise("F37")
def test_E_8_the_same_handover_by_hand_twice_while_one_is_running_is_carried_out_once(
    day: Make,
) -> None:
    rehearsed = day().until("08:00")
    for _ in range(2):
        rehearsed.grant("dora", "12:00", duty=True)
    rehearsed.after(minutes=5)
    assert rehearsed.sent() == ["add ben", "add dora", "remove ana"]
    rehearsed.until("12:05")
    assert rehearsed.sent()[3:] == ["remove dora"]
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("S3", "P-retry", "F9")
@pytest.mark.parametrize("engine", ["noweb", "gows", "webjs"])
def test_E_11_when_all_adds_are_refused_the_outgoing_stay_until_the_invited_one_joins(
    day: Make, engine: str
) -> None:
    rehearsed = day(
        tell="mara",
        change=person(BEN, privacy="contacts"),
        world={"settings": {"engine": engine}},
    )
    rehearsed.until("08:20")
    assert rehearsed.inside() == "ana"
    assert rehearsed.sent() == ["add ben"]
    assert rehearsed.holds() == {"ana": "cover", "ben": "refused"}
    (invite,) = rehearsed.said("ben")
    (told,) = rehearsed.said("mara")
    assert "Ben" in told
    code = invite.rsplit("/", 1)[1]
    rehearsed.human("rejoin", "ben", code=code)
    rehearsed.after(minutes=16)
    assert rehearsed.inside() == "ben"
    assert rehearsed.holds() == {}
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("F9")
def test_E_12_with_enough_of_the_incoming_inside_the_outgoing_go(day: Make) -> None:
    pair = {"night": ("00:00-08:00", "ana"), "day": ("08:00-16:00", "ben chen")}
    rehearsed = day(pair, change=person(BEN, privacy="contacts")).until("08:10")
    assert rehearsed.inside() == "chen"
    assert rehearsed.holds() == {"ben": "refused"}
    rehearsed.until("15:00")
    assert rehearsed.sent() == ["add ben", "add chen", "remove ana"]
    (row,) = [r for r in rows_of(rehearsed) if r.at.hour == 8]
    assert row.proven_at is None


@pytest.mark.slow
def test_a_handover_that_was_never_carried_out_is_not_proven_by_the_next_one(day: Make) -> None:
    pair = {"night": ("00:00-08:00", "ana"), "day": ("08:00-16:00", "ben chen")}
    late = {"late": ("16:00-24:00", "dora")}
    rehearsed = day(pair | late, change=person(BEN, privacy="contacts")).until("16:40")
    proven = {r.at.hour: r.proven_at is not None for r in rows_of(rehearsed)}
    assert (proven[8], proven[16]) == (False, True)


def instant(day: Any, hour: int) -> datetime:  # noqa: ANN401 - a rehearsed day
    """A full hour of the day it is."""
    return datetime.combine(day.now.date(), time(hour), UTC)


def rows_of(day: Any) -> list[Any]:  # noqa: ANN401 - a rehearsed day
    with day.books() as books:
        return list(books.handovers.of())


@pytest.mark.promise("P-not-admin", "F7")
def test_E_13_without_the_admin_right_nothing_is_hammered_and_all_resumes_by_itself(
    day: Make,
) -> None:
    rehearsed = day(tell="mara").until("07:50")
    rehearsed.human("demote", "us")
    rehearsed.until("09:00")
    assert rehearsed.holds() == {"desk": "not_admin"}
    assert "admin" in rehearsed.said("mara")[0]
    assert rehearsed.sent() == []
    assert len(rehearsed.calls("group", since=instant(rehearsed, 8))) <= 8
    rehearsed.human("promote", "us")
    rehearsed.after(minutes=16)
    assert rehearsed.inside() == "ben"
    assert rehearsed.holds() == {}


@pytest.mark.promise("F7")
def test_E_13_losing_the_right_between_the_read_and_the_call_holds_the_group(day: Make) -> None:
    rehearsed = day().until("07:50")
    rehearsed.fault("slow", slow=5.0, starts=rehearsed.at("08:00").isoformat())
    rehearsed.script(
        "demote", chat=rehearsed.chat(), phone="us", at=rehearsed.at("08:00:01").isoformat()
    )
    rehearsed.until("08:20")
    assert rehearsed.holds() == {"desk": "not_admin"}
    assert len(rehearsed.sent()) <= 1


@pytest.mark.slow
@pytest.mark.promise("F21")
def test_E_14_whoever_leaves_by_themselves_is_added_once_more_and_then_a_person_is_told(
    day: Make,
) -> None:
    rehearsed = day(tell="mara").until("08:05")
    for _ in range(3):
        rehearsed.human("leave", "ben")
        rehearsed.after(minutes=20)
    assert rehearsed.sent().count("add ben") == 2
    assert rehearsed.holds()["ben"] == "strikes"
    assert "Ben" in rehearsed.said("mara")[-1]
    assert rehearsed.until("16:05").inside() == "chen"


@pytest.mark.slow
@pytest.mark.promise("F21", "P-invite-links")
def test_E_15_whoever_comes_back_is_removed_twice_more_the_link_reset_and_a_person_told(
    day: Make,
) -> None:
    rehearsed = day(tell="mara").until("08:05")
    for _ in range(4):
        rehearsed.human("rejoin", "ana")
        rehearsed.after(minutes=20)
    assert rehearsed.inside() == "ben", "the old link leads nowhere by now"
    assert rehearsed.holds() == {}
    rehearsed.human("add", "ana")
    rehearsed.after(minutes=20)
    assert rehearsed.sent().count("remove ana") == 3
    assert rehearsed.holds() == {"ana": "strikes"}
    assert "Ana" in rehearsed.said("mara")[-1]
    (reset,) = rehearsed.audit("reset")
    (_, again, more) = [datetime.fromisoformat(c["at"]) for c in rehearsed.calls("remove")]
    assert again < more < reset.at, "the link they may have come back by leads nowhere"
    assert reset.detail["how"] == "done"
    assert rehearsed.unlawful() == []


@pytest.mark.promise("P-modes", "F21")
@pytest.mark.parametrize("mode", [Mode.WATCH, Mode.MANAGED])
def test_E_16_a_stranger_is_let_be_where_the_group_is_not_strict(day: Make, mode: Mode) -> None:
    rehearsed = day(mode=mode).until("07:40")
    others = others_in(rehearsed.rehearsal.engine.view(GroupId("desk")))
    bring(rehearsed, GUEST)
    rehearsed.until("09:30")
    assert {GUEST, CUSTOMER} < rehearsed.members()
    found = rehearsed.rehearsal.engine.view(GroupId("desk"))
    assert others_in(found) == others + 1, "status counts them among the others"
    if mode is Mode.WATCH:
        assert rehearsed.sent() == []


def test_E_16_in_a_strict_group_a_stranger_goes_after_the_grace_period(
    day: Make, make_roster: Make
) -> None:
    known = make_roster(
        mode=Mode.STRICT, always_in="carl", strangers_after=timedelta(hours=1), goodbye=GOODBYE
    )
    customer = replace(known.people[PersonId("carl")], phone=Phone(CUSTOMER))
    roster = replace(known, people={**known.people, customer.id: customer})
    rehearsed = day(roster, inside="ana carl").until("07:40")
    bring(rehearsed, GUEST)
    told = rehearsed.ask("GET", "state")["groups"][rehearsed.chat()]["creator"]
    rehearsed.until("08:30")
    assert GUEST in rehearsed.members()
    allow_strangers(rehearsed, GUEST)
    rehearsed.until("09:10")
    assert GUEST not in rehearsed.members()
    assert {CUSTOMER, told} < rehearsed.members()
    assert rehearsed.said()[-1].startswith("a guest sign off")
    assert rehearsed.holds() == {}
    assert rehearsed.audit("removed")[-1].reason is Reason.STRANGER
    assert rehearsed.unlawful() == []


def bring(day: Any, phone: str) -> None:  # noqa: ANN401 - a rehearsed day
    """Somebody nobody knows is added by a human."""
    day.ask("POST", "people", {"phone": phone})
    day.human("add", phone)


def allow_strangers(day: Any, *phones: str) -> None:  # noqa: ANN401 - a rehearsed day
    """Tell the judge that strangers may be removed now."""
    day.managed += phones
    day.tell_judge()


def by_lid(*, known: bool) -> Callable[[Any], None]:
    """Everybody has a LID, and the group lists people by it."""

    def change(world: Any) -> None:  # noqa: ANN401 - the sandbox's plain data
        for group in world["groups"]:
            group["by_lid"] = True
        for number, who in enumerate(world["people"]):
            who.update(lid=f"9{number:05d}", lid_known=known)
        world["accounts"][0]["lid"] = "800000"

    return change


@pytest.mark.slow
@pytest.mark.promise("F18")
@pytest.mark.parametrize("engine", ["noweb", "gows", "webjs", "wawp"])
def test_E_18_people_listed_by_lid_are_known_by_their_number(day: Make, engine: str) -> None:
    rehearsed = day(change=by_lid(known=True), world={"settings": {"engine": engine}})
    rehearsed.until("08:10")
    assert rehearsed.inside() == "ben"
    assert rehearsed.sent() == ["add ben", "remove ana"]
    assert rehearsed.holds() == {}
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("F18")
@pytest.mark.parametrize("engine", ["noweb", "gows", "webjs", "wawp"])
def test_E_18_who_hides_behind_an_unknown_lid_is_neither_absent_nor_a_stranger(
    day: Make, engine: str
) -> None:
    rehearsed = day(
        mode=Mode.STRICT,
        strangers_after=timedelta(0),
        change=by_lid(known=False),
        world={"settings": {"engine": engine}},
    )
    before = rehearsed.members()
    rehearsed.until("08:30")
    assert rehearsed.members() >= before
    assert rehearsed.sent("remove") == []
    assert len(rehearsed.sent("add")) == len(set(rehearsed.sent("add")))
    assert set(rehearsed.holds().values()) == {"identity"}
    assert rehearsed.wrongs == {}


@pytest.mark.promise("F19")
def test_E_19_a_new_number_comes_in_and_the_old_one_goes_as_the_same_person(
    day: Make, make_roster: Make
) -> None:
    rehearsed = day(starts="08:30").until("09:00")
    old, new = rehearsed.phone("ben"), "+351910099999"
    rehearsed.ask("POST", "people", {"phone": new})
    people = rehearsed.roster.people
    ben = replace(people[PersonId("ben")], phone=Phone(new))
    rehearsed.managed.append(old)
    rehearsed.adopt(replace(rehearsed.roster, people={**people, ben.id: ben}))
    rehearsed.until("09:10")
    assert new in rehearsed.members()
    assert old not in rehearsed.members()
    changes = rehearsed.audit("added", "removed")
    assert [r.person for r in changes] == ["ben", "ben~1"]
    assert changes[0].detail["occurrence"] == "europe/2026-01-05/0"
    (link,) = rehearsed.audit("number_changed")
    assert (link.person, link.detail["former"]) == ("ben", "ben~1")
    assert [r.at.hour for r in rows_of(rehearsed)] == [8], "one occurrence, one handover"
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("P-modes")
def test_E_22_a_group_taken_out_of_the_roster_is_left_as_it_is(day: Make) -> None:
    rehearsed = day(groups="desk other").until("07:40")
    kept = {GroupId("desk"): rehearsed.roster.groups[GroupId("desk")]}
    other = rehearsed.members("other")
    rehearsed.adopt(replace(rehearsed.roster, groups=kept))
    rehearsed.until("16:30")
    assert rehearsed.inside("desk") == "chen"
    state = rehearsed.ask("GET", "state")["groups"]
    assert set(next(g["members"] for c, g in state.items() if c != rehearsed.chat())) == other
    assert rehearsed.holds() == {}


@pytest.mark.promise("S13", "F36")
@pytest.mark.parametrize("name", ["error_before", "timeout_before", "throttle", "html", "lie"])
def test_E_24_a_notice_that_fails_is_recorded_and_the_removal_still_happens(
    day: Make, name: str
) -> None:
    rehearsed = day(goodbye=GOODBYE).until("07:50")
    rehearsed.fault(name, on=["text"])
    rehearsed.until("08:10")
    assert rehearsed.inside() == "ben"
    assert len(rehearsed.calls("text")) == 1
    (notice,) = rehearsed.audit("notice")
    assert notice.detail["how"] == {"lie": "said", "throttle": "not said"}.get(name, "in doubt")
    assert rehearsed.unlawful() == []


@pytest.mark.slow
def test_E_25_arrivals_still_waiting_when_their_shift_ends_are_not_added(day: Make) -> None:
    many = " ".join(f"p{n:02d}" for n in range(20))
    shifts = {
        "night": ("00:00-08:00", "ana"),
        "short": ("08:00-08:02", many),
        "day": ("08:02-24:00", "chen"),
    }
    rehearsed = day(shifts, starts="07:58").until("08:10")
    assert len(rehearsed.sent("add")) == 16 + 1
    assert rehearsed.inside() == "chen"
    assert rehearsed.unlawful() == []


def test_E_25_an_addition_that_failed_until_its_shift_ended_is_dropped_and_recorded(
    day: Make,
) -> None:
    rehearsed = day(starts="15:30", inside="ana")
    rehearsed.fault("error_before", on=["add"], ends=instant(rehearsed, 16).isoformat())
    rehearsed.until("16:10")
    assert rehearsed.inside() == "chen"
    (dropped,) = rehearsed.audit("superseded")
    assert (dropped.person, dropped.detail["kind"]) == ("ben", "add")
    assert len(dropped.attempts) == rehearsed.sent("add").count("add ben")
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("P-add-first")
def test_a_read_back_does_not_wait_for_the_next_slot(day: Make) -> None:
    many = " ".join(f"p{n:02d}" for n in range(12))
    rehearsed = day({"night": ("00:00-08:00", "ana"), "day": ("08:00-24:00", many)}, starts="07:58")
    rehearsed.until("08:00:30")
    assert len(rehearsed.audit("added")) == 8


def test_E_26_whoever_stops_being_entitled_before_the_call_is_not_added(day: Make) -> None:
    rehearsed = day(starts="07:50").until("07:55")
    rehearsed.fault("outage", ends=rehearsed.at("08:05").isoformat())
    rehearsed.until("08:03")
    rehearsed.grant("ben", out=True)
    rehearsed.until("08:30")
    assert rehearsed.sent() == []
    assert rehearsed.holds() == {"ana": "uncovered"}


class Meddler(Fate):
    """Somebody takes ben out of the rota right after one of the daemon's commits."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self._at, self._commits = at, 0
        self.ledger: Any = None
        self.tried_before: int | None = None

    def passes(self, edge: Edge) -> None:
        self._commits += edge is Edge.COMMIT
        if edge is not Edge.COMMIT or self._commits != self._at or self.ledger is None:
            return
        with self.ledger.writing() as books:
            self.tried_before = len(books.attempts.of())
            books.grants.make(
                group=GroupId("desk"), person=PersonId("ben"), effect=Effect.OUT,
                starts=datetime(2026, 1, 5, 7, tzinfo=UTC), until=None, duty=False,
                reason="ill", author="mara", now=datetime(2026, 1, 5, 7, tzinfo=UTC),
            )  # fmt: skip


@pytest.mark.promise("S6")
def test_E_26_a_right_lost_after_any_commit_around_the_boundary_is_acted_on_no_more(
    day: Make,
) -> None:
    """Deciding, guarding and writing the attempt down are one commit, so nothing lies between."""
    before, after = 0, 0
    for at in range(1, 30):
        meddler = Meddler(at)
        rehearsed = day(starts="07:59:30", death=meddler)
        meddler.ledger = rehearsed.rehearsal.ledger
        rehearsed.until("08:02")
        tried = [a.kind is Kind.ADD for a in rehearsed.attempts()]
        assert meddler.tried_before is None or not any(tried[meddler.tried_before :]), at
        assert rehearsed.audit("refused_by_guard") == []
        before += meddler.tried_before == 0
        after += bool(meddler.tried_before)
    assert before
    assert after


@pytest.mark.promise("S4", "S6")
@pytest.mark.parametrize(
    ("kind", "person", "rule", "sent"),
    [(Kind.ADD, "chen", "S6", []), (Kind.REMOVE, "ben", "S4", ["add ben"])],
)
def test_E_26_a_wrong_decision_is_refused_by_the_guard_and_recorded_with_the_reason(
    day: Make, monkeypatch: pytest.MonkeyPatch, kind: Kind, person: str, rule: str, sent: list[str]
) -> None:
    """Planted: whoever the decision names, it is somebody else whom nothing lets come, or go."""

    def wrong(facts: GroupFacts, now: datetime) -> Decision:
        found = decide(facts, now)
        steps = tuple(replace(s, people=(PersonId(person),)) for s in found.steps if s.kind is kind)
        return replace(found, steps=(*steps, *(s for s in found.steps if s.kind is not kind)))

    monkeypatch.setattr(gather, "decide", wrong)
    rehearsed = day(starts="07:59").until("08:05")
    assert rehearsed.sent() == sent
    records = rehearsed.audit("refused_by_guard")
    assert {(r.person, r.detail["rule"]) for r in records} == {(person, rule)}
    assert all(r.detail["text"] for r in records)
    assert 1 < len(records) <= 7, "it is looked at again, and not all the time"
    assert len(rehearsed.events("guarded")) == len(records)
    monkeypatch.undo()
    rehearsed.until("08:10")
    assert rehearsed.inside() == "ben"


@pytest.mark.promise("R1", "R8")
def test_E_27_a_handover_due_as_the_daemon_starts_or_a_roster_is_saved_happens_once(
    day: Make,
) -> None:
    started = day(starts="08:00", inside="ana").until("08:10")
    assert started.sent() == ["add ben", "remove ana"]
    saved = day(starts="07:50").until("08:00")
    saved.adopt(replace(saved.roster, tell=(PersonId("mara"),)))
    saved.until("08:10")
    assert saved.sent() == ["add ben", "remove ana"]
    assert len([r for r in rows_of(saved) if r.at.hour == 8]) == 1


@pytest.mark.parametrize(("policy", "left"), [(Uncovered.HOLD, "ben"), (Uncovered.EMPTY, "")])
def test_where_nobody_is_on_duty_the_last_stay_unless_the_roster_says_empty(
    day: Make, policy: Uncovered, left: str
) -> None:
    rehearsed = day({"day": ("08:00-16:00", "ben")}, starts="15:50", uncovered=policy)
    rehearsed.until("16:10")
    assert rehearsed.inside() == left
    assert rehearsed.wrongs == {}


@pytest.mark.parametrize(("policy", "left"), [(WhenClosed.STAY, "ben"), (WhenClosed.EMPTY, "")])
def test_S_8_in_closed_hours_the_last_stay_or_go_and_nobody_is_told(
    day: Make, policy: WhenClosed, left: str
) -> None:
    night = ClosedHours(Hours(16 * 60, 8 * 60, 1), frozenset(range(7)), "UTC")
    rehearsed = day(
        {"day": ("08:00-16:00", "ben chen"), "early": ("06:00-07:00", "ana")},
        starts="15:50", closed=(night,), when_closed=policy, tell="mara", others="mara",
    )  # fmt: skip
    rehearsed.until("24:00")
    assert rehearsed.inside() == " ".join(filter(None, (left, left and "chen")))
    assert (rehearsed.holds(), rehearsed.heard("mara"), rehearsed.wrongs) == ({}, [], {})
    rehearsed.until("30:05")
    assert rehearsed.inside() == "ana"
    assert rehearsed.unlawful() == []


def test_the_next_in_order_stands_in_for_somebody_who_cannot_be_added(
    day: Make, turns: Make
) -> None:
    rehearsed = day(
        {"night": ("00:00-08:00", "ana"), "day": ("08:00-24:00", turns("ben chen dora"))},
        change=person(BEN, privacy="contacts"),
        if_add_fails=(IfAddFails.NEXT, IfAddFails.TELL),
    ).until("07:50")
    rehearsed.let("chen", "08:00", "24:00")
    rehearsed.until("08:10")
    assert rehearsed.inside() == "chen"
    assert rehearsed.sent() == ["add ben", "add chen", "remove ana"]
    assert rehearsed.unlawful() == []


@pytest.mark.promise("F9")
def test_a_full_group_waits_until_there_is_room(day: Make) -> None:
    def full(world: Any) -> None:  # noqa: ANN401 - the sandbox's plain data
        world["groups"][0]["limit"] = 4

    rehearsed = day(change=full).until("08:10")
    assert rehearsed.holds()["ben"] == "full"
    assert rehearsed.sent() == ["add ben"]
    rehearsed.human("leave", CUSTOMER)
    rehearsed.after(minutes=16)
    assert rehearsed.inside() == "ben"
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["noweb", "gows", "webjs", "wawp"])
def test_every_engine_behind_the_provider_is_understood(day: Make, engine: str) -> None:
    rehearsed = day(
        goodbye=GOODBYE, world={"settings": {"engine": engine, "lists_left": True, "latency": 0.3}}
    ).until("16:10")
    assert rehearsed.sent() == ["add ben", "remove ana", "add chen", "remove ben"]
    assert len(rehearsed.said()) == 2
    assert {r.detail["certainty"] for r in rehearsed.audit("added", "removed")} == {"proven"}
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("F9")
@pytest.mark.parametrize("chance", [0.0, 0.2, 1.0])
def test_somebody_who_has_just_left_is_refused_once_and_invited(day: Make, chance: float) -> None:
    quick = {"a": ("08:00-08:10", "ana"), "b": ("08:10-08:20", "ben"), "c": ("08:20-24:00", "ana")}
    rehearsed = day(
        quick, starts="08:05", tell="mara",
        world={"settings": {"re_adding_chance": chance, "re_adding_minutes": 60}},
    ).until("08:40")  # fmt: skip
    refused = rehearsed.measures["refused_adds"]
    assert refused <= 1
    assert (rehearsed.inside() == "ben") == bool(refused)
    assert len(rehearsed.said("ana")) == refused
    assert rehearsed.measures["hot_retries"] == 0
    assert rehearsed.unlawful() == []


@pytest.mark.promise("F20")
def test_a_deleted_group_is_held_and_the_others_go_on(day: Make) -> None:
    rehearsed = day(groups="desk other").until("07:50")
    rehearsed.human("delete_group")
    rehearsed.until("08:40")
    assert rehearsed.holds() == {"desk": "group_gone"}
    assert rehearsed.inside("other") == "ben"
    assert len([e for e in rehearsed.calls("group") if e["chat"] == rehearsed.chat()]) <= 6
    assert rehearsed.wrongs == {}
