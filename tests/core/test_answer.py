"""What an answer to an add or a removal lets us conclude."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rotation.core.answer import LONGEST_WAIT, QUIET, after, back_off, next_read
from rotation.core.facts import Because, Kind, Seat, Seen
from rotation.core.outcome import Accepted, InDoubt, Outcome, Refusal, Refused, Scope, Throttled
from rotation.core.reason import Reason
from rotation.core.roster import GroupId, PersonId

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
BECAUSE = Because(Reason.SHIFT, "europe/2026-01-05/0", "r1")
OUTSIDE = Seat(
    GroupId("desk"), PersonId("ben"), Seen.OUT, seen_at=NOW, op=Kind.ADD, key=BECAUSE.key
)
LASTING = ("privacy", "not_reachable", "recently_left", "community", "full")
PASSING = ("already", "absent", "bad_request", "protected")


def answered(outcome: Outcome, kind: Kind = Kind.ADD, seat: Seat = OUTSIDE) -> Seat:
    return after(seat, BECAUSE, kind, outcome, NOW)


@pytest.mark.promise("A2")
@pytest.mark.parametrize(
    "outcome", [Accepted(), InDoubt(), Throttled(), *(Refused(why) for why in Refusal)]
)
@pytest.mark.parametrize("kind", [Kind.ADD, Kind.REMOVE])
def test_no_answer_changes_what_was_seen(outcome: Outcome, kind: Kind) -> None:
    found = answered(outcome, kind)
    assert (found.seen, found.seen_at, found.proven) == (Seen.OUT, NOW, "")


def test_throttled_nothing_happened_to_the_person() -> None:
    assert answered(Throttled(MINUTE)) == OUTSIDE


@pytest.mark.parametrize("why", [w for w in Refusal if w.scope is not Scope.PERSON])
def test_what_stops_a_group_or_an_account_is_not_held_against_the_person(why: Refusal) -> None:
    assert answered(Refused(why)) == OUTSIDE


def test_what_was_accepted_is_not_repeated_for_90_seconds() -> None:
    found = answered(Accepted())
    assert (found.settle_at, found.tries, found.in_doubt) == (NOW + 90 * SECOND, 1, False)
    assert found.watch_until is None


def test_what_is_in_doubt_is_quiet_for_90_seconds_and_watched_for_15_minutes() -> None:
    found = answered(InDoubt())
    assert (found.settle_at, found.tries, found.in_doubt) == (NOW + 90 * SECOND, 1, True)
    assert found.watch_until == NOW + 15 * MINUTE


def test_an_accepted_repeat_ends_the_doubt_and_not_the_watch() -> None:
    found = answered(Accepted(), seat=answered(InDoubt()))
    assert (found.in_doubt, found.watch_until) == (False, NOW + 15 * MINUTE)


@pytest.mark.parametrize("why", LASTING)
def test_a_lasting_refusal_of_an_add_holds_for_its_occurrence(why: str) -> None:
    found = answered(Refused(Refusal(why)))
    assert (found.refused, found.refused_key) == (Refusal(why), BECAUSE.key)
    assert (found.tries, found.retry_at, found.settle_at) == (1, None, None)


@pytest.mark.parametrize("why", PASSING)
def test_a_passing_refusal_is_tried_again_after_a_wait(why: str) -> None:
    found = answered(Refused(Refusal(why)))
    assert found.refused is None
    assert found.retry_at is not None
    assert 8 * SECOND < found.retry_at - NOW <= 10 * SECOND


@pytest.mark.parametrize("why", LASTING)
def test_a_removal_is_tried_again_whatever_the_refusal(why: str) -> None:
    found = answered(Refused(Refusal(why)), Kind.REMOVE)
    assert (found.refused, found.retry_at is None) == (None, False)


# -- back-off ------------------------------------------------------------------------------------


@given(st.integers(1, 10_000), st.text(max_size=20))
def test_waits_grow_to_15_minutes_and_never_shrink_below_four_fifths_of_the_step_before(
    tries: int, salt: str
) -> None:
    step = min(10 * SECOND * 2 ** (min(tries, 13) - 1), LONGEST_WAIT)
    step_before = step if step == LONGEST_WAIT else step / 2
    wait = back_off(tries, salt)
    assert 0.8 * step_before <= 0.8 * step < wait <= step <= 15 * MINUTE


def test_the_same_seat_always_waits_the_same_and_seats_spread_out() -> None:
    waits = {back_off(3, f"desk/p{n}") for n in range(50)}
    assert back_off(3, "desk/p0") in waits
    assert len(waits) > 40
    assert max(waits) - min(waits) > 4 * SECOND


# -- reads after an attempt ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("read_after", "next_after"),
    [(None, 2), (-5, 2), (1, 2), (2, 10), (9, 10), (10, 30), (30, 90), (89, 90), (90, None)],
)
def test_a_group_is_read_2_10_30_and_90_seconds_after_an_attempt(
    read_after: int | None, next_after: int | None
) -> None:
    began_at = None if read_after is None else NOW + read_after * SECOND
    due = None if next_after is None else NOW + next_after * SECOND
    assert next_read(answered(Accepted()), began_at) == due


def test_without_an_attempt_no_read_is_awaited() -> None:
    assert next_read(OUTSIDE, None) is None


def test_the_quiet_time_is_the_last_read_back() -> None:
    assert QUIET == 90 * SECOND


@pytest.mark.parametrize("outcome", [Accepted(), InDoubt(), Refused(Refusal.BAD_REQUEST)])
def test_each_try_lengthens_the_wait_and_seats_wait_apart(outcome: Outcome) -> None:
    once = answered(outcome)
    twice = answered(outcome, seat=once)
    elsewhere = answered(outcome, seat=replace(OUTSIDE, person=PersonId("chen")))
    assert once.retry_at is not None
    assert twice.retry_at is not None
    assert (once.tries, twice.tries) == (1, 2)
    assert NOW + 8 * SECOND < once.retry_at <= NOW + 10 * SECOND
    assert NOW + 16 * SECOND < twice.retry_at <= NOW + 20 * SECOND
    assert elsewhere.retry_at != once.retry_at
