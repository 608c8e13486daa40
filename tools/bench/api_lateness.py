"""Whether boundaries are late while sixteen ask the API all the time: the daemon in real time.

Boundaries by the ten with somebody asking and without, of the same daemon, so that whatever else
goes on in the machine meets both.
"""

import multiprocessing
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import programs
from asking import ask_when
from lateness import APART, Due, lateness, rows
from table import Row

from rotation.ledger import Ledger, Rights

SAMPLES, IN_A_ROW = 160, 10
PATHS = ("/v1/groups/g0", "/v1/groups/g1/who", "/v1/groups", "/v1/status?limit=10")
A_MOMENT = timedelta(seconds=0.5)


def measured() -> Iterator[Row]:
    port, asked, quiet = programs.free_port(), set[datetime](), set[datetime]()
    spawn = multiprocessing.get_context("spawn")
    told, answered = spawn.Event(), spawn.Value("i")

    def by_turns(folder: Path, due: Due) -> None:
        known = (told, answered, port, token(folder), *PATHS)
        aside = spawn.Process(target=ask_when, args=known)
        aside.start()
        try:
            for number, at in enumerate(sorted(due.values())):
                loud = number // IN_A_ROW % 2 == 1
                (told.set if loud else told.clear)()
                # The first one of each ten may still meet what went on before it.
                if number % IN_A_ROW:
                    (asked if loud else quiet).add(at)
                wait = at + A_MOMENT - datetime.now(UTC)  # noqa: TID251 - the machine's own clock
                time.sleep(max(0.0, wait.total_seconds()))  # noqa: TID251 - they come to pass
        finally:
            aside.kill()
            aside.join()

    late = lateness(SAMPLES, by_turns, f'[web]\nlisten = "127.0.0.1:{port}"\n')
    a_second = answered.value / (SAMPLES / 2 * APART.total_seconds())
    loud, calm = ([late[at] for at in some if at in late] for some in (asked, quiet))
    what = f"first call after a boundary, the API asked {a_second:.0f} times a second"
    yield from rows(what, loud, calm, "while nobody asks")


def token(folder: Path) -> str:
    """A token of the daemon whose folder it is."""
    ledger, now = Ledger(f"sqlite:///{folder / 'rotation.db'}"), datetime.now(UTC)  # noqa: TID251 - as the daemon's
    with ledger.writing() as books:
        made = books.tokens.make("bench", "bench", now, rights=Rights.VIEWER)
        books.tokens.note_used(made[0].id, now)
    ledger.close()
    return made[1]
