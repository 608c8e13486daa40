"""Jobs that do nothing, queued by huey in a SQLite file that is synced, and carried out.

`python in_sqlite.py FOLDER COUNT` prints the seconds a job took. huey takes a job out before it
runs, so that a worker which dies loses it.
"""

import logging
import sys
import time
from pathlib import Path

from huey import SqliteHuey


def measured(folder: Path, count: int) -> float:
    logging.disable(logging.CRITICAL)
    queue = SqliteHuey(filename=str(folder / "huey.db"), fsync=True, results=True, immediate=False)
    done = 0

    @queue.task(retries=3, retry_delay=1)
    def nothing(number: int) -> int:
        nonlocal done
        done += 1
        return number

    for number in range(count):
        nothing(number)
    consumer = queue.create_consumer(
        workers=1, periodic=False, initial_delay=0.001, backoff=1, max_delay=0.001
    )
    began = time.perf_counter()
    consumer.start()
    while done < count:
        time.sleep(0.001)  # noqa: TID251 - waits for other threads
    took = time.perf_counter() - began
    consumer.stop(graceful=True)
    return took / count


if __name__ == "__main__":
    _, where, how_many = sys.argv
    print(measured(Path(where), int(how_many)))
