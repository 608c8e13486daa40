"""Open pages are told of changes by one look for all, and by none while nobody watches."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from starlette.responses import StreamingResponse

from rotation.ledger import Ledger
from rotation.surfaces.web.board import live
from rotation.surfaces.web.board.desk import Desk

Board: TypeAlias = Any
"""What the fixtures give; tests look into it freely."""
Story: TypeAlias = Callable[[live.Watchers, asyncio.Event], Awaitable[None]]


Tell: TypeAlias = Callable[..., None]


@pytest.fixture
def told(noon: Path, tmp_path: Path, make_board: Board) -> Tell:
    """Runs a story about the pages that are open on a ledger of its own."""
    shutil.copytree(noon, tmp_path, dirs_exist_ok=True)

    def tell(story: Story, *, most: int = 9, beat: float = 1000.0) -> None:
        async def run() -> None:
            board, ends = (
                make_board(tmp_path, datetime(2026, 1, 5, 12, tzinfo=UTC)),
                asyncio.Event(),
            )
            with closing(board.ledger):
                watchers = live.Watchers(
                    Desk(board.parts), ends, most=most, beat=beat, look_every=0.01
                )
                await asyncio.wait_for(story(watchers, ends), 240)

        asyncio.run(run())

    return tell


def opened(watchers: live.Watchers) -> AsyncIterator[Any]:
    answer = watchers.stream()
    assert isinstance(answer, StreamingResponse)
    return aiter(answer.body_iterator)


def _put(ledger: Ledger) -> None:
    with ledger.writing() as books:
        books.meta.put("a", "b")


async def write(folder: Path) -> None:
    """Another process commits something."""

    def write_it() -> None:
        with closing(Ledger(f"sqlite:///{folder / 'rotation.db'}")) as ledger:
            _put(ledger)

    await asyncio.to_thread(write_it)


@pytest.mark.promise("P-live")
def test_every_open_page_hears_of_a_commit(told: Tell, tmp_path: Path) -> None:
    async def story(watchers: live.Watchers, _closing: asyncio.Event) -> None:
        pages = [opened(watchers) for _ in range(3)]
        assert [await anext(page) for page in pages] == [b"retry: 3000\n\n"] * 3
        waiting = [asyncio.ensure_future(anext(page)) for page in pages]
        await asyncio.sleep(0)
        await write(tmp_path)
        assert await asyncio.gather(*waiting) == [b"event: changed\ndata:\n\n"] * 3
        for page in pages:
            await page.aclose()

    told(story)


@pytest.mark.promise("P-live")
def test_when_the_last_page_goes_nobody_looks_any_more(told: Tell) -> None:
    async def story(watchers: live.Watchers, _closing: asyncio.Event) -> None:
        assert not watchers.looks
        one, two = opened(watchers), opened(watchers)
        await anext(one)
        await anext(two)
        assert watchers.looks
        await one.aclose()
        assert watchers.looks
        await two.aclose()
        assert not watchers.looks
        assert watchers.count == 0

    told(story)


def test_the_daemons_end_ends_every_stream(told: Tell) -> None:
    async def story(watchers: live.Watchers, closing_: asyncio.Event) -> None:
        page = opened(watchers)
        await anext(page)
        waiting = asyncio.ensure_future(anext(page))
        await asyncio.sleep(0)
        closing_.set()
        with pytest.raises(StopAsyncIteration):
            await waiting
        assert watchers.count == 0
        assert watchers.stream().status_code == 503

    told(story)


def test_only_so_many_pages_are_told(told: Tell) -> None:
    async def story(watchers: live.Watchers, _closing: asyncio.Event) -> None:
        pages = [opened(watchers) for _ in range(2)]
        for page in pages:
            await anext(page)
        assert watchers.stream().status_code == 503
        await pages[0].aclose()
        another = opened(watchers)
        await anext(another)
        for page in (pages[1], another):
            await page.aclose()

    told(story, most=2)


def test_time_alone_makes_pages_look_now_and_then(told: Tell) -> None:
    async def story(watchers: live.Watchers, _closing: asyncio.Event) -> None:
        page = opened(watchers)
        await anext(page)
        assert await anext(page) == b"event: changed\ndata:\n\n"
        await page.aclose()

    told(story, beat=0.05)
