"""The engine on a ledger in PostgreSQL: it does what it does anywhere, and holds nothing open."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import pytest

from rotation.ledger import move, upgrade
from rotation.wiring.mortal import MortalLedger

Make: TypeAlias = Callable[..., Any]
OPEN = """
    SELECT application_name, query FROM pg_stat_activity
    WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
"""


def a_hard_day(
    day: Make,
    death: Make,
    in_between: Callable[[Any], None] = lambda _made: None,
    **how: object,
) -> Any:  # noqa: ANN401 - the rehearsal of conftest
    """From 07:30 until the same time tomorrow, with faults, two deaths and a hand."""
    made = day(death=death(at_commits=[9, 40], at_answers=[12]), seed=7, **how)
    made.fault("error_after", on=["remove"], next=2)
    made.until("12:00")
    made.grant("dora", until=timedelta(hours=2))
    made.human("leave", "ben")
    in_between(made)
    made.until("16:30")
    made.fault("timeout_after", next=3)
    return made.until("23:59").after(hours=7, minutes=31)


@pytest.mark.slow
@pytest.mark.promise("P-handover", "P-server")
def test_a_day_leaves_the_same_trail_in_either_database(
    day: Make,
    death: Make,
    postgres: Any,  # noqa: ANN401 - a fixture of the tests' own
) -> None:
    in_memory = a_hard_day(day, death)
    with postgres.database() as url:
        on_server = a_hard_day(day, death, ledger=url)
        assert on_server.unlawful() == []
        assert on_server.death.commits == in_memory.death.commits > 40
        assert on_server.sent() == in_memory.sent()
        assert on_server.attempts() == in_memory.attempts()
        assert on_server.audit() == in_memory.audit()
        assert on_server.seats() == in_memory.seats()
        on_server.rehearsal.ledger.close()


@pytest.mark.slow
@pytest.mark.promise("P-copy")
def test_a_day_begun_in_a_file_goes_on_on_a_server_as_if_nothing_had_been(
    day: Make,
    death: Make,
    tmp_path: Path,
    postgres: Any,  # noqa: ANN401 - a fixture of the tests' own
) -> None:
    file = f"sqlite:///{tmp_path / 'rotation.db'}"
    upgrade(file)
    stayed = a_hard_day(day, death)
    with postgres.database() as url:

        def moves(made: Any) -> None:  # noqa: ANN401 - the rehearsal of conftest
            made.rehearsal.ledger.close()
            moved = move(file, url, made.now)
            assert moved.rows["attempts"] == len(made.attempts()) > 0
            assert moved.last is not None
            assert moved.last.seq == moved.rows["audit"]
            made.rehearsal.ledger = MortalLedger(made.death, url)
            made.rehearsal.restart()

        went_on = a_hard_day(day, death, moves, ledger=file)
        assert went_on.unlawful() == []
        assert went_on.sent() == stayed.sent()
        assert went_on.audit() == stayed.audit()
        assert went_on.seats() == stayed.seats()
        went_on.rehearsal.ledger.close()


@pytest.mark.promise("S10")
def test_no_transaction_is_open_while_a_call_is_under_way(
    day: Make,
    postgres: Any,  # noqa: ANN401 - a fixture of the tests' own
) -> None:
    with postgres.database() as url, psycopg.connect(url, autocommit=True) as watch:
        looks, found = 0, []

        def look() -> None:
            nonlocal looks
            looks += 1
            found.extend(watch.execute(OPEN).fetchall())

        made = day(ledger=url, before_call=look).until("08:05")
        assert made.sent() == ["add ben", "remove ana"]
        assert looks >= 5
        assert found == []
        made.rehearsal.ledger.close()
