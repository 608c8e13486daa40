"""What recurring-ical-events takes for rosters: one argument, the file that describes them.

Each roster is parsed once, an event for every agent that comes back with their turn. Prints, as
JSON, the spans it finds, and seconds of CPU: for a year of each roster, and for each instant asked.
"""

import json
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import recurring_ical_events
from icalendar import Calendar


def parsed(roster: list[dict[str, Any]]) -> Calendar:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//rotation//bench//"]
    for shift in roster:
        for place, agent in enumerate(shift["order"]):
            first = date.fromisoformat(shift["anchor"]) + place * timedelta(weeks=1)
            lines += [
                *("BEGIN:VEVENT", f"UID:{agent}", f"SUMMARY:{agent}", "DTSTAMP:20260101T000000Z"),
                *(f"{key};TZID={shift['zone']}:{first:%Y%m%d}T{_clock(shift[minute])}"
                  for key, minute in (("DTSTART", "starts"), ("DTEND", "ends"))),
                f"RRULE:FREQ=WEEKLY;INTERVAL={len(shift['order'])};BYDAY=MO,TU,WE,TH,FR;WKST=MO",
                "END:VEVENT",
            ]  # fmt: skip
    return Calendar.from_ical("\r\n".join((*lines, "END:VCALENDAR", "")))


def _clock(minute: int) -> str:
    return f"{minute // 60:02}{minute % 60:02}00"


def main(description: str) -> None:
    asked = json.loads(Path(description).read_text(encoding="utf-8"))
    since, until = (datetime.fromtimestamp(asked[end], UTC) for end in ("since", "until"))
    calendars = [parsed(roster) for roster in asked["rosters"]]
    recurring_ical_events.of(calendars[0]).between(since, since + timedelta(weeks=1))
    years, spans = [], []
    for calendar in calendars:
        began = time.process_time()
        events = recurring_ical_events.of(calendar).between(since, until)
        years.append(time.process_time() - began)
        spans.append(sorted(map(_span, events)))
    instants, inside = [], []
    for at in asked["instants"]:
        began = time.process_time()
        events = recurring_ical_events.of(calendars[0]).at(datetime.fromtimestamp(at, UTC))
        instants.append(time.process_time() - began)
        inside.append(sorted(str(event["SUMMARY"]) for event in events))
    found = {"years": years, "spans": spans, "instants": instants, "inside": inside}
    print(json.dumps(found))


def _span(event: Any) -> tuple[int, int, str]:  # noqa: ANN401 - the library says no type
    starts, ends = (int(event[key].dt.timestamp()) for key in ("DTSTART", "DTEND"))
    return starts, ends, str(event["SUMMARY"])


if __name__ == "__main__":
    main(sys.argv[1])
