"""Days of handovers after a wipe: what tests/process/test_wipes.py does, and then goes on."""

from in_tests import ran
from told import Soaked


def soaked(days: int, seed: int) -> Soaked:
    """Fifty groups, forty of them with two handovers a day, in stepped time."""
    failed, counted = ran(
        "tests/process/test_wipes.py",
        0,
        ROTATION_DAYS_AFTER=str(days),
    )
    return Soaked(counted.pop("days after a wipe", 0), seed, failed, counted)
