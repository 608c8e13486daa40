"""How many transactions a second a ledger takes: in a file, and on a server from several processes.

Writing is serial on both, so that several writers together are not quicker than one: this bounds
what replicas can do together, whatever their number.
"""

import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from typing import cast

import servers
from table import Row, seconds

from rotation.ledger import Ledger, upgrade

SECONDS = 3.0
PROCESSES = (1, 2, 4)


def measured() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as made:
        alone = _together(f"sqlite:///{made}/rotation.db", 1)
    yield Row("transactions in a file", f"{alone:.0f} a second", seconds(1 / alone))
    with servers.postgres() as url:
        first = 0.0
        for processes in PROCESSES:
            found = _together(url, processes)
            first = first or found
            what = f"transactions on a server, {processes} at once"
            yield Row(what, f"{found:.0f} a second", seconds(1 / found), found / first)


def _together(url: str, processes: int) -> float:
    """Transactions a second of all processes together."""
    upgrade(url)
    ways = multiprocessing.get_context("spawn")
    ready, made = ways.Barrier(processes), cast("Queue[int]", ways.Queue())
    writers = [ways.Process(target=_writes, args=(url, n, ready, made)) for n in range(processes)]
    for writer in writers:
        writer.start()
    count = sum(made.get() for _ in writers)
    for writer in writers:
        writer.join()
    return float(count) / SECONDS


def _writes(url: str, number: int, ready: Barrier, made: "Queue[int]") -> None:
    ledger = Ledger(url)
    with ledger.writing() as books:
        books.meta.put(f"bench {number}", "0")
    ready.wait()
    until, count = time.monotonic() + SECONDS, 0
    while time.monotonic() < until:
        with ledger.writing() as books:
            books.meta.put(f"bench {number}", str(count))
        count += 1
    made.put(count)
    ledger.close()
