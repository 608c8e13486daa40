"""What the daemon keeps in memory for a roster that nothing is due in.

That is the roster in force, as the ledger gave it, its timeline once everybody's next handover was
asked for, and who everybody is. What it remembers of a group beyond that has a limit: it is not
counted, since both crowds that are compared are beyond it.
"""

import gc
import tempfile
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime

import rosters
from table import Goal, Row

from rotation.engine import adopt
from rotation.engine.in_force import InForce
from rotation.ledger import Ledger, upgrade
from rotation.roster_file import digest

FEW, MANY = 500, 1500
ANCHOR = date(2026, 12, 28)
STARTS = datetime(2027, 1, 4, 11, 0, tzinfo=UTC)


def measured() -> Iterator[Row]:
    few, many = _held(FEW), _held(MANY)
    each = (many - few) / (MANY - FEW) / 1024
    what = "kept for an idle group with three shifts and 18 people of its own"
    base = f"{many / 2**20:.1f} MiB for {MANY:,}"
    yield Row(what, f"{each:.1f} KiB", base, each, Goal("<=", 20, " KiB"))


def _held(groups: int) -> int:
    """Bytes that Python holds then, and did not before."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/rotation.db"
        upgrade(url)
        roster = rosters.many_suns(groups, ANCHOR)
        with closing(Ledger(url)) as ledger:
            adopt(ledger, roster, digest(roster), STARTS, "bench")
            del roster
        gc.collect()
        with closing(Ledger(url)) as ledger:
            tracemalloc.start()
            in_force = InForce()
            with ledger.reading() as books:
                found, everybody = in_force.read(books), books.people.all()
            assert found is not None and everybody  # noqa: S101, PT018 - they are what is counted
            _, roster, timeline = found
            for group in roster.groups:
                timeline.next_handover(group, STARTS)
                timeline.on_duty(group, STARTS)
            gc.collect()
            held, _ = tracemalloc.get_traced_memory()
            tracemalloc.stop()
    return held
