"""Three daemons share a PostgreSQL server that is killed again and again, in real time.

ROTATION_CHAOS says how many handovers there are: 200 here, many more in `make soak`.
"""

import json
import os
import random
import signal
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from rotation.core.facts import Attempt
from rotation.ledger import Books, Ledger, LedgerTrouble, upgrade
from rotation.roster_file import read
from rotation.wiring.example import world_for
from tests.conftest import Postgres, cluster
from tests.process.programs import Program
from tests.process.waiting import in_time
from tests.process.world import World

pytestmark = pytest.mark.process
ACCOUNTS, GROUPS, DAEMONS = 40, 5, 3
ROUND = ACCOUNTS * GROUPS
HANDOVERS = int(os.environ.get("ROTATION_CHAOS", "200"))
SEED = os.environ.get("ROTATION_SEED", "1")
EVERY = timedelta(minutes=2)
"""How far boundaries are apart, where there are several."""
OWN = "+3519990000{:02}"
PEOPLE = {f"agent {n + 1}": f"+3519123{n:05}" for n in range(HANDOVERS // ROUND + 1)}
"""One for each shift: the same words twice within minutes would be a notice said twice."""


def boundaries(now: datetime) -> list[datetime]:
    """When groups hand over after the start, which is a handover for each of them as well."""
    first = now.replace(second=0, microsecond=0) + 2 * EVERY  # so that all groups were seen before
    return [first + n * EVERY for n in range(HANDOVERS // ROUND - 1)]


def key(who: str) -> str:
    return who.replace(" ", "-")


def roster(now: datetime) -> str:
    """One agent after the other, in every group; the last of them for the rest of the day."""
    ends = boundaries(now)
    starts = [now - timedelta(hours=1), *ends]
    until = [*ends, now + timedelta(hours=11)]
    lines = [
        "people:",
        *(f'  {key(who)}: {{name: {who}, phone: "{PEOPLE[who]}"}}' for who in PEOPLE),
        "shifts:",
    ]
    spans = [
        (now - timedelta(hours=13), now - timedelta(hours=1)),
        *zip(starts, until, strict=True),
    ]
    for number, (who, (since, till)) in enumerate(zip(PEOPLE, spans, strict=True)):
        about = f"hours: '{since:%H:%M} to {till:%H:%M}', days: every day, everyone: [{key(who)}]"
        lines.append(f"  s{number}: {{zone: UTC, {about}}}")
    shifts = ", ".join(f"s{n}" for n in range(len(spans)))
    lines += ["defaults:", "  goodbye: {before: 0 min, to: group, text: '{names} goes in {group}'}"]
    lines.append("groups:")
    for number in range(ROUND):
        account, chat = f"a{number % ACCOUNTS}", f"120363041234567{number:03}@g.us"
        about = f"account: {account}, chat: {chat}, shifts: [{shifts}], mode: managed"
        lines.append(f"  g{number}: {{{about}}}")
    return "\n".join(lines) + "\n"


def world(folder: Path, now: datetime) -> dict[str, Any]:
    """One number for each account, which is an admin of its groups; the last shift is inside."""
    roster, length = read(folder / "schedules"), timedelta(days=2)
    made: dict[str, Any] = world_for(roster, now, instance="-", token="-", length=length)  # noqa: S106 - no secret
    made["accounts"] = [
        {"instance_id": f"I{n:03}", "token": token(n), "phone": OWN.format(n), "lid": f"9{n:014}"}
        for n in range(ACCOUNTS)
    ]
    for number, group in enumerate(made["groups"]):
        group["admins"] = [OWN.format(number % ACCOUNTS)]
    return made


def token(number: int) -> str:
    return f"chaos-token-{number:03}"


def settings(url: str, ledger: str) -> str:
    accounts = (
        f'[accounts.a{n}]\nprovider = "sandbox"\nbase_url = "{url}"\ninstance_id = "I{n:03}"\n'
        f'token_file = "token-{n}"\ndeadline = "5 s"\n'
        for n in range(ACCOUNTS)
    )
    rest = '[log]\nformat = "json"\n[web]\nlisten = "off"\n'
    return f'database_url = "{ledger}"\n{rest}{"".join(accounts)}'


@dataclass
class Storm:
    """Kills the server every 5 to 40 s, and lets it come back within 2 s."""

    server: Postgres
    dice: random.Random
    kills: int = 0

    @contextmanager
    def raging(self) -> Iterator[None]:
        over = threading.Event()
        storm = threading.Thread(target=self._rage, args=(over,))
        storm.start()
        try:
            yield
        finally:
            over.set()
            storm.join()

    def _rage(self, over: threading.Event) -> None:
        while not over.is_set():
            with self.server.serving():
                if over.wait(self.dice.uniform(5, 40)):
                    break
                self.server.struck(self.dice.choice((signal.SIGKILL, signal.SIGQUIT)))
                self.kills += 1
            over.wait(self.dice.uniform(0, 2))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Starts programs in a folder; they end with the test."""
    programs: list[Program] = []

    def start(*arguments: str) -> Program:
        programs.append(Program(tmp_path, *arguments))
        return programs[-1]

    yield start
    for program in reversed(programs):
        program.kill()


def written(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def overlapping(attempts: list[Attempt]) -> list[tuple[Attempt, Attempt]]:
    """Attempts of one account of which the second began before the first had ended."""
    by_account = defaultdict(list)
    for attempt in sorted(attempts, key=lambda a: a.sent_at):
        by_account[attempt.account].append(attempt)
    pairs = (pair for mine in by_account.values() for pair in pairwise(mine))
    return [(a, b) for a, b in pairs if a.ended_at is None or b.sent_at < a.ended_at]


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - real daemons, in real time


@pytest.fixture
def chat(tmp_path: Path, site: Callable[..., Program], now: datetime) -> World:
    """The sandbox, by the real clock, with rosters whose last shift is still in every group."""
    written(tmp_path, "schedules/desk.yaml", roster(now))
    written(tmp_path, "world.json", json.dumps(world(tmp_path, now)))
    for number in range(ACCOUNTS):
        written(tmp_path, f"token-{number}", token(number))
    sandbox = site("sandbox", "--port", "0", "--world", "world.json")
    said = in_time(lambda: sandbox.out.lines, "an address of the sandbox")
    return World(said[0].split()[0], lambda: {phone: name for name, phone in PEOPLE.items()})


@contextmanager
def reading(url: str) -> Iterator[Books]:
    ledger = Ledger(url)
    try:
        with ledger.reading() as books:
            yield books
    finally:
        ledger.close()


def has_proven(url: str, boundary: datetime | None) -> bool:
    """Whether every group has handed over at a boundary (None: at any), proven or overtaken."""
    try:
        with reading(url) as books:
            rows = [row for row in books.handovers.of() if boundary in {None, row.at}]
    except LedgerTrouble:
        return False
    return sum(1 for row in rows if row.proven_at or row.missed) >= ROUND


def has_come(boundary: datetime) -> bool:
    return datetime.now(UTC) >= boundary  # noqa: TID251 - real daemons, in real time


@pytest.mark.promise("S7", "S9", "S10", "C2", "I6", "P-replicas", "P-drip")
def test_handovers_go_on_while_the_database_is_killed_again_and_again(
    tmp_path: Path,
    chat: World,
    site: Callable[..., Program],
    now: datetime,
    record_property: Callable[[str, object], None],
) -> None:
    with cluster() as server:
        ledger = server.url("postgres")
        written(tmp_path, "rotation.toml", settings(chat.url, ledger))
        with server.serving():
            upgrade(ledger)
            daemons = [site("run", "--config", "rotation.toml") for _ in range(DAEMONS)]
            in_time(lambda: all(d.told("starting") for d in daemons), "all daemons run")
        storm = Storm(server, random.Random(SEED))
        with storm.raging():
            in_time(partial(has_proven, ledger, None), "the first handovers are proven")
            in_time(lambda: storm.kills, "the server is killed")
            for at in boundaries(now):
                in_time(partial(has_come, at), f"it is {at:%H:%M}")
                in_time(partial(has_proven, ledger, at), f"the handovers of {at:%H:%M} are proven")
        with server.serving():
            with reading(ledger) as books:
                assert books.audit.verify() is None
                assert overlapping(books.attempts.of()) == []
            for daemon in daemons:
                assert daemon.stop() == 0, daemon.complaint
    chat.is_lawful()
    record_property("handovers", HANDOVERS)
    record_property("kills of the server", storm.kills)
