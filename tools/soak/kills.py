"""kill -9 of the real daemon, as often as asked: what tests/process/test_kills.py does."""

import os

from in_tests import ran
from told import Soaked


def soaked(kills: int, seed: int) -> Soaked:
    """Half of the kills with a request under way, half with a ledger on PostgreSQL."""
    failed, counted = ran(
        "tests/process/test_kills.py",
        os.cpu_count() or 1,
        ROTATION_KILLS=str(kills),
        ROTATION_SEED=str(seed),
    )
    done = sum(n for what, n in counted.items() if not what.endswith("handovers"))
    return Soaked(done, seed, failed, counted)
