"""Many groups at once: ticks that find nothing due, and boundaries that all fall on one second.

The baseline of the second is APScheduler with its jobs in SQLite, running as many empty jobs. Both
write to files, with fsync.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import rosters
from apscheduler.executors.debug import DebugExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from table import Goal, Row, seconds

from rotation.core.facts import GroupState, Seat, Seen
from rotation.core.roster import GroupId, PersonId, Roster
from rotation.ledger import Ledger, upgrade
from rotation.wiring.example import founded
from rotation.wiring.rehearsal import INSTANCE, TOKEN, Rehearsal

STARTS = datetime(2027, 1, 4, 7, 50, tzinfo=UTC)
EIGHT = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)
FEW, MANY = 100, 100_000
TICKS = 200
CROWD = 10_000


def measured() -> Iterator[Row]:
    few, many = _idle_tick(FEW), _idle_tick(MANY)
    name = f"a tick with nothing due, {MANY:,} idle groups"
    yield Row(name, seconds(many), f"{seconds(few)} with {FEW}", many / few, Goal("<=", 1.5))
    ours, theirs = _written(CROWD), _jobs_run(CROWD)
    yield Row(f"{CROWD:,} boundaries in one second, decided and written", seconds(ours),
              f"{seconds(theirs)} for as many jobs", theirs / ours, Goal(">=", 10))  # fmt: skip


@contextmanager
def _ledger() -> Iterator[Ledger]:
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder, 'rotation.db')}"
        upgrade(url)
        found = Ledger(url)
        yield found
        found.close()


def _rehearsal(roster: Roster, ledger: Ledger) -> Rehearsal:
    world = founded(roster, STARTS, instance=INSTANCE, token=TOKEN)
    made = Rehearsal(world, STARTS, ledger=ledger)
    made.adopt(roster, "d1")
    return made


def _idle_tick(groups: int) -> float:
    """CPU seconds of a tick of one account when none of its groups is due."""
    with _ledger() as ledger:
        made = _rehearsal(rosters.everyone_changes(1, 1), ledger)
        made.run(STARTS + timedelta(minutes=1))
        with ledger.writing() as books:
            idle = [GroupId(f"idle-{n}") for n in range(groups)]
            due = STARTS + timedelta(days=1)
            books.groups.save(*(GroupState(g, rosters.ACCOUNT, due=due) for g in idle))
            books.seats.save(*(Seat(g, PersonId("night-0-0"), seen=Seen.IN) for g in idle))
        took = []
        for n in range(TICKS):
            made.run(STARTS + timedelta(minutes=1, seconds=n))
            with ledger.writing() as books:  # what was answered before is not known any more
                books.groups.save(GroupState(idle[0], rosters.ACCOUNT, due=due))
            began = time.process_time()
            made.engine.tick(rosters.ACCOUNT)
            took.append(time.process_time() - began)
        return median(took)


def _written(groups: int) -> float:
    """Wall seconds from a boundary of all groups until each has its handover in the ledger.

    All were read just before. Additions are sent meanwhile as the drip allows; the rest of each
    handover waits for its slot, which is decided and written as well.
    """
    with _ledger() as ledger:
        roster = rosters.one_boundary(groups)
        made = _rehearsal(roster, ledger)
        made.run(STARTS + timedelta(seconds=30))
        night, just_now = PersonId("night"), EIGHT - timedelta(seconds=5)
        with ledger.writing() as books:
            books.seats.save(
                *(
                    Seat(g, night, seen=Seen.IN, seen_at=just_now, managed_since=STARTS)
                    for g in roster.groups
                )
            )
            books.groups.save(
                *(
                    GroupState(
                        g, rosters.ACCOUNT, due=EIGHT, read_began_at=just_now,
                        read_ended_at=just_now, we_are_admin=True, size=4, recorded_until=just_now,
                    )
                    for g in roster.groups
                )
            )  # fmt: skip
        made.wake()
        made.run(EIGHT)
        began = time.perf_counter()
        while _handovers(ledger) < groups:
            made.step(EIGHT + timedelta(hours=1))
        return time.perf_counter() - began


def _handovers(ledger: Ledger) -> int:
    with ledger.reading() as books:
        return len(books.handovers.of(since=EIGHT, until=EIGHT + timedelta(seconds=1)))


def _jobs_run(jobs: int) -> float:
    """Wall seconds until the last of as many jobs of one second has run."""
    with TemporaryDirectory() as folder:
        store = SQLAlchemyJobStore(url=f"sqlite:///{Path(folder, 'jobs.db')}")
        scheduler = BackgroundScheduler(
            timezone=UTC, jobstores={"default": store}, executors={"default": DebugExecutor()},
            job_defaults={"misfire_grace_time": None},
        )  # fmt: skip
        scheduler.start(paused=True)
        _RAN.clear()
        due = datetime.now(UTC)  # noqa: TID251 - all of them are due once they are stored
        for number in range(jobs):
            scheduler.add_job(_run, "date", run_date=due, args=[number])
        began = time.perf_counter()
        scheduler.resume()
        while len(_RAN) < jobs:
            time.sleep(0.01)  # noqa: TID251 - waits for another thread
        took = time.perf_counter() - began
        scheduler.shutdown()
    return took


_RAN: list[int] = []


def _run(number: int) -> None:
    _RAN.append(number)
