"""Handovers under a PostgreSQL that is killed again and again: tests/process/test_chaos.py."""

from in_tests import ran
from told import Soaked


def soaked(handovers: int, seed: int) -> Soaked:
    """Three daemons on one server, in real time."""
    failed, counted = ran(
        "tests/process/test_chaos.py",
        0,
        ROTATION_CHAOS=str(handovers),
        ROTATION_SEED=str(seed),
    )
    return Soaked(counted.pop("handovers", 0), seed, failed, counted)
