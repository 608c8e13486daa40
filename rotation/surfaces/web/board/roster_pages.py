"""The addresses of the roster page: what is shown, what forms bring, and what is saved.

Whatever is brought becomes one order, `roster` or `undo`, is shown as it was weighed, and performed
when somebody says yes to just that.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import NamedTuple, TypeAlias
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from rotation.roster_file import RosterErrors
from rotation.surfaces.editing import Shown
from rotation.surfaces.masking import bracketed, masked
from rotation.surfaces.orders import (
    ORDERS,
    AnyOrder,
    Changed,
    NotAllowed,
    Problem,
    Refused,
    Unknown,
    Weighed,
    Wrong,
    perform,
    require_allowed,
    wish_of,
)
from rotation.surfaces.orders.asking import LONGEST_EDIT
from rotation.surfaces.orders.roster import last_save, opened
from rotation.surfaces.roster_forms import Edit, Filled, Written, written
from rotation.surfaces.sight import Sight
from rotation.surfaces.web.board import drawing
from rotation.surfaces.web.board.actors import Actor, actor
from rotation.surfaces.web.board.desk import Desk
from rotation.surfaces.web.board.filled import one, read
from rotation.surfaces.web.board.roster import edit_of, overview
from rotation.surfaces.web.board.roster_boxes import form_of, paste_form

MOST_BODY = 3 * LONGEST_EDIT
"""Bytes of a form; what is pasted is written in it with up to three for each sign."""
_HOME = "/roster"
_ONCE_MORE = (
    "That did not come from this page, or the page is of another session. Look at it again."
)
_STATUS = {NotAllowed: 403, Unknown: 404, Changed: 409, Refused: 409}


Told: TypeAlias = str | tuple[str, ...]
"""What a field of a wish says."""


_BY_HAND = (("cover", "is ill: cover"), ("off", "time off"), ("swap", "swap a shift"))
"""Orders about a person that change no roster, and what they are for."""


class Last(NamedTuple):
    """The save that can be undone now."""

    name: str
    at: datetime
    what: str
    by: str
    why: str


class Asked(NamedTuple):
    """An order that a form means, and why it is probably asked for."""

    order: AnyOrder
    wish: Mapping[str, Told]
    reason: str = ""


def routes(
    desk: Desk, named: str, trouble: Callable[[Callable[[], Response]], Response]
) -> list[Route]:
    """Every address below /roster.

    `named` is how the world calls us; `trouble` runs what makes a page, and says so where the
    ledger cannot be read.
    """
    pages = _Pages(desk, named)

    def get(make: Callable[[Sight, Request], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            def look() -> Response:
                with desk.look() as sight:
                    return make(sight, request)

            return await desk.aside(lambda: trouble(lambda: _safe(desk, request, look)))

        return answer

    async def take(request: Request) -> Response:
        filled = await read(request, MOST_BODY)
        return await desk.aside(
            lambda: trouble(lambda: _safe(desk, request, lambda: pages.taken(request, filled)))
        )

    found = [
        Route(_HOME, get(pages.home)),
        Route(f"{_HOME}/save", take, methods=["POST"]),
        Route(f"{_HOME}/undo/{{name}}", get(pages.undo)),
    ]
    for path in (f"{_HOME}/{{section}}", f"{_HOME}/{{section}}/{{name}}"):
        found += [Route(path, get(pages.form)), Route(path, take, methods=["POST"])]
    return found


def _safe(desk: Desk, request: Request, make: Callable[[], Response]) -> Response:
    """What `make` makes, or a page that says what is wrong with what was asked for."""
    try:
        return make()
    except RosterErrors as errors:
        problems = tuple(Problem(masked(str(p))) for p in errors.problems)
        status = 409
    except Wrong as wrong:
        problems = _problems(wrong)
        status = _STATUS.get(type(wrong), 400)
    with desk.look() as sight:
        return drawing.framed(
            sight, request, "roster-look.html", status, title="Roster", problems=problems,
            heading="Not like this", already="",
        )  # fmt: skip


def _problems(wrong: Wrong) -> tuple[Problem, ...]:
    if isinstance(wrong, Refused):
        return wrong.problems
    return (Problem(masked(wrong.what), fix=masked(wrong.fix)),)


class _Pages:
    def __init__(self, desk: Desk, named: str) -> None:
        self._desk = desk
        self._named = named

    def _known(self) -> Written:
        return written(opened(self._desk.counter), self._desk.parts.clock().at)

    # -- shown ----------------------------------------------------------------------------

    def home(self, sight: Sight, request: Request) -> Response:
        find = request.query_params.get("find", "")[:200].strip()
        found = last_save(self._desk.counter, sight)
        last = None
        if found is not None:
            name, record = found
            what, why = (str(record.detail.get(key, "")) for key in ("what", "why"))
            by = bracketed(record.origin).removesuffix(" by hand")
            last = Last(name, record.at, what, by, why)
        it = overview(self._known(), find)
        return self._drawn(sight, request, "roster.html", "Roster", it=it, last=last)

    def form(self, sight: Sight, request: Request) -> Response:
        section = request.path_params["section"]
        name = request.path_params.get("name", "")
        like = request.query_params.get("like", "")[:80]
        known = self._known()
        it = paste_form(known) if section == "paste" else form_of(known, section, name, like)
        links = []
        if section == "people" and name:
            links += [(f"/orders/{o}?person={quote(name)}", said) for o, said in _BY_HAND]
        if section in {"people", "groups"} and name:
            links.append((f"/{section}/{quote(name)}", "how it is with them now"))
        if section == "groups" and name:
            links.append((f"{_HOME}/groups?like={quote(name)}", "a new group like this one"))
        return self._drawn(
            sight, request, "roster-form.html", it.title, it=it, like=like, wrong="",
            action=request.url.path, links=links,
        )  # fmt: skip

    def undo(self, sight: Sight, request: Request) -> Response:
        name = request.path_params["name"]
        asked = Asked(ORDERS["undo"], {"name": name}, f"{name} was not meant")
        return self._looked(sight, request, asked)

    def _drawn(
        self, sight: Sight, request: Request, template: str, title: str, **values: object
    ) -> Response:
        who = actor(request)
        acts = who is not None and who.may()
        why = (
            "Changing it takes a token with the role operator." if who else "Sign in to change it."
        )
        return drawing.framed(
            sight, request, template, 200, title=title, acts=acts, may_not=why,
            form="" if who is None else who.form, **values,
        )  # fmt: skip

    # -- taken ----------------------------------------------------------------------------

    def taken(self, request: Request, filled: Filled) -> Response:
        """What a form brings: looked at, or saved once somebody said yes."""
        who = actor(request)
        if who is None:
            return RedirectResponse(f"/sign-in?to={_HOME}", 303)
        if not who.sent(filled, request, self._named):
            raise NotAllowed(_ONCE_MORE)
        if wait := self._desk.pace.wait(who.token):
            return drawing.too_often(wait)
        if request.url.path == f"{_HOME}/save":
            return self._saved(who, filled)
        asked = self._asked(request, filled)
        with self._desk.look() as sight:
            return self._looked(sight, request, asked)

    def _asked(self, request: Request, filled: Filled) -> Asked:
        section = request.path_params["section"]
        name = request.path_params.get("name", "")
        if section == "paste":
            wish: dict[str, Told] = {key: one(filled, key) for key in ("table", "edit", "file")}
            return Asked(ORDERS["roster"], {**wish, "shifts": tuple(filled.get("shifts", ()))})
        edit = edit_of(self._known(), section, name, filled, one(filled, "like"))
        wish = {"edit": json.dumps(edit, ensure_ascii=False)} if edit else {}
        return Asked(ORDERS["roster"], wish, _why(edit, one(filled, "do"), one(filled, "name")))

    def _looked(self, sight: Sight, request: Request, asked: Asked) -> Response:
        who = actor(request)
        if who is None:
            return RedirectResponse(f"/sign-in?to={_HOME}", 303)
        if not asked.wish:
            return self._drawn(
                sight, request, "roster-look.html", "Nothing new", heading="Nothing new",
                problems=(), already="It stands in the files like that already.",
            )  # fmt: skip
        order = asked.order
        found = order.weigh(self._desk.counter, sight, wish_of(order, asked.wish))
        require_allowed(order, found, who.by(asked.reason or "to look at it"), sight.roster)
        return self._drawn(
            sight, request, "roster-look.html", "Look at it", heading=_heading(found),
            problems=found.problems, look=Shown.of(found.data.get("look")), said=found.said,
            wish=asked.wish, gist=found.gist, reason=asked.reason,
            already=" ".join(found.already.said) if found.already else "",
        )  # fmt: skip

    def _saved(self, who: Actor, filled: Filled) -> Response:
        name = one(filled, "name")
        order = ORDERS["undo" if name else "roster"]
        keys = ("name",) if name else ("edit", "table", "file")
        told: dict[str, Told] = {key: one(filled, key) for key in keys if one(filled, key)}
        if shifts := tuple(filled.get("shifts", ())):
            told["shifts"] = shifts
        wish = wish_of(order, told)
        by = who.by(one(filled, "reason"))
        perform(self._desk.counter, order, wish, by, one(filled, "agreed"))
        return RedirectResponse(_HOME, 303)


def _heading(found: Weighed) -> str:
    if found.problems:
        return "Not like this"
    return "Nothing new" if found.already else "What this would do"


def _why(edit: Edit, does: str, name: str) -> str:
    """A reason that fits, for somebody to change."""
    match does:
        case "leaves":
            return f"{', '.join(map(str, _names(edit)))} leaves"
        case "adopt":
            return "looked at while it was watched, and fits"
        case "out":
            return "not needed any more"
        case _:
            people = edit.get("people")
            new = isinstance(people, dict) and any(
                isinstance(entry, dict) and {"name", "phone"} <= entry.keys()
                for entry in people.values()
            )
            return f"{name} joins" if new and name else ""


def _names(edit: Edit) -> list[object]:
    found = edit.get("leaves")
    return [*found] if isinstance(found, list) else []
