"""People and shifts as the text of a roster file, with what was left out as comments on top."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap

from rotation.core.roster import MINUTES_A_DAY, Everyone, Hours, Person, Shift, ShiftId
from rotation.roster_file.forms import WEEKDAYS

_SETS = {
    frozenset(range(7)): "every day",
    frozenset(range(5)): "weekdays",
    frozenset({5, 6}): "weekends",
}
_WIDTH = 98
_CHATS = (
    "Only you know which chats these are for. `rotation link` drafts the groups that your number"
    " is in, with their ids: name the shifts there as here. Nobody is added or removed before"
    " somebody writes `mode: managed`."
)
_WORDS = {"true", "false", "null"}


def written(
    head: Iterable[str],
    people: Iterable[Person],
    shifts: Iterable[Shift],
    groups: Mapping[str, Sequence[ShiftId]],
) -> str:
    """A roster file. `groups` are only proposed, since nobody knows their chats yet."""
    lines = [
        *(f"# {line}".rstrip() for text in head for line in _comment(text)),
        "people:",
        *(f"  {person.id}: {_person(person)}" for person in people),
        "",
        "shifts:",
        *(line for shift in shifts for line in _shift(shift)),
        "",
        *_groups(groups),
    ]
    return "\n".join(lines) + "\n"


def _comment(text: str) -> list[str]:
    """On lines of its own, without anything that could end one early."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return wrap(plain, _WIDTH) or [""]


def _person(person: Person) -> str:
    told = {"name": _plain(person.name), "phone": json.dumps(person.phone), "zone": person.zone}
    return "{" + ", ".join(f"{key}: {value}" for key, value in told.items() if value) + "}"


def _plain(text: str) -> str:
    """Words of letters as they are; anything else in quotes."""
    words = text.split(" ")
    simple = all(word.isascii() and word.isalpha() for word in words)
    return text if simple and text.lower() not in _WORDS else json.dumps(text, ensure_ascii=False)


def _shift(shift: Shift) -> Iterator[str]:
    yield f"  {shift.id}:"
    yield f"    zone: {shift.zone}"
    hours, days = _hours(shift.hours, shift.weekdays)
    yield f"    hours: {hours}"
    if days:
        yield f"    days: {days}"
    turns = shift.turns
    if isinstance(turns, Everyone):
        yield f"    everyone: [{', '.join(turns.people)}]"
        return
    every = f"every {turns.unit}" if turns.count == 1 else f"every {turns.count} {turns.unit}s"
    order = ", ".join(turns.order)
    yield f"    turns: {{change: {every}, from: {turns.anchor}, order: [{order}]}}"


def _hours(hours: Hours, weekdays: frozenset[int]) -> tuple[str, str]:
    """The hours, and the days unless the hours name theirs."""
    starts, ends = _clock(hours.starts), _clock(hours.ends)
    length = hours.days_later * MINUTES_A_DAY + hours.ends - hours.starts
    if (hours.starts, length) == (0, MINUTES_A_DAY):
        return "all day", _days(weekdays)
    if length < MINUTES_A_DAY:
        return f"{starts} to {ends}", _days(weekdays)
    (day,) = weekdays
    return f"{WEEKDAYS[day]} {starts} to {WEEKDAYS[(day + hours.days_later) % 7]} {ends}", ""


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _days(weekdays: frozenset[int]) -> str:
    if weekdays in _SETS:
        return _SETS[weekdays]
    names = [WEEKDAYS[day] for day in sorted(weekdays)]
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"


def _groups(groups: Mapping[str, Sequence[ShiftId]]) -> Iterator[str]:
    if groups:
        yield from (f"# {line}" for line in _comment(_CHATS))
        yield "#groups:"
    for name, shifts in groups.items():
        yield f"#  {name}:"
        yield "#    account: main"
        yield "#    chat: 120363041234567001@g.us"
        yield f"#    shifts: [{', '.join(shifts)}]"
        yield "#    mode: watch"
