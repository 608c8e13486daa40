"""Jobs that do nothing, queued in Redis and carried out by one Celery worker in one process.

`BENCH_REDIS=URL python in_redis.py COUNT` prints the seconds a job took. Empties the database. Late
acknowledgement and kept results: a worker that dies loses no job, though a server may.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import redis
from celery import Celery

URL = os.environ["BENCH_REDIS"]
app = Celery("in_redis", broker=URL, backend=URL)
app.conf.update(
    worker_prefetch_multiplier=64,
    task_acks_late=True,
    broker_connection_retry_on_startup=True,
)
WORKER = (
    *(sys.executable, "-m", "celery", "-A", "in_redis", "worker", "-P", "solo", "-c", "1"),
    *("-l", "ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat"),
)


@app.task(bind=True, max_retries=5)
def nothing(_self: object, number: int) -> int:
    return number


def measured(count: int) -> float:
    store = redis.Redis.from_url(URL)
    store.flushall()
    for number in range(count):
        nothing.delay(number)
    here, unheard = Path(__file__).parent, subprocess.DEVNULL
    with subprocess.Popen(WORKER, cwd=here, stdout=unheard, stderr=unheard) as worker:  # noqa: S603 - celery's own
        try:
            return _seconds_a_job(store, count)
        finally:
            worker.terminate()


def _seconds_a_job(store: redis.Redis, count: int) -> float:
    """Counted from the first job that is taken, so that the worker's start costs it nothing."""
    while (waiting := store.llen("celery")) == count:
        time.sleep(0.001)  # noqa: TID251 - waits for another process
    began = time.perf_counter()
    while store.llen("celery") + store.hlen("unacked"):
        time.sleep(0.001)  # noqa: TID251 - waits for another process
    return (time.perf_counter() - began) / max(1, waiting)


if __name__ == "__main__":
    print(measured(int(sys.argv[1])))
