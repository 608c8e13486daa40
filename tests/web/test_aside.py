"""What is done beside the loop: in its order, and nobody is kept behind something long."""

import asyncio
import threading
from functools import partial

import pytest

from rotation.surfaces.web.aside import Aside


def test_many_ask_at_once_and_each_gets_what_is_theirs() -> None:
    aside, begun = Aside(2, "test"), list[int]()

    async def all_of_them() -> list[int]:
        def one(number: int) -> int:
            begun.append(number)
            return number * number

        return await asyncio.gather(*(aside.do(partial(one, number)) for number in range(200)))

    assert asyncio.run(all_of_them()) == [n * n for n in range(200)]
    assert begun == sorted(begun)
    assert asyncio.run(all_of_them()) == [n * n for n in range(200)]  # in another loop


def test_what_goes_wrong_is_told_to_whoever_asked_and_to_nobody_else() -> None:
    aside = Aside(2, "test")

    async def asked() -> list[object]:
        works = [partial(divmod, 1, number) for number in (1, 0, 1)]
        return [*await asyncio.gather(*map(aside.do, works), return_exceptions=True)]

    first, second, third = asyncio.run(asked())
    assert (first, third) == ((1, 0), (1, 0))
    assert isinstance(second, ZeroDivisionError)


def test_nobody_is_kept_behind_something_long() -> None:
    aside, goes_on = Aside(2, "test"), threading.Event()

    async def asked() -> int:
        long = asyncio.create_task(aside.do(lambda: goes_on.wait(30)))
        try:
            return sum(await asyncio.gather(*(aside.do(lambda: 1) for _ in range(20))))
        finally:
            goes_on.set()
            await long

    assert asyncio.run(asked()) == 20


def test_whoever_no_longer_waits_keeps_nobody_from_anything() -> None:
    aside, goes_on, done = Aside(1, "test"), threading.Event(), list[str]()

    async def asked() -> None:
        first = asyncio.create_task(aside.do(lambda: goes_on.wait(30)))
        second = asyncio.create_task(aside.do(lambda: done.append("second")))
        third = asyncio.create_task(aside.do(lambda: done.append("third")))
        await asyncio.sleep(0)
        first.cancel()
        second.cancel()
        goes_on.set()
        await third
        with pytest.raises(asyncio.CancelledError):
            await second

    asyncio.run(asked())
    assert done == ["third"]
