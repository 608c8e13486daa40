"""Of several replicas one adopts roster files, and never files that nobody brought up to date."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rotation.core.facts import Moment
from rotation.core.roster import AccountId
from rotation.engine import Shared
from rotation.ledger import Ledger, Replica, in_memory
from rotation.surfaces.rosters import RosterFolder

STARTS = datetime(2026, 3, 2, tzinfo=UTC)
DESK = """\
people:
  ana: {name: Ana Reis, phone: "+351912345678"}
shifts:
  all: {zone: UTC, hours: HOURS, days: every day, everyone: [ana]}
groups:
  desk: {account: main, chat: 120363041234567001@g.us, shifts: [all], mode: managed}
"""
OLD, NEW = (DESK.replace("HOURS", hours) for hours in ("08:00 to 16:00", "09:00 to 17:00"))


@dataclass
class Machine:
    """A replica with its own folder of rosters."""

    folder: Path
    shared: Shared
    rosters: RosterFolder

    def has(self, text: str) -> None:
        (self.folder / "desk.yaml").write_text(text)


@dataclass
class Site:
    folder: Path
    ledger: Ledger = field(default_factory=in_memory)
    now: datetime = STARTS

    def clock(self) -> Moment:
        return Moment(self.now, "boot", self.now.timestamp())

    def machine(self, name: str, text: str) -> Machine:
        folder = self.folder / name
        folder.mkdir()
        me = Replica(name, name, "1", "2026a", (AccountId("main"),), "", "", 0, STARTS, STARTS)
        shared = Shared(self.ledger, self.clock, me)
        rosters = RosterFolder(folder, self.ledger, "2026a", lambda _level, _told: None, shared)
        found = Machine(folder, shared, rosters)
        found.has(text)
        return found

    def looks(self, machine: Machine, *, meant: bool = False) -> None:
        machine.shared.beat()
        machine.rosters.look(self.clock, at_once=True, meant=meant)

    def dies(self, _machine: Machine, *others: Machine) -> None:
        for _ in range(12):
            self.now += timedelta(seconds=5)
            for other in others:
                other.shared.beat()

    @property
    def in_force(self) -> str | None:
        with self.ledger.reading() as books:
            return books.rosters.digest()

    @property
    def held(self) -> list[str]:
        with self.ledger.reading() as books:
            return [h.item.detail for h in books.holds.in_force()]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.ledger.close()


@pytest.mark.promise("P-replicas", "S11")
def test_only_the_one_that_keeps_house_adopts_its_files(site: Site) -> None:
    first, second = site.machine("first", OLD), site.machine("second", NEW)
    site.looks(first)
    before = site.in_force
    site.looks(second)
    assert site.in_force == before
    site.looks(second)
    with site.ledger.reading() as books:
        files = {r.replica: r.roster for r in books.leases.replicas()}
    site.looks(first)
    assert files["second"] != before


@pytest.mark.promise("P-replicas", "S11")
def test_files_that_were_replaced_are_not_adopted_after_a_takeover(site: Site) -> None:
    first, second = site.machine("first", OLD), site.machine("second", OLD)
    for machine in (first, second):
        site.looks(machine)
    old = site.in_force
    first.has(NEW)
    site.looks(first)
    new = site.in_force
    assert new != old

    site.dies(first, second)
    site.looks(second)
    assert site.in_force == new
    assert site.held == [f"the files of second are those of roster {old}, which was replaced"]

    second.has(NEW)
    site.looks(second)
    assert (site.in_force, site.held) == (new, [])


@pytest.mark.promise("P-replicas")
@pytest.mark.parametrize("how", ["asked for", "changed there"])
def test_old_files_come_into_force_where_they_are_meant(site: Site, how: str) -> None:
    first, second = site.machine("first", OLD), site.machine("second", OLD)
    for machine in (first, second):
        site.looks(machine)
    old = site.in_force
    first.has(NEW)
    site.looks(first)
    new = site.in_force
    site.dies(first, second)
    site.looks(second)
    assert site.in_force == new
    if how == "asked for":
        site.looks(second, meant=True)
    else:
        second.has(NEW)
        site.looks(second)
        second.has(OLD)
        site.looks(second)
    assert (site.in_force, site.held) == (old, [])
