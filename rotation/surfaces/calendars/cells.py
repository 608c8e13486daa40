"""A calendar as rows for a spreadsheet: each span once, so that hours can be summed."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from rotation.surfaces.calendars.entries import Calendar, said
from rotation.surfaces.data import instant

COLUMNS = (
    "starts", "ends", "starts_local", "ends_local", "zone", "hours",
    "shift", "occurrence", "person", "name", "groups",
)  # fmt: skip


def rows(calendar: Calendar) -> Iterator[tuple[object, ...]]:
    for entry in calendar.entries:
        span, there = entry.span, ZoneInfo(entry.zone)
        both = (span.starts, span.ends)
        yield (
            *map(instant, both),
            *(at.astimezone(there).isoformat(timespec="minutes") for at in both),
            entry.zone,
            round((span.ends - span.starts).total_seconds() / 3600, 2),
            *map(said, (span.shift, span.key, span.person)),
            entry.name,
            " ".join(map(said, entry.groups)),
        )
