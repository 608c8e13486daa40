"""Bodies of webhooks, mutated, half of them well signed: tests/engine/test_webhook_bodies.py.

For each hundred of the provider's one of the hooks of other systems, which writes to the ledger.
"""

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
    hooks, others = ran(
        "tests/surfaces/incoming/test_hook_bodies.py",
        0,
        ROTATION_HOOKS=str(max(bodies // 100, 1500)),
        ROTATION_SEED=str(seed),
    )
    return Soaked(counted.pop("webhook bodies", 0), seed, (*failed, *hooks), {**counted, **others})
