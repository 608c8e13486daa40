"""What the daemon needs: memory after a day of handovers, and CPU while there is nothing to do."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import programs
from table import Goal, Row

from rotation.roster_file import read
from rotation.surfaces.example import example_rosters, sandbox

STARTS = datetime(2026, 10, 23, 9, 0, tzinfo=UTC)
A_DAY = timedelta(days=1)
SETTLED = 20.0
WATCHED = 30.0
"""Seconds."""
BARE = "print(*(line for line in open('/proc/self/status') if line.startswith('VmRSS')))"


def measured() -> Iterator[Row]:
    bare = int(subprocess.check_output([sys.executable, "-c", BARE]).split()[1]) / 1024  # noqa: S603 - a line of ours
    size = _after_a_day()
    yield Row("memory of the daemon after a day", f"{size:.1f} MiB", f"{bare:.1f} MiB bare Python",
              size, Goal("<=", 80, " MiB"))  # fmt: skip
    used, with_web = _idle()
    used *= 100
    yield Row("an idle daemon", f"{used:.2f} % of a core", "", used, Goal("<=", 0.5, " %"))
    yield Row("its memory, with its web", f"{with_web:.1f} MiB", "", with_web,
              Goal("<=", 120, " MiB"))  # fmt: skip


def _after_a_day() -> float:
    """A day of the example rosters in stepped time, which takes some seconds."""
    roster = read(example_rosters())
    with (
        sandbox(roster, STARTS, stepped=True) as place,
        programs.daemon(place.config) as process,
    ):
        while datetime.fromisoformat(str(programs.ask(place.url, "clock")["now"])) < STARTS + A_DAY:
            time.sleep(0.5)  # noqa: TID251 - waits for another process
        return programs.resident(process)


def _idle() -> tuple[float, float]:
    """The share of a core and MiB, in real time, when all groups are as they should be."""
    now = datetime.now(UTC)  # noqa: TID251 - the machine's own clock is what is measured
    with sandbox(read(example_rosters()), now) as place, programs.daemon(place.config) as process:
        time.sleep(SETTLED)  # noqa: TID251 - lets the first handovers pass
        before = programs.worked(process)
        time.sleep(WATCHED)  # noqa: TID251 - measures just this
        return (programs.worked(process) - before) / WATCHED, programs.resident(process)
