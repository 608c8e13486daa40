"""The app: every route, and around all of them what no request may get past."""

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rotation.settings import Reach, Web, reach_of
from rotation.surfaces.fitness import Fitness
from rotation.surfaces.incoming.entrance import Entrance
from rotation.surfaces.web import board, health, hooks, metrics
from rotation.surfaces.web.api import BELOW
from rotation.surfaces.web.api.problems import Said, Trouble, response
from rotation.wiring import Parts

log = structlog.get_logger("rotation.web")

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""On every answer, unless a route says otherwise. No script and no style stands in a page."""
_HEADERS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
_NAMES = frozenset(name for name, _ in _HEADERS)


def build(fitness: Fitness, closing: asyncio.Event | None = None) -> ASGIApp:
    """The app of one daemon, whose live pages end at `closing` (None: never by themselves)."""
    parts = fitness.parts
    desk = board.Desk(parts)
    routes = (
        *health.routes(fitness),
        *metrics.routes(fitness),
        *hooks.routes(parts.intake, _systems(parts)),
        *board.routes(parts, closing or asyncio.Event(), desk),  # last: it has all the rest
    )
    app = Router(routes, redirect_slashes=False)
    return _Guarded(_Split(desk, board.Door(app, parts)), parts.settings.web)


class _Split:
    """The API has a door of its own, and is loaded when somebody first asks it."""

    def __init__(self, desk: board.Desk, rest: ASGIApp) -> None:
        self._desk = desk
        self._api: ASGIApp | None = None
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_api(scope):
            await self._rest(scope, receive, send)
            return
        if self._api is None:
            self._api = await self._desk.aside(self._load)
        await self._api(scope, receive, send)

    def _load(self) -> ASGIApp:
        from rotation.surfaces.web.api.app import Api

        return Api(self._desk)


def _is_api(scope: Scope) -> bool:
    path: str = scope["path"]
    return path == BELOW or path.startswith(f"{BELOW}/")


def _systems(parts: Parts) -> Entrance:
    settings = parts.settings
    return Entrance(
        parts.ledger,
        settings.hooks,
        lambda: parts.intake.clock().at,
        parts.intake.wake,
        settings.web.url or "",
    )


class _Guarded:
    """Names the hosts it answers to, puts the headers on, and lets no error out."""

    def __init__(self, app: ASGIApp, web: Web) -> None:
        self._app = app
        self._is_private = web.is_private

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message["headers"], *_added_to(message["headers"])]
            await send(message)

        if not self._is_ours(scope):
            await _refused(scope, Trouble.NO_HOST, "no such host here")(scope, receive, sent)
            return
        try:
            await self._app(scope, receive, sent)
        except Exception:
            log.exception("a request failed")  # its path may be a secret
            if begun:
                raise
            why = "that went wrong; the log says why"
            await _refused(scope, Trouble.FAULT, why)(scope, receive, sent)

    def _is_ours(self, scope: Scope) -> bool:
        """Keeps out a page elsewhere whose name was pointed at this machine.

        Where everybody has to sign in no name opens anything by itself.
        """
        return not self._is_private or _is_this_machine(Headers(scope=scope).get("host", ""))


def _refused(scope: Scope, trouble: Trouble, why: str) -> Response:
    if _is_api(scope):
        return response(Said(trouble, why))
    return PlainTextResponse(f"{why}\n", trouble.status)


def _added_to(headers: Sequence[tuple[bytes, bytes]]) -> Sequence[tuple[bytes, bytes]]:
    said = {name.lower() for name, _ in headers}
    if said.isdisjoint(_NAMES):
        return _HEADERS
    return [header for header in _HEADERS if header[0] not in said]


@lru_cache(maxsize=64)
def _is_this_machine(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return reach_of(name) is Reach.LOOPBACK
