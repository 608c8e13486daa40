"""Schedules as Opsgenie's API gives them (`GET /v2/schedules`), read into layers.

Everybody on turn in any rotation of a schedule is on duty. A timeline (`GET
/v2/schedules/{id}/timeline`) beside them says what Opsgenie made of it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from rotation.core.roster import MINUTES_A_DAY
from rotation.core.timeline import local_date, minute_of_day
from rotation.importing.directory import Directory, Known, collected, text_of
from rotation.importing.found import Found, enclosed
from rotation.importing.layer import Layer, check_turn
from rotation.importing.part import Part, Rendered
from rotation.importing.week import ALL, WEEK, Minutes, stretch
from rotation.roster_file import forms
from rotation.roster_file.problems import UnreadableError, did_you_mean

_ROTATIONS = "Fetch each schedule by GET /v2/schedules/{id}"
_UNITS = {"hourly": 60, "daily": MINUTES_A_DAY, "weekly": WEEK}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPOKEN = ("sms", "voice", "whatsapp")
_KINDS = {"time-of-day", "weekday-and-time-of-day"}


def add_users(found: Found, directory: Directory) -> None:
    """The users of a file, with their contacts where it has them."""
    for user in enclosed(found, "data", "users"):
        _user(user, directory)


def parts(found: Found, directory: Directory, now: datetime) -> Iterator[Part]:
    """Each rotation of each schedule of a file."""
    documents = tuple(enclosed(found, "data", "schedules"))
    timelines = {
        text_of(one.at("_parent"), "id", "name"): one
        for one in documents
        if one.has("finalTimeline") and one.has("_parent")
    }
    for schedule in documents:
        if not (schedule.has("finalTimeline") and not schedule.has("rotations")):
            mine = timelines.get(text_of(schedule, "id"), schedule)
            yield from _schedule(schedule, mine, directory, now)


def _schedule(found: Found, timeline: Found, directory: Directory, now: datetime) -> Iterator[Part]:
    title = text_of(found, "name") or "schedule"
    whole = Part(title, title, found.where or title)
    if found.has("enabled") and found.at("enabled").value is False:
        whole.notes.append("it is switched off in Opsgenie, and was left out")
        yield whole
        return
    zone = "UTC"
    rotations: tuple[Found, ...] = ()
    with whole.noting():
        if not found.has("rotations"):
            theirs = any(found.has(key) for key in ("schedule", "schedules", "schedule_layers"))
            fix = "That is PagerDuty's: `rotation import pagerduty`" if theirs else _ROTATIONS
            found.refuse("there are no `rotations` here", fix)
        zone = found.at("timezone").read(forms.zone)
        rotations = found.at("rotations").items(some=True)
    yield whole
    entries = _timelines(timeline)
    for rotation in rotations:
        name = text_of(rotation, "name") or "rotation"
        said = title if len(rotations) == 1 else f"{title} {name}"
        part = Part(title, said, rotation.where)
        with part.noting():
            _rotation(part, rotation, zone, directory, now)
            key = text_of(rotation, "id") or name
            _entries(part, entries.get(key, ()), directory, now)
        yield part


def _user(found: Found, directory: Directory) -> str:
    address = text_of(found, "username")
    known = Known(
        text_of(found, "id") or address or found.at("id").text(),
        text_of(found, "fullName"),
        address,
        text_of(found, "timeZone", "timezone"),
    )
    contacts = found.at("userContacts" if found.has("userContacts") else "contacts").items()
    for contact in contacts:
        kind = text_of(contact, "contactMethod", "method")
        if kind in _SPOKEN and contact.has("to"):
            to = contact.at("to")
            number = to.text() if to.text().startswith("+") else f"+{to.text()}"
            known.numbers.append(Found(to.where, number))
    return directory.add(known).id


def _rotation(part: Part, found: Found, zone: str, directory: Directory, now: datetime) -> None:
    if found.has("endDate"):
        ends = found.at("endDate").instant()
        if ends <= now:
            part.notes.append(f"it ended on {ends:%Y-%m-%d} and was left out")
            return
        found.at("endDate").refuse(
            f"it ends on {ends:%Y-%m-%d %H:%M}Z, and a shift has no end",
            "Import it when it has ended, or take its end away",
        )
    starts = found.at("startDate").instant()
    part.begins(found.at("startDate"), starts, now)
    ids = [_participant(one, directory) for one in found.at("participants").items(some=True)]
    people, missing = collected(directory, ids)
    part.problems += missing
    minutes = _minutes(found)
    turn = _turn(found) if len(set(ids)) > 1 else MINUTES_A_DAY
    if not missing:
        day, minute = local_date(starts, zone), minute_of_day(starts, zone)
        part.layers.append(Layer(part.title, zone, people, turn, day, minute, minutes))


def _participant(found: Found, directory: Directory) -> str:
    kind = found.at("type").text()
    if kind != "user":
        what = {"none": "a turn that nobody has", "team": "a team", "escalation": "an escalation"}
        found.refuse(
            f"{what.get(kind, kind[:40])} takes turns here, and in rotation only people do",
            "Put the people themselves into the order",
        )
    return _user(found, directory)


def _turn(found: Found) -> int:
    kind = found.at("type").text()
    if kind not in _UNITS:
        found.at("type").refuse(f"`{kind[:40]}` turns are not known", did_you_mean(kind, _UNITS))
    length = found.at("length").whole(1, 9999) if found.has("length") else 1
    try:
        check_turn(length * _UNITS[kind])
    except UnreadableError as wrong:
        found.at("length").refuse(wrong.message, wrong.fix)
    return length * _UNITS[kind]


def _minutes(found: Found) -> Minutes:
    """The minutes of a week that the time restriction leaves, all of them without one."""
    if not found.has("timeRestriction"):
        return ALL
    limit = found.at("timeRestriction")
    kind = limit.at("type").text()
    if kind not in _KINDS:
        limit.at("type").refuse(f"`{kind[:40]}` is not known", did_you_mean(kind, _KINDS))
    some = [limit.at("restriction")] if limit.has("restriction") else []
    some += limit.at("restrictions").items()
    if not some:
        limit.refuse("there is no time in it", "Export it again")
    of_days = kind != "time-of-day"
    return frozenset[int]().union(*(_of_week(one) if of_days else _of_day(one) for one in some))


def _of_day(found: Found) -> Minutes:
    starts, ends = _clock(found, "start"), _clock(found, "end")
    if starts == ends:
        found.refuse("it starts when it ends", "Take it away if the whole day is meant")
    length = (ends - starts) % MINUTES_A_DAY
    return frozenset[int]().union(
        *(stretch(day * MINUTES_A_DAY + starts, length) for day in range(7))
    )


def _of_week(found: Found) -> Minutes:
    starts, ends = (
        _day(found.at(f"{edge}Day")) * MINUTES_A_DAY + _clock(found, edge)
        for edge in ("start", "end")
    )
    if starts == ends:
        found.refuse("it starts when it ends", "Take it away if the whole week is meant")
    return stretch(starts, (ends - starts) % WEEK)


def _clock(found: Found, edge: str) -> int:
    last = 24 if edge == "end" else 23
    hour = found.at(f"{edge}Hour").whole(0, last)
    minute = found.at(f"{edge}Min").whole(0, 59) if found.has(f"{edge}Min") else 0
    if hour * 60 + minute > MINUTES_A_DAY:
        found.refuse("it ends after midnight's 24:00", "Write 24:00 or 0:00")
    return hour * 60 + minute


def _day(found: Found) -> int:
    text = found.text().casefold()
    if text not in _DAYS:
        found.refuse(f"`{text[:40]}` is no weekday", did_you_mean(text, _DAYS))
    return _DAYS.index(text)


def _timelines(found: Found) -> Mapping[str, tuple[Found, ...]]:
    """The periods of each rotation, under its id or name."""
    if not found.has("finalTimeline"):
        return {}
    rotations = found.at("finalTimeline").at("rotations").items()
    return {
        text_of(one, "id", "name") or "rotation": one.at("periods").items() for one in rotations
    }


def _entries(part: Part, periods: tuple[Found, ...], directory: Directory, now: datetime) -> None:
    for one in periods:
        starts, ends = one.at("startDate").instant(), one.at("endDate").instant()
        if ends <= starts:
            one.refuse("it ends before it starts", "Export it again")
        if not one.has("recipient") or text_of(one.at("recipient"), "type") != "user":
            continue
        recipient = one.at("recipient")
        known = Known(recipient.at("id").text(), None, text_of(recipient, "name", "username"))
        span = Rendered(starts, ends, directory.add(known).id)
        if text_of(one, "type") in {"override", "forwarding"}:
            part.stands_in(span, directory.title(span.user), one, now)
        else:
            part.rendered.append(span)
