"""The shape of a roster file: what each key is called and what its value may be.

The same shapes check a file and make the JSON schema that editors complete from.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar

from rotation.core.reason import ENDS, SPOKEN, WARNING
from rotation.core.roster import (
    Admins,
    BriefTo,
    IfAddFails,
    Mode,
    NoticeTo,
    Pick,
    Uncovered,
    WhenClosed,
    WhenSilent,
    WhileOff,
)
from rotation.roster_file import forms
from rotation.roster_file.change_entry import fits
from rotation.roster_file.entries import (
    BriefEntry,
    ChangeEntry,
    ClosedEntry,
    GoodbyeEntry,
    GroupEntry,
    HolidaysEntry,
    LaterEntry,
    LaterTurnsEntry,
    PersonEntry,
    PolicyEntry,
    RosterFile,
    SeasonEntry,
    ShiftEntry,
    SilentEntry,
    TurnsEntry,
    WeeklyEntry,
)
from rotation.roster_file.problems import UnreadableError, did_you_mean
from rotation.roster_file.shape import Entry, Form, Key, Named, Schema, Several, Whole, Yes
from rotation.roster_file.tree import Data

_T = TypeVar("_T")
_E = TypeVar("_E", bound=StrEnum)
_DAY = timedelta(days=1)


def occasion(text: str) -> tuple[str, str]:
    """What a goodbye text is for: `any`, a reason, a language, or both (`shift_end.ja`)."""
    reason, _, language = text.partition(".")
    reasons = {str(r) for r in SPOKEN} | {WARNING}
    if text == "any":
        return "", ""
    if reason in reasons:
        return reason, forms.language(language) if language else ""
    if language or len(reason) > len("por-BR"):
        raise UnreadableError(f"`{text}` is no reason to say goodbye", did_you_mean(text, reasons))
    return "", forms.language(reason)


def _form(form: Callable[[str], _T], pattern: str, description: str) -> Form[_T]:
    """A value in one of our forms. A bare number or true is shown to the form, which refuses it."""

    def read(value: Data) -> _T:
        if isinstance(value, list | dict):
            raise UnreadableError("one value is needed here, not several", "Write just one")
        return form(str(value))

    return Form(read, _schema(pattern, description))


def _text(
    form: Callable[[str], _T], schema: Schema, number: str = "an unquoted number is no text"
) -> Form[_T]:
    """Text that could look like a number, and then must stand in quotes: `number` says why."""

    def read(value: Data) -> _T:
        match value:
            case str():
                return form(value)
            case bool():
                raise UnreadableError("an unquoted true or false is no text", "Put it in quotes")
            case int() | float():
                raise UnreadableError(number, "Put it in quotes")
            case _:
                raise UnreadableError("one text is needed here", "Write one line of text")

    return Form(read, schema)


def _words(words: Iterable[_E]) -> Form[_E]:
    known = {str(word): word for word in words}

    def read(value: Data) -> _E:
        if isinstance(value, list | dict):
            raise UnreadableError("one value is needed here, not several", "Write just one")
        if str(value) not in known:
            message = f"`{value}` is none of {', '.join(known)}"
            raise UnreadableError(message, did_you_mean(str(value), known))
        word: _E = known[str(value)]
        return word

    return Form(read, {"enum": [*known]})


def _schema(pattern: str, description: str) -> Schema:
    return {"description": description, "pattern": pattern, "type": "string"}


def _days(value: object) -> frozenset[int]:
    if isinstance(value, str):
        return forms.days(value)
    if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
        raise UnreadableError("these are no weekdays", "Write `weekdays`, `mon-fri` or [mon, wed]")
    return frozenset[int]().union(*(forms.days(v) for v in value))


TWICE = "the hours name their weekdays already", "Delete `days`, or write hours without weekdays"
_NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_LENGTH = r"^\s*(\d+\s*(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)\s*)+$"
_CLOCK = r"\d{1,2}:\d{2}"
_WEEKDAY = r"([mM]on|[tT]ue|[wW]ed|[tT]hu|[fF]ri|[sS]at|[sS]un)[a-z]*"
_HOURS = rf"^({_CLOCK} +to +{_CLOCK}|{_WEEKDAY} +{_CLOCK} +to +{_WEEKDAY} +{_CLOCK}|all day)$"
_DAYS = rf"^(every day|weekdays|weekends|{_WEEKDAY}(( *- *| +to +){_WEEKDAY})?)$"

_LINE = _text(forms.line, {"maxLength": 200, "minLength": 1, "type": "string"})


def _template(variables: tuple[str, ...]) -> Form[str]:
    said: Schema = {
        "description": "Variables: " + " ".join(f"{{{v}}}" for v in variables),
        "maxLength": forms.LONGEST_TEXT,
        "minLength": 1,
        "type": "string",
    }
    return _text(forms.template(variables), said)


_TEMPLATE, _OF_A_BRIEF = _template(forms.VARIABLES), _template(forms.OF_A_BRIEF)
_NAME = _text(forms.name, _schema(_NAME_PATTERN, "A name that other lines refer to"))
_NAMES = Several(_NAME, distinct=True)
_PHONE = _text(
    forms.phone,
    _schema(r"^\+[\d ().-]{6,}$", "With plus and country code: +351 91 234 5678"),
    "an unquoted number loses its plus and zeros",
)
_ZONE = _form(forms.zone, r"^(UTC|[A-Za-z_]+(/[A-Za-z_-]+)*)$", "Europe/Lisbon")
_LANGUAGE = _form(forms.language, r"^[a-z]{2,3}(-[A-Z]{2})?$", "pt, ja, pt-BR")
_SHIFT_HOURS = _form(forms.hours, _HOURS, "08:00 to 16:00, fri 18:00 to mon 08:00, all day")
_OTHER_HOURS = _form(
    forms.hours_or_none, rf"({_HOURS}|^none$)", "09:00 to 15:00, or none where it is not served"
)
_COUNTRY = _text(
    forms.line, _schema(r"^[A-Z]{2}$", "PT"), "an unquoted number is no code of a country"
)
_REGION = _text(
    forms.line,
    _schema(r"^[A-Za-z0-9 .-]{1,40}$", 'Its code, in quotes where it has digits: "20"'),
    "an unquoted number is no text",
)
_QUIET = _form(forms.quiet, rf"^({_CLOCK} +to +{_CLOCK}|none)$", "22:00 to 07:00, or none")
_ON_DAYS = Form(
    _days,
    {
        "anyOf": [
            {"pattern": _DAYS, "type": "string"},
            {"items": {"pattern": _DAYS, "type": "string"}, "minItems": 1, "type": "array"},
        ],
        "description": "The weekdays a shift starts on: every day, mon-fri, [mon, wed]",
    },
)
_TIME_OF_WEEK = _form(forms.weekly, rf"^{_WEEKDAY} +{_CLOCK}$", "mon 08:00")
_CHANGE = _form(forms.change, r"^every +(\d+ +)?(day|week|month)s?$", "every week, every 2 weeks")
_DATE = _form(forms.day, r"^20\d{2}-\d{2}-\d{2}$", "2026-01-05")
_CHAT = _form(
    forms.chat, r"^\d{5,32}(-\d{5,32})?@g\.us$", "The id of the group: 120363041234567001@g.us"
)
_SHORT = _form(forms.duration(_DAY), _LENGTH, "45 s, 10 min, 1 h 30 min")
_LONG = _form(forms.duration(365 * _DAY), _LENGTH, "36 h, 3 d")
_HEADS = Whole(1, 1000)
_SILENCE = _form(forms.silence, _LENGTH, "30 days; a day at least")


def _turns_or_everyone(shift: ShiftEntry | LaterEntry) -> None:
    if (shift.turns is None) == (shift.everyone is None):
        raise UnreadableError(
            "a shift needs either `turns` or `everyone`",
            "Write `turns: {change: every week, from: 2026-01-05, order: [ana, ben]}` "
            "or `everyone: [ana, ben]`",
        )
    if shift.everyone is not None and shift.on_duty is not None:
        raise UnreadableError(
            "with `everyone` there is no `on_duty`: all are on duty", "Delete `on_duty`"
        )


def _closed(found: ClosedEntry) -> None:
    if found.hours[1] is not None and found.days is not None:
        raise UnreadableError(TWICE[0], TWICE[1])


def _on_holidays(found: HolidaysEntry) -> None:
    if found.hours is not None and found.hours[1] is not None:
        raise UnreadableError(
            "holidays are on any weekday, and the hours name one", "Write `hours: 10:00 to 14:00`"
        )


def _a_season(season: SeasonEntry) -> None:
    if season.since > season.until:
        raise UnreadableError(
            f"the season begins on {season.since}, after it ends on {season.until}",
            "Write the first date under `from` and the last one under `to`",
        )
    if season.hours is None and season.days is not None:
        raise UnreadableError("with `hours: none` there are no `days`", "Delete `days`")


_PERSON = Entry(
    PersonEntry,
    {
        "name": Key(_LINE, "Write `name: Mara Costa`"),
        "phone": Key(_PHONE, 'Write `phone: "+351 91 234 5678"`'),
        "zone": Key(_ZONE),
        "language": Key(_LANGUAGE),
        "role": Key(_LINE),
        "core": Key(Yes(), may_be_empty=False),
    },
    title="PersonEntry",
)
_TURNS = Entry(
    TurnsEntry,
    {
        "change": Key(_CHANGE, "Write `change: every week`"),
        "from": Key(_DATE, "Write `from: 2026-01-05`, the first day of the first turn", "since"),
        "order": Key(Several(_NAME, some=True), "Write `order: [ana, ben]`"),
        "pick": Key(_words(Pick), may_be_empty=False),
    },
    title="TurnsEntry",
    about="""\
`pick: least-loaded`: each turn is of whoever was on duty least since the quarter began, in this
shift and in those that go by order; of equals it is the next in `order`.""",
)
_LATER_TURNS = Entry(
    LaterTurnsEntry,
    {
        "order": Key(Several(_NAME, some=True), "Write `order: [ana, ben]`"),
        "change": Key(_CHANGE, may_be_empty=False),
        "from": Key(_DATE, None, "since", may_be_empty=False),
        "pick": Key(_words(Pick), may_be_empty=False),
    },
    title="LaterTurnsEntry",
)
_LATER = Entry(
    LaterEntry,
    {
        "from": Key(_DATE, "Write `from: 2026-12-07`, the first date of the new order", "since"),
        "on_duty": Key(_HEADS, may_be_empty=False),
        "turns": Key(_LATER_TURNS, may_be_empty=False),
        "everyone": Key(Several(_NAME, some=True, distinct=True), may_be_empty=False),
    },
    title="LaterEntry",
    about="""\
Whose turns they are in what starts on the local date `from` or later; what starts before it stays
as it was. Turns change as often as before, with as many on duty, and count from that date, unless
it says otherwise; a `from` of its own in `turns` lies before that date.""",
    fits=_turns_or_everyone,
    limits={"oneOf": [{"required": ["turns"]}, {"required": ["everyone"]}]},
)
_SEASON = Entry(
    SeasonEntry,
    {
        "from": Key(_DATE, "Write `from: 2027-02-08`, the first date of the season", "since"),
        "to": Key(_DATE, "Write `to: 2027-03-09`, the last date of the season", "until"),
        "hours": Key(_OTHER_HOURS, "Write `hours: 09:00 to 15:00`, or `hours: none`"),
        "days": Key(_ON_DAYS),
        "reason": Key(_LINE, may_be_empty=False),
    },
    title="SeasonEntry",
    about="""\
Other hours of the shift on the local dates `from` to `to`, both included: of what starts on them.
`hours: none`: it is not served then. Without `days` it is on the weekdays of the shift.""",
    fits=_a_season,
)
_HOLIDAYS = Entry(
    HolidaysEntry,
    {
        "country": Key(_COUNTRY, "Write `country: PT`"),
        "region": Key(_REGION),
        "hours": Key(_OTHER_HOURS, "Write `hours: none`, or `hours: 10:00 to 14:00`"),
    },
    title="HolidaysEntry",
    about="""\
What the shift does on the public holidays of a country, or of a region of it: other hours, or none.
A season stands above them that has `hours: none`, or is for one date alone.""",
    fits=_on_holidays,
)
_SHIFT = Entry(
    ShiftEntry,
    {
        "zone": Key(_ZONE, "Write `zone: Europe/Lisbon`"),
        "hours": Key(_SHIFT_HOURS, "Write `hours: 08:00 to 16:00`"),
        "days": Key(_ON_DAYS),
        "on_duty": Key(_HEADS),
        "turns": Key(_TURNS),
        "everyone": Key(Several(_NAME, some=True, distinct=True)),
        "seasons": Key(Several(_SEASON), may_be_empty=False),
        "holidays": Key(_HOLIDAYS),
        "then": Key(Several(_LATER), may_be_empty=False),
    },
    title="ShiftEntry",
    about="Exactly one of `turns` and `everyone`.",
    fits=_turns_or_everyone,
    limits={"oneOf": [{"required": ["turns"]}, {"required": ["everyone"]}]},
)
_GOODBYE_KEYS = ("before", "to", "text", "texts", "quiet", "zone")
_GOODBYE = Entry(
    GoodbyeEntry,
    {
        "before": Key(_SHORT, may_be_empty=False),
        "to": Key(_words(NoticeTo), may_be_empty=False),
        "text": Key(_TEMPLATE),
        "texts": Key(Named(_TEMPLATE, occasion, _NAME_PATTERN, _GOODBYE_KEYS), may_be_empty=False),
        "quiet": Key(_QUIET, may_be_empty=False),
        "zone": Key(_ZONE, may_be_empty=False),
    },
    title="GoodbyeEntry",
    about="""\
`text` is what everybody reads; `texts` say it otherwise by reason, language or both.

A key of `texts` is `any`, a reason (`shift_end`, `override_end`, `manual`, `roster_removed`,
`stranger`, `ticket`, `subscription`, `silent`), a language (`ja`), or reason and language
(`shift_end.ja`). The nearest one is said, and `pt-BR` hears `pt` before a text without a language.
`warning` is what somebody reads some days before a subscription of theirs ends; it has no {next}
and no {back}, and `roster_removed`, `stranger` and `subscription` have no {back}.

In `quiet` hours (`22:00 to 07:00`, by clocks in `zone`, else in that of the group's first shift)
nothing is said to the group or to people: no goodbye and no warning. Whoever goes at an hour of
their own goes then, without a word; `silent`, `stranger` and `subscription` go when quiet hours
end, with their goodbye.

A group's own words come first, and what it does not say otherwise is as in `defaults`: a text of
the group stands for the defaults' text of the same key and of those that are narrower (`shift_end`
for `shift_end.ja` too), `text` for all but `warning`.""",
)
_BRIEF_KEYS = ("to", "text", "texts")
_BRIEF = Entry(
    BriefEntry,
    {
        "to": Key(_words(BriefTo), may_be_empty=False),
        "text": Key(_OF_A_BRIEF),
        "texts": Key(
            Named(_OF_A_BRIEF, forms.language, _NAME_PATTERN, _BRIEF_KEYS), may_be_empty=False
        ),
    },
    title="BriefEntry",
    about="""\
What is said once whoever comes on duty is seen in the group: `to: person`, to each who arrives, in
their language and by their clock, or `to: group`, where no goodbye to the group says it already;
`texts` by language. Not in the quiet hours of `goodbye`. A group that wants none of the defaults'
says `to: nobody`.""",
)
_SILENT = Entry(
    SilentEntry,
    {
        "after": Key(_SILENCE, may_be_empty=False),
        "do": Key(_words(WhenSilent), may_be_empty=False),
        "keep_roles": Key(Several(_LINE, distinct=True), may_be_empty=False),
    },
    title="SilentEntry",
    about="""\
Who is called silent: inside for the time `after` (30 days), all of it heard, and no message,
reaction or vote. Never `core` people, nor whose role has one of `keep_roles` in it. `do: report`
lists them; `do: remove` takes them out of a managed group, with the goodbye for `silent`.""",
)
_CLOSED = Entry(
    ClosedEntry,
    {
        "hours": Key(_SHIFT_HOURS, "Write `hours: sat 00:00 to mon 00:00`"),
        "zone": Key(_ZONE, "Write `zone: Europe/Lisbon`"),
        "days": Key(_ON_DAYS),
        "reason": Key(_LINE, may_be_empty=False),
    },
    title="ClosedEntry",
    about="""\
Hours in which nobody is to be on duty: no gap, and nobody is told. Also closed is what a season or
a holiday with `hours: none` takes from the shifts. `when_closed: stay`, whoever is inside stays
until a shift begins; `when_closed: empty`, they go. Where a shift is served, it is not closed.""",
    fits=_closed,
)
_POLICY = Entry(
    PolicyEntry,
    {
        "join_early": Key(_SHORT),
        "stay_late": Key(_SHORT),
        "keep_at_least": Key(_HEADS),
        "uncovered": Key(_words(Uncovered)),
        "if_add_fails": Key(Several(_words(IfAddFails))),
        "admins": Key(_words(Admins)),
        "goodbye": Key(_GOODBYE),
        "strangers_after": Key(_LONG),
        "silent": Key(_SILENT),
        "brief": Key(_BRIEF),
        "reset_link_after": Key(Several(_words(ENDS)), may_be_empty=False),
        "closed": Key(Several(_CLOSED), may_be_empty=False),
        "when_closed": Key(_words(WhenClosed)),
        "fallback": Key(_NAMES),
    },
    title="PolicyEntry",
    about="""\
`fallback` people are on duty, all of them, while nobody has a shift and it is not closed.""",
)


def _group(**keys: Any) -> GroupEntry:  # noqa: ANN401 - they were read by the shapes beside their names
    policy = {name: keys.pop(name) for name in _POLICY.keys if name in keys}
    return GroupEntry(PolicyEntry(**policy), **keys)


def _a_group(group: GroupEntry) -> None:
    if group.policy.fallback and not group.shifts:
        raise UnreadableError(
            "without `shifts` nobody is missing, and `fallback` has nothing to fill",
            "Write the people under `pins`, or name the `shifts`",
        )


_GROUP = Entry(
    _group,
    {
        **_POLICY.keys,
        "account": Key(_NAME, "Write `account: main`, the name your operator gave the number"),
        "chat": Key(
            _CHAT, "Write `chat: 120363041234567001@g.us`; `rotation doctor` lists the ids"
        ),
        "shifts": Key(_NAMES, may_be_empty=False),
        "always_in": Key(_NAMES, may_be_empty=False),
        "pins": Key(_NAMES, may_be_empty=False),
        "mode": Key(_words(Mode), may_be_empty=False),
        "tell": Key(_NAMES),
        "language": Key(_LANGUAGE),
        "team": Key(_NAME),
    },
    title="GroupEntry",
    fits=_a_group,
)
_WEEKLY = Entry(
    WeeklyEntry,
    {
        "at": Key(_TIME_OF_WEEK, "Write `at: mon 08:00`"),
        "zone": Key(_ZONE, "Write `zone: Europe/Lisbon`"),
        "agents": Key(_NAMES, may_be_empty=False),
    },
    title="WeeklyEntry",
    about="""\
When the week is summed up for those in `tell`, by WhatsApp.

`agents` are told of their own week: when they leave and when they are back.""",
)
_DAY_OR_TIME = _form(
    forms.day_or_time,
    rf"^20\d{{2}}-\d{{2}}-\d{{2}}( {_CLOCK})?$",
    "2026-01-05, or 2026-01-05 08:00",
)
_OCCURRENCE = _form(
    forms.occurrence,
    r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63} +20\d{2}-\d{2}-\d{2}$",
    "A shift and the date it starts on: asia 2026-01-05",
)
_DOES = ("off", "cover", "swap", "extra")
_CHANGE_OF_DUTY = Entry(
    ChangeEntry,
    {
        "off": Key(_NAME, may_be_empty=False),
        "cover": Key(_NAME, may_be_empty=False),
        "swap": Key(_NAME, may_be_empty=False),
        "extra": Key(_NAME, may_be_empty=False),
        "by": Key(_NAME, may_be_empty=False),
        "with": Key(_NAME, None, "other", may_be_empty=False),
        "on": Key(_OCCURRENCE, may_be_empty=False),
        "for": Key(_OCCURRENCE, None, "for_", may_be_empty=False),
        "shift": Key(_NAME, may_be_empty=False),
        "from": Key(_DAY_OR_TIME, None, "since", may_be_empty=False),
        "to": Key(_DAY_OR_TIME, None, "until", may_be_empty=False),
        "zone": Key(_ZONE, may_be_empty=False),
        "turn": Key(_words(WhileOff), may_be_empty=False),
        "reason": Key(_LINE, may_be_empty=False),
    },
    title="ChangeEntry",
    about="""\
Who is on duty otherwise than by turn. Exactly one of `off` (time off; `turn` says whose the turn
is: `skip`, the next in order's; `swap`, traded for a later one; `hold`, nobody's), `cover` (with
`by`), `extra` (on duty as well, in `shift`) and `swap` (with `on`, `with` and `for`).

`from` and `to` are dates, both included, for the shifts that start on them; or times of day, by the
clocks of `zone`, else of the person's zone, the second of them excluded. Without `to` it is that
date alone. Of changes that meet the lower one is done.""",
    fits=fits,
    limits={"oneOf": [{"required": [name]} for name in _DOES]},
)
FILE = Entry(
    RosterFile,
    {
        "team": Key(_NAME),
        "tell": Key(_NAMES, may_be_empty=False),
        "tell_agents": Key(Yes(), may_be_empty=False),
        "weekly": Key(_WEEKLY),
        "people": Key(Named(_PERSON, forms.name, _NAME_PATTERN, _PERSON.known), may_be_empty=False),
        "shifts": Key(Named(_SHIFT, forms.name, _NAME_PATTERN, _SHIFT.known), may_be_empty=False),
        "defaults": Key(_POLICY),
        "groups": Key(Named(_GROUP, forms.name, _NAME_PATTERN, _GROUP.known), may_be_empty=False),
        "changes": Key(Several(_CHANGE_OF_DUTY), may_be_empty=False),
    },
    title="RosterFile",
    about="One file in `schedules/`. Files of a folder work together; `defaults` holds in its own.",
)


def json_schema() -> Schema:
    """The JSON schema (draft 2020-12) of a roster file."""
    below = (
        _BRIEF, _CHANGE_OF_DUTY, _CLOSED, _GOODBYE, _GROUP, _HOLIDAYS, _LATER, _LATER_TURNS,
        _PERSON, _POLICY, _SEASON, _SHIFT, _SILENT, _TURNS, _WEEKLY,
    )  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {entry.title: entry.definition() for entry in below},
        **FILE.definition(),
    }
