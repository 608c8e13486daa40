"""events: which systems are told, how far each has come, a trial, and once more."""

from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any, TypeAlias

import pytest

from rotation.surfaces.events import Standing, save, standing
from tests.answering import answering, body, gives, named

Office: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
KEY = "whsec_" + "A" * 43 + "="


def told(office: Office, url: str = "http://127.0.0.1:9/hook", *names: str) -> Office:
    """Receivers are set up."""
    (office.folder / "key").write_text(KEY)
    (office.folder / "key").chmod(0o600)
    with office.config.open("a") as config:
        for name in names or ("crm",):
            config.write(f'[events.{name}]\nurl = "{url}"\nsecret_file = "key"\n')
    return office


def stands(office: Office, **how: Any) -> None:  # noqa: ANN401 - parts of a standing
    ledger = office.ledger()
    with ledger.writing() as books:
        save(books, "crm", Standing(**{"taken": 3, "head_at": NOON, **how}))
    ledger.close()


def test_nobody_is_told_unless_that_is_set_up(office: Office) -> None:
    assert "docs/events.md says how" in office.text("events")
    assert office.json("events")["receivers"] == []


def test_events_says_how_far_each_receiver_has_come(office: Office) -> None:
    told(office)
    assert "never told yet" in office.text("events")
    stands(office)
    with office.ledger().reading() as books:
        head = books.audit.head()
    assert head is not None
    (one,) = office.json("events")["receivers"]
    assert (one["name"], one["taken"], one["waiting"]) == ("crm", 3, head.seq - 3)
    assert KEY not in office.text("events")


def test_events_ends_with_1_where_a_receiver_takes_nothing(office: Office) -> None:
    told(office)
    stands(office, failing_since=NOON - timedelta(hours=2), why="the server answered 503", lost=2)
    found = office.run("events")
    assert found.exit_code == 1
    assert "takes nothing since 2026-01-05T10:00:00Z: the server answered 503" in found.stdout
    assert "2 records let go before it had them" in found.stdout


def test_replay_sends_a_receiver_back_and_makes_it_due(office: Office) -> None:
    told(office)
    stands(office, tries=9, failing_since=NOON, again_at=NOON + timedelta(minutes=15), why="x")
    assert "will be sent to crm again" in office.text("events", "replay", "--after", "1")
    with office.ledger().reading() as books:
        assert standing(books, "crm") == Standing(1, NOON)


@pytest.mark.parametrize(("status", "ends", "said"), [(204, 0, "took it"), (500, 1, "did not")])
def test_a_trial_is_signed_and_says_what_came_back(
    office: Office, status: int, ends: int, said: str
) -> None:
    heard: list[dict[str, str]] = []

    def answer(to: BaseHTTPRequestHandler) -> None:
        heard.append(named(to))
        body(to)
        gives(to, status)

    with answering(answer) as place:
        found = told(office, f"{place}/hook").run("events", "test")
    assert found.exit_code == ends
    assert said in found.stdout
    assert str(status) in found.stdout
    assert heard[0]["webhook-signature"].startswith("v1,")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("replay",), "--after belongs to"),
        (("list", "--after", "3"), "--after belongs to"),
        (("test", "--to", "crn"), "There are: crm, siem"),
        (("test",), "say which receiver"),
        (("replay", "--to", "crm", "--after", "99999"), "the trail has records 1 to"),
    ],
)
def test_what_makes_no_sense_is_refused(office: Office, asked: tuple[str, ...], said: str) -> None:
    told(office, "http://127.0.0.1:9/hook", "crm", "siem")
    found = office.run("events", *asked)
    assert found.exit_code == 2
    assert said in found.output


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('[events.crm]\nsecret_file = "key"\n', "events.crm.url"),
        ('[events.crm]\nurl = "http://crm.example/x"\nsecret_file = "key"\n', "https"),
        ('[events.crm]\nurl = "https://10.0.0.1/x"\nsecret_file = "key"\n', "private network"),
        ('[events.crm]\nurl = "https://a.example"\nsecret_file = "bad"\n', "whsec_"),
        ('[events."C R M"]\nurl = "https://a.example"\nsecret_file = "key"\n', "is no name"),
        (
            '[events.crm]\nurl = "https://a.example"\nsecret_file = "key"\nto = 1\n',
            "is not a setting",
        ),
    ],
)
def test_settings_of_a_receiver_that_cannot_be_are_named(
    office: Office, written: str, said: str
) -> None:
    for name, text in (("key", KEY), ("bad", "whsec_short")):
        (office.folder / name).write_text(text)
        (office.folder / name).chmod(0o600)
    office.config.write_text(office.config.read_text() + written)
    found = office.run("run")
    assert found.exit_code == 3
    assert said in found.output
    assert "short" not in found.output


def test_doctor_names_a_receiver_that_takes_nothing(office: Office) -> None:
    told(office)
    stands(office, failing_since=NOON - timedelta(hours=2), why="the server answered 503")
    found = office.run("doctor")
    assert "events crm" in found.output
    assert "the server answered 503" in found.output
    assert "rotation events test --to crm" in found.output


def test_a_head_that_was_told_elsewhere_is_looked_for(office: Office) -> None:
    with office.ledger().reading() as books:
        head = books.audit.head()
    assert head is not None
    known = f"{head.seq}:{head.digest[:16]}"
    assert "is there as it was told" in office.text("history", "--verify", "--head", known)
    for other, why in ((f"{head.seq}:{'0' * 16}", "rewritten"), (f"999:{'0' * 16}", "cut")):
        found = office.run("history", "--verify", "--head", other)
        assert found.exit_code == 1
        assert why in found.output
    for wrong in (("--verify", "--head", "12"), ("--head", known)):
        assert office.run("history", *wrong).exit_code == 2


def test_of_a_head_that_was_let_go_nothing_is_claimed(office: Office) -> None:
    ledger = office.ledger()
    with ledger.writing() as books:
        first = books.audit.after(0)[0]
        books.audit.let_go(NOON - timedelta(hours=4), NOON, 1)
        books.audit.say_let_go(NOON, "keep", "")
    ledger.close()
    told_once = f"{first.seq}:{first.digest[:16]}"
    assert "nothing can be said" in office.text("history", "--verify", "--head", told_once)
