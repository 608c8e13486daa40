"""Schedules of Opsgenie: exactly, or refused with the place and what to do."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest

from rotation.importing import Converted, Difference
from rotation.roster_file import RosterErrors, read_snapshot


class Export(Protocol):
    data: Any

    def convert(self, **more: object) -> Converted: ...


Exported = Callable[[str], Export]
ROSTER = """\
people:
  ana-lim: {name: Ana Lim, phone: "+351912345678", zone: Europe/Lisbon}
  ben-ortiz: {name: Ben Ortiz, phone: "+351912345679", zone: Europe/Lisbon}
  cleo-marsh: {name: Cleo Marsh, phone: "+351912345680", zone: Europe/Lisbon}

shifts:
  guest-care-days:
    zone: Europe/Lisbon
    hours: 08:00 to 20:00
    days: [mon, tue]
    turns: {change: every 2 weeks, from: 2026-01-05, order: [ana-lim, ben-ortiz]}
  guest-care-days-2:
    zone: Europe/Lisbon
    hours: fri 18:30 to sun 22:00
    turns: {change: every 2 weeks, from: 2026-01-05, order: [ana-lim, ben-ortiz]}
  guest-care-nights:
    zone: Europe/Lisbon
    hours: 20:00 to 08:00
    days: every day
    turns: {change: every 3 days, from: 2026-01-05, order: [cleo-marsh, ana-lim, ben-ortiz]}
  guest-care-desk:
    zone: Europe/Lisbon
    hours: 06:00 to 14:00
    days: every day
    turns: {change: every day, from: 2026-01-05, order: [ana-lim, ben-ortiz]}
  guest-care-desk-2:
    zone: Europe/Lisbon
    hours: 14:00 to 22:00
    days: every day
    turns: {change: every day, from: 2026-01-05, order: [ben-ortiz, ana-lim]}
  guest-care-desk-3:
    zone: Europe/Lisbon
    hours: 22:00 to 06:00
    days: every day
    turns: {change: every day, from: 2026-01-05, order: [ana-lim, ben-ortiz]}
"""


def schedule(export: Export) -> dict[str, Any]:
    found: dict[str, Any] = export.data[0]["data"]
    return found


def periods(export: Export) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = export.data[1]["data"]["finalTimeline"]["rotations"][0]["periods"]
    return found


def problems(export: Export, **more: object) -> list[str]:
    with pytest.raises(RosterErrors) as wrong:
        export.convert(**more)
    return [str(one) for one in wrong.value.problems]


def test_rotations_become_shifts_and_are_compared_with_the_timeline(exported: Exported) -> None:
    found = exported("Opsgenie").convert()
    assert ROSTER in found.text
    assert found.left_out == ()
    (proof,) = found.proofs
    assert (proof.title, proof.entries, proof.differences) == ("Guest care Nights", 4, ())
    assert len(read_snapshot([("made.yaml", found.text.encode())]).shifts) == 6


def test_what_differs_from_the_timeline_is_named(exported: Exported) -> None:
    export = exported("Opsgenie")
    periods(export)[0]["recipient"] = {"id": "u-ben", "type": "user", "name": "ben@hotel.example"}
    (proof,) = export.convert().proofs
    assert proof.differences == (
        Difference(
            datetime(2026, 3, 27, 20, tzinfo=UTC),
            datetime(2026, 3, 28, 8, tzinfo=UTC),
            frozenset({"ben-ortiz"}),
            frozenset({"cleo-marsh"}),
        ),
    )
    periods(export)[0]["type"] = "override"
    assert export.convert().proofs[0].differences == ()


def test_a_schedule_that_is_switched_off_is_left_out_and_named(exported: Exported) -> None:
    export = exported("Opsgenie")
    export.data.append({"data": {"name": "Old desk", "enabled": False, "rotations": []}})
    text = export.convert().text
    assert ROSTER in text
    assert "Old desk: it is switched off in Opsgenie, and was left out" in text


@pytest.mark.parametrize(
    ("place", "changed", "where", "said"),
    [
        (2, {"length": 5}, "length", "turns of 5 h fall on other hours every day"),
        (2, {"length": 0}, "length", "0 does not lie between 1 and 9999"),
        (2, {"type": "monthly"}, "type", "`monthly` turns are not known"),
        (1, {"endDate": "2027-01-01T00:00:00Z"}, "endDate", "it ends on 2027-01-01 00:00Z"),
        (1, {"startDate": "2026-09-01T00:00:00Z"}, "startDate", "it begins on 2026-09-01 00:00Z"),
        (1, {"participants": [{"type": "escalation", "id": "e"}]}, "participants[0]",
         "an escalation takes turns here"),
        (1, {"participants": [{"type": "none"}]}, "participants[0]", "a turn that nobody has"),
        (1, {"participants": [{"type": "team", "id": "t"}]}, "participants[0]", "a team takes"),
        (1, {"participants": []}, "participants", "there is none"),
        (1, {"timeRestriction": {"type": "moon"}}, "timeRestriction.type", "`moon` is not known"),
        (1, {"timeRestriction": {"type": "time-of-day"}}, "timeRestriction", "no time in it"),
        (1, {"timeRestriction": {"type": "time-of-day", "restriction":
             {"startHour": 8, "startMin": 0, "endHour": 8, "endMin": 0}}},
         "timeRestriction.restriction", "it starts when it ends"),
        (1, {"timeRestriction": {"type": "time-of-day", "restriction":
             {"startHour": 24, "endHour": 8}}}, "timeRestriction.restriction.startHour",
         "24 does not lie between 0 and 23"),
        (1, {"timeRestriction": {"type": "time-of-day", "restriction":
             {"startHour": 20, "endHour": 24, "endMin": 30}}}, "timeRestriction.restriction",
         "24:00"),
        (1, {"timeRestriction": {"type": "weekday-and-time-of-day", "restrictions":
             [{"startDay": "fryday", "startHour": 8, "endDay": "monday", "endHour": 9}]}},
         "timeRestriction.restrictions[0].startDay", "Did you mean `friday`?"),
        (1, {"timeRestriction": {"type": "weekday-and-time-of-day", "restrictions":
             [{"startDay": "friday", "startHour": 8, "endDay": "friday", "endHour": 8}]}},
         "timeRestriction.restrictions[0]", "it starts when it ends"),
    ],
)  # fmt: skip
def test_what_cannot_be_carried_over_is_refused_where_it_stands(
    exported: Exported, place: int, changed: dict[str, Any], where: str, said: str
) -> None:
    export = exported("Opsgenie")
    schedule(export)["rotations"][place].update(changed)
    (told,) = problems(export)
    assert f"export.json: [0].data.rotations[{place}].{where}: " in told
    assert said in told
    left = export.convert(partly=True)
    assert len(left.left_out) == 1
    assert said in " ".join(left.text.replace("\n# ", " ").split())


def test_a_rotation_that_ended_is_left_out_and_named(exported: Exported) -> None:
    export = exported("Opsgenie")
    schedule(export)["rotations"][2]["endDate"] = "2026-05-01T00:00:00Z"
    text = export.convert().text
    assert "guest-care-desk:" not in text
    assert "Guest care Desk: it ended on 2026-05-01 and was left out" in text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"rotations": None}, "[0].data: there are no `rotations` here"),
        ({"timezone": "IST"}, "[0].data.timezone: `IST`"),
    ],
)
def test_a_schedule_of_the_wrong_shape_is_refused(
    exported: Exported, changed: dict[str, Any], said: str
) -> None:
    export = exported("Opsgenie")
    schedule(export).update(changed)
    assert said in "\n".join(problems(export))


def test_a_forwarding_to_come_is_refused_and_listed(exported: Exported) -> None:
    export = exported("Opsgenie")
    coming = {"startDate": "2026-07-01T20:00:00Z", "endDate": "2026-07-02T08:00:00Z"}
    periods(export).append({**periods(export)[0], **coming, "type": "override"})
    (told,) = problems(export)
    assert "Cleo Marsh stands in from 2026-07-01 20:00Z to 2026-07-02 08:00Z" in told
    assert ROSTER in export.convert(partly=True).text
