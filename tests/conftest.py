"""What holds for every test: the newest zone data, as in the program itself."""

import pytest

from rotation.zone_data import use_newest


@pytest.fixture(scope="session", autouse=True)
def newest_zone_data() -> None:
    """Golden instants are those of the newest data, not of what the machine happens to have."""
    use_newest()
