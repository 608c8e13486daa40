"""The installation itself: versions, the roster in force, replicas, what deserves a look."""

import platform
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version

from rotation.core.facts import Moment
from rotation.core.roster import GroupId
from rotation.engine.review import Look
from rotation.ledger import head
from rotation.ledger.tables import Rights
from rotation.surfaces import doctor
from rotation.surfaces.answers.answer import Answer, Nothing, Told, cursor, groups_asked, limit
from rotation.surfaces.doctor import Check
from rotation.surfaces.naming import group_called
from rotation.surfaces.orders import Counter, Kind
from rotation.surfaces.orders.asking import asks
from rotation.surfaces.replicas import Standing, Works, sharing
from rotation.surfaces.replicas import as_object as as_object_of_replicas
from rotation.surfaces.review import Shown, as_object, shown
from rotation.surfaces.sight import Sight
from rotation.zone_data import ZoneData, use_newest

VERSION = "v1"
"""Of the API: what stands in its addresses."""


def _version(_counter: Counter, sight: Sight, _wish: Nothing) -> Told:
    data: ZoneData = use_newest()
    return {
        "api": VERSION, "rotation": version("rotation"), "python": platform.python_version(),
        "schema": head(), "zone_data": data.version, "at": sight.now,
    }  # fmt: skip


def _roster(_counter: Counter, sight: Sight, _wish: Nothing) -> Told:
    found, roster = sight.books.census.roster(), sight.roster
    return {
        "at": sight.now, "roster": sight.digest or None,
        "adopted_at": None if found is None else found[1],
        "people": len(roster.people), "shifts": len(roster.shifts), "groups": len(roster.groups),
        "changes": len(roster.changes),
        "teams": sorted({g.team for g in roster.groups.values() if g.team}),
    }  # fmt: skip


def _replicas(_counter: Counter, sight: Sight, _wish: Nothing) -> Told:
    return as_object_of_replicas(sharing(sight.books), sight.now, sight.digest)


@dataclass(frozen=True, slots=True)
class ReviewOf:
    group: str = asks("Only this group", Kind.GROUP, "")
    limit: int = limit()
    cursor: str = cursor()


def _review(_counter: Counter, sight: Sight, wish: ReviewOf) -> Told:
    names: list[GroupId] = []
    following = None
    if wish.group:
        names = [group_called(sight.roster, wish.group)]
    else:
        some, following = groups_asked(sight, "review", wish.cursor, wish.limit)
        names = list(some)
    return {**as_object(shown(sight, names), sight.now, sight.digest), "next": following}


def _doctor(counter: Counter, sight: Sight, _wish: Nothing) -> Told:
    """Everything that makes no call to a provider."""
    means = doctor.Means(lambda: Moment(counter.clock(), "api", 0.0), use_newest())
    checks = doctor.examine(counter.settings, means, accounts=())
    found = [asdict(one) for one in checks]
    return {"at": sight.now, "checks": found, "ok": all(c["level"] != "bad" for c in found)}


VERSIONS = Answer(
    "version", "Which rotation this is, and what it stands on", "/version", Nothing,
    {"api": str, "rotation": str, "python": str, "schema": str, "zone_data": str, "at": datetime},
    _version,
)  # fmt: skip
ROSTER = Answer(
    "roster", "The roster in force", "/roster", Nothing,
    {"at": datetime, "roster": str | None, "adopted_at": datetime | None, "people": int,
     "shifts": int, "groups": int, "changes": int, "teams": [str]}, _roster,
)  # fmt: skip
REPLICAS = Answer(
    "replicas", "Which daemons share the ledger, and who works on what", "/replicas", Nothing,
    {"at": datetime, "roster": str | None, "replicas": [Standing], "free": [str],
     "orphans": [Works]}, _replicas,
)  # fmt: skip
REVIEW = Answer(
    "review", "Strangers, the silent, and whatever else deserves a look", "/review", ReviewOf,
    {"at": datetime, "roster": str, "counts": {look.value: int for look in Look},
     "findings": [Shown], "next": str | None}, _review,
)  # fmt: skip
DOCTOR = Answer(
    "doctor", "All that rotation stands on, but for its providers", "/doctor", Nothing,
    {"at": datetime, "ok": bool, "checks": [Check]}, _doctor, Rights.OPERATOR,
)  # fmt: skip
