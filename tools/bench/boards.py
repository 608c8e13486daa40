"""The board of a thousand groups: how long the server takes for a page, from request to last byte.

Each group has two people on duty one after the other, was read a minute ago, and has its handover
in nine minutes; ten of them need a person. The ledger is a file, and no page is kept from before.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import cast

import httpx
import rosters
from table import Goal, Row, seconds

from rotation.core.facts import GroupState, HeldItem, Moment, Seat, Seen
from rotation.core.holds import Hold
from rotation.core.roster import PersonId, Roster
from rotation.engine import Engine, Intake
from rotation.ledger import Ledger, upgrade
from rotation.settings import load
from rotation.surfaces.fitness import Fitness
from rotation.surfaces.web import app
from rotation.wiring import Parts
from rotation.wiring.clocks import RealClock
from rotation.wiring.example import founded
from rotation.wiring.pulse import Pulse
from rotation.wiring.rehearsal import INSTANCE, TOKEN, Rehearsal
from rotation.zone_data import use_newest

GROUPS, TIMES, TROUBLED = 1000, 15, 10
NOW = datetime.fromisoformat("2027-01-04T07:51:00Z")
PAGES = {"all groups": "/", "the last page of them": "/?page=99", "one group": "/groups/{}",
         "one person": "/people/night", "the week": "/week", "the history": "/history"}  # fmt: skip


class _Then(RealClock):
    def __call__(self) -> Moment:
        return Moment(NOW, "bench", 0.0)


def measured() -> Iterator[Row]:
    with TemporaryDirectory() as name, furnished(Path(name)) as (fitness, roster):
        for what, path in PAGES.items():
            took, size = asyncio.run(_asked(fitness, path.format(next(iter(roster.groups)))))
            goal = Goal("<=", 200, " ms")
            yield Row(f"{what}, of {GROUPS:,} ({size / 1000:.0f} kB)", seconds(took), "",
                      took * 1000, goal)  # fmt: skip


@contextmanager
def furnished(folder: Path, clock: RealClock | None = None) -> Iterator[tuple[Fitness, Roster]]:
    """A daemon's parts over a ledger in `folder`, as if one had looked after the groups.

    The `clock` stands at NOW if it is not said otherwise.
    """
    clock = clock or _Then()
    url = f"sqlite:///{folder / 'rotation.db'}"
    upgrade(url)
    with closing(Ledger(url)) as ledger:
        roster = rosters.one_boundary(GROUPS)
        _furnished(ledger, roster)
        (folder / "rotation.toml").write_text('[accounts.main]\nprovider = "sandbox"\n')
        settings = load({}, config=folder / "rotation.toml", need_secrets=False)
        intake = Intake(ledger, {}, clock)
        parts = Parts(settings, ledger, {}, clock, cast("Engine", None), intake)
        yield Fitness(parts, Pulse(()), use_newest()), roster


async def _asked(fitness: Fitness, path: str) -> tuple[float, int]:
    """Median seconds of a page, after the first one, and its bytes."""
    transport = httpx.ASGITransport(app.build(fitness))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        took = []
        size = len((await client.get(path)).raise_for_status().content)
        for _ in range(TIMES):
            began = time.perf_counter()
            (await client.get(path)).raise_for_status()
            took.append(time.perf_counter() - began)
        return median(took), size


def _furnished(ledger: Ledger, roster: Roster) -> None:
    """What a daemon would know of it by now."""
    starts = NOW - timedelta(minutes=1)
    world = founded(roster, starts, instance=INSTANCE, token=TOKEN)
    Rehearsal(world, starts, ledger=ledger).adopt(roster, "d1")
    night = PersonId("night")
    with ledger.writing() as books:
        books.seats.save(
            *(Seat(g, night, seen=Seen.IN, seen_at=starts, managed_since=starts)
              for g in roster.groups)
        )  # fmt: skip
        books.groups.save(
            *(
                GroupState(
                    g, rosters.ACCOUNT, due=NOW, read_began_at=starts, read_ended_at=starts,
                    we_are_admin=True, size=4, recorded_until=starts,
                )
                for g in roster.groups
            )
        )  # fmt: skip
        for group in list(roster.groups)[-TROUBLED:]:
            held = HeldItem(Hold.NOT_ADMIN, rosters.ACCOUNT, group)
            books.holds.settle(None, group, (held,), starts - timedelta(hours=1))
