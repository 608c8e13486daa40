"""What deserves a look, as a page that prints, and as files of all there is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from io import StringIO
from itertools import groupby

from starlette.responses import Response

from rotation.core.roster import GroupId
from rotation.engine.review import TO_DO, Look
from rotation.surfaces.data import json_of, write_csv
from rotation.surfaces.review import COLUMNS, TITLES, Shown, as_cells, as_object, by_urgency, shown
from rotation.surfaces.sight import Sight
from rotation.surfaces.web.board.desk import Desk

PER_PAGE = 100
"""Groups that a page is made of, and that are looked at in one go for a file."""
MOST = 100
"""Lines of a kind that a page shows; files have all of them."""
_OF_GROUPS = (Look.UNCOVERED, Look.NOT_ADMIN)
FILES = {"/review.csv": "csv", "/review.json": "json"}
_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


@dataclass(frozen=True, slots=True)
class Line:
    """One finding, and how long it has been so."""

    it: Shown
    lasting: timedelta | None


@dataclass(frozen=True, slots=True)
class Part:
    """Everything of one kind, of people or of groups. `others`: of the lines that are left out."""

    look: Look
    title: str
    count: int
    to_do: str
    people: bool
    lines: tuple[Line, ...]
    others: int


@dataclass(frozen=True, slots=True)
class Review:
    """The page. `groups` were looked at on it, of `found` by that name and `total` in all."""

    parts: tuple[Part, ...]
    groups: int
    found: int
    total: int
    page: int
    pages: int


def review(sight: Sight, find: str, page: int) -> Review:
    found = _named(sight, find)
    pages = max(1, -(-len(found) // PER_PAGE))
    page = min(max(1, page), pages)
    some = found[(page - 1) * PER_PAGE : page * PER_PAGE]
    parts = tuple(_parts(shown(sight, some), sight.now))
    return Review(parts, len(some), len(found), len(sight.roster.groups), page, pages)


def _named(sight: Sight, find: str) -> list[GroupId]:
    return [g for g in sorted(sight.roster.groups) if find.casefold() in g.casefold()]


def _parts(found: Iterable[Shown], now: datetime) -> Iterator[Part]:
    for look, some in groupby(found, key=lambda one: one.look):
        these = list(some)
        yield Part(
            look=look,
            title=TITLES[look],
            count=sum(one.count for one in these),
            to_do=TO_DO[look],
            people=look not in _OF_GROUPS,
            lines=tuple(_line(one, now) for one in these[:MOST]),
            others=sum(one.count for one in these[MOST:]),
        )


def _line(one: Shown, now: datetime) -> Line:
    return Line(one, None if one.since is None else max(now - one.since, timedelta(0)))


async def file_of(desk: Desk, kind: str, find: str) -> Response:
    """All that is found, a few groups at a time, so that pages get their turn in between.

    Raises LedgerTrouble, Unreadable; ConnectionError for a sandbox's clock.
    """

    def begin() -> tuple[datetime, str, list[GroupId]]:
        with desk.look() as sight:
            return sight.now, sight.digest, _named(sight, find)

    def some_of(names: Sequence[GroupId]) -> list[Shown]:
        with desk.look() as sight:
            return shown(sight, (name for name in names if name in sight.roster.groups))

    now, digest, names = await desk.aside(begin)
    found: list[Shown] = []
    for start in range(0, len(names), PER_PAGE):
        found += await desk.aside(partial(some_of, names[start : start + PER_PAGE]))
    return await desk.aside(partial(_written, by_urgency(found), kind, now, digest))


def _written(found: list[Shown], kind: str, now: datetime, digest: str) -> Response:
    name = f"review-{now:%Y-%m-%d}.{kind}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    if kind == "json":
        text = json_of(as_object(found, now, digest)) + "\n"
    else:
        cells = StringIO()
        write_csv(cells, COLUMNS, as_cells(found))
        text = cells.getvalue()
    return Response(text, media_type=_TYPES[kind], headers=headers)
