"""The forms of the roster page as data: what is asked about a person, a shift or a group."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rotation.roster_file.edit import Effective
from rotation.roster_file.tree import Data
from rotation.surfaces import roster_forms as forms
from rotation.surfaces.masking import masked
from rotation.surfaces.roster_forms import Written, text_of
from rotation.surfaces.wrong import Unknown


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


def names_of(known: Written, shift: Mapping[str, Data]) -> list[str]:
    return [forms.called(known, who) for who in forms.people_of(shift)]


def name_of(known: Written, who: str) -> str:
    entry = known.entries["people"].get(who)
    return (masked(text_of(entry, "name")) if entry is not None else "") or who


def form_of(known: Written, section: str, key: str, like: str = "") -> Form:
    """The form of an entry; of a new one without `key`. Raises Unknown."""
    match section:
        case "people":
            return _person_form(known, key)
        case "shifts":
            return _shift_form(known, key) if key else _new_shift_form(known)
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
    return Form(name_of(known, key), about, boxes, (Button("look", "Look at it"), leave))


def _shift_form(known: Written, key: str) -> Form:
    entry = known.entry("shifts", key)
    turns = entry.get("turns")
    by_turns = isinstance(turns, dict)
    change = text_of(turns, "change") if isinstance(turns, dict) else ""
    boxes = [
        Box("hours", "Hours", value=text_of(entry, "hours"), needed=True,
            hint=_HOURS),
        Box("days", "Days", value=text_of(entry, "days"), hint=_DAYS),
        Box("zone", "By clocks in", value=text_of(entry, "zone"), needed=True),
        Box("people", "Who, in this order" if by_turns else "Who, every time", "area",
            "\n".join(names_of(known, entry)), "a name in each line", needed=True),
    ]  # fmt: skip
    if by_turns:
        boxes.append(Box("change", "Turns change", value=change, needed=True,
                         hint=_CHANGES))  # fmt: skip
        boxes.append(Box("effective", "Another order begins", "choice",
                         options=tuple(Option(one, _BEGINS[one], one is Effective.NOW)
                                       for one in Effective)))  # fmt: skip
    about = "Whoever has the turn now keeps it when the order changes." if by_turns else ""
    boxes += _groups_box(known, key)
    return Form(key, about, tuple(boxes), (Button("look", "Look at it"), _OUT))


def _groups_box(known: Written, shift: str = "") -> list[Box]:
    groups = known.entries["groups"]
    if not groups or len(groups) > forms.MOST_GROUPS:
        return []
    having = [name for name, entry in groups.items() if shift in forms.names(entry.get("shifts"))]
    return [_ticks("group", "In which groups", groups, having)]


def _new_shift_form(known: Written) -> Form:
    zones = [text_of(entry, "zone") for entry in known.entries["shifts"].values()]
    boxes = (
        Box("key", "What the shift is called", needed=True, hint="like night"),
        Box("hours", "Hours", needed=True, hint=_HOURS),
        Box("days", "Days", value="every day", hint=_DAYS),
        Box("zone", "By clocks in", value=zones[-1] if zones else "", needed=True,
            hint="like Europe/Lisbon"),
        Box("people", "Who, in this order", "area", hint="a name in each line", needed=True),
        Box("change", "Turns change", value="every week",
            hint=f"{_CHANGES}; empty where all of them have it every time"),
        Box("since", "The first turn begins on", value=known.today),
        *_groups_box(known),
    )  # fmt: skip
    return Form("New shift", "", boxes, (Button("look", "Look at it"),))


_OUT = Button("out", "Take it out", is_quiet=True)
_HOURS = "08:00 to 16:00, fri 18:00 to mon 08:00, all day"
_DAYS = "every day, mon-fri, or mon, wed; empty where the hours name them"
_CHANGES = "every day, every week, every 2 weeks, every month"


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
        return ", ".join(forms.called(known, who) for who in forms.names(entry.get(name)))

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
    return Form(key, f"In mode {mode}.", tuple(boxes), (*buttons, _OUT))


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
