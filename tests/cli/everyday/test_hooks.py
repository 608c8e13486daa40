"""hooks: who is listened to, by which address, what a body would do, and letting many through."""

import json
import re
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from rotation.core.roster import GroupId, PersonId
from rotation.engine import hook_held, tickets
from rotation.ledger import Delivery

Office: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
SHAPES = Path(__file__).parents[2] / "surfaces" / "incoming" / "payloads"


def listening(office: Office) -> Office:
    (office.folder / "key").write_text("whsec_" + b64encode(bytes(32)).decode())
    (office.folder / "key").chmod(0o600)
    with office.config.open("a") as config:
        config.write('[hooks.zd]\nkind = "tickets"\nmapping = "zendesk"\nsecret_file = "key"\n')
        config.write('[hooks.fd]\nkind = "tickets"\nmapping = "freshdesk"\nsecret_file = "key"\n')
    return office


def test_nobody_is_listened_to_unless_that_is_set_up(office: Office) -> None:
    assert "docs/integrations.md says how" in office.text("hooks")
    assert office.json("hooks")["hooks"] == []


def test_hooks_says_what_each_told_last_and_which_is_held(office: Office) -> None:
    listening(office)
    with office.ledger().writing() as books:
        books.deliveries.keep(Delivery("zd", "1", "1042", "resolved", NOON, NOON))
    text = office.text("hooks")
    assert re.search(
        r"zd +tickets +zendesk +zendesk +2026-01-05T12:00:00Z 1042 resolved +well", text
    )
    assert re.search(r"fd +tickets +freshdesk +address +- +well", text)
    with office.ledger().writing() as books:
        hook_held.hold(books, "zd", "6 people would have lost their place", office.at)
    found = office.run("hooks", "--json")
    assert found.exit_code == 1
    assert json.loads(found.stdout)["hooks"][0]["held_since"] is not None
    told = ("hooks", "let-through", "zd", "--most", "20", "--reason", "the trial is over")
    assert office.text(*told) == "20 more may end.\n"
    assert "nothing is new" in office.text(*told)
    assert office.run("hooks").exit_code == 0


def test_doctor_names_a_hook_that_waits_for_a_person(office: Office) -> None:
    listening(office)
    assert "nothing that it told was acted on yet" in office.run("doctor").output
    with office.ledger().writing() as books:
        hook_held.hold(books, "zd", "6 people would have lost their place", office.at)
    found = office.run("doctor")
    assert "hook zd" in found.output
    assert "rotation hooks let-through zd" in found.output


def test_an_address_has_a_key_only_where_nothing_is_signed(office: Office) -> None:
    listening(office)
    assert office.text("hooks", "address", "zd").splitlines()[0].endswith(":8780/hooks/tickets")
    assert re.fullmatch(
        r"http://127.0.0.1:8780/hooks/tickets/[0-9a-f]{40}",
        office.json("hooks", "address", "fd")["address"],
    )
    found = office.run("hooks", "address", "other")
    assert (found.exit_code, "There are: zd, fd" in found.stderr) == (2, True)


def test_try_says_what_a_body_would_do_and_does_nothing_of_it(office: Office) -> None:
    listening(office)
    body = str(SHAPES / "zendesk_solved.json")
    found = office.run("hooks", "try", "zd", body)
    assert (found.exit_code, "nothing would be done" in found.stdout) == (1, True)
    with office.ledger().writing() as books:
        by = ("mara", "billing")
        tickets.let_in(books, GroupId("acme"), PersonId("dora"), None, "1042", by, office.at)
    assert office.text("hooks", "try", "zd", body) == "1042 would be resolved.\n"
    with office.ledger().reading() as books:
        assert books.tickets.get("1042").resolved_at is None
    assert office.run("hooks", "try", "zd", str(office.config)).exit_code == 1
