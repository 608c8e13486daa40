"""A desk with the real daemon, the real sandbox and a real file, each a process or on disk."""

import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest

from rotation.ledger import upgrade
from rotation.zone_data import use_newest
from tests.process.desks import DESK, PEOPLE, ByTheHour
from tests.process.programs import Program
from tests.process.sites import MakeSite, Site, instant


@pytest.fixture(scope="session")
def hourly() -> ByTheHour:
    return ByTheHour()


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where a site's ledger is: in a file of its own, or in a new database on a server."""
    if request.param == "sqlite":
        yield ""
        return
    with request.getfixturevalue("postgres").database() as url:
        yield url


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger file brought up by the migrations, to be copied.

    A daemon that brings up its own starts another process for it; those of the examples do.
    """
    path = tmp_path_factory.mktemp("ledger") / "empty.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def site(tmp_path: Path, migrated: Path) -> Iterator[MakeSite]:
    """Makes a site: its rosters by file name, and the instant its world starts (None: now)."""
    use_newest()
    programs: list[Program] = []
    made: list[Site] = []

    def make(
        starts: str | datetime | None = "07:50",
        desk: str = DESK,
        *,
        between: bool = False,
        creator: str = "",
        people: str = PEOPLE,
        ledger: str = "",
    ) -> Site:
        found = Site(tmp_path, programs)
        if ledger:
            found.ledger = ledger
        else:
            shutil.copy(migrated, found.database)
        made.append(found)
        found.write("schedules/people.yaml", people)
        found.write("schedules/desk.yaml", desk)
        at = instant(starts) if isinstance(starts, str) else starts
        found.found(at, between=between, creator=creator)
        return found

    yield make
    for program in reversed(programs):
        with suppress(ProcessLookupError):
            program.send(signal.SIGCONT)
            program.kill()
    for found in made:
        if found.between:
            found.between.close()
        found.says_nothing_secret()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Starts some command of rotation's in a folder of its own; it ends with the test."""
    folder = tmp_path.parent / f"{tmp_path.name}-runs"
    folder.mkdir()
    programs: list[Program] = []

    def start(*arguments: str, **environ: str) -> Program:
        programs.append(Program(folder, *arguments, **environ))
        return programs[-1]

    yield start
    for program in programs:
        with suppress(ProcessLookupError):
            program.send(signal.SIGTERM)
        program.ends()
