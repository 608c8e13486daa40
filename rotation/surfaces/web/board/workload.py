"""How the work is shared out, as a page and as a file for a spreadsheet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO

from starlette.responses import Response

from rotation.core.timeline import instant, local_date
from rotation.core.workload import Load
from rotation.core.workload import workload as worked_out
from rotation.surfaces.data import write_csv
from rotation.surfaces.sight import Sight
from rotation.surfaces.web.board.dates import day_asked, zone_asked
from rotation.surfaces.workload import COLUMNS, cells

MOST = 400
"""People that a page lists; the file has all of them."""
MOST_WORK = 20_000
"""Dates of sets of shifts that are laid out for a page: a second or two."""
_FOUR_WEEKS, _DAY = timedelta(days=27), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Page:
    """`first` and `last` are whole days, by clocks in `zone`. `others`: people left out."""

    rows: tuple[tuple[object, ...], ...]
    others: int
    zone: str
    first: date
    last: date
    wrong: tuple[str, ...]


def workload(sight: Sight, query: Mapping[str, str]) -> Page:
    """What the query asks for: `from` and `until` (dates, the last one whole), and `zone`."""
    zone, no_zone = zone_asked(query.get("zone", "").strip(), "UTC")
    first, no_first = day_asked(query.get("from", "").strip())
    first = first or local_date(sight.now, zone)
    last, no_last = day_asked(query.get("until", "").strip())
    last = last or first + _FOUR_WEEKS
    loads, no_answer = _loads(sight, first, last, zone)
    rows = tuple(cells(sight.roster, loads))
    wrong = tuple(filter(None, (no_zone, no_first, no_last, no_answer)))
    return Page(rows, max(0, len(rows) - MOST), zone, first, last, wrong)


def _loads(sight: Sight, first: date, last: date, zone: str) -> tuple[list[Load], str]:
    if last < first:
        return [], "the days end before they begin"
    sets = {group.duty_of for group in sight.roster.groups.values()}
    if ((last - first).days + 1) * len(sets) > MOST_WORK:
        return [], "that is too much for a page; `rotation workload` answers it"
    since, until = instant(first, 0, zone), instant(last + _DAY, 0, zone)
    return worked_out(sight.timeline, since, until), ""


def file_of(page: Page) -> Response:
    text = StringIO()
    write_csv(text, COLUMNS, page.rows)
    name = f"workload-{page.first}-{page.last}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)
