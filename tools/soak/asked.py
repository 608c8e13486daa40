"""Requests to the API, drawn from what is in an installation: tests/web/test_api_requests.py."""

from in_tests import ran
from told import Soaked


def soaked(requests: int, seed: int) -> Soaked:
    """All in one process, straight into the app."""
    failed, counted = ran(
        "tests/web/test_api_requests.py",
        0,
        ROTATION_REQUESTS=str(requests),
        ROTATION_SEED=str(seed),
    )
    return Soaked(counted.pop("API requests", 0), seed, failed, counted)
