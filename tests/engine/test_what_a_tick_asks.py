"""What a tick says to its database: nothing reads a history whole, and nothing waits for a call."""

import re
import sqlite3
from collections.abc import Callable, Hashable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.ledger import upgrade
from rotation.ledger.transaction import Query, Transaction

Make: TypeAlias = Callable[..., Any]

HISTORIES = ("attempts", "reads", "audit", "handovers", "notices", "holds")
"""What grows with every handover, and is never wanted whole."""
WHOLE = re.compile(rf"SCAN ({'|'.join(HISTORIES)})\b(?! USING INDEX ix_holds_in_force)")
THE_NEWEST = re.compile(r"ORDER BY audit\.seq DESC\s+LIMIT")
"""The end of the chain, found by walking the rows backwards: the first step arrives."""
THE_TRAIL = "audit.previous"
"""At the start, and once a day, all of the trail is read: is it whole?"""


@contextmanager
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Every statement said to a SQLite database meanwhile, in the words it is prepared in."""
    said: set[str] = set()
    connect = sqlite3.connect

    def heard(*where: Any, **how: Any) -> sqlite3.Connection:  # noqa: ANN401 - the library's own
        found = connect(*where, **how)
        found.set_trace_callback(said.add)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", heard)
        yield said


@pytest.mark.slow
def test_no_statement_of_a_hard_day_reads_a_history_whole(
    day: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rotation.db"
    upgrade(f"sqlite:///{path}")
    with listening(monkeypatch) as said:
        made = day(seed=7, ledger=f"sqlite:///{path}")
        made.fault("error_after", on=["remove"], next=2)
        made.until("12:00")
        made.grant("dora", until=timedelta(hours=2))
        made.human("leave", "ben")
        made.until("16:30")
        made.fault("timeout_after", next=3)
        made.until("23:59").after(hours=7, minutes=31)
    asked = {s for s in said if s.split()[0] in {"SELECT", "UPDATE", "DELETE", "INSERT", "WITH"}}
    assert len(asked) > 100
    with closing(sqlite3.connect(path)) as found:
        plans = {s: [row[3] for row in found.execute(f"EXPLAIN QUERY PLAN {s}")] for s in asked}
    whole = [s for s, plan in plans.items() if WHOLE.search("\n".join(plan))]
    assert [s for s in whole if THE_TRAIL not in s and not THE_NEWEST.search(s)] == []


def test_no_transaction_is_open_while_a_call_is_under_way(day: Make) -> None:
    """Seen from the chat's side: a ledger in memory refuses a second transaction beside one."""
    made: Any = None
    looks = 0

    def look() -> None:
        nonlocal looks
        looks += 1
        with made.rehearsal.ledger.writing() as books:
            assert books.meta.get("nothing") is None

    made = day(before_call=look)
    made.until("08:30")
    assert made.sent() != []
    assert looks > len(made.sent())


@pytest.mark.slow
def test_what_is_known_without_asking_is_what_would_be_answered(
    day: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, known = Transaction.ask, 0

    def compared(books: Transaction, query: Query[Any], **values: Hashable) -> Any:  # noqa: ANN401 - whatever is asked
        nonlocal known
        if (found := books.known(query, **values)) is not None:
            known += 1
            books.say_rest()
            nothing = Transaction(books.conn, books._driver)  # noqa: SLF001 - it has no other way
            assert asked(nothing, query, **values) == found[0]
        return asked(books, query, **values)

    monkeypatch.setattr(Transaction, "ask", compared)
    made = day(seed=7, groups="desk other", starts="07:50", tell="mara")
    made.fault("error_after", on=["remove"], next=2)
    made.until("08:10")
    made.grant("dora", until=timedelta(hours=2))
    made.human("leave", "ben")
    made.fault("timeout_after", next=3)
    made.until("10:20")
    assert made.unlawful() == []
    assert known > 1000
