"""Pages that stay open: so many and no more, and nothing is left of those that went away."""

import socket
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import pytest

from tests.process.waiting import GENEROUS

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]
MOST = 64


def opened(place: tuple[str, int]) -> tuple[socket.socket, bytes]:
    """A page that listens, and the first line that it is told."""
    page = socket.create_connection(place, timeout=GENEROUS)
    page.sendall(b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return page, page.makefile("rb").readline()


def is_let_in(place: tuple[str, int]) -> bool:
    page, told = opened(place)
    with closing(page):
        return told.startswith(b"HTTP/1.1 200")


@pytest.mark.promise("P-live")
def test_streams_are_bounded_and_a_page_that_goes_away_leaves_room_for_another(
    site: MakeSite,
) -> None:
    daemon = site("07:50").daemon(ROTATION_WEB__LISTEN="127.0.0.1:0")
    url = urlsplit(daemon.waits_for("the board is at")["url"])
    place = str(url.hostname), int(url.port or 0)
    with ExitStack() as pages:
        for _ in range(MOST):
            page, told = opened(place)
            pages.enter_context(closing(page))
            assert told.startswith(b"HTTP/1.1 200")
        assert not is_let_in(place)
    daemon.until(lambda: is_let_in(place))
    daemon.until(lambda: all(is_let_in(place) for _ in range(MOST)))
    assert daemon.stop() == 0
