"""Where other systems' webhooks come in over HTTP: beside the provider's, and bounded."""

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.settings import Hook, Secret
from rotation.surfaces.incoming.entrance import LARGEST
from rotation.surfaces.incoming.signatures import address_key
from rotation.surfaces.web import app

Board: TypeAlias = Any
"""What the fixtures give; tests look into it freely."""
TEXT = "whsec_" + b64encode(bytes(range(32))).decode()
KEY = address_key(TEXT, "crm")
ENDED = json.dumps({"type": "subscription.ended", "data": {"key": "M-1"}})


@pytest.fixture
def listening(noon: Path, make_board: Any) -> Iterator[Board]:  # noqa: ANN401 - a class of conftest.py
    found = make_board(noon, datetime(2026, 1, 5, 12, tzinfo=UTC))
    secret = Secret.of(TEXT, "hooks.crm.secret", "test")
    hook = Hook("crm", "subscriptions", "rotation", secret, by="address")
    parts = found.parts
    parts.settings = replace(parts.settings, hooks={"crm": hook})
    found.app = app.build(_fitness(parts), found.stopping)
    with closing(found.ledger):
        yield found


def _fitness(parts: Any) -> Any:  # noqa: ANN401 - what the app is built of
    from rotation.surfaces.fitness import Fitness
    from rotation.wiring.pulse import Pulse
    from rotation.zone_data import use_newest

    return Fitness(parts, Pulse(()), use_newest())


def test_a_delivery_is_answered_with_what_became_of_it(listening: Board) -> None:
    answer = listening.ask(f"/hooks/subscriptions/{KEY}", "POST", content=ENDED)
    assert answer.status_code == 200
    assert answer.json()["did"][0]["done"] == "nothing"
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("/hooks/subscriptions", ENDED, 401),
        ("/hooks/subscriptions/" + "0" * 40, ENDED, 401),
        ("/hooks/tickets", ENDED, 404),
        (f"/hooks/tickets/{KEY}", ENDED, 404),
        (f"/hooks/subscriptions/{KEY}", "", 400),
        (f"/hooks/subscriptions/{KEY}", "x" * (LARGEST + 1), 413),
        (f"/hooks/subscriptions/{KEY}", '{"type": "subscription.paused"}', 422),
    ],
)
def test_anything_else_is_a_clear_no(
    listening: Board, path: str, content: str, status: int
) -> None:
    assert listening.ask(path, "POST", content=content).status_code == status


def test_only_post_is_taken(listening: Board) -> None:
    assert listening.ask(f"/hooks/subscriptions/{KEY}").status_code in (404, 405)
