"""Who is wanted, because of what, and until when."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.claims import last_grant
from rotation.core.facts import Because
from rotation.core.reason import Reason
from rotation.core.roster import Change, Doing, Every, Group, GroupId, IfAddFails, PersonId, ShiftId
from rotation.core.timeline import Timeline
from rotation.core.wanted import AHEAD, Wanted, last_wanted, nobody, wanted

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a desk, or turns."""

ANA, BEN, CHEN, DORA, MARA = map(PersonId, ("ana", "ben", "chen", "dora", "mara"))
MINUTE = timedelta(minutes=1)
OVERLAP = {"join_early": 10 * MINUTE, "stay_late": 15 * MINUTE}


DAY = date(2026, 1, 5)


def at(clock: str, day: int = 5) -> datetime:
    hour, minute = clock.split(":")
    return datetime(2026, 1, day, int(hour), int(minute), tzinfo=UTC)


# -- one question after the other ----------------------------------------------------------------


def asked(a_desk: Any, timeline: Timeline, when: datetime, group: Group | None = None) -> Wanted:  # noqa: ANN401 - a desk
    grants, leavers = a_desk.grants, a_desk.leavers
    return wanted(timeline, group or a_desk.group, grants, leavers, when, origin="r1")


def test_an_answer_of_a_moment_ago_is_not_given_once_something_else_is_so(desk: Make) -> None:
    a_desk = desk()
    timeline = a_desk.timeline
    assert asked(a_desk, timeline, at("08:10")).on_duty == {BEN}
    assert asked(a_desk, timeline, at("08:20")).on_duty == {BEN}
    assert asked(a_desk, timeline, at("07:50")).on_duty == {ANA}
    assert asked(a_desk, timeline, at("08:20")).on_duty == {BEN}
    a_desk.wipe("ben", since=at("08:25"))
    assert asked(a_desk, timeline, at("08:30")).on_duty == set()
    a_desk.grant("dora", at("08:31"), until=at("10:00"), duty=True)
    assert asked(a_desk, timeline, at("08:35")).on_duty == {DORA}
    assert asked(a_desk, timeline, at("08:40")) == a_desk.wanted(at("08:40"))


def test_of_hundreds_of_groups_each_gets_the_answer_to_its_own_question(desk: Make) -> None:
    a_desk = desk()
    pinned = {
        GroupId(f"g{n}"): replace(a_desk.group, id=GroupId(f"g{n}"), pins=(DORA,) * (n % 2))
        for n in range(300)
    }
    timeline = Timeline(replace(a_desk.roster, groups=pinned))
    for _ in range(2):
        for number, group in enumerate(pinned.values()):
            found = asked(a_desk, timeline, at("08:10"), group)
            assert set(found.people) == ({BEN, DORA} if number % 2 else {BEN})


# -- shifts --------------------------------------------------------------------------------------


def test_groups_with_the_same_shifts_get_each_the_answer_that_it_would_get_alone(
    desk: Make,
) -> None:
    a_desk = desk()
    group, policy = a_desk.group, a_desk.group.policy
    others = [
        group,
        replace(group, policy=replace(policy, join_early=10 * MINUTE)),
        replace(group, policy=replace(policy, stay_late=15 * MINUTE)),
        replace(group, shifts=group.shifts[:1]),
        replace(group, pins=(DORA,)),
        replace(group, policy=replace(policy, fallback=(MARA,)), shifts=group.shifts[:1]),
        group,
    ]
    groups = {GroupId(f"g{n}"): replace(g, id=GroupId(f"g{n}")) for n, g in enumerate(others)}
    roster = replace(a_desk.roster, groups=groups)
    together = Timeline(roster)
    for when in map(at, ("07:55", "08:05", "08:20", "16:10")):
        for one in groups.values():
            assert asked(a_desk, together, when, one) == asked(a_desk, Timeline(roster), when, one)
    first, *_, last = (asked(a_desk, together, at("08:20"), one) for one in groups.values())
    assert first is last


def test_at_the_boundary_the_incoming_is_on_and_the_outgoing_is_off(desk: Make) -> None:
    before, after = desk().wanted(at("07:59")), desk().wanted(at("08:00"))
    assert (before.on_duty, after.on_duty) == ({ANA}, {BEN})
    assert (set(before.people), set(after.people)) == ({ANA}, {BEN})


@pytest.mark.parametrize(
    ("clock", "people", "on_duty", "entitled"),
    [
        ("07:49", {ANA}, {ANA}, {ANA}),
        ("07:50", {ANA, BEN}, {ANA}, {ANA, BEN}),
        ("08:00", {ANA, BEN}, {BEN}, {BEN}),
        ("08:14", {ANA, BEN}, {BEN}, {BEN}),
        ("08:15", {BEN}, {BEN}, {BEN}),
    ],
)
def test_agents_join_early_and_stay_late_but_are_not_added_late(
    desk: Make,
    clock: str,
    people: set[PersonId],
    on_duty: set[PersonId],
    entitled: set[PersonId],
) -> None:
    found = desk(**OVERLAP).wanted(at(clock))
    assert (set(found.people), found.on_duty, found.entitled) == (people, on_duty, entitled)


def test_a_shift_says_why_somebody_is_in_and_why_they_go(desk: Make) -> None:
    a_desk = desk(**OVERLAP)
    assert a_desk.wanted(at("09:00")).people[BEN] == Because(
        Reason.SHIFT, "europe/2026-01-05/0", "r1", at("07:50"), at("16:15")
    )
    assert a_desk.wanted(at("16:15")).gone[BEN] == Because(
        Reason.SHIFT_END, "europe/2026-01-05/0", "r1", at("08:00"), at("16:15")
    )


def test_what_is_known_changes_next_at_the_nearest_edge(desk: Make) -> None:
    a_desk = desk(**OVERLAP)
    clocks = ["07:00", "07:50", "08:00", "08:15"]
    assert [a_desk.wanted(at(c)).changes_at for c in clocks] == [
        *(at(c) for c in ("07:50", "08:00", "08:15", "15:50"))
    ]


def test_without_anything_ahead_the_next_look_is_in_two_days(desk: Make) -> None:
    assert desk(shifts={}).wanted(at("12:00")).changes_at == at("12:00") + AHEAD


def test_the_cover_ahead_can_be_asked_of_the_same_answer(desk: Make) -> None:
    a_desk = desk()
    a_desk.wipe("chen", at("09:00"))
    found = a_desk.wanted(at("12:00"))
    assert (found.on_duty_at(at("12:30")), found.on_duty_at(at("16:00"))) == ({BEN}, set())


# -- stays that consist of several claims --------------------------------------------------------

TOUCHING = {"early": ("06:00-12:00", "ana"), "late": ("12:00-18:00", "ana")}
OVERLAPPING = {"early": ("06:00-12:00", "ana"), "late": ("10:00-14:00", "ana")}
APART = {"early": ("06:00-12:00", "ana"), "late": ("12:10-18:00", "ana")}


@pytest.mark.parametrize(("shifts", "until"), [(TOUCHING, "18:00"), (OVERLAPPING, "14:00")])
def test_consecutive_shifts_are_one_stay_that_ends_with_the_last(
    desk: Make, shifts: dict[str, tuple[str, str]], until: str
) -> None:
    because = desk(shifts=shifts).wanted(at("09:00")).people[ANA]
    assert (because.starts, because.ends) == (at("06:00"), at(until))


def test_a_stay_is_named_by_the_occurrence_that_holds_now(desk: Make) -> None:
    a_desk = desk(shifts=TOUCHING)
    keys = [a_desk.wanted(at(c)).people[ANA].key for c in ("11:59", "12:00")]
    assert keys == ["early/2026-01-05/0", "late/2026-01-05/0"]


def test_of_two_shifts_that_hold_now_the_longer_one_names_the_stay(desk: Make) -> None:
    a_desk = desk(shifts=OVERLAPPING)
    keys = [a_desk.wanted(at(c)).people[ANA].key for c in ("09:59", "10:00")]
    assert keys == ["early/2026-01-05/0", "late/2026-01-05/0"]


def test_a_gap_bridged_by_the_overlap_is_no_gap(desk: Make) -> None:
    apart = desk(shifts=APART).wanted(at("09:00")).people[ANA]
    bridged = desk(shifts=APART, **OVERLAP).wanted(at("09:00")).people[ANA]
    assert (apart.ends, bridged.ends) == (at("12:00"), at("18:15"))


def test_who_is_wanted_for_another_reason_is_not_gone(desk: Make) -> None:
    found = desk(shifts=OVERLAPPING).wanted(at("12:30"))
    assert found.gone == {}


def test_somebody_gone_went_by_the_claim_that_ended_last(desk: Make) -> None:
    a_desk = desk(shifts=OVERLAPPING)
    assert a_desk.wanted(at("14:00")).gone[ANA].key == "late/2026-01-05/0"


def test_a_stay_around_the_clock_is_named_by_its_day(desk: Make, turns: Make) -> None:
    a_desk = desk(shifts={"day": ("00:00-24:00", turns("ana ben", Every.WEEK))})
    keys = [a_desk.wanted(at("23:00", day)).people[ANA].key for day in (5, 6)]
    assert keys == ["day/2026-01-05/0", "day/2026-01-06/0"]


def test_the_last_shift_is_found_over_a_year(desk: Make, turns: Make) -> None:
    a_desk = desk(shifts={"day": ("08:00-16:00", turns("ana ben chen", Every.MONTH))})
    found = last_wanted(a_desk.timeline, a_desk.group, BEN, datetime(2026, 10, 15, tzinfo=UTC))
    assert found == Because(
        Reason.SHIFT_END, "day/2026-09-04/0", "",
        datetime(2026, 9, 4, 8, tzinfo=UTC), datetime(2026, 9, 4, 16, tzinfo=UTC),
    )  # fmt: skip


def test_somebody_without_any_past_shift_was_never_wanted(desk: Make) -> None:
    a_desk = desk()
    assert last_wanted(a_desk.timeline, a_desk.group, DORA, at("12:00")) is None
    assert last_wanted(a_desk.timeline, a_desk.group, BEN, at("12:00")).ends == at("16:00", 4)


# -- grants and pins -----------------------------------------------------------------------------


def test_a_grant_wants_from_its_start_until_its_end(desk: Make) -> None:
    a_desk = desk(**OVERLAP)
    a_desk.grant("dora", at("10:00"), at("11:00"))
    clocks = ["09:59", "10:00", "10:59", "11:00"]
    assert [DORA in a_desk.wanted(at(c)).people for c in clocks] == [False, True, True, False]
    assert a_desk.wanted(at("11:00")).gone[DORA] == Because(
        Reason.OVERRIDE_END, "grant/1", "mara by hand", at("10:00"), at("11:00")
    )


def test_only_a_grant_for_duty_counts_as_being_on_duty(desk: Make) -> None:
    a_desk = desk()
    a_desk.grant("dora", at("10:00"), at("11:00"), duty=True)
    a_desk.grant("mara", at("10:00"), at("11:00"))
    assert a_desk.wanted(at("10:30")).on_duty == {BEN, DORA}


def test_an_undone_grant_ends_when_it_was_undone(desk: Make) -> None:
    a_desk = desk()
    a_desk.grant("dora", at("10:00"), at("14:00"), ended_at=at("11:00"))
    assert a_desk.wanted(at("11:00")).gone[DORA].ends == at("11:00")


def test_a_grant_undone_before_it_began_never_was(desk: Make) -> None:
    a_desk = desk()
    a_desk.grant("dora", at("14:00"), None, ended_at=at("11:00"))
    found = a_desk.wanted(at("15:00"))
    assert (DORA in found.people, DORA in found.gone) == (False, False)


def test_a_grant_for_a_ticket_or_a_subscription_says_so_when_it_ends(desk: Make) -> None:
    a_desk = desk()
    for_ticket = a_desk.grant("dora", at("10:00"), at("11:00"))
    subscribed = a_desk.grant("mara", at("10:00"), at("11:00"))
    a_desk.grants = (
        replace(for_ticket, ticket="OPS-7"),
        replace(subscribed, subscription="M-1"),
    )
    found = {p: (b.reason, b.origin) for p, b in a_desk.wanted(at("11:00")).gone.items()}
    assert found[DORA] == (Reason.TICKET, "ticket OPS-7 by mara")
    assert found[MARA] == (Reason.SUBSCRIPTION, "subscription M-1 by mara")
    assert a_desk.wanted(at("10:30")).people[DORA].reason is Reason.GRANT


def test_a_grant_without_any_length_wants_nobody_and_says_why_they_go(desk: Make) -> None:
    a_desk = desk()
    a_desk.grant("dora", at("10:00"), None, ended_at=at("10:00"))
    found = a_desk.wanted(at("10:00"))
    assert DORA not in found.people
    assert (found.gone[DORA].reason, found.gone[DORA].ends) == (Reason.OVERRIDE_END, at("10:00"))


def test_of_several_grants_the_one_that_ended_last_is_why_somebody_goes(desk: Make) -> None:
    a_desk = desk()
    first = replace(a_desk.grant("dora", at("08:00"), at("12:00")), ticket="OPS-7")
    second = a_desk.grant("dora", at("08:00"), at("11:00"))
    open_, cut = a_desk.grant("dora", at("08:00")), a_desk.grant("dora", at("07:00"), out=True)
    never = a_desk.grant("dora", at("14:00"), ended_at=at("13:00"))
    others = a_desk.grant("mara", at("08:00"), at("13:00"))
    found = last_grant((first, second, open_, cut, never, others), DORA)
    assert found is not None
    assert (found.reason, found.key, found.ends) == (Reason.TICKET, "grant/1", at("12:00"))
    assert last_grant((open_, cut, never, others), DORA) is None


def test_in_a_group_that_is_over_nobody_is_wanted(desk: Make) -> None:
    a_desk = desk(**OVERLAP)
    a_desk.wipe("ana", since=at("07:00"))
    found = nobody(a_desk.leavers, at("10:00"))
    assert (found.people, found.claims, found.leavers) == ({}, (), {ANA})
    assert found.on_duty == found.entitled == found.on_duty_at(at("11:00")) == frozenset()
    assert found.changes_at > at("10:00")


def test_an_open_grant_lasts(desk: Make) -> None:
    a_desk = desk()
    a_desk.grant("ben", at("10:00"))
    because = a_desk.wanted(at("12:00")).people[BEN]
    assert (because.reason, because.ends, because.starts) == (Reason.GRANT, None, at("08:00"))


def test_E_5_a_granted_agent_stays_after_the_shift_and_goes_for_the_right_reason(
    desk: Make,
) -> None:
    a_desk = desk(**OVERLAP)
    a_desk.grant("ben", at("15:00"), at("18:00"))
    assert a_desk.wanted(at("12:00")).people[BEN].ends == at("18:00")
    assert a_desk.wanted(at("17:00")).people[BEN].reason is Reason.GRANT
    assert a_desk.wanted(at("18:00")).gone[BEN].reason is Reason.OVERRIDE_END


def test_a_grant_that_ends_within_the_shift_is_outlived_by_it(desk: Make) -> None:
    a_desk = desk()
    a_desk.grant("ben", at("07:00"), at("10:00"))
    assert a_desk.wanted(at("09:00")).people[BEN].key == "europe/2026-01-05/0"
    assert a_desk.wanted(at("16:00")).gone[BEN].reason is Reason.SHIFT_END


def test_E_5_a_pinned_agent_is_wanted_after_the_shift(desk: Make) -> None:
    found = desk(pins="ben").wanted(at("20:00"))
    assert (found.people[BEN].reason, found.people[BEN].ends) == (Reason.PIN, None)
    assert (BEN in found.on_duty, BEN in found.entitled, BEN in found.gone) == (False, True, False)


# -- overrides cut shifts ------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("starts", "until", "served"),
    [
        ("10:00", "12:00", [("08:00", "10:00"), ("12:00", "16:00")]),
        ("08:00", "10:00", [("10:00", "16:00")]),
        ("14:00", "16:00", [("08:00", "14:00")]),
        ("14:00", "18:00", [("08:00", "14:00")]),
        ("08:00", "16:00", []),
        ("06:00", "18:00", []),
        ("04:00", "08:00", [("08:00", "16:00")]),
        ("16:00", "18:00", [("08:00", "16:00")]),
        ("12:00", "12:00", [("08:00", "16:00")]),
    ],
)
def test_an_override_cuts_what_it_covers_and_no_more(
    desk: Make, starts: str, until: str, served: list[tuple[str, str]]
) -> None:
    a_desk = desk()
    a_desk.grant("ben", at(starts), at(until), out=True)
    minutes = [at("07:00") + n * MINUTE for n in range(600)]
    expected = [m for a, b in served for m in minutes if at(a) <= m < at(b)]
    assert [m for m in minutes if BEN in a_desk.wanted(m).on_duty] == expected


@pytest.mark.parametrize(
    ("starts", "until", "unwanted"),
    [("08:00", "12:00", "07:55"), ("14:00", "16:00", "15:55"), ("14:00", "16:00", "16:05")],
)
def test_what_is_cut_up_to_an_edge_has_no_overlap_there(
    desk: Make, starts: str, until: str, unwanted: str
) -> None:
    a_desk = desk(**OVERLAP)
    a_desk.grant("ben", at(starts), at(until), out=True)
    assert BEN not in a_desk.wanted(at(unwanted)).people


def test_an_override_without_any_length_cuts_nothing(desk: Make) -> None:
    a_desk = desk(shifts={"day": ("08:00-16:00", "ben")})
    whole = a_desk.wanted(at("12:00")).claims
    a_desk.grant("ben", at("12:00"), at("12:00"), out=True)
    assert a_desk.wanted(at("12:00")).claims == whole


def test_overlapping_overrides_cut_what_either_covers(desk: Make) -> None:
    for first, second in ((0, 1), (1, 0)):
        a_desk = desk()
        cuts = [("10:00", "12:00"), ("11:00", "14:00")]
        for starts, until in (cuts[first], cuts[second]):
            a_desk.grant("ben", at(starts), at(until), out=True)
        clocks = ["09:59", "10:00", "11:30", "13:59", "14:00"]
        on_duty = [BEN in a_desk.wanted(at(c)).on_duty for c in clocks]
        assert on_duty == [True, False, False, False, True]


def test_who_is_taken_out_by_hand_goes_at_once_and_by_hand(desk: Make) -> None:
    a_desk = desk(**OVERLAP)
    a_desk.grant("ben", at("14:00"), None, out=True)
    assert a_desk.wanted(at("13:59")).people[BEN].ends == at("14:00")
    found = a_desk.wanted(at("14:00"))
    assert BEN not in found.people
    assert found.gone[BEN] == Because(
        Reason.MANUAL, "europe/2026-01-05/0", "mara by hand", at("08:00"), at("14:00")
    )


def test_who_is_back_after_an_override_joins_early_again(desk: Make) -> None:
    a_desk = desk(**OVERLAP)
    a_desk.grant("ben", at("10:00"), at("12:00"), out=True)
    clocks = ["11:49", "11:50", "12:00"]
    assert [BEN in a_desk.wanted(at(c)).entitled for c in clocks] == [False, True, True]
    assert [BEN in a_desk.wanted(at(c)).on_duty for c in clocks] == [False, False, True]


def test_who_joined_early_for_a_shift_that_is_then_called_off_goes_by_hand(desk: Make) -> None:
    a_desk = desk(**OVERLAP)
    a_desk.grant("ben", at("07:55"), at("16:00"), out=True)
    gone = a_desk.wanted(at("07:56")).gone[BEN]
    assert (gone.reason, gone.key, gone.ends) == (
        Reason.MANUAL, "europe/2026-01-05/0", at("07:55")
    )  # fmt: skip


def test_a_day_off_known_in_advance_is_no_reason_to_go_anew(desk: Make) -> None:
    a_desk = desk(**OVERLAP)
    a_desk.grant("ben", at("07:00"), at("16:00"), out=True)
    found = a_desk.wanted(at("10:00"))
    assert (BEN in found.people, found.gone[BEN].ends) == (False, at("16:15", 4))


def test_an_override_undone_gives_the_rest_of_the_shift_back(desk: Make) -> None:
    a_desk = desk()
    a_desk.grant("ben", at("10:00"), None, out=True, ended_at=at("11:00"))
    clocks = ["10:30", "11:00", "15:59"]
    assert [BEN in a_desk.wanted(at(c)).on_duty for c in clocks] == [False, True, True]


def test_an_override_cuts_shifts_and_neither_pins_nor_grants(desk: Make) -> None:
    a_desk = desk(pins="mara")
    a_desk.grant("dora", at("10:00"), at("14:00"))
    for person in ("dora", "mara", "ben"):
        a_desk.grant(person, at("10:00"), at("14:00"), out=True)
    assert set(a_desk.wanted(at("12:00")).people) == {DORA, MARA}


def test_somebody_elses_override_cuts_nothing_of_mine(desk: Make) -> None:
    a_desk = desk()
    a_desk.grant("ana", at("08:00"), at("16:00"), out=True)
    assert a_desk.wanted(at("12:00")).on_duty == {BEN}


def test_E_7_the_same_people_by_hand_and_by_roster_are_one_stay(desk: Make) -> None:
    a_desk = desk()
    a_desk.grant("ben", at("15:50"), at("16:00"), out=True)
    a_desk.grant("chen", at("15:50"), at("16:00"), duty=True)
    before, after = (a_desk.wanted(at(c)) for c in ("15:55", "16:00"))
    assert before.on_duty == after.on_duty == {CHEN}
    assert before.people[CHEN].ends == at("00:00", 6)


# -- leavers -------------------------------------------------------------------------------------


def test_a_leaver_is_wanted_by_nothing_at_all(desk: Make) -> None:
    a_desk = desk(pins="ben", **OVERLAP)
    a_desk.grant("ben", at("10:00"), duty=True)
    a_desk.wipe("ben", at("11:00"))
    found = a_desk.wanted(at("12:00"))
    assert found.leavers == {BEN}
    everywhere = (found.people, found.on_duty, found.entitled, found.gone, found.stand_ins)
    assert not any(BEN in some for some in everywhere)


# -- stand-ins -----------------------------------------------------------------------------------

NEXT = {"if_add_fails": (IfAddFails.NEXT,)}
IN_TURN = "ana ben chen dora"


def test_the_next_in_order_stands_in_for_somebody_refused(desk: Make, turns: Make) -> None:
    a_desk = desk(shifts={"day": ("08:00-16:00", turns(IN_TURN))}, **NEXT, **OVERLAP)
    a_desk.refuse(at("08:30"), "ana")
    found = a_desk.wanted(at("08:30"))
    assert (found.stand_ins, found.on_duty) == ({BEN: ANA}, {ANA, BEN})
    because = found.people[BEN]
    assert (because.key, because.origin, because.ends) == (
        "day/2026-01-05/0", "stands in for ana", at("16:00")
    )  # fmt: skip


def test_for_somebody_who_covers_the_first_in_order_who_is_not_covered_stands_in(
    desk: Make, turns: Make
) -> None:
    a_desk = desk(shifts={"day": ("08:00-16:00", turns("ana ben chen"))}, **NEXT)
    covered = Change(Doing.COVER, ANA, DORA, first=DAY, last=DAY)
    a_desk.roster = replace(a_desk.roster, changes=(covered,))
    a_desk.refuse(at("08:30"), "dora")
    assert a_desk.wanted(at("08:30")).stand_ins == {BEN: DORA}


@pytest.mark.promise("R-8")
def test_whoever_has_time_off_stands_in_for_nobody(desk: Make, turns: Make) -> None:
    a_desk = desk(shifts={"day": ("08:00-16:00", turns(IN_TURN))}, **NEXT)
    a_desk.refuse(at("08:30"), "ana")
    for window in ({"first": DAY, "last": DAY}, {"starts": at("08:00"), "ends": at("09:00")}):
        off = Change(Doing.OFF, BEN, **window)
        a_desk.roster = replace(a_desk.roster, changes=(off,))
        assert a_desk.wanted(at("08:30")).stand_ins == {CHEN: ANA}
        elsewhere = replace(off, shift=ShiftId("night"))
        a_desk.roster = replace(a_desk.roster, changes=(elsewhere,))
        assert a_desk.wanted(at("08:30")).stand_ins == {BEN: ANA}


def test_a_shift_may_have_a_slash_in_its_name(desk: Make, turns: Make) -> None:
    a_desk = desk(shifts={"day/eu": ("08:00-16:00", turns(IN_TURN))}, **NEXT)
    a_desk.refuse(at("08:30"), "ana")
    assert a_desk.wanted(at("08:30")).stand_ins == {BEN: ANA}


def test_nobody_stands_in_where_the_policy_does_not_say_so(desk: Make, turns: Make) -> None:
    a_desk = desk(shifts={"day": ("08:00-16:00", turns(IN_TURN))})
    a_desk.refuse(at("08:30"), "ana")
    assert a_desk.wanted(at("08:30")).stand_ins == {}


def test_who_is_refused_in_turn_is_passed_over(desk: Make, turns: Make) -> None:
    a_desk = desk(shifts={"day": ("08:00-16:00", turns(IN_TURN))}, **NEXT)
    a_desk.refuse(at("08:30"), "ana")
    a_desk.refuse(at("08:30"), "ben")
    assert a_desk.wanted(at("08:30")).stand_ins == {CHEN: ANA}


def test_two_refused_get_two_different_stand_ins(desk: Make, turns: Make) -> None:
    a_desk = desk(shifts={"day": ("08:00-16:00", turns(IN_TURN, on_duty=2))}, **NEXT)
    a_desk.refuse(at("08:30"), "ana", "ben")
    assert a_desk.wanted(at("08:30")).stand_ins == {CHEN: ANA, DORA: BEN}


def test_nobody_stands_in_when_everybody_is_taken(desk: Make, turns: Make) -> None:
    a_desk = desk(shifts={"day": ("08:00-16:00", turns("ana ben", on_duty=2))}, **NEXT)
    a_desk.refuse(at("08:30"), "ana")
    assert a_desk.wanted(at("08:30")).stand_ins == {}


def test_a_leaver_neither_stands_in_nor_is_stood_in_for(desk: Make, turns: Make) -> None:
    a_desk = desk(shifts={"day": ("08:00-16:00", turns(IN_TURN))}, **NEXT)
    a_desk.refuse(at("08:30"), "ana")
    a_desk.wipe("ben", at("08:00"))
    assert a_desk.wanted(at("08:30")).stand_ins == {CHEN: ANA}
    a_desk.wipe("ana", at("08:00"))
    assert a_desk.wanted(at("08:30")).stand_ins == {}


def test_who_is_off_or_always_in_does_not_stand_in(desk: Make, turns: Make) -> None:
    day = {"day": ("08:00-16:00", turns(IN_TURN))}
    a_desk = desk(shifts=day, always_in="chen", **NEXT)
    a_desk.refuse(at("08:30"), "ana")
    a_desk.grant("ben", at("08:00"), at("10:00"), out=True)
    assert a_desk.wanted(at("08:30")).stand_ins == {DORA: ANA}
    assert a_desk.wanted(at("10:00")).stand_ins == {BEN: ANA}


def test_where_all_share_a_shift_there_is_no_order_to_stand_in_by(desk: Make) -> None:
    a_desk = desk(shifts={"day": ("08:00-16:00", "ana ben")}, **NEXT)
    a_desk.refuse(at("08:30"), "ana")
    assert a_desk.wanted(at("08:30")).stand_ins == {}


def test_nobody_stands_in_for_a_guest(desk: Make, turns: Make) -> None:
    a_desk = desk(shifts={"grant": ("08:00-16:00", turns(IN_TURN))}, **NEXT)
    a_desk.grant("mara", at("08:00"))
    a_desk.refuse(at("08:30"), "mara")
    assert a_desk.wanted(at("08:30")).stand_ins == {}


def test_a_refusal_in_one_of_two_joined_shifts_gets_a_stand_in(desk: Make, turns: Make) -> None:
    early = ("06:00-12:00", turns("ana ben"))
    a_desk = desk(shifts={"early": early, "late": ("12:00-18:00", "ana")}, **NEXT)
    a_desk.refuse(at("06:30"), "ana")
    assert a_desk.wanted(at("06:30")).stand_ins == {BEN: ANA}


def test_a_stand_in_is_not_kept_late(desk: Make, turns: Make) -> None:
    a_desk = desk(shifts={"day": ("08:00-16:00", turns(IN_TURN))}, **NEXT, **OVERLAP)
    a_desk.refuse(at("08:30"), "ana")
    found = a_desk.wanted(at("16:00"))
    assert (BEN in found.people, found.stand_ins) == (False, {})
