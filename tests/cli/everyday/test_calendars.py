"""calendars: those that are followed, what a reading would do, and reading one by hand."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeAlias

Office: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""
Served: TypeAlias = Callable[..., AbstractContextManager[list[str]]]
TABLE = "[calendars.clinic]\nshifts = ['asia']"


def calendar(*days: str, who: str = "Mara") -> str:
    events = (
        f"BEGIN:VEVENT\nUID:{day}@x\nDTSTART;VALUE=DATE:{day}\nSUMMARY:{who}\nEND:VEVENT\n"
        for day in days
    )
    return f"BEGIN:VCALENDAR\n{''.join(events)}END:VCALENDAR\n"


def test_a_calendar_is_read_by_hand_and_says_first_who_is_on_duty_before_and_after(
    office: Office, served: Served
) -> None:
    good, empty = calendar("20260107", "20260109"), calendar()
    wrong = calendar("20260107", who="Zoe")
    with served(office, TABLE, [good, good, good, wrong, empty]) as asked:
        dry = office.run("calendars", "clinic", "--dry-run").output
        assert "events: 2 new" in dry
        assert "Mara instead of Aiko" in dry
        assert office.json("changes")["changes"] == []
        made = office.json("calendars", "clinic", "--author", "otto")
        assert [one["covers"] for one in made["events"]] == [
            ["Mara for Aiko in asia, 2026-01-07"], ["Mara for Aiko in asia, 2026-01-09"]
        ]  # fmt: skip
        assert "calendar clinic" in office.text("changes")
        assert "otto by hand" in office.text("history")
        office.text("undo", "c1", "--reason", "Mara is here", "--yes")
        assert "1 as they are, 1 as a person decided" in office.text("calendars", "clinic")
        found = office.run("calendars", "clinic")
        assert (found.exit_code, "`Zoe` names nobody of the roster" in found.output) == (1, True)
        found = office.run("calendars", "clinic")
        assert (found.exit_code, "is empty, and had 1 event" in found.output) == (1, True)
        (told,) = office.json("calendars")["calendars"]
        assert (told["covers"], "is empty" in told["wrong"]) == (1, True)  # one is undone
        assert office.run("calendars", "clinic", "--drop").exit_code == 2
        assert office.run("calendars", "clinc").exit_code == 2
        assert "Did you mean `clinic`?" in office.run("calendars", "clinc").output
    assert set(asked) == {"Bearer hr-token-0123456789"}


def test_what_a_calendar_asked_for_that_is_in_the_settings_no_more_is_taken_back(
    office: Office, served: Served
) -> None:
    before = office.config.read_text()
    with served(office, TABLE, [calendar("20260107")]):
        office.text("calendars", "clinic")
    office.config.write_text(before)
    assert "no more in the settings" in office.text("calendars")
    assert "1 gone" in office.text("calendars", "clinic", "--drop")
    assert office.json("changes")["changes"] == []
    assert office.json("calendars")["calendars"] == []
