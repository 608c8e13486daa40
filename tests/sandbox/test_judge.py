"""The judge counts what should not have been, exactly."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import pytest

from rotation.sandbox import TimedOut

Judged: TypeAlias = Any
Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a world, and somebody to call it."""


CHAT, OTHER, US, CREATOR, CUSTOMER, ANA, BEN, CHEN = (
    "1000@g.us", "2000@g.us", "+15550100999", "+15550100001", "+15550100002",
    "+351900000001", "+351900000002", "+351900000003",
)  # fmt: skip


def span(phone: str, starts: str, ends: str) -> dict[str, str]:
    return {"phone": phone, "starts": f"2026-01-05T{starts}Z", "ends": f"2026-01-05T{ends}Z"}


SHIFTS = [span(ANA, "00:00:00", "08:10:00"), span(BEN, "08:10:00", "16:00:00")]


def duty(**more: object) -> dict[str, object]:
    return {"duty": SHIFTS, "managed": [ANA, BEN, CHEN], **more}


@pytest.fixture
def judged(play: Make) -> Make:
    """Ana is on duty until 08:10, Ben from then on; Ana is in the group."""

    def make(
        world: dict[str, object] | None = None, leavers: Iterable[object] = (), **more: object
    ) -> Judged:
        a_world = play(**(world or {}))
        told = {CHAT: duty(**more), "leavers": list(leavers)}
        answer = a_world.call("POST", "/sandbox/duty", told)
        assert answer.status == 200, answer.body
        return a_world

    return make


def test_a_handover_done_right_breaks_no_rule(judged: Make) -> None:
    a_world = judged(allowed=[span(BEN, "08:00:00", "08:10:00")])
    a_world.add(BEN)
    a_world.wait(600)
    a_world.read()
    a_world.remove(ANA)
    assert a_world.counts == {}
    measures = a_world.verdict["measures"]
    assert (measures["adds"], measures["removals"]) == (1, 1)
    assert measures["uncovered_minutes"][CHAT] == 0


@pytest.mark.parametrize("phone", [CREATOR, US, CUSTOMER])
def test_creator_ourselves_and_strangers_are_protected(judged: Make, phone: str) -> None:
    a_world = judged()
    a_world.remove(phone)
    assert a_world.counts == {"protected_removed": 1}


def test_a_managed_person_who_is_always_in_is_protected(judged: Make) -> None:
    a_world = judged(protected=[CHEN])
    a_world.remove(CHEN)
    assert a_world.counts["protected_removed"] == 1


def test_a_call_counts_even_when_it_fails(judged: Make) -> None:
    a_world = judged()
    a_world.fault("error_before")
    a_world.remove(CREATOR)
    assert a_world.counts == {"protected_removed": 1}


def test_before_it_is_told_anything_only_creator_and_ourselves_are_protected(play: Make) -> None:
    a_world = play()
    a_world.remove(CUSTOMER)
    assert a_world.counts == {}
    a_world.remove(CREATOR)
    assert a_world.counts == {"protected_removed": 1}


def test_a_shift_is_half_open(judged: Make) -> None:
    a_world = judged()
    a_world.deed("add", BEN)
    a_world.wait(599.999)
    a_world.read()
    a_world.remove(ANA)
    assert a_world.counts == {
        "on_duty_removed": 1, "removed_without_cover": 1, "uncovered_by_us": 1
    }  # fmt: skip
    again = judged()
    again.deed("add", BEN)
    again.wait(600)
    again.read()
    again.remove(ANA)
    assert again.counts == {}


def test_time_allowed_after_the_shift_counts_as_allowed(judged: Make) -> None:
    a_world = judged(allowed=[span(ANA, "08:10:00", "08:25:00")])
    a_world.deed("add", BEN)
    a_world.wait(25 * 60 - 1)
    a_world.read()
    a_world.remove(ANA)
    assert a_world.counts == {"on_duty_removed": 1}


def test_taking_the_last_one_on_duty_out_uncovers_the_group(judged: Make) -> None:
    a_world = judged()
    a_world.read()
    a_world.remove(ANA)
    assert a_world.counts["uncovered_by_us"] == 1


def test_taking_one_of_two_on_duty_out_does_not_uncover_it(judged: Make) -> None:
    a_world = judged(duty=[*SHIFTS, span(CHEN, "00:00:00", "16:00:00")])
    a_world.deed("add", CHEN)
    a_world.read()
    a_world.remove(ANA)
    assert a_world.counts == {"on_duty_removed": 1}


def test_a_late_effect_is_measured_and_not_blamed(judged: Make) -> None:
    a_world = judged(world={"script": []})
    a_world.deed("add", BEN)
    a_world.wait(600)
    a_world.deed("add", ANA)
    a_world.read()
    a_world.fault("late", delay=60, next=1)
    a_world.call(
        "POST",
        "/sandbox/duty",
        {CHAT: duty(duty=[span(BEN, "08:10:00", "08:11:00"), span(ANA, "08:11:00", "09:00:00")])},
    )
    with pytest.raises(TimedOut):
        a_world.remove(ANA)
    a_world.deed("leave", BEN)
    a_world.wait(60)
    assert ANA not in a_world.members()
    assert a_world.counts == {}
    assert a_world.verdict["measures"]["uncovered_by_late_effects"] == 1


def _after_the_shift(judged: Make, **more: object) -> Judged:
    a_world = judged(**more)
    a_world.wait(600)
    return a_world


def test_nobody_goes_while_the_incoming_are_not_there(judged: Make) -> None:
    a_world = _after_the_shift(judged)
    a_world.read()
    a_world.remove(ANA)
    assert a_world.counts == {"removed_without_cover": 1}


def test_cover_that_was_not_read_is_no_cover(judged: Make) -> None:
    a_world = _after_the_shift(judged)
    a_world.deed("add", BEN)
    a_world.remove(ANA)
    assert a_world.counts == {"removed_without_cover": 1}


@pytest.mark.parametrize(("seconds", "broken"), [(31, {}), (32, {"removed_without_cover": 1})])
def test_a_read_is_evidence_for_half_a_minute(
    judged: Make, seconds: int, broken: dict[str, int]
) -> None:
    a_world = _after_the_shift(judged)
    a_world.deed("add", BEN)
    a_world.read()
    a_world.wait(seconds)
    a_world.remove(ANA)
    assert a_world.counts == broken


def test_our_own_change_ends_what_was_read_before(judged: Make) -> None:
    a_world = _after_the_shift(judged)
    a_world.deed("add", BEN)
    a_world.read()
    a_world.remove(CHEN)
    a_world.remove(ANA)
    assert a_world.counts == {"removed_without_cover": 1}


def test_a_list_that_lied_is_evidence_and_one_that_never_arrived_is_not(judged: Make) -> None:
    a_world = _after_the_shift(judged)
    a_world.deed("add", BEN)
    a_world.wait(10)
    a_world.deed("leave", BEN)
    a_world.fault("stale_list", seconds=5, next=1)
    a_world.read()
    a_world.remove(ANA)
    assert a_world.counts == {}
    other = _after_the_shift(judged)
    other.deed("add", BEN)
    other.fault("html", next=1)
    other.read()
    other.remove(ANA)
    assert other.counts == {"removed_without_cover": 1}


def test_as_many_must_be_seen_as_are_kept_or_on_duty(judged: Make) -> None:
    both = [*SHIFTS, span(CHEN, "08:10:00", "16:00:00")]
    a_world = _after_the_shift(judged, duty=both, keep=2)
    a_world.deed("add", BEN)
    a_world.read()
    a_world.remove(ANA)
    assert a_world.counts == {"removed_without_cover": 1}
    other = _after_the_shift(judged, keep=2)
    other.deed("add", BEN)
    other.read()
    other.remove(ANA)
    assert other.counts == {}


def test_a_leaver_goes_at_once_whatever_the_shift_and_is_never_added(judged: Make) -> None:
    a_world = judged(leavers=[{"phone": ANA, "since": "2026-01-05T08:00:00Z"}])
    a_world.remove(ANA)
    assert a_world.counts == {}
    a_world.add(ANA)
    assert a_world.counts == {"leaver_added": 1}


def test_someone_is_no_leaver_before_their_time(judged: Make) -> None:
    a_world = judged(leavers=[{"phone": ANA, "since": "2026-01-05T08:00:01Z"}])
    a_world.remove(ANA)
    assert a_world.counts["on_duty_removed"] == 1


def test_only_the_entitled_are_added(judged: Make) -> None:
    a_world = judged()
    a_world.add(CHEN)
    a_world.add(BEN)
    assert a_world.counts == {"unentitled_added": 2}
    a_world.wait(600)
    a_world.add(BEN)
    assert a_world.counts == {"unentitled_added": 2}


def test_who_may_stay_late_may_not_be_added_late_when_told_so(judged: Make) -> None:
    late = [span(ANA, "08:10:00", "08:25:00")]
    a_world = judged(allowed=late, entitled=SHIFTS)
    a_world.wait(600)
    a_world.add(ANA)
    assert a_world.counts == {"unentitled_added": 1}


def test_a_minute_of_calls_is_half_open_and_slides(judged: Make) -> None:
    a_world = judged(drip=2, managed=[ANA, BEN, CHEN])
    for _ in range(2):
        a_world.add(ANA)
    a_world.wait(59.999)
    a_world.add(ANA)
    assert a_world.counts == {"rate_exceeded": 1}
    a_world.wait(0.001)
    a_world.add(ANA)
    assert a_world.counts == {"rate_exceeded": 1}


def test_additions_and_removals_have_a_window_each_and_every_person_counts(judged: Make) -> None:
    a_world = judged(drip=2)
    a_world.add(ANA, ANA)
    a_world.remove(CHEN, CHEN)
    assert "rate_exceeded" not in a_world.counts
    a_world.remove(CHEN)
    assert a_world.counts["rate_exceeded"] == 1


def test_the_window_is_the_accounts_and_not_the_groups(judged: Make) -> None:
    a_world = judged(drip=1)
    a_world.add(CHEN, chat=OTHER)
    a_world.add(ANA)
    assert a_world.counts == {"rate_exceeded": 1}


def test_where_a_cap_is_told_every_call_counts_against_it_whatever_it_is_for(play: Make) -> None:
    a_world = play(duty={"requests_per_minute": 3})
    a_world.read()
    a_world.call("GET", "/v2/groups/1000@g.us/invite-code")
    a_world.call("GET", "/v2/nothing-like-it")
    assert a_world.counts == {}
    a_world.headers = {"access-token": "wrong", "X-Instance-ID": "A1"}
    assert a_world.read().status == 401
    assert a_world.counts == {"requests_exceeded": 1}
    a_world.wait(60)
    a_world.read()
    assert a_world.counts == {"requests_exceeded": 1}
    assert a_world.verdict["measures"]["most_requests_in_a_minute"] == 4
    assert a_world.verdict["cases"][0]["chat"] == "A1"


def test_without_a_cap_calls_are_only_measured(judged: Make) -> None:
    a_world = judged()
    for _ in range(200):
        a_world.read()
    assert a_world.counts == {}
    assert a_world.verdict["measures"]["most_requests_in_a_minute"] == 200


@pytest.mark.parametrize(
    ("fault", "wait", "doubled"),
    [
        (None, 3599, True),
        (None, 3600, False),
        ("error_before", 60, True),
        ("throttle", 60, False),
        ("quota", 60, False),
    ],
)
def test_a_notice_that_may_have_arrived_is_not_sent_again(
    judged: Make, fault: str | None, wait: int, *, doubled: bool
) -> None:
    a_world = judged()
    if fault:
        a_world.fault(fault, on=["text"], next=1)
    a_world.say("Ana signs off")
    a_world.wait(wait)
    a_world.say("Ana signs off")
    a_world.say("Ana signs off", OTHER)
    assert a_world.counts == ({"duplicate_notices": 1} if doubled else {})


def test_minutes_without_anybody_on_duty_are_counted_to_the_second(judged: Make) -> None:
    a_world = judged()
    a_world.wait(300)
    a_world.deed("leave", ANA)
    a_world.wait(90)
    a_world.deed("add", ANA)
    a_world.wait(210)
    a_world.wait(30)
    a_world.add(BEN)
    a_world.wait(60)
    minutes = a_world.verdict["measures"]["uncovered_minutes"]
    assert minutes == {CHAT: pytest.approx(2.0), OTHER: 0}
    assert a_world.verdict["measures"]["uncovered_minutes"] == minutes


def test_time_with_nobody_on_duty_at_all_is_not_uncovered(judged: Make) -> None:
    a_world = judged(duty=[span(ANA, "09:00:00", "10:00:00")])
    a_world.deed("leave", ANA)
    a_world.wait(90 * 60)
    assert a_world.verdict["measures"]["uncovered_minutes"][CHAT] == 30
    a_world.wait(90 * 60)
    assert a_world.verdict["measures"]["uncovered_minutes"][CHAT] == 60


def test_the_longest_stay_past_the_end_is_exact_also_while_it_lasts(judged: Make) -> None:
    a_world = judged()
    a_world.wait(600)
    a_world.deed("add", BEN)
    a_world.wait(120)
    longest = a_world.verdict["measures"]["longest_stay_past_end"]
    assert longest == {"minutes": 2, "chat": CHAT, "phone": ANA}
    a_world.wait(60)
    a_world.remove(ANA)
    a_world.wait(600)
    assert a_world.verdict["measures"]["longest_stay_past_end"]["minutes"] == 3


def test_minutes_past_the_end_add_up_over_people_and_stays(judged: Make) -> None:
    a_world = judged()
    a_world.wait(600)
    a_world.deed("add", BEN)
    a_world.deed("add", CHEN)
    a_world.wait(60)
    assert a_world.verdict["measures"]["past_end_minutes"][CHAT] == 2
    a_world.remove(ANA)
    a_world.wait(60)
    a_world.deed("add", ANA)
    a_world.wait(60)
    assert a_world.verdict["measures"]["past_end_minutes"][CHAT] == 5


def test_being_told_again_forgets_nothing(judged: Make) -> None:
    a_world = judged()
    a_world.wait(600 + 120)
    a_world.call("POST", "/sandbox/duty", {CHAT: duty()})
    a_world.wait(60)
    measures = a_world.verdict["measures"]
    assert measures["longest_stay_past_end"]["minutes"] == 3
    assert measures["past_end_minutes"][CHAT] == 3
    assert measures["uncovered_minutes"][CHAT] == 3


def test_a_customer_may_stay_for_ever(judged: Make) -> None:
    a_world = judged()
    a_world.deed("leave", ANA)
    a_world.wait(86_400)
    assert a_world.verdict["measures"]["longest_stay_past_end"]["minutes"] == 0


def test_a_retry_within_a_minute_of_a_refusal_is_hot(judged: Make) -> None:
    a_world = judged(world={"people": [{"phone": BEN, "privacy": "contacts"}]})
    a_world.add(BEN)
    a_world.wait(59)
    a_world.add(BEN)
    a_world.wait(60)
    a_world.add(BEN)
    measures = a_world.verdict["measures"]
    assert (measures["hot_retries"], measures["refused_adds"]) == (1, 3)


def test_invites_are_counted_per_person_and_shift(judged: Make) -> None:
    world = {"settings": {"engine": "webjs"}, "people": [{"phone": BEN, "privacy": "contacts"}]}
    a_world = judged(world=world)
    a_world.add(BEN)
    code = a_world.json("GET", f"/v2/groups/{CHAT}/invite-code")
    link = f"Join us: https://chat.whatsapp.com/{code}"
    a_world.say(link, "351900000002@c.us")
    assert a_world.verdict["measures"]["most_invites_per_shift"] == 2
    assert "duplicate_notices" not in a_world.counts


def test_a_verdict_names_its_cases(judged: Make) -> None:
    a_world = judged()
    a_world.wait(1)
    a_world.remove(CREATOR)
    assert a_world.verdict["cases"] == [
        {"rule": "protected_removed", "at": "2026-01-05T08:00:01+00:00", "chat": CHAT,
         "phone": CREATOR}
    ]  # fmt: skip


def test_a_changed_number_is_a_stranger(judged: Make) -> None:
    a_world = judged()
    a_world.deed("number_change", ANA, new_phone="+351900000077")
    a_world.remove("+351900000077")
    assert a_world.counts == {"protected_removed": 1}


def test_a_deleted_group_is_no_longer_uncovered(judged: Make) -> None:
    a_world = judged()
    a_world.wait(60)
    a_world.deed("delete_group")
    a_world.wait(600)
    assert a_world.verdict["measures"]["uncovered_minutes"][CHAT] == 0


@pytest.mark.parametrize(
    "told",
    [
        {"not a chat": {}},
        {CHAT: {"dutty": []}},
        {CHAT: {"duty": [{"phone": "3519", "starts": "2026-01-05T08:00:00Z"}]}},
        {"leavers": [{"phone": ANA}]},
    ],
)
def test_duty_that_makes_no_sense_is_refused(play: Make, told: dict[str, object]) -> None:
    assert play().call("POST", "/sandbox/duty", told).status == 400
