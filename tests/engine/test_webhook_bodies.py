"""Bodies of webhooks, mutated from every documented shape, half of them well signed.

ROTATION_WEBHOOKS says how many: 50,000 here, many more in `make soak`; ROTATION_SEED which.
"""

import hashlib
import hmac
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import pytest

from rotation.engine.intake import LARGEST
from rotation.providers.wawp import path_key
from rotation.wiring.post import Mail, Post
from rotation.wiring.rehearsal import HOOK_SECRET

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""
Json: TypeAlias = Any

BODIES = int(os.environ.get("ROTATION_WEBHOOKS", "50000"))
SEED = os.environ.get("ROTATION_SEED", "1")
BURST = 1000
SECRET = HOOK_SECRET.reveal()
SHAPES: Sequence[Json] = json.loads(
    (Path(__file__).parents[1] / "providers" / "webhooks.json").read_text(encoding="utf-8")
)
TEXTS: Sequence[str] = [json.dumps(shape["body"]) for shape in SHAPES]
ODD: Sequence[Json] = (
    None, True, False, 0, -1, 10**30, -(10**400), 1e308, "", "\0", "\ud800", "é" * 300, "٠١٢٣",
    "null", "🙂", [], {}, [[]], {"": {}}, {"0": {"1": []}}, list(range(50)), "1@g.us", "@c.us",
)  # fmt: skip
RAW: Sequence[bytes] = (
    b"NaN", b"-Infinity", b"1e999", b"9" * 4400, b'"\xff\xfe"', b"[" * 3000, b'{"a":1,"a":2}',
    b"\x00", b"\xef\xbb\xbf", b"'", b"//", b'"\\ud83d"', b"{" * 1500 + b"}" * 1500, b"1_000",
)  # fmt: skip


def mutated(dice: Random, chats: Sequence[str], now: datetime) -> bytes:
    """A documented body about one of our groups, or another, with a few things wrong with it."""
    told = json.loads(dice.choice(TEXTS))
    if "timestamp" in told:
        off = dice.choice((0, 0, 0, 0, 60_000, -60_000, -(10**7), 10**9))
        told["timestamp"] = int(now.timestamp() * 1000) + off
    told["id"] = f"evt_{dice.randrange(10**6)}"
    for _time in range(dice.choice((0, 0, 1, 1, 2, 4))):
        _spoil(dice, told)
    text = json.dumps(told).replace("120363041234567890@g.us", dice.choice(chats))
    body = text.encode()
    for _time in range(dice.choice((0, 0, 0, 1, 3))):
        body = _cut(dice, body)
    if dice.random() < 0.002:
        body += b" " * dice.choice((LARGEST - len(body), LARGEST, 3 * LARGEST))
    return body


def _spoil(dice: Random, told: Json) -> None:
    """Somewhere inside a value is gone, odd, or another's."""
    at = told
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        if not keys:
            return
        key = dice.choice(keys)
        if isinstance(at[key], (dict, list)) and dice.random() < 0.7:
            at = at[key]
            continue
        if dice.random() < 0.2:
            del at[key]
        else:
            at[key] = deepcopy(dice.choice(ODD))
        return


def _cut(dice: Random, body: bytes) -> bytes:
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


def signed(dice: Random, body: bytes) -> tuple[dict[str, str], str | None]:
    """As its own provider would send it: by either algorithm, or to the address it was told."""
    way = dice.choice(("sha512", "sha256", ""))
    if not way:
        return {}, path_key(SECRET, "main")
    made = hmac.new(SECRET.encode(), body, way).hexdigest()
    return {"x-webhook-hmac": made, "x-webhook-hmac-algorithm": way}, None


def forged(dice: Random, body: bytes) -> tuple[dict[str, str], str | None]:
    """As anybody else would send it."""
    wrong = hmac.new(b"a guess", body, hashlib.sha512).hexdigest()
    headers = {"x-webhook-hmac": dice.choice((wrong, "", "é", "0" * 128, wrong[:64]))}
    if dice.random() < 0.5:
        headers["x-webhook-hmac-algorithm"] = dice.choice(("sha512", "sha256", "none", "\0"))
    return headers, dice.choice((None, "", "0" * 40, path_key("a guess", "main"), "../main"))


def sent(
    count: int, seed: str, chats: Sequence[str], now: datetime
) -> Iterator[tuple[bytes, Any, bool]]:
    dice = Random(f"webhooks {seed}")
    for number in range(count):
        body = mutated(dice, chats, now)
        good = number % 2 == 0
        yield body, (signed if good else forged)(dice, body), good


def known(day: Any) -> Json:  # noqa: ANN401 - a rehearsed day
    """All that is known and was done, but for when groups are read."""
    with day.books() as books:
        audit, seats = books.audit.head(), books.seats.all()
        return (
            audit, [(s.group, s.person, s.seen, s.op, s.proven) for s in seats],
            books.people.all(), len(books.attempts.of()), books.holds.in_force(),
        )  # fmt: skip


@pytest.mark.slow
@pytest.mark.promise("F22", "F23", "S12", "S14", "I1")
@pytest.mark.volume("webhook bodies, mutated, half of them well signed", BODIES, f"seed {SEED}")
def test_F23_whatever_is_sent_is_answered_and_costs_at_most_a_read_per_group_and_burst(  # noqa: N802 - a test is named by its row
    day: Make, record_property: Callable[[str, object], None]
) -> None:
    post = Post(0)
    post.mail = Mail(lost=1.0)
    always = {"always": ("00:00-24:00", "ana ben")}
    made = day(always, starts="08:01", groups="a b", post=post).until("08:10")
    chats = [made.chat("a"), made.chat("a"), made.chat("b"), "120363041234569999@g.us"]
    before, intake = known(made), made.rehearsal.intake
    answers: Counter[tuple[bool, int]] = Counter()
    left = BODIES
    while left > 0:
        began = made.now
        for body, (headers, key), good in sent(min(BURST, left), f"{SEED}/{left}", chats, began):
            answers[good, intake.take("main", headers, body, key)] += 1
            if answers.total() % 100 == 0 and intake.flush():
                made.rehearsal.wake()
        left -= BURST
        if intake.flush():
            made.rehearsal.wake()
        made.after(seconds=31)
        assert most_reads(made, began) <= 1
    assert_sound(answers, intake.stumbles)
    assert known(made) == before
    record_property("webhook bodies", BODIES)


def most_reads(day: Any, since: Any) -> int:  # noqa: ANN401 - a rehearsed day, an instant
    read = day.calls("group", "detail", "members", since=since)
    return max(Counter(call["chat"] for call in read).values(), default=0)


def assert_sound(answers: Mapping[tuple[bool, int], int], stumbles: int) -> None:
    assert stumbles == 0
    assert {status for _, status in answers} <= {202, 400, 401, 413}
    assert {status for good, status in answers if not good} <= {401, 413}
    assert answers[True, 202] > BODIES / 10, "half of them would be nothing if none got through"
    assert answers[True, 400] > BODIES / 20
