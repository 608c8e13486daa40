"""Orders from the board: a form, the plan it makes, a yes, and a page that shows it carried out.

Nothing is kept between these but what stands in the forms themselves. Whoever may not act gets 403,
whatever they send.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from rotation.core.roster import GroupId, PersonId
from rotation.ledger import LedgerTrouble, Unreadable
from rotation.surfaces.orders import (
    ORDERS,
    AnyOrder,
    Changed,
    Made,
    NotAllowed,
    Problem,
    Refused,
    Weighed,
    Wrong,
    perform,
    require_allowed,
    wish_of,
)
from rotation.surfaces.orders.registry import PAGELESS
from rotation.surfaces.sight import Sight
from rotation.surfaces.web.board import drawing
from rotation.surfaces.web.board.actors import Actor, actor
from rotation.surfaces.web.board.controls import asked_of
from rotation.surfaces.web.board.desk import Desk
from rotation.surfaces.web.board.filled import FORM, Filled, one, read
from rotation.surfaces.web.board.forms import form_of
from rotation.surfaces.web.board.people import personal
from rotation.surfaces.web.board.receipts import Receipt, Receipts
from rotation.surfaces.web.board.rooms import Card, card, seen_room

log = structlog.get_logger("rotation.web")

MOST_BODY = 1 << 16
_OURS = (FORM, "step", "agreed", "reason", "meant")
_MOST_ROOMS = 6
_STALE = "This page was made before you signed in, or elsewhere. Try again."
_MEANT = frozenset({"wipe", "close"})
"""What takes a second yes: it cannot be taken back once it is done."""
_NOT_KEPT = (
    "What was said here is not kept any more. What was done stands in the history, and what can be"
    " undone on the page of its group or person, or under Changes."
)
TROUBLE = (LedgerTrouble, Unreadable, ConnectionError)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request about an order, by somebody who may give it."""

    order: AnyOrder
    actor: Actor
    given: Filled

    @property
    def reason(self) -> str:
        return one(self.given, "reason")

    def kept(self) -> list[tuple[str, str]]:
        """What the next form carries on, hidden."""
        return [(k, v) for k, values in self.given.items() if k not in _OURS for v in values]


def routes(desk: Desk, named: str) -> list[Route]:
    """Every address of orders. `named` is how the world calls us."""
    hands = Hands(desk, named)
    return [
        Route("/orders/{name}", hands.form),
        Route("/orders/{name}", hands.sent, methods=["POST"]),
        Route("/done/{receipt}", hands.done),
    ]


class Hands:
    """Answers for the pages of orders. `named` is how the world calls this place."""

    def __init__(self, desk: Desk, named: str) -> None:
        self._desk = desk
        self._named = named
        self._receipts = Receipts()

    async def form(self, request: Request) -> Response:
        given = {name: request.query_params.getlist(name) for name in request.query_params}
        return await self._aside(lambda: self._form(request, given))

    async def sent(self, request: Request) -> Response:
        given = await read(request, MOST_BODY)
        return await self._aside(lambda: self._sent(request, given))

    async def done(self, request: Request) -> Response:
        return await self._aside(lambda: self._shown(request))

    async def _aside(self, answer: Callable[[], Response]) -> Response:
        try:
            return await self._desk.aside(answer)
        except TROUBLE as trouble:
            log.warning("a page could not be made", why=str(trouble))
            return await self._desk.aside(
                lambda: drawing.drawn("trouble.html", 503, title="Not now", here="", who="")
            )

    # -- a form, and what it brings ----------------------------------------------------------

    def _form(self, request: Request, given: Filled) -> Response:
        order, who = _order(request), actor(request)
        with self._desk.look() as sight:
            if order is None:
                return _missing(sight, request, "There is no such order.")
            if who is None or not who.may(order.needs):
                return _may_not(sight, request, order, who)
            return self._drawn_form(sight, request, _Asked(order, who, given))

    def _sent(self, request: Request, given: Filled) -> Response:
        order, who = _order(request), actor(request)
        if order is None or who is None:
            return self._form(request, {})
        if not who.sent(given, request, self._named):
            return PlainTextResponse(f"{_STALE}\n", 403)
        wait = self._desk.pace.wait(who.token)
        return drawing.too_often(wait) if wait else self._taken(request, _Asked(order, who, given))

    def _taken(self, request: Request, asked: _Asked) -> Response:
        may = asked.actor.may(asked.order.needs)
        if not may and one(asked.given, "step") != "do":
            return self._form(request, {})
        try:
            return self._step(request, asked)
        except NotAllowed as no:
            with self._desk.look() as sight:
                return _may_not(sight, request, asked.order, asked.actor, no)
        except Wrong as wrong:
            return self._again(request, asked, wrong) if may else self._form(request, {})

    def _step(self, request: Request, asked: _Asked) -> Response:
        step = one(asked.given, "step")
        if step == "edit":
            return self._again(request, asked, None)
        told = {name: values for name, values in asked.given.items() if name not in _OURS}
        wish = wish_of(asked.order, asked_of(asked.order, told))
        return self._do(request, asked, wish) if step == "do" else self._plan(request, asked, wish)

    def _again(self, request: Request, asked: _Asked, wrong: Wrong | None) -> Response:
        with self._desk.look() as sight:
            return self._drawn_form(sight, request, asked, wrong)

    def _drawn_form(
        self, sight: Sight, request: Request, asked: _Asked, wrong: Wrong | None = None
    ) -> Response:
        try:
            it = form_of(sight, asked.order, asked.given)
        except Wrong as unknown:
            return _missing(sight, request, _said(unknown))
        told = "" if wrong is None else _said(wrong)
        return drawing.framed(
            sight, request, "order.html", 400 if wrong else 200, title=it.title, it=it, wrong=told,
            order=asked.order,
        )  # fmt: skip

    # -- the plan, and doing it ---------------------------------------------------------------

    def _plan(
        self, request: Request, asked: _Asked, wish: object, changed: str = "", status: int = 200
    ) -> Response:
        by = asked.actor.by(asked.reason)
        with self._desk.look() as sight:
            found = asked.order.weigh(self._desk.counter, sight, wish)
            require_allowed(asked.order, found, by, sight.roster)
            return _drawn_plan(sight, request, asked, found, found.problems, changed, status)

    def _do(self, request: Request, asked: _Asked, wish: object) -> Response:
        order, by = asked.order, asked.actor.by(asked.reason)
        if order.name in _MEANT and one(asked.given, "meant") != "yes":
            return self._plan(request, asked, wish, "Say that it is meant, below.", 400)
        try:
            made = perform(self._desk.counter, order, wish, by, one(asked.given, "agreed"))
        except Changed as no:
            return self._plan(request, asked, wish, f"{_said(no)}. This is the plan now.", 409)
        except Refused as no:
            with self._desk.look() as sight:
                return _drawn_refusal(sight, request, asked, no.problems)
        receipt = Receipt(order.title, made, self._desk.parts.clock().at, by.author, by.reason)
        return RedirectResponse(f"/done/{self._receipts.keep(receipt)}", 303)

    # -- what became of it ---------------------------------------------------------------------

    def _shown(self, request: Request) -> Response:
        with self._desk.look() as sight:
            receipt = self._receipts.get(sight, request.path_params["receipt"])
            if receipt is None:
                return _missing(sight, request, _NOT_KEPT)
            made, who = receipt.made, actor(request)
            undo = made.undo
            if undo is not None and (who is None or not who.may(ORDERS[undo.order].needs)):
                undo = None
            rooms = tuple(_cards(sight, made.groups[:_MOST_ROOMS]))
            wiped = personal(sight, PersonId(made.people[0])) if _is_wipe(receipt) else None
            return drawing.framed(
                sight, request, "done.html", 200, title=receipt.title, it=receipt, undo=undo,
                rooms=rooms, others=made.groups[_MOST_ROOMS:], wiped=wiped,
            )  # fmt: skip


def _is_wipe(receipt: Receipt) -> bool:
    return bool(receipt.made.people) and not receipt.made.groups


def _cards(sight: Sight, groups: Iterable[GroupId]) -> Iterable[Card]:
    for group in groups:
        if group in sight.roster.groups:
            room, words = seen_room(sight, group)
            yield card(sight, room, words)


def _order(request: Request) -> AnyOrder | None:
    name = request.path_params["name"]
    return None if name in PAGELESS else ORDERS.get(name)


def _said(wrong: Wrong) -> str:
    return f"{wrong.what}. {wrong.fix}" if wrong.fix else wrong.what


def _drawn_plan(  # noqa: PLR0913, PLR0917 - what a plan is drawn from
    sight: Sight,
    request: Request,
    asked: _Asked,
    found: Weighed,
    problems: Iterable[Problem],
    changed: str,
    status: int,
) -> Response:
    return drawing.framed(
        sight, request, "plan.html", status, title=asked.order.title, order=asked.order, it=found,
        problems=tuple(problems), kept=asked.kept(), reason=asked.reason, changed=changed,
        meant=asked.order.name in _MEANT, agreed=found.gist,
    )  # fmt: skip


def _drawn_refusal(
    sight: Sight, request: Request, asked: _Asked, problems: Iterable[Problem]
) -> Response:
    nothing = Weighed(said=(), write=_never)
    return _drawn_plan(sight, request, asked, nothing, problems, "", 409)


def _never(_by: object) -> Made:
    raise RuntimeError("there is nothing to write")


def _missing(sight: Sight, request: Request, what: str) -> Response:
    return drawing.framed(sight, request, "missing.html", 404, title="Not here", what=what)


def _may_not(
    sight: Sight, request: Request, order: AnyOrder, who: Actor | None, no: Wrong | None = None
) -> Response:
    if no is not None:
        what = _said(no)
    elif who is None:
        what = "To act, sign in with a token that has the role for it."
    else:
        what = f"{order.title} takes the role {order.needs}, and {who.name} is a {who.rights}."
    return drawing.framed(
        sight, request, "may-not.html", 403, title="Not allowed", what=what, signs_in=who is None
    )
