"""The guard: each invariant refuses the step that would break it, whoever asks."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Because, Closing, GroupState, Identity, Kind, Role, Seat, Seen
from rotation.core.guard import Breach, Evidence, check
from rotation.core.reason import Reason
from rotation.core.roster import (
    AccountId,
    Admins,
    Goodbye,
    GroupId,
    IfAddFails,
    Mode,
    PersonId,
    Phone,
    Uncovered,
)

Make: TypeAlias = Callable[..., Any]

ANA, BEN, CHEN, DORA, MARA = map(PersonId, ("ana", "ben", "chen", "dora", "mara"))
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
OURS = "+15550100999"


def at(clock: str) -> datetime:
    hour, minute, second = (*clock.split(":"), "0")[:3]
    return datetime(2026, 1, 5, int(hour), int(minute), int(second), tzinfo=UTC)


NOW = at("09:00:05")
"""In ben's shift, an hour after ana's."""
READ = at("09:00")
ENDED = Because(Reason.SHIFT_END, "asia/2026-01-05/0", "r1", at("00:00"), at("08:00"))


@pytest.fixture
def facts(desk: Make) -> Evidence:
    """Ana and ben were seen in the group just now: ana may be removed, chen not yet added."""
    return evidence(desk("ana ben"))


def evidence(a_desk: Any) -> Evidence:  # noqa: ANN401 - a desk of the builders
    a_desk.read(READ)
    a_desk.decision(NOW)
    return a_desk.evidence(NOW)


def remove(facts: Evidence, who: PersonId = ANA, now: datetime = NOW) -> Breach | None:
    return check(Kind.REMOVE, who, ENDED, facts, now)


def add(facts: Evidence, who: PersonId = BEN, now: datetime = NOW) -> Breach | None:
    return check(Kind.ADD, who, Because(Reason.SHIFT, "europe/2026-01-05/0", "r1"), facts, now)


def seat(facts: Evidence, person: PersonId, **what: object) -> Evidence:
    changed = replace(facts.seats[person], **what)
    return replace(facts, seats={**facts.seats, person: changed})


def policy(facts: Evidence, **what: object) -> Evidence:
    group = replace(facts.group, policy=replace(facts.group.policy, **what))
    return replace(facts, group=group)


def group(facts: Evidence, **what: object) -> Evidence:
    return replace(facts, group=replace(facts.group, **what))


def state(facts: Evidence, **what: object) -> Evidence:
    return replace(facts, state=replace(facts.state, **what))


def rule(breach: Breach | None) -> str | None:
    return breach and breach.rule


def test_a_safe_removal_and_a_safe_addition_pass(facts: Evidence) -> None:
    assert remove(facts) is None
    assert add(facts) is None


# -- S1 managed only -----------------------------------------------------------------------------


@pytest.mark.promise("S1")
def test_S1_nothing_is_sent_to_a_group_that_is_only_watched(facts: Evidence) -> None:
    watched = group(facts, mode=Mode.WATCH)
    assert (rule(remove(watched)), rule(add(watched))) == ("S1", "S1")


@pytest.mark.promise("S1", "C5")
def test_S1_a_leaver_goes_from_a_group_that_is_only_watched_and_is_never_added(
    facts: Evidence,
) -> None:
    watched = replace(group(facts, mode=Mode.WATCH), leavers={ANA, BEN})
    assert remove(watched) is None
    assert rule(add(watched)) == "S1"
    assert rule(remove(watched, CHEN)) == "S1"


@pytest.mark.promise("S1")
def test_S1_an_invite_link_is_reset_for_a_leaver_who_was_seen_out(facts: Evidence) -> None:
    why = Because(Reason.LEAVER, "leaver/ana", "mara")

    def reset(known: Evidence) -> Breach | None:
        return check(Kind.RESET, ANA, why, known, NOW)

    gone = replace(seat(facts, ANA, seen=Seen.OUT, proven="remove leaver/ana"), leavers={ANA})
    assert reset(gone) is None
    assert reset(group(gone, mode=Mode.WATCH)) is None
    assert reset(replace(gone, changes=2000)) is None, "nobody is added or removed"
    assert reset(seat(gone, ANA, seen=Seen.IN)) == Breach(
        "S1", "they were not seen out of the group"
    )
    assert reset(seat(gone, ANA, proven="")) == Breach("S1", "we did not remove them")
    assert reset(replace(gone, leavers=set())) == Breach("S1", "nobody asked for that")
    assert rule(reset(replace(gone, recent_requests=(1.0,) * 60))) == "S7"


@pytest.mark.promise("S1", "P-invite-links")
def test_S1_a_link_is_reset_after_what_the_group_says_and_for_who_came_back_twice(
    facts: Evidence,
) -> None:
    why = Because(Reason.SUBSCRIPTION, "grant/7", "crm")

    def reset(known: Evidence) -> Breach | None:
        return check(Kind.RESET, ANA, why, known, NOW)

    gone = seat(facts, ANA, seen=Seen.OUT, proven="remove grant/7")
    policy = replace(gone.group.policy, reset_link_after=(Reason.SUBSCRIPTION,))
    assert reset(group(gone, policy=policy)) is None
    assert reset(gone) == Breach("S1", "nobody asked for that")
    assert reset(seat(gone, ANA, strikes=1)) == Breach("S1", "nobody asked for that")
    assert reset(seat(gone, ANA, strikes=2)) is None


@pytest.mark.promise("S1")
def test_S1_only_the_managed_are_removed_but_a_leaver_goes_anyhow(facts: Evidence) -> None:
    unmanaged = replace(facts, managed=frozenset())
    assert remove(unmanaged) == Breach("S1", "rotation does not manage them here")
    assert remove(replace(unmanaged, leavers={ANA})) is None


@pytest.mark.promise("S1", "P-immune")
def test_S1_the_always_in_are_never_touched_leaver_or_not(facts: Evidence) -> None:
    kept = group(facts, always_in=(ANA, BEN))
    for some in (kept, replace(kept, leavers={ANA})):
        assert remove(some) == Breach("S1", "they are always in")
    assert add(kept) == Breach("S1", "they are always in")


@pytest.mark.promise("S1")
@pytest.mark.parametrize("seen", [Seen.OUT, Seen.UNKNOWN])
def test_S1_who_was_not_seen_inside_is_not_removed(facts: Evidence, seen: Seen) -> None:
    assert rule(remove(seat(facts, ANA, seen=seen))) == "S1"


@pytest.mark.promise("S1")
def test_S1_an_id_is_good_for_a_day(facts: Evidence) -> None:
    day = timedelta(hours=24)
    assert remove(seat(facts, ANA, seen_at=NOW - day)) is None
    for seen_at in (NOW - day - SECOND, None, NOW + SECOND):
        assert remove(seat(facts, ANA, seen_at=seen_at)) == Breach("S1", "their id is too old")


@pytest.mark.promise("S1")
def test_S1_somebody_without_any_known_id_is_not_acted_on(facts: Evidence) -> None:
    nameless = replace(facts, identities={})
    assert (rule(remove(nameless)), rule(add(nameless))) == ("S1", "S1")


# -- S2 never us, never the creator --------------------------------------------------------------


@pytest.mark.promise("S2", "E-6")
@pytest.mark.parametrize(
    "known",
    [
        Identity(ANA, Phone(OURS)),
        Identity(ANA, Phone("+15550000001"), frozenset({"900@lid"})),
        Identity(ANA, None, frozenset({"900@lid"})),
    ],
)
def test_S2_our_own_number_is_never_touched_by_any_of_its_ids(
    facts: Evidence, known: Identity
) -> None:
    ours = replace(facts, own=frozenset({OURS, "900@lid"}))
    ours = replace(ours, identities={**facts.identities, ANA: known}, leavers={ANA})
    assert remove(ours) == Breach("S2", "this is our own number")


@pytest.mark.promise("S2")
def test_S2_while_we_do_not_know_who_we_are_nobody_is_touched(facts: Evidence) -> None:
    nobody = replace(facts, own=frozenset())
    assert (rule(remove(nobody)), rule(add(nobody))) == ("S2", "S2")


@pytest.mark.promise("S2", "E-6")
@pytest.mark.parametrize("leavers", [frozenset(), frozenset({ANA})])
def test_S2_creators_stay_and_admins_follow_the_policy(
    facts: Evidence, leavers: frozenset[PersonId]
) -> None:
    facts = replace(facts, leavers=leavers)
    lenient = policy(facts, admins=Admins.REMOVE)
    assert rule(remove(seat(lenient, ANA, role=Role.CREATOR))) == "S2"
    assert rule(remove(seat(facts, ANA, role=Role.ADMIN))) == "S2"
    assert remove(seat(lenient, ANA, role=Role.ADMIN)) is None


# -- S3 coverage ---------------------------------------------------------------------------------


@pytest.mark.promise("S3", "P-preflight")
@pytest.mark.parametrize("kind", [Kind.ADD, Kind.REMOVE])
def test_S3_evidence_is_at_most_30_seconds_old(facts: Evidence, kind: Kind) -> None:
    act = remove if kind is Kind.REMOVE else add
    ended = READ + SECOND
    assert act(facts, now=ended + 30 * SECOND) is None
    assert act(facts, now=ended + 31 * SECOND) == Breach("S3", "the group was not read just now")


@pytest.mark.promise("S3")
def test_S3_evidence_is_newer_than_our_last_change(facts: Evidence) -> None:
    assert remove(state(facts, mutated_at=READ - SECOND)) is None
    assert rule(remove(state(facts, mutated_at=READ))) == "S3"
    assert rule(remove(state(facts, mutated_at=READ + SECOND))) == "S3"


@pytest.mark.promise("S3")
def test_S3_a_read_from_the_future_is_no_evidence(facts: Evidence) -> None:
    """The clock was put back after it; it may be hours old."""
    assert rule(remove(facts, now=READ - 10 * SECOND)) == "S3"


@pytest.mark.promise("S3")
def test_S3_without_any_read_nothing_is_sent(facts: Evidence) -> None:
    unread = replace(facts, state=GroupState(GroupId("desk"), AccountId("main"), due=NOW))
    assert (rule(remove(unread)), rule(add(unread))) == ("S3", "S3")
    assert rule(remove(state(facts, read_ended_at=None))) == "S3"
    assert rule(add(state(facts, read_began_at=None))) == "S3"


@pytest.mark.promise("S3")
@pytest.mark.parametrize(
    "unsure",
    [{"seen": Seen.OUT}, {"seen": Seen.UNKNOWN}, {"in_doubt": True}, {"seen_at": at("08:59")}],
)
def test_S3_cover_is_somebody_surely_seen_by_that_very_read(
    facts: Evidence, unsure: dict[str, object]
) -> None:
    assert remove(seat(facts, BEN, **unsure)) == Breach("S3", "the group would be left alone")


@pytest.mark.promise("S3")
def test_S3_on_duty_without_a_seat_is_no_cover(facts: Evidence) -> None:
    seats = {ANA: facts.seats[ANA]}
    assert rule(remove(replace(facts, seats=seats))) == "S3"


@pytest.mark.promise("S3")
def test_S3_a_leaver_goes_even_when_the_group_is_left_alone(facts: Evidence) -> None:
    alone = seat(facts, BEN, seen=Seen.OUT)
    assert remove(replace(alone, leavers={ANA})) is None


@pytest.mark.promise("S3")
def test_S3_while_nobody_is_on_duty_the_group_may_empty_only_by_policy(desk: Make) -> None:
    facts = evidence(desk("ana", shifts={"night": ("00:00-08:00", "ana")}))
    assert rule(remove(facts)) == "S3"
    assert remove(policy(facts, uncovered=Uncovered.EMPTY)) is None


@pytest.mark.promise("S3")
def test_S3_a_leaver_on_duty_is_no_cover(facts: Evidence) -> None:
    assert rule(remove(replace(facts, leavers={BEN}))) == "S3"


@pytest.mark.promise("S3")
def test_S3_a_person_cut_by_hand_is_no_cover_and_a_stand_in_by_hand_is(desk: Make) -> None:
    a_desk = desk("ana ben dora")
    a_desk.grant("ben", at("08:30"), at("16:00"), out=True)
    a_desk.grant("dora", at("08:30"), at("08:59"), duty=True)
    a_desk.grant("dora", at("08:59"), at("16:00"))
    assert rule(remove(evidence(a_desk))) == "S3"
    a_desk.grant("dora", at("08:30"), at("16:00"), duty=True)
    assert remove(evidence(a_desk)) is None


@pytest.mark.promise("S3")
def test_S3_as_many_must_be_seen_as_the_group_keeps_but_not_more_than_work(desk: Make) -> None:
    shifts = {"day": ("08:00-16:00", "ben chen"), "night": ("00:00-08:00", "ana")}
    one, both = (evidence(desk(f"ana ben{more}", shifts=shifts)) for more in ("", " chen"))
    assert [rule(remove(policy(one, keep_at_least=n))) for n in (1, 2, 5)] == [None, "S3", "S3"]
    assert [rule(remove(policy(both, keep_at_least=n))) for n in (1, 2, 5)] == [None, None, None]


@pytest.mark.promise("S3")
def test_S3_who_will_stand_in_only_soon_is_no_cover_yet(desk: Make, turns: Make) -> None:
    shifts = {"night": ("00:00-09:10", "ana"), "day": ("09:10-17:00", turns("ben chen"))}
    a_desk = desk(
        "chen dora", shifts=shifts, join_early=20 * MINUTE, if_add_fails=(IfAddFails.NEXT,)
    )
    a_desk.also_managed = frozenset({DORA})
    a_desk.refuse(NOW, "ben")
    facts = evidence(a_desk)
    assert facts.stand_ins == {CHEN: BEN}
    assert rule(remove(facts, DORA)) == "S3"
    assert rule(remove(facts, CHEN)) == "S4"


# -- S4 nobody on duty, S5 no leaver, S6 only the entitled ---------------------------------------


@pytest.mark.promise("S4")
def test_S4_nobody_on_duty_is_removed(facts: Evidence) -> None:
    assert remove(facts, BEN) == Breach("S4", "they are on duty or allowed to stay")


@pytest.mark.promise("S4")
@pytest.mark.parametrize(
    ("clock", "refused"), [("08:00", True), ("08:14:59", True), ("08:15", False)]
)
def test_S4_who_may_stay_late_is_not_removed(desk: Make, clock: str, *, refused: bool) -> None:
    a_desk = desk("ana ben", stay_late=15 * MINUTE)
    now = at(clock)
    a_desk.read(now - 5 * SECOND)
    a_desk.decision(now)
    assert rule(remove(a_desk.evidence(now), now=now)) == ("S4" if refused else None)


@pytest.mark.promise("S4")
@pytest.mark.parametrize(("clock", "refused"), [("15:49:59", False), ("15:50", True)])
def test_S4_who_may_join_early_is_not_removed(desk: Make, clock: str, *, refused: bool) -> None:
    a_desk = desk("ben chen", join_early=10 * MINUTE)
    now = at(clock)
    a_desk.read(now - 5 * SECOND)
    a_desk.decision(now)
    assert rule(remove(a_desk.evidence(now), CHEN, now)) == ("S4" if refused else None)


@pytest.mark.promise("S4")
def test_S4_who_was_cut_by_hand_may_not_stay_late(desk: Make) -> None:
    a_desk = desk("ana ben", stay_late=15 * MINUTE)
    a_desk.grant("ana", at("07:30"), at("08:00"), out=True)
    now = at("08:05")
    a_desk.read(now - 5 * SECOND)
    a_desk.decision(now)
    assert remove(a_desk.evidence(now), now=now) is None


@pytest.mark.promise("S4")
def test_S4_only_ones_own_cut_ends_the_right_to_stay_late(desk: Make) -> None:
    a_desk = desk("ana ben", stay_late=15 * MINUTE)
    a_desk.grant("ben", at("07:30"), at("08:00"), out=True)
    a_desk.grant("ana", at("07:30"), at("08:00"))
    now = at("08:05")
    a_desk.read(now - 5 * SECOND)
    a_desk.decision(now)
    assert rule(remove(a_desk.evidence(now), now=now)) == "S4"


@pytest.mark.promise("S4", "E-5")
def test_S4_a_pin_and_a_grant_keep_a_person_in(desk: Make) -> None:
    assert rule(remove(evidence(desk("ana ben", pins="ana")))) == "S4"
    a_desk = desk("ana ben")
    a_desk.grant("ana", at("08:00"), at("10:00"))
    assert rule(remove(evidence(a_desk))) == "S4"


@pytest.mark.promise("S5", "E-21")
def test_S5_a_leaver_is_never_added_whatever_entitles_them(desk: Make) -> None:
    a_desk = desk("ana", pins="ben")
    a_desk.grant("ben", at("08:00"), duty=True)
    facts = replace(evidence(a_desk), leavers={BEN})
    assert add(facts) == Breach("S5", "they are a leaver")


@pytest.mark.promise("S6", "E-26")
def test_S6_only_the_entitled_are_added(facts: Evidence) -> None:
    assert rule(add(facts, ANA)) == "S6"


@pytest.mark.promise("S6")
def test_S6_nobody_outside_the_roster_is_added_but_by_a_grant_that_lasts(desk: Make) -> None:
    a_desk = desk("ana ben")
    zoe = PersonId("zoe")

    def added() -> Breach | None:
        facts = evidence(a_desk)
        known = {**facts.identities, zoe: Identity(zoe, Phone("+4917000000"))}
        seats = {**facts.seats, zoe: Seat(facts.group.id, zoe)}
        return add(replace(facts, identities=known, seats=seats), zoe)

    assert added() == Breach("S6", "neither the roster nor a grant names them")
    a_desk.grant("zoe", at("08:00"), at("08:59"))
    assert added() == Breach("S6", "neither the roster nor a grant names them")
    a_desk.grant("zoe", at("08:00"))
    assert added() is None


@pytest.mark.promise("S6", "E-26")
def test_S6_who_was_cut_by_hand_is_not_added_until_shortly_before_it_ends(desk: Make) -> None:
    a_desk = desk("ana", join_early=10 * MINUTE)
    a_desk.grant("ben", at("08:30"), at("09:10:10"), out=True)
    assert rule(add(evidence(a_desk))) == "S6"
    later = at("09:00:10")
    assert add(evidence(a_desk), now=later) is None


@pytest.mark.promise("S6", "E-26")
@pytest.mark.parametrize(
    "cuts",
    [
        [("08:10", "08:20"), ("08:30", "16:00")],
        [("08:30", "16:00"), ("08:10", "08:20")],
        [("08:00", "16:00")],
        [("08:50", "09:05"), ("09:05", "16:00")],
    ],
)
def test_S6_what_several_cuts_leave_is_what_counts(desk: Make, cuts: list[tuple[str, str]]) -> None:
    a_desk = desk("ana", join_early=10 * MINUTE)
    for starts, until in cuts:
        a_desk.grant("ben", at(starts), at(until), out=True)
    assert rule(add(evidence(a_desk))) == "S6"


@pytest.mark.promise("S6")
def test_S6_a_cut_that_ends_with_the_shift_gives_nothing_back(desk: Make) -> None:
    a_desk = desk("chen", join_early=10 * MINUTE)
    a_desk.grant("ben", at("14:00"), at("16:00"), out=True)
    now = at("15:55")
    a_desk.read(now - 5 * SECOND)
    a_desk.seats[BEN] = replace(a_desk.seats[CHEN], person=BEN, seen=Seen.OUT)
    assert rule(add(a_desk.evidence(now), now=now)) == "S6"


@pytest.mark.promise("S6", "E-25")
def test_S6_nobody_is_added_in_the_time_after_a_shift(desk: Make) -> None:
    a_desk = desk("ben", stay_late=2 * timedelta(hours=1))
    a_desk.read(READ)
    a_desk.seats[ANA] = replace(a_desk.seats[BEN], person=ANA, seen=Seen.OUT)
    assert rule(add(a_desk.evidence(NOW), ANA)) == "S6"


@pytest.mark.promise("S6")
def test_S6_a_stand_in_is_added_while_the_other_is_due(desk: Make, turns: Make) -> None:
    shifts = {"day": ("08:00-16:00", turns("ben chen")), "night": ("16:00-08:00", "ana")}
    a_desk = desk("ana", shifts=shifts, if_add_fails=(IfAddFails.NEXT,))
    a_desk.refuse(NOW, "ben")
    facts = evidence(a_desk)
    assert add(facts, CHEN) is None
    assert rule(add(replace(facts, stand_ins={}), CHEN)) == "S6"


@pytest.mark.promise("S8", "F32")
def test_S8_after_a_restore_nothing_is_sent_before_a_person_has_looked(facts: Evidence) -> None:
    restored = replace(facts, doubted=True)
    assert (rule(remove(restored)), rule(add(restored))) == ("S8", "S8")


# -- S7 rate, S9 one writer, S10 write-ahead -----------------------------------------------------


@pytest.mark.promise("S7")
def test_S7_each_kind_has_its_own_drip(facts: Evidence) -> None:
    used = replace(facts, recent={Kind.REMOVE: [59.9] * 8, Kind.ADD: [60.0, *[1.0] * 7]})
    assert remove(used) == Breach("S7", "the drip is used up")
    assert add(used) is None
    assert add(replace(facts, recent={})) is None


@pytest.mark.promise("S7")
def test_S7_all_requests_together_have_a_budget(facts: Evidence) -> None:
    assert add(replace(facts, recent_requests=[60.0, *[1.0] * 59])) is None
    used = replace(facts, recent_requests=[1.0] * 60)
    assert add(used) == Breach("S7", "the request budget is used up")


@pytest.mark.promise("S7", "F35")
def test_S7_the_changes_of_a_day_have_a_limit_for_leavers_as_well(facts: Evidence) -> None:
    assert remove(replace(facts, changes=1999)) is None
    used = replace(facts, changes=2000, leavers={ANA})
    assert remove(used) == Breach("S7", "the changes of a day are used up")
    assert rule(add(used)) == "S7"


@pytest.mark.promise("S7", "F10")
def test_S7_who_was_asked_for_fewer_calls_makes_half_as_many_until_all_was_calm(
    facts: Evidence,
) -> None:
    used = replace(facts, recent={Kind.REMOVE: [1.0] * 4}, recent_requests=[1.0] * 29)
    assert remove(used) is None
    slower = replace(used, throttles=1, calm_since=NOW)
    assert remove(slower) == Breach("S7", "the drip is used up")
    assert add(replace(slower, recent_requests=[1.0] * 30)) == Breach(
        "S7", "the request budget is used up"
    )
    assert rule(remove(replace(slower, calm_since=NOW + MINUTE))) == "S7", "the clock was put back"
    assert rule(remove(replace(slower, calm_since=None))) == "S7"
    assert remove(replace(slower, calm_since=NOW - 15 * MINUTE)) is None
    assert rule(remove(replace(slower, throttles=2, calm_since=NOW - 15 * MINUTE))) == "S7"


@pytest.mark.promise("S7", "F10")
def test_S7_the_slowest_still_makes_one_change_and_what_it_has_to_be_read_for(
    facts: Evidence,
) -> None:
    slowest = replace(facts, throttles=9, calm_since=NOW, recent_requests=[1.0] * 7)
    assert remove(slowest) is None
    assert rule(remove(replace(slowest, recent_requests=[1.0] * 8))) == "S7"
    few = replace(slowest, request_limit=5, recent_requests=[1.0] * 4)
    assert remove(few) is None
    assert rule(remove(replace(few, recent_requests=[1.0] * 5))) == "S7"


@pytest.mark.promise("S9")
def test_S9_no_call_starts_that_could_outlive_the_lease(facts: Evidence) -> None:
    deadline = facts.deadline
    assert remove(replace(facts, trusted_until=NOW + deadline + SECOND)) is None
    assert rule(remove(replace(facts, trusted_until=NOW + deadline))) == "S9"


@pytest.mark.promise("S10")
def test_S10_a_seat_is_written_down_before_it_is_acted_on(facts: Evidence) -> None:
    seats = {p: s for p, s in facts.seats.items() if p != CHEN}
    assert rule(add(replace(facts, seats=seats), CHEN)) == "S10"


# -- S13 notice order ----------------------------------------------------------------------------

NIGHT = {"night": ("00:00-09:00", "ana"), "day": ("09:00-24:00", "ben")}


def announced(desk: Make, **what: object) -> Evidence:
    """Ana's shift ended five seconds ago; her exit is announced."""
    a_desk = desk("ana ben", shifts=NIGHT, goodbye=Goodbye({("", ""): "bye"}))
    found = evidence(a_desk)
    return replace(found, **what)


def leave(facts: Evidence, reason: Reason = Reason.SHIFT_END, now: datetime = NOW) -> str | None:
    why = Because(reason, "night/2026-01-05/0", "r1", at("00:00"), at("09:00"))
    return rule(check(Kind.REMOVE, ANA, why, facts, now))


@pytest.mark.promise("S13")
@pytest.mark.parametrize(
    ("reason", "refused"),
    [
        (Reason.SHIFT_END, True),
        (Reason.OVERRIDE_END, True),
        (Reason.MANUAL, True),
        (Reason.STRANGER, True),
        (Reason.TICKET, True),
        (Reason.SUBSCRIPTION, True),
        (Reason.ROSTER_REMOVED, True),
        (Reason.ENFORCEMENT, False),
    ],
)
def test_S13_an_announced_exit_waits_for_its_notice(
    desk: Make, reason: Reason, *, refused: bool
) -> None:
    facts = announced(desk)
    assert leave(facts, reason) == ("S13" if refused else None)
    assert leave(replace(facts, notice_at=NOW), reason) is None
    assert leave(policy(facts, goodbye=None), reason) is None
    of_others = Goodbye({("warning", ""): "soon", ("override_end", "pt"): "adeus"})
    waits = refused and reason is Reason.OVERRIDE_END
    assert leave(policy(facts, goodbye=of_others), reason) == ("S13" if waits else None)


@pytest.mark.promise("S13", "E-24")
def test_S13_a_notice_holds_a_removal_up_for_a_minute_at_most(desk: Make) -> None:
    facts = announced(desk)
    assert leave(seat(facts, ANA, op_since=NOW - 59 * SECOND)) == "S13"
    assert leave(seat(facts, ANA, op_since=NOW - 60 * SECOND)) is None
    assert leave(seat(facts, ANA, op_since=None)) == "S13"


@pytest.mark.promise("S13")
def test_S13_an_exit_over_15_minutes_old_or_without_an_end_needs_no_notice(desk: Make) -> None:
    facts = announced(desk)
    for ended, expected in ((NOW - 15 * MINUTE, "S13"), (NOW - 15 * MINUTE - SECOND, None)):
        why = Because(Reason.SHIFT_END, "night/2026-01-05/0", "r1", None, ended)
        assert rule(check(Kind.REMOVE, ANA, why, facts, NOW)) == expected
    open_end = Because(Reason.SHIFT_END, "night/2026-01-05/0", "r1")
    assert check(Kind.REMOVE, ANA, open_end, facts, NOW) is None


@pytest.mark.promise("S13", "E-20")
def test_S13_a_deleted_person_waits_for_their_notice_and_a_former_number_for_none(
    desk: Make,
) -> None:
    facts = announced(desk)
    deleted = Because(Reason.ROSTER_REMOVED, "removed/ana", "roster")
    waiting = seat(facts, ANA, op_since=NOW - 59 * SECOND)
    assert rule(check(Kind.REMOVE, ANA, deleted, waiting, NOW)) == "S13"
    assert check(Kind.REMOVE, ANA, deleted, seat(facts, ANA, op_since=None), NOW) is None
    former = replace(waiting.identities[ANA], former_of=PersonId("ben"))
    with_another = replace(waiting, identities={**waiting.identities, ANA: former})
    assert check(Kind.REMOVE, ANA, deleted, with_another, NOW) is None


@pytest.mark.promise("S13")
def test_S13_a_leaver_needs_no_notice(desk: Make) -> None:
    assert leave(announced(desk, leavers={ANA})) is None


# -- found by mutants ----------------------------------------------------------------------------


@pytest.mark.promise("S3")
def test_S3_what_is_granted_to_others_takes_nobody_off_duty(desk: Make) -> None:
    a_desk = desk("ana ben")
    a_desk.grant("dora", at("08:30"), at("16:00"))
    a_desk.grant("dora", at("08:30"), at("16:00"), out=True)
    assert remove(evidence(a_desk)) is None


@pytest.mark.promise("S3")
def test_S3_who_stands_in_now_is_cover(desk: Make, turns: Make) -> None:
    shifts = {"night": ("00:00-08:00", "ana"), "day": ("08:00-17:00", turns("ben chen"))}
    a_desk = desk("ana chen", shifts=shifts, if_add_fails=(IfAddFails.NEXT,))
    a_desk.refuse(NOW, "ben")
    facts = evidence(a_desk)
    assert facts.stand_ins == {CHEN: BEN}
    assert remove(facts) is None
    assert rule(remove(seat(facts, CHEN, seen=Seen.OUT))) == "S3"


# -- a group that is over ------------------------------------------------------------------------


def closed(facts: Evidence, said_at: datetime | None = NOW) -> Evidence:
    over = Closing(facts.group.id, "Thank you.", everyone=False, author="mara", why="over",
                   closed_at=NOW, said_at=said_at)  # fmt: skip
    return replace(facts, closed=over)


@pytest.mark.promise("S6")
def test_S6_nobody_is_added_to_a_closed_group(facts: Evidence) -> None:
    assert add(facts) is None
    assert add(closed(facts)) == Breach("S6", "the group is closed")


@pytest.mark.promise("S13", "S3", "S4")
def test_S13_out_of_a_closed_group_people_go_once_its_message_was_said_also_those_on_duty(
    facts: Evidence,
) -> None:
    why = Because(Reason.CLOSED, "closed/1", "mara by hand", None, NOW)
    assert rule(check(Kind.REMOVE, BEN, why, facts, NOW)) == "S4"
    assert check(Kind.REMOVE, BEN, why, closed(facts), NOW) is None
    unsaid = check(Kind.REMOVE, BEN, why, closed(facts, None), NOW)
    assert unsaid == Breach("S13", "the closing message was not said")


@pytest.mark.promise("S1", "S2")
def test_S2_a_closing_takes_nobody_out_whom_nothing_else_may(facts: Evidence) -> None:
    creator = seat(closed(facts), BEN, role=Role.CREATOR)
    assert rule(remove(creator, BEN)) == "S2"
    assert rule(remove(replace(closed(facts), managed=frozenset()), BEN)) == "S1"
