"""The systems that are told of events: whether each takes what it is told."""

from collections.abc import Iterator
from datetime import datetime

from rotation.ledger import Ledger, LedgerTrouble
from rotation.settings import Settings
from rotation.surfaces import events
from rotation.surfaces.counting import counted
from rotation.surfaces.doctor.check import Check, bad, ok, warn
from rotation.surfaces.saying import length_said


def receivers(settings: Settings, ledger: Ledger | None, now: datetime) -> Iterator[Check]:
    """A check for each; none where nobody is told."""
    if ledger is None or not settings.events:
        return
    try:
        with ledger.reading() as books:
            known = {name: events.standing(books, name) for name in settings.events}
            waiting = {name: events.behind(books, found) for name, found in known.items()}
    except LedgerTrouble as trouble:
        yield warn("events", str(trouble), "see what is said of the ledger above")
        return
    for name, found in known.items():
        yield _check(f"events {name}", name, found, waiting[name], now)


def _check(
    check: str, name: str, found: events.Standing | None, waiting: int, now: datetime
) -> Check:
    if found is None:
        return ok(check, "never told yet; the daemon begins with what happens next")
    if found.failing_since is not None:
        since = length_said(now - found.failing_since)
        told = f"takes nothing for {since}: {found.why}; {counted(waiting, 'event')} wait"
        return bad(check, told, f"mend the receiver, then `rotation events test --to {name}`")
    if found.lost:
        told = f"{counted(found.lost, 'record')} went with `keep` before it had them"
        return warn(check, told, "raise `keep`, and look into the receiver's own books")
    return ok(check, f"has everything up to record {found.taken}")
