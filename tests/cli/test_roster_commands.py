"""check, who, timeline and schema, as people and programs use them."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rotation.surfaces.cli import PANELS, listed, main, overview
from rotation.surfaces.cli.frame import app

DESK = """\
people:
  ana: {name: Ana Reis, phone: "+351 91 234 5601"}
  ben: {name: Ben Hale, phone: "+44 7700 900102"}
  cho: {name: 조은, phone: "+1 212 555 0103"}
shifts:
  day:
    {zone: Europe/Lisbon, hours: 08:00 to 16:00, everyone: [ana, cho]}
  late: {zone: Europe/Lisbon, hours: 16:00 to 24:00, everyone: [ben, cho]}
  jump: {zone: America/New_York, hours: 02:00 to 02:30, everyone: [ana]}
groups:
  acme: {account: main, chat: 120363041234567001@g.us, shifts: [day, late]}
  brio: {account: main, chat: 120363041234567002@g.us, shifts: [jump]}
"""

Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "desk.yaml").write_text(DESK)
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Run:
    def invoke(command: str, *arguments: str) -> Result:
        return CliRunner().invoke(app(), [command, *arguments, "--schedules", str(folder)])

    return invoke


def answer(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


# ---- check


def test_check_says_what_the_roster_holds(run: Run) -> None:
    result = run("check")
    assert result.exit_code == 0
    assert "3 people, 3 shifts, 2 groups; roster " in result.stdout
    assert "zone data 2" in result.stdout


def test_check_names_every_mistake_and_ends_with_1(run: Run, folder: Path) -> None:
    (folder / "more.yaml").write_text("people:\n  dan: {name: Dan}\nzap: 1\n")
    result = run("check")
    assert result.exit_code == 1
    assert f"{folder}/more.yaml:2:3: `phone` is missing. Write" in result.stdout
    assert f"{folder}/more.yaml:3:1: `zap` is not a key here." in result.stdout
    assert "2 problems" in result.stderr


def test_check_tells_programs_the_same(run: Run, folder: Path) -> None:
    assert answer(run("check", "--json"))["groups"] == 2
    (folder / "more.yaml").write_text("zap: 1\n")
    result = run("check", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["ok"] is False
    assert [(p["line"], p["column"]) for p in found["problems"]] == [(1, 1)]


def test_D14_check_counts_the_shifts_that_clock_changes_swallow(run: Run) -> None:  # noqa: N802 - named by its row
    said = run("check").stdout
    assert "shifts that vanish within 400 days: " in said
    assert re.search(r"^jump/\d{4}-03-\d\d/0 vanishes: at \d{4}-03-\d\d 07:00Z", said, re.MULTILINE)
    assert "day/" not in said


def crowded(minutes: int, people: int) -> str:
    """Two teams that take turns every so many minutes from noon on, until 14:00."""
    teams = ["[" + ", ".join(f"{t}{n}" for n in range(people)) + "]" for t in "ab"]
    numbers = (f"+35191{n:07d}" for n in range(2 * people))
    names = (f"{t}{n}" for t in "ab" for n in range(people))
    lines = [
        f'  {who}: {{name: {who}, phone: "{number}"}}'
        for who, number in zip(names, numbers, strict=True)
    ]
    starts = range(12 * 60, 14 * 60, minutes)
    shifts = [
        f"  s{at}: {{zone: UTC, hours: {at // 60:02}:{at % 60:02} to"
        f" {(at + minutes) // 60:02}:{(at + minutes) % 60:02}, everyone: {teams[n % 2]}}}"
        for n, at in enumerate(starts)
    ]
    listed_all = ", ".join(f"s{at}" for at in starts)
    groups = f"  busy: {{account: main, chat: 120363041234567003@g.us, shifts: [{listed_all}]}}"
    return "\n".join(["people:", *lines, "shifts:", *shifts, "groups:", groups, ""])


@pytest.mark.promise("S-9")
@pytest.mark.parametrize(
    ("minutes", "people", "drip", "warned"),
    [(30, 20, "1", True), (30, 20, "8", False), (10, 8, "1", True), (10, 2, "1", False)],
)
def test_check_warns_of_shifts_shorter_than_the_drip_allows(
    run: Run, folder: Path, minutes: int, people: int, drip: str, *, warned: bool
) -> None:
    (folder / "desk.yaml").write_text(crowded(minutes, people))
    result = run("check", "--drip", drip)
    assert result.exit_code == 0
    said = f"busy hands over again after {minutes} min"
    assert (said in result.stdout) == warned
    (*told,) = (t for t in answer(run("check", "--drip", drip, "--json"))["foreseen"] if said in t)  # type: ignore[attr-defined] # JSON is untyped
    assert len(told) == warned
    found = run("gaps", "busy", "--months", "1", "--drip", drip, "--json")
    assert len(json.loads(found.stdout)["drip"]) == warned


def test_the_drip_is_that_of_the_settings_unless_it_is_said(folder: Path) -> None:
    (folder / "desk.yaml").write_text(crowded(30, 20))
    settings = folder.parent / "rotation.toml"
    account = '[accounts.main]\nprovider = "sandbox"\nbase_url = "http://127.0.0.1:1"\ndrip = 1\n'
    settings.write_text(f'schedules = "{folder}"\n{account}')
    asked = ["gaps", "--months", "1", "--config", str(settings)]
    assert "Too slow a drip. busy: at" in CliRunner().invoke(app(), asked).stdout
    assert "Too slow a drip" not in CliRunner().invoke(app(), [*asked, "--drip", "8"]).stdout


@pytest.mark.promise("F35")
@pytest.mark.parametrize(("daily", "warned"), [("160", False), ("159", True)])
def test_check_warns_of_a_day_with_more_changes_than_an_account_may_make(
    run: Run, folder: Path, daily: str, *, warned: bool
) -> None:
    (folder / "desk.yaml").write_text(crowded(30, 20))  # 20 come, three times 40 turn, 20 go
    result = run("check", "--daily", daily)
    assert result.exit_code == 0
    assert ("Raise `changes_per_day`" in result.stdout) == warned
    assert result.stdout.count("account main: in the day to ") == warned


def test_a_folder_that_is_not_there_is_no_traceback(tmp_path: Path) -> None:
    result = CliRunner().invoke(app(), ["check", "--schedules", str(tmp_path / "none")])
    assert result.exit_code == 1
    assert "there is no such file or folder" in result.stdout
    assert "1 problem;" in result.stderr


@pytest.mark.parametrize("command", ["check", "who", "timeline"])
def test_the_rosters_are_those_of_the_settings(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    (tmp_path / "rotation.toml").write_text(f'schedules = "{folder}"\n')
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app(), [command])
    assert result.exit_code == 0, result.output
    elsewhere = CliRunner().invoke(app(), [command, "--config", "nowhere.toml"])
    assert elsewhere.exit_code == 3
    assert "nowhere.toml" in elsewhere.stderr


# ---- who


def test_who_shows_until_when_and_who_is_next(run: Run) -> None:
    result = run("who", "acme", "--at", "2027-01-05T10:00Z")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "acme",
        "ON DUTY   SHIFT  SINCE                                 UNTIL",
        (
            "Ana Reis  day    2027-01-05 08:00Z (Tue 08:00 Lisbon)  "
            "2027-01-05 16:00Z (Tue 16:00 Lisbon)"
        ),
        (
            "조은      day    2027-01-05 08:00Z (Tue 08:00 Lisbon)  "
            "2027-01-06 00:00Z (Wed 00:00 Lisbon)"
        ),
        ("next: 2027-01-05 16:00Z (Tue 16:00 Lisbon): Ben Hale comes, Ana Reis goes"),
        "",
    ]


@pytest.mark.promise("Z14", "R-11")
def test_who_tells_programs_instants_and_local_readings(run: Run) -> None:
    found = answer(run("who", "acme", "--at", "2027-07-05T09:00+02:00", "--json"))
    assert found["at"] == "2027-07-05T07:00:00Z"
    (group,) = found["groups"]  # type: ignore[misc] # JSON is untyped
    assert [p["person"] for p in group["on_duty"]] == ["ana", "cho"]
    cho = group["on_duty"][1]
    assert cho["until"] == {
        "at": "2027-07-05T23:00:00Z",
        "local": "Tue 2027-07-06 00:00 +01:00 Europe/Lisbon",
    }
    assert group["next"]["incoming"] == ["Ben Hale"]
    assert group["next"]["outgoing"] == ["Ana Reis"]


def test_who_reads_wall_time_by_the_clocks_of_its_zone(run: Run) -> None:
    found = answer(run("who", "--at", "2027-03-14 03:30 America/New_York", "--json"))
    assert found["at"] == "2027-03-14T07:30:00Z"


def test_nobody_on_duty_is_said(run: Run) -> None:
    result = run("who", "acme", "--at", "2027-01-05T03:00Z")
    assert "nobody is on duty" in result.stdout


def test_who_without_a_time_answers_for_now(run: Run) -> None:
    found = answer(run("who", "--json"))
    assert [g["group"] for g in found["groups"]] == ["acme", "brio"]  # type: ignore[index, attr-defined] # JSON is untyped


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2027-03-14 02:30", "names no zone. Write"),
        ("2027-03-14T02:30", "names no zone. Write"),
        ("2027-03-14", "names no zone. Write"),
        ("tomorrow", "is no date and time. Write"),
        ("2027-02-30 02:30 UTC", "is no date and time. Write"),
        ("2027-03-14 25:30 UTC", "is no date and time. Write"),
        (
            "2027-03-14 02:30 America/New_York",
            "never comes, since clocks jump over it. Write it with its offset, or in UTC: 2027-",
        ),
        (
            "2027-11-07 01:30 America/New_York",
            "comes twice, at 2027-11-07T05:30Z and 2027-11-07T06:30Z. Write it with its offset",
        ),
        ("2027-03-14 02:30 EST", "is an abbreviation"),
        ("2027-03-14 02:30 Lisbon", "Did you mean Europe/Lisbon?"),
        ("1900-03-14T02:30Z", "lies outside the years 2000 to 2099"),
        ("9999-12-31T23:59-23:59", "lies outside the years 2000 to 2099"),
        ("0001-01-01T00:00+23:59", "lies outside the years 2000 to 2099"),
    ],
)
def test_a_time_that_is_no_instant_is_refused_with_what_to_write(
    run: Run, at: str, said: str
) -> None:
    result = run("who", "--at", at)
    assert result.exit_code == 2
    assert said in result.stderr


def test_an_unknown_group_is_refused_with_the_nearest(run: Run) -> None:
    result = run("who", "acmee")
    assert result.exit_code == 2
    assert "there is no group `acmee`. Did you mean `acme`?" in result.stderr


def test_files_with_mistakes_answer_nothing(run: Run, folder: Path) -> None:
    (folder / "more.yaml").write_text("zap: 1\n")
    result = run("who")
    assert result.exit_code == 1
    assert "zap" in result.stderr
    assert result.stdout == ""


# ---- timeline


def test_timeline_shows_shifts_and_handovers(run: Run) -> None:
    window = ("--from", "2027-03-28T00:00Z", "--until", "2027-03-29T00:00Z")
    result = run("timeline", "--group", "acme", *window)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert sum(line.startswith(("day", "late")) for line in lines) == 4
    assert "2027-03-28 15:00Z (Sun 16:00 Lisbon)  Ben Hale comes, Ana Reis goes" in lines


def test_D14_timeline_names_what_a_clock_jump_swallows(run: Run) -> None:  # noqa: N802 - named by its row
    window = ("--from", "2027-03-14T00:00Z", "--until", "2027-03-15T00:00Z")
    result = run("timeline", "--group", "brio", *window)
    assert "jump/2027-03-14/0 vanishes: at 2027-03-14T07:00:00Z" in result.stdout
    found = answer(run("timeline", "--group", "brio", *window, "--json"))
    (group,) = found["groups"]  # type: ignore[misc] # JSON is untyped
    assert [v["key"] for v in group["vanished"]] == ["jump/2027-03-14/0"]
    assert group["turns"] == []


SEASONS = """\
shifts:
  shop:
    zone: Europe/Lisbon
    hours: 08:00 to 16:00
    everyone: [ana]
    seasons:
      - {from: 2027-12-24, to: 2027-12-24, hours: 08:00 to 12:00, reason: Christmas Eve}
      - {from: 2027-12-25, to: 2027-12-25, hours: none, reason: Christmas}
      - {from: 2027-12-26, to: 2027-12-26, hours: none}
      - {from: 2027-12-27, to: 2027-12-27, hours: 10:00 to 12:00}
groups:
  cora: {account: main, chat: 120363041234567003@g.us, shifts: [shop]}
"""


def test_timeline_says_which_season_gives_a_shift_its_hours_or_takes_them_away(
    run: Run, folder: Path
) -> None:
    (folder / "shop.yaml").write_text(SEASONS)
    window = ("--from", "2027-12-23T12:00Z", "--until", "2027-12-28T00:00Z")
    result = run("timeline", "--group", "cora", *window)
    turns = [line for line in result.stdout.splitlines() if line.startswith("shop   Ana")]
    assert [line.partition("Lisbon)  ")[2].partition("Lisbon)")[2].strip() for line in turns] == [
        "", "Christmas Eve", "a season",
    ]  # fmt: skip
    away = "2027-12-25 08:00Z (Sat 08:00 Lisbon) to 2027-12-25 16:00Z (Sat 16:00 Lisbon)"
    assert f"shop is not served from {away}: Christmas\n" in result.stdout
    assert "to 2027-12-26 16:00Z (Sun 16:00 Lisbon)\n" in result.stdout
    (found,) = answer(run("timeline", "--group", "cora", *window, "--json"))["groups"]  # type: ignore[misc] # JSON is untyped
    assert [turn["season"] for turn in found["turns"]] == [None, "Christmas Eve", ""]
    assert [away["reason"] for away in found["not_served"]] == ["Christmas", ""]


def test_check_says_whose_holidays_are_kept_and_by_what_they_are_known(
    run: Run, folder: Path
) -> None:
    kept = "holidays: {country: PT, hours: none}"
    text = SEASONS.replace("everyone: [ana]", f"everyone: [ana]\n    {kept}")
    (folder / "shop.yaml").write_text(text)
    known_by = f"holidays {version('holidays')}"
    assert re.search(rf"public holidays of PT: 3\d\d dates, by {known_by}\n", run("check").stdout)
    assert answer(run("check", "--json"))["holidays"] == {"PT": known_by}
    window = ("--from", "2027-06-10T00:00Z", "--until", "2027-06-11T00:00Z")
    assert "(Thu 16:00 Lisbon): Day of Portugal, Cam" in run("timeline", *window).stdout


def test_gaps_names_the_season_that_opens_one(run: Run, folder: Path) -> None:
    (folder / "shop.yaml").write_text(SEASONS.replace("hours: none", "hours: 09:00 to 10:00"))
    result = run("gaps", "cora", "--from", "2027-12-22T18:00Z", "--months", "1")
    assert "      other hours: Christmas Eve, Christmas\n" in result.stdout
    assert result.exit_code == 1


@pytest.mark.parametrize("until", ["2027-03-13T00:00Z", "2027-03-14T00:00Z", "2031-03-15T00:00Z"])
def test_a_stretch_without_sense_is_refused(run: Run, until: str) -> None:
    result = run("timeline", "--from", "2027-03-14T00:00Z", "--until", until)
    assert result.exit_code == 2
    assert "must end after it starts, within three years" in result.stderr


# ---- schema, and the frame


def test_schema_is_json_that_names_the_keys() -> None:
    result = CliRunner().invoke(app(), ["schema"])
    assert result.exit_code == 0
    assert set(json.loads(result.stdout)["properties"]) >= {"people", "shifts", "groups"}


def test_every_listed_command_exists_and_its_help_begins_as_listed() -> None:
    for one in listed():
        result = CliRunner().invoke(app(one.name), [one.name, "--help"])
        assert result.exit_code == 0, one.name
        assert " ".join(one.summary.split()[:4]) in " ".join(result.stdout.split())


@pytest.mark.parametrize("command", ["check", "who", "timeline", "schema"])
def test_the_help_of_a_command_has_an_example(command: str) -> None:
    result = CliRunner().invoke(app(command), [command, "--help"])
    assert f"Example: rotation {command}" in result.stdout


def test_the_overview_names_every_command_under_its_panel() -> None:
    text = overview()
    for panel, commands in PANELS.items():
        assert (f"\n{panel}:\n" in text) == bool(commands)
        for one in commands:
            assert f"  {one.name} " in text


def test_an_unknown_command_is_refused_with_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["chekc"])
    assert ended.value.code == 2
    assert "Did you mean 'check'?" in capsys.readouterr().err


PROGRAM = """
import sys
from rotation.surfaces.cli import main
try:
    main(sys.argv[1:])
finally:
    heavy = "typer rich pydantic ruamel pendulum sqlalchemy httpx apscheduler".split()
    print("loaded:", *(name for name in heavy if name in sys.modules), file=sys.stderr)
"""


def loaded(*arguments: str) -> set[str]:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True
    )
    return set(result.stderr.rpartition("loaded:")[2].split())


@pytest.mark.process
@pytest.mark.parametrize("asked", [[], ["--help"], ["--version"]])
def test_the_overview_loads_nothing_heavy(asked: list[str]) -> None:
    assert loaded(*asked) == set()


@pytest.mark.process
def test_who_loads_no_database_no_network_and_no_scheduler(folder: Path) -> None:
    found = loaded("who", "--schedules", str(folder))
    assert not found & {"sqlalchemy", "httpx", "apscheduler", "rich", "pydantic"}


@pytest.mark.process
def test_a_daemon_carries_no_model_library_no_migrations_and_no_sandbox() -> None:
    program = (
        "import sys, rotation.surfaces.start;"
        "print(*sorted({'pydantic', 'alembic', 'uvicorn', 'rotation.sandbox'} & {*sys.modules}))"
    )
    line = [sys.executable, "-c", program]
    assert subprocess.run(line, capture_output=True, text=True, check=True).stdout == "\n"


@pytest.mark.process
def test_the_threads_of_a_daemon_share_two_heaps() -> None:
    program = """if True:
        import ctypes, threading
        from rotation.wiring.heap import share_heaps
        share_heaps()
        held, gate = [], threading.Barrier(6)
        def work():
            gate.wait()
            held.append([bytes(4000) for _ in range(50)])
            gate.wait()
        threads = [threading.Thread(target=work) for _ in range(6)]
        for step in ("start", "join"):
            for thread in threads:
                getattr(thread, step)()
        library = ctypes.CDLL(None)
        out = ctypes.c_void_p.in_dll(library, "stdout")
        library.malloc_info(0, out)
        library.fflush(out)
    """
    line = [sys.executable, "-c", program]
    told = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    assert told.count("<heap nr=") == 2


@pytest.mark.process
def test_a_full_disk_is_said_and_is_no_traceback(folder: Path) -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "rotation", "who", "--schedules", str(folder)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert result.returncode == 3
    assert result.stderr == "rotation: No space left on device\n"


def test_the_program_starts_as_a_module() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "rotation", "--version"], capture_output=True, text=True, check=True
    )
    assert result.stdout.startswith("rotation ")
