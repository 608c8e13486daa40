"""`rotation run --once`: what is due is carried out and proven while somebody stands beside it."""

from collections.abc import Collection
from datetime import timedelta

from rotation.core.roster import GroupId
from rotation.surfaces.daemon import Daemon
from rotation.wiring import Parts, rest

PATIENCE = timedelta(minutes=3)
"""How long anybody stands beside: longer than a call in doubt takes to decide."""


def groups_of(daemon: Daemon) -> list[GroupId]:
    """The groups of the files, or of the roster in force where the files have errors."""
    _in_office(daemon.parts)
    daemon.rosters.look(daemon.parts.clock, at_once=True, meant=True)
    with daemon.parts.ledger.reading() as books:
        found = books.rosters.in_force()
    return sorted(found[1].groups) if found else []


def carried_out(daemon: Daemon, groups: Collection[GroupId]) -> bool:
    """Carry out what is due in `groups` now, and see it proven.

    True when nothing is left but what is held; False when something still waits for longer than
    anybody stands beside (a daemon goes on with it). A wipe is carried out in whatever group, as
    long as it takes. Raises LedgerUnavailable, and ConnectionError
    when a sandbox's clock stops answering.
    """
    parts = daemon.parts
    now = parts.clock().at
    with parts.ledger.writing() as books:
        books.groups.wake(now, groups)
    patience = now + PATIENCE
    for account in parts.chats:  # also where no group has work, what holds an account is found
        parts.engine.tick(account)
    while (wiping := parts.engine.wiping) or parts.engine.unfinished(groups):
        if parts.shared is not None:
            parts.shared.beat()
        due = min(parts.engine.tick(account) for account in parts.chats)
        now = parts.clock().at
        patience = now + PATIENCE if wiping else patience
        if max(due, now) > patience:
            return not parts.engine.unfinished(groups)  # the last tick may have ended it
        if due > now:
            rest(parts.clock, due)
    return True


def _in_office(parts: Parts) -> None:
    """Back once every account is ours: a daemon that was killed on a server is waited for."""
    while parts.shared is not None and parts.shared.held != frozenset(parts.chats):
        wait, now = parts.shared.beat(), parts.clock().at
        if parts.shared.held != frozenset(parts.chats):
            rest(parts.clock, now + timedelta(seconds=wait))
