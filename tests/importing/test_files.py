"""Whatever file is given, there is a roster or a clear word about it, and never a trace."""

import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rotation.importing import SERVICES, Asked, Converted, converted
from rotation.roster_file import RosterErrors, read_snapshot

EXPORTS = Path(__file__).parent / "exports"
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def of(service: str, content: bytes, users: tuple[str, bytes] | None = None) -> list[str]:
    """What is said of a file, without its name; nothing if it became a roster."""
    try:
        found = converted(Asked(service, "export.json", content, users), NOW)
    except RosterErrors as wrong:
        return [str(one).removeprefix("export.json") for one in wrong.problems]
    read_snapshot([("made.yaml", found.text.encode())])
    return []


@pytest.mark.parametrize("service", sorted(SERVICES))
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", ":1:1: this is not JSON: Expecting value. Save the answer of the API as it is"),
        (b'{"schedule": ,}', ":1:14: this is not JSON"),
        (b"<!DOCTYPE html><html>", ": this is a web page and no JSON"),
        (b"\xff\xfe\x00", ": the file is not UTF-8 text"),
        (b" " * (32 * 1024 * 1024 + 1), ": the file is larger than 32 MiB"),
        (b"[" * 100_000, ": this is no plain JSON: it is too deep or too long"),
        (b'{"a": NaN}', ": this is no plain JSON: `NaN` is no number"),
        (b'{"a": 1, "a": 2}', ": this is no plain JSON: an object has a key twice"),
        (b'{"a": ' + b"9" * 5000 + b"}", ": this is no plain JSON: it is too deep or too long"),
        (b"[]", ": nothing in it can be carried over"),
        (b'{"unlike": "anything"}', "here. Fetch"),
    ],
)
def test_a_file_that_is_no_export_is_refused_in_a_word(
    service: str, content: bytes, said: str
) -> None:
    told = of(service, content)
    assert len(told) <= 2
    assert said in told[0]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)
KEYS = st.sampled_from(
    ["id", "name", "schedule", "data", "schedule_layers", "rotations", "users", "user", "start",
     "end", "restrictions", "time_zone", "timezone", "participants", "startDate", "length",
     "timeRestriction", "final_schedule", "overrides", "finalTimeline", "_parent", "enabled"]
)  # fmt: skip


@settings(max_examples=min(15, settings.default.max_examples if settings.default else 15))
@given(st.sampled_from(sorted(SERVICES)), st.dictionaries(KEYS, JSON) | JSON)
@example("PagerDuty", [1, None, "x", [[]]])
@example("Opsgenie", {"data": {"finalTimeline": 1, "_parent": 1}})
def test_nothing_that_json_can_say_is_more_than_a_word(service: str, data: Any) -> None:  # noqa: ANN401 - it is anything
    assert of(service, json.dumps({"schedule": data, "data": data}).encode()) != []
    assert of(service, json.dumps(data).encode()) != []


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - it is anything
    """Every path to a value below `value`."""
    below = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [found for key, one in below for found in [(*path, key), *places(one, (*path, key))]]


def test_one_value_changed_anywhere_in_an_export_makes_a_roster_or_a_word() -> None:
    wrong = (None, True, -1, 0, 10**30, "", "x", "2099-12-31T23:59:00Z", [], {}, [None], {"id": 1})
    chance = Random(0)
    for service in sorted(SERVICES):
        text = (EXPORTS / f"{service.lower()}.json").read_text()
        users = EXPORTS / f"{service.lower()}-users.json"
        for path in chance.sample(places(json.loads(text)), 10):
            data = json.loads(text)
            inner = data
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = chance.choice(wrong)
            of(service, json.dumps(data).encode(), (users.name, users.read_bytes()))


def test_the_export_of_the_other_service_is_told_from_ours() -> None:
    theirs = (EXPORTS / "opsgenie.json").read_bytes()
    assert "That is Opsgenie's: `rotation import opsgenie`" in of("PagerDuty", theirs)[0]
    theirs = (EXPORTS / "pagerduty.json").read_bytes()
    assert "That is PagerDuty's: `rotation import pagerduty`" in of("Opsgenie", theirs)[0]


def export(*users: dict[str, Any], **more: Any) -> bytes:  # noqa: ANN401 - any value of a JSON file
    layer = {
        "start": "2026-01-05T09:00:00Z",
        "rotation_virtual_start": "2026-01-05T09:00:00Z",
        "rotation_turn_length_seconds": 604800,
        "users": [{"user": user} for user in users],
        **more,
    }
    schedule = {"name": "Desk", "time_zone": "Europe/Lisbon", "schedule_layers": [layer]}
    return json.dumps({"schedule": schedule}).encode()


def someone(
    identity: str, name: str, *numbers: tuple[object, str], **more: object
) -> dict[str, Any]:
    methods = [
        {"type": "sms_contact_method", "country_code": code, "address": rest}
        for code, rest in numbers
    ]
    return {"id": identity, "name": name, "contact_methods": methods, **more}


@pytest.mark.parametrize(
    ("user", "said"),
    [
        (someone("P1", "Ana Lim"), "Ana Lim (P1): there is no phone number. Give their numbers"),
        (someone("P1", "ana@acme.example", (65, "91234567")), "there is an address and no name"),
        ({"id": "P1"}, "P1: there is an address and no name"),
        (someone("P1", "Ana Lim", (65, "91234567"), (65, "91234568")),
         "there are several numbers, ...567 and ...568, and only one is on WhatsApp"),
        (someone("P1", "Ana Lim", (65, "12")), "is too short for its country"),
        (someone("P1", "Ana Lim", (65, "9.1234567E+7")), "is not only a number"),
        (someone("P1", "Ana Lim", ("65", "91234567")), "a whole number is needed here, not `65`"),
        (someone("P1", "Ana Lim", (0, "91234567")), "0 does not lie between 1 and 999"),
        (someone("P1", "x" * 300, (65, "91234567")), "the name: this must be one line of text"),
    ],
)  # fmt: skip
def test_no_number_and_no_name_is_ever_guessed(user: dict[str, Any], said: str) -> None:
    (told,) = of("PagerDuty", export(user))
    assert said in told


def test_everybody_without_a_number_is_named_once() -> None:
    told = of("PagerDuty", export(someone("P1", "Ana Lim"), someone("P2", "Ben Ortiz")))
    assert [line.partition(" (")[0] for line in told] == [": Ana Lim", ": Ben Ortiz"]


def test_two_people_with_one_number_are_refused() -> None:
    both = someone("P1", "Ana Lim", (65, "91234567")), someone("P2", "Ben Ortiz", (65, "9123 4567"))
    (told,) = of("PagerDuty", export(*both))
    assert "Ben Ortiz (P2): has the same number as Ana Lim" in told


def made(users: tuple[str, bytes], *people: dict[str, Any]) -> Converted:
    return converted(Asked("PagerDuty", "export.json", export(*people), users), NOW)


def test_a_csv_names_numbers_by_id_address_or_name_before_all_others() -> None:
    numbers = """\
Person;Phone
P1;'+351 91 234 5678
BEN@acme.example;+351 91 234 5679
cleo marsh;="+351912345680"
"""
    people = (
        someone("P1", "Ana Lim", (65, "91234567")),
        someone("P2", "Ben Ortiz", email="ben@acme.example"),
        someone("P3", "Cleo Marsh"),
    )
    text = made(("numbers.csv", numbers.encode()), *people).text
    assert [line for line in text.splitlines() if "phone" in line] == [
        '  ana-lim: {name: Ana Lim, phone: "+351912345678"}',
        '  ben-ortiz: {name: Ben Ortiz, phone: "+351912345679"}',
        '  cleo-marsh: {name: Cleo Marsh, phone: "+351912345680"}',
    ]


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        (b"", "numbers.csv: the file is empty"),
        (b"name,number\nana,1\n", "numbers.csv:1:1: the first line does not name `person`"),
        (
            b"person,phone\nP1,9.19E+11\n",
            "numbers.csv:2:2: phone: `9.19E+11` was rounded by a spreads",
        ),
        (b"person,phone\nP1,91234567\n", "numbers.csv:2:2: phone: `91234567` has no country code"),
        (b"person,phone\nP1\n", "numbers.csv:2:1: this row has 1 cells"),
    ],
)
def test_a_csv_of_numbers_is_right_or_refused_by_row_and_column(numbers: bytes, said: str) -> None:
    (told,) = of("PagerDuty", export(someone("P1", "Ana Lim")), ("numbers.csv", numbers))
    assert said in told


def test_names_that_yaml_or_keys_could_misread_are_written_safely() -> None:
    people = (
        someone("P1", "true", (65, "91234561")),
        someone("P2", "Zoë: {Ng} #1", (65, "91234562"), time_zone="Eastern Time"),
        someone("P3", "王小明", (65, "91234563")),
        someone("P4", "42", (65, "91234564")),
        someone("P5", "Zoe Ng 1", (65, "91234565")),
        someone("P6", "null", (65, "91234566")),
    )
    text = made(("users.json", b"[]"), *people).text
    roster = read_snapshot([("made.yaml", text.encode())])
    assert {str(key): one.name for key, one in roster.people.items()} == {
        "true-2": "true",
        "zoe-ng-1": "Zoë: {Ng} #1",
        "person": "王小明",
        "person-42": "42",
        "zoe-ng-1-2": "Zoe Ng 1",
        "null-2": "null",
    }


def test_no_title_can_end_a_comment_and_write_a_roster_of_its_own() -> None:
    content = export(someone("P1", "Ana Lim", (65, "91234567")))
    content = content.replace(
        b'"Desk"', json.dumps("D\u2028groups:\u0085x: 1\nmode: managed").encode()
    )
    name = "a\nshifts: {}.json"
    text = converted(Asked("PagerDuty", name, content), NOW).text
    assert [line for line in text.splitlines() if "mode: managed" in line and line[0] != "#"] == []
    assert len(read_snapshot([("made.yaml", text.encode())]).shifts) == 1
