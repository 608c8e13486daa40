"""Whatever is asked of the API is answered as it describes itself, and never by a fault.

What is asked is drawn twice: by schemathesis from the description, and from what is in the
installation (groups, people, cursors, times), whole and mutilated, for more of it.
ROTATION_REQUESTS says how much more: 9,000 here, more in `make soak`; ROTATION_SEED which.
"""

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import quote, unquote, urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from rotation.ledger import Rights
from rotation.surfaces.answers.answer import sealed
from rotation.surfaces.orders import Field, Kind, fields_of
from rotation.surfaces.web.api.endpoints import Endpoint, endpoints
from rotation.surfaces.web.api.openapi import described

Board: TypeAlias = Any
"""What the fixtures give; tests look into it freely."""
Answered: TypeAlias = tuple[int, str, bytes]
REQUESTS = int(os.environ.get("ROTATION_REQUESTS", "9000"))
SEED = int(os.environ.get("ROTATION_SEED", "1"))
ROLES = (Rights.VIEWER, Rights.OPERATOR, Rights.ADMIN)
EXAMPLES = 12
"""Requests that schemathesis draws for each operation, well made; and as many that are not."""


def token(board: Board, rights: Rights) -> str:
    with board.ledger.writing() as books:
        return str(books.tokens.make("Otto", "mara", board.at, rights=rights)[1])


# -- drawn from the description -----------------------------------------------------------


@pytest.mark.slow
@pytest.mark.promise("P-api")
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_what_the_description_allows_and_what_it_does_not_is_answered_as_described(
    shut: Board, mode: GenerationMode
) -> None:
    headers = {"authorization": f"Bearer {token(shut, Rights.ADMIN)}"}
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", shut.app, headers=headers)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) == len(endpoints()) - 1  # it does not ask for the description again
    for operation in operations:

        @settings(
            max_examples=EXAMPLES, database=None, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate],
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:  # noqa: ANN401 - schemathesis' own
            case.validate_response(
                case.call(headers=headers),
                checks=[
                    schemathesis.checks.not_a_server_error,
                    schemathesis.specs.openapi.checks.status_code_conformance,
                    schemathesis.specs.openapi.checks.content_type_conformance,
                    schemathesis.specs.openapi.checks.response_schema_conformance,
                ],
            )

        ask()


# -- drawn from what there is -------------------------------------------------------------

KNOWN: Mapping[Kind, tuple[str, ...]] = {
    Kind.GROUP: ("acme", "bolt", "trial"),
    Kind.PERSON: ("ben", "chen", "Dora", "mara", "otto"),
    Kind.ANYONE: ("ben", "otto", "+351910000001", "+351 919 999 999"),
    Kind.SHIFT: ("asia", "europe", "america"),
    Kind.TEAM: ("", "support"),
    Kind.MOMENT: ("2026-01-05T18:00Z", "2026-01-06 09:00 Europe/Lisbon", "2027-03-14T02:30-05:00"),
    Kind.DAY: ("2026-01-06", "2026-01-07"),
    Kind.TIME: ("2026-01-06", "2026-01-05T18:00Z", ""),
    Kind.NAME: ("h1", "g1", "c1", "OPS-1", "M-1042", "pt", "open"),
    Kind.TEXT: ("Thank you, everybody.",),
    Kind.LIST: ("key,phone,name,group,until\nM-1,+351 919 999 999,Zoe,acme,2026-02-01", "key"),
    Kind.EDIT: ("people: {ben: {role: expert}}", "groups: {acme: {mode: strict}}", "- 1"),
}
ODD = (
    "", " ", "\x00", "\x7f", "../..", "a" * 250, "💥", "\uff42en", "<script>", "%", "'; --", "{}",
    "null", "-1", "1e9", "0" * 40, "9999-12-31T23:59Z", "2026-02-30", "+", "ben\nchen", "\u202e",
    "ÄÖÜ", "true", "\ufeff", "2026-01-05T25:00Z", "+00000", "@c.us",
)  # fmt: skip
WORDS = (
    "acme", "trial", "chen", "h1", "--json", "--csv", "--count", "3", "--group", "--person=chen",
    "--limit", "--since", "2026-01-05T08:00Z", "--exit-code", "--at", "--month", "--help", "import",
)  # fmt: skip
"""What may stand behind a command, and what may not."""
JSONS = (None, True, False, 0, -1, 1.5, 10**30, [], {}, [[]], [None], {"a": 1}, "x")


@dataclass
class Drawn:
    """Requests, from a seed. What was answered may be asked with again: names and cursors."""

    dice: random.Random
    names: list[str] = field(default_factory=lambda: ["h1"])
    cursors: list[str] = field(default_factory=lambda: [sealed("groups", "acme")])

    def text(self, one: Field) -> str:
        """Mostly what there is, else something odd."""
        if one.name == "cursor":
            return self._cursor()
        if self.dice.random() < 0.1:
            return self.dice.choice(ODD)
        if one.kind is Kind.NUMBER:
            return str(self.dice.choice((0, 1, 2, 7, 100, 500, 501)))
        return self.dice.choice(self._there_is(one))

    def _there_is(self, one: Field) -> Sequence[str]:
        if one.choices:
            return one.choices
        if one.kind is Kind.FLAG:
            return "true", "false"
        return (*KNOWN[one.kind], *(self.names[-5:] if one.kind is Kind.NAME else ()))

    def _cursor(self) -> str:
        cursor = self.dice.choice(self.cursors)
        if self.dice.random() < 0.5:
            return cursor
        at = self.dice.randrange(len(cursor))
        return cursor[:at] + self.dice.choice("Aa9_-=é") + cursor[at + 1 :]

    def value(self, one: Field) -> object:
        """The same as JSON."""
        if self.dice.random() < 0.05:
            return self.dice.choice(JSONS)
        if one.many:
            return [self.text(one) for _ in range(self.dice.choice((0, 1, 1, 1, 2)))]
        text = self.text(one)
        if one.kind is Kind.NUMBER and text.isascii() and text.isdecimal():
            return int(text)
        return text == "true" if one.kind is Kind.FLAG else text

    def fields(self, one: Endpoint) -> Iterator[Field]:
        """Those that are asked with: nearly always what is needed, and sometimes the rest."""
        for each in fields_of(one.does) if one.does is not None else ():
            if self.dice.random() < (0.97 if each.is_needed else 0.3):
                yield each

    def question(self, one: Endpoint) -> tuple[str, str]:
        found: dict[str, str | list[str]] = {
            each.name: self._words() if each.many else self.text(each) for each in self.fields(one)
        }
        parts = {name: quote(str(found.pop(name, "") or "x"), safe="") for name in one.parts}
        if self.dice.random() < 0.03:
            found[self.dice.choice(ODD)] = "1"
        return one.path.format(**parts), urlencode(found, doseq=True)

    def _words(self) -> list[str]:
        """What stands behind a command."""
        return self.dice.choices((*WORDS, *ODD), (*(9 for _ in WORDS), *(1 for _ in ODD)), k=3)

    def body(self, one: Endpoint) -> bytes:
        found = {each.name: self.value(each) for each in self.fields(one)}
        found |= {"reason": "because", "dry_run": self.dice.random() < 0.4}
        for name in ("reason", "dry_run", "agreed", "more"):
            if self.dice.random() < 0.03:
                found[name] = self.dice.choice((*JSONS, *ODD))
        body = json.dumps(found, ensure_ascii=self.dice.random() < 0.5).encode()
        if self.dice.random() < 0.03:
            at = self.dice.randrange(len(body))
            body = body[:at] + bytes([self.dice.randrange(256)]) + body[at + 1 :]
        return body

    def learn(self, told: Any) -> None:  # noqa: ANN401 - JSON
        if isinstance(told, dict) and isinstance(told.get("next"), str):
            self.cursors.append(told["next"])
        if isinstance(told, dict) and told.get("name"):
            self.names.append(str(told["name"]))


async def answered(
    app: Any,  # noqa: ANN401 - the app, as ASGI has it
    method: str,
    path: str,
    query: str,
    body: bytes | None,
    headers: Mapping[str, str],
) -> Answered:
    """What the app answers; no network and no client in between."""
    told = {"host": "localhost", **headers}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
        "scheme": "http", "path": path, "raw_path": b"", "query_string": query.encode(),
        "root_path": "", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        "headers": [(k.encode("latin-1"), v.encode("latin-1")) for k, v in told.items()],
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body or b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    kinds = dict(sent[0]["headers"])
    whole = b"".join(one.get("body", b"") for one in sent[1:])
    return sent[0]["status"], kinds.get(b"content-type", b"").decode(), whole


@dataclass
class Stranger:
    """Asks the app, and looks at each answer."""

    board: Board
    drawn: Drawn
    told: Mapping[str, Any] = field(default_factory=lambda: described()["paths"])
    secrets: Mapping[Rights, str] = field(default_factory=dict)
    seen: Counter[int] = field(default_factory=Counter)

    def turn(self) -> None:
        """A while passes, and others come: nobody may give orders without end."""
        self.board.at = self.board.at.replace(minute=self.drawn.dice.randrange(60))
        self.secrets = {role: token(self.board, role) for role in ROLES}

    async def ask(self, one: Endpoint) -> None:
        dice = self.drawn.dice
        role = dice.choices(ROLES, (1, 2, 6))[0]
        headers = {"authorization": f"Bearer {self.secrets[role]}"}
        path, query, body = one.path, "", None
        if one.method == "POST":
            body = self.drawn.body(one)
            headers["content-type"] = "application/json"
            if dice.random() < 0.3:
                headers["idempotency-key"] = str(dice.randrange(40))
        else:
            path, query = self.drawn.question(one)
        address = f"/v1{unquote(path)}"
        answer = await answered(self.board.app, one.method, address, query, body, headers)
        self.look(one, answer, (one.method, path, query, body))

    def look(self, one: Endpoint, answer: Answered, asked: tuple[object, ...]) -> None:
        status, kind, whole = answer
        shown = (*asked, status, whole[:300])
        assert str(status) in self.told[f"/v1{one.path}"][one.method.lower()]["responses"], shown
        assert status not in {429, 500, 503}, shown
        wanted = "application/json" if status < 300 else "application/problem+json"
        assert kind == wanted, shown
        assert b"+35191" not in whole, shown
        self.drawn.learn(json.loads(whole))
        self.seen[status] += 1


@pytest.mark.slow
@pytest.mark.promise("P-api")
@pytest.mark.volume("requests to the API, whole and mutilated", REQUESTS, f"seed {SEED}")
def test_whatever_is_asked_is_answered_and_by_a_status_that_is_described(
    shut: Board, record_property: Callable[[str, object], None]
) -> None:
    dice, known = random.Random(SEED), endpoints()
    stranger = Stranger(shut, Drawn(dice))
    weights = [{"/doctor": 1, "/commands/{command}": 3}.get(one.path, 8) for one in known]

    async def all_of_them() -> None:
        for number in range(REQUESTS):
            if number % 300 == 0:
                stranger.turn()
            await stranger.ask(dice.choices(known, weights)[0])

    asyncio.run(all_of_them())
    assert {200, 201, 400, 403, 404, 409, 422} <= stranger.seen.keys()
    record_property("API requests", REQUESTS)
