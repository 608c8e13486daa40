"""The door: where more than this machine gets in, nothing is shown to whoever has no good token.

Everything is shut but what is named here. A browser keeps the token in a cookie that no script
reads and no other site sends; programs say it as `Authorization: Bearer`. Calendar applications can
do neither: what they are given is an address with a token in it that opens this one calendar.
"""

from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rotation.ledger import LedgerTrouble, Token
from rotation.settings import Reach, reach_of
from rotation.surfaces.calendars.whose import BELOW, of_address
from rotation.surfaces.web.board.actors import ACTOR, actor_of, dev
from rotation.surfaces.web.board.desk import Desk
from rotation.wiring import Parts

OPEN = ("/healthz", "/readyz", "/sign-in", "/metrics")
"""Metrics have a token of their own, which opens nothing else, and holds without a ledger."""
OPEN_BELOW = ("/hooks/", "/static/")
WHO = "rotation.who"
"""In a request's scope once the door was passed: the Token, or None where none was asked for."""
COOKIES = SECURE, PLAIN = "__Host-rotation", "rotation"
"""The first is one that browsers take from this very host, and over TLS only."""
IN_ADDRESS = "token"
"""What the address of a calendar says its token as."""
NOTED_EVERY = timedelta(hours=1)
"""How often it is written down that a token is in use."""


class Door:
    """Lets in whoever has a good token, and everybody where only this machine gets there.

    There a token says who it is that acts.
    """

    def __init__(self, app: ASGIApp, parts: Parts) -> None:
        self._app = app
        self._private = parts.settings.web.is_private
        self._dev = self._private and parts.settings.web.is_dev
        self._desk = Desk(parts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if self._private:
            await self._let_in(Request(scope))
        elif path not in OPEN and not path.startswith(OPEN_BELOW):
            refused = await self._refused(Request(scope), path)
            if refused is not None:
                await refused(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _let_in(self, request: Request) -> None:
        token = None if self._dev else await self._signed_in(request)
        request.scope[WHO] = token
        request.scope[ACTOR] = dev() if self._dev else actor_of(token, shown_by(request))

    async def _signed_in(self, request: Request) -> Token | None:
        secret = shown_by(request)
        if not secret:
            return None
        try:
            return await self._desk.aside(lambda: good(self._desk.parts, secret))
        except (LedgerTrouble, ConnectionError):
            return None

    async def _refused(self, request: Request, path: str) -> Response | None:
        by_address = path.startswith(BELOW) and IN_ADDRESS in request.query_params
        meant = of_address(path) if by_address else None
        secret = request.query_params[IN_ADDRESS] if by_address else shown_by(request)
        if by_address and meant is None:
            return nothing_here()
        calendar = str(meant or "")
        try:
            found = await self._desk.aside(lambda: good(self._desk.parts, secret, calendar))
        except (LedgerTrouble, ConnectionError):
            return PlainTextResponse("the ledger cannot be read now\n", 503)
        if found is not None:
            request.scope[WHO] = found
            request.scope[ACTOR] = actor_of(found, secret)
            return None
        return nothing_here() if by_address else _sign_in_first(request, path)


def who_is(request: Request) -> Token | None:
    """Whose token came with this request; None where nobody has to sign in, and nobody did."""
    found = request.scope[WHO]
    return found if isinstance(found, Token) else None


def nothing_here() -> Response:
    """Said of a wrong token and of what there is not alike, so that it tells neither."""
    return PlainTextResponse("there is nothing here\n", 404)


def _sign_in_first(request: Request, path: str) -> Response:
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(f"/sign-in?to={quote(path)}", 303)
    return PlainTextResponse("sign in first\n", 401, {"www-authenticate": "Bearer"})


def good(parts: Parts, secret: str, calendar: str = "") -> Token | None:
    """The token of this secret if it is good now, for pages or a calendar; its use is noted."""
    if not secret:
        return None
    now = parts.clock().at
    with parts.ledger.reading() as books:
        found = books.tokens.find(secret, now, calendar)
    if found is not None:
        note_use(parts, found, now)
    return found


def note_use(parts: Parts, token: Token, now: datetime) -> None:
    """Write down that a token is in use, if that was not done lately."""
    if is_to_be_noted(token, now):
        with parts.ledger.writing() as books:
            books.heard(by_others=False)
            books.tokens.note_used(token.id, now)


def is_to_be_noted(token: Token, now: datetime) -> bool:
    """Whether its last use that is on record was long ago."""
    return token.used_at is None or now - token.used_at >= NOTED_EVERY


def shown_by(request: Request) -> str:
    """The token that comes with a request, good or not."""
    kind, _, told = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return told.strip()
    return next((request.cookies[name] for name in COOKIES if request.cookies.get(name)), "")


def is_secure(request: Request) -> bool:
    """Whether cookies travel over TLS only: always but to a browser on this machine.

    A proxy on this machine may call us by our own name; then the page's origin tells.
    """
    if request.headers.get("origin", "").startswith("https://"):
        return True
    try:
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return True
    return reach_of(host) is not Reach.LOOPBACK
