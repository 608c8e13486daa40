"""A web server that fails: said, and begun again, whatever it was."""

import asyncio

import pytest
from structlog.testing import capture_logs

from rotation.surfaces.start import kept_up


def said_of(*troubles: Exception | None) -> list[tuple[str, str, bool]]:
    """What the log says of a server that ends so, one time after the other, until it is told to."""
    left = iter(troubles)

    async def serve(closing: asyncio.Event) -> None:
        if (trouble := next(left, None)) is not None:
            raise trouble
        closing.set()

    async def served() -> None:
        await kept_up(serve, "http://127.0.0.1:8780", asyncio.Event(), pause=0)

    with capture_logs() as said:
        asyncio.run(served())
    assert list(left) == []
    return [(line["event"], line["why"], line["exc_info"]) for line in said]


def test_an_address_that_is_taken_is_said_plainly_and_tried_again() -> None:
    taken = OSError("Address already in use")
    assert said_of(taken, taken) == [("nobody can open the board", str(taken), False)] * 2


@pytest.mark.parametrize(
    "trouble", [ModuleNotFoundError("No module named 'httptools'"), KeyError()]
)
def test_a_server_that_cannot_even_be_made_is_never_lost_in_silence(trouble: Exception) -> None:
    assert said_of(trouble) == [("nobody can open the board", str(trouble), True)]


def test_a_server_that_ends_because_it_was_told_to_is_not_begun_again() -> None:
    assert said_of() == []
