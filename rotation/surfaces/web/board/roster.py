"""The roster page: who works, which shifts there are and which groups, and forms to change them.

The forms are data, drawn by one template; what they bring becomes an edit, which the order `roster`
weighs and saves like any other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rotation.roster_file.edit import Effective
from rotation.roster_file.tree import Data
from rotation.surfaces import roster_forms as forms
from rotation.surfaces.masking import masked
from rotation.surfaces.roster_forms import Written, text_of
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


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Box:
    """One field of a form: a `line`, an `area`, a `choice` of one, or `ticks`."""

    name: str
    label: str
    kind: str = "line"
    value: str = ""
    hint: str = ""
    options: tuple[Option, ...] = ()
    needed: bool = False
    like: str = "text"
    """What a phone's keyboard is laid out for."""


@dataclass(frozen=True, slots=True)
class Button:
    """What is asked for with the fields of the form. One that `is_quiet` is beside the main one."""

    does: str
    label: str
    is_quiet: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    title: str
    about: str
    boxes: tuple[Box, ...]
    buttons: tuple[Button, ...]


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
    return Entry(key, key, ", ".join(filter(None, told)), tuple(_names(known, entry)))


def _group(known: Written, key: str) -> Entry:
    entry = known.entries["groups"][key]
    return Entry(
        key, key, text_of(entry, "mode") or "watch", tuple(forms.names(entry.get("shifts")))
    )


def _names(known: Written, shift: Mapping[str, Data]) -> list[str]:
    return [_name_of(known, who) for who in forms.people_of(shift)]


def _name_of(known: Written, who: str) -> str:
    entry = known.entries["people"].get(who)
    return (masked(text_of(entry, "name")) if entry is not None else "") or who


def _said(change: Mapping[str, Data]) -> str:
    return masked(", ".join(f"{key}: {value}" for key, value in change.items()))


# -- the forms ----------------------------------------------------------------------------


def form_of(known: Written, section: str, key: str, like: str = "") -> Form:
    """The form of an entry; of a new one without `key`. Raises Unknown."""
    match section:
        case "people":
            return _person_form(known, key)
        case "shifts" if key:
            return _shift_form(known, key)
        case "groups":
            return _group_form(known, key, like)
        case _:
            raise Unknown("there is no such form", "Go back to the roster")


def _person_form(known: Written, key: str) -> Form:
    entry = known.entry("people", key) if key else {}
    number = masked(text_of(entry, "phone"))
    mine = known.shifts_of(key) if key else ()
    zones = dict.fromkeys(text_of(e, "zone") for e in known.entries["people"].values())
    boxes = (
        Box("name", "Name", value=text_of(entry, "name"), needed=True),
        Box("phone", "WhatsApp number", needed=not key, like="tel",
            hint=f"now {number}; leave it empty to keep it" if key
            else "with plus and the country's code: +44 7700 900130"),
        _ticks("shift", "Shifts", known.entries["shifts"], mine,
               "whoever joins comes last in the order"),
        Box("zone", "Where they read clocks", value=text_of(entry, "zone"),
            hint=f"like {next(filter(None, zones), 'Europe/Lisbon')}; may be empty"),
        Box("role", "Role", value=text_of(entry, "role"), hint="may be empty"),
        Box("language", "Language", value=text_of(entry, "language"), hint="like pt; may be empty"),
    )  # fmt: skip
    if not key:
        return Form("New agent", "", boxes, (Button("look", "Look at it"),))
    groups = known.groups_of(key)
    named = f", and in {', '.join(groups)} whatever the shifts say" if groups else ""
    about = f"On {', '.join(mine) or 'no shift'}{named}."
    leave = Button("leaves", "They leave", is_quiet=True)
    return Form(_name_of(known, key), about, boxes, (Button("look", "Look at it"), leave))


def _shift_form(known: Written, key: str) -> Form:
    entry = known.entry("shifts", key)
    turns = entry.get("turns")
    by_turns = isinstance(turns, dict)
    change = text_of(turns, "change") if isinstance(turns, dict) else ""
    boxes = [
        Box("hours", "Hours", value=text_of(entry, "hours"), needed=True,
            hint="08:00 to 16:00, fri 18:00 to mon 08:00, all day"),
        Box("days", "Days", value=text_of(entry, "days"),
            hint="every day, mon-fri, or mon, wed; empty where the hours name them"),
        Box("zone", "By clocks in", value=text_of(entry, "zone"), needed=True),
        Box("people", "Who, in this order" if by_turns else "Who, every time", "area",
            "\n".join(_names(known, entry)), "a name in each line", needed=True),
    ]  # fmt: skip
    if by_turns:
        boxes.append(Box("change", "Turns change", value=change, needed=True,
                         hint="every day, every week, every 2 weeks, every month"))  # fmt: skip
        boxes.append(Box("effective", "Another order begins", "choice",
                         options=tuple(Option(one, _BEGINS[one], one is Effective.NOW)
                                       for one in Effective)))  # fmt: skip
    about = "Whoever has the turn now keeps it when the order changes." if by_turns else ""
    return Form(key, about, tuple(boxes), (Button("look", "Look at it"),))


_BEGINS = {
    Effective.NOW: "now",
    Effective.AFTER_SHIFT: "after the shift under way",
    Effective.AFTER_TURN: "after the turn under way",
    Effective.AFTER_ROUND: "after the round under way, so that everybody has had a turn",
}


def _group_form(known: Written, key: str, like: str) -> Form:
    entry = known.entry("groups", key or like) if key or like else {}
    mode = (text_of(entry, "mode") if key else "") or "watch"
    shifts = forms.names(entry.get("shifts"))
    modes = tuple(Option(one, one, one == mode) for one in forms.MODES)

    def people(name: str) -> str:
        return ", ".join(_name_of(known, who) for who in forms.names(entry.get(name)))

    boxes = [
        _ticks("shift", "Shifts", known.entries["shifts"], shifts),
        Box("mode", "Mode", "choice", options=modes,
            hint="watch only reports; managed acts on people of the roster; strict on everybody"),
        Box("keep_at_least", "Keep at least", value=text_of(entry, "keep_at_least"), like="numeric",
            hint="so many on duty must be seen before anybody leaves; empty: as in defaults"),
        Box("pins", "In whatever the shifts say", value=people("pins"), hint="names, with commas"),
        Box("always_in", "Never added and never removed", value=people("always_in"),
            hint="names, with commas"),
        Box("account", "Account", value=text_of(entry, "account"), needed=True),
        Box("chat", "Chat", value=text_of(entry, "chat") if key else "", needed=True,
            hint="the group's id, like 120363041234567001@g.us; rotation link lists them"),
        Box("team", "Team", value=text_of(entry, "team"), hint="empty: that of the file"),
    ]  # fmt: skip
    if not key:
        first = Box("key", "What the group is called here", needed=True, hint="like acme-vip")
        about = f"Like {like}, where you change nothing." if like else ""
        return Form("New group", about, (first, *boxes), (Button("look", "Look at it"),))
    buttons = [Button("look", "Look at it")]
    if mode == "watch":
        buttons.append(Button("adopt", "Adopt it: managed from now on", is_quiet=True))
    return Form(key, f"In mode {mode}.", tuple(boxes), tuple(buttons))


def _ticks(
    name: str, label: str, known: Iterable[str], chosen: Iterable[str], hint: str = ""
) -> Box:
    some = set(chosen)
    options = tuple(Option(one, one, one in some) for one in known)
    return Box(name, label, "ticks", options=options, hint=hint)


def paste_form(known: Written) -> Form:
    """Rows of a spreadsheet, or a piece of a roster."""
    where = tuple(Option(one, one, chosen=False) for one in known.names)
    boxes = (
        Box("table", "Rows copied from a spreadsheet", "area",
            hint="The first row names the columns: name, phone (and zone, role) for people;"
            " date, shift, name for who has a shift on a date. Or a calendar file (.ics), or the"
            " overrides of PagerDuty"),
        _ticks("shifts", "Of which shift the rows are", known.entries["shifts"], (),
               "where they do not say; of a calendar it may be several"),
        Box("edit", "Or a piece of a roster file", "area",
            hint="shifts: {perth: {hours: 09:00 to 17:00}}"),
        Box("file", "What is new goes into", "choice",
            options=(Option("", "wherever such things are", chosen=True), *where)),
    )  # fmt: skip
    return Form("Paste", "Rows of people or of dates, or a piece of a roster file.", boxes,
                (Button("look", "Look at it"),))  # fmt: skip


# -- what they bring ----------------------------------------------------------------------


def edit_of(
    known: Written, section: str, key: str, filled: forms.Filled, like: str = ""
) -> forms.Edit:
    """The edit that a form of this entry means. Raises Unknown and Wrong."""
    does = next(iter(filled.get("do", ())), "look")
    match section, does:
        case "people", "leaves":
            return forms.leaves(key, known)
        case "people", _:
            return forms.person(filled, known, key)
        case "shifts", _ if key:
            return forms.shift(filled, known, key)
        case "groups", "adopt":
            return forms.adopted(key, "managed", known)
        case "groups", _:
            return forms.group(filled, known, key, like)
        case "changes", _:
            return forms.without_change(filled, known)
        case _:
            raise Unknown("there is no such form", "Go back to the roster")
