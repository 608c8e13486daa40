"""Quiet hours: when they are, who waits for their end, and who goes in them without a word."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

import zoneinfo
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rotation import zone_data
from rotation.core.decide import QUIET, decide
from rotation.core.facts import Because, Kind
from rotation.core.guard import check, check_words
from rotation.core.holds import Hold
from rotation.core.notice import due_at, put_off, quiet_until
from rotation.core.reason import PATIENT, SPOKEN, Reason
from rotation.core.roster import (
    AccountId,
    ChatId,
    Goodbye,
    Group,
    GroupId,
    Hours,
    Mode,
    PersonId,
    Policy,
    Quiet,
)

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a desk."""
ANA, DORA = PersonId("ana"), PersonId("dora")
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
TEXTS = {("", ""): "{names} sign off."}
NIGHT = Quiet(Hours(7 * 60 + 30, 9 * 60), "UTC")
"""It is quiet from 07:30 to 09:00, while ana's shift ends at 08:00."""
pytestmark = pytest.mark.promise("S13")


def at(clock: str) -> datetime:
    return datetime.combine(date(2026, 1, 5), time.fromisoformat(clock), UTC)


def goodbye(before: timedelta = timedelta(0), quiet: Quiet | None = NIGHT) -> Goodbye:
    return Goodbye(TEXTS, before, quiet=quiet)


# -- when it is quiet ------------------------------------------------------------------------------


def a_group(quiet: Quiet) -> Group:
    policy = Policy(goodbye=goodbye(quiet=quiet))
    return Group(GroupId("desk"), AccountId("main"), ChatId("1@g.us"), (), Mode.MANAGED, policy)


@pytest.mark.parametrize(
    ("told", "quiet", "loud"),
    [
        (Hours(22 * 60, 7 * 60, 1), ["22:00", "00:00", "06:59:59"], ["07:00", "21:59:59"]),
        (Hours(8 * 60, 9 * 60), ["08:00", "08:59:59"], ["07:59:59", "09:00"]),
        (Hours(22 * 60, 24 * 60), ["22:00", "23:59:59"], ["00:00", "21:59"]),
        (Hours(0, 7 * 60), ["00:00", "06:59:59"], ["07:00", "23:59:59"]),
    ],
)
def test_quiet_hours_are_half_open_and_may_cross_midnight(
    told: Hours, quiet: list[str], loud: list[str]
) -> None:
    group = a_group(Quiet(told, "UTC"))
    for clock, is_quiet in [*((c, True) for c in quiet), *((c, False) for c in loud)]:
        assert (quiet_until(group.policy.goodbye, at(clock)) is not None) == is_quiet, clock
        assert (check_words(group, None, at(clock)) is not None) == is_quiet, clock


def test_they_end_when_the_clocks_of_their_zone_say_so() -> None:
    lisbon = goodbye(quiet=Quiet(Hours(22 * 60, 7 * 60, 1), "Europe/Lisbon"))
    winter, summer = (datetime(2026, 3, day, 23, 30, tzinfo=UTC) for day in (27, 28))
    assert quiet_until(lisbon, winter) == winter.replace(day=28, hour=7, minute=0)
    assert quiet_until(lisbon, summer) == summer.replace(day=29, hour=6, minute=0)


def test_without_quiet_hours_it_is_never_quiet() -> None:
    assert quiet_until(None, at("03:00")) is None
    assert quiet_until(goodbye(quiet=None), at("03:00")) is None
    group = replace(a_group(NIGHT), policy=Policy())
    assert check_words(group, None, at("08:30")) is None


ZONES = ("UTC", "Africa/Cairo", "America/Nuuk", "America/Santiago", "Asia/Beirut", "Europe/Lisbon",
         "Antarctica/Troll", "Australia/Lord_Howe", "Pacific/Chatham")  # fmt: skip


def by_the_minute(hours: Hours, zone: str, day: date) -> tuple[datetime, datetime]:
    """When they begin and end on a day: the first minutes whose clocks show as much or more."""
    clock = zoneinfo.ZoneInfo(zone)

    def first(minutes: int) -> datetime:
        wall = datetime.combine(day, time.min) + timedelta(minutes=minutes)
        now = wall.replace(tzinfo=UTC) - timedelta(hours=16)  # no clock is so far ahead
        while now.astimezone(clock).replace(tzinfo=None) < wall:
            now += MINUTE
        return now

    return first(hours.starts), first(hours.ends + 24 * 60 * hours.days_later)


@pytest.fixture(scope="module", autouse=True)
def newest_zone_data() -> zone_data.ZoneData:
    return zone_data.use_newest()


def days_of_change(zone: str) -> list[date]:
    clock, noon = zoneinfo.ZoneInfo(zone), datetime(2026, 1, 1, 12, tzinfo=UTC)
    days = [noon + timedelta(days=n) for n in range(366)]
    offsets = [day.astimezone(clock).utcoffset() for day in days]
    changed = [d.date() for d, a, b in zip(days, offsets, offsets[1:], strict=False) if a != b]
    return changed or [days[0].date()]


@st.composite
def nights(draw: st.DrawFn) -> tuple[Quiet, date]:
    """Any quiet hours, and a day around one on which clocks change."""
    zone, later = draw(st.sampled_from(ZONES)), draw(st.integers(0, 1))
    starts = draw(st.integers(1, 1439))
    ends = draw(st.integers(0, starts - 1) if later else st.integers(starts + 1, 1440))
    day = draw(st.sampled_from(days_of_change(zone)))
    return Quiet(Hours(starts, ends, later), zone), day + timedelta(days=draw(st.integers(-1, 2)))


@given(nights(), st.data())
def test_decision_and_guard_know_them_as_a_watch_on_the_wall_does(
    night: tuple[Quiet, date], data: st.DataObject
) -> None:
    quiet, day = night
    starts, ends = by_the_minute(quiet.hours, quiet.zone, day)
    group, words = a_group(quiet), goodbye(quiet=quiet)
    if starts < ends:
        inside = starts + data.draw(st.integers(0, int((ends - starts) / SECOND) - 1)) * SECOND
        assert quiet_until(words, inside) == ends
        assert check_words(group, None, inside) is not None
        before = starts - SECOND
        assert (quiet_until(words, before) is None) == (check_words(group, None, before) is None)
    after, _ = by_the_minute(quiet.hours, quiet.zone, day + timedelta(days=1))
    if ends < after:
        outside = ends + data.draw(st.integers(0, int((after - ends) / SECOND) - 1)) * SECOND
        assert quiet_until(words, outside) is None
        assert check_words(group, None, outside) is None


# -- who waits, and who does not -------------------------------------------------------------------


@pytest.mark.parametrize("reason", sorted(SPOKEN))
def test_only_what_is_counted_in_days_is_put_off_to_their_end(reason: Reason) -> None:
    policy, because = Policy(goodbye=goodbye()), Because(reason, "k", "r1", ends=at("08:00"))
    assert put_off(policy, because).ends == at("09:00" if reason in PATIENT else "08:00")
    assert put_off(policy, because._replace(ends=at("09:00"))).ends == at("09:00")
    assert put_off(policy, because._replace(ends=None)).ends is None
    assert put_off(Policy(goodbye=goodbye(quiet=None)), because) == because


def test_what_nothing_is_said_for_is_not_put_off() -> None:
    of_others = Policy(goodbye=replace(goodbye(), texts={("ticket", ""): "{names} solved it."}))
    because = Because(Reason.SILENT, "k", "r1", ends=at("08:00"))
    assert put_off(of_others, because) == because
    assert due_at(of_others, because) is None


def test_an_exit_with_an_hour_goes_on_time_without_a_word(desk: Make) -> None:
    a_desk = desk("ana ben", goodbye=goodbye(), read_at=at("08:00"))
    assert a_desk.ready(at("08:00")) == [("remove", "ana")]
    step = a_desk.steps(at("08:00"))["remove", "ana"]
    assert (step.due, step.detail) == (at("08:00"), QUIET)
    facts = a_desk.evidence(at("08:00:10"), step)
    assert check(Kind.REMOVE, ANA, step.because, facts, at("08:00:10")) is None


def test_what_was_said_before_they_began_is_not_missing_in_them(desk: Make) -> None:
    a_desk = desk("ana ben", goodbye=goodbye(31 * MINUTE), join_early=60 * MINUTE,
                  read_at=at("07:29"))  # fmt: skip
    assert a_desk.ready(at("07:29")) == [("notice", "ana")]
    a_desk.carry_out(a_desk.decision(at("07:29")).first_ready(at("07:29")), at("07:29"))
    assert a_desk.steps(at("08:00"))["remove", "ana"].detail == ""
    assert a_desk.ready(at("08:00")) == [("remove", "ana")]


def test_a_notice_whose_time_comes_in_them_is_said_as_they_end(desk: Make) -> None:
    until_eight = Quiet(Hours(7 * 60, 8 * 60), "UTC")
    a_desk = desk("ana ben", goodbye=goodbye(5 * MINUTE, until_eight), join_early=60 * MINUTE,
                  read_at=at("07:55"))  # fmt: skip
    assert a_desk.ready(at("07:56")) == []
    assert a_desk.decision(at("07:56")).look_at == at("08:00")
    assert a_desk.ready(at("08:00")) == [("notice", "ana")]


def test_over_15_minutes_late_nothing_is_missing(desk: Make) -> None:
    a_desk = desk("ana ben", goodbye=goodbye(), read_at=at("08:15:01"))
    assert a_desk.steps(at("08:15:01"))["remove", "ana"].detail == ""


def test_who_can_wait_waits_unopened_and_goes_with_a_word_as_they_end(desk: Make) -> None:
    a_desk = desk("ben dora", goodbye=goodbye(), read_at=at("08:50"))
    a_desk.also_managed = frozenset({DORA})
    ended = Because(Reason.SUBSCRIPTION, "grant/1", "mara", ends=at("08:10"))

    def now(clock: str) -> Any:  # noqa: ANN401 - a decision
        facts = a_desk.facts(at(clock))
        found = decide(replace(facts, gone={**facts.gone, DORA: ended}), at(clock))
        a_desk.seats |= {s.person: s for s in found.seats}
        return found

    night = now("08:51")
    (step,) = night.steps
    assert (step.kind, step.due, step.detail, step.hold) == (
        Kind.REMOVE, at("09:00"), QUIET, None
    )  # fmt: skip
    assert (night.holds, night.look_at) == ((), at("09:00"))
    assert a_desk.seats[DORA].op is None, "nobody is told that it is overdue"
    morning = now("09:00")
    assert [s.kind for s in morning.steps if s.ready(at("09:00"))] == [Kind.NOTICE]
    assert a_desk.seats[DORA].op_since == at("09:00")


def test_who_waits_in_a_watched_group_is_shown_as_watched(desk: Make) -> None:
    a_desk = desk("ben dora", goodbye=goodbye(), mode=Mode.WATCH, read_at=at("08:30"))
    a_desk.also_managed = frozenset({DORA})
    facts, ended = a_desk.facts(at("08:30")), Because(Reason.SILENT, "s", "r", ends=at("08:10"))
    (step,) = decide(replace(facts, gone={**facts.gone, DORA: ended}), at("08:30")).steps
    assert step.hold is Hold.MODE


def test_a_removal_that_is_open_when_an_edit_makes_it_wait_is_opened_anew(desk: Make) -> None:
    a_desk = desk("ben dora", goodbye=goodbye(), read_at=at("08:30"))
    a_desk.also_managed = frozenset({DORA})
    ended = Because(Reason.SILENT, "s", "r", ends=at("08:10"))
    a_desk.change("dora", op=Kind.REMOVE, op_since=at("08:10"), key="s")
    facts = a_desk.facts(at("08:30"))
    (seat,) = decide(replace(facts, gone={**facts.gone, DORA: ended}), at("08:30")).seats
    assert (seat.person, seat.op) == (DORA, None)


# -- the guard -------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", sorted(SPOKEN - {Reason.SILENT}))
def test_S13_the_guard_lets_nobody_go_in_them_who_could_wait(desk: Make, reason: Reason) -> None:
    a_desk = desk("ana ben", goodbye=goodbye(), read_at=at("08:00"))
    a_desk.decision(at("08:00"))
    facts = a_desk.evidence(at("08:00:10"))
    in_them = Because(reason, "k", "r1", ends=at("08:00"))
    breach = check(Kind.REMOVE, ANA, in_them, facts, at("08:00:10"))
    assert (breach.rule if breach else None) == ("S13" if reason in PATIENT else None)
    too_soon = check(Kind.REMOVE, ANA, in_them._replace(ends=at("09:00")), facts, at("08:00:10"))
    assert (too_soon.rule if too_soon else None) == ("S13" if reason in PATIENT else None)
    said = replace(facts, notice_at=at("07:29"))
    assert check(Kind.REMOVE, ANA, in_them, said, at("08:00:10")) is None


def test_S13_as_they_end_the_guard_waits_for_the_notice_again(desk: Make) -> None:
    a_desk = desk("ana ben", goodbye=goodbye(), read_at=at("09:00"))
    a_desk.decision(at("09:00"))
    facts = a_desk.evidence(at("09:00:10"))
    why = Because(Reason.SUBSCRIPTION, "k", "r", ends=at("09:00"))
    breach = check(Kind.REMOVE, ANA, why, facts, at("09:00:10"))
    assert breach is not None
    assert breach.rule == "S13"
    said = replace(facts, notice_at=at("09:00:05"))
    assert check(Kind.REMOVE, ANA, why, said, at("09:00:10")) is None
