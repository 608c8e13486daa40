"""What deserves a look, as it is shown: a command and a page say the same, numbers masked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from rotation.core.roster import GroupId, PersonId
from rotation.engine.review import TO_DO, Finding, Look, counted, review
from rotation.ledger import Unreadable
from rotation.surfaces.data import instant
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.sight import Sight

TITLES = {
    Look.PAST: "Past their time, and still in",
    Look.UNCOVERED: "Groups without cover",
    Look.NOT_ADMIN: "Groups in which we are no admin",
    Look.SILENT: "Silent",
    Look.STRANGER: "Strangers",
    Look.HIDDEN: "Known by a hidden id only",
    Look.UNKNOWN: "Unknown whether silent",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding as it is shown: numbers only by their last digits."""

    look: Look
    group: GroupId
    person: PersonId | None
    name: str
    count: int
    detail: str
    since: datetime | None
    what_to_do: str


COLUMNS = ("look", "group", "person", "name", "count", "since", "detail", "what_to_do")


def shown(sight: Sight, groups: Iterable[GroupId]) -> list[Shown]:
    """Everything to look at in these groups, the most urgent first; also which cannot be read."""
    name = _Names(sight)
    return by_urgency(_shown(one, name) for group in groups for one in _found(sight, group))


def by_urgency(found: Iterable[Shown]) -> list[Shown]:
    return sorted(found, key=lambda one: list(Look).index(one.look))


def as_object(found: list[Shown], at: datetime, roster: str) -> dict[str, object]:
    """All of it, for programs."""
    counts = counted(found)
    return {
        "at": at,
        "roster": roster,
        "counts": {look: counts[look] for look in Look},
        "findings": found,
    }


def as_cells(found: Iterable[Shown]) -> Iterator[tuple[object, ...]]:
    """Under COLUMNS, for a spreadsheet."""
    for one in found:
        since = "" if one.since is None else instant(one.since)
        person = masked(one.person or "")
        yield (
            one.look, one.group, person, one.name, one.count, since, one.detail, one.what_to_do,
        )  # fmt: skip


def _found(sight: Sight, group: GroupId) -> list[Finding]:
    try:
        return review(sight.books, sight.view(group), sight.now)
    except Unreadable as trouble:
        why = f"the ledger cannot be read there: {trouble}; see `rotation holds`"
        return [Finding(Look.UNKNOWN, group, why)]


def _shown(one: Finding, name: "_Names") -> Shown:
    return Shown(
        one.look, one.group, one.person, "" if one.person is None else name.of(one.person),
        one.count, one.detail, one.since, TO_DO[one.look],
    )  # fmt: skip


class _Names:
    """Names; a stranger's is the end of their number and what the ledger calls them."""

    def __init__(self, sight: Sight) -> None:
        self._people, self._known = sight.roster.people, sight.books.people.all()

    def of(self, person: PersonId) -> str:
        if person in self._people:
            return masked(self._people[person].name)
        who = self._known.get(person)
        if who is not None and who.name:
            return masked(on_one_line(who.name))
        number = f"{masked(who.phone)} " if who is not None and who.phone else ""
        return f"{number}({masked(person)})"
