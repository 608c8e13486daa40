"""The stepped clock stands still while anybody works."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.sandbox import GivenError, RealClock, SteppedClock, World
from rotation.sandbox.example import SMALL, example_world

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a world, and somebody to call it."""


START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def test_time_stands_still_over_any_number_of_calls(play: Make) -> None:
    a_world = play()
    for _ in range(50):
        a_world.read()
    assert a_world.now == START


def test_it_jumps_to_where_the_only_participant_asked_to_be_woken(play: Make) -> None:
    a_world = play()
    assert a_world.world.idle(at(5)) == at(5)
    assert a_world.world.idle(at(3)) == at(5)


def test_it_waits_for_the_slowest_of_several(play: Make) -> None:
    world = play().world
    world.idle(START, "a")
    world.idle(START, "b")
    assert world.idle(at(10), "a") == START, "b is still at work"
    assert world.idle(at(4), "b") == at(4)
    assert world.idle(at(10), "a") == at(4), "b has not done its work of minute four"
    assert world.idle(at(20), "b") == at(10)
    assert world.idle(at(20), "b") == at(10), "a has not done its work of minute ten"
    assert world.idle(at(30), "a") == at(20)


def test_who_leaves_is_not_waited_for(play: Make) -> None:
    a_world = play()
    a_world.world.idle(START, "gone")
    assert a_world.world.idle(at(5), "here") == START
    a_world.call("POST", "/sandbox/clock", {"idle_until": None, "who": "gone"})
    assert a_world.world.idle(at(5), "here") == at(5)


def test_it_stops_where_the_world_acts_by_itself(play: Make) -> None:
    script = [{"do": "leave", "chat": "1000@g.us", "phone": "+351900000001", "at": at(2)}]
    a_world = play(script=script)
    assert a_world.world.next_event_at == at(2)
    assert a_world.world.idle(at(5)) == at(2)
    assert "+351900000001" not in a_world.members()
    assert a_world.world.idle(at(5)) == at(5)


def test_calls_can_take_world_time(play: Make) -> None:
    a_world = play(settings={"latency": 0.25})
    for _ in range(4):
        a_world.read()
    assert a_world.now == START + timedelta(seconds=1)
    assert [e["at"][17:26] for e in a_world.log][:2] == ["00+00:00", "00.250000"]


def test_the_clock_is_asked_and_moved_over_http(play: Make) -> None:
    a_world = play()
    told = a_world.json("GET", "/sandbox/clock")
    assert (told["now"], told["mode"]) == ("2026-01-05T08:00:00+00:00", "stepped")
    moved = a_world.json(
        "POST", "/sandbox/clock", {"idle_until": "2026-01-05T10:30:00+01:00", "who": "daemon"}
    )
    assert moved["now"] == "2026-01-05T09:30:00+00:00"
    assert moved == a_world.json("GET", "/sandbox/clock")
    assert moved["boot"] == told["boot"]


def test_it_tells_how_often_each_participant_has_looked_around(play: Make) -> None:
    a_world = play()
    for who in ("a", "b", "a"):
        a_world.world.idle(START, who)
    assert a_world.json("GET", "/sandbox/clock")["looks"] == {"a": 2, "b": 1}
    a_world.call("POST", "/sandbox/clock", {"idle_until": None, "who": "a"})
    assert a_world.json("GET", "/sandbox/clock")["looks"] == {"b": 1}


def test_a_real_clock_cannot_be_stepped_and_never_goes_back() -> None:
    times = iter([at(0), at(5), at(3), at(6)])
    clock = RealClock(lambda: next(times))
    assert [clock.now() for _ in range(4)] == [at(0), at(5), at(5), at(6)]
    world = World.from_dict(example_world(SMALL), clock=RealClock(lambda: START))
    with pytest.raises(GivenError, match="the clock is real"):
        world.idle(at(1))


def test_leaving_twice_is_harmless() -> None:
    clock = SteppedClock(START)
    clock.idle(at(1), "a")
    clock.leave("a")
    clock.leave("a")
    assert clock.participants == {}
