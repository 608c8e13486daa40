"""The ledger where it is kept: its schema, who holds it, and what in it waits for a person."""

import os
import shutil
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rotation.core.facts import Identity
from rotation.core.roster import PersonId, Roster
from rotation.ledger import (
    RESTORED_AT,
    Books,
    Ledger,
    LedgerHeld,
    LedgerTrouble,
    ServerFacts,
    current,
    file_lock,
    name_of,
    on_server,
    path_of,
    server_facts,
)
from rotation.settings import Settings, SettingsErrors
from rotation.settings.secret import exposure
from rotation.surfaces.doctor.check import Check, bad, ok, warn
from rotation.surfaces.doctor.server import told, wrong
from rotation.surfaces.replicas import sharing

_LITTLE_SPACE = 200 * 1024 * 1024
"""Bytes: a year of a large desk; a full disk stops every handover."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the ledger told: `holder` is the daemon on it, `roster` the one in force.

    Without a usable ledger, nothing.
    """

    ledger: Ledger | None = None
    holder: str | None = None
    digest: str = ""
    roster: Roster | None = None
    people: Mapping[PersonId, Identity] = field(default_factory=dict)


def kept(settings: Settings) -> Generator[Check, None, Kept]:
    """Look at the ledger; nothing is created or changed."""
    try:
        url = settings.database.reveal()
        revision = current(url)
        if on_server(url):
            return (yield from _on_server(url, revision))
        path = path_of(url)
    except (SettingsErrors, ValueError, LedgerTrouble) as why:
        found, _, fix = str(why).partition("; ")
        yield bad("ledger", found, fix or "correct database_url")
        return Kept()
    if path is None:
        yield warn("ledger", "kept in memory only", "name a file: sqlite:///PATH")
        return Kept()
    if revision is None and not _has_content(path):
        yield _not_yet(path)
        return Kept()
    return (yield from _opened(url, lambda: _in_file(path, current(url))))


def _on_server(url: str, revision: str | None) -> Generator[Check, None, Kept]:
    facts = server_facts(url)
    if revision is not None:
        return (yield from _opened(url, lambda: _in_database(url, revision, facts)))
    yield ok("ledger", f"none yet in {name_of(url)}, {told(facts)}; `rotation run` makes it")
    yield from wrong(facts, is_made=False)
    return Kept()


def _in_database(url: str, revision: str, facts: ServerFacts) -> Iterator[Check]:
    yield ok("ledger", f"{name_of(url)}, {told(facts)}, schema {revision}")
    yield from wrong(facts, is_made=True)


def _has_content(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _not_yet(path: Path) -> Check:
    folder = next(up for up in path.parents if up.exists())
    if not os.access(folder, os.W_OK | os.X_OK):
        return bad("ledger", f"{folder} can't be written to", "give rotation's user the right")
    return ok("ledger", f"none yet at {path}; `rotation run` makes it")


def _opened(url: str, place: Callable[[], Iterator[Check]]) -> Generator[Check, None, Kept]:
    ledger = Ledger(url)
    try:
        ledger.require_schema()
        with ledger.reading() as books:
            in_force = books.rosters.in_force()
            people = books.people.all()
            waiting = (*_waiting(books), *_replicas(books))
    except LedgerTrouble as trouble:
        ledger.close()
        found, _, fix = str(trouble).partition("; ")
        yield bad("ledger", found, fix)
        return Kept()
    yield from place()
    holder = yield from _daemon(url, is_expected=in_force is not None)
    yield from waiting
    digest, roster = in_force or ("", None)
    return Kept(ledger, holder, digest, roster, people)


def _in_file(path: Path, revision: str | None) -> Iterator[Check]:
    yield ok("ledger", f"{path}, {path.stat().st_size / 1e6:.1f} MB, schema {revision}")
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)):
        yield bad("ledger", "this user can't write to it", "run doctor as rotation's own user")
    exposed = exposure(path, reading_matters=True)
    if exposed is not None:
        found, _, fix = exposed.rpartition(": ")
        yield warn("ledger", f"{found}; people's numbers are in it", f"run `{fix}`")
    free = shutil.disk_usage(path.parent).free
    if free < _LITTLE_SPACE:
        yield warn("ledger", f"{free / 1e6:.0f} MB are left on its disk", "make room")


def _daemon(url: str, *, is_expected: bool) -> Generator[Check, None, str | None]:
    try:
        with file_lock(url):
            pass
    except LedgerHeld as held:
        yield ok("daemon", f"runs: {held.holder}")
        return held.holder
    except LedgerTrouble as trouble:
        yield warn("daemon", f"can't be asked for: {trouble}")
        return None
    except OSError as why:
        yield warn("daemon", f"can't be asked for: {why.strerror}", "run doctor as rotation's user")
        return None
    if is_expected:
        yield warn("daemon", "none runs on this ledger", "start it: `rotation run`")
    else:
        yield ok("daemon", "none runs yet; `rotation run` starts it")
    return None


def _replicas(books: Books) -> Iterator[Check]:
    """What keeps one of several replicas from working, or lets it work with old files."""
    for one in sharing(books).replicas:
        if one.roster_differs:
            found = f"{one.place} has roster files {one.roster}, which are not in force"
            yield warn("replicas", found, "bring the newest files to every machine")
        if one.held_back:
            yield warn("replicas", f"{one.place} stands by: {one.held_back}", "update it")


def _waiting(books: Books) -> Iterator[Check]:
    restored_at = books.meta.get(RESTORED_AT)
    if restored_at is not None:
        found = f"restored from a backup at {restored_at[:19]}Z, so it is older than the groups"
        yield warn("ledger", found, "look at `rotation holds` and `rotation plan`, then release it")
    held = books.holds.in_force()
    if held:
        kinds = ", ".join(sorted({hold.item.hold.value for hold in held}))
        yield warn("holds", f"{len(held)} in force: {kinds}", "see `rotation holds`")
    else:
        yield ok("holds", "none")
