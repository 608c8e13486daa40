"""Webhooks out: what an engine tells the world outside about a change, and how it signs it."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rotation.sandbox.chat import Account, Change, Message
from rotation.sandbox.engines import Engine, Shown, Wawp, digits, outward


@dataclass(frozen=True, slots=True)
class Hook:
    """Where an account's events go. `secret` signs them; without one they are unsigned."""

    url: str
    events: tuple[str, ...] = ()
    is_active: bool = True
    secret: str | None = None

    def wants(self, event: str) -> bool:
        return self.is_active and (not self.events or event in self.events or "*" in self.events)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook on its way."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Event:
    """One event of one account, before it is worded."""

    id: str
    at: datetime
    name: str
    payload: Mapping[str, object]


def millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def signature(secret: str, body: bytes) -> str:
    """HMAC-SHA512 in hex over the raw body, as sent in `X-Webhook-Hmac`."""
    return hmac.new(secret.encode(), body, hashlib.sha512).hexdigest()


def delivery(hook: Hook, account: Account, engine: Wawp, event: Event) -> Delivery:
    envelope = {
        "id": f"evt_{event.id}",
        "timestamp": millis(event.at),
        "session": account.instance_id,
        "metadata": {},
        "engine": engine.webhook_name,
        "event": event.name,
        "payload": event.payload,
        "me": me(account),
        "environment": {"version": "2026.7.1", "engine": engine.webhook_name, "tier": "PLUS"},
    }
    body = json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {
        "content-type": "application/json",
        "x-webhook-request-id": event.id,
        "x-webhook-timestamp": str(millis(event.at)),
    }
    if hook.secret:
        headers["x-webhook-hmac"] = signature(hook.secret, body)
        headers["x-webhook-hmac-algorithm"] = "sha512"
    return Delivery(hook.url, headers, body)


def me(account: Account) -> dict[str, object]:
    known: dict[str, object] = {"id": outward(account.phone), "pushName": account.name}
    if account.lid:
        known["lid"] = f"{account.lid}@lid"
    return known


def of_change(change: Change, shown: Shown, engine: Wawp) -> dict[str, object]:
    """`group.v2.participants`, in the engines' form or in that of Wawp's pages."""
    if engine.name is Engine.WAWP:
        return {
            "chatId": change.chat,
            "action": change.move.value,
            "participants": {"0": shown.outward_id},
        }
    in_seconds = engine.name is Engine.WEBJS
    return {
        "type": change.move.value,
        "timestamp": int(change.at.timestamp()) if in_seconds else millis(change.at),
        "group": {"id": change.chat},
        "participants": [engine.member_v2(shown)],
        "_data": {},
    }


def of_message(message: Message, account: Account, number: int) -> dict[str, object]:
    sender = message.sender or ""
    from_me = sender == account.phone
    return {
        "id": f"{str(from_me).lower()}_{message.chat}_{number:032X}",
        "timestamp": int(message.at.timestamp()),
        "from": message.chat,
        "fromMe": from_me,
        "source": "app",
        "participant": f"{digits(sender)}@c.us",
        "body": message.text,
    }
