"""The newest zone data wins, and zone names mean places."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

import subprocess
import sys
import zoneinfo
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import tzdata

from rotation import zone_data
from rotation.core.timeline import instant
from rotation.zone_data import Source, ZoneData, canonical, newest, why_not


def folder(home: Path, name: str, version: str | None, *, plus: bool = False) -> Path:
    """A folder that looks like zone data; `version` None leaves it unsaid."""
    found = home / name
    found.mkdir()
    (found / "UTC").write_bytes(b"TZif2")
    if version and plus:
        (found / "+VERSION").write_text(f"{version}\n")
    elif version:
        (found / "tzdata.zi").write_text(f"# version {version}\n# redo posix_only\n")
    return found


@pytest.mark.parametrize(
    ("package", "system", "expected"),
    [
        ("2026f", "2025b", Source.PACKAGE),
        ("2025b", "2026f", Source.SYSTEM),
        ("2026f", "2026f", Source.PACKAGE),
        ("2025z", "2026a", Source.SYSTEM),
        ("2026f", None, Source.PACKAGE),
        (None, "2025b", Source.SYSTEM),
        (None, None, Source.PACKAGE),
    ],
)
def test_Z6_the_newer_data_wins_wherever_it_is(
    tmp_path: Path, package: str | None, system: str | None, expected: Source
) -> None:
    ours, theirs = folder(tmp_path, "ours", package), folder(tmp_path, "theirs", system)
    chosen = newest(ours, [theirs])
    assert chosen.source is expected
    assert chosen.version == ((package if expected is Source.PACKAGE else system) or "unknown")
    assert (chosen.package_version, chosen.system_version) == (package, system)


def test_Z6_a_version_is_read_from_a_version_file_too(tmp_path: Path) -> None:
    theirs = folder(tmp_path, "theirs", "2027a", plus=True)
    assert newest(folder(tmp_path, "ours", "2026f"), [theirs]).version == "2027a"


def test_without_a_package_or_without_a_system_the_other_serves(tmp_path: Path) -> None:
    only = folder(tmp_path, "only", "2026f")
    assert newest(None, [tmp_path / "none", only]).source is Source.SYSTEM
    assert newest(only, [tmp_path / "none"]).system_version is None


def test_without_any_zone_data_nothing_runs(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="install the `tzdata` package"):
        newest(None, [tmp_path])


def test_the_age_is_counted_from_the_last_renewal_the_data_tells(tmp_path: Path) -> None:
    ours = folder(tmp_path, "ours", "2026f")
    assert newest(ours, []).days_old(date(2026, 7, 16)) is None
    (ours / "leapseconds").write_text("#updated 1783323897 (2026-07-06 07:44:57 UTC)\n")
    assert newest(ours, []).days_old(date(2026, 7, 16)) == 10


def test_Z6_and_Z7_what_is_in_force_is_what_clocks_are_read_with() -> None:
    chosen = zone_data.use_newest()
    assert chosen == zone_data.use_newest()
    assert chosen.version >= "2026f"
    vancouver = datetime(2026, 12, 1, 8, tzinfo=zoneinfo.ZoneInfo("America/Vancouver"))
    assert vancouver.astimezone(UTC).hour == 15


PROGRAM = """
import zoneinfo
from datetime import date
from rotation import zone_data
from rotation.core.timeline import instant

zoneinfo.reset_tzpath(to=())
day = date(2026, 12, 1)
before = instant(day, 480, "Europe/Lisbon")
chosen = zone_data.use_newest()
print(chosen.source, chosen.version, before.hour, instant(day, 480, "Europe/Lisbon").hour)
"""


@pytest.mark.process
def test_Z10_after_a_change_of_data_the_version_shown_is_the_one_in_use(tmp_path: Path) -> None:
    # A system whose data is newer, and in which Lisbon keeps the time of Tokyo.
    theirs = folder(tmp_path, "theirs", "2999a")
    (theirs / "Europe").mkdir()
    package = Path(tzdata.__path__[0]) / "zoneinfo"
    (theirs / "Europe" / "Lisbon").write_bytes((package / "Asia" / "Tokyo").read_bytes())
    for name in ("UTC", "Asia/Tokyo"):
        (theirs / name).parent.mkdir(exist_ok=True)
        (theirs / name).write_bytes((package / name).read_bytes())
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"PYTHONTZPATH": str(theirs)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.split() == ["system", "2999a", "8", "23"]


def test_the_zones_that_two_sets_of_data_read_differently_are_named(tmp_path: Path) -> None:
    package = Path(tzdata.__path__[0]) / "zoneinfo"
    system = folder(tmp_path, "system", "2020a")
    (system / "Asia").mkdir()
    (system / "Asia" / "Tokyo").write_bytes((package / "Asia" / "Tokyo").read_bytes())
    (system / "Asia" / "Dubai").write_bytes((package / "Asia" / "Baku").read_bytes())
    (system / "Asia" / "Seoul").write_bytes((package / "Asia" / "Manila").read_bytes())
    since, until = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 8, tzinfo=UTC)
    zones = ["Asia/Tokyo", "Asia/Dubai", "Asia/Seoul", "Asia/Kabul"]
    found = zone_data.differing(zones, since, until, package=package, system=system)
    # Baku and Dubai keep the same time; Kabul is missing in one of the two.
    assert found == ("Asia/Seoul", "Asia/Kabul")
    assert zone_data.differing(zones, since, until, package=package, system=tmp_path) == ()


# ---- names


@pytest.mark.parametrize(
    ("row", "name", "expected"),
    [
        ("Z11", "US/Pacific", "America/Los_Angeles"),
        ("Z11", "Europe/Kiev", "Europe/Kyiv"),
        ("Z11", "Asia/Calcutta", "Asia/Kolkata"),
        ("Z11", "Singapore", "Asia/Singapore"),
        ("Z11", "Etc/UTC", "UTC"),
    ],
)
def test_a_former_name_is_taken_and_kept_by_its_present_one(
    row: str, name: str, expected: str
) -> None:
    assert why_not(name) is None
    assert canonical(name) == expected


@pytest.mark.parametrize("name", ["Europe/Lisbon", "Europe/Amsterdam", "America/Nuuk", "UTC"])
def test_a_place_keeps_its_own_name_even_if_it_shares_its_clock(name: str) -> None:
    assert why_not(name) is None
    assert canonical(name) == name


@pytest.mark.parametrize(
    ("row", "name", "said"),
    [
        ("Z12", "IST", "Asia/Kolkata, Europe/Dublin, Asia/Jerusalem"),
        ("Z12", "CST", "America/Chicago, Asia/Shanghai, America/Havana"),
        ("Z12", "GMT+3", "knows no summer time"),
        ("Z12", "UTC-5", "knows no summer time"),
        ("Z13", "EST", "America/New_York"),
        ("Z13", "EST5EDT", "America/New_York"),
        ("Z13", "PST8PDT", "America/Los_Angeles"),
        ("Z13", "Etc/GMT+3", "means UTC-3: its sign is the other way round"),
        ("Z13", "Factory", "not a place"),
        ("spelling", "Lisbon", "Did you mean Europe/Lisbon?"),
        ("spelling", "new york", "Did you mean America/New_York?"),
        ("spelling", "europe/lisbon", "Did you mean Europe/Lisbon?"),
        ("spelling", "Europe/Lisbonn", "Did you mean Europe/Lisbon"),
        ("spelling", "Londn", "Did you mean Europe/London?"),
        ("spelling", "../etc/passwd", "like Europe/Lisbon"),
        ("spelling", "", "like Europe/Lisbon"),
    ],
)
def test_a_name_that_is_no_place_is_refused_with_what_to_write(
    row: str, name: str, said: str
) -> None:
    refused = why_not(name)
    assert refused is not None
    assert said in refused


def test_every_name_that_is_taken_can_be_read() -> None:
    zone_data.use_newest()
    taken = [name for name in zoneinfo.available_timezones() if why_not(name) is None]
    assert len(taken) > 400
    for name in taken:
        assert instant(date(2027, 1, 5), 0, canonical(name)) == instant(date(2027, 1, 5), 0, name)


def test_zone_data_is_a_value() -> None:
    assert ZoneData("2026f", Source.PACKAGE, "2026f", None, None).days_old(date(2027, 1, 1)) is None
