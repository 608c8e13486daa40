"""What forms are made of, and what is read of them when they come back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rotation.core.roster import PersonId
from rotation.core.timeline import local
from rotation.surfaces.orders import AnyOrder, Field, Kind, fields_of
from rotation.surfaces.saying import zone_of
from rotation.surfaces.sight import Sight
from rotation.surfaces.web.board.filled import Filled, one
from rotation.surfaces.web.board.proposals import Duty, day_said, shifts_of
from rotation.surfaces.wrong import Wrong

DAYS, APART = "days", "|"
"""How a choice of time says that the fields beside it count; and what parts one that says all."""
_MOST_DIGITS, _MOST_PEOPLE = 18, 200
_OTHER = "_other"
"""What the field is called in which somebody else is named than a choice offers."""


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    chosen: bool = False
    of: str = ""
    """Under which heading it stands."""


@dataclass(frozen=True, slots=True)
class Control:
    """One field: `fixed`, a `line`, an `area`, a `day`, a `choice`, `picks`, `ticks` or a `tick`.

    What is `fixed` shows its hint in place of the value.
    """

    name: str
    label: str
    kind: str
    value: str = ""
    hint: str = ""
    options: tuple[Option, ...] = ()
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """`about` says what it is for; `reason` is proposed, and `reasons` are to choose from."""

    title: str
    about: str
    controls: tuple[Control, ...]
    reason: str = ""
    reasons: tuple[str, ...] = ()


# -- parts of forms ----------------------------------------------------------------------------


def fixed(name: str, label: str, value: str, said: str) -> Control:
    return Control(name, label, "fixed", value, said)


def who(
    sight: Sight, asks: tuple[str, str], people: Iterable[PersonId], given: Filled, nobody: str = ""
) -> tuple[Control, ...]:
    """One of these people, the likeliest first and proposed; of very many the rest by name.

    `asks` is the field and its label; `nobody` what it is called that nobody is meant, if may be.
    """
    (field, label), name = asks, sight.namer()
    found = [*people]
    pick = one(given, field) if field in given else next(iter(found), "")
    options = [Option(p, name(p), p == pick) for p in found[:_MOST_PEOPLE]]
    if nobody:
        options.append(Option("", nobody, pick == ""))
    choice = Control(field, label, "choice", options=tuple(options), needed=not nobody)
    if len(found) <= _MOST_PEOPLE:
        return (choice,)
    other = f"{field}{_OTHER}"
    return choice, Control(other, "Or somebody else, by name", "line", one(given, other))


def duties(found: list[Duty], now: datetime) -> list[tuple[str, str]]:
    """Each with the stretch it is; the first is whatever is on, or comes next, and names none."""
    if not found:
        return []
    on, later = [d for d in found if d.starts <= now], [d for d in found if d.starts > now]
    first = f"now, until {on[0].until}" if on else later.pop(0).said
    told = [(APART.join((at_said(d.starts), at_said(d.ends))), d.said) for d in later]
    return [(APART, first), *told]


def at_said(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%MZ}"


def stretches(sight: Sight, person: PersonId) -> list[tuple[str, str]]:
    """Today, tomorrow and weeks by their dates, where somebody is."""
    known = sight.roster.people.get(person)
    zone = known.zone if known is not None and known.zone else None
    if zone is None:
        groups = sight.roster.groups.values()
        shifts = set(shifts_of(sight, person))
        mine = next((g for g in groups if shifts & set(g.shifts)), None)
        zone = "UTC" if mine is None else zone_of(sight.timeline, mine, sight.now)
    today = date.fromisoformat(local(sight.now, zone).split()[1])
    monday = today - timedelta(days=today.weekday()) + timedelta(days=7)
    tomorrow, sunday = today + timedelta(days=1), monday - timedelta(days=1)
    days = [
        ("today", today, today), ("tomorrow", tomorrow, tomorrow),
        ("the rest of this week", today, sunday), ("next week", monday, monday + timedelta(days=6)),
        ("the week after next", monday + timedelta(days=7), monday + timedelta(days=13)),
    ]  # fmt: skip
    return [
        (f"{first}{APART}{last}", f"{said}, {_days_said(first, last)}")
        for said, first, last in days
    ]


def _days_said(first: date, last: date) -> str:
    return day_said(first) if first == last else f"{day_said(first)} to {day_said(last)}"


def when(given: Filled, offers: list[tuple[str, str]], label: str) -> Control:
    chosen = one(given, "when") or (offers[0][0] if offers else DAYS)
    options = [Option(value, said, value == chosen) for value, said in offers]
    options.append(Option(DAYS, "on other days, named below", chosen == DAYS))
    return Control("when", label, "picks", options=tuple(options))


def days(given: Filled) -> tuple[Control, ...]:
    return (
        Control("first", "First day", "day", one(given, "first")),
        Control("last", "Last day", "day", one(given, "last"), "the same, if empty"),
    )


# -- what they bring ---------------------------------------------------------------------------


def asked_of(order: AnyOrder, given: Filled) -> dict[str, object]:
    """What a form of this order asks for, as programs would say it. Raises Wrong."""
    told = {name: list(values) for name, values in given.items()}
    _spread(told)
    asked: dict[str, object] = {}
    for field in fields_of(order):
        if field.name in told:
            asked[field.name] = _meant(field, told[field.name])
    return asked


def _meant(field: Field, values: list[str]) -> object:
    if field.many:
        return [value for value in values if value]
    value = values[0].strip() if values else ""
    match field.kind:
        case Kind.FLAG:
            return value == "yes"
        case Kind.NUMBER:
            if not (value.isascii() and value.isdecimal() and len(value) <= _MOST_DIGITS):
                raise Wrong(f"`{field.name}` is not a whole number", f"It says: {field.label}")
            return int(value)
        case Kind.TEXT:
            return values[0] if values else ""
        case _:
            return value


def _spread(told: dict[str, list[str]]) -> None:
    """Put what one choice says together into the fields that it is about."""
    when = _taken(told, "when")
    first, last = _taken(told, "first"), _taken(told, "last")
    if when == DAYS:
        if not first:
            raise Wrong("no day is named", "Name the first day")
        told["begins"], told["until"] = [first], [last]
    elif when:
        begins, _, until = when.partition(APART)
        told["begins"], told["until"] = [begins], [until]
    if another := _taken(told, "until_at"):
        told["until"] = [another]
    if mine := _taken(told, "mine"):
        day, _, shift = mine.partition(APART)
        told["day"], told["shift"] = [day], [shift]
    if theirs := _taken(told, "theirs"):
        other, day, shift = (*theirs.split(APART, 2), "", "")[:3]
        told["other"], told["for_day"], told["for_shift"] = [other], [day], [shift]
    _spread_who(told)


def _spread_who(told: dict[str, list[str]]) -> None:
    for field in [name for name in told if name.endswith(_OTHER)]:
        if other := _taken(told, field):
            told[field.removesuffix(_OTHER)] = [other]
    someone, number = _taken(told, "someone"), _taken(told, "number")
    if someone and number:
        raise Wrong("both somebody and a number are named", "Name one of them")
    if someone or number:
        told["person"] = [someone or number]


def _taken(told: dict[str, list[str]], name: str) -> str:
    values = told.pop(name, [])
    return values[0].strip() if values else ""
