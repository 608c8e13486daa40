"""What holds for every test: the newest zone data, and how many examples a law is tried on.

No example has a deadline: on a busy machine any of them may take long. `make fast` tries a few
new ones at every run; `make test` tries many, the same each time, so that it can't fail by chance.
"""

import pytest
from hypothesis import HealthCheck, settings

from rotation.zone_data import use_newest

settings.register_profile(
    "thorough", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "fast", settings.get_profile("thorough"), derandomize=False, max_examples=10
)
settings.load_profile("thorough")


@pytest.fixture(scope="session", autouse=True)
def newest_zone_data() -> None:
    """Golden instants are those of the newest data, not of what the machine happens to have."""
    use_newest()
