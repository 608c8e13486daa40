"""Changes of duty that are in force or to come, as a page and on the page of a person."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from rotation.core.roster import Change, Doing, PersonId
from rotation.surfaces.change_said import remarks, voided, when_said, who_said
from rotation.surfaces.changing import is_over
from rotation.surfaces.masking import masked
from rotation.surfaces.sight import Sight

MOST, MOST_OF_ONE = 200, 10
"""Changes that a page shows, and that are shown of one person."""
WHATS = {
    Doing.COVER: "cover",
    Doing.OFF: "time off",
    Doing.SWAP: "swap",
    Doing.EXTRA: "extra",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One change. `undo` is what ends it, empty where it stands in the files."""

    what: str
    who: str
    when: str
    by: str
    made_at: datetime | None
    why: str
    remarks: tuple[str, ...]
    is_void: bool
    undo: str


@dataclass(frozen=True, slots=True)
class Page:
    """`others`: of the changes that are left out. `person`: whose only, empty for everybody's."""

    lines: tuple[Line, ...]
    others: int
    person: str
    wrong: str


def changes(sight: Sight, query: Mapping[str, str]) -> Page:
    """By the query: those of one `person`, else all."""
    person = query.get("person", "").strip()
    if person and person not in sight.roster.people:
        return Page((), 0, person, f"there is nobody “{person}” in the roster in force")
    return _page(sight, person, MOST)


def changes_of(sight: Sight, person: PersonId) -> Page:
    return _page(sight, person, MOST_OF_ONE)


def _page(sight: Sight, person: str, most: int) -> Page:
    found = [one for one in sight.roster.changes if not is_over(one, sight.now)]
    if person:
        found = [one for one in found if person in (one.person, one.other)]
    return Page(tuple(_lines(sight, found[:most])), max(0, len(found) - most), person, "")


def _lines(sight: Sight, found: list[Change]) -> Iterator[Line]:
    name = sight.namer()
    for one in found:
        yield Line(
            what=WHATS[one.kind],
            who=who_said(one, name),
            when=when_said(one),
            by=masked(one.author) if one.id else "the files",
            made_at=one.made_at,
            why=masked(one.reason),
            remarks=tuple(remarks(sight.roster, one)),
            is_void=bool(voided(sight.roster, one)),
            undo=f"rotation undo {one.name}" if one.id else "",
        )
