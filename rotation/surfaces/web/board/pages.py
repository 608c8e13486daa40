"""The addresses of the pages: what each asks of the ledger, and what is said where it can't."""

import asyncio
import re
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from rotation.core.holds import Hold
from rotation.core.roster import GroupId, Mode, PersonId
from rotation.ledger import LedgerTrouble, Unreadable
from rotation.surfaces.adoption import adoption_of
from rotation.surfaces.foresight import drips
from rotation.surfaces.sight import Sight
from rotation.surfaces.web.board import acting, drawing, roster_pages
from rotation.surfaces.web.board.access import access
from rotation.surfaces.web.board.calendars import Calendars
from rotation.surfaces.web.board.changes import changes
from rotation.surfaces.web.board.desk import Desk
from rotation.surfaces.web.board.door import WHO
from rotation.surfaces.web.board.gaps import Gaps, Looked
from rotation.surfaces.web.board.gaps import file_of as gaps_file
from rotation.surfaces.web.board.gaps import page as gaps_page
from rotation.surfaces.web.board.heat import LEVELS
from rotation.surfaces.web.board.history import KINDS, history
from rotation.surfaces.web.board.live import Watchers
from rotation.surfaces.web.board.people import personal
from rotation.surfaces.web.board.review import FILES, file_of, review
from rotation.surfaces.web.board.room import whole
from rotation.surfaces.web.board.rooms import of_hold, rooms
from rotation.surfaces.web.board.week import PATTERNS, week
from rotation.surfaces.web.board.workload import MOST as MOST_LOADS
from rotation.surfaces.web.board.workload import file_of as workload_file
from rotation.surfaces.web.board.workload import workload

log = structlog.get_logger("rotation.web")

_Made: TypeAlias = Callable[[Sight, Request], Response]
_Answer: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response]]
TROUBLE = (LedgerTrouble, Unreadable, ConnectionError)
_MOST = 200
"""Signs of a question that are read; longer ones make no sense anyway."""


def routes(desk: Desk, closing: asyncio.Event) -> list[Route]:
    """Every page, and what it is dressed in; other addresses get a page that says so."""
    watchers = Watchers(desk, closing)

    async def static(request: Request) -> Response:
        return drawing.static(request.path_params["digest"], request.path_params["name"])

    async def live(_request: Request) -> Response:
        return watchers.stream()

    named, gaps = (
        urlsplit(desk.parts.settings.web.url or "").netloc,
        _gaps(Gaps(drips(desk.parts.settings))),
    )
    return [
        Route("/static/{digest}/{name}", static),
        Route("/live", live),
        *(Route(path, _file(desk, kind)) for path, kind in FILES.items()),
        Route("/calendar/{of}/{name}", _made_of(desk, Calendars().answer)),
        *(Route(path, _made_of(desk, gaps)) for path in ("/gaps", "/gaps.csv")),
        *roster_pages.routes(desk, named, _or_trouble),
        *acting.routes(desk, named),
        *(Route(path, _made_of(desk, make)) for path, make in _PAGES.items()),
    ]


def _made_of(desk: Desk, make: _Made) -> _Answer:
    """A page made of one look at the ledger; a plain word where there is none to look at."""

    async def answer(request: Request) -> Response:
        if WHO not in request.scope:  # an address that is open, with nothing there
            return PlainTextResponse("there is nothing here\n", 404)

        def look() -> Response:
            with desk.look() as sight:
                return make(sight, request)

        return await desk.aside(lambda: _or_trouble(look))

    return answer


def _or_trouble(make: Callable[[], Response]) -> Response:
    try:
        return make()
    except TROUBLE as trouble:
        return _not_now(trouble)


def _file(desk: Desk, kind: str) -> _Answer:
    """What a review finds in all groups, as a file."""

    async def answer(request: Request) -> Response:
        try:
            return await file_of(desk, kind, _find(request))
        except TROUBLE as trouble:
            return await desk.aside(partial(_not_now, trouble))

    return answer


def _not_now(trouble: Exception) -> Response:
    log.warning("a page could not be made", why=str(trouble))
    return drawing.drawn("trouble.html", 503, title="Not now", here="", who="")


def _drawn(
    sight: Sight,
    request: Request,
    template: str,
    title: str,
    **values: object,
) -> Response:
    status = 404 if template == "missing.html" else 200
    return drawing.framed(sight, request, template, status, title=title, **values)


def _query(request: Request) -> dict[str, str]:
    return {key: value[:_MOST] for key, value in request.query_params.items()}


def _find(request: Request) -> str:
    return _query(request).get("find", "").strip()


def _page(request: Request) -> int:
    number = _query(request).get("page", "1")
    return int(number) if re.fullmatch(r"\d{1,5}", number, re.ASCII) else 1


def _rooms(sight: Sight, request: Request) -> Response:
    find = _find(request)
    found = rooms(sight, find, _page(request))
    return _drawn(sight, request, "rooms.html", "Groups", it=found, find=find)


def _room(sight: Sight, request: Request) -> Response:
    group = GroupId(request.path_params["group"])
    if group not in sight.roster.groups:
        return _no_group(sight, request, group)
    return _drawn(sight, request, "room.html", group, it=whole(sight, group))


def _no_group(sight: Sight, request: Request, group: str) -> Response:
    what = f"There is no group “{group[:_MOST]}” in the roster in force."
    return _drawn(sight, request, "missing.html", "Not here", what=what)


def _adopt(sight: Sight, request: Request) -> Response:
    group = GroupId(request.path_params["group"])
    if group not in sight.roster.groups:
        return _no_group(sight, request, group)
    found = adoption_of(sight, group)
    return _drawn(sight, request, "adopt.html", f"Adopting {group}", it=found)


def _access(sight: Sight, request: Request) -> Response:
    group = GroupId(request.path_params["group"])
    if group not in sight.roster.groups and group not in sight.books.groups.accounts():
        return _no_group(sight, request, group)
    it = access(sight, group, _query(request))
    return _drawn(sight, request, "access.html", f"Access to {group}", it=it)


def _person(sight: Sight, request: Request) -> Response:
    person = PersonId(request.path_params["person"])
    found = personal(sight, person)
    if found is None:
        what = f"Nobody is known as “{person[:_MOST]}”."
        return _drawn(sight, request, "missing.html", "Not here", what=what)
    return _drawn(sight, request, "person.html", found.name, it=found)


def _holds(sight: Sight, request: Request) -> Response:
    name = sight.namer()
    open_ = [h for h in sight.books.holds.in_force() if h.item.hold is not Hold.MODE]
    held = [sight.held(hold, name) for hold in open_]
    return _drawn(
        sight,
        request,
        "holds.html",
        "Holds",
        needs=[(one, of_hold(one, sight.now)) for one in held if one.needs_person],
        waits=[(one, of_hold(one, sight.now)) for one in held if not one.needs_person],
        watched=[g.id for g in sight.roster.groups.values() if g.mode is Mode.WATCH],
    )


def _history(sight: Sight, request: Request) -> Response:
    it = history(sight, _query(request))
    return _drawn(sight, request, "history.html", "History", it=it, kinds=KINDS)


def _review(sight: Sight, request: Request) -> Response:
    find = _find(request)
    it = review(sight, find, _page(request))
    return _drawn(sight, request, "review.html", "Review", it=it, find=find)


def _week(sight: Sight, request: Request) -> Response:
    it = week(sight, _query(request))
    return _drawn(sight, request, "week.html", it.title, it=it, patterns=range(PATTERNS))


def _workload(sight: Sight, request: Request) -> Response:
    it = workload(sight, _query(request))
    if request.scope["path"].endswith(".csv"):
        return workload_file(it)
    return _drawn(sight, request, "workload.html", "Workload", it=it, most=MOST_LOADS)


def _changes(sight: Sight, request: Request) -> Response:
    it = changes(sight, _query(request))
    return _drawn(sight, request, "changes.html", "Changes of duty", it=it)


def _gaps(known: Gaps) -> _Made:
    def made(sight: Sight, request: Request) -> Response:
        found: Looked = known.looked(sight, _query(request))
        if request.scope["path"].endswith(".csv"):
            return gaps_file(found)
        return _drawn(sight, request, "gaps.html", "Gaps", it=gaps_page(found), levels=LEVELS)

    return made


def _nothing(sight: Sight, request: Request) -> Response:
    what = "There is no such page."
    return _drawn(sight, request, "missing.html", "Not here", what=what)


_PAGES: Mapping[str, _Made] = {
    "/": _rooms,
    "/groups/{group}": _room,
    "/groups/{group}/adopt": _adopt,
    "/groups/{group}/access": _access,
    "/people/{person}": _person,
    "/holds": _holds,
    "/history": _history,
    "/review": _review,
    "/week": _week,
    "/workload": _workload,
    "/workload.csv": _workload,
    "/changes": _changes,
    "/{rest:path}": _nothing,
}
