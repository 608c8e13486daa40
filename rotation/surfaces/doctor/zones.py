"""The time-zone data: how old it is, and whether this machine's other programs read it alike."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from rotation.core.roster import Roster
from rotation.surfaces.doctor.check import Check, ok, warn
from rotation.zone_data import ZoneData, differing

OLD = 60
"""Days. Releases come a few times a year, often weeks before a rule changes."""
_AHEAD = timedelta(days=400)


def zones(data: ZoneData, roster: Roster | None, now: datetime) -> Iterator[Check]:
    """Look at the zone data in force, and at the zones of `roster` over the next 400 days."""
    yield _age(data, now)
    if roster is None:
        return
    named = {shift.zone for shift in roster.shifts.values()}
    named |= {c.zone for group in roster.groups.values() for c in group.policy.closed}
    named |= {person.zone for person in roster.people.values() if person.zone is not None}
    apart = differing(sorted(named), now, now + _AHEAD)
    if apart:
        versions = f"{data.package_version} (package) and {data.system_version} (system)"
        found = f"{', '.join(apart)}: {versions} differ within 400 days; {data.version} counts"
        yield warn("zones", found, "update the system's tzdata, so that other programs agree")
    elif named:
        yield ok("zones", f"{len(named)} in use, read alike by the package and the system")


def _age(data: ZoneData, now: datetime) -> Check:
    days = data.days_old(now.date())
    package, system = data.package_version or "none", data.system_version or "none"
    found = f"{data.version} from the {data.source} (package {package}, system {system})"
    if days is None:
        return ok("zone data", f"{found}; it does not say how old it is")
    if days > OLD:
        how = "see whether a newer tzdata package is out; install it, then restart the daemon"
        return warn("zone data", f"{found}, up to {days} days old", how)
    return ok("zone data", f"{found}, at most {max(days, 0)} days old")
