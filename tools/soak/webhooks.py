"""Bodies of webhooks, mutated, half of them well signed: tests/engine/test_webhook_bodies.py."""

from in_tests import ran
from told import Soaked


def soaked(bodies: int, seed: int) -> Soaked:
    """All in one process, through the door that the daemon takes them at."""
    failed, counted = ran(
        "tests/engine/test_webhook_bodies.py",
        0,
        ROTATION_WEBHOOKS=str(bodies),
        ROTATION_SEED=str(seed),
    )
    return Soaked(counted.pop("webhook bodies", 0), seed, failed, counted)
