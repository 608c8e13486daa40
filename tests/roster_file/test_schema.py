"""The JSON schema for editors says what the reader says."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from rotation.core.roster import Roster
from rotation.roster_file import RosterErrors, json_schema


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(json_schema())
    return Draft202012Validator(json_schema())


def as_an_editor_reads(text: str) -> object:
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(text), default=str))


def examples() -> Iterator[Path]:
    return (Path(__file__).parents[2] / "schedules").glob("*.yaml")


def test_the_example_desk_fits_the_schema(validator: Draft202012Validator) -> None:
    for path in examples():
        validator.validate(as_an_editor_reads(path.read_text()))


FITS = [
    'people:\n  x: {name: X, phone: "+1 212 555 0177", zone: America/New_York, language: pt-BR}',
    "shifts:\n  x: {zone: UTC, hours: all day, days: [mon, wed-fri], everyone: [ana]}",
    "shifts:\n  x: {zone: UTC, hours: fri 18:00 to Monday 08:00, everyone: [ana]}",
    (
        "shifts:\n  x:\n    zone: Asia/Tokyo\n    hours: 22:00 to 06:00\n    on_duty: 2\n"
        "    turns: {change: every 2 weeks, from: 2026-01-05, order: [ana, ben, ana, cho]}"
    ),
    (
        "shifts:\n  x:\n    zone: Asia/Tokyo\n    hours: 22:00 to 06:00\n    everyone: [ana]\n"
        "    seasons:\n"
        "      - {from: 2027-02-08, to: 2027-03-09, hours: 09:00 to 15:00, days: fri}\n"
        "      - {from: 2027-12-24, to: 2027-12-26, hours: none, reason: Christmas}"
    ),
    (
        "shifts:\n  x: {zone: UTC, hours: all day, everyone: [ana], "
        'holidays: {country: PT, region: "20", hours: 10:00 to 14:00}}'
    ),
    "defaults: {join_early: 1 h 30 min, uncovered: empty, strangers_after: 3 d}",
    "defaults: {closed: [{hours: sat 00:00 to mon 00:00, zone: UTC}], when_closed: empty}",
    (
        "groups:\n  x:\n    account: main\n    chat: 120363041234567009@g.us\n"
        "    when_closed: stay\n"
        "    closed: [{hours: 22:00 to 06:00, days: weekdays, zone: UTC, reason: night}]"
    ),
    "defaults: {silent: {}}",
    "defaults: {silent: {after: 30 days, do: remove, keep_roles: [sponsor]}}",
    'people:\n  x: {name: X, phone: "+1 212 555 0177", core: true}',
    "groups:\n  x: {account: main, chat: 120363041234567009@g.us, pins: [ben], mode: strict}",
    "defaults: {goodbye: {text: Bye, quiet: 22:00 to 07:00, zone: Asia/Tokyo}}",
    "defaults: {goodbye: {text: Bye, quiet: none}}",
    'defaults: {brief: {to: group, text: "{arriving} come", texts: {pt-BR: "{until}"}}}',
    (
        "groups:\n  x: {account: main, chat: 351912345678-1423456789@g.us, "
        'goodbye: {before: 45 s, texts: {any: Bye, shift_end.ja: "{names}"}}}'
    ),
]
FITS_NOT = [
    "persons: {}",
    "defaults: {silent: 30 days}",
    "defaults: {when_closed: hold}",
    "defaults: {closed: [{hours: none, zone: UTC}]}",
    "defaults: {closed: [{hours: all day}]}",
    "defaults: {brief: {to: all, text: x}}",
    "defaults: {goodbye: {text: Bye, quiet: at night}}",
    'people:\n  x: {name: X, phone: "+1 212 555 0177", core: yes please}',
    "people:\n  x: {name: X}",
    "people:\n  x: {name: X, phone: +12125550177}",
    'people:\n  a b: {name: X, phone: "+1 212 555 0177"}',
    'people:\n  x: {name: X, phone: "0212 5550177"}',
    'people:\n  x: {name: X, phone: "+1 212 555 0177", zone: }',
    "shifts:\n  x: {zone: UTC, hours: 08:00-16:00, everyone: [ana]}",
    "shifts:\n  x: {zone: UTC, hours: all day}",
    "shifts:\n  x: {zone: UTC, hours: all day, days: workdays, everyone: [ana]}",
    "shifts:\n  x: {zone: UTC, hours: all day, everyone: []}",
    "shifts:\n  x: {zone: UTC, hours: all day, everyone: [ana, ana]}",
    (
        "shifts:\n  x: {zone: UTC, hours: all day, everyone: [ana], "
        "turns: {change: every day, from: 2026-01-05, order: [ana]}}"
    ),
    (
        "shifts:\n  x: {zone: UTC, hours: all day, on_duty: 0, "
        "turns: {change: every day, from: 2026-01-05, order: [ana]}}"
    ),
    "shifts:\n  x: {zone: UTC, hours: all day, turns: {change: daily, from: x, order: [ana]}}",
    "shifts:\n  x: {zone: UTC, hours: none, everyone: [ana]}",
    (
        "shifts:\n  x: {zone: UTC, hours: all day, everyone: [ana], "
        "holidays: {country: Portugal, hours: none}}"
    ),
    "shifts:\n  x: {zone: UTC, hours: all day, everyone: [ana], holidays: {country: PT}}",
    (
        "shifts:\n  x: {zone: UTC, hours: all day, everyone: [ana], "
        "seasons: [{from: 2027-02-08, to: 2027-03-09}]}"
    ),
    "groups:\n  x: {account: main, chat: 12036@s.whatsapp.net}",
    "groups:\n  x: {account: main, chat: 120363041234567009@g.us, mode: on}",
    "groups:\n  x: {account: main, chat: 120363041234567009@g.us, join_early: 10}",
    "defaults: {mode: managed}",
]


@pytest.mark.parametrize("text", FITS)
def test_what_the_reader_takes_fits_the_schema(
    validator: Draft202012Validator, read: Callable[..., Roster], desk: str, text: str
) -> None:
    read(desk, text)
    validator.validate(as_an_editor_reads(text))


@pytest.mark.parametrize("text", FITS_NOT)
def test_what_does_not_fit_the_schema_the_reader_refuses_too(
    validator: Draft202012Validator, read: Callable[..., Roster], desk: str, text: str
) -> None:
    assert not validator.is_valid(as_an_editor_reads(text))
    with pytest.raises(RosterErrors):
        read(desk, text)
