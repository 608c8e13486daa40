"""The drip: never too many calls in any 60 seconds, however they are delayed."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rotation.core.budget import GUARD, Call, Rule, ages, call_of, halved, halvings, makespan, wait
from rotation.core.facts import Attempt, Because, Kind, Moment
from rotation.core.outcome import Accepted, InDoubt, Outcome, Throttled
from rotation.core.reason import Reason
from rotation.core.roster import AccountId

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TEN = Rule(10)


def moment(uptime: float, boot: str = "b1", wall: float | None = None) -> Moment:
    """`uptime` seconds after boot; the wall clock agrees unless it says otherwise."""
    return Moment(NOON + (uptime if wall is None else wall) * SECOND, boot, uptime)


def attempt(
    sent: float, took: float | None, outcome: Outcome | None = None, boot: str = "b1"
) -> Attempt:
    because = Because(Reason.SHIFT, "europe/2026-01-05/0", "r1")
    begun = Attempt(
        1, AccountId("main"), Kind.ADD, None, None, because, "r1", "z", boot, sent,
        NOON + sent * SECOND,
    )  # fmt: skip
    if took is None:
        return begun
    return replace(begun, ended_at=NOON + (sent + took) * SECOND, took=took, outcome=outcome)


def age(call: Call, now: Moment, started: float = 0.0) -> float:
    (found,) = ages([call], now, started)
    return found


# -- how long ago a call may have been counted ---------------------------------------------------


@pytest.mark.parametrize("outcome", [Accepted(), Throttled(), InDoubt()])
@pytest.mark.parametrize("took", [0, 0.25, 18])
def test_a_call_may_have_been_counted_as_late_as_its_answer_came(
    outcome: Outcome, took: float
) -> None:
    assert age(call_of(attempt(100, took, outcome), moment(130)), moment(130)) == 30 - took


def test_a_call_without_an_answer_may_arrive_this_moment() -> None:
    counted = age(call_of(attempt(100, None), moment(130)), moment(130))
    assert wait([counted], Rule(1)) == (60 + GUARD) * SECOND


def test_a_call_that_a_crash_left_open_arrived_before_the_next_process_began() -> None:
    found = replace(attempt(100, 5, InDoubt()), took=None)
    assert age(call_of(found, moment(130)), moment(130), started=125) == 5


def test_calls_of_an_earlier_process_of_this_boot_keep_their_time() -> None:
    assert age(call_of(attempt(100, 0), moment(130)), moment(130), started=125) == 30


@pytest.mark.promise("S7")
@pytest.mark.parametrize("took", [0, 20, None])
def test_calls_of_another_boot_count_as_made_when_this_process_started(took: float | None) -> None:
    earlier = attempt(90_000, took, boot="b0")
    assert age(call_of(earlier, moment(130)), moment(130), started=125) == 5


@pytest.mark.promise("F4")
@pytest.mark.parametrize("step", [3600, -3600, -3])
def test_a_stepped_wall_clock_changes_nothing_about_when_a_call_was_made(step: float) -> None:
    stepped = replace(attempt(100, 4, InDoubt()), ended_at=NOON + (104 + step) * SECOND)
    now = moment(130, wall=130 + step)
    assert age(call_of(stepped, now), now) == 26


# -- asked for fewer calls -----------------------------------------------------------------------


@pytest.mark.promise("F10")
@pytest.mark.parametrize(("throttles", "calm", "left"), [
    (0, None, 0), (2, None, 2), (2, 0, 2), (2, 899, 2), (2, 900, 1), (2, 1800, 0), (1, 9000, 0),
    (3, -3600, 3),
])  # fmt: skip
def test_F10_each_quarter_of_an_hour_of_calm_makes_up_for_one_throttle(
    throttles: int, calm: int | None, left: int
) -> None:
    since = None if calm is None else NOON - calm * SECOND
    assert halvings(throttles, since, NOON) == left


@pytest.mark.promise("F10")
def test_F10_calls_are_halved_three_times_at_most_and_never_to_nothing() -> None:
    assert [halved(8, times) for times in range(6)] == [8, 4, 2, 1, 1, 1]
    assert halved(5, 1) == 2
    assert [halved(60, times, 8) for times in range(5)] == [60, 30, 15, 8, 8]
    assert halved(4, 3, 8) == 4, "what a person set is never raised"


# -- waiting -------------------------------------------------------------------------------------


def test_calls_burst_until_the_window_is_full_and_then_wait_for_its_oldest() -> None:
    assert wait([], TEN) == 0 * SECOND
    assert wait([0.0] * 9, TEN) == 0 * SECOND
    assert wait([40 + GUARD, *[0.0] * 9], TEN) == 20 * SECOND
    assert wait([60 + GUARD, *[0.0] * 9], TEN) == 0 * SECOND


def test_the_order_of_the_history_does_not_matter() -> None:
    assert wait([1.0, 50.05, 3.0], Rule(3)) == wait([50.05, 3.0, 1.0], Rule(3)) == 10 * SECOND


def test_only_as_many_calls_as_fit_the_window_count() -> None:
    assert wait([1.0, 20.05, 59.0, 60.0], Rule(2)) == 40 * SECOND


def test_paced_calls_are_spread_evenly() -> None:
    paced = Rule(10, paced=True)
    assert wait([], paced) == 0 * SECOND
    assert wait([0.0], paced) == 6.005 * SECOND
    assert wait([6.005], paced) == 0 * SECOND
    assert wait([10.0, *[30.05] * 9], paced) == 30 * SECOND


def test_paced_calls_are_spread_from_when_they_left_and_the_window_holds_all_the_same() -> None:
    paced = Rule(10, paced=True)
    assert wait([4.005], paced, since_last=5.005) == 1 * SECOND
    assert wait([10.0, *[30.05] * 9], paced, since_last=10.0) == 30 * SECOND


# -- no window ever overflows --------------------------------------------------------------------


@dataclass(frozen=True)
class Sent:
    """One call of a run: idle before it, how long it took, and when within that it arrived."""

    idle: float
    took: float
    arrived: float
    reboot: bool = False


def calls() -> st.SearchStrategy[list[Sent]]:
    quick = st.builds(
        Sent, st.sampled_from([0.0, 0.0, 0.0, 1.0, 25.0, 61.0]), st.floats(0, 0.5), st.floats(0, 1)
    )
    slow = st.builds(Sent, st.sampled_from([0.0, 2.0]), st.floats(0.5, 20), st.floats(0, 1))
    rebooted = st.builds(
        Sent, st.just(0.0), st.floats(0, 20), st.floats(0, 1), reboot=st.just(value=True)
    )
    return st.lists(st.one_of(quick, quick, quick, slow, rebooted), min_size=12, max_size=40)


@dataclass
class Run:
    """Calls as an engine makes them: one at a time, each after the wait that the rule asks for."""

    rule: Rule
    true_time: float = 0.0
    boot: int = 0
    booted: float = 0.0
    started: float = 0.0

    def arrivals(self, sent: list[Sent]) -> list[float]:
        made: list[Attempt] = []
        arrived: list[float] = []
        for one in sent:
            self.true_time += one.idle
            if one.reboot:
                self.boot, self.booted = self.boot + 1, self.true_time - 5
                self.started = self.true_time - self.booted
            self.true_time += self._wait(made)
            outcome = InDoubt() if one.took > 2 else Accepted()
            uptime = self.true_time - self.booted
            made.append(attempt(uptime, one.took, outcome, f"b{self.boot}"))
            arrived.append(self.true_time + one.arrived * one.took)
            self.true_time += one.took
        return arrived

    def _wait(self, made: list[Attempt]) -> float:
        now = moment(self.true_time - self.booted, f"b{self.boot}")
        recent = made[-self.rule.calls :]
        history = ages((call_of(a, now) for a in recent), now, self.started)
        since_last = now.uptime - made[-1].uptime if made and made[-1].boot == now.boot else None
        return wait(history, self.rule, since_last).total_seconds()


@pytest.mark.promise("S7", "P-drip")
@given(sent=calls(), allowed=st.integers(1, 10), paced=st.booleans())
def test_no_minute_as_the_server_counts_holds_more_calls_than_allowed(
    sent: list[Sent], allowed: int, *, paced: bool
) -> None:
    arrived = sorted(Run(Rule(allowed, paced)).arrivals(sent))
    for first, one_too_many in zip(arrived, arrived[allowed:], strict=False):
        assert one_too_many - first > 60 - 1e-5


def test_the_slowest_call_before_the_quickest_leaves_a_whole_minute_between() -> None:
    late, on_time = Sent(0.0, 20.0, 1.0), Sent(0.0, 0.5, 0.0)
    arrived = Run(Rule(1)).arrivals([late, on_time])
    assert arrived[1] - arrived[0] == pytest.approx(60 + GUARD, abs=1e-5)


# -- the forecast --------------------------------------------------------------------------------


def test_a_hundred_calls_at_ten_a_minute_leave_within_one_per_cent_of_nine_minutes() -> None:
    found = makespan(100, TEN).total_seconds()
    assert 540 < found <= 1.01 * 540


@pytest.mark.parametrize("count", [0, 1, 10])
def test_what_fits_the_window_leaves_now(count: int) -> None:
    assert makespan(count, TEN) == 0 * SECOND


def test_what_was_sent_just_now_delays_what_comes() -> None:
    assert makespan(1, TEN, [20.05] * 10) == 40 * SECOND
    assert makespan(11, TEN, [20.05] * 5) == 60.05 * SECOND
    assert makespan(6, TEN, [20.05] * 5) == 40 * SECOND


@given(
    count=st.integers(1, 60),
    allowed=st.integers(1, 12),
    before=st.lists(st.floats(0, 90), max_size=12),
    paced=st.booleans(),
)
def test_the_forecast_is_what_a_run_takes(
    count: int, allowed: int, before: list[float], *, paced: bool
) -> None:
    rule = Rule(allowed, paced)
    made = [-age for age in before]
    clock = 0.0
    for _ in range(count):
        clock += wait([clock - at for at in made], rule).total_seconds()
        made.append(clock)
    assert makespan(count, rule, before).total_seconds() == pytest.approx(clock, rel=0.01, abs=1e-3)
