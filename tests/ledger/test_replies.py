"""Replies: what was answered under a token's key is known for a day, and then no more."""

from datetime import datetime, timedelta

from rotation.ledger import Ledger, Reply
from rotation.ledger.replies import KEPT, LOST


def test_a_reply_is_known_by_its_tokens_key_until_a_day_is_over(
    ledger: Ledger, now: datetime
) -> None:
    with ledger.writing() as books:
        one, other = (books.tokens.make(name, "otto", now)[0].id for name in ("CRM", "billing"))
        assert books.replies.begin(one, "k", "digest", now) is None
        books.replies.end(one, "k", 201, "{}")
    with ledger.writing() as books:
        assert books.replies.begin(one, "k", "other", now) == Reply("digest", 201, "{}")
        assert books.replies.begin(other, "k", "digest", now) is None
        assert books.replies.begin(one, "k", "new", now + KEPT) is None


def test_a_key_whose_order_never_ended_is_free_after_a_minute_or_once_it_is_dropped(
    ledger: Ledger, now: datetime
) -> None:
    with ledger.writing() as books:
        token = books.tokens.make("CRM", "otto", now)[0].id
        books.replies.begin(token, "k", "digest", now)
        soon = now + LOST - timedelta(seconds=1)
        assert books.replies.begin(token, "k", "digest", soon) == Reply("digest", None, "")
        assert books.replies.begin(token, "k", "digest", now + LOST) is None
        books.replies.drop(token, "k")
        assert books.replies.begin(token, "k", "digest", now + LOST) is None


def test_what_is_too_old_is_let_go_and_all_that_was_answered_when_somebody_is_forgotten(
    ledger: Ledger, now: datetime
) -> None:
    with ledger.writing() as books:
        token = books.tokens.make("CRM", "otto", now)[0].id
        for key, at in (("old", now - KEPT), ("new", now)):
            books.replies.begin(token, key, "digest", at)
            books.replies.end(token, key, 200, "about Ana")
        books.replies.let_go(now)
        assert books.replies.begin(token, "new", "digest", now) == Reply("digest", 200, "about Ana")
        books.replies.drop_answered()
        assert books.replies.begin(token, "new", "digest", now) is None
