"""An idle daemon with ten thousand groups: the real process, on a file, beside a real sandbox.

Ten accounts of a thousand groups each, all covered, with no boundary near. A sweep reads every
group once in a quarter of an hour; what is measured is the time between two sweeps, in which
nothing is due. (One account may not make enough requests to sweep ten thousand groups at all.)
"""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import programs
from table import Goal, Row

from rotation.ledger import Ledger, LedgerUnavailable

ACCOUNTS, GROUPS = 10, 1000
WATCHED = 60.0
PATIENCE = timedelta(minutes=14)
"""By when all groups must have been read: the next sweep begins soon after."""
OWN, CREATOR, STAFF = "+3519000000{:02}", "+15550100001", "+15550100002"


def measured() -> Iterator[Row]:
    with crowd(ACCOUNTS, GROUPS) as (folder, process):
        before = programs.worked(process)
        commits = _commits(folder / "rotation.db")
        used = (programs.worked(process) - before) / WATCHED * 100
        size = programs.resident(process)
    name = f"an idle daemon with {ACCOUNTS * GROUPS:,} groups"
    yield Row(name, f"{used:.2f} % of a core", "", used, Goal("<=", 0.5, " %"))
    yield Row("its memory", f"{size:.1f} MiB", "", size, Goal("<=", 120, " MiB"))
    yield Row("its commits in a minute", str(commits), "", commits, Goal("<=", 6, ""))


@contextmanager
def crowd(accounts: int, groups: int, web: str = "") -> Iterator[tuple[Path, int]]:
    """A daemon's folder and process, once it has read all of so many groups of each account."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        chats = [(n, f"{n}x{g}", f"1203630412{n:03}{g:05}@g.us") for n in range(accounts)
                 for g in range(groups)]  # fmt: skip
        write(folder / "schedules" / "desk.yaml", roster(chats))
        write(folder / "world.json", json.dumps(world(accounts, chats)))
        for number in range(accounts):
            write(folder / f"token-{number}", f"bench-token-{number}")
        with programs.sandbox(folder / "world.json") as url:
            told = "".join(account(n, url) for n in range(accounts))
            write(folder / "rotation.toml", web + told)
            with programs.daemon(folder / "rotation.toml") as process:
                _until_all_were_read(folder / "rotation.db", accounts * groups)
                yield folder, process


def _until_all_were_read(path: Path, groups: int) -> None:
    """Raises TimeoutError when the next sweep may have begun before this one was over."""
    ledger, latest = Ledger(f"sqlite:///{path}"), datetime.now(UTC) + PATIENCE  # noqa: TID251 - as below
    read = 0
    while read < groups:
        time.sleep(2)  # noqa: TID251 - waits for another process
        try:
            with ledger.reading() as books:
                read = sum(state.read_ended_at is not None for state in books.groups.all())
        except LedgerUnavailable:
            continue  # the daemon has not made it yet
        if datetime.now(UTC) > latest:  # noqa: TID251 - the machine's own clock is what passes
            raise TimeoutError(f"{read} of {groups} groups were read in time")
    ledger.close()
    time.sleep(5)  # noqa: TID251 - lets what follows from the last read be written


def _commits(path: Path) -> int:
    """How often somebody committed something to the ledger while we watched."""
    with closing(sqlite3.connect(path)) as watching:
        ends, seen, found = time.monotonic() + WATCHED, None, -1
        while time.monotonic() < ends:
            ((version,),) = watching.execute("PRAGMA data_version").fetchall()
            found += version != seen
            seen = version
            time.sleep(0.02)  # noqa: TID251 - watches another process
        return found


# -- the desks -----------------------------------------------------------------------------------


def write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def roster(chats: list[tuple[int, str, str]]) -> str:
    groups = "".join(
        f"  g{name}: {{account: a{n}, chat: {chat}, shifts: [all], mode: managed}}\n"
        for n, name, chat in chats
    )
    return (
        f'tell: [staff]\npeople:\n  staff: {{name: Staff, phone: "{STAFF}"}}\n'
        "shifts:\n  all: {zone: UTC, hours: all day, days: every day, everyone: [staff]}\n"
        f"groups:\n{groups}"
    )


def world(accounts: int, chats: list[tuple[int, str, str]]) -> dict[str, object]:
    return {
        "accounts": [
            {"instance_id": f"0000000000{n:02}", "token": f"bench-token-{n}",
             "phone": OWN.format(n)} for n in range(accounts)
        ],
        "groups": [
            {"chat": chat, "creator": CREATOR, "admins": [OWN.format(n)], "members": [STAFF]}
            for n, _, chat in chats
        ],
        "people": [{"phone": STAFF}],
    }  # fmt: skip


def account(number: int, url: str) -> str:
    return (
        f'[accounts.a{number}]\nprovider = "sandbox"\nbase_url = "{url}"\nclock = "real"\n'
        f'instance_id = "0000000000{number:02}"\ntoken_file = "token-{number}"\n'
        "requests_per_minute = 600\n"
    )
