"""Events out: every record of the trail, told to systems of one's own, in order and at least once.

The trail itself is the outbox. What happened and that it is told are one write, and each receiver
has a place in the trail up to which it has taken everything. What is sent is signed as Standard
Webhooks says (standardwebhooks.com), and each event has the place and the digest of its record: so
the head of the chain stands outside this machine, and a trail that is cut or rewritten behind it
does not fit any more.
"""

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from rotation.core.outcome import Accepted, InDoubt
from rotation.ledger import Anchor, AuditRecord, Books, Ledger
from rotation.settings import Receiver, Secret
from rotation.surfaces.masking import masked, on_one_line

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=15)
A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)
AT_ONCE = 20
"""So many events are sent before it is written down how far a receiver has come."""
_TYPES = {
    "added": "member.added",
    "late_add": "member.added",
    "removed": "member.removed",
    "late_removal": "member.removed",
    "seen_in": "member.seen_in",
    "seen_out": "member.seen_out",
    "leaver": "wipe.asked",
    "wipe_waits": "wipe.waits",
    "wiped": "wipe.done",
    "reinstated": "wipe.undone",
    "resolved": "ticket.resolved",
    "reopened": "ticket.reopened",
    "closed": "group.closed",
    "handover_done": "handover.done",
    "removal_overdue": "removal.overdue",
    "cover_lost": "cover.lost",
    "swap_void": "swap.void",
    "hold_opened": "hold.opened",
    "hold_closed": "hold.closed",
}
HEAD, TEST = "trail.head", "test"
"""Kinds of events that tell of no record: once a day where the trail ends, and a trial."""

Post = Callable[[str, Mapping[str, str], bytes], Accepted | InDoubt]


@dataclass(frozen=True, slots=True)
class Event:
    """What is sent. `id` stays the same however often it is: whoever has it may drop the next."""

    id: str
    type: str
    at: datetime
    data: Mapping[str, object]

    def body(self) -> bytes:
        told = {"type": self.type, "timestamp": _instant(self.at), "data": self.data}
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a receiver has come: `taken` is the last record it has.

    Since `failing_since` it takes nothing, for the reason `why`, and is tried again at `again_at`.
    `lost` counts records that were let go before it had them.
    """

    taken: int
    head_at: datetime
    tries: int = 0
    failing_since: datetime | None = None
    again_at: datetime | None = None
    why: str = ""
    lost: int = 0


def standing(books: Books, name: str) -> Standing | None:
    """None: this receiver was never seen before. One that cannot be read begins anew."""
    try:
        told: dict[str, Any] = json.loads(books.meta.get(_key(name)) or "")
        times = {k: datetime.fromisoformat(told[k]) for k in _TIMES if told.get(k)}
        return Standing(**{**told, **times})
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def save(books: Books, name: str, found: Standing) -> None:
    told = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in asdict(found).items()}
    books.meta.put(_key(name), json.dumps(told, sort_keys=True))


_TIMES = ("head_at", "failing_since", "again_at")


def _key(name: str) -> str:
    return f"events/{name}"


def begun(books: Books, now: datetime) -> Standing:
    """Where a receiver begins: behind what is in the trail by now."""
    head = books.audit.head()
    return Standing(0 if head is None else head.seq, now)


# -- what is told -------------------------------------------------------------------------


def of_record(books: Books, record: AuditRecord) -> Event:
    """A record as others read it: no number in it, people by their keys in the roster."""
    tries = [a for n in record.attempts if (a := books.attempts.get(n)) is not None]
    planned = tries[-1].because if tries else None
    detail = {k: _clean(v) for k, v in sorted(record.detail.items())}
    data: dict[str, object] = {
        "record": record.seq,
        "digest": record.digest,
        "kind": record.kind,
        "group": record.group and masked(record.group),
        "person": record.person and masked(record.person),
        "reason": record.reason,
        "origin": masked(on_one_line(record.origin)),
        "planned_at": None,
        "done_at": _instant(record.at),
        "tries": len(record.attempts),
        "detail": detail,
    }
    if planned is not None:
        due = planned.ends if record.kind in ("removed", "late_removal") else planned.starts
        data["planned_at"] = None if due is None else _instant(due)
    return Event(_id(record.digest), _type(record.kind), record.at, data)


def of_head(head: Anchor, at: datetime) -> Event:
    data = {"record": head.seq, "digest": head.digest}
    return Event(_id(f"{head.digest}{at:%Y-%m-%d}"), HEAD, at, data)


def of_nothing(at: datetime) -> Event:
    """A trial, which tells of nothing that happened."""
    return Event(
        _id(f"test {at.isoformat()}"), TEST, at, {"note": "sent by `rotation events test`"}
    )


def _type(kind: str) -> str:
    return _TYPES.get(kind, f"record.{kind}")


def _id(text: str) -> str:
    return f"evt_{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def _clean(value: object) -> object:
    if isinstance(value, list):
        return [_clean(one) for one in value]
    return masked(on_one_line(value)) if isinstance(value, str) else value


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def headers(receiver: Receiver, event: Event, body: bytes, at: datetime) -> dict[str, str]:
    """What Standard Webhooks asks for: the id, when it is sent, and a signature for each secret."""
    sent_at = str(int(at.timestamp()))
    keys = [receiver.secret, *([receiver.secret_old] if receiver.secret_old else [])]
    signed = f"{event.id}.{sent_at}.".encode() + body
    return {
        "content-type": "application/json",
        "webhook-id": event.id,
        "webhook-timestamp": sent_at,
        "webhook-signature": " ".join(f"v1,{_signature(key, signed)}" for key in keys),
    }


def _signature(secret: Secret, signed: bytes) -> str:
    key = b64decode(secret.reveal().removeprefix("whsec_"))
    return b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def send(receiver: Receiver, event: Event, at: datetime, post: Post) -> Accepted | InDoubt:
    body = event.body()
    return post(receiver.url, headers(receiver, event, body, at), body)


# -- telling it ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Deliverer:
    """Brings each receiver up to the end of the trail, as far as it takes what it is told."""

    ledger: Ledger
    clock: Callable[[], datetime]
    post: Post
    stopping: Callable[[], bool] = lambda: False

    def deliver(self, receiver: Receiver) -> Standing:
        """All that is due for one receiver.

        Raises LedgerUnavailable, and SettingsErrors where its secret can't be had.
        """
        before, now = self._begun(receiver.name), self.clock()
        if before.again_at is not None and now < before.again_at <= now + LONGEST_WAIT:
            return before
        found = before
        while not self.stopping():
            piece = self._piece(found)
            if not piece:
                break
            after = self._sent(receiver, found, piece)
            self._kept(receiver.name, found, after)
            found = after
            if found.tries:
                return found
        return self._headed(receiver, found)

    def _begun(self, name: str) -> Standing:
        with self.ledger.reading() as books:
            known = standing(books, name)
        if known is not None:
            return known
        with self.ledger.writing() as books:
            first = begun(books, self.clock())
            save(books, name, first)
        return first

    def _piece(self, found: Standing) -> list[Event]:
        with self.ledger.reading() as books:
            return [of_record(books, r) for r in books.audit.piece_after(found.taken, AT_ONCE)]

    def _sent(self, receiver: Receiver, found: Standing, piece: list[Event]) -> Standing:
        for event in piece:
            record = int(str(event.data["record"]))
            lost = found.lost + record - found.taken - 1
            outcome = send(receiver, event, self.clock(), self.post)
            if not isinstance(outcome, Accepted):
                return self._failed(found, outcome.detail)
            found = Standing(record, found.head_at, lost=lost)
            if self.stopping():
                break
        return found

    def _failed(self, found: Standing, why: str) -> Standing:
        now = self.clock()
        again_at = now + min(FIRST_WAIT * 2 ** min(found.tries, 10), LONGEST_WAIT)
        since, tries = found.failing_since or now, found.tries + 1
        return replace(found, tries=tries, failing_since=since, again_at=again_at, why=why)

    def _headed(self, receiver: Receiver, found: Standing) -> Standing:
        """Once a day the end of the trail, also when nothing happened: silence tells as well."""
        now = self.clock()
        with self.ledger.reading() as books:
            head = books.audit.head()
        if head is None or self.stopping() or timedelta(0) <= now - found.head_at < A_DAY:
            return found
        outcome = send(receiver, of_head(head, now), now, self.post)
        taken = replace(found, head_at=now, tries=0, failing_since=None, again_at=None, why="")
        after = taken if isinstance(outcome, Accepted) else self._failed(found, outcome.detail)
        self._kept(receiver.name, found, after)
        return after

    def _kept(self, name: str, before: Standing, after: Standing) -> None:
        """Unless a person sent it back to an earlier place meanwhile."""
        with self.ledger.writing() as books:
            books.heard(by_others=False)
            known = standing(books, name)
            if known is not None and known.taken == before.taken:
                save(books, name, after)


def behind(books: Books, found: Standing | None) -> int:
    """How many records a receiver has not had yet."""
    head = books.audit.head()
    if head is None or found is None:
        return 0
    return max(head.seq - found.taken, 0)
