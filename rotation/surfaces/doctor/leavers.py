"""The list of leavers at an address: whether it can be had, and what would be done by it."""

from collections.abc import Iterator
from datetime import datetime

from rotation.engine.leaver_list import Refusal
from rotation.ledger import Ledger, LedgerTrouble, Unreadable
from rotation.providers.fetched import Unfetched
from rotation.settings import Settings
from rotation.surfaces.counting import counted
from rotation.surfaces.doctor.check import Check, bad, ok, warn
from rotation.surfaces.leaver_feed import Feed
from rotation.surfaces.leavers import USUAL


def leavers(settings: Settings, ledger: Ledger | None, now: datetime) -> Iterator[Check]:
    """One check; none where no address is set."""
    at = settings.leavers
    if at is None:
        return
    if ledger is None:
        yield warn("leavers", "was not fetched", "first mend what is said of the ledger above")
        return
    feed = Feed(at, ledger, lambda: now)
    found = feed.had()
    try:
        judged = feed.judged(found, USUAL, now)
    except (LedgerTrouble, Unreadable) as trouble:
        yield warn("leavers", str(trouble), "see what is said of the ledger above")
        return
    if isinstance(found, Unfetched):
        yield bad(
            "leavers", f"{feed.host}: {found.why}", "mend `leavers.url`, or what answers there"
        )
    elif isinstance(judged, Refusal):
        yield bad("leavers", judged.text, judged.to_do)
    else:
        told = f"{counted(len(judged.new), 'new leaver')}, {judged.already} already are"
        yield ok("leavers", f"{feed.host}: {told}")
