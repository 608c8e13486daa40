"""The small forms a roster is written in, each read into what the core works with.

Every reader takes the text as written and raises UnreadableError with what to write instead.
"""

import re
import string
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial

import phonenumbers

from rotation import zone_data
from rotation.core.roster import MINUTES_A_DAY, Every, Hours, Phone
from rotation.roster_file.problems import UnreadableError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FULL = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_SETS = {"every day": range(7), "weekdays": range(5), "weekends": range(5, 7)}
_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_LONG_UNITS = {"sec": "s", "second": "s", "m": "min", "minute": "min", "hour": "h", "day": "d"}
_DURATION_PART = re.compile(r"(\d{1,6})\s*([a-z]+)\s*")
_CLOCK = r"(\d{1,2}):(\d{2})"
_DAY = "|".join((*_FULL, *WEEKDAYS))
_HOURS = re.compile(rf"(?:({_DAY})\s+)?{_CLOCK}\s+to\s+(?:({_DAY})\s+)?{_CLOCK}", re.IGNORECASE)
_WEEKLY = re.compile(rf"({_DAY})\s+{_CLOCK}", re.IGNORECASE)
_CHANGE = re.compile(r"every (?:(\d{1,4}) )?(day|week|month)(s?)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_CHAT = re.compile(r"\d{5,32}(-\d{5,32})?@g\.us", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

NO_HOURS = Hours(0, 0)
OF_A_BRIEF = ("arriving", "leaving", "group", "until")
VARIABLES = ("names", "group", "next", "back", "until")
LONGEST_TEXT = 4096
"""What a chat takes in one message, in characters."""


def name(text: str) -> str:
    """A key that other lines refer to: letters, digits, `-`, `_` and `.`, up to 64."""
    if not _NAME.fullmatch(text):
        raise UnreadableError(
            f"`{text[:80]}` cannot be a name to refer to",
            "Use letters and digits of the Latin alphabet, `-`, `_` and `.`, up to 64",
        )
    return text


def line(text: str) -> str:
    """A short text for people to read: one line, not empty, up to 200 characters."""
    if not text.strip() or len(text) > 200 or not text.isprintable():  # noqa: PLR2004 - fits a table
        raise UnreadableError("this must be one line of text", "Write up to 200 characters")
    return text.strip()


def language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise UnreadableError(
            f"`{text}` is not a language code", "Write one like `pt`, `ja` or `pt-BR`"
        )
    return text


def zone(text: str) -> str:
    """The present name of an IANA zone that stands for a place, or UTC."""
    if refused := zone_data.why_not(text):
        message, _, fix = refused.partition(". ")
        raise UnreadableError(message, fix)
    return zone_data.canonical(text)


def phone(text: str) -> Phone:
    """A number in E.164. No country is ever guessed."""
    example = 'Write it with plus and country code, in quotes: "+351 91 234 5678"'
    if text.startswith("00"):
        raise UnreadableError(f"`{text}` has no plus", f'Write + in place of 00: "+{text[2:]}"')
    if not text.startswith("+"):
        raise UnreadableError(f"`{text}` has no country code", example)
    if re.search(r"[^\d\s+().-]", text):
        raise UnreadableError(f"`{text}` is not only a number", example)
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        raise UnreadableError(f"`{text}` is no number of any country", example) from None
    why = phonenumbers.is_possible_number_with_reason(number)
    if why != phonenumbers.ValidationResult.IS_POSSIBLE:
        said = {
            phonenumbers.ValidationResult.TOO_SHORT: "is too short for its country",
            phonenumbers.ValidationResult.TOO_LONG: "is too long for its country",
            phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "lacks its area code",
        }.get(why, "cannot be a number of its country")
        raise UnreadableError(f"`{text}` {said}", "Check the digits")
    return Phone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def chat(text: str) -> str:
    if not _CHAT.fullmatch(text):
        raise UnreadableError(
            f"`{text}` is not the id of a group",
            "Write digits and `@g.us`, like 120363041234567001@g.us",
        )
    return text


def duration(longest: timedelta) -> Callable[[str], timedelta]:
    """A reader of `45 s`, `10 min`, `1 h 30 min`, `2 d`, up to `longest`."""

    def read(text: str) -> timedelta:
        found = _duration(text)
        if found > longest:
            raise UnreadableError(f"`{text}` is too long", f"Write at most {_told(longest)}")
        return found

    return read


def silence(text: str) -> timedelta:
    """How long somebody may be silent: days, so that a weekend is none."""
    found = duration(timedelta(days=365))(text)
    if found < timedelta(days=1):
        raise UnreadableError(f"`{text}` is too short for a silence", "Write `30 days`")
    return found


def _duration(text: str) -> timedelta:
    rest, total, smallest = text.strip().lower(), 0, 1 << 30
    while part := _DURATION_PART.match(rest):
        unit = part[2] if part[2] in _UNITS else _LONG_UNITS.get(part[2].removesuffix("s"), "")
        size = _UNITS.get(unit, 1 << 30)
        if size >= smallest:
            break
        total, smallest, rest = total + int(part[1]) * size, size, rest[part.end() :]
    if rest or not text.strip():
        raise UnreadableError(
            f"`{text}` is not a length of time", "Write `45 s`, `10 min`, `2 h`, `1 h 30 min`"
        )
    return timedelta(seconds=total)


def _told(length: timedelta) -> str:
    days, hours = length.days, length.seconds // 3600
    return f"{days * 24 + hours} h" if days <= 1 else f"{days} d"


def hours(text: str) -> tuple[Hours, int | None]:
    """The hours, and the weekday they start on where they name one.

    `08:00 to 16:00`, `22:00 to 06:00` (ends the next day), `fri 18:00 to mon 08:00`, `all day`.
    """
    if text.strip().lower() == "all day":
        return Hours(0, MINUTES_A_DAY), None
    found = _HOURS.fullmatch(text.strip())
    if not found:
        raise UnreadableError(
            f"`{text}` are no hours",
            "Write `08:00 to 16:00`, `fri 18:00 to mon 08:00` or `all day`",
        )
    first_day, last_day = (_weekday(d) for d in (found[1], found[4]))
    starts = _minute(found[2], found[3], last=MINUTES_A_DAY - 1)
    ends = _minute(found[5], found[6], last=MINUTES_A_DAY)
    if (first_day is None) != (last_day is None):
        raise UnreadableError(
            f"`{text}` names a weekday on one side only", "Write `fri 18:00 to mon 08:00`"
        )
    if first_day is not None and last_day is not None:
        later = (last_day - first_day) % 7
        return Hours(starts, ends, later if later or ends > starts else 7), first_day
    if starts == ends:
        raise UnreadableError(
            f"`{text}` starts when it ends", "Write `all day` for a whole day, or other hours"
        )
    return Hours(starts, ends, int(ends < starts)), None


def hours_or_none(text: str) -> tuple[Hours, int | None] | None:
    """The hours of a season; None for `none`, where it has none."""
    return None if text.strip().lower() == "none" else hours(text)


def quiet(text: str) -> Hours:
    """The hours of every day in which nothing is said; `none` has no length."""
    told, fix = text.strip().lower(), "Write `22:00 to 07:00`, or `none`"
    if told == "none":
        return NO_HOURS
    found = _HOURS.fullmatch(told)
    same = found is not None and found.group(2, 3) == found.group(5, 6)
    if same or told in {"all day", "00:00 to 24:00", "0:00 to 24:00"}:
        raise UnreadableError(f"`{text}` is all of the day, and nothing could ever be said", fix)
    if not found or found[1] or found[4]:
        raise UnreadableError(f"`{text}` are no hours that come back every day", fix)
    return hours(told)[0]


def weekly(text: str) -> tuple[int, int]:
    """The weekday (Monday is 0) and minute of `mon 08:00`."""
    found = _WEEKLY.fullmatch(text.strip())
    weekday = _weekday(found[1]) if found else None
    if found is None or weekday is None:
        raise UnreadableError(f"`{text}` is no time of a week", "Write `mon 08:00`")
    return weekday, _minute(found[2], found[3], last=MINUTES_A_DAY - 1)


def _minute(hour: str, minute: str, last: int) -> int:
    found = int(hour) * 60 + int(minute)
    if int(minute) > 59 or found > last:  # noqa: PLR2004 - minutes of an hour
        raise UnreadableError(
            f"`{hour}:{minute}` is no time of day",
            "Write a time from 00:00 to 23:59; only an end may be 24:00",
        )
    return found


def _weekday(text: str | None) -> int | None:
    return None if text is None else WEEKDAYS.index(text[:3].lower())


def days(text: str) -> frozenset[int]:
    """The weekdays (Monday is 0) of `every day`, `weekdays`, `weekends`, `mon-fri` or `mon`."""
    told = text.strip().lower()
    if told in _DAY_SETS:
        return frozenset(_DAY_SETS[told])
    found = re.fullmatch(rf"({_DAY})(?:\s*(?:-|to)\s*({_DAY}))?", told)
    if not found:
        raise UnreadableError(
            f"`{text}` are no weekdays",
            "Write `every day`, `weekdays`, `weekends`, `mon-fri` or [mon, wed]",
        )
    first = WEEKDAYS.index(found[1][:3])
    last = WEEKDAYS.index((found[2] or found[1])[:3])
    return frozenset((first + n) % 7 for n in range((last - first) % 7 + 1))


def change(text: str) -> tuple[int, Every]:
    """How often turns change: `every day`, `every week`, `every 2 weeks`, `every month`."""
    found = _CHANGE.fullmatch(" ".join(text.lower().split()))
    count = int(found[1] or 1) if found else 0
    if not found or not 1 <= count <= 366:  # noqa: PLR2004 - a year of days
        raise UnreadableError(
            f"`{text}` does not say how often turns change",
            "Write `every day`, `every week`, `every 2 weeks` or `every month`",
        )
    return count, Every(found[2])


def day(text: str) -> date:
    """A calendar date of this century."""
    try:
        found = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year < 2100:  # noqa: PLR2004 - what rosters are about
        raise UnreadableError(f"`{text}` is no date", "Write year, month and day: 2026-01-05")
    return found


def day_or_time(text: str) -> tuple[date, int | None]:
    """`2026-01-05`, or `2026-01-05 08:00` with the minute after midnight."""
    when, _, clock = " ".join(text.split()).partition(" ")
    if not clock:
        return day(when), None
    found = re.fullmatch(_CLOCK, clock)
    if not found:
        raise UnreadableError(f"`{text}` is no date and time", "Write 2026-01-05 08:00")
    return day(when), _minute(found[1], found[2], MINUTES_A_DAY)


def occurrence(text: str) -> tuple[str, date]:
    """A shift and the date it starts on: `asia 2026-01-05`."""
    shift, _, when = " ".join(text.split()).partition(" ")
    if not when:
        raise UnreadableError(f"`{text}` is no shift and date", "Write `asia 2026-01-05`")
    return name(shift), day(when)


def template(variables: Sequence[str]) -> Callable[[str], str]:
    """A reader of messages with places to fill, like `{names}`."""
    return partial(_template, variables)


def _template(variables: Sequence[str], text: str) -> str:
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise UnreadableError(
            f"the text has {len(text)} characters", f"Write between 1 and {LONGEST_TEXT}"
        )
    known = ", ".join(f"{{{v}}}" for v in variables)
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        raise UnreadableError(
            "a brace in the text is not closed or not opened",
            f"Write a variable like {{{variables[0]}}}, or {{{{ and }}}} for braces."
            f" Known: {known}",
        ) from None
    for _, variable, spec, conversion in parts:
        if variable is not None and (variable not in variables or spec or conversion):
            told = (
                variable + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
            )
            raise UnreadableError(f"`{{{told}}}` is not a variable", f"Known: {known}")
    return text
