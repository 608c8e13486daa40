"""What a tick costs: two days of the example rosters, rehearsed, and the SQL it takes."""

import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from table import Goal, Row

from rotation.ledger import in_memory
from rotation.roster_file import digest, read
from rotation.surfaces.example import example_rosters
from rotation.wiring.example import world_for
from rotation.wiring.rehearsal import INSTANCE, TOKEN, Rehearsal

STARTS = datetime(2026, 10, 23, 9, 0, tzinfo=UTC)
SPAN = timedelta(days=2)
ASKED = 5000


def measured() -> Iterator[Row]:
    quick = _rehearsal()
    began = time.process_time()
    quick.run(STARTS + SPAN)
    each = (time.process_time() - began) / quick.ticks
    statements, bare = _statements(), _bare_statement()
    of_bare = f"{statements:.1f} x {bare * 1e6:.0f} us bare SQL"
    told = f"{each * 1e3:.2f} ms CPU, {1 / each:.0f} a second"
    yield Row("a tick", told, of_bare, each / (statements * bare))
    yield Row("SQL statements of a tick", f"{statements:.1f}", "", statements, Goal("<=", 15, ""))


def _rehearsal() -> Rehearsal:
    roster = read(example_rosters())
    world = world_for(roster, STARTS, instance=INSTANCE, token=TOKEN)
    made = Rehearsal(world, STARTS)
    made.adopt(roster, digest(roster))
    return made


def _statements() -> float:
    """How many of them a tick takes; counted in a run of its own, since counting costs time.

    BEGIN, COMMIT and what triggers do are not among them.
    """
    count = 0

    def heard(statement: str) -> None:
        nonlocal count
        count += statement.split(maxsplit=1)[0] in {"SELECT", "INSERT", "UPDATE", "DELETE"}

    class Heard(sqlite3.Connection):
        def __init__(self, *arguments: Any, **more: Any) -> None:  # noqa: ANN401 - the library's own
            super().__init__(*arguments, **more)
            self.set_trace_callback(heard)

    connect = sqlite3.connect
    sqlite3.connect = partial(connect, factory=Heard)  # type: ignore[assignment]  # a class with a factory, for all who connect
    try:
        made = _rehearsal()  # connects once, and for all
    finally:
        sqlite3.connect = connect
    count = 0
    made.run(STARTS + SPAN)
    return count / made.ticks


def _bare_statement() -> float:
    """CPU seconds of the simplest question, asked the way the ledger asks."""
    with in_memory().reading() as books:
        began = time.process_time()
        for number in range(ASKED):
            books.meta.get(f"nothing {number}")  # another one each time: what is known is not asked
        return (time.process_time() - began) / ASKED
