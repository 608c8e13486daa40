"""A week in the real process: the same people every day, and nights of jumping clocks."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import GroupId
from rotation.core.timeline import Timeline

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]

CHAT = "120363041234567001@g.us"
A_WEEK = timedelta(days=7)
SHIFTS = {"asia": "00:00 to 08:00", "europe": "08:00 to 16:00", "america": "16:00 to 24:00"}


def thirty() -> tuple[str, str]:
    """Thirty agents, ten to a shift, two of them on duty, others every day: people and desk."""
    names = {shift: [f"{shift[:2]}{n}" for n in range(10)] for shift in SHIFTS}
    people = ["people:", '  mara: {name: Mara Costa, phone: "+351961234567"}']
    every = [name for shift in names.values() for name in shift]
    people += [
        f'  {name}: {{name: Agent {name.upper()}, phone: "+3519120000{n:02}"}}'
        for n, name in enumerate(every)
    ]
    desk = ["shifts:"]
    for shift, hours in SHIFTS.items():
        desk += [
            f"  {shift}:",
            "    zone: UTC",
            f"    hours: {hours}",
            "    days: every day",
            "    on_duty: 2",
            "    turns:",
            "      change: every day",
            "      from: 2026-01-01",
            f"      order: [{', '.join(names[shift])}]",
        ]
    desk += [
        "groups:",
        "  desk:",
        "    account: main",
        f"    chat: {CHAT}",
        f"    shifts: [{', '.join(SHIFTS)}]",
        "    mode: managed",
        "    join_early: 10 min",
    ]
    return "\n".join(people) + "\n", "\n".join(desk) + "\n"


def follow_invites(desk: Any) -> None:  # noqa: ANN401 - a site
    """Whoever was sent the link and is on duty next, and not inside, uses it."""
    group = desk.world.ask("state")["groups"][CHAT]
    soon = desk.world.now + timedelta(minutes=10)
    for person in Timeline(desk.roster).on_duty(GroupId("desk"), soon):
        phone = desk.roster.people[person].phone
        asked = any(group["invite_code"] in text for text in desk.world.messages(phone)[-1:])
        if asked and phone not in group["members"]:
            desk.world.does("rejoin", chat=CHAT, phone=phone, code=group["invite_code"])


@pytest.mark.promise("E-11")
def test_a_week_of_thirty_agents_of_whom_every_other_is_refused_when_coming_back(
    site: MakeSite,
) -> None:
    """Everybody is back on the sixth day."""
    people, roster = thirty()
    desk = site("07:30", people=people, desk=roster)
    desk.world.ask("settings", {"re_adding_chance": 0.5, "re_adding_minutes": 10 * 24 * 60})
    daemon = desk.daemon()
    starts = desk.world.now
    boundaries = Timeline(desk.roster).handovers(GroupId("desk"), starts, starts + A_WEEK)
    assert len(boundaries) == 3 * A_WEEK.days
    for boundary in boundaries:
        desk.until(boundary.at - timedelta(minutes=5), daemon)
        follow_invites(desk)
    desk.until(starts + A_WEEK, daemon)
    desk.world.is_lawful()
    measures = desk.world.ask("verdict")["measures"]
    assert set(measures["uncovered_minutes"].values()) == {0.0}
    assert measures["hot_retries"] == 0
    assert measures["most_invites_per_shift"] == 1
    assert measures["refused_adds"] > 0
    assert daemon.stop() == 0
    desk.is_whole()
    with desk.books() as books:
        rows = books.handovers.of()
    assert all(row.proven_at is not None for row in rows if row.at > starts)


@pytest.mark.promise("C1", "A1")
def test_a_week_of_handovers(site: MakeSite) -> None:
    desk = site("07:30")
    daemon = desk.daemon()
    for day in range(7):
        desk.until(f"{24 * (day + 1)}:10", daemon)
        assert desk.world.inside() == {"ana"}
    desk.world.is_lawful()
    assert daemon.stop() == 0
    desk.is_whole()
    with desk.books() as books:
        rows = books.handovers.of()
        gone = [r for r in books.audit.list() if r.kind == "removed"]
    assert [row for row in rows if row.proven_at is None] == []
    assert len(rows) == 1 + 21
    assert len(gone) == 1 + 21  # who was inside at the start, and one at every boundary


NIGHTS = """\
shifts:
  late:  {zone: Europe/Lisbon, hours: 18:00 to 01:30, days: every day, everyone: [ana]}
  early: {zone: Europe/Lisbon, hours: 01:30 to 18:00, days: every day, everyone: [ben]}
groups:
  desk: {account: main, chat: 120363041234567001@g.us, shifts: [late, early], mode: managed}
"""


@pytest.mark.promise("R3")
@pytest.mark.parametrize(
    ("night", "boundary"),
    [
        ("2026-03-28T23:00:00+00:00", "2026-03-29T01:00:00+00:00"),  # 01:30 does not exist
        ("2026-10-24T22:00:00+00:00", "2026-10-25T00:30:00+00:00"),  # 01:30 comes twice
    ],
)
def test_a_handover_on_a_night_of_jumping_clocks_happens_once(
    site: MakeSite, night: str, boundary: str
) -> None:
    desk = site(datetime.fromisoformat(night), desk=NIGHTS)
    daemon = desk.daemon()
    at = datetime.fromisoformat(boundary)
    desk.until(at - timedelta(seconds=1), daemon)
    assert desk.world.inside() == {"ana"}
    desk.until(at + timedelta(hours=3), daemon)
    assert desk.world.inside() == {"ben"}
    (came,) = [c for c in desk.world.calls("add") if datetime.fromisoformat(c["at"]) >= at]
    assert datetime.fromisoformat(came["at"]) == at
    desk.world.is_lawful()
