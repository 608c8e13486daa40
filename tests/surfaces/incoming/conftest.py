"""A ledger in memory with a roster in force, and senders that sign as the real ones do."""

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rotation.core.facts import Seat, Seen
from rotation.core.roster import (
    AccountId,
    ChatId,
    Every,
    Group,
    GroupId,
    Hours,
    Mode,
    Person,
    PersonId,
    Phone,
    Roster,
    Shift,
    ShiftId,
    Turns,
)
from rotation.engine import adopt
from rotation.engine.subscriptions import keep, weigh
from rotation.ledger import AuditRecord, Books, Ledger, in_memory
from rotation.roster_file import Member
from rotation.settings import Hook, Secret
from rotation.surfaces.incoming.entrance import Answer, Entrance
from rotation.surfaces.incoming.signatures import address_key

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
DAY = timedelta(days=1)
STANDARD = "whsec_" + b64encode(bytes(range(32))).decode()
PLAIN = "whsec_0123456789abcdefABCDEF"
ACME, BOLT, TRIAL = GroupId("acme"), GroupId("bolt"), GroupId("trial")
PAYLOADS = Path(__file__).parent / "payloads"
KIND = {"rotation": "tickets", "zendesk": "tickets", "freshdesk": "tickets",
        "hubspot": "tickets", "stripe": "subscriptions"}  # fmt: skip


def roster() -> Roster:
    roles = {"ana": None, "ben": "SAP expert", "chen": "expert", "mara": "manager"}
    people = {
        PersonId(who): Person(PersonId(who), who.title(), Phone(f"+3519100000{n:02}"), role=role)
        for n, (who, role) in enumerate(roles.items())
    }
    turns = Turns((PersonId("ana"),), Every.DAY, 1, date(2026, 1, 5))
    shift = Shift(ShiftId("all"), "Europe/Lisbon", Hours(0, 1440), frozenset(range(7)), turns)
    groups = [
        Group(name, AccountId("main"), ChatId(f"12036304123456700{n}@g.us"), (shift.id,), mode=mode)
        for n, (name, mode) in enumerate(
            ((ACME, Mode.MANAGED), (BOLT, Mode.MANAGED), (TRIAL, Mode.WATCH))
        )
    ]
    return Roster(people, {shift.id: shift}, {g.id: g for g in groups})


def payload(name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))


@dataclass
class Office:
    """Where hooks come in. `now` goes on when a test says so; `woken` have to look again."""

    ledger: Ledger
    hooks: dict[str, Hook] = field(default_factory=dict)
    now: datetime = NOON
    woken: list[AccountId] = field(default_factory=list)
    _entrance: Entrance | None = None

    def hook(self, name: str = "rotation", kind: str = "", **more: Any) -> Hook:  # noqa: ANN401 - settings
        """A hook that is called as its mapping, unless `mapping` is another."""
        mapping = more.pop("mapping", name)
        text = STANDARD if mapping == "rotation" else PLAIN
        secret = more.pop("secret", None) or Secret.of(text, f"hooks.{name}.secret", "test")
        made = Hook(name, kind or KIND.get(str(mapping), "tickets"), mapping, secret, **more)
        self.hooks[name], self._entrance = made, None
        return made

    @property
    def entrance(self) -> Entrance:
        if self._entrance is None:
            self._entrance = Entrance(
                self.ledger, self.hooks, lambda: self.now, self.woken.extend, "https://x.example"
            )
        return self._entrance

    def take(
        self, kind: str, headers: Mapping[str, str], body: bytes, key: str | None = None
    ) -> Answer:
        return self.entrance.take(kind, headers, body, key)

    def tell(self, name: str, told: object, **how: Any) -> Answer:  # noqa: ANN401 - of `signed`
        """As the real sender of this hook would send it."""
        hook = self.hooks[name]
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        headers, key = signed(hook, body, self.now, **how)
        return self.take(hook.kind, headers, body, key)

    def sends(self, name: str, told: object) -> tuple[dict[str, str], bytes, str | None]:
        """What the real sender of this hook would send: headers, body, and the address's end."""
        body = json.dumps(told).encode()
        headers, key = signed(self.hooks[name], body, self.now)
        return headers, body, key

    def does(self, name: str, told: object, **how: Any) -> list[str]:  # noqa: ANN401 - of `signed`
        """What was done about each event."""
        answer = self.tell(name, told, **how)
        assert answer.status == 200, answer
        did: Any = answer.said["did"]
        return [one["done"] for one in did]

    # -- what there is, and what became of it -----------------------------------------------

    def writes(self) -> Any:  # noqa: ANN401 - a context manager
        return self.ledger.writing()

    def books(self, ask: Callable[[Books], Any]) -> Any:  # noqa: ANN401 - what is asked for
        with self.ledger.reading() as books:
            return ask(books)

    def seats(self, group: GroupId, *who: str) -> None:
        with self.ledger.writing() as books:
            books.seats.save(*(Seat(group, PersonId(p), seen=Seen.IN) for p in who))

    def subscribes(self, *keys: str, until: datetime = NOON + 30 * DAY) -> None:
        with self.ledger.writing() as books:
            rows = [
                Member(n, key, Phone(f"+4915100{n:05}"), f"Member {n}", ACME, until, None, 0)
                for n, key in enumerate(keys, start=len(books.subscriptions.all()))
            ]
            found = weigh(books, roster(), rows, self.now, whole=False)
            keep(books, found, ("mara", "list"), self.now)

    def until(self, key: str) -> datetime | None:
        """How long a subscription lasts; None where it does not."""
        found = self.books(lambda books: books.subscriptions.get(key))
        return found.until if found is not None and found.covers(self.now) else None

    def records(self, kind: str | None = None) -> list[AuditRecord]:
        found: list[AuditRecord] = self.books(lambda books: books.audit.list(kind=kind))
        return found


def signed(
    hook: Hook,
    body: bytes,
    now: datetime,
    *,
    ago: timedelta = timedelta(0),
    secret: str | None = None,
    event: str = "msg_1",
) -> tuple[dict[str, str], str | None]:
    """The headers, and the end of the address, with which a sender comes."""
    text, at = secret or hook.secret.reveal(), now - ago
    stamp = str(int(at.timestamp()))

    def made(key: bytes, said: bytes) -> bytes:
        return hmac.new(key, said, hashlib.sha256).digest()

    if hook.by == "address" or hook.mapping == "freshdesk":
        return {}, address_key(text, hook.name)
    match hook.mapping:
        case "stripe":
            found = made(text.encode(), f"{stamp}.".encode() + body).hex()
            return {"stripe-signature": f"t={stamp},v1={found},v0=ffff"}, None
        case "zendesk":
            said = at.isoformat(timespec="seconds").replace("+00:00", "Z")
            right = b64encode(made(text.encode(), said.encode() + body)).decode()
            return {"x-zendesk-webhook-signature": right,
                    "x-zendesk-webhook-signature-timestamp": said}, None  # fmt: skip
        case "hubspot":
            millis = f"{stamp}000"
            url = f"https://x.example/hooks/{hook.kind}"
            right = b64encode(made(text.encode(), f"POST{url}".encode() + body + millis.encode()))
            return {"x-hubspot-signature-v3": right.decode(),
                    "x-hubspot-request-timestamp": millis}, None  # fmt: skip
        case _:
            key = b64decode(text.removeprefix("whsec_"))
            right = b64encode(made(key, f"{event}.{stamp}.".encode() + body))
            return {"webhook-id": event, "webhook-timestamp": stamp,
                    "webhook-signature": f"v1,bm8= v1,{right.decode()}"}, None  # fmt: skip


@pytest.fixture
def office() -> Iterator[Office]:
    ledger = in_memory()
    adopt(ledger, roster(), "0123abcd4567", NOON - DAY, "2026a")
    found = Office(ledger)
    found.seats(ACME, "ana", "ben", "chen", "mara")
    yield found
    ledger.close()


@pytest.fixture(scope="session")
def read_payload() -> Callable[[str], Any]:
    return payload
