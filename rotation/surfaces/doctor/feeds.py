"""What others keep for us at an address: whether it can be had, and what would be done by it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar

from rotation.engine.feeds import Refusal
from rotation.ledger import Ledger, LedgerTrouble, Unreadable
from rotation.providers.fetched import Unfetched
from rotation.settings import Settings
from rotation.surfaces.counting import counted
from rotation.surfaces.doctor.check import Check, bad, ok, warn
from rotation.surfaces.feed import Address, Come, Feed
from rotation.surfaces.leaver_feed import LeaverFeed
from rotation.surfaces.leavers import Weighed

C = TypeVar("C", bound=Come)
A = TypeVar("A", bound=Address)


def leavers(settings: Settings, ledger: Ledger | None, now: datetime) -> Iterator[Check]:
    """One check; none where no address is set."""
    at = settings.leavers
    if at is None:
        return
    if ledger is None:
        yield _unasked("leavers")
        return

    def said(judged: Weighed) -> str:
        return f"{judged.said}, {judged.already} already are"

    yield _check("leavers", LeaverFeed(at, ledger, lambda: now), said, now, "leavers.url")


def calendars(settings: Settings, ledger: Ledger | None, now: datetime) -> Iterator[Check]:
    """One check for each that is followed, and for each that is no more and has covers to come."""
    for name, at in settings.calendars.items():
        from rotation.surfaces.calendar_feed import CalendarFeed

        what = f"calendar {name}"
        if ledger is None:
            yield _unasked(what)
        else:
            feed = CalendarFeed(at, ledger, lambda: now)
            yield _check(what, feed, lambda plan: plan.said, now, f"calendars.{name}")
    if ledger is not None:
        yield from _left_over(settings, ledger, now)


def _left_over(settings: Settings, ledger: Ledger, now: datetime) -> Iterator[Check]:
    try:
        with ledger.reading() as books:
            known = books.calendar_covers.calendars(now)
    except (LedgerTrouble, Unreadable):
        return
    for name, count in known.items():
        if name not in settings.calendars:
            yield warn(
                f"calendar {name}",
                f"is followed no more; still to come: {counted(count, 'cover')} of it",
                f"`rotation calendars {name} --drop` takes them back",
            )


def _unasked(what: str) -> Check:
    return warn(what, "was not fetched", "first mend what is said of the ledger above")


def _check(
    what: str, feed: Feed[A, C], said: Callable[[C], str], now: datetime, setting: str
) -> Check:
    found = feed.had()
    try:
        judged = feed.judged(found, None, now)
    except (LedgerTrouble, Unreadable) as trouble:
        return warn(what, str(trouble), "see what is said of the ledger above")
    if isinstance(found, Unfetched):
        return bad(what, f"{feed.host}: {found.why}", f"mend `{setting}`, or what answers there")
    if isinstance(judged, Refusal):
        return bad(what, judged.text, judged.to_do)
    return ok(what, f"{feed.host}: {said(judged)}")
