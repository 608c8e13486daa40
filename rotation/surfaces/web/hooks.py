"""Where webhooks come in. Who sends one is told whether it was taken, and nothing else."""

import asyncio

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from rotation.engine import Intake
from rotation.engine.intake import LARGEST, Taken

PATIENCE = 10.0
"""Seconds that a body may take to arrive."""
TOO_SLOW = 408
USUAL = 8 * 1024
"""Bytes of a body that is taken at once, in a tenth of a millisecond: to hand it to a thread and
back takes two turns at Python's lock, and behind a tick and two pages each is a while."""


def routes(intake: Intake) -> APIRouter:
    router = APIRouter()

    @router.post("/hooks/{account}")
    async def signed(account: str, request: Request) -> Response:
        return await _taken(intake, account, request, None)

    @router.post("/hooks/{account}/{key}")
    async def by_address(account: str, key: str, request: Request) -> Response:
        return await _taken(intake, account, request, key)

    return router


async def _taken(intake: Intake, account: str, request: Request, key: str | None) -> Response:
    try:
        async with asyncio.timeout(PATIENCE):
            body = await _body(request)
    except (TimeoutError, ClientDisconnect):
        return Response(status_code=TOO_SLOW)
    if body is None:
        return Response(status_code=Taken.TOO_LARGE)
    headers = {name.lower(): value for name, value in request.headers.items()}
    if len(body) <= USUAL:
        return Response(status_code=intake.take(account, headers, body, key))
    return Response(status_code=await run_in_threadpool(intake.take, account, headers, body, key))


async def _body(request: Request) -> bytes | None:
    """The whole body; None as soon as it is longer than any webhook."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            return None
    return body
