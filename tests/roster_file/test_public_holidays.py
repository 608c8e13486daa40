"""Public holidays of a country, as a roster carries them."""

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from importlib.metadata import version

import pytest

from rotation.core.roster import Hours, OnHolidays, Roster
from rotation.roster_file import digest

pytestmark = pytest.mark.promise("P-seasons")
Read = Callable[..., Roster]


def kept(line: str, name: str = "x") -> str:
    rest = "zone: Europe/Lisbon, hours: 08:00 to 16:00, everyone: [ana]"
    return f"shifts:\n  {name}: {{{rest}, holidays: {{{line}}}}}\n"


def test_a_roster_carries_the_dates_and_names_of_the_holidays_it_keeps(
    read: Read, desk: str
) -> None:
    azores = 'country: PT, region: "20", hours: none'
    roster = read(desk, kept(azores), kept("country: PT, hours: 10:00 to 14:00", "y"))
    assert roster.shifts["x"].holidays == OnHolidays("PT-20", None)
    assert roster.shifts["y"].holidays == OnHolidays("PT", Hours(600, 840))
    assert set(roster.holidays) == {"PT", "PT-20"}
    of_the_region = set(roster.holidays["PT-20"].days) - set(roster.holidays["PT"].days)
    named = {day: name for day, name in of_the_region if day.year == 2027}
    assert named == {date(2027, 5, 17): "Day of the Autonomous Region of the Azores"}
    days = [day for day, _ in roster.holidays["PT"].days]
    assert days == sorted(days)
    assert (days[0].year, days[-1].year) == (2020, 2045)
    assert roster.holidays["PT"].by == f"holidays {version('holidays')}"


def test_holidays_that_are_known_for_fewer_years_are_taken_as_far_as_they_go(
    read: Read, desk: str
) -> None:
    days = read(desk, kept("country: SG, hours: none")).holidays["SG"].days
    assert (date(2027, 8, 9), "National Day") in days


def test_a_country_is_called_by_its_code_even_where_that_looks_like_no(
    read: Read, desk: str
) -> None:
    assert "NO" in read(desk, kept("country: NO, hours: none")).holidays


def test_other_dates_make_another_roster_and_another_release_with_the_same_does_not(
    read: Read, desk: str
) -> None:
    roster = read(desk, kept("country: PT, hours: none"))
    found = roster.holidays["PT"]
    newer = replace(roster, holidays={"PT": replace(found, by="holidays 9.9")})
    other = replace(roster, holidays={"PT": replace(found, days=found.days[1:])})
    assert digest(newer) == digest(roster) != digest(other)


def test_without_the_library_it_is_said_once_what_to_install(
    wrong: Callable[..., list[str]], desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)  # as where nobody installed it
    texts = kept("country: KE, hours: none"), kept("country: TR, hours: none", "y")
    (said,) = wrong(desk, *texts)
    assert said == (
        "schedules/b.yaml:2:68: public holidays need the library `holidays`, which is not"
        " installed. Install it: pip install 'rotation[holidays]'"
    )
