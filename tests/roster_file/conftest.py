"""Roster files as texts."""

from collections.abc import Callable

import pytest

from rotation import zone_data
from rotation.core.roster import Roster
from rotation.roster_file import RosterErrors, read_snapshot

DESK = """\
people:
  ana: {name: Ana Reis, phone: "+351 91 234 5601", zone: Europe/Lisbon}
  ben: {name: Ben Hale, phone: "+44 7700 900102"}
  cho: {name: Cho Park, phone: "+1 212 555 0103"}
shifts:
  day: {zone: Europe/Lisbon, hours: 08:00 to 16:00, everyone: [ana]}
groups:
  acme: {account: main, chat: 120363041234567001@g.us, shifts: [day]}
"""


@pytest.fixture(scope="session", autouse=True)
def newest_zone_data() -> zone_data.ZoneData:
    return zone_data.use_newest()


@pytest.fixture(scope="session")
def desk() -> str:
    """A small roster without fault: ana, ben, cho; the shift day; the group acme."""
    return DESK


@pytest.fixture(scope="session")
def read() -> Callable[..., Roster]:
    """Reads texts as the files a.yaml, b.yaml, ... of a folder `schedules`."""

    def read_texts(*texts: str | bytes) -> Roster:
        contents = [t.encode() if isinstance(t, str) else t for t in texts]
        return read_snapshot(
            tuple((f"schedules/{chr(97 + n)}.yaml", c) for n, c in enumerate(contents))
        )

    return read_texts


@pytest.fixture(scope="session")
def wrong(read: Callable[..., Roster]) -> Callable[..., list[str]]:
    """Every problem of texts that make no roster, as people see it."""

    def problems(*texts: str | bytes) -> list[str]:
        with pytest.raises(RosterErrors) as caught:
            read(*texts)
        return str(caught.value).splitlines()

    return problems
