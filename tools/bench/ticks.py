"""What a tick costs: two days of the example rosters, rehearsed, and the SQL it takes."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, event
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
    yield Row("SQL statements of a tick", f"{statements:.1f}", "", statements, Goal("<=", 30, ""))


def _rehearsal() -> Rehearsal:
    roster = read(example_rosters())
    world = world_for(roster, STARTS, instance=INSTANCE, token=TOKEN)
    made = Rehearsal(world, STARTS)
    made.adopt(roster, digest(roster))
    return made


def _statements() -> float:
    """How many of them a tick takes; counted in a run of its own, since counting costs time."""
    made = _rehearsal()
    count = 0

    def one_more(*_about: object) -> None:
        nonlocal count
        count += 1

    event.listen(Engine, "before_cursor_execute", one_more)
    try:
        made.run(STARTS + SPAN)
    finally:
        event.remove(Engine, "before_cursor_execute", one_more)
    return count / made.ticks


def _bare_statement() -> float:
    """CPU seconds of the simplest question, asked the way the ledger asks."""
    with in_memory().reading() as books:
        began = time.process_time()
        for _ in range(ASKED):
            books.meta.get("nothing")
        return (time.process_time() - began) / ASKED
