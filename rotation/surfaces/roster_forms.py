"""What a form says of a person, a shift or a group, as an edit of the roster.

Forms bring text, as people type it. What it means is found out where the edit is weighed: here it
is only put where a roster file has it, and left out where the files say so already.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rotation.roster_file.edit import OF_TURNS, Effective, Opened
from rotation.roster_file.naming import free, slug
from rotation.roster_file.tree import Data
from rotation.surfaces.masking import masked
from rotation.surfaces.wrong import Unknown, Wrong

Filled = Mapping[str, Sequence[str]]
"""What a form brings: every value of each of its fields."""
Edit = dict[str, Data]
SECTIONS = ("people", "shifts", "groups")
OF_A_PERSON = ("name", "phone", "zone", "language", "role")
OF_A_GROUP = ("account", "chat", "mode", "team")
MODES = ("watch", "managed", "strict")
MOST_GROUPS = 100
"""Of more groups the form of a shift does not ask which have it; each group's own form does."""


@dataclass(frozen=True, slots=True)
class Written:
    """What the files say, by section and name; `files` has the name of each one's file.

    `names` are those of all files; `today` is the date in UTC.
    """

    entries: Mapping[str, Mapping[str, Mapping[str, Data]]]
    files: Mapping[tuple[str, str], str]
    changes: tuple[Mapping[str, Data], ...]
    names: tuple[str, ...]
    today: str
    by_name: Mapping[str, str]
    """Whose name it is, of names that are one person's alone."""

    def entry(self, section: str, name: str) -> Mapping[str, Data]:
        """Raises Unknown."""
        found = self.entries[section].get(name)
        if found is None:
            from rotation.roster_file import did_you_mean

            what = f"there is no `{masked(name[:80])}` under `{section}` in the roster files"
            raise Unknown(what, did_you_mean(name[:80], self.entries[section]))
        return found

    def shifts_of(self, person: str) -> tuple[str, ...]:
        return tuple(s for s, e in self.entries["shifts"].items() if person in people_of(e))

    def groups_of(self, person: str) -> tuple[str, ...]:
        """Where a person is by name, whatever the shifts say."""
        keys = ("pins", "always_in")
        groups = self.entries["groups"].items()
        return tuple(g for g, e in groups if any(person in names(e.get(key)) for key in keys))

    def home(self, section: str) -> str:
        """The file in which a new entry goes: the last one that has such; empty if none has."""
        found = [file for (of, _), file in self.files.items() if of == section]
        return found[-1] if found else ""


def written(known: Opened, now: datetime) -> Written:
    """What the files say, of turns those by now. Raises RosterErrors where one is no roster."""
    entries: dict[str, dict[str, Mapping[str, Data]]] = {section: {} for section in SECTIONS}
    homes: dict[tuple[str, str], str] = {}
    changes: list[Mapping[str, Data]] = []
    for file, data in known.said(now).items():
        for section in SECTIONS:
            under = data.get(section)
            for name, entry in under.items() if isinstance(under, dict) else ():
                if isinstance(entry, dict):
                    entries[section][name] = entry
                    homes[section, name] = _short(file)
        under = data.get("changes")
        changes += [c for c in under if isinstance(c, dict)] if isinstance(under, list) else []
    return Written(entries, homes, tuple(changes), tuple(_short(name) for name, _ in known.files),
                   now.date().isoformat(), _by_name(entries["people"]))  # fmt: skip


def _short(file: str) -> str:
    return file.rpartition("/")[2]


def names(value: Data) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def people_of(shift: Mapping[str, Data]) -> list[str]:
    turns = shift.get("turns")
    return names(turns.get("order") if isinstance(turns, dict) else shift.get("everyone"))


def text_of(entry: Mapping[str, Data], key: str) -> str:
    """A value as a form shows it: lists and numbers as people write them in one line."""
    value = entry.get(key)
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return "" if value is None or isinstance(value, dict) else str(value)


# -- what forms mean ----------------------------------------------------------------------


def person(form: Filled, known: Written, key: str = "") -> Edit:
    """Somebody new, or (`key`) somebody as they are to be; with the shifts that are ticked.

    A number that is not filled in stays what it is.
    """
    old = known.entry("people", key) if key else {}
    entry = {name: _one(form, name) for name in OF_A_PERSON}
    if key and not entry["phone"]:
        entry.pop("phone")
    told = _changed(old, entry)
    if not key:
        key = _new_key(entry["name"], known)
    edit: Edit = {"people": {key: told}} if told else {}
    wanted, shifts = form.get("shift", ()), dict[str, Data]()
    for name in wanted:
        known.entry("shifts", name)
    for name, shift in known.entries["shifts"].items():
        there = people_of(shift)
        if name in wanted and key not in there:
            shifts[name] = _with_people(shift, [*there, key])
        elif name not in wanted and key in there:
            shifts[name] = _with_people(shift, [who for who in there if who != key])
    if shifts:
        edit["shifts"] = shifts
    return _at_home(edit, known, "people")


def _new_key(name: str, known: Written) -> str:
    made = slug(name)
    taken = set(known.entries["people"])
    return free(made if made[:1].isalpha() else f"person-{made}".strip("-"), taken)


def leaves(key: str, known: Written) -> Edit:
    known.entry("people", key)
    return {"leaves": [key]}


def new_shift(form: Filled, known: Written) -> Edit:
    """A shift with turns, or without a change of turns one that all of them have every time."""
    name, who = _one(form, "key"), _listed(_one(form, "people"), known)
    if not name:
        raise Wrong("the new shift has no name", "Write one, like night")
    if name in known.entries["shifts"]:
        raise Wrong(f"there is a shift `{masked(name)}` already", "Choose another name")
    told = _changed({}, {one: _one(form, one) for one in ("zone", "hours", "days")},
                    by_list=("days",))  # fmt: skip
    if change := _one(form, "change"):
        told["turns"] = {"change": change, "from": _one(form, "since"), "order": [*who]}
    else:
        told["everyone"] = [*who]
    groups = _groups_in(form, known, name)
    return _at_home({"shifts": {name: told}, **groups}, known, "shifts")


def _groups_in(form: Filled, known: Written, shift: str) -> Edit:
    """The groups that have the shift are those that are ticked; in new ones it comes last."""
    found = known.entries["groups"]
    if len(found) > MOST_GROUPS:
        return {}
    ticked, groups = form.get("group", ()), dict[str, Data]()
    for name, entry in found.items():
        shifts = names(entry.get("shifts"))
        if name in ticked and shift not in shifts:
            groups[name] = {"shifts": [*shifts, shift]}
        elif name not in ticked and shift in shifts:
            groups[name] = {"shifts": [one for one in shifts if one != shift] or None}
    return {"groups": groups} if groups else {}


def without(section: str, key: str, known: Written) -> Edit:
    """A shift or a group goes; a shift out of the groups that have it, too."""
    known.entry(section, key)
    if section != "shifts":
        return {section: {key: None}}
    groups: dict[str, Data] = {}
    for name, group in known.entries["groups"].items():
        shifts = names(group.get("shifts"))
        if key in shifts:
            groups[name] = {"shifts": [one for one in shifts if one != key]}
    return {"shifts": {key: None}, **({"groups": groups} if groups else {})}


def shift(form: Filled, known: Written, key: str) -> Edit:
    """A shift's hours, days and zone, who has it, in order, and which groups."""
    old = known.entry("shifts", key)
    told = _changed(old, {name: _one(form, name) for name in ("zone", "hours", "days")},
                    by_list=("days",))  # fmt: skip
    who = _listed(_one(form, "people"), known)
    if who != people_of(old):
        told |= _with_people(old, who)
    change, turns = _one(form, "change"), old.get("turns")
    if isinstance(turns, dict) and change and change != text_of(turns, "change"):
        told["turns"] = {**_mapping(told.get("turns")), "change": change}
    edit: Edit = {**({"shifts": {key: told}} if told else {}), **_groups_in(form, known, key)}
    when = _one(form, "effective")
    later = bool(when) and when != Effective.NOW and not told.keys().isdisjoint(OF_TURNS)
    return {**edit, **({"effective": when} if later else {})}


def group(form: Filled, known: Written, key: str = "", like: str = "") -> Edit:
    """A group as it is to be; without `key` a new one, for the rest like the group `like`."""
    model = key or like
    old = dict(known.entry("groups", model)) if model else {}
    if not key:
        old.pop("chat", None)
    entry = {name: _one(form, name) for name in (*OF_A_GROUP, "keep_at_least")}
    if entry["mode"] == MODES[0] and "mode" not in old:
        entry.pop("mode")  # which it is without a word
    told = _changed(old, entry) | _people_in(form, old, known) | _shifts_in(form, old, known)
    if re.fullmatch(r"\d{1,6}", str(told.get("keep_at_least")), re.ASCII):
        told["keep_at_least"] = int(str(told["keep_at_least"]))
    if key:
        return {"groups": {key: told}} if told else {}
    name = _one(form, "key")
    if not name:
        raise Wrong("the new group has no name", "Write one, like acme-vip")
    if name in known.entries["groups"]:
        raise Wrong(f"there is a group `{masked(name)}` already", "Choose another name")
    told = {one: value for one, value in {**old, **told}.items() if value is not None}
    return _at_home({"groups": {name: told}}, known, "groups")


def _people_in(form: Filled, old: Mapping[str, Data], known: Written) -> dict[str, Data]:
    told: dict[str, Data] = {}
    for name in ("pins", "always_in"):
        who = _listed(_one(form, name), known)
        if who != names(old.get(name)):
            told[name] = [*who] if who else None
    return told


def _shifts_in(form: Filled, old: Mapping[str, Data], known: Written) -> dict[str, Data]:
    """Those that are ticked: the ones there were in their order, and then the others."""
    before, ticked = names(old.get("shifts")), form.get("shift", ())
    kept = [one for one in before if one in ticked]
    more = [one for one in known.entries["shifts"] if one in ticked and one not in kept]
    return {} if [*kept, *more] == before else {"shifts": [*kept, *more]}


def adopted(key: str, mode: str, known: Written) -> Edit:
    known.entry("groups", key)
    return {"groups": {key: {"mode": mode}}}


def without_change(form: Filled, known: Written) -> Edit:
    """One of the changes of duty that stand in the files goes, by its place among them."""
    number = _one(form, "change")
    if not re.fullmatch(r"\d{1,5}", number, re.ASCII) or int(number) >= len(known.changes):
        raise Unknown("there is no such change in the files", "Look at the page again")
    return {"takes_back": [dict(known.changes[int(number)])]}


def _at_home(edit: Edit, known: Written, section: str) -> Edit:
    home = known.home(section)
    return {**edit, "file": home} if edit and home else edit


def _one(form: Filled, name: str) -> str:
    found = form.get(name, ())
    return found[0].strip() if found else ""


def _changed(
    old: Mapping[str, Data], entry: Mapping[str, str], by_list: Iterable[str] = ()
) -> dict[str, Data]:
    """What is filled in otherwise than the files have it; None where it is to go."""
    told: dict[str, Data] = {}
    for name, text in entry.items():
        if text == text_of(old, name):
            continue
        several = [part for part in re.split(r"[,\s]+", text) if part]
        told[name] = (several if name in by_list and "," in text else text) if text else None
    return {n: v for n, v in told.items() if v is not None or n in old}


def _with_people(shift: Mapping[str, Data], who: Sequence[str]) -> dict[str, Data]:
    key = "turns" if "turns" in shift else "everyone"
    return {"turns": {"order": [*who]}} if key == "turns" else {"everyone": [*who]}


def _mapping(value: Data) -> dict[str, Data]:
    return value if isinstance(value, dict) else {}


def _listed(text: str, known: Written) -> list[str]:
    """The people of a list as people write it: keys or whole names, by lines or commas."""
    parts = [" ".join(part.split()) for part in re.split(r"[,\n]", text)]
    people, by_name = known.entries["people"], known.by_name
    return [
        part if part in people else by_name.get(part.casefold(), part) for part in parts if part
    ]


def called(known: Written, who: str) -> str:
    """What a list calls somebody: their name, unless it would be read as anybody else's, or two."""
    entry = known.entries["people"].get(who)
    name = "" if entry is None else text_of(entry, "name")
    return name if masked(name) == name and _listed(name, known) == [who] else who


def _by_name(people: Mapping[str, Mapping[str, Data]]) -> dict[str, str]:
    keys: dict[str, list[str]] = {}
    for key, entry in people.items():
        keys.setdefault(" ".join(text_of(entry, "name").split()).casefold(), []).append(key)
    return {name: some[0] for name, some in keys.items() if len(some) == 1}
