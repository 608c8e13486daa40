"""Which time-zone data this process believes, and which zone names it takes.

Servers keep zone data for years, and a rule that changed in between is silently an hour wrong. So
the newer of the system's data and the `tzdata` package is put in force, and both are shown.
"""

import re
import zoneinfo
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from rotation.core.timeline import forget_zones

_VERSION = re.compile(r"\b(\d{4})([a-z]*)\b")
_UPDATED = re.compile(r"^#updated (\d+)", re.MULTILINE)


class Source(StrEnum):
    """Where the zone data in force comes from."""

    PACKAGE = "tzdata package"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class ZoneData:
    """The zone data in force and what it was chosen from. A version is an IANA one, like `2026f`.

    A version is None where there is no such data, or where it does not say which it is.
    `updated` is when its list of leap seconds was last renewed; the data is not older than that.
    """

    version: str
    source: Source
    package_version: str | None
    system_version: str | None
    updated: date | None

    def days_old(self, today: date) -> int | None:
        """At most this many days old; None if the data does not say."""
        return None if self.updated is None else (today - self.updated).days


def use_newest() -> ZoneData:
    """Put the newer of the package and the system's data in force for the whole process.

    Called once, by the program's start; calling it again reads both anew. Data of unknown version
    loses against data that names its version. Raises LookupError if there is none at all.
    """
    zoneinfo.reset_tzpath()
    chosen = newest(_package(), [Path(p) for p in zoneinfo.TZPATH])
    if chosen.source is Source.PACKAGE:
        zoneinfo.reset_tzpath(to=())
    zoneinfo.ZoneInfo.clear_cache()
    forget_zones()
    return chosen


def newest(package: Path | None, system: Sequence[Path]) -> ZoneData:
    """Which of these folders of zone data is the newest. Equal versions: the package's."""
    home = _home(system)
    if package is None and home is None:
        raise LookupError("no time-zone data: install the `tzdata` package")
    ours = _version(package)
    theirs = _version(home)
    use_system = home is not None and (package is None or _age(theirs) > _age(ours))
    folder = home if use_system else package
    return ZoneData(
        version=(theirs if use_system else ours) or "unknown",
        source=Source.SYSTEM if use_system else Source.PACKAGE,
        package_version=ours,
        system_version=theirs,
        updated=_updated(folder),
    )


def differing(
    zones: Iterable[str],
    since: datetime,
    until: datetime,
    *,
    package: Path | None = None,
    system: Path | None = None,
) -> tuple[str, ...]:
    """Those of `zones` that the package and the system read differently in this time.

    Compared hour by hour; a zone that only one of them has differs. Empty if there is only one.
    The folders are the installed ones unless others are given.
    """
    ours = package or _package()
    theirs = _home([system] if system else _system_folders())
    if ours is None or theirs is None:
        return ()
    return tuple(
        zone
        for zone in zones
        if _offsets(ours, zone, since, until) != _offsets(theirs, zone, since, until)
    )


def canonical(zone: str) -> str:
    """The present name of a zone that was renamed; any other name as it is."""
    if zone in _UTC_NAMES:
        return "UTC"
    return zone if zone in _places() else _links().get(zone, zone)


def why_not(zone: str) -> str | None:
    """Why `zone` is no zone to keep hours in, with what to write instead; None if it is one."""
    if zone in _UTC_NAMES:
        return None
    if found := re.fullmatch(r"(?:Etc/)?(?:UTC|GMT)([+-])(\d{1,2})(?::?\d\d)?", zone):
        return _offset_refused(zone, *found.groups())
    if zone.upper() in _ABBREVIATIONS:
        places = ", ".join(_ABBREVIATIONS[zone.upper()])
        return f"`{zone}` is an abbreviation, not a place with clock rules. Write one of: {places}"
    if zone == "Factory" or zone.startswith(("Etc/", "posix", "right/", "local", "System")):
        return f"`{zone}` is not a place. Write the zone of a city, like Europe/Lisbon"
    if zone in _places() or zone in _links():
        return None
    return f"`{zone}` is not a time zone. {_suggested(zone)}"


def _offset_refused(zone: str, sign: str, hours: str) -> str:
    meant = ""
    if zone.startswith("Etc/"):
        turned = "-" if sign == "+" else "+"
        meant = f" (and it means UTC{turned}{int(hours)}: its sign is the other way round)"
    return (
        f"`{zone}` is a fixed offset{meant}, which knows no summer time. "
        "Write the zone of a city, like Europe/Lisbon, or UTC"
    )


def _suggested(zone: str) -> str:
    wanted = zone.strip().replace(" ", "_").casefold()
    full = {name.casefold(): name for name in (*_links(), *_places())}
    cities: dict[str, list[str]] = {}
    for name in sorted(_places()):
        cities.setdefault(name.rpartition("/")[2].casefold(), []).append(name)
    if wanted in full:
        found = [full[wanted]]
    else:
        city = wanted.rpartition("/")[2]
        found = cities.get(city, [])
        found = found or [full[n] for n in get_close_matches(wanted, full, n=3, cutoff=0.75)]
        found = found or [c for n in get_close_matches(city, cities, cutoff=0.8) for c in cities[n]]
    if not found:
        return "Write the zone of a city, like Europe/Lisbon or Asia/Tokyo"
    return f"Did you mean {' or '.join(found[:3])}?"


@cache
def _places() -> frozenset[str]:
    """The names that stand for a place today: those of the table that maps countries to zones."""
    lines = _text("zone.tab").splitlines() or _text("zone1970.tab").splitlines()
    names = (line.split("\t")[2].strip() for line in lines if line and line[0] != "#")
    return frozenset(names) or frozenset(zoneinfo.available_timezones())


@cache
def _links() -> dict[str, str]:
    """Former and second names, each with the name it stands for. Only those that end at a place."""
    links = dict(_pairs(_text("tzdata.zi")))
    found: dict[str, str] = {}
    for name in links:
        target = name
        while target in links and target not in _places():
            target = links[target]
        if target in _places() and target != name:
            found[name] = target
    return found


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        if line.startswith("L "):
            _, target, name = line.split()
            yield name, target


def _text(name: str) -> str:
    """A table of the zone data; names are taken from the package's, which is never missing one."""
    for folder in (_package(), *_system_folders()):
        if folder is not None and (folder / name).is_file():
            return (folder / name).read_text(encoding="utf-8", errors="replace")
    return ""


def _package() -> Path | None:
    found = find_spec("tzdata")
    home = found.submodule_search_locations if found else None
    return Path(home[0]) / "zoneinfo" if home else None


def _system_folders() -> list[Path]:
    in_force = zoneinfo.TZPATH
    if in_force:
        return [Path(p) for p in in_force]
    # use_newest may have emptied the search path: look where it would have looked.
    zoneinfo.reset_tzpath()
    try:
        return [Path(p) for p in zoneinfo.TZPATH]
    finally:
        zoneinfo.reset_tzpath(to=in_force)


def _home(folders: Iterable[Path]) -> Path | None:
    """The first of the folders that has zone data in it."""
    return next((folder for folder in folders if (folder / "UTC").exists()), None)


def _version(folder: Path | None) -> str | None:
    """What the data says of itself: in `+VERSION`, or in the first line of `tzdata.zi`."""
    if folder is None:
        return None
    for name in ("+VERSION", "tzdata.zi"):
        try:
            with (folder / name).open(encoding="utf-8", errors="replace") as file:
                found = _VERSION.search(file.readline(200))
        except OSError:
            continue
        if found:
            return found[0]
    return None


def _age(version: str | None) -> tuple[int, int, str]:
    found = _VERSION.search(version or "")
    return (int(found[1]), len(found[2]), found[2]) if found else (0, 0, "")


def _updated(folder: Path | None) -> date | None:
    try:
        text = (folder / "leapseconds").read_text(encoding="utf-8") if folder else ""
    except (OSError, ValueError):
        return None
    found = _UPDATED.search(text)
    return datetime.fromtimestamp(int(found[1]), UTC).date() if found else None


def _offsets(
    folder: Path, zone: str, since: datetime, until: datetime
) -> list[timedelta | None] | None:
    try:
        with (folder / zone).open("rb") as file:
            clock = zoneinfo.ZoneInfo.from_file(file, key=zone)
    except (OSError, ValueError):
        return None
    hours = int((until - since) / timedelta(hours=1))
    return [(since + timedelta(hours=n)).astimezone(clock).utcoffset() for n in range(hours)]


_UTC_NAMES = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu", "Universal"})
_ABBREVIATIONS = {
    "GMT": ("Europe/London", "UTC"),
    "BST": ("Europe/London", "Asia/Dhaka"),
    "WET": ("Europe/Lisbon", "Atlantic/Canary"),
    "CET": ("Europe/Berlin", "Europe/Paris", "Africa/Algiers"),
    "CEST": ("Europe/Berlin", "Europe/Paris"),
    "MET": ("Europe/Berlin",),
    "EET": ("Europe/Athens", "Europe/Helsinki"),
    "MSK": ("Europe/Moscow",),
    "IST": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "PKT": ("Asia/Karachi",),
    "SGT": ("Asia/Singapore",),
    "JST": ("Asia/Tokyo",),
    "AEST": ("Australia/Sydney", "Australia/Brisbane"),
    "AEDT": ("Australia/Sydney",),
    "EST": ("America/New_York", "America/Panama (no summer time)"),
    "EDT": ("America/New_York",),
    "EST5EDT": ("America/New_York",),
    "CST": ("America/Chicago", "Asia/Shanghai", "America/Havana"),
    "CDT": ("America/Chicago",),
    "CST6CDT": ("America/Chicago",),
    "MST": ("America/Denver", "America/Phoenix (no summer time)"),
    "MDT": ("America/Denver",),
    "MST7MDT": ("America/Denver",),
    "PST": ("America/Los_Angeles", "Asia/Manila"),
    "PDT": ("America/Los_Angeles",),
    "PST8PDT": ("America/Los_Angeles",),
    "HST": ("Pacific/Honolulu",),
    "BRT": ("America/Sao_Paulo",),
}
