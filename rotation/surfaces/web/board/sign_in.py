"""Signing in and out. What is taken here is a token and no more.

Where only this machine gets to the board nobody has to, but whoever acts does.
"""

import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from urllib.parse import urlsplit

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from rotation.ledger import LedgerTrouble
from rotation.surfaces.web.board import drawing
from rotation.surfaces.web.board.desk import Desk
from rotation.surfaces.web.board.door import COOKIES, PLAIN, SECURE, good, is_secure
from rotation.surfaces.web.board.filled import is_from_here, is_same, one, read
from rotation.wiring import Parts

log = structlog.get_logger("rotation.web")

MOST_BODY = 4096
A_MONTH = 30 * 24 * 3600
FORM = "rotation-form"
"""A cookie that has to be the same as what the form brings back: it came from our page."""
TRIES, WITHIN = 8, 60.0
"""How many wrong tokens one address may try in so many seconds."""
_MOST_ADDRESSES = 1000
_ONCE_MORE = "That did not come from this page. Try again."
_UNKNOWN = "This token is not known, has ended, or was revoked."
_LATER = "Too many wrong tokens. Wait a minute."
_NO_LEDGER = "The ledger cannot be read now. Try again."


class Throttle:
    """Counts wrong tokens by address; `steady` is a clock that nobody sets."""

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()

    def is_shut(self, address: str) -> bool:
        tries = self._wrong.get(address)
        return tries is not None and len(tries) == TRIES and self._steady() - tries[0] < WITHIN

    def was_wrong(self, address: str) -> None:
        self._wrong.setdefault(address, deque(maxlen=TRIES)).append(self._steady())
        self._wrong.move_to_end(address)
        if len(self._wrong) > _MOST_ADDRESSES:
            self._wrong.popitem(last=False)


def routes(parts: Parts) -> list[Route]:
    web = parts.settings.web
    needless, named = web.is_dev, urlsplit(web.url or "").netloc
    counter = _Counter(Desk(parts), Throttle(), named)

    async def form(request: Request) -> Response:
        return RedirectResponse("/", 303) if needless else _form(request)

    async def sign_in(request: Request) -> Response:
        return RedirectResponse("/", 303) if needless else await counter.sign_in(request)

    async def sign_out(request: Request) -> Response:
        if not is_from_here(request, named):
            return _form(request, _ONCE_MORE, 403)
        answer = RedirectResponse("/" if web.is_private else "/sign-in", 303)
        for name in COOKIES:
            _set(answer, request, name, "", 0)
        return answer

    return [
        Route("/sign-in", form),
        Route("/sign-in", sign_in, methods=["POST"]),
        Route("/sign-out", sign_out, methods=["POST"]),
    ]


class _Counter:
    """Takes tokens. `named` is how the world calls this place, if it has a name there."""

    def __init__(self, desk: Desk, throttle: Throttle, named: str) -> None:
        self._desk = desk
        self._throttle = throttle
        self._named = named

    async def sign_in(self, request: Request) -> Response:
        address = request.client.host if request.client else ""
        if self._throttle.is_shut(address):
            return _form(request, _LATER, 429)
        told = await read(request, MOST_BODY)
        same = is_same(one(told, "form"), request.cookies.get(FORM, ""))
        if not (same and is_from_here(request, self._named)):
            return _form(request, _ONCE_MORE, 403)
        secret = one(told, "token").strip()
        try:
            found = await self._desk.aside(lambda: good(self._desk.parts, secret))
        except (LedgerTrouble, ConnectionError):
            return _form(request, _NO_LEDGER, 503)
        if found is None:
            self._throttle.was_wrong(address)
            log.warning("somebody came with a token that is not good", address=address)
            return _form(request, _UNKNOWN, 403)
        log.info("signed in", token=found.prefix, name=found.name)
        answer = RedirectResponse(_inside(one(told, "to")), 303)
        name = SECURE if is_secure(request) else PLAIN
        _set(answer, request, name, secret, A_MONTH)
        return answer


def _form(request: Request, wrong: str = "", status: int = 200) -> Response:
    form = request.cookies.get(FORM, "") or secrets.token_hex(16)
    to = _inside(request.query_params.get("to", ""))
    answer = drawing.drawn(
        "sign-in.html", status, title="Sign in", here="", who="", form=form, to=to, wrong=wrong
    )
    _set(answer, request, FORM, form, 3600)
    return answer


def _set(answer: Response, request: Request, name: str, value: str, seconds: int) -> None:
    answer.set_cookie(
        name, value, seconds, path="/", secure=is_secure(request), httponly=True, samesite="strict"
    )


def _inside(to: str) -> str:
    """Where to go on: a page of ours, and nowhere else."""
    plain = to.isprintable() and to.startswith("/") and not to.startswith(("//", "/\\"))
    return to if plain and "\\" not in to else "/"
