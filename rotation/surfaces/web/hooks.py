"""Where webhooks come in, of the provider and of one's own systems.

Who sends one of the provider's is told whether it was taken, and nothing else.
"""

import asyncio
import json

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

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
USUAL = 8 * 1024
"""Bytes of a body that is taken at once, in a tenth of a millisecond: to hand it to a thread and
back takes two turns at Python's lock, and behind a tick and two pages each is a while."""


def routes(intake: Intake, systems: Entrance) -> APIRouter:
    router = APIRouter()
    for kind in KINDS_OF_HOOKS:
        _of_systems(router, systems, kind)

    @router.post("/hooks/{account}")
    async def signed(account: str, request: Request) -> Response:
        return await _taken(intake, account, request, None)

    @router.post("/hooks/{account}/{key}")
    async def by_address(account: str, key: str, request: Request) -> Response:
        return await _taken(intake, account, request, key)

    return router


def _of_systems(router: APIRouter, systems: Entrance, kind: str) -> None:
    """The address of one kind of hooks, where any are set up; an account may be called so too."""
    if not any(hook.kind == kind for hook in systems.hooks.values()):
        return

    @router.post(f"/hooks/{kind}")
    async def told(request: Request) -> Response:
        return await _dealt_with(systems, kind, request, None)

    @router.post(f"/hooks/{kind}/{{key}}")
    async def told_by_address(key: str, request: Request) -> Response:
        return await _dealt_with(systems, kind, request, key)


async def _dealt_with(systems: Entrance, kind: str, request: Request, key: str | None) -> Response:
    try:
        async with asyncio.timeout(PATIENCE):
            body = await _body(request, entrance.LARGEST)
    except (TimeoutError, ClientDisconnect):
        return _answer(Answer.no(TOO_SLOW, "the body did not arrive within 10 s"))
    if body is None:
        return _answer(Answer.no(Taken.TOO_LARGE, "the body is larger than 256 KiB"))
    headers = {name.lower(): value for name, value in request.headers.items()}
    return _answer(await run_in_threadpool(systems.take, kind, headers, body, key))


def _answer(found: Answer) -> Response:
    later = (
        {"retry-after": str(AGAIN)} if found.status in {entrance.LATER, entrance.TOO_MANY} else {}
    )
    return Response(json.dumps(found.said), found.status, later, media_type="application/json")


async def _taken(intake: Intake, account: str, request: Request, key: str | None) -> Response:
    try:
        async with asyncio.timeout(PATIENCE):
            body = await _body(request, LARGEST)
    except (TimeoutError, ClientDisconnect):
        return Response(status_code=TOO_SLOW)
    if body is None:
        return Response(status_code=Taken.TOO_LARGE)
    headers = {name.lower(): value for name, value in request.headers.items()}
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
