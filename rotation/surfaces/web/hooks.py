"""Where webhooks come in, of the provider and of one's own systems.

Who sends one of the provider's is told whether it was taken, and nothing else.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from rotation.engine import Intake
from rotation.engine.intake import LARGEST, Taken
from rotation.settings import KINDS_OF_HOOKS
from rotation.surfaces.incoming import entrance
from rotation.surfaces.incoming.entrance import Answer, Entrance

PATIENCE = 10.0
"""Seconds that a body may take to arrive."""
TOO_SLOW = 408
AGAIN = 60
"""Seconds until it is worth to try again."""
_Take: TypeAlias = Callable[[Request], Awaitable[Response]]
USUAL = 8 * 1024
"""Bytes of a body that is taken at once, in a tenth of a millisecond: to hand it to a thread and
back takes two turns at Python's lock, and behind a tick and two pages each is a while."""


def routes(intake: Intake, systems: Entrance) -> list[Route]:
    """Some end with a key, for whoever cannot sign."""

    async def provider(request: Request) -> Response:
        return await _taken(intake, request)

    found = [route for kind in KINDS_OF_HOOKS for route in _of_systems(systems, kind)]
    return [*found, *_with_and_without_key("/hooks/{account}", provider)]


def _of_systems(systems: Entrance, kind: str) -> list[Route]:
    """The address of one kind of hooks, where any are set up; an account may be called so too."""
    if not any(hook.kind == kind for hook in systems.hooks.values()):
        return []

    async def told(request: Request) -> Response:
        return await _dealt_with(systems, kind, request)

    return _with_and_without_key(f"/hooks/{kind}", told)


def _with_and_without_key(path: str, take: _Take) -> list[Route]:
    return [Route(each, take, methods=["POST"]) for each in (path, f"{path}/{{key}}")]


async def _dealt_with(systems: Entrance, kind: str, request: Request) -> Response:
    try:
        async with asyncio.timeout(PATIENCE):
            body = await _body(request, entrance.LARGEST)
    except (TimeoutError, ClientDisconnect):
        return _answer(Answer.no(TOO_SLOW, "the body did not arrive within 10 s"))
    if body is None:
        return _answer(Answer.no(Taken.TOO_LARGE, "the body is larger than 256 KiB"))
    headers = {name.lower(): value for name, value in request.headers.items()}
    return _answer(await run_in_threadpool(systems.take, kind, headers, body, _key(request)))


def _answer(found: Answer) -> Response:
    later = (
        {"retry-after": str(AGAIN)} if found.status in {entrance.LATER, entrance.TOO_MANY} else {}
    )
    return Response(json.dumps(found.said), found.status, later, media_type="application/json")


def _key(request: Request) -> str | None:
    return request.path_params.get("key")


async def _taken(intake: Intake, request: Request) -> Response:
    try:
        async with asyncio.timeout(PATIENCE):
            body = await _body(request, LARGEST)
    except (TimeoutError, ClientDisconnect):
        return Response(status_code=TOO_SLOW)
    if body is None:
        return Response(status_code=Taken.TOO_LARGE)
    headers = {name.lower(): value for name, value in request.headers.items()}
    account, key = request.path_params["account"], _key(request)
    if len(body) <= USUAL:
        return Response(status_code=intake.take(account, headers, body, key))
    return Response(status_code=await run_in_threadpool(intake.take, account, headers, body, key))


async def _body(request: Request, most: int) -> bytes | None:
    """The whole body; None as soon as it is longer than may be."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > most:
            return None
    return body
