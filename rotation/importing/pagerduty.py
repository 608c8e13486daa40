"""Schedules as PagerDuty's REST API gives them (`GET /schedules/{id}`), read into layers.

Of layers that share time one is on duty. Turns are told in seconds, and mean days of clocks.
"""

from collections.abc import Iterable
from datetime import datetime

from rotation.core.roster import MINUTES_A_DAY
from rotation.core.timeline import local_date, minute_of_day
from rotation.importing.directory import Directory, Known, collected, text_of
from rotation.importing.found import Found, enclosed
from rotation.importing.layer import Layer, check_turn
from rotation.importing.part import Part, Rendered
from rotation.importing.week import ALL, WEEK, Minutes, stretch
from rotation.roster_file import forms
from rotation.roster_file.problems import UnreadableError

_LAYERS = "Fetch each schedule by GET /schedules/{id}, or the list with include[]=schedule_layers"
_YEAR = 366 * 86400
_NUMBERS = ("phone_contact_method", "sms_contact_method")


def add_users(found: Found, directory: Directory) -> None:
    """The users of a file, with their contact methods where it has them."""
    for user in enclosed(found, "user", "users"):
        _user(user, directory)


def parts(found: Found, directory: Directory, now: datetime) -> Iterable[Part]:
    """Each schedule of a file. Raises MisfitError where it has none."""
    for schedule in enclosed(found, "schedule", "schedules"):
        yield _schedule(schedule, directory, now)


def _schedule(found: Found, directory: Directory, now: datetime) -> Part:
    title = text_of(found, "name", "summary") or "schedule"
    part = Part(title, title, found.where or title, ranked=True)
    with part.noting():
        if not found.has("schedule_layers"):
            theirs = any(found.has(key) for key in ("data", "rotations", "finalTimeline"))
            fix = "That is Opsgenie's: `rotation import opsgenie`" if theirs else _LAYERS
            found.refuse("there are no `schedule_layers` here", fix)
        zone = found.at("time_zone").read(forms.zone)
        layers = found.at("schedule_layers").items(some=True)
        for layer in layers:
            name = title if len(layers) == 1 else f"{title} {text_of(layer, 'name') or ''}"
            with part.noting():
                _layer(
                    part, layer, Layer(name, zone, (), MINUTES_A_DAY, now.date(), 0), directory, now
                )
        _entries(part, found, directory, now)
    policies = [text_of(p, "summary") or "?" for p in found.at("escalation_policies").items()]
    if policies:
        part.notes.append(
            f"escalation policies use it, and rotation has none: {', '.join(policies)}"
        )
    return part


def _user(found: Found, directory: Directory) -> str:
    known = Known(
        found.at("id").text(),
        text_of(found, "name", "summary"),
        text_of(found, "email"),
        text_of(found, "time_zone"),
    )
    for method in found.at("contact_methods").items():
        if text_of(method, "type") in _NUMBERS and method.has("address"):
            country = method.at("country_code").whole(1, 999)
            number = f"+{country} {method.at('address').text()}"
            known.numbers.append(Found(method.at("address").where, number))
    return directory.add(known).id


def _layer(part: Part, found: Found, empty: Layer, directory: Directory, now: datetime) -> None:
    name = text_of(found, "name") or found.where
    if found.has("end"):
        ends = found.at("end").instant()
        if ends <= now:
            part.notes.append(f"the layer {name} ended on {ends:%Y-%m-%d} and was left out")
            return
        found.at("end").refuse(
            f"it ends on {ends:%Y-%m-%d %H:%M}Z, and a shift has no end",
            "Import it when it has ended, or take its end away",
        )
    starts = found.at("start").instant()
    part.begins(found.at("start"), starts, now)
    users = found.at("users").items(some=True)
    ids = [_user(one.at("user") if one.has("user") else one, directory) for one in users]
    people, missing = collected(directory, ids)
    part.problems += missing
    minutes = _minutes(found)
    seconds = found.at("rotation_turn_length_seconds")
    length = seconds.whole(60, _YEAR)
    if len(set(ids)) == 1:
        since, turn = starts, MINUTES_A_DAY
    else:
        since, turn = _since(found, starts), _turn(seconds, length)
    if missing:
        return
    day, minute = local_date(since, empty.zone), minute_of_day(since, empty.zone)
    part.layers.append(Layer(empty.name, empty.zone, people, turn, day, minute, minutes))


def _since(found: Found, starts: datetime) -> datetime:
    virtual = found.at("rotation_virtual_start")
    at = virtual.instant()
    if at > starts:
        virtual.refuse("turns begin later than the layer itself", "Let both begin together")
    if at.second or at.microsecond:
        virtual.refuse("turns begin within a minute", "Let them begin at a whole minute")
    return at


def _turn(found: Found, seconds: int) -> int:
    if seconds % 60:
        found.refuse(f"turns of {seconds} s are no whole minutes", "Let them be whole hours")
    try:
        check_turn(seconds // 60)
    except UnreadableError as wrong:
        found.refuse(wrong.message, wrong.fix)
    return seconds // 60


def _minutes(found: Found) -> Minutes:
    """The minutes of a week that a layer's restrictions leave, all of them without any."""
    restrictions = found.at("restrictions").items()
    every = [minute for one in restrictions for minute in _restriction(one)]
    return frozenset(every) if restrictions else ALL


def _restriction(found: Found) -> Minutes:
    start = _minute(found.at("start_time_of_day"))
    kind = found.at("type").text()
    if kind not in {"daily_restriction", "weekly_restriction"}:
        found.at("type").refuse(f"`{kind[:40]}` is no kind of restriction", "Known: daily, weekly")
    longest = MINUTES_A_DAY if kind == "daily_restriction" else WEEK
    duration = found.at("duration_seconds")
    seconds = duration.whole(1, longest * 60)
    if seconds % 60:
        duration.refuse(f"{seconds} s are no whole minutes", "Let it end at a whole minute")
    if kind == "daily_restriction":
        days = range(7)
    else:
        day = found.at("start_day_of_week").whole(1, 7)
        days = range(day - 1, day)
    return frozenset[int]().union(
        *(stretch(day * MINUTES_A_DAY + start, seconds // 60) for day in days)
    )


def _minute(found: Found) -> int:
    hour, _, rest = found.text().partition(":")
    minute, _, second = rest.partition(":")
    digits = all(part.isascii() and part.isdecimal() for part in (hour, minute, second or "0"))
    if not digits or int(hour) > 23 or int(minute) > 59 or int(second or 0):  # noqa: PLR2004 - a clock
        found.refuse(f"`{found.text()[:40]}` is no whole minute of a day", "It looks like 09:00:00")
    return int(hour) * 60 + int(minute)


def _entries(part: Part, found: Found, directory: Directory, now: datetime) -> None:
    """What PagerDuty rendered: the whole, and the overrides in it."""
    if found.has("final_schedule"):
        rendered = found.at("final_schedule").at("rendered_schedule_entries").items()
        part.rendered += [_entry(one, directory) for one in rendered]
    overrides = [*found.at("overrides").items()]
    if found.has("overrides_subschedule"):
        overrides += found.at("overrides_subschedule").at("rendered_schedule_entries").items()
    for one in overrides:
        span = _entry(one, directory)
        part.stands_in(span, directory.title(span.user), one, now)


def _entry(found: Found, directory: Directory) -> Rendered:
    starts, ends = found.at("start").instant(), found.at("end").instant()
    if ends <= starts:
        found.refuse("it ends before it starts", "Export it again")
    return Rendered(starts, ends, _user(found.at("user"), directory))
