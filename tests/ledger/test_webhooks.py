"""What webhooks told, kept on both databases: marks that come and go, and who was active last."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest

from rotation.core.roster import AccountId, GroupId, PersonId
from rotation.ledger import LastActive, Ledger, WebhookState, digest_of

MAIN, DESK, OTHER = AccountId("main"), GroupId("desk"), GroupId("other")
ANA, BEN = PersonId("ana"), PersonId("ben")


def test_a_group_is_marked_once_until_a_read_answers(ledger: Ledger, now: datetime) -> None:
    with ledger.writing() as books:
        assert books.webhooks.mark(MAIN, {DESK}, now) == {DESK}
        later = now + timedelta(seconds=1)
        assert books.webhooks.mark(MAIN, {DESK, OTHER}, later) == {OTHER}
        assert books.webhooks.told(MAIN) == {DESK: now, OTHER: later}
        assert books.webhooks.told(AccountId("second")) == {}
    with ledger.writing() as books:
        books.webhooks.answered(DESK)
        assert set(books.webhooks.told(MAIN)) == {OTHER}
        assert books.webhooks.mark(MAIN, {DESK}, now) == {DESK}


def test_a_session_is_told_of_once_until_it_was_asked_for(ledger: Ledger, now: datetime) -> None:
    with ledger.writing() as books:
        books.webhooks.save(WebhookState(MAIN, heard_at=now))
        assert books.webhooks.session_told(MAIN, now)
        assert not books.webhooks.session_told(MAIN, now + timedelta(seconds=9))
        assert books.webhooks.of(MAIN) == WebhookState(MAIN, heard_at=now, told_at=now)


@pytest.mark.promise("I1")
def test_the_newest_is_kept_in_whatever_order_it_is_told(ledger: Ledger, now: datetime) -> None:
    told = [
        LastActive(DESK, ANA, "message", now),
        LastActive(DESK, ANA, "reaction", now + timedelta(seconds=9)),
        LastActive(DESK, BEN, "poll", now),
        LastActive(OTHER, ANA, "message", now),
    ]
    for order in permutations(told):
        with ledger.writing() as books:
            for one in order:
                books.activity.note([one])
            books.activity.note(order)
            assert books.activity.of(DESK) == {ANA: told[1], BEN: told[2]}
            assert books.activity.of(OTHER) == {ANA: told[3]}


def test_of_an_address_only_a_digest_is_kept_and_not_of_very_many() -> None:
    state = WebhookState(MAIN, rival=f"{digest_of('https://a.example/x')} https://a.example/***")
    assert state.rival_shown == "https://a.example/***"
    known = state.knowing(digest_of("https://a.example/x"))
    assert known.rival == ""
    assert known.knows("https://a.example/x")
    assert "a.example" not in known.known
    for number in range(100):
        known = known.knowing(digest_of(f"https://{number}.example"))
    assert len(known.known.split()) == 32
    assert known.knows("https://99.example")
