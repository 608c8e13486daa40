"""What other systems tell is carried out once, as commands are, or refused where it can't be."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.core.reason import Reason
from rotation.core.roster import AccountId, GroupId, PersonId
from rotation.core.timeline import Timeline
from rotation.engine import GroupView, hook_held, tickets, view, wipes
from rotation.ledger import Books, Ledger
from rotation.settings import Secret

Office: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""
Payload = Callable[[str], Any]
ACME, BOLT = GroupId("acme"), GroupId("bolt")
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
EVERY = ("rotation", "zendesk", "freshdesk", "hubspot", "stripe")
RESOLVED = {"rotation": "", "zendesk": "zendesk_solved", "freshdesk": "freshdesk_resolved",
            "hubspot": "hubspot_closed"}  # fmt: skip
STRIPE_UNTIL = datetime.fromtimestamp(1770278400, UTC) + 3 * DAY
STRIPE_PAID_UNTIL = datetime.fromtimestamp(1772697600, UTC) + 3 * DAY


def ours(kind: str, event: str = "", at: str = "2026-01-05T11:59:59Z", **data: object) -> Any:  # noqa: ANN401 - JSON
    told = {"type": kind, "timestamp": at, "data": data}
    return {"id": event or f"crm-{kind}-{len(str(data))}", **told}


def opened(office: Office, ticket: str, who: str = "ben") -> None:
    with office.writes() as books:
        tickets.let_in(
            books, ACME, PersonId(who), None, ticket, ("mara", "billing"), office.now - DAY
        )


def is_open(office: Office, ticket: str) -> bool:
    found = office.books(lambda books: books.tickets.get(ticket))
    return found.resolved_at is None


def lasting(office: Office) -> set[str]:
    """Who is let in by a grant that lasts."""
    every = office.books(lambda books: books.grants.all())
    return {g.person for g in every if g.covers(office.now)}


# -- tickets ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RESOLVED)
def test_a_resolved_ticket_takes_out_whom_it_let_in_whoever_tells_of_it(
    office: Office, read_payload: Payload, name: str
) -> None:
    prefix = "" if name == "rotation" else "T-"
    office.hook(name, prefix=prefix)
    opened(office, f"{prefix}1042")
    told = (
        read_payload(RESOLVED[name]) if RESOLVED[name] else ours("ticket.resolved", ticket="1042")
    )
    assert office.does(name, told) == ["resolved"]
    assert not is_open(office, f"{prefix}1042")
    assert lasting(office) == set()
    (record,) = office.records("resolved")
    assert (record.origin, record.group, record.reason) == (f"hook {name}", ACME, Reason.TICKET)
    assert office.woken == [AccountId("main")]


def test_the_same_event_is_carried_out_once(office: Office, read_payload: Payload) -> None:
    office.hook("zendesk")
    opened(office, "1042")
    solved = read_payload("zendesk_solved")
    assert office.does("zendesk", solved) == ["resolved"]
    before = office.records()
    with office.writes() as books:
        tickets.reopen(books, _view(books, office.now), "1042", ("mara", "again"), office.now)
    assert office.does("zendesk", solved) == ["nothing"]
    assert is_open(office, "1042"), "what a person did meanwhile stands"
    assert len(office.records()) == len(before) + 2


def _view(books: Books, now: datetime) -> GroupView:
    found = books.rosters.in_force()
    assert found is not None
    return view(books, (*found, Timeline(found[1])), ACME, now)


def test_a_reopened_ticket_lets_in_again_and_an_older_event_changes_nothing(
    office: Office, read_payload: Payload
) -> None:
    office.hook("zendesk")
    opened(office, "1042")
    solved = read_payload("zendesk_solved")
    again = {**solved, "id": "second", "time": "2026-01-05T12:00:10Z",
             "event": {"current": "OPEN", "previous": "SOLVED"}}  # fmt: skip
    late = {**solved, "id": "third", "time": "2026-01-05T12:00:05Z"}
    assert office.does("zendesk", solved) == ["resolved"]
    office.now += 20 * SECOND
    assert office.does("zendesk", again) == ["reopened"]
    assert lasting(office) == {"ben"}
    assert office.does("zendesk", late) == ["nothing"]
    assert is_open(office, "1042")


def test_tickets_that_nobody_is_in_for_are_taken_and_leave_no_trace(
    office: Office, read_payload: Payload
) -> None:
    office.hook("zendesk")
    before = office.records()
    assert office.does("zendesk", read_payload("zendesk_solved")) == ["nothing"]
    other = {**read_payload("zendesk_solved"), "type": "zen:event-type:ticket.comment_added"}
    assert office.does("zendesk", other) == []
    assert office.records() == before
    assert office.woken == []


def test_a_crm_may_let_somebody_in_for_a_ticket(office: Office) -> None:
    office.hook("rotation", people={"dr.ben@acme.example": "ben"}, groups={"Acme Corp": "acme"})
    told = ours("ticket.granted", ticket="OPS-7", group="Acme Corp", person="dr.ben@acme.example")
    assert office.does("rotation", told) == ["granted"]
    assert lasting(office) == {"ben"}
    again = office.does("rotation", {**told, "id": "another"})
    assert again == ["nothing"]
    new = ours(
        "ticket.granted", ticket="OPS-7", person="+351 91 234 5678", name="Zoe", group="acme"
    )
    assert office.does("rotation", new) == ["granted"]
    assert len(lasting(office)) == 2
    assert office.does("rotation", ours("ticket.resolved", ticket="OPS-7")) == ["resolved"]
    assert lasting(office) == set()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"ticket": "OPS-7", "group": "acme", "person": "nobody"}, "nobody is called"),
        ({"ticket": "OPS-7", "group": "mars", "person": "ben"}, "no group"),
        ({"ticket": "OPS-7", "group": "trial", "person": "ben"}, "watch"),
        ({"ticket": "OPS 7", "group": "acme", "person": "ben"}, "one word"),
        ({"ticket": "351912345678", "group": "acme", "person": "ben"}, "somebody's number"),
        ({"ticket": "OPS-7", "group": "acme", "person": "+351912345678"}, "name"),
        ({"ticket": "OPS-7", "group": "acme", "person": "chen"}, "leaver"),
        ({"ticket": "OPS-7", "group": "acme", "person": "ben", "until": "2026-01-06"}, "offset"),
        ({"ticket": "OPS-7", "group": "acme", "person": "ben", "until": "soon"}, "instant"),
        ({"ticket": "OPS-7", "group": "acme", "person": "ben", "until": "2020-01-01T00:00Z"},
         "passed"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_on_record_without_any_number(
    office: Office, data: dict[str, str], why: str
) -> None:
    office.hook("rotation")
    with office.writes() as books:
        wipes.begin(books, PersonId("chen"), "mara", "left", office.now, by_hand=True)
    answer = office.tell("rotation", ours("ticket.granted", **data))
    assert answer.status == 422
    assert why in str(answer.said["error"])
    (record,) = office.records("refused")
    assert record.origin == "hook rotation"
    assert "912345678" not in json.dumps([str(answer.said), dict(record.detail)])
    assert lasting(office) == set()


# -- subscriptions ----------------------------------------------------------------------------


def test_a_stripe_subscription_begins_is_paid_for_again_and_ends(
    office: Office, read_payload: Payload
) -> None:
    office.hook("stripe", groups={"price_1MowQVLkdIwHu7ix": "acme"})
    assert office.does("stripe", read_payload("stripe_active")) == ["started"]
    assert office.until("M-77") == STRIPE_UNTIL
    (person,) = lasting(office)
    assert person.startswith("x-")
    text = json.dumps(read_payload("stripe_paid")).replace("M-1042", "M-77")
    assert office.does("stripe", json.loads(text)) == ["extended"]
    assert office.until("M-77") == STRIPE_PAID_UNTIL
    text = json.dumps(read_payload("stripe_deleted")).replace("M-1042", "M-77")
    assert office.does("stripe", json.loads(text)) == ["nothing"], "it is older than the payment"
    later = {**json.loads(text), "created": 1767614396, "id": "evt_later"}
    assert office.does("stripe", later) == ["ended"]
    assert office.until("M-77") is None
    assert lasting(office) == set()
    (record,) = office.records("unsubscribed")
    assert record.origin == "hook stripe"
    assert record.detail["why"] == "cancellation_requested"


def test_a_cancellation_for_later_lets_somebody_stay_until_then(
    office: Office, read_payload: Payload
) -> None:
    office.hook("stripe")
    office.subscribes("M-1042", until=office.now + 30 * DAY)
    told = read_payload("stripe_deleted")
    told["type"], told["data"]["object"]["status"] = "customer.subscription.updated", "active"
    told["data"]["object"]["cancel_at"] = int((office.now + 3 * DAY).timestamp())
    assert office.does("stripe", told) == ["shortened"]
    assert office.until("M-1042") == office.now + 3 * DAY
    unpaid = read_payload("stripe_deleted")
    unpaid.update(id="evt_unpaid", type="customer.subscription.updated")
    unpaid["data"]["object"]["status"] = "unpaid"
    assert office.does("stripe", unpaid) == ["ended"]


def test_an_invoice_of_the_older_form_is_read_too_and_a_known_id_needs_no_metadata(
    office: Office, read_payload: Payload
) -> None:
    office.hook("stripe")
    office.subscribes("sub_1NewaLLkdIwHu7ixDulOrtelF", until=office.now + DAY)
    told = read_payload("stripe_paid")
    invoice = told["data"]["object"]
    del invoice["parent"]
    invoice.update(
        subscription="sub_1NewaLLkdIwHu7ixDulOrtelF", subscription_details={"metadata": {}}
    )
    assert office.does("stripe", told) == ["extended"]
    assert office.until("sub_1NewaLLkdIwHu7ixDulOrtelF") == STRIPE_PAID_UNTIL


def test_a_payment_that_comes_late_brings_nobody_back_whose_subscription_was_ended(
    office: Office, read_payload: Payload
) -> None:
    office.hook("stripe")
    office.subscribes("M-1042")
    assert office.does("stripe", read_payload("stripe_deleted")) == ["ended"]
    assert office.does("stripe", read_payload("stripe_paid")) == ["nothing"]
    assert office.until("M-1042") is None


def test_our_own_form_starts_extends_and_ends(office: Office) -> None:
    office.hook("rotation", "subscriptions")
    row = {"key": "M-1", "phone": "+351 91 234 5678", "name": "Zoe", "group": "acme",
           "until": "2026-02-01", "language": "pt", "warn": 14}  # fmt: skip
    assert office.does("rotation", ours("subscription.started", **row)) == ["started"]
    assert office.until("M-1") == datetime(2026, 2, 2, tzinfo=UTC), (
        "to the end of the day in Lisbon"
    )
    more = ours("subscription.extended", key="M-1", until="2026-03-01T00:00Z")
    assert office.does("rotation", more) == ["extended"]
    less = ours("subscription.extended", "less", key="M-1", until="2026-02-01T00:00Z")
    assert office.does("rotation", less) == ["nothing"]
    assert office.does("rotation", ours("subscription.ended", key="M-1", reason="left")) == [
        "ended"
    ]
    bad = ours("subscription.started", **{**row, "phone": "912345678"})
    assert office.tell("rotation", bad).status == 422
    assert "912345678" not in str(office.records("refused"))


@pytest.mark.promise("S8")
def test_too_many_ends_at_once_wait_for_a_person_and_the_sender_keeps_them(office: Office) -> None:
    office.hook("rotation", "subscriptions")
    office.subscribes(*(f"M-{n}" for n in range(20)))

    def ends(n: int) -> int:
        status: int = office.tell(
            "rotation", ours("subscription.ended", f"e{n}", key=f"M-{n}")
        ).status
        return status

    assert [ends(n) for n in range(5)] == [200] * 5
    assert [ends(n) for n in range(5, 8)] == [429] * 3
    assert office.until("M-7") is not None
    (record,) = office.records("refused")
    assert "6 people" in str(record.detail["why"])
    (news,) = office.books(lambda books: list(hook_held.news(books, office.now)))
    assert "rotation hooks let-through rotation" in news.text
    by = ("mara", "the trial is over")
    with office.writes() as books:
        assert hook_held.let_through(books, "rotation", 8, by, office.now + SECOND)
        assert not hook_held.let_through(books, "rotation", 8, by, office.now + SECOND)
    office.now += timedelta(minutes=5)
    assert [ends(n) for n in range(5, 13)] == [200] * 8
    assert ends(13) == 429
    assert office.records("let_through")[0].origin == "mara by hand"
    office.now += timedelta(hours=1, seconds=1)
    assert ends(13) == 200, "an hour has passed"


# -- who may, and what is no word -------------------------------------------------------------


@pytest.mark.promise("S12")
@pytest.mark.parametrize("name", EVERY)
def test_only_the_real_sender_is_heard_and_not_an_hour_later(office: Office, name: str) -> None:
    hook = office.hook(name)
    body = b'{"type": "x"}' if name != "hubspot" else b"[]"
    answers = {
        "right": office.tell(name, body).status,
        "another secret": office.tell(name, body, secret="whsec_" + "A" * 32).status,
        "without": office.take(hook.kind, {}, body).status,
        "another key": office.take(hook.kind, {}, body, "0" * 40).status,
    }
    if name != "freshdesk":
        answers["late"] = office.tell(name, body, ago=timedelta(minutes=5, seconds=1)).status
        answers["ahead"] = office.tell(name, body, ago=-timedelta(minutes=5, seconds=1)).status
    right = answers.pop("right")
    assert right in (200, 422)
    assert set(answers.values()) == {401}
    assert office.take("nothing", {}, body).status == 404


def test_a_body_that_was_changed_on_the_way_is_not_authentic(
    office: Office, read_payload: Payload
) -> None:
    office.hook("stripe")
    office.subscribes("M-1042")
    headers, body, _ = office.sends("stripe", read_payload("stripe_deleted"))
    other = body.replace(b"M-1042", b"M-1043")
    assert office.take("subscriptions", headers, other).status == 401
    assert office.take("subscriptions", headers, body).status == 200


def test_a_secret_address_can_take_the_place_of_a_signature(office: Office) -> None:
    office.hook("rotation", by="address")
    opened(office, "OPS-1")
    assert office.does("rotation", ours("ticket.resolved", ticket="OPS-1")) == ["resolved"]


def test_while_a_secret_is_replaced_both_count(office: Office) -> None:
    hook = office.hook("zendesk")
    old = hook.secret
    new = Secret.of("another-secret-0123456789", "hooks.zendesk.secret", "test")
    office.hooks["zendesk"] = replace(hook, secret=new, secret_old=old)
    for secret in (old, new):
        assert office.tell("zendesk", {"type": "x"}, secret=secret.reveal()).status == 200
    office.hooks["zendesk"] = replace(hook, secret=new)
    office._entrance = None  # noqa: SLF001 - as at the next start
    assert office.tell("zendesk", {"type": "x"}, secret=old.reveal()).status == 401


def test_two_systems_of_one_kind_are_told_apart_by_how_they_sign(
    office: Office, read_payload: Payload
) -> None:
    office.hook("zendesk", prefix="ZD-")
    office.hook("freshdesk", prefix="FD-")
    opened(office, "ZD-1042")
    opened(office, "FD-1042", "chen")
    assert office.does("freshdesk", read_payload("freshdesk_resolved")) == ["resolved"]
    assert is_open(office, "ZD-1042")
    assert not is_open(office, "FD-1042")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "JSON"), (b"nonsense", "JSON"), (b"\xff", "JSON"), (b"[" * 3000, "JSON"),
        (b'{"a":1,"a":2}', "JSON"), (b"NaN", "JSON"), (b"[]", "object"), (b'"x"', "object"),
        (ours("ticket.resolved"), "ticket"),
        (ours("ticket.resolved", ticket=""), "ticket"),
        (ours("ticket.resolved", ticket=None), "ticket"),
        (ours("ticket.resolved", ticket={"a": 1}), "ticket"),
        (ours("ticket.resolved", ticket=True), "ticket"),
        (ours("ticket.resolved", ticket=1.5), "ticket"),
        (ours("ticket.resolved", ticket="x" * 201), "ticket"),
        (ours("ticket.resolved", ticket="a\nb"), "ticket"),
        (ours("ticket.resolved", ticket="\ud800"), "ticket"),
        (ours("ticket.resolved", ticket="OPS-1", at="yesterday"), "at"),
        (ours("ticket.resolved", ticket="OPS-1", at="2026-01-05T12:00:00"), "offset"),
        (ours("ticket.resolved", ticket="OPS-1", event="x" * 129), "event"),
    ],
)  # fmt: skip
def test_nonsense_from_the_real_sender_is_named_and_nothing_of_it_is_done(
    office: Office, body: object, why: str
) -> None:
    office.hook("rotation")
    opened(office, "OPS-1")
    before = office.records()
    answer = office.tell("rotation", body)
    assert answer.status == 400
    assert why in str(answer.said["error"])
    assert office.records() == before


def test_of_a_list_of_events_all_are_carried_out_or_none(
    office: Office, read_payload: Payload
) -> None:
    office.hook("hubspot")
    opened(office, "1042")
    told = read_payload("hubspot_closed")
    assert office.tell("hubspot", [*told, "x"]).status == 400
    assert office.tell("hubspot", told * 51).status == 400
    assert office.tell("hubspot", [*told, {**told[0], "objectId": None}]).status == 400
    assert is_open(office, "1042")
    assert office.does("hubspot", told) == ["resolved"]


def test_without_a_roster_or_a_ledger_the_sender_keeps_it(tmp_path: Path, office: Office) -> None:
    office.hook("rotation")
    office.ledger = Ledger(f"sqlite:///{tmp_path / 'none.db'}")
    assert office.tell("rotation", ours("ticket.resolved", ticket="OPS-1")).status == 503
    office.ledger.close()


def test_a_mapping_of_ones_own_reads_another_system(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    file.write_text(
        'event = "uuid"\n[[when]]\ndoes = "resolve"\n'
        'match = { "status.name" = ["done", "gone"] }\nticket = ["no.such", "refs.1 + refs.0"]\n'
    )
    office.hook("desk", "tickets", mapping=file, by="address", prefix="D-")
    opened(office, "D-7-OPS")
    told = {"uuid": "1", "status": {"name": "done"}, "refs": ["OPS", 7]}
    assert office.does("desk", told) == ["resolved"]
    assert not is_open(office, "D-7-OPS")
