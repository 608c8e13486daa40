"""The daemon on a machine whose clock is wrong: set_clock.py CONFIG SECONDS.

SECONDS is a file that says by how many, at every moment; the boot clock goes on as ever. Once
there is a file SECONDS.hasty, the steady clock by which ticks are watched runs far too fast.
"""

import os
import sys
import time
from datetime import timedelta
from pathlib import Path

import structlog

from rotation.core.facts import Moment
from rotation.engine import Engine, Intake
from rotation.settings import load
from rotation.surfaces import logs
from rotation.surfaces.daemon import Daemon
from rotation.surfaces.rosters import RosterFolder
from rotation.wiring import Parts, RealClock, chat_for, open_ledger
from rotation.wiring.pulse import Pulse
from rotation.zone_data import use_newest


class SetClock(RealClock):
    def __init__(self, seconds: Path) -> None:
        super().__init__()
        self._seconds = seconds

    def __call__(self) -> Moment:
        moment = super().__call__()
        wrong_by = timedelta(seconds=float(self._seconds.read_text()))
        return moment._replace(at=moment.at + wrong_by)


def steady() -> float:
    """With SECONDS.hasty every pause of a tick seems to be over at once, and no tick begins."""
    return time.monotonic() * (10_000.0 if seconds.with_suffix(".hasty").exists() else 1.0)


config, seconds = (Path(argument) for argument in sys.argv[1:])
clock, zone_data = SetClock(seconds), use_newest().version
settings = load(os.environ, config=config)
logs.configure(settings.log, stream=sys.stderr, now=lambda: clock().at, secrets=settings.secrets)
ledger = open_ledger(settings)
chats = {a.id: chat_for(a, clock) for a in settings.accounts.values()}
log = structlog.get_logger("rotation")
engine = Engine(
    ledger, chats, clock, zone_data=zone_data, watch=lambda e: log.info(e.kind, person=e.person)
)
parts = Parts(settings, ledger, chats, clock, engine, Intake(ledger, {}, clock))
rosters = RosterFolder(settings.schedules, ledger, zone_data, lambda _level, _text: None)
sys.exit(
    Daemon(parts, rosters, Pulse(settings.accounts, steady), heartbeat=timedelta(seconds=0.1)).run()
)
