"""The board as pages: who is in each room, on whose word, what needs a person; and orders."""

import asyncio

from starlette.routing import Route

from rotation.surfaces.web.board import pages, sign_in
from rotation.surfaces.web.board.desk import Desk
from rotation.surfaces.web.board.door import Door
from rotation.wiring import Parts

__all__ = ["Desk", "Door", "routes"]


def routes(parts: Parts, closing: asyncio.Event, desk: Desk) -> list[Route]:
    """All of it. Goes last into an app: it answers for every address that nobody else has."""
    return [*sign_in.routes(parts), *pages.routes(desk, closing)]
