"""What taking a webhook costs: judged, read and gathered, and then written down by the hundred."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from table import Goal, Row

from rotation.core.facts import Moment
from rotation.core.roster import AccountId
from rotation.engine import Intake
from rotation.ledger import in_memory
from rotation.providers.wawp import Hooks
from rotation.wiring.rehearsal import HOOK_SECRET

NOW = datetime(2026, 10, 23, 9, 0, tzinfo=UTC)
TAKEN, A_BURST = 20_000, 100
DOOR = 50.0
"""Milliseconds within which a sender wants its answer."""


def measured() -> Iterator[Row]:
    ears = {AccountId("main"): Hooks("main", lambda: (HOOK_SECRET,))}
    intake = Intake(in_memory(), ears, lambda: Moment(NOW, "boot", 1.0))
    bodies = [body(number) for number in range(TAKEN)]
    took: list[float] = []
    began = time.perf_counter()
    for number, told in enumerate(bodies, start=1):
        at = time.perf_counter()
        intake.take("main", signed(told), told)
        took.append(time.perf_counter() - at)
        if number % A_BURST == 0:
            intake.flush()
    each = (time.perf_counter() - began) / TAKEN
    slow = sorted(took)[-TAKEN // 1000] * 1e3
    said = f"{1 / each:.0f} a second, all but one of a thousand within {slow:.2g} ms"
    yield Row("webhooks taken", said, "", slow, Goal("<=", DOOR, " ms"))


def body(number: int, chat: str = "", at: datetime = NOW) -> bytes:
    payload = {"type": "join", "group": {"id": chat or f"12036304123{number % 50:07}@g.us"}}
    told = {"id": f"evt_{number}", "event": "group.v2.participants", "payload": payload}
    return json.dumps({**told, "timestamp": int(at.timestamp() * 1000)}).encode()


def signed(told: bytes) -> dict[str, str]:
    made = hmac.new(HOOK_SECRET.reveal().encode(), told, hashlib.sha512).hexdigest()
    return {"x-webhook-hmac": made}
