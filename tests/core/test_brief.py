"""The arrival brief: once, after whoever comes is seen, and one message for one handover."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.brief import latest, text
from rotation.core.facts import Kind
from rotation.core.guard import check_words
from rotation.core.roster import (
    Brief,
    BriefTo,
    Goodbye,
    Hours,
    Mode,
    NoticeTo,
    PersonId,
    Quiet,
)

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a desk."""
TEXTS = {"": "{leaving} hand over to {arriving} until {until}.", "pt": "{arriving} chega."}
MINUTE = timedelta(minutes=1)


def at(clock: str) -> datetime:
    return datetime.combine(date(2026, 1, 5), time.fromisoformat(clock), UTC)


def briefed(desk: Make, inside: str, to: BriefTo, seen_at: str = "08:00", **more: object) -> Any:  # noqa: ANN401 - a desk of the builders
    return desk(inside, brief=Brief(TEXTS, to), read_at=at(seen_at), **more)


def briefs(a_desk: Any, clock: str = "08:00:02") -> list[str]:  # noqa: ANN401 - as above
    """Who is briefed now, message by message."""
    return [who for kind, who in a_desk.ready(at(clock)) if kind == "brief"]


TWO = {"night": ("00:00-08:00", "ana"), "day": ("08:00-24:00", "ben chen")}


def test_who_arrives_is_told_once_they_are_seen_in(desk: Make) -> None:
    a_desk = briefed(desk, "ana ben", BriefTo.PERSON, shifts=TWO)
    assert briefs(a_desk) == ["ben"]
    a_desk.inside |= desk("chen").inside
    a_desk.read(at("08:00:30"))
    assert briefs(a_desk, "08:00:40") == ["ben", "chen"]


def test_the_group_is_told_once_all_who_arrive_are_seen(desk: Make) -> None:
    a_desk = briefed(desk, "ana ben", BriefTo.GROUP, shifts=TWO)
    assert briefs(a_desk) == []
    a_desk.inside |= desk("chen").inside
    a_desk.read(at("08:00:30"))
    assert briefs(a_desk, "08:00:40") == ["ben chen"]


@pytest.mark.parametrize("to", [BriefTo.PERSON, BriefTo.GROUP])
def test_nobody_is_told_twice_nor_before_the_change_nor_15_minutes_after_it(
    desk: Make, to: BriefTo
) -> None:
    a_desk = briefed(desk, "ana ben", to, "07:59", join_early=10 * MINUTE)
    assert briefs(a_desk, "07:59:30") == []
    a_desk.read(at("08:00"))
    assert briefs(a_desk) == briefs(a_desk, "08:15") == ["ben"]
    assert briefs(a_desk, "08:15:01") == []
    key = latest(a_desk.wanted(at("08:00:02")), at("08:00:02")).key
    a_desk.said[Kind.BRIEF, PersonId("ben"), key] = at("08:00:03")
    assert briefs(a_desk, "08:01") == []


def test_a_shift_that_only_goes_on_in_another_is_no_arrival(desk: Make) -> None:
    joined = {"night": ("00:00-08:00", "ana"), "first": ("08:00-08:10", "ben"),
              "then": ("08:10-24:00", "ben")}  # fmt: skip
    a_desk = briefed(desk, "ana ben", BriefTo.PERSON, "08:11", shifts=joined)
    assert latest(a_desk.wanted(at("08:12")), at("08:12")).at == at("08:00")
    assert briefs(a_desk, "08:12") == ["ben"]


@pytest.mark.parametrize("what", [{"mode": Mode.WATCH}, {"always_in": "ben"}])
def test_nothing_is_said_where_rotation_only_watches_or_to_who_is_always_in(
    desk: Make, what: dict[str, object]
) -> None:
    for to in (BriefTo.PERSON, BriefTo.GROUP):
        assert briefs(briefed(desk, "ana ben", to, **what)) == []


def test_without_a_brief_or_with_one_to_nobody_nothing_is_said(desk: Make) -> None:
    assert briefs(desk("ana ben", read_at=at("08:00"))) == []
    assert briefs(briefed(desk, "ana ben", BriefTo.NOBODY)) == []


def test_who_arrives_by_hand_is_told_from_whom_they_take_over(desk: Make) -> None:
    a_desk = briefed(desk, "ben dora", BriefTo.PERSON, "10:00:01")
    a_desk.grant("dora", at("10:00"), at("12:00"), duty=True)
    a_desk.grant("ben", at("10:00"), at("12:00"), out=True)
    change = latest(a_desk.wanted(at("10:00:02")), at("10:00:02"))
    assert (change.arriving, change.leaving) == ({"dora"}, {"ben"})
    assert briefs(a_desk, "10:00:02") == ["dora"]


def test_when_somebody_only_leaves_nobody_is_briefed(desk: Make) -> None:
    shifts = {"one": ("00:00-08:00", "ana"), "two": ("00:00-16:00", "ben")}
    assert briefs(briefed(desk, "ana ben", BriefTo.PERSON, shifts=shifts)) == []


# -- one message for one handover ----------------------------------------------------------------

BYE = Goodbye({("", ""): "{names} sign off."})


@pytest.mark.parametrize(
    ("goodbye", "said"),
    [
        (BYE, []),
        (replace(BYE, to=NoticeTo.PERSON), ["ben"]),
        (Goodbye({("ticket", ""): "{names} solved it."}), ["ben"]),
    ],
)
def test_a_goodbye_to_the_group_that_names_both_is_the_one_message(
    desk: Make, goodbye: Goodbye, said: list[str]
) -> None:
    assert briefs(briefed(desk, "ana ben", BriefTo.GROUP, goodbye=goodbye)) == said
    assert briefs(briefed(desk, "ana ben", BriefTo.PERSON, goodbye=goodbye)) == ["ben"]


def test_where_whoever_goes_off_duty_stays_no_goodbye_is_in_the_way(desk: Make) -> None:
    assert briefs(briefed(desk, "ana ben", BriefTo.GROUP, goodbye=BYE, pins="ana")) == ["ben"]


# -- quiet hours ---------------------------------------------------------------------------------


def test_in_quiet_hours_nobody_is_briefed_and_they_are_as_these_end_if_it_is_news(
    desk: Make,
) -> None:
    quiet = replace(BYE, to=NoticeTo.PERSON, quiet=Quiet(Hours(7 * 60, 8 * 60 + 5), "UTC"))
    a_desk = briefed(desk, "ana ben", BriefTo.PERSON, goodbye=quiet)
    assert briefs(a_desk) == []
    assert a_desk.decision(at("08:00:02")).look_at <= at("08:05")
    assert briefs(a_desk, "08:05") == ["ben"]


def test_the_guard_lets_nothing_be_said_that_is_no_news_or_where_it_only_watches(
    desk: Make,
) -> None:
    group = briefed(desk, "ana ben", BriefTo.PERSON).group
    assert check_words(group, at("08:00"), at("08:15")) is None
    assert check_words(group, at("08:00"), at("08:15:01")) is not None
    assert check_words(replace(group, mode=Mode.WATCH), at("08:00"), at("08:01")) is not None


# -- in words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "said"), [("pt-BR", "Ben chega."), ("ja", "Ana"), (None, "Ana")]
)
def test_it_is_said_in_the_nearest_language(language: str | None, said: str) -> None:
    words = {"arriving": "Ben", "leaving": "Ana", "until": "Mon 16:00"}
    assert text(Brief(TEXTS), language, words).startswith(said)
    assert text(Brief({"pt": "{arriving} chega."}), "ja", words) == "Ben chega."
