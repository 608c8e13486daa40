"""kill -9 at moments drawn from a seed, half with a request under way, half on PostgreSQL.

`make soak` runs the same with more kills and other seeds.
"""

import os
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, TypeAlias

import pytest

from rotation.wiring.example import duty_for

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]
Hourly: TypeAlias = Any
"""A desk where one agent follows another at every full hour."""

KILLS = int(os.environ.get("ROTATION_KILLS", "100"))
SEED = os.environ.get("ROTATION_SEED", "1")
AT_A_SITE = 25
SITES = max(1, KILLS // 2 // AT_A_SITE)
"""With each kind of ledger."""

DRIP = 2
CALLS = ("@g.us", "add", "remove", "text")
"""How the paths end of what a handover asks of the chat."""
A_CALL_AND_ITS_COMMITS = 0.03
A_START = 0.3
"""Real seconds that these take, about; a kill falls somewhere into them."""
LATEST = 15
"""The minute after which an hour's handover is first brought to its end.

So it can be, though three daemons in a row wait for the lease of the one before.
"""


@dataclass
class Desk:
    """Hour after hour one agent follows another, whatever befalls the daemon."""

    site: Any
    hourly: Hourly
    dice: Random
    daemon: Any = None
    hour: int = 0
    kills: Counter[str] = field(default_factory=Counter)

    def begins(self) -> None:
        text = (self.site.folder / "rotation.toml").read_text()
        self.site.write("rotation.toml", text.replace("deadline =", f"drip = {DRIP}\ndeadline ="))
        at = self.site.world.now
        since, until = at - timedelta(days=1), at + timedelta(days=3)
        self.site.world.ask("duty", duty_for(self.site.roster, since, until, drip=DRIP))
        self.daemon = self.site.daemon()
        self.goes_on()

    def goes_on(self) -> None:
        """The rest of this hour's handover is carried out, as the world and the judge see."""
        self.site.until(f"{self.hour}:50", self.daemon)
        assert self.daemon.runs, self.daemon.complaint
        assert self.site.world.inside() == self.hourly.who(self.hour)
        self.site.world.is_lawful()
        self.hour += 1

    def kill(self) -> None:
        """At once if the daemon has something to do, or else at the next handover."""
        if self.site.world.now > self.site.clock(f"{self.hour}:{LATEST}"):
            self.goes_on()
        way = (
            "in a request"
            if self.kills.total() % 2 == 0
            else self.dice.choice(("between", "starting"))
        )
        self.kills[way] += 1
        if way == "starting":
            self.daemon.kill()
            self.daemon = self.site.runs("run", "--config", self.site.config)
            self.soon(A_START)
        else:
            self.in_a_request() if way == "in a request" else self.between_requests()
        self.daemon.kill()
        self.daemon = self.site.daemon()

    def in_a_request(self) -> None:
        nth, arrives = self.dice.randint(1, 6), self.dice.random() < 0.5
        held = self.site.between.hold(CALLS, nth=nth, arrives=arrives)
        self.comes_to(held)
        self.daemon.kill()
        held.drop()

    def between_requests(self) -> None:
        self.comes_to(self.site.between.notice(CALLS, nth=self.dice.randint(1, 6)))
        self.soon(A_CALL_AND_ITS_COMMITS)

    def comes_to(self, held: Any) -> None:  # noqa: ANN401 - a call held up on its way
        self.site.until(f"{self.hour}:50", self.daemon, held)
        while not held.reached.is_set():
            self.goes_on()
            self.site.until(f"{self.hour}:50", self.daemon, held)

    def soon(self, within: float) -> None:
        """Some moment: this is the one wait for a length of time, as its end must be anywhere."""
        threading.Event().wait(self.dice.uniform(0, within))

    def ends_well(self) -> None:
        self.goes_on()
        assert self.daemon.stop() == 0
        self.site.is_whole()
        with self.site.books() as books:
            rows = books.handovers.of(limit=1000)
        assert len(rows) == self.hour
        assert [row.at for row in rows if row.proven_at is None] == []
        said = self.site.world.messages("@g.us")
        assert 0 < len(said) <= self.hour, "at most one notice for each handover"


@pytest.mark.volume(
    "kill -9 of the real daemon, half in a request, half on PostgreSQL", AT_A_SITE, f"seed {SEED}"
)
@pytest.mark.promise("C2", "S7", "S10", "S13", "A5")
@pytest.mark.parametrize("part", range(SITES))
def test_a_daemon_killed_again_and_again_proves_every_handover(
    ledger: str,
    site: MakeSite,
    hourly: Hourly,
    part: int,
    record_property: Callable[[str, object], None],
) -> None:
    kind = "postgresql" if ledger else "sqlite"
    made = site("00:02", hourly.desk, people=hourly.people, between=True, ledger=ledger)
    desk = Desk(made, hourly, Random(f"{SEED}/{kind}/{part}"))
    desk.begins()
    while desk.kills.total() < AT_A_SITE:
        desk.kill()
    desk.ends_well()
    assert desk.kills["in a request"] >= AT_A_SITE / 2
    for way, count in {**desk.kills, "handovers": desk.hour}.items():
        record_property(f"{kind}, {way}", count)
