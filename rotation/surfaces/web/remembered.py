"""Metrics of what the ledger remembers, counted when somebody asks; nothing is kept beside it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from prometheus_client.metrics_core import Metric

from rotation.core.alarm import OVERDUE
from rotation.core.facts import Kind, Seen
from rotation.core.roster import AccountId, Group, GroupId, Mode
from rotation.ledger import (
    AUDIT_BROKEN,
    HOUSE,
    RESTORED_AT,
    Books,
    Passed,
    SeatCount,
    on_server,
    path_of,
)
from rotation.surfaces import events
from rotation.surfaces.web.families import Samples, gauge
from rotation.wiring import Parts

A_DAY, A_MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass(slots=True)
class Remembered:
    """What is in the ledger, and what that means by the roster in force."""

    parts: Parts
    _digest: str | None = field(default=None, init=False)
    _groups: Mapping[GroupId, Group] = field(default_factory=dict, init=False)

    def metrics(self) -> Iterator[Metric]:
        """Raises LedgerTrouble, with nothing said."""
        now = self.parts.clock().at
        with self.parts.ledger.reading() as books:
            groups = self._in_force(books)
            yield from _of_roster(books, groups)
            yield from _of_seats(books, groups, now)
            yield from _of_handovers(books, groups, now)
            yield from _of_accounts(books, self.parts, now)
            yield from _of_leases(books, self.parts)
            yield from _of_audit(books)
            yield from _of_receivers(books, self.parts.settings.events, now)
        yield from _of_disk(self.parts.settings.database.url)

    def _in_force(self, books: Books) -> Mapping[GroupId, Group]:
        """As the engine has it already; read where no tick has gone by it yet, as on a standby."""
        digest, known = books.rosters.digest(), self.parts.engine.roster
        if known is not None and known[0] == digest:
            return known[1].groups
        if digest != self._digest:
            found = books.rosters.in_force()
            self._groups = {} if found is None else found[1].groups
            self._digest = digest
        return self._groups


def _of_roster(books: Books, groups: Mapping[GroupId, Group]) -> Iterator[Metric]:
    found = books.census.roster()
    if found is not None:
        digest, adopted_at = found
        yield gauge("roster_info", "The roster in force.", [((digest[:12],), 1.0)], ("digest",))
        at = [((), adopted_at.timestamp())]
        yield gauge("roster_adopted_timestamp_seconds", "Since when it is in force.", at)
    modes = dict.fromkeys(Mode, 0)
    for group in groups.values():
        modes[group.mode] += 1
    counts = [((mode.value,), float(count)) for mode, count in modes.items()]
    yield gauge("groups", "Groups of the roster, by how far rotation may go.", counts, ("mode",))
    samples = [((account or "", hold.value), float(n)) for account, hold, n in books.census.holds()]
    yield gauge("holds", "What waits, and why.", samples, ("account", "hold"))


def _of_seats(books: Books, groups: Mapping[GroupId, Group], now: datetime) -> Iterator[Metric]:
    seats: dict[tuple[str, str], float] = {}
    for found in books.census.seats():
        key = (found.account, _standing(found))
        seats[key] = seats.get(key, 0.0) + found.count
    what = "People in groups, by what is seen of them and what is about to be done."
    yield gauge("seats", what, sorted(seats.items()), ("account", "standing"))
    late = books.census.removals_open_since(now - OVERDUE)
    ours = {g: found for g, found in late.items() if g in groups and _is_acted_on(groups[g])}
    overdue: dict[AccountId, float] = {group.account: 0.0 for group in groups.values()}
    oldest = dict(overdue)
    for group, (count, since) in ours.items():
        account = groups[group].account
        overdue[account] += count
        oldest[account] = max(oldest[account], (now - since).total_seconds())
    what = "Removals that should be done by now."
    yield gauge("removals_overdue", what, _by_account(overdue), ("account",))
    what = "For how long the oldest of them is open."
    yield gauge("removals_overdue_oldest_seconds", what, _by_account(oldest), ("account",))


def _standing(found: SeatCount) -> str:
    if found.op is Kind.ADD:
        return "joining"
    if found.op is Kind.REMOVE:
        return "leaving"
    if found.seen is Seen.IN:
        return "stranger" if found.stranger else "in"
    return found.seen.value


def _is_acted_on(group: Group) -> bool:
    return group.mode is not Mode.WATCH


def _of_handovers(books: Books, groups: Mapping[GroupId, Group], now: datetime) -> Iterator[Metric]:
    """Of a day: what a window bounds, a history does not make slower."""
    passed = books.census.handovers(now - A_DAY, now + A_MINUTE)
    newest = {row.group: row.at for row in passed}
    counts = dict.fromkeys(("proven", "open", "overtaken", "missed"), 0.0)
    late: list[float] = []
    for row in passed:
        group = groups.get(row.group)
        if group is None or not _is_acted_on(group):
            continue
        state = _became(row, is_newest=newest[row.group] == row.at)
        counts[state] += 1
        due = max(row.at + group.policy.stay_late, row.recorded_at)
        if state in {"proven", "open"}:
            late.append(max(0.0, ((row.proven_at or now) - due).total_seconds()))
    what = "Handovers of the last 24 hours, by what became of them."
    yield gauge("handovers_last_day", what, [((s,), n) for s, n in counts.items()], ("state",))
    late.sort()
    stats = {"median": late[len(late) // 2], "worst": late[-1]} if late else {}
    what = "By how much handovers of the last 24 hours were late; those open as of now."
    samples = [((name,), seconds) for name, seconds in stats.items()]
    yield gauge("handovers_last_day_late_seconds", what, samples, ("which",))


def _became(row: Passed, *, is_newest: bool) -> str:
    if row.proven_at is not None:
        return "proven"
    if row.missed:
        return "missed"
    return "open" if is_newest else "overtaken"


def _of_accounts(books: Books, parts: Parts, now: datetime) -> Iterator[Metric]:
    accounts = sorted(parts.settings.accounts)
    paused = [(a, books.accounts.state(a).paused_why) for a in accounts]
    samples: Samples = [
        ((a, why.value if why else ""), float(why is not None)) for a, why in paused
    ]
    yield gauge(
        "account_paused", "Whether it makes no calls, and why.", samples, ("account", "why")
    )
    calls = {a: float(books.census.calls(a, now - A_MINUTE)) for a in accounts}
    what = "Calls of all kinds in the last 60 seconds."
    yield gauge("calls_last_minute", what, _by_account(calls), ("account",))
    changes = {a: float(books.attempts.changes(a, now)) for a in accounts}
    what = "Additions and removals in the last 24 hours."
    yield gauge("changes_last_day", what, _by_account(changes), ("account",))


def _of_leases(books: Books, parts: Parts) -> Iterator[Metric]:
    shared = parts.shared
    held = set(parts.settings.accounts) if shared is None else shared.held
    ours = {a: float(a in held) for a in parts.settings.accounts}
    what = "Whether this daemon works on the account."
    yield gauge("account_ours", what, _by_account(ours), ("account",))
    terms = {lease.account: float(lease.term) for lease in books.leases.all()}
    terms.pop(HOUSE, None)
    yield gauge("lease_term", "How often it changed hands.", _by_account(terms), ("account",))
    signed = [((), float(len(books.leases.replicas())))]
    yield gauge("replicas", "Daemons on a server that have signed and not left.", signed)


def _of_audit(books: Books) -> Iterator[Metric]:
    is_broken = float(books.meta.get(AUDIT_BROKEN) is not None)
    yield gauge(
        "audit_broken", "Whether the audit was changed after it was written.", [((), is_broken)]
    )
    head = books.audit.head()
    what = "Records in the audit, those that were let go included."
    yield gauge("audit_records", what, [((), float(head.seq if head else 0))])
    restored = float(books.meta.get(RESTORED_AT) is not None)
    yield gauge("restored", "Whether a restored ledger waits for a person.", [((), restored)])


def _of_receivers(books: Books, names: Iterable[str], now: datetime) -> Iterator[Metric]:
    found = {name: events.standing(books, name) for name in names}
    waiting = [((name,), float(events.behind(books, one))) for name, one in found.items()]
    yield gauge("events_waiting", "Events that a receiver has not had yet.", waiting, ("receiver",))
    since = {name: one.failing_since for name, one in found.items() if one is not None}
    failing = [
        ((name,), 0.0 if at is None else max(0.0, (now - at).total_seconds()))
        for name, at in since.items()
    ]
    what = "For how long it has taken nothing."
    yield gauge("events_failing_seconds", what, failing, ("receiver",))


def _of_disk(url: str) -> Iterator[Metric]:
    if on_server(url):
        return
    path = path_of(url)
    if path is None:
        return
    sizes = [p.stat().st_size for p in (path, Path(f"{path}-wal")) if p.exists()]
    yield gauge("ledger_bytes", "How large the ledger's file is.", [((), float(sum(sizes)))])


def _by_account(numbers: Mapping[AccountId, float]) -> Samples:
    return [((account,), number) for account, number in sorted(numbers.items())]
