"""The roster page: who works, which shifts there are and which groups, and forms to change them.

The forms are data, drawn by one template; what they bring becomes an edit, which the order `roster`
weighs and saves like any other.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from rotation.roster_file.tree import Data
from rotation.surfaces import roster_forms as forms
from rotation.surfaces.masking import masked
from rotation.surfaces.roster_forms import Written, text_of
from rotation.surfaces.web.board.roster_boxes import names_of
from rotation.surfaces.wrong import Unknown

MOST = 100
"""Entries of a section that the page shows at once; more are found by their names."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One person, shift or group, as the page lists it."""

    name: str
    title: str
    about: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """A section of the page. `others`: how many entries are left out."""

    section: str
    title: str
    entries: tuple[Entry, ...]
    others: int


@dataclass(frozen=True, slots=True)
class Change:
    """A change of duty that stands in the files, by its place among them."""

    number: int
    said: str


@dataclass(frozen=True, slots=True)
class Overview:
    sections: tuple[Listed, ...]
    changes: tuple[Change, ...]
    files: tuple[str, ...]
    find: str


def overview(known: Written, find: str) -> Overview:
    return Overview(
        (
            _listed("people", "People", (_person(known, k) for k in known.entries["people"]), find),
            _listed("shifts", "Shifts", (_shift(known, k) for k in known.entries["shifts"]), find),
            _listed("groups", "Groups", (_group(known, k) for k in known.entries["groups"]), find),
        ),
        tuple(Change(n, _said(change)) for n, change in enumerate(known.changes)),
        known.names,
        find,
    )


def _listed(section: str, title: str, entries: Iterable[Entry], find: str) -> Listed:
    wanted = find.casefold()
    found = [e for e in entries if wanted in f"{e.name} {e.title}".casefold()]
    return Listed(section, title, tuple(found[:MOST]), max(0, len(found) - MOST))


def _person(known: Written, key: str) -> Entry:
    entry = known.entries["people"][key]
    about = [text_of(entry, name) for name in ("role", "zone")]
    title = masked(text_of(entry, "name")) or key
    return Entry(key, title, ", ".join(filter(None, about)), known.shifts_of(key))


def _shift(known: Written, key: str) -> Entry:
    entry = known.entries["shifts"][key]
    told = [text_of(entry, "hours"), text_of(entry, "days"), text_of(entry, "zone")]
    return Entry(key, key, ", ".join(filter(None, told)), tuple(names_of(known, entry)))


def _group(known: Written, key: str) -> Entry:
    entry = known.entries["groups"][key]
    return Entry(
        key, key, text_of(entry, "mode") or "watch", tuple(forms.names(entry.get("shifts")))
    )


def _said(change: Mapping[str, Data]) -> str:
    return masked(", ".join(f"{key}: {value}" for key, value in change.items()))


# -- what they bring ----------------------------------------------------------------------


def edit_of(
    known: Written, section: str, key: str, filled: forms.Filled, like: str = ""
) -> forms.Edit:
    """The edit that a form of this entry means. Raises Unknown and Wrong."""
    does = next(iter(filled.get("do", ())), "look")
    if key and (section, does) in _DONE:
        return _DONE[section, does](key, known)
    match section:
        case "people":
            return forms.person(filled, known, key)
        case "shifts":
            return forms.shift(filled, known, key) if key else forms.new_shift(filled, known)
        case "groups":
            return forms.group(filled, known, key, like)
        case "changes":
            return forms.without_change(filled, known)
        case _:
            raise Unknown("there is no such form", "Go back to the roster")


_DONE: Mapping[tuple[str, str], Callable[[str, Written], forms.Edit]] = {
    ("people", "leaves"): forms.leaves,
    ("groups", "adopt"): lambda key, known: forms.adopted(key, "managed", known),
    ("groups", "out"): lambda key, known: forms.without("groups", key, known),
    ("shifts", "out"): lambda key, known: forms.without("shifts", key, known),
}
"""What buttons beside the main one ask for, whatever the fields say."""
