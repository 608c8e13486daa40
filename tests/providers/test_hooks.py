"""Webhooks in: every documented shape, every way of being authentic, and what is no webhook."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.providers import Tidings, Unheard, Webhook
from rotation.providers.wawp import Hooks, path_key
from rotation.providers.wawp.strict_json import is_too_deep
from rotation.settings import Secret

Json: TypeAlias = Any
"""Whatever a body holds."""

SHAPES: Sequence[Json] = json.loads(
    (Path(__file__).parent / "webhooks.json").read_text(encoding="utf-8")
)
NEW, OLD = "the-new-secret-of-this-account", "the-old-secret-of-this-account"
VECTOR = b'{"event":"message","session":"default","engine":"WEBJS"}'
VECTOR_SIGNED = (
    "208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8"
    "097c462b2b17a6ce93b6b47a136cf2e78a33a63f6752c2c1631777076153fa89"
)


def ear(*secrets: str) -> Hooks:
    known = [Secret.of(text, "webhook_secret", "a test") for text in secrets]
    return Hooks("main", lambda: known)


def signed(body: bytes, secret: str = NEW, way: str = "sha512") -> dict[str, str]:
    made = hmac.new(secret.encode(), body, way).hexdigest()
    return {"x-webhook-hmac": made, "x-webhook-hmac-algorithm": way}


def heard(body: Json, headers: Mapping[str, str] | None = None) -> Tidings | Unheard:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ear(NEW).hear({**signed(raw), **(headers or {})}, raw, None)


@pytest.mark.promise("F22", "P-webhooks")
@pytest.mark.parametrize("shape", SHAPES, ids=[shape["name"] for shape in SHAPES])
def test_every_documented_shape_tells_where_to_look(shape: Json) -> None:
    found = heard(shape["body"])
    assert isinstance(found, Tidings)
    assert sorted(found.changed) == sorted(shape["changed"])
    assert found.session == shape["session"]
    assert [
        [one.chat, one.who.phone, one.who.lid, one.doing.value, one.at and one.at.isoformat()]
        for one in found.active
    ] == shape["active"]
    assert found.at is not None
    assert found.at.isoformat().startswith("2026-01-05T08:00:00")


@pytest.mark.promise("S14")
def test_a_token_in_the_metadata_is_in_nothing_that_is_made_of_it() -> None:
    assert all("cnry" in json.dumps(shape["body"]) for shape in SHAPES if "event" in shape["body"])
    assert not any("cnry" in repr(heard(shape["body"])) for shape in SHAPES)


def test_the_signature_is_the_documented_one() -> None:
    known = Hooks("main", lambda: [Secret.of("my-secret-key", "key", "the vendor's pages")])
    headers = {"x-webhook-hmac": VECTOR_SIGNED, "x-webhook-hmac-algorithm": "sha512"}
    assert known.hear(headers, VECTOR, None) == Tidings()
    assert known.hear(headers, VECTOR + b" ", None) is Unheard.NOT_AUTHENTIC


@pytest.mark.parametrize("way", ["sha512", "sha256"])
@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("secret", [NEW, OLD])
def test_either_algorithm_and_either_secret_of_two_is_good(
    way: str, secret: str, *, named: bool
) -> None:
    headers = signed(VECTOR, secret, way)
    if not named:
        del headers["x-webhook-hmac-algorithm"]
    assert ear(NEW, OLD).hear(headers, VECTOR, None) == Tidings()
    assert ear("another-secret-altogether").hear(headers, VECTOR, None) is Unheard.NOT_AUTHENTIC


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_an_address_that_only_the_provider_was_told_needs_no_signature(secret: str) -> None:
    key = path_key(secret, "main")
    assert len(key) * 4 >= 128
    assert ear(NEW, OLD).hear({}, VECTOR, key) == Tidings()


@pytest.mark.promise("F23", "S12")
@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({}, None),
        ({}, ""),
        ({}, path_key(NEW, "other")),
        ({}, path_key(NEW, "main")[:-1]),
        ({}, "é" * 40),
        ({"x-webhook-hmac": ""}, None),
        ({"x-webhook-hmac": "é"}, None),
        ({"x-webhook-hmac": "\ud800"}, None),
        ({"x-webhook-hmac": VECTOR_SIGNED, "x-webhook-hmac-algorithm": "none"}, None),
        ({"x-webhook-hmac": hashlib.sha512(VECTOR).hexdigest()}, None),
        ({"x-webhook-hmac": signed(VECTOR)["x-webhook-hmac"][:-2]}, None),
        ({**signed(VECTOR), "x-webhook-hmac-algorithm": "sha256"}, None),
    ],
)
def test_nothing_else_is_authentic(headers: Mapping[str, str], key: str | None) -> None:
    assert ear(NEW, OLD).hear(headers, VECTOR, key) is Unheard.NOT_AUTHENTIC


def test_without_a_secret_nobody_is_heard(tmp_path: Path) -> None:
    for deaf in (ear(), Hooks("main", lambda: [Secret.at(tmp_path / "gone", "key", "here")])):
        assert not deaf.listens
        assert deaf.hear(signed(VECTOR), VECTOR, path_key(NEW, "main")) is Unheard.NOT_AUTHENTIC


@pytest.mark.promise("F23")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b"12",
        b'"event"',
        b"{",
        b"{}",
        b'{"event": null}',
        b'{"event": {}}',
        b'{"event": "message", "event": "message"}',
        b'{"event": "message", "x": NaN}',
        b'{"event": "message", "timestamp": 1e999}',
        b'{"event": "message", "timestamp": true}',
        b'{"event": "message", "timestamp": -1}',
        b'{"event": "message", "timestamp": "yesterday"}',
        b'{"event": "message", "timestamp": ' + b"9" * 5000 + b"}",
        b'{"event": "message", "timestamp": 1' + b"0" * 30 + b"}",
        b'{"event": "message", "payload": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        b'{"event": "message", "x": "\xff"}',
        b"\xff\xfe{\x00}\x00",
        b"event=message",
        b"<html></html>",
    ],
)
def test_what_is_no_webhook_is_malformed(body: bytes) -> None:
    assert heard(body) is Unheard.MALFORMED


def test_depth_is_told_by_brackets_outside_of_quotes() -> None:
    spoken = {"event": "message", "payload": {"body": "{[" * 500 + '\\"'}}
    many = {"event": "message", "payload": [{"x": []}] * 500}
    assert heard(spoken) == heard(many) == Tidings()
    for deep in (b'{"a":' * 101 + b"1" + b"}" * 101, b"[" * 101, b'"\\""' + b"[" * 101):
        assert is_too_deep(deep)
        assert heard(deep) is Unheard.MALFORMED
    assert not is_too_deep(b'\\"' * 30_000 + b"[" * 200)
    assert not is_too_deep(b"[" * 100 + b"]" * 100)


def test_a_time_in_the_header_counts_where_the_body_has_none() -> None:
    found = heard({"event": "message"}, {"x-webhook-timestamp": "1767600000123"})
    assert isinstance(found, Tidings)
    assert found.at is not None
    assert found.at.isoformat() == "2026-01-05T08:00:00.123000+00:00"


def test_half_a_character_in_a_name_harms_nobody() -> None:
    assert heard(b'{"event": "message", "id": "\\ud800", "payload": {"from": "\\udfff"}}') == (
        Tidings("\ud800")
    )


@pytest.mark.promise("F28")
@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (f"https://here.example/hooks/main/{path_key(NEW, 'main')}", ""),
        (f"https://moved.example/x/hooks/main/{path_key(OLD, 'main')}/", ""),
        ("https://here.example/hooks/main", ""),
        ("https://n8n.example/webhook/0b9c3f1e-secret", ""),
        ("https://zap.example/hooks/catch/123/abc", ""),
        ("https://there.example/hooks/main/" + "0" * 40, "https://there.example/hooks/main/***"),
        ("https://there.example:8443/hooks/sales?x=1", "https://there.example/hooks/sales"),
    ],
)
def test_an_address_like_ours_that_is_not_ours_is_a_rivals(address: str, shown: str) -> None:
    assert ear(NEW, OLD).rival(address) == shown
    assert address not in repr(Webhook(address))
