"""A CRM and a billing system: from what they send to what others hear, through the real daemon."""

import hashlib
import hmac
import http.client
import json
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import pytest

from tests.process.receiver import SECRET, Receiver, receiving
from tests.process.waiting import GENEROUS

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]
SHAPES = Path(__file__).parents[1] / "surfaces" / "incoming" / "payloads"
HOOK = "whsec_0123456789abcdefABCDEF"
ZOE = "+491511000001"
DESK = """\
shifts:
  always: {zone: UTC, hours: all day, days: every day, everyone: [ana]}
defaults:
  goodbye:
    before: 0 min
    to: group
    text: "{names} sign off."
    texts: {ticket: "{names} solved it.", subscription: "Goodbye {names}."}
groups:
  desk: {account: main, chat: 120363041234567001@g.us, shifts: [always], mode: managed}
"""
HOOKS = """
[hooks.zendesk]
kind = "tickets"
mapping = "zendesk"
prefix = "ZD-"
[hooks.stripe]
kind = "subscriptions"
mapping = "stripe"
group = "desk"
"""
SECRETS = {
    "ROTATION_HOOKS__ZENDESK__SECRET": HOOK,
    "ROTATION_HOOKS__STRIPE__SECRET": HOOK,
    "ROTATION_EVENTS__CRM__SECRET": SECRET,
    "ROTATION_WEB__LISTEN": "127.0.0.1:0",
}


def shape(name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads((SHAPES / f"{name}.json").read_text())


def signed(name: str, body: bytes, at: datetime) -> dict[str, str]:
    stamp = at.isoformat() if name == "zendesk" else f"{at.timestamp():.0f}"
    between = b"" if name == "zendesk" else b"."
    made = hmac.new(HOOK.encode(), stamp.encode() + between + body, hashlib.sha256)
    if name == "stripe":
        return {"stripe-signature": f"t={stamp},v1={made.hexdigest()}"}
    right = b64encode(made.digest()).decode()
    return {"x-zendesk-webhook-signature": right, "x-zendesk-webhook-signature-timestamp": stamp}


def sends(place: str, name: str, told: object, at: datetime) -> list[str]:
    """What became of it, as the sender hears."""
    body, kind = json.dumps(told).encode(), "tickets" if name == "zendesk" else "subscriptions"
    line = http.client.HTTPConnection(place, timeout=GENEROUS)
    try:
        line.request("POST", f"/hooks/{kind}", body, signed(name, body, at))
        answer = line.getresponse()
        said = json.loads(answer.read())
    finally:
        line.close()
    assert answer.status == 200, said
    return [one["done"] for one in said["did"]]


def told_of(at: datetime, name: str, **inner: object) -> Any:  # noqa: ANN401 - JSON
    """A payload of Stripe's about Zoe's subscription, at an instant of the world."""
    found = shape(name)
    found["created"], subscription = int(at.timestamp()), found["data"]["object"]
    subscription["metadata"] = {"rotation_phone": ZOE, "rotation_name": "Zoe Lima"}
    ends = int((at + timedelta(days=10)).timestamp())
    subscription["items"]["data"][0]["current_period_end"] = ends
    return found | inner


def members(desk: Any) -> set[str]:  # noqa: ANN401 - a site
    found = desk.world.ask("state")["groups"]["120363041234567001@g.us"]["members"]
    return {ZOE} & set(found) | desk.world.inside()


def comes_about(desk: Any, daemon: Any, inside: set[str]) -> None:  # noqa: ANN401 - a site, a process
    desk.minutes_pass(daemon, lambda: members(desk) == inside, f"{inside} in the group")


ALARM = "rotation needs a person"
"""So it may be told that a removal is overdue, by the world's time."""


def both_let_in(desk: Any, daemon: Any, place: str) -> None:  # noqa: ANN401 - a site, a process
    """Ben by command for a ticket, Zoe by her subscription."""
    asked = ("desk", "--person", "ben", "--ticket", "ZD-1042", "--reason", "till", "--yes")
    given = desk.runs("grant", *asked, "--config", desk.config, **SECRETS)
    assert given.ends() == 0, given.err.lines
    at = desk.world.now
    assert sends(place, "stripe", told_of(at, "stripe_active"), at) == ["started"]
    comes_about(desk, daemon, {"ana", "ben", ZOE})


def both_taken_out(desk: Any, daemon: Any, place: str) -> None:  # noqa: ANN401 - a site, a process
    at = desk.world.now
    solved = {**shape("zendesk_solved"), "time": at.isoformat()}
    assert sends(place, "zendesk", solved, at) == ["resolved"]
    comes_about(desk, daemon, {"ana", ZOE})
    assert sends(place, "zendesk", solved, desk.world.now) == ["nothing"]
    at = desk.world.now
    assert sends(place, "stripe", told_of(at, "stripe_deleted"), at) == ["ended"]
    comes_about(desk, daemon, {"ana"})
    goodbyes = [text for text in desk.world.messages() if not text.startswith(ALARM)]
    assert goodbyes == ["Ben Lim solved it.", "Goodbye Zoe Lima."]


def tell_both(desk: Any, daemon: Any, receiver: Receiver) -> None:  # noqa: ANN401 - as above
    """Both removals are told, proven, and for what; and that the ticket was resolved."""

    def gone() -> dict[str, Any]:
        found = (e["data"] for e in receiver.heard if e["type"] == "member.removed")
        return {data["reason"]: data for data in found}

    both = {"ticket", "subscription"}
    desk.minutes_pass(daemon, lambda: both <= gone().keys(), "both removals are told")
    assert gone()["ticket"]["person"] == "ben"
    assert "hook stripe" in gone()["subscription"]["origin"]
    assert {data["detail"]["certainty"] for data in gone().values()} == {"proven"}
    resolved = next(e for e in receiver.heard if e["type"] == "ticket.resolved")
    assert resolved["data"]["origin"] == "hook zendesk"


@pytest.mark.promise("P-ticket", "P-subscription", "S12")
def test_a_crm_resolve_and_a_stripe_cancellation_from_the_payload_to_the_event_out(
    site: MakeSite,
) -> None:
    desk = site("09:00", DESK)
    desk.world.ask("people", {"phone": ZOE, "name": "Zoe"})
    with receiving() as (receiver, url):
        with (desk.folder / "rotation.toml").open("a") as settings:
            settings.write(f'{HOOKS}[events.crm]\nurl = "{url}"\n')
        daemon = desk.daemon(**SECRETS)
        place = urlsplit(daemon.waits_for("the board is at")["url"]).netloc
        both_let_in(desk, daemon, place)
        both_taken_out(desk, daemon, place)
        tell_both(desk, daemon, receiver)
        assert daemon.stop() == 0
    said = "".join(daemon.err.lines)
    assert HOOK not in said
    assert ZOE.lstrip("+") not in said
    desk.is_whole()
