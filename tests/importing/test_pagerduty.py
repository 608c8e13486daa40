"""Schedules of PagerDuty: exactly, or refused with the place and what to do."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pytest

from rotation.importing import Converted, Difference, said
from rotation.roster_file import RosterErrors, read_snapshot


class Export(Protocol):
    data: Any

    def convert(self, **more: object) -> Converted: ...


Exported = Callable[[str], Export]
Change = Callable[[dict[str, Any]], object]
PAGE = Path(__file__).parents[2] / "docs" / "coming-from.md"
SHIFTS = """\
shifts:
  support-business-hours:
    zone: America/New_York
    hours: 09:00 to 17:00
    days: [mon, wed, fri]
    turns: {change: every week, from: 2026-01-05, order: [ben-ortiz, cleo-marsh]}
  support-business-hours-2:
    zone: America/New_York
    hours: 09:00 to 17:00
    days: [tue, thu]
    turns: {change: every week, from: 2026-01-05, order: [cleo-marsh, ben-ortiz]}
  support-around-the-clock:
    zone: America/New_York
    hours: 17:00 to 09:00
    days: [mon, tue, wed, thu]
    turns: {change: every week, from: 2026-01-05, order: [ana-lim, ben-ortiz]}
  support-around-the-clock-2:
    zone: America/New_York
    hours: fri 17:00 to mon 09:00
    turns: {change: every week, from: 2026-01-05, order: [ana-lim, ben-ortiz]}
"""


def schedule(export: Export) -> dict[str, Any]:
    found: dict[str, Any] = export.data["schedule"]
    return found


def layer(found: dict[str, Any], place: int = 0) -> dict[str, Any]:
    one: dict[str, Any] = found["schedule_layers"][place]
    return one


def alone(found: dict[str, Any], **changed: object) -> None:
    """Leave the layer around the clock alone in the schedule, with nothing rendered."""
    found["schedule_layers"] = [{**layer(found, 1), **changed}]
    del found["final_schedule"]


def problems(export: Export, **more: object) -> list[str]:
    with pytest.raises(RosterErrors) as wrong:
        export.convert(**more)
    return [str(one) for one in wrong.value.problems]


def test_layers_become_shifts_without_what_the_layer_on_top_hides(exported: Exported) -> None:
    found = exported("PagerDuty").convert()
    people = """\
people:
  ben-ortiz: {name: Ben Ortiz, phone: "+12125550102", zone: America/New_York}
  cleo-marsh: {name: Cleo Marsh, phone: "+351912345680"}
  ana-lim: {name: Ana Lim, phone: "+6591234567", zone: Asia/Singapore}
"""
    assert people in found.text
    assert SHIFTS in found.text
    assert "escalation policies use it, and rotation has none: Support first line" in found.text
    assert found.left_out == ()
    (proof,) = found.proofs
    assert (proof.title, proof.entries, proof.differences) == ("Support", 5, ())
    assert len(read_snapshot([("made.yaml", found.text.encode())]).shifts) == 4


def test_the_rendered_schedule_shows_which_layer_is_on_top_in_either_order(
    exported: Exported,
) -> None:
    export = exported("PagerDuty")
    schedule(export)["schedule_layers"].reverse()
    text = export.convert().text
    for shift in SHIFTS.removeprefix("shifts:\n").split("\n  s"):
        assert shift.strip() in text


def test_layers_that_share_time_are_refused_where_nothing_shows_which_wins(
    exported: Exported,
) -> None:
    export = exported("PagerDuty")
    del schedule(export)["final_schedule"]
    (told,) = problems(export)
    assert "export.json: schedule: layers share time" in told
    assert "`--top first` or `--top last`" in told
    assert SHIFTS in export.convert(last_on_top=False).text
    assert "others hide all of Support Business hours" in export.convert(last_on_top=True).text


def test_the_proof_names_every_span_that_differs_and_across_a_clock_change(
    exported: Exported,
) -> None:
    export = exported("PagerDuty")
    entries = schedule(export)["final_schedule"]["rendered_schedule_entries"]
    entries[2]["start"] = entries[1]["end"] = "2026-03-09T09:00:00-05:00"  # by seconds, R-2
    (proof,) = export.convert(last_on_top=False).proofs
    assert proof.differences == (
        Difference(
            datetime(2026, 3, 9, 13, tzinfo=UTC),
            datetime(2026, 3, 9, 14, tzinfo=UTC),
            frozenset({"ana-lim"}),
            frozenset({"cleo-marsh"}),
        ),
    )


def test_time_under_overrides_is_not_compared_and_those_to_come_are_refused(
    exported: Exported,
) -> None:
    export = exported("PagerDuty")
    entries = schedule(export)["final_schedule"]["rendered_schedule_entries"]
    entries[0]["user"] = {"id": "PDEE004", "type": "user_reference", "summary": "Dee Ray"}
    schedule(export)["overrides_subschedule"]["rendered_schedule_entries"] = [deepcopy(entries[0])]
    assert export.convert().proofs[0].differences == ()
    coming = {"start": "2026-06-30T00:00:00Z", "end": "2026-07-01T00:00:00Z"}
    schedule(export)["overrides"] = [{**entries[0], **coming}]
    (told,) = problems(export)
    assert "schedule.overrides[0]: Dee Ray stands in from 2026-06-30 00:00Z" in told
    found = export.convert(partly=True)
    assert SHIFTS in found.text
    assert "# - schedule.overrides[0]: Dee Ray stands in" in found.text


@pytest.mark.promise("R-2")
@pytest.mark.parametrize(
    ("turn", "shifts"),
    [
        (86400, [("hours: 09:00 to 24:00\n    days: every day\n"
                 "    turns: {change: every day, from: 2026-01-05, order: [ana-lim, ben-ortiz]}"),
                 ("hours: 00:00 to 09:00\n    days: every day\n"
                 "    turns: {change: every day, from: 2026-01-06, order: [ana-lim, ben-ortiz]}")]),
        (43200, ["hours: 09:00 to 21:00\n    days: every day\n    everyone: [ana-lim]",
                 "hours: 21:00 to 09:00\n    days: every day\n    everyone: [ben-ortiz]"]),
        (14 * 86400, [("hours: mon 09:00 to mon 09:00\n"
                      "    turns: {change: every 2 weeks, from: 2026-01-05,")]),
        (5 * 86400, [("hours: 09:00 to 24:00\n    days: every day\n"
                     "    turns: {change: every 5 days, from: 2026-01-05,")]),
    ],
)  # fmt: skip
def test_turns_of_seconds_become_turns_of_dates_and_hours(
    exported: Exported, turn: int, shifts: list[str]
) -> None:
    export = exported("PagerDuty")
    alone(schedule(export), rotation_turn_length_seconds=turn)
    text = export.convert().text
    assert [shift for shift in shifts if shift not in text] == []


def test_one_person_alone_is_on_duty_all_day_whatever_the_turns(exported: Exported) -> None:
    export = exported("PagerDuty")
    users = layer(schedule(export), 1)["users"][:1]
    alone(schedule(export), users=users, rotation_turn_length_seconds=12345)
    assert "hours: all day\n    days: every day\n    everyone: [ana-lim]" in export.convert().text


def test_a_layer_that_ended_is_left_out_and_named(exported: Exported) -> None:
    export = exported("PagerDuty")
    layer(schedule(export))["end"] = "2026-05-01T00:00:00Z"
    del schedule(export)["final_schedule"]
    text = export.convert().text
    assert "mon 09:00 to mon 09:00" in text
    assert "the layer Business hours ended on 2026-05-01 and was left out" in text


@pytest.mark.parametrize(
    ("changed", "where", "said"),
    [
        ({"rotation_turn_length_seconds": 36 * 3600}, "rotation_turn_length_seconds",
         "turns of 36 h fall on other hours every day"),
        ({"rotation_turn_length_seconds": 5 * 3600}, "rotation_turn_length_seconds", "turns of 5"),
        ({"rotation_turn_length_seconds": 86401}, "rotation_turn_length_seconds", "no whole min"),
        ({"rotation_turn_length_seconds": 0}, "rotation_turn_length_seconds", "0 does not lie"),
        ({"rotation_turn_length_seconds": "weekly"}, "rotation_turn_length_seconds", "`weekly`"),
        ({"rotation_turn_length_seconds": True}, "rotation_turn_length_seconds", "true or false"),
        ({"end": "2027-01-01T00:00:00Z"}, "end", "it ends on 2027-01-01 00:00Z"),
        ({"start": "2026-07-01T00:00:00Z"}, "start", "it begins on 2026-07-01 00:00Z"),
        ({"start": "2026-07-01T00:00:00"}, "start", "no instant with an offset"),
        ({"start": None}, "start", "a text is needed here, not nothing"),
        ({"rotation_virtual_start": "2026-02-05T09:00:00-05:00"}, "rotation_virtual_start",
         "turns begin later than the layer"),
        ({"rotation_virtual_start": "2026-01-05T08:00:17-05:00"}, "rotation_virtual_start",
         "within a minute"),
        ({"users": []}, "users", "there is none"),
        ({"users": {}}, "users", "a list is needed here, not an object"),
        ({"users": [{"user": "ana"}]}, "users[0].user", "an object with `id` is needed"),
        ({"users": [{"user": {"id": 7}}]}, "users[0].user.id", "a text is needed here, not a num"),
        ({"restrictions": [{"type": "monthly_restriction", "start_time_of_day": "09:00:00"}]},
         "restrictions[0].type", "`monthly_restriction` is no kind"),
        ({"restrictions": [{"type": "daily_restriction", "start_time_of_day": "09:00:00",
                            "duration_seconds": 90000}]},
         "restrictions[0].duration_seconds", "90000 does not lie between 1 and 86400"),
        ({"restrictions": [{"type": "daily_restriction", "start_time_of_day": "09:00:00",
                            "duration_seconds": 3599}]},
         "restrictions[0].duration_seconds", "3599 s are no whole minutes"),
        ({"restrictions": [{"type": "weekly_restriction", "start_time_of_day": "09:00:00",
                            "duration_seconds": 3600, "start_day_of_week": 0}]},
         "restrictions[0].start_day_of_week", "0 does not lie between 1 and 7"),
        ({"restrictions": [{"type": "daily_restriction", "start_time_of_day": "9 am"}]},
         "restrictions[0].start_time_of_day", "`9 am` is no whole minute"),
        ({"restrictions": [{"type": "daily_restriction", "start_time_of_day": "09:00:30"}]},
         "restrictions[0].start_time_of_day", "`09:00:30` is no whole minute"),
    ],
)  # fmt: skip
def test_what_cannot_be_carried_over_is_refused_where_it_stands(
    exported: Exported, changed: dict[str, Any], where: str, said: str
) -> None:
    export = exported("PagerDuty")
    alone(schedule(export), **changed)
    told = problems(export)
    assert len(told) == 1
    assert f"export.json: schedule.schedule_layers[0].{where}: " in told[0]
    assert said in told[0]


def test_an_order_that_hardly_ever_begins_anew_is_refused(exported: Exported) -> None:
    export = exported("PagerDuty")
    found = layer(schedule(export))
    found["rotation_turn_length_seconds"] = 353 * 86400
    schedule(export)["schedule_layers"] = [found]
    (told,) = problems(export)
    assert "it takes 706 turns until this begins anew" in told


def test_partly_leaves_whole_schedules_out_and_lists_them(exported: Exported) -> None:
    export = exported("PagerDuty")
    broken = deepcopy(schedule(export))
    layer(broken)["end"], broken["name"] = "2027-01-01T00:00:00Z", "Weekends"
    export.data = {"schedules": [schedule(export), broken]}
    assert len(problems(export)) == 1
    found = export.convert(partly=True)
    assert SHIFTS in found.text
    assert "schedules[1].schedule_layers[0].end: it ends on" in found.text
    assert "weekends" not in found.text
    export.data = [broken]
    assert "nothing in it can be carried over" in "\n".join(problems(export, partly=True))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s.pop("schedule_layers"), "schedule: there are no `schedule_layers` here"),
        (lambda s: s.update(time_zone="Eastern Time"), "schedule.time_zone: `Eastern"),
        (lambda s: s.update(final_schedule={"rendered_schedule_entries": 5}), "not a number"),
        (lambda s: s["final_schedule"]["rendered_schedule_entries"][0].update(
            end="2026-01-01T00:00:00Z"), "rendered_schedule_entries[0]: it ends before"),
        (lambda s: s.update(escalation_policies=5), "escalation_policies: a list is needed"),
    ],
)  # fmt: skip
def test_a_schedule_of_the_wrong_shape_is_refused(
    exported: Exported, change: Change, said: str
) -> None:
    export = exported("PagerDuty")
    change(schedule(export))
    assert said in "\n".join(problems(export))


@pytest.mark.parametrize("service", ["PagerDuty", "Opsgenie"])
def test_the_page_about_it_shows_what_really_comes_out(exported: Exported, service: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    found = exported(service).convert()
    assert f"wrote schedules/{'support' if service == 'PagerDuty' else 'guests'}.yaml: " in page
    assert f"{found.people} people, {found.shifts} shifts, and no groups yet" in page
    assert said(found.proofs[0], service) in page
    if service == "PagerDuty":
        assert SHIFTS in page
