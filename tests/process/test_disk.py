"""A disk that fails: at each write and sync of a handover in turn, now and then or from then on."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

import pytest

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]
Hourly: TypeAlias = Any
"""A desk where one agent follows another at every full hour."""
AILING = Path(__file__).with_name("ailing.py")

WORDS = {"eio": "disk I/O error", "full": "database or disk is full"}
EVERY = 60
"""A handover writes and syncs about three times as often."""
STEP = 2
"""The failures begin at every second of the sixty, for their cost; with 1 at each of them."""
PARTS = 2
STRIDE = 32
"""From then on only every so many ordinals: a daemon has to be started again for each."""


class Desk:
    """Handovers by the hour, of a daemon whose disk may fail."""

    def __init__(self, site: MakeSite, hourly: Hourly) -> None:
        self.site: Any = site("00:02", hourly.desk, people=hourly.people)
        self.hourly = hourly
        self.hour = 0
        self.begins()

    def begins(self) -> None:
        self.site.write("disk", "")
        self.site.leaves_the_clock()
        by = (str(AILING), "disk")
        self.daemon = self.site.runs("run", "--config", self.site.config, by=by)
        self.site.is_up(self.daemon)
        self.ends_well()

    def fails(self, nth: int, every: int, how: str) -> bool:
        """One handover of a disk that will fail; whether it did."""
        self.site.write("disk", f"{nth} {every} {how}")
        self.site.until(f"{self.hour}:20", self.daemon)
        reached = int((self.site.folder / "disk.reached").read_text())
        self.site.write("disk", "")
        return reached >= nth

    def ends_well(self) -> None:
        """The handover of this hour is carried out; now it is the eve of the next."""
        self.site.until(f"{self.hour}:55", self.daemon)
        assert self.daemon.runs, self.daemon.complaint
        assert self.site.world.inside() == self.hourly.who(self.hour)
        self.site.world.is_lawful()
        self.hour += 1

    def is_sound(self) -> None:
        assert self.daemon.complaint == ""
        assert self.daemon.stop() == 0
        self.site.is_whole()
        with closing(sqlite3.connect(self.site.database)) as found:
            assert found.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.promise("F31", "S10", "C2")
@pytest.mark.parametrize("part", range(PARTS))
def test_a_handover_in_which_every_60th_write_or_sync_fails_from_any_on_is_proven_all_the_same(
    site: MakeSite, hourly: Hourly, part: int
) -> None:
    desk, how = Desk(site, hourly), ("eio", "full")[part % 2]
    for nth in range(1 + STEP * part, 1 + EVERY, STEP * PARTS):
        assert desk.fails(nth, EVERY, how)
        desk.ends_well()
    told = [line["why"] for line in desk.daemon.told() if "why" in line]
    assert len(told) > EVERY // STEP // PARTS
    assert all(WORDS[how] in why and "free space" in why for why in told)
    desk.is_sound()


@pytest.mark.promise("F31", "S10")
@pytest.mark.parametrize("how", list(WORDS))
def test_on_a_disk_that_fails_from_then_on_nothing_is_sent_and_the_daemon_leaves_and_comes_back(
    site: MakeSite, hourly: Hourly, how: str
) -> None:
    desk = Desk(site, hourly)
    nth = 1 if how == "eio" else 1 + STRIDE // 2
    while desk.fails(nth, 1, how):
        assert desk.daemon.ends() == 3
        assert len(desk.daemon.told("no ledger")) == 3
        assert all(WORDS[how] in line["why"] for line in desk.daemon.told("no ledger"))
        assert desk.daemon.complaint == ""
        desk.begins()
        nth += STRIDE
    assert nth > 100
    desk.ends_well()
    desk.is_sound()
