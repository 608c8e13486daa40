"""What is at an address, read by the real daemon: carried out, missed, and again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, TypeAlias

import pytest

from tests.answering import answering, gives

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]
TWO_AND_TWO = """\
shifts:
  early: {zone: UTC, hours: 00:00 to 08:28, days: every day, everyone: [ana, ben]}
  late: {zone: UTC, hours: 08:28 to 24:00, days: every day, everyone: [chen, dora]}
  alone: {zone: UTC, hours: 00:00 to 24:00, days: every day, everyone: [ana]}
groups:
  clinic: {account: main, chat: 120363041234567002@g.us, shifts: [alone], mode: managed}
  desk: {account: main, chat: 120363041234567001@g.us, shifts: [early, late], mode: managed}
"""


@dataclass
class Hr:
    """A personnel system on this machine, and somebody's calendar."""

    url: str = ""
    status: int = 200
    rows: list[str] = field(default_factory=lambda: ["ben,,left the firm"])
    events: list[str] = field(
        default_factory=lambda: ["UID:1\nDTSTART;VALUE=DATE:20260105\nSUMMARY:Dora"]
    )
    asked: int = 0

    def answer(self, to: BaseHTTPRequestHandler) -> None:
        if to.path.endswith("ics"):
            events = "".join(f"BEGIN:VEVENT\n{one}\nEND:VEVENT\n" for one in self.events)
            gives(to, 200, f"BEGIN:VCALENDAR\n{events}END:VCALENDAR\n")
            return
        self.asked += 1
        gives(to, self.status, "\n".join(["person,from,reason", *self.rows]))


@pytest.fixture
def hr() -> Iterator[Hr]:
    found = Hr()
    with answering(found.answer) as place:
        found.url = f"{place}/leavers.csv"
        yield found


def told(desk: Any) -> str:  # noqa: ANN401 - a site
    """What people outside the chat were told so far."""
    return str((desk.folder / "alerts.txt").read_text())


@pytest.mark.promise("P-wipe", "S8")
def test_the_daemon_takes_leavers_from_a_list_and_cover_from_a_calendar_and_says_where_it_cannot(
    site: MakeSite, hr: Hr
) -> None:
    desk = site("07:50", TWO_AND_TWO)
    daemon = desk.daemon(
        ROTATION_LEAVERS__URL=hr.url,
        ROTATION_LEAVERS__EVERY="5 min",
        ROTATION_CALENDARS__CLINIC__URL=hr.url.replace("csv", "ics"),
        ROTATION_CALENDARS__CLINIC__EVERY="5 min",
        ROTATION_CALENDARS__CLINIC__SHIFTS="alone",
    )
    desk.until("07:53", daemon)
    assert (desk.world.inside(), desk.world.inside(2)) == ({"ana"}, {"dora"})
    hr.events = ["UID:2\nDTSTART;VALUE=DATE:20260106\nSUMMARY:Dora"]
    assert "list of 127.0.0.1" in desk.once("wipe", "--report", "ben").stdout
    hr.status = 503
    asked = hr.asked
    desk.until("08:25", daemon)
    assert desk.world.inside(2) == {"ana"}  # what disappears from the calendar is taken back
    assert hr.asked - asked > 4  # it is tried again and again
    assert told(desk).count("the server answered 503") == 1
    hr.status, hr.rows = 200, ["dora,2026-01-05T08:33Z,"]
    desk.until("08:32", daemon)
    assert told(desk).count("it is read again") == 1
    assert desk.world.inside() == {"chen", "dora"}
    desk.until("08:40", daemon)
    assert desk.world.inside() == {"chen"}
    assert daemon.stop() == 0
    assert told(desk).count("The list of leavers") == 2
