"""From wanted and seen to steps: the cases, one by one."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.decide import SWEEP, Step, decide
from rotation.core.facts import Because, Kind, Role, Seen
from rotation.core.holds import Hold
from rotation.core.outcome import Accepted, InDoubt, Refusal, Refused
from rotation.core.reason import Reason
from rotation.core.roster import (
    Admins,
    Goodbye,
    IfAddFails,
    Mode,
    NoticeTo,
    PersonId,
    Uncovered,
)

Make: TypeAlias = Callable[..., Any]

ANA, BEN, CHEN, DORA, MARA = map(PersonId, ("ana", "ben", "chen", "dora", "mara"))
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
SAY = {("", ""): "{names} sign off."}


def at(clock: str, day: int = 5) -> datetime:
    hour, minute, second = (*clock.split(":"), "0")[:3]
    return datetime(2026, 1, day, int(hour), int(minute), int(second), tzinfo=UTC)


def goodbye(before: timedelta = timedelta(0), to: NoticeTo = NoticeTo.GROUP) -> Goodbye:
    return Goodbye(SAY, before, to)


EIGHT = at("08:00:10")
"""Just after ben took over from ana."""


# -- a handover ----------------------------------------------------------------------------------


@pytest.mark.promise("P-add-first")
def test_at_the_boundary_who_comes_is_added_and_who_goes_waits_for_them(desk: Make) -> None:
    a_desk = desk("ana", read_at=EIGHT)
    steps = a_desk.steps(EIGHT)
    assert list(steps) == [("add", "ben"), ("remove", "ana")]
    assert a_desk.ready(EIGHT) == [("add", "ben")]
    held = steps["remove", "ana"]
    assert (held.hold, held.detail) == (Hold.COVER, "waiting for ben")
    assert a_desk.holds(EIGHT) == {"ana": "cover"}


@pytest.mark.promise("P-add-first", "I2")
def test_a_handover_ends_with_the_outgoing_gone_and_nothing_left_to_do(desk: Make) -> None:
    a_desk = desk("ana", read_at=EIGHT)
    done, later = a_desk.settle(EIGHT)
    assert done == [("add", "ben"), ("remove", "ana")]
    assert set(a_desk.inside) == {BEN}
    assert a_desk.decision(later).settled
    assert a_desk.decision(at("15:59")).settled


def test_a_step_says_why(desk: Make) -> None:
    steps = desk("ana", read_at=EIGHT).steps(EIGHT)
    add, remove = steps["add", "ben"].because, steps["remove", "ana"].because
    assert (add.reason, add.key) == (Reason.SHIFT, "europe/2026-01-05/0")
    assert (remove.reason, remove.key) == (Reason.SHIFT_END, "asia/2026-01-05/0")


@pytest.mark.promise("P-overlap")
def test_who_comes_is_added_early_and_who_goes_stays_late(desk: Make) -> None:
    a_desk = desk("ana", read_at=at("07:50"), join_early=10 * MINUTE, stay_late=15 * MINUTE)
    done, _ = a_desk.settle(at("07:50"))
    assert done == [("add", "ben")]
    assert a_desk.ready(at("08:14:59")) == []
    assert a_desk.ready(at("08:15")) == [("remove", "ana")]


@pytest.mark.promise("P-stays", "R-11")
def test_an_agent_in_two_joined_shifts_is_neither_announced_nor_removed(desk: Make) -> None:
    shifts = {"early": ("06:00-12:00", "ana"), "late": ("12:00-18:00", "ana ben")}
    a_desk = desk("ana ben", shifts=shifts, goodbye=goodbye(5 * MINUTE), read_at=at("11:50"))
    for clock in ("11:55", "12:00", "12:10"):
        assert ("remove", "ana") not in a_desk.steps(at(clock))
        assert not any("ana" in people for _, people in a_desk.steps(at(clock)))
    assert a_desk.ready(at("17:55")) == []


def test_E_7_the_boundary_agrees_with_a_handover_made_by_hand_before_it(desk: Make) -> None:
    a_desk = desk("ben", read_at=at("15:50"))
    a_desk.grant("ben", at("15:50"), at("16:00"), out=True)
    a_desk.grant("chen", at("15:50"), at("16:00"), duty=True)
    done, _ = a_desk.settle(at("15:50"))
    assert done == [("add", "chen"), ("remove", "ben")]
    a_desk.read(at("16:00:01"))
    assert a_desk.decision(at("16:00:03")).settled


def test_E_7_who_was_put_in_by_hand_goes_at_the_boundary_when_others_are_due(desk: Make) -> None:
    a_desk = desk("ben", read_at=at("15:50"))
    a_desk.grant("dora", at("15:50"), at("16:00"), duty=True)
    a_desk.settle(at("15:50"))
    a_desk.read(at("16:00"))
    done, _ = a_desk.settle(at("16:00:02"))
    assert done == [("add", "chen"), ("remove", "ben"), ("remove", "dora")]
    assert set(a_desk.inside) == {CHEN}


def test_E_27_a_handover_due_this_very_instant_happens_once(desk: Make) -> None:
    a_desk = desk("ana", read_at=at("08:00"))
    done, later = a_desk.settle(at("08:00"))
    assert done == [("add", "ben"), ("remove", "ana")]
    assert a_desk.settle(later)[0] == []


@pytest.mark.promise("P-downtime", "C7")
def test_after_a_day_of_silence_only_the_difference_is_done(desk: Make) -> None:
    a_desk = desk("ana", goodbye=goodbye(), read_at=at("00:01"))
    a_desk.read(at("12:00", 6))
    assert a_desk.settle(at("12:00:02", 6))[0] == [("add", "ben"), ("remove", "ana")]


# -- holds on removals ---------------------------------------------------------------------------


@pytest.mark.promise("S3")
def test_cover_waits_for_as_many_as_are_on_duty_at_most(desk: Make) -> None:
    shifts = {"day": ("08:00-16:00", "ben chen"), "night": ("16:00-08:00", "ana")}
    a_desk = desk("ana ben", shifts=shifts, keep_at_least=5, read_at=EIGHT)
    held = a_desk.steps(EIGHT)["remove", "ana"]
    assert (held.hold, held.detail) == (Hold.COVER, "waiting for chen")


def test_E_12_enough_are_seen_so_the_handover_goes_on_without_the_refused(desk: Make) -> None:
    shifts = {"day": ("08:00-16:00", "ben chen"), "night": ("16:00-08:00", "ana")}
    a_desk = desk("ana ben", shifts=shifts, if_add_fails=(), read_at=EIGHT)
    a_desk.refuse(EIGHT, "chen")
    assert a_desk.ready(EIGHT) == [("remove", "ana")]
    assert a_desk.holds(EIGHT) == {"chen": "refused"}


@pytest.mark.promise("S3")
@pytest.mark.parametrize(
    ("uncovered", "ready", "held"),
    [(Uncovered.HOLD, [], {"ana": "uncovered"}), (Uncovered.EMPTY, [("remove", "ana")], {})],
)
def test_while_nobody_is_on_duty_the_last_agents_stay_unless_the_group_may_empty(
    desk: Make, uncovered: Uncovered, ready: list[tuple[str, str]], held: dict[str, str]
) -> None:
    day = {"day": ("08:00-16:00", "ana")}
    a_desk = desk("ana", shifts=day, uncovered=uncovered, read_at=at("16:00"))
    assert (a_desk.ready(at("16:00:02")), a_desk.holds(at("16:00:02"))) == (ready, held)


@pytest.mark.parametrize("hold", [Hold.UNLISTED, Hold.GROUP_GONE])
def test_a_list_that_fails_does_not_end_the_hold_of_whoever_stays_while_nobody_is_on_duty(
    desk: Make, hold: Hold
) -> None:
    day = {"day": ("08:00-16:00", "ana")}
    a_desk = desk("ana", shifts=day, read_at=at("16:00"))
    a_desk.state = replace(a_desk.state, hold=hold, hold_detail="as told")
    assert a_desk.holds(at("16:00")) == {None: hold.value, "ana": "uncovered"}
    a_desk.wipe("ana", at("16:00"))
    assert a_desk.holds(at("16:00")) == {None: hold.value}, "a leaver waits for nobody"
    empties = desk("ana", shifts=day, uncovered=Uncovered.EMPTY, read_at=at("16:00"))
    empties.state = a_desk.state
    assert empties.holds(at("16:00")) == {None: hold.value}


@pytest.mark.promise("S3")
def test_always_in_people_and_guests_are_no_cover(desk: Make) -> None:
    a_desk = desk("ana mara dora", always_in="mara", pins="dora", read_at=EIGHT)
    assert a_desk.holds(EIGHT) == {"ana": "cover"}


def test_an_always_in_person_on_duty_counts_when_seen(desk: Make) -> None:
    shifts = {"day": ("08:00-16:00", "mara"), "night": ("16:00-08:00", "ana")}
    a_desk = desk("ana mara", shifts=shifts, always_in="mara", read_at=EIGHT)
    assert a_desk.ready(EIGHT) == [("remove", "ana")]


@pytest.mark.promise("P-immune")
def test_an_always_in_person_is_neither_added_nor_removed_nor_announced(desk: Make) -> None:
    shifts = {"day": ("08:00-16:00", "mara ben"), "night": ("16:00-08:00", "mara ana")}
    for inside in ("ana ben mara", "ana ben"):
        early = goodbye(120 * MINUTE)
        a_desk = desk(inside, shifts=shifts, always_in="mara", goodbye=early, read_at=EIGHT)
        a_desk.grant("mara", EIGHT, at("09:00"))
        for clock in ("08:01", "09:00:01"):
            assert not any("mara" in people for _, people in a_desk.steps(at(clock)))


def test_an_always_in_person_with_no_seat_at_all_is_left_alone(desk: Make) -> None:
    a_desk = desk("ana", shifts={"day": ("08:00-16:00", "mara ana")}, always_in="mara")
    assert list(a_desk.steps(EIGHT)) == [("add", "ana")]


def test_E_6_creators_and_admins_are_protected_and_reported(desk: Make) -> None:
    a_desk = desk("ana ben chen")
    a_desk.inside |= {ANA: Role.CREATOR, CHEN: Role.ADMIN}
    a_desk.read(EIGHT)
    assert a_desk.ready(EIGHT) == []
    assert a_desk.holds(EIGHT) == {"ana": "protected", "chen": "protected"}


def test_E_6_admins_go_where_the_group_says_so_and_creators_never(desk: Make) -> None:
    a_desk = desk("ana ben chen", admins=Admins.REMOVE)
    a_desk.inside |= {ANA: Role.CREATOR, CHEN: Role.ADMIN}
    a_desk.read(EIGHT)
    assert a_desk.ready(EIGHT) == [("remove", "chen")]


@pytest.mark.promise("P-immune")
def test_whom_rotation_does_not_manage_is_not_touched(desk: Make) -> None:
    a_desk = desk("ben dora mara", read_at=EIGHT)
    assert a_desk.decision(EIGHT).settled


@pytest.mark.promise("F4")
def test_removals_wait_while_the_clocks_disagree_and_wipes_do_not(desk: Make) -> None:
    a_desk = desk("ana ben chen", read_at=EIGHT)
    a_desk.wipe("chen", at("08:00"))
    for offset, ready in ((60.0, ["chen", "ana"]), (-61.0, ["chen"])):
        a_desk.account = replace(a_desk.account, clock_offset=offset)
        assert [people for _, people in a_desk.ready(EIGHT)] == ready
    held = a_desk.steps(EIGHT)["remove", "ana"]
    assert (held.hold, held.detail) == (Hold.CLOCK, "clocks differ by 61 s")


def test_E_16_a_stranger_goes_after_the_grace_and_not_before(desk: Make) -> None:
    a_desk = desk("ben dora", mode=Mode.STRICT, read_at=EIGHT)
    assert a_desk.decision(EIGHT).settled
    a_desk.also_managed = frozenset({DORA})
    facts = a_desk.facts(EIGHT)
    until = at("09:00")
    gone = {DORA: Because(Reason.STRANGER, "stranger/dora", "strict mode", ends=until)}
    (step,) = decide(replace(facts, gone={**facts.gone, **gone}), EIGHT).steps
    assert (step.kind, step.person, step.due, step.ready(EIGHT)) == (
        Kind.REMOVE, DORA, until, False
    )  # fmt: skip


# -- the whole group -----------------------------------------------------------------------------


@pytest.mark.promise("P-modes")
def test_a_watched_group_shows_its_steps_and_carries_out_none(desk: Make) -> None:
    a_desk = desk("ana", mode=Mode.WATCH, goodbye=goodbye(), read_at=EIGHT)
    steps = a_desk.steps(EIGHT)
    assert {key: s.hold for key, s in steps.items()} == {
        ("add", "ben"): Hold.MODE,
        ("remove", "ana"): Hold.MODE,
    }
    assert a_desk.ready(EIGHT) == []
    assert {s.op for s in a_desk.seats.values()} == {None}


def test_E_22_a_group_that_is_put_to_watch_drops_what_it_was_doing(desk: Make) -> None:
    a_desk = desk("ana", read_at=EIGHT)
    a_desk.decision(EIGHT)
    assert a_desk.seats[BEN].op is Kind.ADD
    groups = {g: replace(found, mode=Mode.WATCH) for g, found in a_desk.roster.groups.items()}
    a_desk.roster = replace(a_desk.roster, groups=groups)
    assert a_desk.ready(EIGHT) == []
    assert a_desk.seats[BEN].op is None


def test_E_13_without_the_admin_right_the_group_is_held_as_one_and_resumes(desk: Make) -> None:
    a_desk = desk("ana ben chen")
    a_desk.we_are_admin = False
    a_desk.read(EIGHT)
    assert a_desk.ready(EIGHT) == []
    assert a_desk.holds(EIGHT) == {None: "not_admin"}
    a_desk.we_are_admin = True
    a_desk.read(at("08:15"))
    assert a_desk.ready(at("08:15:02")) == [("remove", "ana"), ("remove", "chen")]


def test_E_13_a_lost_admin_right_is_said_even_when_nothing_is_to_be_done(desk: Make) -> None:
    a_desk = desk("ben")
    a_desk.we_are_admin = False
    a_desk.read(EIGHT)
    assert a_desk.holds(EIGHT) == {None: "not_admin"}


@pytest.mark.parametrize("hold", [Hold.NOT_ADMIN, Hold.GROUP_GONE, Hold.UNLISTED])
def test_a_held_group_does_nothing_and_is_probed(desk: Make, hold: Hold) -> None:
    shifts = {"night": ("00:00-08:00", "ana"), "day": ("08:00-24:00", "ben chen")}
    a_desk = desk("ana ben", shifts=shifts, goodbye=goodbye(), read_at=EIGHT)
    a_desk.refuse(EIGHT, "chen")
    assert a_desk.ready(EIGHT) == [("invite", "chen"), ("notice", "ana")]
    probe_at = EIGHT + 15 * MINUTE
    a_desk.state = replace(a_desk.state, hold=hold, hold_detail="as told", probe_at=probe_at)
    found = a_desk.decision(EIGHT)
    assert (a_desk.ready(EIGHT), a_desk.holds(EIGHT)) == ([], {None: hold.value})
    assert (found.holds[0].detail, found.read_at) == ("as told", probe_at)


@pytest.mark.promise("F32")
def test_after_a_restore_a_group_waits_for_a_person(desk: Make) -> None:
    a_desk = desk("ana ben", read_at=EIGHT)
    found = decide(replace(a_desk.facts(EIGHT), doubted=Hold.RESTORED), EIGHT)
    assert [(s.kind, s.hold) for s in found.steps] == [(Kind.REMOVE, Hold.RESTORED)]
    assert (found.first_ready(EIGHT), found.holds) == (None, ())


def test_a_hold_without_a_probe_leaves_the_reading_as_it_is(desk: Make) -> None:
    a_desk = desk("ben", read_at=EIGHT)
    a_desk.state = replace(a_desk.state, hold=Hold.UNLISTED)
    assert a_desk.decision(at("08:01")).read_at == EIGHT + SECOND + SWEEP


def test_a_released_group_is_read_as_often_as_any_other(desk: Make) -> None:
    a_desk = desk("ben", read_at=EIGHT)
    a_desk.state = replace(a_desk.state, hold=None, probe_at=at("08:00"))
    assert a_desk.decision(at("08:01")).read_at == EIGHT + SECOND + SWEEP


# -- refused adds --------------------------------------------------------------------------------


def test_E_11_a_refused_add_is_followed_by_one_invite_and_the_outgoing_stays(desk: Make) -> None:
    a_desk = desk("ana", read_at=EIGHT)
    add = a_desk.decision(EIGHT).first_ready(EIGHT)
    a_desk.carry_out(add, EIGHT, Refused(Refusal.PRIVACY), lands=False)
    now = at("08:00:20")
    assert a_desk.ready(now) == [("invite", "ben")]
    assert a_desk.holds(now) == {"ana": "cover", "ben": "refused"}
    a_desk.carry_out(a_desk.decision(now).first_ready(now), now)
    assert a_desk.ready(now) == a_desk.ready(at("15:00")) == []


def test_E_11_when_the_invited_joins_the_removal_goes_on(desk: Make) -> None:
    a_desk = desk("ana", read_at=EIGHT)
    a_desk.refuse(EIGHT, "ben")
    a_desk.inside[BEN] = Role.MEMBER
    a_desk.read(at("08:20"))
    assert a_desk.ready(at("08:20:02")) == [("remove", "ana")]
    assert a_desk.holds(at("08:20:02")) == {}


@pytest.mark.parametrize(
    ("why", "hold", "invited"),
    [
        (Refusal.PRIVACY, "refused", True),
        (Refusal.RECENTLY_LEFT, "refused", True),
        (Refusal.COMMUNITY, "refused", True),
        (Refusal.NOT_REACHABLE, "refused", False),
        (Refusal.FULL, "full", False),
    ],
)
def test_an_invite_is_sent_where_it_can_help(
    desk: Make, why: Refusal, hold: str, *, invited: bool
) -> None:
    a_desk = desk("ana", read_at=EIGHT)
    a_desk.refuse(EIGHT, "ben", why=why)
    assert a_desk.ready(EIGHT) == ([("invite", "ben")] if invited else [])
    assert a_desk.holds(EIGHT)["ben"] == hold


def test_no_invite_is_sent_where_the_policy_does_not_say_so(desk: Make) -> None:
    a_desk = desk("ana", if_add_fails=(IfAddFails.TELL,), read_at=EIGHT)
    a_desk.refuse(EIGHT, "ben")
    assert a_desk.ready(EIGHT) == []


def test_a_refusal_holds_for_its_shift_only(desk: Make) -> None:
    a_desk = desk("ana", read_at=EIGHT)
    a_desk.refuse(EIGHT, "ben")
    a_desk.said[Kind.INVITE, BEN, "europe/2026-01-05/0"] = EIGHT
    assert ("add", "ben") not in a_desk.steps(at("16:00"))
    assert ("add", "ben") in a_desk.ready(at("08:00", 6))


def test_a_refusal_that_comes_after_the_difference_was_dropped_is_remembered(desk: Make) -> None:
    a_desk = desk("ana", read_at=EIGHT)
    a_desk.refuse(EIGHT, "ben")
    a_desk.change("ben", op=None, op_since=None)
    assert a_desk.steps(EIGHT)["add", "ben"].hold is Hold.REFUSED


def test_a_refusal_in_one_of_two_joined_shifts_ends_with_it(desk: Make) -> None:
    shifts = {"one": ("06:00-08:00", "ben"), "two": ("08:00-10:00", "ben")}
    a_desk = desk(shifts=shifts, read_at=at("07:00"))
    a_desk.refuse(at("07:00"), "ben")
    assert a_desk.ready(at("07:59:59")) == [("invite", "ben")]
    assert a_desk.ready(at("08:00")) == [("add", "ben")]


def test_the_next_in_order_is_added_for_somebody_refused(desk: Make, turns: Make) -> None:
    day = {"day": ("08:00-16:00", turns("ben chen")), "night": ("16:00-08:00", "ana")}
    a_desk = desk("ana", shifts=day, if_add_fails=(IfAddFails.NEXT,), read_at=EIGHT)
    a_desk.refuse(EIGHT, "ben")
    done, _ = a_desk.settle(EIGHT)
    assert done == [("add", "chen"), ("remove", "ana")]


# -- strikes -------------------------------------------------------------------------------------


def test_E_14_who_leaves_during_the_shift_is_added_once_more_and_then_asked_about(
    desk: Make,
) -> None:
    a_desk = desk("ana", read_at=EIGHT)
    _, now = a_desk.settle(EIGHT)
    for outcome in ([("add", "ben")], []):
        del a_desk.inside[BEN]
        a_desk.read(now := now + 20 * MINUTE)
        now += SECOND
        assert a_desk.ready(now) == outcome
        _, now = a_desk.settle(now)
    assert a_desk.holds(now) == {"ben": "strikes"}
    assert a_desk.holds(at("16:00")) == {}


def test_E_14_the_next_shift_starts_without_strikes(desk: Make) -> None:
    a_desk = desk(read_at=EIGHT)
    a_desk.decision(EIGHT)
    a_desk.change("ben", strikes=5, proven="add europe/2026-01-05/0")
    assert a_desk.holds(EIGHT) == {"ben": "strikes"}
    assert ("add", "ben") in a_desk.ready(at("08:00", 6))


def test_E_15_who_comes_back_is_removed_twice_more_and_then_a_person_is_asked(desk: Make) -> None:
    a_desk = desk("ana ben", read_at=EIGHT)
    _, now = a_desk.settle(EIGHT)
    for outcome in ([("remove", "ana")], [("remove", "ana")], []):
        a_desk.inside[ANA] = Role.MEMBER
        a_desk.read(now := now + 20 * MINUTE)
        now += SECOND
        assert a_desk.ready(now) == outcome
        _, now = a_desk.settle(now)
    assert a_desk.holds(now) == {"ana": "strikes"}


# -- the right moment ----------------------------------------------------------------------------


def test_E_3_a_removal_that_failed_until_the_next_shift_is_dropped(desk: Make) -> None:
    shifts = {"one": ("06:00-08:00", "ana"), "rest": ("08:00-06:00", "ben")}
    a_desk = desk("ana ben", shifts=shifts, read_at=EIGHT)
    now = EIGHT
    while now < at("06:00", 6):
        step = a_desk.decision(now).first_ready(now)
        if step is not None:
            a_desk.carry_out(step, now, Refused(Refusal.BAD_REQUEST), lands=False)
        now += 10 * MINUTE
        a_desk.read(now)
    assert len(a_desk.attempts) > 50
    assert list(a_desk.steps(at("06:00", 6))) == [("remove", "ben")]
    assert (a_desk.seats[ANA].op, a_desk.seats[ANA].tries) == (None, 0)


@pytest.mark.promise("S3")
def test_E_3_somebody_whose_removal_may_still_land_is_no_cover(desk: Make) -> None:
    """Ana's removal was accepted and not seen when her shift began: ben must not go yet."""
    a_desk = desk("ana ben", shifts={"a": ("08:00-09:00", "ana"), "b": ("07:00-08:00", "ben")})
    a_desk.grant("dora", at("07:00"), at("08:00"), duty=True)
    a_desk.inside[DORA] = Role.MEMBER
    early = at("07:59:50")
    a_desk.read(early)
    remove = a_desk.steps(early)["remove", "ana"]
    a_desk.carry_out(remove, early, Accepted(), lands=False)
    a_desk.read(at("07:59:55"))
    a_desk.decision(at("07:59:57"))
    assert a_desk.holds(EIGHT) == {"ben": "cover", "dora": "cover"}
    a_desk.read(at("08:01:30"))
    assert a_desk.ready(at("08:01:32")) == [("remove", "ben"), ("remove", "dora")]


def test_E_3_who_was_still_seen_after_the_quiet_time_is_cover_again(desk: Make) -> None:
    a_desk = desk("ana ben", shifts={"a": ("08:00-09:00", "ana"), "b": ("07:00-08:00", "ben")})
    early = at("07:58")
    a_desk.read(early)
    a_desk.carry_out(a_desk.steps(early)["remove", "ana"], early, Accepted(), lands=False)
    a_desk.read(at("07:59:40"))
    assert a_desk.ready(EIGHT) == [("remove", "ben")]


def test_E_3_when_it_lands_after_all_it_is_ours_and_repaired_at_once(desk: Make) -> None:
    a_desk = desk("ana ben", shifts={"a": ("08:00-09:00", "ana"), "b": ("07:00-08:00", "ben")})
    early = at("07:59:50")
    a_desk.read(early)
    a_desk.carry_out(a_desk.steps(early)["remove", "ana"], early, Accepted(), lands=False)
    a_desk.decision(at("08:00:01"))
    del a_desk.inside[ANA]
    (change,) = a_desk.read(at("08:00:05")).changes
    assert (change.change.value, change.strike) == ("late", False)
    assert a_desk.ready(at("08:00:07")) == [("add", "ana")]


def test_E_25_adds_still_waiting_when_their_shift_ends_are_dropped(desk: Make) -> None:
    a_desk = desk("ben", stay_late=15 * MINUTE, read_at=at("15:59"))
    del a_desk.inside[BEN]
    a_desk.read(at("15:59:30"))
    assert ("add", "ben") in a_desk.ready(at("15:59:59"))
    assert ("add", "ben") not in a_desk.steps(at("16:00"))


def test_E_26_a_right_lost_between_plan_and_call_is_seen_by_the_next_decision(desk: Make) -> None:
    a_desk = desk("ana", read_at=EIGHT)
    assert a_desk.ready(EIGHT) == [("add", "ben")]
    a_desk.grant("ben", EIGHT, at("16:00"), out=True)
    assert ("add", "ben") not in a_desk.steps(EIGHT)


def test_who_was_being_added_and_is_then_cut_by_hand_is_removed_as_a_new_matter(desk: Make) -> None:
    a_desk = desk("ana chen", read_at=EIGHT)
    a_desk.carry_out(a_desk.decision(EIGHT).first_ready(EIGHT), EIGHT)
    a_desk.grant("ben", at("08:00:20"), at("16:00"), out=True)
    a_desk.grant("chen", at("08:00:20"), at("16:00"), duty=True)
    a_desk.seats[BEN] = replace(a_desk.seats[BEN], seen=Seen.IN)
    now = at("08:00:30")
    assert ("remove", "ben") in a_desk.steps(now)
    seat = a_desk.seats[BEN]
    assert (seat.op, seat.key, seat.op_since, seat.tries) == (
        Kind.REMOVE, "europe/2026-01-05/0", at("08:00:20"), 0
    )  # fmt: skip


@pytest.mark.promise("C4")
@pytest.mark.parametrize(
    ("looked_at", "counted_from"),
    [("08:01:20", "08:00"), ("08:02", "08:00"), ("08:02:01", "08:02:01"), ("09:00", "09:00")],
)
def test_a_stay_that_is_noticed_a_little_late_counts_from_its_end(
    desk: Make, looked_at: str, counted_from: str
) -> None:
    a_desk = desk("ana", read_at=at("07:59"))
    a_desk.steps(at(looked_at))
    assert a_desk.seats[ANA].op_since == at(counted_from)


def test_E_5_a_pinned_agent_stays_and_one_with_a_grant_stays_until_it_ends(desk: Make) -> None:
    a_desk = desk("ana ben chen", pins="ana", read_at=EIGHT)
    a_desk.grant("chen", at("00:00"), at("10:00"))
    assert a_desk.decision(EIGHT).settled
    a_desk.read(at("10:00"))
    (step,) = a_desk.decision(at("10:00:02")).steps
    assert (step.person, step.because.reason) == (CHEN, Reason.OVERRIDE_END)


def test_E_19_the_old_number_leaves_the_normal_way_and_the_new_one_joins(desk: Make) -> None:
    """The old number is a person of its own, off the roster, who is still managed."""
    a_desk = desk("dora chen", read_at=EIGHT)
    a_desk.also_managed = frozenset({DORA})
    done, _ = a_desk.settle(EIGHT)
    assert done == [("add", "ben"), ("remove", "chen"), ("remove", "dora")]
    assert set(a_desk.inside) == {BEN}


def test_E_18_who_may_be_hidden_behind_an_id_is_tried_once_and_then_held(desk: Make) -> None:
    a_desk = desk("ana", read_at=at("07:00"))
    a_desk.unresolved = 1
    a_desk.read(EIGHT)
    assert a_desk.ready(EIGHT) == [("add", "ben")]
    a_desk.carry_out(a_desk.decision(EIGHT).first_ready(EIGHT), EIGHT, lands=False)
    a_desk.read(at("08:02"))
    assert a_desk.ready(at("08:02:02")) == []
    assert a_desk.holds(at("08:02:02")) == {"ana": "cover", "ben": "identity", "chen": "identity"}


def test_E_18_a_hidden_leaver_is_reported_and_not_forgotten(desk: Make) -> None:
    a_desk = desk("ben")
    a_desk.wipe("dora", EIGHT)
    a_desk.read(EIGHT)
    a_desk.decision(EIGHT)
    a_desk.unresolved = 1
    a_desk.read(at("08:01"))
    assert a_desk.holds(at("08:01:02"))["dora"] == "identity"


def test_E_4_a_seat_in_another_group_is_no_business_of_this_one(desk: Make) -> None:
    a_desk = desk("ana ben", read_at=EIGHT)
    assert {s.group for s in a_desk.decision(EIGHT).seats} == {"desk"}
    assert {h.group for h in desk("ana", read_at=EIGHT).decision(EIGHT).holds} == {"desk"}


# -- leavers -------------------------------------------------------------------------------------


@pytest.mark.promise("P-wipe", "E-21")
def test_a_leaver_goes_first_and_without_cover_or_notice(desk: Make) -> None:
    a_desk = desk("ana ben dora", goodbye=goodbye(), read_at=EIGHT)
    a_desk.wipe("ben", EIGHT)
    a_desk.wipe("dora", EIGHT)
    assert a_desk.ready(EIGHT) == [("remove", "ben"), ("remove", "dora")]
    assert a_desk.holds(EIGHT) == {"ana": "uncovered", None: "uncovered"}


@pytest.mark.promise("S5")
def test_E_21_a_waiting_add_of_a_leaver_is_dropped(desk: Make) -> None:
    a_desk = desk("ana", read_at=EIGHT)
    assert a_desk.ready(EIGHT) == [("add", "ben")]
    a_desk.wipe("ben", EIGHT)
    assert ("add", "ben") not in a_desk.steps(EIGHT)


def test_E_21_an_add_in_flight_is_followed_by_its_removal(desk: Make) -> None:
    a_desk = desk("ana", read_at=EIGHT)
    a_desk.carry_out(a_desk.decision(EIGHT).first_ready(EIGHT), EIGHT, InDoubt(), lands=False)
    a_desk.wipe("ben", EIGHT)
    a_desk.decision(at("08:00:12"))
    a_desk.inside[BEN] = Role.MEMBER
    a_desk.read(at("08:00:15"))
    assert a_desk.ready(at("08:00:17")) == [("remove", "ben")]


def test_cover_yields_to_a_leaver_and_people_hear_of_it(desk: Make) -> None:
    a_desk = desk("ben", read_at=EIGHT)
    a_desk.wipe("ben", EIGHT)
    (found,) = a_desk.decision(EIGHT).holds
    assert (found.hold, found.person) == (Hold.UNCOVERED, None)
    assert found.detail == "only ben would be, who may be in no group any more"
    empties = desk("ben", read_at=EIGHT, uncovered=Uncovered.EMPTY)
    empties.wipe("ben", EIGHT)
    assert empties.holds(EIGHT) == {}, "it may stand empty"


@pytest.mark.promise("S1", "C5")
def test_a_leaver_goes_from_a_group_that_is_only_watched_and_nobody_else(desk: Make) -> None:
    a_desk = desk("ana dora", mode=Mode.WATCH, read_at=EIGHT)
    a_desk.wipe("dora", EIGHT)
    assert a_desk.ready(EIGHT) == [("remove", "dora")]
    assert {p: s.op for p, s in a_desk.seats.items() if s.op} == {DORA: Kind.REMOVE}
    a_desk.inside[DORA] = Role.CREATOR
    a_desk.read(EIGHT + SECOND)
    assert a_desk.holds(EIGHT + SECOND)["dora"] == "protected"
    doubted = replace(a_desk.facts(EIGHT), doubted=Hold.SPENT)
    assert [h for h in decide(doubted, EIGHT).holds if h.person == DORA] == [], (
        "the account says so"
    )


def test_what_was_read_before_a_mark_has_to_be_read_again(desk: Make) -> None:
    a_desk = desk("ana", read_at=EIGHT)
    facts = a_desk.facts(EIGHT + SECOND)

    def read_at(marked_at: datetime | None) -> datetime:
        return decide(replace(facts, marked_at=marked_at), EIGHT + SECOND).read_at

    assert read_at(EIGHT + SECOND) == EIGHT + SECOND
    assert read_at(EIGHT) == read_at(None) > EIGHT + 15 * MINUTE
    assert read_at(EIGHT + 2 * SECOND) == read_at(None), "a mark from the future is none yet"
    never = replace(facts, state=replace(facts.state, read_began_at=None))
    assert decide(replace(never, marked_at=EIGHT), EIGHT + SECOND).read_at == EIGHT + SECOND
    daily = replace(facts, read_every=timedelta(days=1))
    assert decide(daily, EIGHT + SECOND).read_at == EIGHT + SECOND + timedelta(days=1)


def test_the_invite_link_is_reset_once_a_leaver_was_removed(desk: Make) -> None:
    a_desk = desk("ben dora", read_at=EIGHT)
    a_desk.wipe("dora", EIGHT)
    why = a_desk.facts(EIGHT).gone[DORA]

    def resets(**more: object) -> list[Step]:
        facts = replace(a_desk.facts(EIGHT), resets={DORA: why}, **more)
        return [s for s in decide(facts, EIGHT).steps if s.kind is Kind.RESET]

    assert resets() == [], "she is in it"
    del a_desk.inside[DORA]
    a_desk.read(EIGHT + SECOND)
    (reset,) = resets()
    assert (reset.people, reset.because, reset.ready(EIGHT)) == ((DORA,), why, True)
    a_desk.change("dora", retry_at=EIGHT + MINUTE)
    assert [step.due for step in resets()] == [EIGHT + MINUTE]
    assert resets(said={(Kind.RESET, DORA, why.key): EIGHT}) == []
    assert resets(doubted=Hold.AUDIT) == []
    a_desk.change("dora", in_doubt=True)
    assert resets() == []


def test_a_leaver_who_is_always_in_is_reported(desk: Make) -> None:
    a_desk = desk("ben mara", always_in="mara", read_at=EIGHT)
    a_desk.wipe("mara", EIGHT)
    found = a_desk.decision(EIGHT)
    assert a_desk.holds(EIGHT) == {"mara": "protected"}
    assert (found.steps, found.holds[0].detail) == ((), "they are a leaver, yet always in here")
    del a_desk.inside[MARA]
    a_desk.read(at("08:01"))
    assert a_desk.holds(at("08:01:02")) == {}
    del a_desk.seats[MARA]
    assert a_desk.holds(at("08:01:02")) == {}


# -- exit notices --------------------------------------------------------------------------------


@pytest.mark.promise("S13", "P-notice")
def test_a_removal_waits_for_its_notice_and_for_nothing_after_it(desk: Make) -> None:
    a_desk = desk("ana ben", goodbye=goodbye(), read_at=EIGHT)
    assert a_desk.ready(EIGHT) == [("notice", "ana")]
    assert a_desk.steps(EIGHT)["remove", "ana"].due == EIGHT + MINUTE
    assert a_desk.settle(EIGHT)[0] == [("notice", "ana"), ("remove", "ana")]


@pytest.mark.promise("S13", "F36")
def test_a_notice_that_cannot_be_said_holds_a_removal_up_for_a_minute(desk: Make) -> None:
    a_desk = desk("ana ben", goodbye=goodbye(), read_at=EIGHT)
    a_desk.decision(EIGHT)
    assert ("remove", "ana") not in a_desk.ready(EIGHT + 59 * SECOND)
    assert ("remove", "ana") in a_desk.ready(EIGHT + 60 * SECOND)


def test_E_24_a_refused_notice_is_concluded_and_the_removal_goes_on(desk: Make) -> None:
    a_desk = desk("ana ben", goodbye=goodbye(), read_at=EIGHT)
    a_desk.said[Kind.NOTICE, ANA, "asia/2026-01-05/0"] = EIGHT
    assert a_desk.ready(EIGHT) == [("remove", "ana")]


@pytest.mark.promise("S13")
def test_a_notice_is_said_before_the_removal_and_once_cover_holds(desk: Make) -> None:
    late = {"stay_late": 15 * MINUTE, "goodbye": goodbye(5 * MINUTE)}
    a_desk = desk("ana ben", read_at=at("08:01"), **late)
    assert a_desk.decision(at("08:01:02")).look_at == at("08:10")
    assert a_desk.ready(at("08:09:59")) == []
    assert a_desk.ready(at("08:10")) == [("notice", "ana")]
    alone = desk("ana", read_at=at("08:09"), if_add_fails=(), **late)
    alone.refuse(at("08:09:02"), "ben")
    assert alone.ready(at("08:10")) == []


def test_a_notice_may_be_due_before_the_shift_itself_ends(desk: Make) -> None:
    early = {"join_early": 30 * MINUTE, "stay_late": 5 * MINUTE, "goodbye": goodbye(20 * MINUTE)}
    a_desk = desk("ana ben", read_at=at("07:44"), **early)
    assert a_desk.ready(at("07:44:59")) == []
    assert a_desk.ready(at("07:45")) == [("notice", "ana")]
    done, _ = a_desk.settle(at("07:45"))
    assert done == [("notice", "ana")]
    a_desk.read(at("08:05"))
    assert a_desk.ready(at("08:05:02")) == [("remove", "ana")]


def test_a_notice_said_early_for_a_stay_over_two_shifts_is_not_said_again(desk: Make) -> None:
    shifts = {
        "one": ("06:00-07:00", "ana"),
        "two": ("07:00-08:00", "ana"),
        "all": ("00:00-24:00", "ben"),
    }
    a_desk = desk("ana ben", shifts=shifts, goodbye=goodbye(90 * MINUTE), read_at=at("06:30"))
    done, _ = a_desk.settle(at("06:30"))
    assert done == [("notice", "ana")]
    assert (Kind.NOTICE, ANA, "two/2026-01-05/0") in a_desk.said
    a_desk.read(EIGHT)
    assert a_desk.settle(at("08:00:12"))[0] == [("remove", "ana")]


@pytest.mark.promise("S13")
def test_no_notice_is_said_for_a_shift_that_ended_over_15_minutes_ago(desk: Make) -> None:
    a_desk = desk("ana ben", goodbye=goodbye(), read_at=at("08:15:01"))
    assert a_desk.ready(at("08:15:01")) == [("remove", "ana")]


def test_one_notice_to_the_group_names_all_who_leave(desk: Make) -> None:
    shifts = {"night": ("00:00-08:00", "ana dora"), "day": ("08:00-24:00", "ben")}
    a_desk = desk("ana dora ben", shifts=shifts, goodbye=goodbye(), read_at=EIGHT)
    done, _ = a_desk.settle(EIGHT)
    assert done == [("notice", "ana dora"), ("remove", "ana"), ("remove", "dora")]


@pytest.mark.promise("S13", "P-notice")
def test_whoever_follows_later_than_the_others_goes_without_a_second_notice(desk: Make) -> None:
    shifts = {"night": ("00:00-08:00", "ana dora"), "day": ("08:00-24:00", "ben")}
    a_desk = desk("ana dora ben", shifts=shifts, goodbye=goodbye(), read_at=EIGHT)
    a_desk.said[Kind.NOTICE, DORA, "night/2026-01-05/0"] = EIGHT
    assert a_desk.ready(EIGHT) == [("remove", "dora")]
    assert ("remove", "ana") in a_desk.ready(EIGHT + MINUTE)
    to_each = goodbye(to=NoticeTo.PERSON)
    each = desk("ana dora ben", shifts=shifts, goodbye=to_each, read_at=EIGHT)
    each.said[Kind.NOTICE, DORA, "night/2026-01-05/0"] = EIGHT
    assert each.ready(EIGHT) == [("notice", "ana"), ("remove", "dora")]


def test_notices_to_persons_are_one_each_and_all_come_before_the_removals(desk: Make) -> None:
    shifts = {"night": ("00:00-08:00", "ana dora"), "day": ("08:00-24:00", "ben")}
    to_each = goodbye(to=NoticeTo.PERSON)
    a_desk = desk("ana dora ben", shifts=shifts, goodbye=to_each, read_at=EIGHT)
    assert a_desk.settle(EIGHT)[0] == [
        ("notice", "ana"), ("notice", "dora"), ("remove", "ana"), ("remove", "dora")
    ]  # fmt: skip


def test_who_is_not_in_the_group_or_not_managed_is_not_announced(desk: Make) -> None:
    a_desk = desk("ben dora", goodbye=goodbye(), read_at=EIGHT)
    a_desk.seats[DORA] = replace(a_desk.seats[DORA], seen=Seen.IN)
    assert a_desk.decision(EIGHT).settled
    assert a_desk.ready(EIGHT) == []


def test_each_notice_is_about_the_shift_of_whom_it_names(desk: Make) -> None:
    shifts = {
        "night": ("00:00-08:00", "ana"),
        "late": ("04:00-08:00", "dora"),
        "day": ("08:00-24:00", "ben"),
    }
    early = {"join_early": 30 * MINUTE, "goodbye": goodbye(5 * MINUTE, NoticeTo.PERSON)}
    steps = desk("ana dora ben", shifts=shifts, read_at=at("07:55"), **early).steps(at("07:56"))
    keys = {people: step.because.key for (_, people), step in steps.items()}
    assert keys == {"ana": "night/2026-01-05/0", "dora": "late/2026-01-05/0"}


@pytest.mark.parametrize("role", [Role.ADMIN, Role.CREATOR])
def test_who_cannot_be_removed_is_not_announced(desk: Make, role: Role) -> None:
    a_desk = desk("ana ben", goodbye=goodbye())
    a_desk.inside[ANA] = role
    a_desk.read(EIGHT)
    assert a_desk.ready(EIGHT) == []


# -- order ---------------------------------------------------------------------------------------


def test_steps_come_in_the_order_leavers_adds_goodbyes_removals_enforcement(desk: Make) -> None:
    shifts = {
        "night": ("00:00-08:00", "ana"),
        "day": ("08:00-24:00", "ben eve"),
    }
    a_desk = desk("ana chen dora ben", shifts=shifts, goodbye=goodbye(), read_at=EIGHT)
    a_desk.also_managed = frozenset({DORA})
    a_desk.wipe("chen", EIGHT)
    assert list(a_desk.steps(EIGHT)) == [
        ("remove", "chen"), ("add", "eve"), ("notice", "ana"), ("remove", "ana"),
        ("remove", "dora"),
    ]  # fmt: skip


# -- when to try, read and look again ------------------------------------------------------------


def test_an_add_is_not_repeated_before_its_quiet_time_and_its_wait_are_over(desk: Make) -> None:
    a_desk = desk("ana", read_at=EIGHT)
    add = a_desk.decision(EIGHT).first_ready(EIGHT)
    a_desk.carry_out(add, EIGHT, InDoubt(), lands=False)
    a_desk.read(at("08:00:15"))
    assert a_desk.ready(EIGHT + 90 * SECOND) == []
    assert a_desk.ready(EIGHT + 91 * SECOND) == [("add", "ben")]


def test_the_quiet_time_outlasts_a_change_of_shift(desk: Make) -> None:
    shifts = {"one": ("07:00-08:00", "ben"), "two": ("08:00-09:00", "ben")}
    a_desk = desk(shifts=shifts, read_at=at("07:59:50"))
    early = at("07:59:50")
    add = a_desk.decision(early).first_ready(early)
    a_desk.carry_out(add, early, InDoubt(), lands=False)
    a_desk.read(at("08:00:01"))
    assert a_desk.steps(at("08:00:03"))["add", "ben"].due == at("08:01:21")
    assert a_desk.seats[BEN].key == "two/2026-01-05/0"


def test_doubt_about_a_removal_delays_its_repeat_also_when_it_was_not_wanted_between(
    desk: Make,
) -> None:
    a_desk = desk("ana ben", read_at=EIGHT)
    remove = a_desk.decision(EIGHT).first_ready(EIGHT)
    a_desk.carry_out(remove, EIGHT, InDoubt(), lands=False)
    a_desk.grant("ana", at("08:00:20"), at("08:00:40"))
    a_desk.read(at("08:00:25"))
    assert a_desk.decision(at("08:00:27")).settled
    a_desk.read(at("08:00:45"))
    assert a_desk.steps(at("08:00:47"))["remove", "ana"].due == EIGHT + 91 * SECOND


def test_waits_set_before_the_clock_was_put_back_do_not_outlast_their_length(desk: Make) -> None:
    a_desk = desk("ana", read_at=EIGHT)
    a_desk.decision(EIGHT)
    late = at("14:00")
    a_desk.change("ben", op_since=late, retry_at=late, settle_at=late)
    a_desk.decision(EIGHT)
    seat = a_desk.seats[BEN]
    assert (seat.op_since, seat.retry_at, seat.settle_at) == (
        EIGHT, EIGHT + 15 * MINUTE, EIGHT + 90 * SECOND
    )  # fmt: skip


def test_a_group_never_read_is_read_now(desk: Make) -> None:
    assert desk().decision(EIGHT).read_at == EIGHT


def test_a_quiet_group_is_swept_every_15_minutes(desk: Make) -> None:
    a_desk = desk("ben", read_at=EIGHT)
    found = a_desk.decision(at("08:01"))
    assert found.read_at == found.look_at == EIGHT + SECOND + 15 * MINUTE


def test_after_an_attempt_the_group_is_read_until_it_is_proven(desk: Make) -> None:
    a_desk = desk("ana", read_at=EIGHT)
    a_desk.carry_out(a_desk.decision(EIGHT).first_ready(EIGHT), EIGHT, lands=False)
    now = ended = EIGHT + SECOND
    reads = []
    for _ in range(4):
        due = a_desk.decision(now).read_at
        reads.append((due - ended) // SECOND)
        a_desk.read(due)
        now = due + SECOND
    assert reads == [2, 10, 30, 90]


@pytest.mark.parametrize("minutes", [1, 60])
def test_an_overdue_read_is_due_now_and_not_in_the_past(desk: Make, minutes: int) -> None:
    a_desk = desk("ana", read_at=EIGHT)
    a_desk.carry_out(a_desk.decision(EIGHT).first_ready(EIGHT), EIGHT, lands=False)
    now = EIGHT + minutes * MINUTE
    found = a_desk.decision(now)
    assert (found.read_at, found.look_at) == (now, now)


def test_an_overdue_probe_is_due_now(desk: Make) -> None:
    a_desk = desk("ben", read_at=EIGHT)
    a_desk.state = replace(a_desk.state, hold=Hold.GROUP_GONE, probe_at=EIGHT)
    assert a_desk.decision(at("08:20")).read_at == at("08:20")


def test_a_read_or_a_probe_from_the_future_is_due_now(desk: Make) -> None:
    a_desk = desk("ben", read_at=at("14:00"))
    assert a_desk.decision(EIGHT).read_at == EIGHT
    far = EIGHT + 15 * MINUTE + SECOND
    a_desk.state = replace(a_desk.state, hold=Hold.GROUP_GONE, probe_at=far)
    assert a_desk.decision(EIGHT).read_at == EIGHT


def test_a_seat_nobody_ever_read_is_added_to(desk: Make) -> None:
    a_desk = desk()
    assert a_desk.ready(EIGHT) == [("add", "ben")]
    assert a_desk.seats[BEN].seen is Seen.UNKNOWN
    a_desk.change("ben", tries=3)
    assert a_desk.ready(EIGHT) == [("add", "ben")]


@pytest.mark.promise("I3")
def test_asking_twice_gives_the_same_answer(desk: Make) -> None:
    a_desk = desk("ana", goodbye=goodbye(), read_at=EIGHT)
    first = a_desk.decision(EIGHT)
    second = a_desk.decision(EIGHT)
    assert {s.person for s in first.seats} == {BEN, ANA}
    assert (second.seats, second.steps, second.holds) == ((), first.steps, first.holds)


# -- found by mutants ----------------------------------------------------------------------------


def test_a_clock_put_back_over_what_is_on_record_brings_nobody_back(desk: Make) -> None:
    a_desk = desk("ana", read_at=EIGHT)
    a_desk.account = replace(a_desk.account, clock_offset=-3600.0)
    assert a_desk.ready(EIGHT) == [("add", "ben")]
    a_desk.state = replace(a_desk.state, recorded_until=EIGHT)
    assert a_desk.ready(EIGHT) == [("add", "ben")]
    a_desk.state = replace(a_desk.state, recorded_until=EIGHT + SECOND)
    held = a_desk.steps(EIGHT)["add", "ben"]
    assert (held.hold, held.detail) == (Hold.CLOCK, "clocks differ by 3600 s")
    a_desk.account = replace(a_desk.account, clock_offset=1.0)
    assert a_desk.ready(EIGHT) == [("add", "ben")]


def test_a_notice_to_the_group_keeps_everybodys_own_shift(desk: Make) -> None:
    shifts = {
        "night": ("00:00-08:00", "ana"),
        "late": ("04:00-08:00", "dora"),
        "day": ("08:00-24:00", "ben"),
    }
    a_desk = desk("ana dora ben", shifts=shifts, goodbye=goodbye(), read_at=EIGHT)
    said = a_desk.steps(EIGHT)["notice", "ana dora"]
    assert said.because.key == "night/2026-01-05/0"
    assert said.occurrences == {ANA: "night/2026-01-05/0", DORA: "late/2026-01-05/0"}
    gone = a_desk.steps(EIGHT)["remove", "dora"]
    assert gone.occurrences == {DORA: "late/2026-01-05/0"}


def test_somebody_absent_hides_nobody_who_is_to_be_announced(desk: Make) -> None:
    shifts = {"night": ("00:00-08:00", "ana dora"), "day": ("08:00-24:00", "ben")}
    a_desk = desk("dora ben", shifts=shifts, goodbye=goodbye(), read_at=EIGHT)
    assert a_desk.ready(EIGHT) == [("notice", "dora")]


def test_a_hold_of_the_whole_group_names_group_and_account(desk: Make) -> None:
    a_desk = desk("ana ben", read_at=EIGHT)
    a_desk.state = replace(a_desk.state, hold=Hold.GROUP_GONE, hold_detail="unknown there")
    (held,) = a_desk.decision(EIGHT).holds
    assert (held.account, held.group, held.person) == ("main", "desk", None)
    assert held.detail == "unknown there"
    a_desk = desk("ana ben", mode=Mode.WATCH, read_at=EIGHT)
    a_desk.state = replace(a_desk.state, hold=Hold.GROUP_GONE)
    assert a_desk.holds(EIGHT) == {"ana": "mode"}


def test_each_hold_says_in_words_what_it_waits_for(desk: Make) -> None:
    told = {}
    for why in Refusal:
        a_desk = desk("ana", read_at=EIGHT)
        a_desk.refuse(EIGHT, "ben", why=why)
        told[why] = a_desk.steps(EIGHT)["add", "ben"].detail
    assert told[Refusal.NOT_REACHABLE] == "the number is not on WhatsApp"
    assert told[Refusal.PRIVACY] == "their privacy settings allow joining by invite only"
    assert told[Refusal.FULL] == "the group is full"
    assert told[Refusal.PROTECTED] == "protected"
    a_desk = desk("ana ben", read_at=EIGHT)
    for role, words in ((Role.CREATOR, "created the group"), (Role.ADMIN, "are an admin")):
        a_desk.change("ana", role=role)
        assert words in a_desk.steps(EIGHT)["remove", "ana"].detail


def test_while_an_attempt_may_land_late_the_group_is_read_every_5_minutes(desk: Make) -> None:
    a_desk = desk("ben", read_at=EIGHT)
    a_desk.change("ben", watch_until=EIGHT + 8 * MINUTE)
    ended = EIGHT + SECOND
    assert a_desk.decision(ended).read_at == ended + 5 * MINUTE
    a_desk.read(EIGHT + 5 * MINUTE)
    assert a_desk.decision(EIGHT + 6 * MINUTE).read_at == EIGHT + 8 * MINUTE


def test_what_is_held_is_nothing_to_wake_up_for(desk: Make) -> None:
    a_desk = desk("ana", if_add_fails=(IfAddFails.TELL,), read_at=EIGHT)
    a_desk.refuse(EIGHT, "ben")
    a_desk.change("ben", retry_at=EIGHT + MINUTE)
    assert a_desk.decision(EIGHT + 2 * SECOND).look_at == EIGHT + SECOND + SWEEP


def test_a_difference_that_is_gone_leaves_no_wait_behind(desk: Make) -> None:
    a_desk = desk("ana", read_at=EIGHT)
    add = a_desk.decision(EIGHT).first_ready(EIGHT)
    a_desk.carry_out(add, EIGHT, Accepted(), lands=False)
    a_desk.decision(at("16:00:10"))
    seat = a_desk.seats[BEN]
    assert (seat.op, seat.op_since, seat.retry_at, seat.settle_at) == (None, None, None, None)
    assert not seat.in_doubt
    assert seat.watch_until == EIGHT + SECOND + 15 * MINUTE
