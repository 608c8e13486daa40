"""The API as an app of its own: who asks, what for, and what is said where that cannot be."""

from datetime import datetime

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rotation.ledger import LedgerTrouble, Token, Unreadable
from rotation.surfaces.answers.answer import Answer, BadCursor
from rotation.surfaces.data import bytes_of
from rotation.surfaces.orders import Order
from rotation.surfaces.sight import Sight
from rotation.surfaces.web.api import BELOW, asking, openapi, problems
from rotation.surfaces.web.api.body import body_of, largest
from rotation.surfaces.web.api.endpoints import Addresses, Endpoint, Found, endpoints
from rotation.surfaces.web.api.gate import Gate, require, shown_by
from rotation.surfaces.web.api.ordering import Ordering
from rotation.surfaces.web.api.problems import Said, Trouble
from rotation.surfaces.web.api.replies import asked, key_of
from rotation.surfaces.web.board.desk import Desk
from rotation.surfaces.web.board.door import is_to_be_noted, note_use
from rotation.surfaces.web.board.sign_in import Throttle
from rotation.surfaces.wrong import Wrong

log = structlog.get_logger("rotation.web")

JSON = "application/json"
_LATER = {"retry-after": "5"}
_SLASHES = "%2f"


class Api:
    """Answers everything below its address."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._gate = Gate(Throttle())
        self._addresses = Addresses(endpoints())
        self._ordering = Ordering(self._desk)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            answer = await self._answer(request)
        except Said as said:
            answer = problems.response(said)
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        found = self._addresses.find(request.scope["path"].removeprefix(BELOW))
        if found is None:
            await self._desk.aside(lambda: self._known(request))
            raise Said(
                Trouble.UNKNOWN, "there is nothing at this address",
                f"See {BELOW}/openapi.json for what there is",
            )  # fmt: skip
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"allow": found.allowed})
        endpoint = found.by_method.get("GET" if request.method == "HEAD" else request.method)
        if endpoint is None:
            raise Said(
                Trouble.NO_METHOD, f"this address takes {found.allowed}",
                headers={"allow": found.allowed},
            )  # fmt: skip
        if endpoint.method == "POST":
            return await self._ordered(request, endpoint)
        return await self._asked(request, endpoint, found)

    def _known(self, request: Request) -> Token:
        """Whose token it is, in a look of its own. Raises Said."""
        now = self._desk.parts.clock().at
        try:
            with self._desk.parts.ledger.reading() as books:
                return self._gate.token(books, request, now)
        except (LedgerTrouble, ConnectionError) as why:
            raise _not_now(why) from None

    # -- questions ------------------------------------------------------------------------

    async def _asked(self, request: Request, endpoint: Endpoint, found: Found) -> Response:
        def told() -> tuple[bytes, Token, datetime]:
            with self._desk.look() as sight:
                token = self._gate.token(sight.books, request, sight.now)
                require(token, endpoint.needs)
                return self._made(sight, request, endpoint, found), token, sight.now

        try:
            body, token, now = await self._desk.soon(endpoint.path, told)
            if is_to_be_noted(token, now):
                await self._desk.aside(lambda: note_use(self._desk.parts, token, now))
        except BadCursor as wrong:
            raise Said(Trouble.MALFORMED, wrong.what, wrong.fix) from None
        except Wrong as wrong:
            raise problems.of(wrong, asked=True) from None
        except (LedgerTrouble, Unreadable, ConnectionError) as why:
            raise _not_now(why) from None
        return Response(body, media_type=JSON)

    def _made(self, sight: Sight, request: Request, endpoint: Endpoint, found: Found) -> bytes:
        answer = endpoint.does
        if not isinstance(answer, Answer):
            return openapi.document()
        query = request.query_params.multi_items() if request.scope["query_string"] else ()
        wish = asking.wish(answer, found.values, query)
        return bytes_of(answer.make(self._desk.counter, sight, wish))

    # -- orders ---------------------------------------------------------------------------

    async def _ordered(self, request: Request, endpoint: Endpoint) -> Response:
        order = endpoint.does
        if not isinstance(order, Order):
            raise TypeError(endpoint)
        token = await self._desk.aside(lambda: self._known(request))
        require(token, endpoint.needs)
        key = key_of(request.headers.get("idempotency-key"))
        body = await body_of(request, largest(order))
        keyed = None if key is None else (key, asked(shown_by(request), order.name, body))

        def done() -> tuple[int, bytes]:
            try:
                note_use(self._desk.parts, token, self._desk.parts.clock().at)
                return self._ordering.reply(token, order, body, keyed)
            except (LedgerTrouble, Unreadable, ConnectionError) as why:
                raise _not_now(why) from None

        status, told = await self._desk.aside(done)
        return Response(told, status, media_type=JSON if status < 400 else problems.MEDIA)  # noqa: PLR2004 - what is no problem


def _not_now(why: Exception) -> Said:
    log.warning("the API could not answer", why=str(why))
    return Said(
        Trouble.NOT_NOW, "the ledger cannot be read or written now", "Ask again", headers=_LATER
    )
