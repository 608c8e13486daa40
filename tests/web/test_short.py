"""Where answers are made: what is known to be short at once, everything else beside the loop."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate, chain, repeat

import pytest

from rotation.settings import Database
from rotation.surfaces.sight import at_once
from rotation.surfaces.web.board.desk import Desk
from rotation.surfaces.web.short import IN_A_ROW, SHORT, Short
from rotation.wiring import Parts, SandboxClock
from rotation.wiring.turns import RightOfWay
from tests.web.conftest import Board


def took(*seconds: float) -> Short:
    """Who times work that takes so long, one after the other."""
    steps = chain.from_iterable((0.0, each) for each in seconds)
    return Short(accumulate(steps).__next__)


def after(*seconds: float) -> bool:
    """Whether work that took so long is known to be short."""
    short = took(*seconds)
    for _ in seconds:
        short.timed("a question", str)
    return short.knows("a question")


QUICK = (SHORT / 2,) * IN_A_ROW


def test_a_kind_of_work_is_short_once_enough_of_it_was_short_in_a_row() -> None:
    assert after(*QUICK)
    assert not after(*QUICK[1:])


def test_one_that_took_long_makes_its_kind_long_until_enough_are_short_again() -> None:
    assert not after(*QUICK, SHORT)
    assert not after(*QUICK, SHORT, *QUICK[1:])
    assert after(*QUICK, SHORT, *QUICK)


def test_what_is_learnt_of_one_kind_says_nothing_of_another() -> None:
    short = took(*QUICK)
    for _ in QUICK:
        short.timed("a question", str)
    assert not short.knows("another")


def test_work_that_fails_is_timed_like_any_and_says_why() -> None:
    short = took(*QUICK, SHORT)
    for _ in QUICK:
        with pytest.raises(ZeroDivisionError):
            short.timed("a question", lambda: 1 // 0)
    assert short.knows("a question")
    with pytest.raises(ZeroDivisionError):
        short.timed("a question", lambda: 1 // 0)
    assert not short.knows("a question")


# -- where it is done -----------------------------------------------------------------------------


def desk_of(parts: Parts) -> Desk:
    """Where nothing ever takes any time."""
    return Desk(parts, Short(lambda: 0.0))


def are_here(desk: Desk, count: int) -> list[bool]:
    """Whether so many answers, one after the other, are made where they are asked for."""

    async def asked() -> list[threading.Thread]:
        return [await desk.soon("a question", threading.current_thread) for _ in range(count)]

    return [thread is threading.current_thread() for thread in asyncio.run(asked())]


def test_short_answers_are_given_where_they_are_asked_for_and_others_beside_the_loop(
    board: Board,
) -> None:
    expected = [*repeat(False, IN_A_ROW), True, True]
    assert are_here(desk_of(board.parts), IN_A_ROW + 2) == expected


def test_whoever_would_have_to_wait_for_a_tick_waits_beside_the_loop(board: Board) -> None:
    desk = desk_of(replace(board.parts, way=RightOfWay(lambda: 0.0)))
    are_here(desk, IN_A_ROW)
    with desk.parts.way.taken():
        assert are_here(desk, 1) == [False]
    assert are_here(desk, 1) == [True]


def on_a_server(parts: Parts) -> Parts:
    database = Database("postgresql://nobody@localhost/rotation")
    return replace(parts, settings=replace(parts.settings, database=database))


def by_a_sandboxs_clock(parts: Parts) -> Parts:
    return replace(parts, clock=SandboxClock.__new__(SandboxClock))


@pytest.mark.parametrize("elsewhere", [on_a_server, by_a_sandboxs_clock])
def test_nothing_is_asked_of_another_machine_on_the_loop(
    elsewhere: Callable[[Parts], Parts], board: Board
) -> None:
    assert not any(are_here(desk_of(elsewhere(board.parts)), IN_A_ROW + 2))


def test_a_look_on_the_loop_waits_for_no_tick_since_its_alarm_would_wait_for_the_look(
    board: Board,
) -> None:
    desk = Desk(board.parts)

    def gives_way() -> bool:
        with desk.look() as sight:
            return sight.give_way is not at_once

    async def asked() -> tuple[bool, bool]:
        return gives_way(), await desk.aside(gives_way)

    assert asyncio.run(asked()) == (False, True)
