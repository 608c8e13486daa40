"""How late the first call after a boundary arrives: the real daemon, sandbox, clock and disk.

A boundary of a roster falls on a minute, so these are made by hand: one guest for each of many
groups, each from an instant of its own.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import programs
from table import Goal, Row, seconds

from rotation.core.facts import Effect
from rotation.core.roster import GroupId, PersonId
from rotation.ledger import Ledger
from rotation.roster_file import read

ACCOUNTS = ("main", "spare", "third")
SAMPLES = 60
APART = timedelta(seconds=1.05)
AHEAD = timedelta(seconds=10)
"""From when the guests are written down until the first of them is due."""
SETTLING = 20.0
BARE_APART = 0.02
HALF, NEARLY_ALL = 0.5, 0.99
GOALS = {HALF: Goal("<=", 10, " ms"), NEARLY_ALL: Goal("<=", 50, " ms")}
Due: TypeAlias = Mapping[str, datetime]
OWN, CREATOR, STAFF = "+3519000000{:02}", "+15550100001", "+15550100002"


def measured() -> Iterator[Row]:
    late = list(lateness(SAMPLES, _they_come).values())
    yield from rows(
        "first call after a boundary", late, asyncio.run(bare_lateness()), "bare call_at"
    )


def rows(what: str, late: list[float], base: list[float], base_is: str) -> Iterator[Row]:
    for share, goal in GOALS.items():
        took, beside = _at(late, share), _at(base, share)
        name = f"{what}, p{share * 100:.0f} of {len(late)}"
        yield Row(name, seconds(took), f"{seconds(beside)} {base_is}", took * 1e3, goal)


def _they_come(_folder: Path, due: Due) -> None:
    time.sleep((max(due.values()) - datetime.now(UTC)).total_seconds())  # noqa: TID251 - in the machine's own time


def _at(late: list[float], share: float) -> float:
    return sorted(late)[ceil(len(late) * share) - 1]


async def bare_lateness() -> list[float]:
    """The same from a timer alone: what the event loop and the machine give."""
    loop, late = asyncio.get_running_loop(), list[float]()
    for number in range(1, SAMPLES + 1):
        due = loop.time() + number * BARE_APART
        loop.call_at(due, lambda at: late.append(loop.time() - at), due)
    await asyncio.sleep((SAMPLES + 5) * BARE_APART)
    return late


def lateness(
    samples: int, meanwhile: Callable[[Path, Due], None], web: str = ""
) -> dict[datetime, float]:
    """By their boundaries, in how many seconds after it the first call about a group arrived.

    `meanwhile` is what goes on in between: it gets the daemon's folder and when boundaries are
    due, and comes back when all have been. `web` are settings of the daemon's web.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder / "schedules" / "desk.yaml", _roster(samples))
        _write(folder / "world.json", json.dumps(_world(samples)))
        with programs.sandbox(folder / "world.json") as url:
            config = folder / "rotation.toml"
            accounts = "".join(_account(n, account, url) for n, account in enumerate(ACCOUNTS))
            _write(config, web + accounts)
            for number in range(len(ACCOUNTS)):
                _write(folder / f"token-{number}", _token(number))
            with programs.daemon(config):
                time.sleep(SETTLING)  # noqa: TID251 - lets every group be read once
                due = _guests(folder, samples)
                meanwhile(folder, due)
                time.sleep(2)  # noqa: TID251 - lets the last ones come to pass
                return dict(_late(url, due))


def _late(url: str, due: Due) -> Iterator[tuple[datetime, float]]:
    entries = programs.ask(url, "log")["entries"]
    assert isinstance(entries, list)  # noqa: S101 - for the types
    for chat, at in due.items():
        arrived = (datetime.fromisoformat(e["at"]) for e in entries if e["chat"] == chat)
        after = [when for when in arrived if when >= at]
        if after:
            yield at, (min(after) - at).total_seconds()


def _guests(folder: Path, samples: int) -> dict[str, datetime]:
    """Writes down who comes when, as a command does; gives the boundary of each chat."""
    groups = read(folder / "schedules").groups
    now = datetime.now(UTC)  # noqa: TID251 - the machine's own clock is what is measured
    due = {GroupId(f"g{n}"): now + AHEAD + n * APART for n in range(samples)}
    ledger = Ledger(f"sqlite:///{folder / 'rotation.db'}")
    with ledger.writing() as books:
        for number, (group, at) in enumerate(due.items()):
            books.grants.make(
                group=group, person=PersonId(f"p{number}"), effect=Effect.IN, starts=at,
                until=None, duty=False, reason="bench", author="bench", now=now,
            )  # fmt: skip
        books.groups.wake(now)
    ledger.close()
    return {groups[group].chat: at for group, at in due.items()}


# -- the desk ------------------------------------------------------------------------------------


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _chat(number: int) -> str:
    return f"1203630412345{number:05}@g.us"


def _phone(number: int) -> str:
    return f"+35191{number:07}"


def _of(number: int) -> str:
    """The account of a group: of several, so that none comes to the end of its drip."""
    return ACCOUNTS[number % len(ACCOUNTS)]


def _roster(samples: int) -> str:
    people = "".join(f'  p{n}: {{name: P{n}, phone: "{_phone(n)}"}}\n' for n in range(samples))
    groups = "".join(
        f"  g{n}: {{account: {_of(n)}, chat: {_chat(n)}, shifts: [all], mode: managed}}\n"
        for n in range(samples)
    )
    return (
        f'tell: [staff]\npeople:\n{people}  staff: {{name: Staff, phone: "{STAFF}"}}\n'
        "shifts:\n  all: {zone: UTC, hours: all day, days: every day, everyone: [staff]}\n"
        f"groups:\n{groups}"
    )


def _world(samples: int) -> dict[str, object]:
    accounts = [
        {"instance_id": f"00000000000{n}", "token": _token(n), "phone": OWN.format(n)}
        for n in range(len(ACCOUNTS))
    ]
    groups = [
        {
            "chat": _chat(n),
            "creator": CREATOR,
            "admins": [OWN.format(n % len(ACCOUNTS))],
            "members": [STAFF],
        }
        for n in range(samples)
    ]
    people = [{"phone": phone} for phone in (STAFF, *map(_phone, range(samples)))]
    return {"accounts": accounts, "groups": groups, "people": people}


def _token(number: int) -> str:
    return f"bench-token-{number}"


def _account(number: int, name: str, url: str) -> str:
    return (
        f'[accounts.{name}]\nprovider = "sandbox"\nbase_url = "{url}"\nclock = "real"\n'
        f'instance_id = "00000000000{number}"\ntoken_file = "token-{number}"\n'
        "drip = 30\nrequests_per_minute = 600\nchanges_per_day = 100000\n"
    )
