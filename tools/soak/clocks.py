"""Every change of clocks to 2037, and 10,000 rosters: tests/core/test_every_zone.py."""

import os

from in_tests import ran
from told import Soaked


def soaked(_all: int, seed: int) -> Soaked:
    """All of it at once; there is no part."""
    failed, counted = ran(
        "tests/core/test_every_zone.py", os.cpu_count() or 1, ROTATION_EVERY_ZONE="1"
    )
    return Soaked(counted.pop("occurrences beside a change of clocks", 0), seed, failed, counted)
