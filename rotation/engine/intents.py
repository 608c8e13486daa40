"""What people asked for from outside the engine: a hold released, a roster let through."""

from dataclasses import replace
from datetime import datetime

from rotation.core.facts import HeldItem
from rotation.core.holds import MEANING, Hold
from rotation.core.roster import AccountId, GroupId, PersonId
from rotation.engine import rival, silent
from rotation.engine.adopt import release_held
from rotation.ledger import AUDIT_ACCEPTED, AUDIT_BROKEN, RESTORED_AT, Books, Intent, Unreadable

RELEASE = "release"
_SEAT_HOLDS = frozenset({Hold.REFUSED, Hold.FULL, Hold.STRIKES, Hold.IDENTITY})


def carried_out(books: Books, now: datetime) -> list[GroupId]:
    """Carry out what was asked for; the groups that have to be looked at because of it."""
    woken: list[GroupId] = []
    for intent in books.intents.pending():
        try:
            answer, groups = _carry_out(books, intent, now)
        except Unreadable as trouble:
            answer, groups = str(trouble), []
        books.intents.done(intent.id, now, answer)
        woken += groups
    return woken


def _carry_out(books: Books, intent: Intent, now: datetime) -> tuple[str, list[GroupId]]:
    if intent.kind != RELEASE:
        return f"unknown request {intent.kind!r}", []
    found = books.holds.get(int(intent.payload["hold"]))
    if found is None or found.closed_at is not None:
        return _refused(books, intent, "nothing is held under this number any more", now), []
    if not MEANING[found.item.hold].releasable:
        why = f"lifted by {MEANING[found.item.hold].lifted_by}, not by release"
        return _refused(books, intent, why, now), []
    groups = _released(books, found.item, intent, now)
    books.audit.append(
        at=now, kind="released", group=found.item.group, person=found.item.person, reason=None,
        origin=f"{intent.author} by hand",
        detail={"hold": found.item.hold.value, "why": intent.reason},
    )  # fmt: skip
    return "released", groups


def _refused(books: Books, intent: Intent, why: str, now: datetime) -> str:
    books.audit.append(
        at=now, kind="refused", group=None, person=None, reason=None,
        origin=f"{intent.author} by hand",
        detail={"command": intent.kind, "why": why, "asked": intent.reason},
    )  # fmt: skip
    return why


def _released(books: Books, item: HeldItem, intent: Intent, now: datetime) -> list[GroupId]:
    if item.hold is Hold.RESTORED:
        _let_go_on(books, now)
        return []
    if item.hold is Hold.AUDIT:
        books.meta.put(AUDIT_ACCEPTED, item.detail)
        books.meta.drop(AUDIT_BROKEN)
        books.groups.wake(now)
        return []
    if item.hold is Hold.BREAKER:
        if item.group is None:
            release_held(books, now, intent.author, intent.reason)
        else:
            silent.release(books, item.group, now)
        return [item.group] if item.group is not None else []
    if item.group is not None and item.person is not None and item.hold in _SEAT_HOLDS:
        _free_seat(books, item.group, item.person)
        return [item.group]
    if item.group is not None:
        _free_group(books, item.group, now)
        return [item.group]
    if item.account is not None:
        free = rival.forgive if item.hold is Hold.RIVAL else _free_account
        free(books, item.account, now)
    return []


def _free_seat(books: Books, group: GroupId, person: PersonId) -> None:
    seat = books.seats.of(group).get(person)
    if seat is not None:
        books.seats.save(
            replace(seat, refused=None, refused_key="", strikes=0, tries=0, retry_at=None)
        )


def _free_group(books: Books, group: GroupId, now: datetime) -> None:
    state = books.groups.state(group)
    if state is not None:
        freed = replace(state, hold=None, hold_since=None, hold_detail="", probe_at=now)
        books.groups.save(replace(freed, read_ended_at=None, we_are_admin=None))


def _free_account(books: Books, account: AccountId, now: datetime) -> None:
    state = books.accounts.state(account)
    if state.paused_why is not None:
        books.accounts.save(replace(state, paused_until=now))


def _let_go_on(books: Books, now: datetime) -> None:
    """A restored ledger goes on: what it remembers of who did what is too old to blame anybody."""
    books.meta.drop(RESTORED_AT)
    books.seats.save(
        *(
            replace(s, proven="", strikes=0, in_doubt=False, watch_until=None)
            for s in books.seats.all()
        )
    )
    books.groups.wake(now)
