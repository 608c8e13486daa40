"""Bodies of hooks, mutated from the real shapes, half of them well signed.

ROTATION_HOOKS says how many: a few hundred here, many more in `make soak`; ROTATION_SEED which.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping
from copy import deepcopy
from random import Random
from typing import Any, TypeAlias

import pytest

Office: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""
Payload = Callable[[str], Any]
BODIES = int(os.environ.get("ROTATION_HOOKS", "1500"))
SEED = os.environ.get("ROTATION_SEED", "1")
SHAPES: Mapping[str, tuple[str, ...]] = {
    "zendesk": ("zendesk_solved",),
    "freshdesk": ("freshdesk_resolved",),
    "hubspot": ("hubspot_closed",),
    "stripe": ("stripe_active", "stripe_deleted", "stripe_paid"),
}
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 10**30, -(10**400), 1e308, "", "\0", "\ud800", "é" * 300, "٠١٢٣", "null",
    [], {}, [[]], {"": {}}, list(range(50)), "acme", "M-1042", "+351912345678", 4102444800, 99,
    "2026-02-30", "customer.subscription.deleted", "SOLVED", "Resolved", "x" * 70_000,
)  # fmt: skip
RAW = (
    b"NaN", b"-Infinity", b"1e999", b"9" * 4400, b'"\xff\xfe"', b"[" * 3000, b'{"a":1,"a":2}',
    b"\x00", b"\xef\xbb\xbf", b"'", b'"\\ud83d"', b"{" * 1500 + b"}" * 1500, b"1_000",
)  # fmt: skip


def spoiled(dice: Random, told: Any) -> Any:  # noqa: ANN401 - JSON
    """Somewhere inside a value is gone, odd, or another's."""
    at = told = deepcopy(told)
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        if not keys:
            return told
        key = dice.choice(keys)
        if isinstance(at[key], dict | list) and dice.random() < 0.8:
            at = at[key]
            continue
        if dice.random() < 0.2:
            del at[key]
        else:
            at[key] = deepcopy(dice.choice(ODD))
        return told


def cut(dice: Random, body: bytes) -> bytes:
    """Bytes are missing, changed or put in."""
    at = dice.randrange(len(body) + 1)
    match dice.randrange(4):
        case 0:
            return body[:at]
        case 1:
            return body[:at] + bytes((dice.randrange(256),)) + body[at + 1 :]
        case 2:
            return body[:at] + dice.choice(RAW) + body[at:]
        case _:
            return body[:at] + body[at // 2 :]


@pytest.mark.slow
@pytest.mark.promise("S12", "S14")
@pytest.mark.volume("bodies of hooks, mutated, half of them well signed", BODIES, f"seed {SEED}")
def test_whatever_is_sent_is_answered_and_keeps_the_ledger_whole(
    office: Office, read_payload: Payload, record_property: Callable[[str, object], None]
) -> None:
    for name in SHAPES:
        office.hook(name, group="acme")
    office.subscribes("M-1042", "M-77")
    dice = Random(f"hooks {SEED}")
    answers: Counter[tuple[bool, int]] = Counter()
    for number in range(BODIES):
        name = dice.choice(list(SHAPES))
        told = read_payload(dice.choice(SHAPES[name]))
        for _time in range(dice.choice((0, 0, 1, 1, 2, 4))):
            told = spoiled(dice, told)
        body = json.dumps(told).encode()
        for _time in range(dice.choice((0, 0, 0, 0, 1, 3))):
            body = cut(dice, body)
        good = number % 2 == 0
        secret = None if good else dice.choice(("whsec_guess", "x", "é", "0" * 40))
        answer = office.tell(name, body, secret=secret)
        answers[good, answer.status] += 1
        json.dumps(answer.said).encode("utf-8")
        assert "912345678" not in json.dumps(answer.said)
    assert {status for good, status in answers if not good} == {401}
    assert {status for good, status in answers if good} <= {200, 400, 429}
    assert answers[True, 200] > BODIES / 8, "half of them would be nothing if none got through"
    assert answers[True, 400] > BODIES / 20
    assert office.ledger.verified() is None
    assert "912345678" not in str(office.records())
    record_property("bodies of hooks", BODIES)
