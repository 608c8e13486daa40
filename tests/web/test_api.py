"""The API: every question is answered as it is described, and only to whoever has a good token."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias, cast

import httpx
import pytest
from jsonschema import Draft202012Validator

from rotation.ledger import Rights
from rotation.surfaces.answers.answer import sealed
from rotation.surfaces.answers.registry import ANSWERS
from rotation.surfaces.orders import ORDERS
from rotation.surfaces.web.api.endpoints import Endpoint, endpoints
from rotation.surfaces.web.api.replies import asked
from rotation.surfaces.web.pace import MOST_ORDERS, Pace

Board: TypeAlias = Any
"""What the fixtures give; tests look into it freely."""
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
PARTS = {"group": "acme", "person": "chen", "command": "status", "attempt": "1"}
NEEDED = {"explain": {"person": "chen"}, "access-report": {"group": "acme"}}


class Asking:
    """Asks the API with a token."""

    def __init__(self, board: Board, secret: str) -> None:
        self.board = board
        self.headers = {"authorization": f"Bearer {secret}"}

    def get(self, path: str, status: int = 200, **query: str) -> Any:  # noqa: ANN401 - JSON
        answer = self.board.ask(f"/v1{path}", params=query, headers=self.headers)
        return _checked(answer, status)

    def post(self, order: str, status: int, key: str | None = None, **body: object) -> Any:  # noqa: ANN401 - JSON
        headers = self.headers if key is None else {**self.headers, "idempotency-key": key}
        answer = self.board.ask(f"/v1/orders/{order}", "POST", json=body, headers=headers)
        return _checked(answer, status)


def _checked(answer: Any, status: int) -> Any:  # noqa: ANN401 - a response, and its JSON
    assert answer.status_code == status, answer.text
    kind = "application/json" if status < 300 else "application/problem+json"
    assert answer.headers["content-type"] == kind
    return answer.json()


def secret_of(board: Board, rights: Rights = Rights.VIEWER, *teams: str, **more: Any) -> str:  # noqa: ANN401 - of a token
    with board.ledger.writing() as books:
        return str(
            books.tokens.make("Otto", "mara", board.at, rights=rights, teams=teams, **more)[1]
        )


@pytest.fixture
def viewer(shut: Board) -> Asking:
    return Asking(shut, secret_of(shut))


@pytest.fixture
def operator(shut: Board) -> Asking:
    return Asking(shut, secret_of(shut, Rights.OPERATOR))


def address(one: Endpoint) -> tuple[str, Mapping[str, str]]:
    """Where it is asked, and what it cannot be asked without."""
    name = getattr(one.does, "name", "")
    return one.path.format(**PARTS), NEEDED.get(name, {})


QUESTIONS = [one for one in endpoints() if one.method == "GET"]


@pytest.fixture
def document(operator: Asking) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", operator.get("/openapi.json"))


@pytest.mark.promise("P-api")
@pytest.mark.parametrize("one", QUESTIONS, ids=lambda one: one.path)
def test_every_question_is_answered_as_it_is_described(
    operator: Asking, document: Mapping[str, Any], one: Endpoint
) -> None:
    path, query = address(one)
    answer = operator.get(path, **query)
    told = document["paths"][f"/v1{one.path}"]["get"]["responses"]["200"]["content"]
    schema = {**told["application/json"]["schema"], "components": document["components"]}
    assert list(Draft202012Validator(strict(schema)).iter_errors(answer)) == []


def strict(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """The schema, with no field beside those that it names."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items()}
    if made.get("type") == "object" and "properties" in made:
        made.setdefault("additionalProperties", False)
    return made


@pytest.mark.promise("P-api")
def test_the_description_has_every_route_and_no_other(document: Mapping[str, Any]) -> None:
    told = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    assert told == {(one.method, f"/v1{one.path}") for one in endpoints()}
    assert {one.path for one in ANSWERS.values()} < {path[3:] for _, path in told}
    assert {f"/v1/orders/{name}" for name in ORDERS} < {path for _, path in told}


def test_every_answer_and_every_order_has_an_example_that_is_as_it_is_described(
    document: Mapping[str, Any],
) -> None:
    parts = {"components": document["components"]}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            done = told["responses"]["201" if method == "post" else "200"]["content"]
            shown = [done["application/json"]]
            if method == "post":
                shown += [told["requestBody"]["content"]["application/json"]]
            shown += [one for one in told.get("parameters", ()) if "example" in one]
            for one in shown if path != "/v1/openapi.json" else ():
                schema = {**strict(one["schema"]), **parts}
                assert list(Draft202012Validator(schema).iter_errors(one["example"])) == []


def test_every_call_says_why_it_was_made_and_how_it_ended_page_by_page(viewer: Asking) -> None:
    found, cursor = [], {}
    while page := viewer.get("/attempts", group="acme", limit="1", **cursor):
        found += page["attempts"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert [one["attempt"] for one in found] == sorted((o["attempt"] for o in found), reverse=True)
    assert {(o["kind"], o["person"], o["outcome"]) for o in found} >= {
        ("add", "chen", "accepted"), ("remove", "aiko", "accepted"),
    }  # fmt: skip
    assert viewer.get(f"/attempts/{found[0]['attempt']}") == found[0]
    history = viewer.get("/history", group="acme", kind="removed")["entries"]
    assert history[0]["attempts"] == [o["attempt"] for o in found if o["kind"] == "remove"][:1]
    for number in ("0", "999999", "x", "1" * 30, "-1"):
        viewer.get(f"/attempts/{number}", 404)


def test_events_are_replayed_from_any_record_on_as_receivers_are_sent_them(
    viewer: Asking,
) -> None:
    whole = viewer.get("/events")
    assert (whole["first"], whole["next"]) == (1, None)
    assert [one["data"]["record"] for one in whole["events"]] == [*range(1, whole["last"] + 1)]
    first = viewer.get("/events", limit="1")
    rest = viewer.get("/events", cursor=first["next"])
    assert [*first["events"], *rest["events"]] == whole["events"]
    behind = viewer.get("/events", after=str(whole["last"]))
    assert (behind["events"], behind["last"]) == ([], whole["last"])
    last = whole["events"][-1]["data"]
    told = f"{last['record']}:{last['digest']}"
    assert viewer.get("/trail", head=told)["broken"] is None
    viewer.get("/trail", 422, head="the end")
    other = f"{last['record']}:{'0' * 64}"
    assert "rewritten" in viewer.get("/trail", head=other)["broken"]


# -- who may ------------------------------------------------------------------------------

ROLES = (None, Rights.CALENDAR, Rights.VIEWER, Rights.OPERATOR, Rights.ADMIN)
"""None: without a token."""
VIEWERS, OPERATORS, ADMINS = Rights.VIEWER, Rights.OPERATOR, Rights.ADMIN
NEEDS = {
    "GET /openapi.json": VIEWERS,
    "GET /version": VIEWERS,
    "GET /status": VIEWERS,
    "GET /groups": VIEWERS,
    "GET /groups/{group}": VIEWERS,
    "GET /who": VIEWERS,
    "GET /groups/{group}/who": VIEWERS,
    "GET /groups/{group}/timeline": VIEWERS,
    "GET /groups/{group}/plan": VIEWERS,
    "GET /groups/{group}/explain": VIEWERS,
    "GET /next": VIEWERS,
    "GET /groups/{group}/next": VIEWERS,
    "GET /groups/{group}/notices": VIEWERS,
    "GET /groups/{group}/adopt": VIEWERS,
    "GET /people": VIEWERS,
    "GET /people/{person}": VIEWERS,
    "GET /holds": VIEWERS,
    "GET /history": VIEWERS,
    "GET /handovers": VIEWERS,
    "GET /attempts": VIEWERS,
    "GET /attempts/{attempt}": VIEWERS,
    "GET /access-report": VIEWERS,
    "GET /events": VIEWERS,
    "GET /receivers": VIEWERS,
    "GET /calendars": VIEWERS,
    "GET /hooks": VIEWERS,
    "GET /deliveries": VIEWERS,
    "GET /trail": VIEWERS,
    "GET /changes": VIEWERS,
    "GET /undoable": VIEWERS,
    "GET /grants": VIEWERS,
    "GET /tickets": VIEWERS,
    "GET /subscriptions": VIEWERS,
    "GET /wipes": VIEWERS,
    "GET /wipes/{person}": VIEWERS,
    "GET /gaps": VIEWERS,
    "GET /workload": VIEWERS,
    "GET /week": VIEWERS,
    "GET /review": VIEWERS,
    "GET /roster": VIEWERS,
    "GET /replicas": VIEWERS,
    "GET /doctor": OPERATORS,
    "GET /commands/{command}": VIEWERS,
    "POST /orders/handover": OPERATORS,
    "POST /orders/undo": OPERATORS,
    "POST /orders/release": OPERATORS,
    "POST /orders/cover": OPERATORS,
    "POST /orders/off": OPERATORS,
    "POST /orders/swap": OPERATORS,
    "POST /orders/extra": OPERATORS,
    "POST /orders/grant": OPERATORS,
    "POST /orders/pin": OPERATORS,
    "POST /orders/resolve": OPERATORS,
    "POST /orders/reopen": OPERATORS,
    "POST /orders/close": OPERATORS,
    "POST /orders/extend": OPERATORS,
    "POST /orders/end": OPERATORS,
    "POST /orders/roster": OPERATORS,
    "POST /orders/import": OPERATORS,
    "POST /orders/read": OPERATORS,
    "POST /orders/wipe": ADMINS,
    "POST /orders/reinstate": ADMINS,
    "POST /orders/forget": ADMINS,
    "POST /orders/leavers": ADMINS,
    "POST /orders/replay": ADMINS,
    "POST /orders/let-through": ADMINS,
}
"""Who may, route by route. A route that has no line here fails the test below."""


@pytest.mark.promise("P-api")
def test_every_role_may_what_is_its_own_and_nothing_else(shut: Board) -> None:
    found = {f"{one.method} {one.path}": one for one in endpoints()}
    assert found.keys() == NEEDS.keys()
    tokens = {role: token_of(shut, role) for role in ROLES}
    seen = {
        (name, role): ask_as(shut, one, tokens[role])
        for name, one in found.items()
        for role in ROLES
    }
    wanted = {(name, role): wanted_of(NEEDS[name], role) for name in NEEDS for role in ROLES}
    assert {key: status for key, status in seen.items() if status != wanted[key]} == {}


def token_of(board: Board, role: Rights | None) -> str | None:
    if role is None:
        return None
    of = {"calendar": "people/chen"} if role is Rights.CALENDAR else {"rights": role}
    return secret_of(board, **of)  # type: ignore[arg-type]  # one or the other


def wanted_of(needs: Rights, role: Rights | None) -> int:
    if role in (None, Rights.CALENDAR):
        return 401
    return 200 if role is not None and role.include(needs) else 403


def ask_as(board: Board, one: Endpoint, secret: str | None) -> int:
    """The status: 200 as well where an order is let in and told what it lacks.

    Whoever comes with the wrong token again and again is shut out more and more shortly.
    """
    path, query = address(one)
    headers = {} if secret is None else {"authorization": f"Bearer {secret}"}
    answer = board.ask(
        f"/v1{path}", one.method, params=query, headers=headers,
        **({"json": {}} if one.method == "POST" else {}),
    )  # fmt: skip
    alike = {429: 401, 422: 200} if one.method == "POST" else {429: 401}
    return alike.get(answer.status_code, int(answer.status_code))


@pytest.mark.promise("P-api")
def test_no_cookie_opens_the_api_not_even_where_nobody_has_to_sign_in(
    shut: Board, board: Board
) -> None:
    secret = secret_of(shut, Rights.ADMIN)
    for name in ("__Host-rotation", "rotation"):
        answer = shut.ask("/v1/status", headers={"cookie": f"{name}={secret}"})
        assert answer.status_code == 401
    answer = board.ask("/v1/status")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["type"] == "urn:rotation:problem:no-token"


def test_a_token_that_is_revoked_opens_nothing_from_then_on(shut: Board) -> None:
    asking = Asking(shut, secret_of(shut))
    asking.get("/status")
    with shut.ledger.writing() as books:
        (token,) = books.tokens.all()
        assert token.used_at == NOON
        books.tokens.end(token.prefix, NOON)
    asking.get("/status", 401)


def test_many_wrong_tokens_are_slowed_down_and_a_good_one_passes_all_the_same(shut: Board) -> None:
    good, wrong = Asking(shut, secret_of(shut)), Asking(shut, f"rot_0123456789_{'A' * 43}")
    seen = [wrong.board.ask("/v1/status", headers=wrong.headers).status_code for _ in range(10)]
    assert seen == [401] * 8 + [429] * 2
    assert wrong.board.ask("/v1/status", headers=wrong.headers).headers["retry-after"] == "60"
    good.get("/status")


# -- orders -------------------------------------------------------------------------------

HANDOVER = {"groups": ["acme"], "incoming": ["ben"], "reason": "chen is ill"}


def test_an_order_is_made_once_and_says_what_was_made(operator: Asking) -> None:
    made = operator.post("handover", 201, **HANDOVER)
    assert (made["done"], made["new"], made["groups"]) == (True, True, ["acme"])
    again = operator.post("handover", 200, **HANDOVER)
    assert (again["new"], again["name"]) == (False, made["name"])
    (entry,) = operator.get("/history", kind="granted")["entries"]
    assert "Otto (API)" in entry["origin"]
    assert operator.get("/undoable")["can_be_undone"][0]["id"] == made["name"]
    operator.post("undo", 201, name=made["name"], reason="chen is well")
    assert operator.get("/undoable")["can_be_undone"] == []


def test_a_dry_run_does_nothing_and_what_was_agreed_to_is_what_is_done(operator: Asking) -> None:
    told = operator.post("handover", 200, **HANDOVER, dry_run=True)
    assert (told["done"], told["already"], told["problems"]) == (False, None, [])
    assert operator.get("/undoable")["can_be_undone"] == []
    changed = operator.post("handover", 409, **HANDOVER, agreed="0123456789abcdef")
    assert changed["type"] == "urn:rotation:problem:changed"
    operator.post("handover", 201, **HANDOVER, agreed=told["gist"])


def test_what_speaks_against_an_order_is_said_and_nothing_is_done(operator: Asking) -> None:
    operator.board.at = NOON
    told = operator.post("handover", 409, groups=["trial"], incoming=["ben"], reason="x")
    assert told["type"] == "urn:rotation:problem:refused"
    assert told["problems"][0]["group"] == "trial"
    assert operator.get("/undoable")["can_be_undone"] == []
    assert operator.get("/history", kind="refused")["entries"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"incoming": ["ben"], "reason": "x"}, "`groups` is missing"),
        ({"groups": ["acmee"], "incoming": ["ben"], "reason": "x"}, "there is no group `acmee`"),
        ({"groups": ["acme"], "incoming": ["ben"]}, "a reason is needed"),
        ({"groups": ["acme"], "incoming": ["ben"], "reason": 7}, "`reason` is not text"),
        ({"groups": "acme", "incoming": ["ben"], "reason": "x"}, "`groups` is not a list"),
        ({"groups": ["acme"], "in": ["ben"], "reason": "x"}, "handover has no `in`"),
        ({**HANDOVER, "until": "tomorrow"}, "the time `tomorrow`"),
        ({**HANDOVER, "dry_run": "yes"}, "`dry_run` is not true or false"),
    ],
)
def test_an_order_that_makes_no_sense_is_told_why(
    operator: Asking, body: dict[str, object], says: str
) -> None:
    told = operator.post("handover", 422, **body)
    assert says in told["detail"]
    assert told["type"] == "urn:rotation:problem:wrong"


def test_a_near_miss_is_told_what_was_meant(operator: Asking) -> None:
    told = operator.post("handover", 422, groups=["acmee"], incoming=["ben"], reason="x")
    assert told["fix"] == "Did you mean `acme`?"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b'{"a": 1, "a": 2}', "application/json", 400),
        (b'{"a": NaN}', "application/json", 400),
        (b'{"reason": "\\ud800"}', "application/json", 400),
        (b"[" * 9000, "application/json", 400),
        (b'{"a":' * 20 + b"1" + b"}" * 20, "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"reason=x", "application/x-www-form-urlencoded", 415),
        (b" " * 600_000, "application/json", 413),
    ],
)
def test_a_body_that_is_no_order_is_refused(
    operator: Asking, body: bytes, kind: str, status: int
) -> None:
    headers = {**operator.headers, "content-type": kind}
    answer = operator.board.ask("/v1/orders/handover", "POST", content=body, headers=headers)
    _checked(answer, status)


def test_a_token_of_a_team_gives_orders_about_its_groups_alone(shut: Board) -> None:
    asking = Asking(shut, secret_of(shut, Rights.OPERATOR, "vip"))
    told = asking.post("handover", 403, **HANDOVER)
    assert told["detail"] == "acme is not of team vip"
    asking.post("handover", 403, **HANDOVER, dry_run=True)
    asking.get("/groups/acme")


def test_a_token_gives_no_more_orders_a_minute_than_it_may() -> None:
    clock = [0.0]
    pace = Pace(lambda: clock[0])
    assert [pace.wait(1) for _ in range(MOST_ORDERS)] == [0] * MOST_ORDERS
    assert pace.wait(1) == 61
    assert pace.wait(2) == 0
    clock[0] = 60.0
    assert pace.wait(1) == 0


# -- keys ---------------------------------------------------------------------------------


@pytest.mark.promise("P-idempotency")
def test_the_same_order_with_the_same_key_is_done_once_and_answered_the_same(
    operator: Asking,
) -> None:
    made = operator.post("handover", 201, key="k-1", **HANDOVER)
    operator.post("undo", 201, key="k-2", name=made["name"], reason="chen is well")
    assert operator.post("handover", 201, key="k-1", **HANDOVER) == made
    assert operator.get("/undoable")["can_be_undone"] == []


@pytest.mark.promise("P-idempotency")
def test_of_many_that_come_at_once_with_the_same_key_one_is_done(operator: Asking) -> None:
    headers = {**operator.headers, "idempotency-key": "k"}

    async def all_at_once() -> list[httpx.Response]:
        wire = httpx.ASGITransport(operator.board.app)
        async with httpx.AsyncClient(transport=wire, base_url="http://localhost") as client:
            asked = (
                client.post("/v1/orders/handover", json=HANDOVER, headers=headers)
                for _ in range(12)
            )
            return await asyncio.gather(*asked)

    answers = asyncio.run(all_at_once())
    done = {one.text for one in answers if one.status_code == 201}
    others = {one.json()["type"] for one in answers if one.status_code != 201}
    assert (len(done), others <= {"urn:rotation:problem:key-in-use"}) == (1, True)
    with operator.board.ledger.reading() as books:
        assert len(books.grants.all()) == 1


@pytest.mark.promise("P-idempotency")
def test_another_order_with_the_same_key_is_refused(operator: Asking) -> None:
    operator.post("handover", 201, key="k", **HANDOVER)
    told = operator.post("handover", 409, key="k", **{**HANDOVER, "reason": "other"})
    assert told["type"] == "urn:rotation:problem:key-reused"
    operator.post("undo", 409, key="k", name="h1", reason="other")


def test_a_key_is_its_tokens_alone_and_ends_after_a_day(shut: Board) -> None:
    first = Asking(shut, secret_of(shut, Rights.OPERATOR))
    second = Asking(shut, secret_of(shut, Rights.OPERATOR))
    first.post("handover", 201, key="k", **HANDOVER)
    second.post("handover", 200, key="k", **HANDOVER)
    shut.at = NOON + timedelta(hours=24)
    first.post("undo", 422, key="k", name="h99", reason="x")


def test_an_answer_of_no_is_kept_as_well(operator: Asking) -> None:
    told = operator.post("undo", 422, key="k", name="h99", reason="x")
    assert operator.post("undo", 422, key="k", name="h99", reason="x") == told


def test_while_an_order_is_under_way_its_key_is_in_use_and_free_again_if_its_daemon_died(
    operator: Asking,
) -> None:
    body = json.dumps(HANDOVER).encode()
    secret = operator.headers["authorization"].removeprefix("Bearer ")
    with operator.board.ledger.writing() as books:
        (token,) = books.tokens.all()
        digest = asked(secret, "handover", body)
        assert books.replies.begin(token.id, "k", digest, NOON) is None
    kind = {"idempotency-key": "k", "content-type": "application/json"}
    sent = {"content": body, "headers": {**operator.headers, **kind}}
    answer = operator.board.ask("/v1/orders/handover", "POST", **sent)
    assert (answer.status_code, answer.headers["retry-after"]) == (409, "1")
    operator.board.at = NOON + timedelta(minutes=1)
    assert operator.board.ask("/v1/orders/handover", "POST", **sent).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 201])
def test_a_key_that_is_none_is_refused(operator: Asking, key: str) -> None:
    headers = {**operator.headers, "idempotency-key": key.encode()}
    answer = operator.board.ask("/v1/orders/handover", "POST", json=HANDOVER, headers=headers)
    _checked(answer, 400)


# -- pages --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "rows"),
    [("/status", "groups"), ("/groups", "groups"), ("/who", "groups"), ("/next", "handovers"),
     ("/people", "people"), ("/history", "entries"), ("/handovers", "handovers")],
)  # fmt: skip
def test_page_by_page_there_is_what_there_is_at_once(viewer: Asking, path: str, rows: str) -> None:
    whole = viewer.get(path)
    assert whole["next"] is None
    found, cursor = [], ""
    while cursor is not None:
        page = viewer.get(path, limit="1", **({"cursor": cursor} if cursor else {}))
        assert len(page[rows]) == 1
        found += page[rows]
        cursor = page["next"]
    assert found == whole[rows]
    assert len(found) > 1


def test_a_cursor_that_was_changed_or_is_of_another_question_is_refused(viewer: Asking) -> None:
    cursor = viewer.get("/groups", limit="1")["next"]
    for wrong in (cursor[:-2], cursor[::-1], "x", "é", "A" * 150, cursor.swapcase()):
        assert viewer.get("/groups", 400, cursor=wrong)["detail"].startswith("the cursor")
    for path in ("/people", "/history"):
        viewer.get(path, 400, cursor=cursor)
    for made in (sealed("history", "9999-12-31T23:59:59+00:00", 1), sealed("history", "x", 1),
                 sealed("history", "2026-01-05T00:00:00", 1), sealed("history")):  # fmt: skip
        viewer.get("/history", 400, cursor=made)
    far = sealed("history", "2026-01-05T12:00:00+00:00", 1 << 70)
    assert viewer.get("/history", cursor=far)["entries"] == []


# -- what else is asked -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/groups/none", {}, 404),
        ("/people/none", {}, 404),
        ("/groups/acme/explain", {}, 422),
        ("/groups/acme/explain", {"person": "none"}, 404),
        ("/groups/acme/who", {"at": "tomorrow"}, 422),
        ("/groups/acme/who", {"at": "2026-01-05 12:00"}, 422),
        ("/groups/acme/timeline", {"until": "2099-01-01T00:00Z"}, 422),
        ("/groups/acme/timeline", {"since": "1999-01-01T00:00Z"}, 422),
        ("/groups/acme/next", {"count": "0"}, 422),
        ("/groups/acme/notices", {"reason": "boredom"}, 422),
        ("/groups/acme/notices", {"language": "!"}, 422),
        ("/status", {"limit": "0"}, 422),
        ("/status", {"limit": "-1"}, 422),
        ("/status", {"limit": "9" * 30}, 422),
        ("/status", {"group": "acme"}, 422),
        ("/changes", {"over": "perhaps"}, 422),
        ("/gaps", {"months": "37"}, 422),
        ("/access-report", {}, 422),
        ("/history", {"kind": "none"}, 422),
        ("/none", {}, 404),
        ("/groups/acme/", {}, 404),
        ("/groups//who", {}, 404),
        ("/orders/none", {}, 404),
        ("", {}, 404),
    ],
)
def test_a_question_that_makes_no_sense_is_told_why(
    operator: Asking, path: str, query: dict[str, str], status: int
) -> None:
    told = operator.get(path, status, **query)
    assert (told["status"], bool(told["detail"])) == (status, True)


def test_an_address_says_which_methods_it_takes(operator: Asking) -> None:
    def ask(method: str, path: str) -> Any:  # noqa: ANN401 - a response
        return operator.board.ask(f"/v1{path}", method, headers=operator.headers)

    assert ask("HEAD", "/status").status_code == 200
    for path, allowed in (("/status", "GET, HEAD, OPTIONS"), ("/orders/undo", "OPTIONS, POST")):
        answer = ask("OPTIONS", path)
        assert (answer.status_code, answer.headers["allow"], answer.content) == (204, allowed, b"")
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "BREW"):
            answer = ask(method, path)
            assert answer.headers["allow"] == allowed
            _checked(answer, 405)
    _checked(ask("GET", "/orders/undo"), 405)
    _checked(ask("POST", "/status"), 405)


def test_nothing_is_kept_by_a_browser_and_no_other_site_may_read_it(viewer: Asking) -> None:
    answer = viewer.board.ask("/v1/status", headers={**viewer.headers, "origin": "https://x.y"})
    assert answer.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in answer.headers


def test_only_hosts_of_this_machine_are_answered_for_where_it_is_its_own(board: Board) -> None:
    answer = board.ask("/v1/status", headers={"host": "evil.example"})
    assert (answer.status_code, answer.json()["status"]) == (421, 421)


def test_without_a_ledger_it_says_so_and_when_to_ask_again(operator: Asking) -> None:
    operator.board.ledger.close()
    (operator.board.folder / "rotation.db").unlink()
    answer = operator.board.ask("/v1/status", headers=operator.headers)
    assert answer.headers["retry-after"] == "5"
    _checked(answer, 503)
    operator.post("undo", 503, name="h1", reason="x")


def test_numbers_are_in_no_answer(operator: Asking) -> None:
    for one in QUESTIONS:
        path, query = address(one)
        answer = operator.board.ask(f"/v1{path}", params=query, headers=operator.headers)
        assert "+3519100" not in answer.text
