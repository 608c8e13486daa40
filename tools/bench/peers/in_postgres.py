"""Jobs that do nothing, queued and carried out by procrastinate or DBOS in one process.

`python in_postgres.py procrastinate|dbos DSN COUNT` prints the seconds a job took.
Wipes the schema it is given. Runs in an environment of its own, where rotation is not installed.
"""

import asyncio
import logging
import sys
import time
from collections.abc import Callable, Mapping

import psycopg

TOGETHER = 6
"""Jobs that are queued by one call."""


def wipe(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as session:
        for schema in ("public", "dbos"):
            session.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        session.execute("CREATE SCHEMA public")


def by_procrastinate(dsn: str, count: int) -> float:
    """One worker, ten jobs at a time, each with a strategy for trying again."""
    import procrastinate

    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=dsn, max_size=10))
    done = 0

    @app.task(name="nothing", retry=procrastinate.RetryStrategy(max_attempts=5, wait=1))
    async def nothing(_number: int) -> None:
        nonlocal done
        done += 1

    async def worked() -> float:
        async with app.open_async():
            await app.schema_manager.apply_schema_async()
            for first in range(0, count, TOGETHER):
                batch = [{"_number": n} for n in range(first, first + TOGETHER)]
                await nothing.batch_defer_async(*batch)
            began = time.perf_counter()
            await app.run_worker_async(
                wait=False, concurrency=10, install_signal_handlers=False, listen_notify=False
            )
            return time.perf_counter() - began

    took = asyncio.run(worked())
    return took / done


def by_dbos(dsn: str, count: int) -> float:
    """A queue without a limit, asked fifty times a second, its worker at work while it fills."""
    from dbos import DBOS

    logging.disable(logging.WARNING)
    DBOS(
        config={
            "name": "bench",
            "system_database_url": dsn,
            "log_level": "ERROR",
            "enable_otlp": False,
        }
    )
    done = 0

    @DBOS.workflow()
    def nothing(_number: int) -> None:
        nonlocal done
        done += 1

    DBOS.launch()
    DBOS.register_queue("jobs", polling_interval_sec=0.02)
    began = time.perf_counter()
    for number in range(count):
        DBOS.enqueue_workflow("jobs", nothing, number)
    while done < count:
        time.sleep(0.005)  # noqa: TID251 - waits for other threads
    took = time.perf_counter() - began
    DBOS.destroy()
    return took / count


PEERS: Mapping[str, Callable[[str, int], float]] = {
    "procrastinate": by_procrastinate,
    "dbos": by_dbos,
}

if __name__ == "__main__":
    _, who, where, how_many = sys.argv
    wipe(where)
    print(PEERS[who](where, int(how_many)))
