"""Real daemons on one ledger in PostgreSQL: one works, others stand by, and take over."""

import signal
from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeAlias

import psycopg
import pytest

from rotation.core.facts import Attempt
from tests.process.waiting import in_time

pytestmark = [
    pytest.mark.process,
    pytest.mark.parametrize("ledger", ["postgresql"], indirect=True),
]
MakeSite: TypeAlias = Callable[..., Any]
END_ALL = """
    SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
OURS = "the account is ours"


@pytest.fixture
def desk(ledger: str, site: MakeSite) -> Any:  # noqa: ANN401 - of the tests' own
    """A site whose ledger is a database in which nothing is yet."""
    return site("07:50", ledger=ledger)


def overlapping(attempts: list[Attempt]) -> list[tuple[Attempt, Attempt]]:
    """Pairs of attempts of which one began before the other had ended."""
    by_time = sorted(attempts, key=lambda a: a.sent_at)
    return [(a, b) for a, b in pairwise(by_time) if a.ended_at is None or b.sent_at < a.ended_at]


@pytest.mark.promise(
    "S9", "S10", "I6", "E-23", "F27", "F30", "P-handover", "P-replicas", "P-server"
)
def test_whoever_is_left_goes_on_when_a_daemon_is_killed_or_stopped(desk: Any) -> None:  # noqa: ANN401 - of the tests' own
    first, second, third = (desk.daemon() for _ in range(3))
    desk.until("08:10", first)
    assert desk.world.inside() == {"ben"}
    first.waits_for(OURS)
    assert not second.told(OURS)
    assert not third.told(OURS)

    with psycopg.connect(desk.ledger, autocommit=True) as admin:
        admin.execute(END_ALL)
    desk.until("15:50", first)
    first.kill()
    desk.until("17:30", second)
    assert desk.world.inside() == {"chen"}

    in_time(lambda: second.told(OURS) or third.told(OURS), "one of them took over")
    after = second if second.told(OURS) else third
    spare = third if after is second else second
    desk.stands_still(after)
    desk.until("25:30", spare)
    assert desk.world.inside() == {"ana"}
    after.send(signal.SIGCONT)
    desk.is_up(after)
    desk.until("26:00", spare)

    desk.world.is_lawful()
    assert spare.stop() == 0
    desk.is_whole()
    with desk.books() as books:
        assert all(row.proven_at is not None for row in books.handovers.of())
        assert overlapping(books.attempts.of()) == []


@pytest.mark.promise("P-replicas", "P-server")
def test_a_daemon_that_is_told_to_stop_hands_over_at_once(desk: Any) -> None:  # noqa: ANN401 - of the tests' own
    first = desk.daemon()
    second = desk.daemon()
    desk.until("07:59", first)
    assert first.stop() == 0
    second.waits_for(OURS)
    assert desk.is_at("07:59")
    desk.until("08:02", second)
    assert desk.world.inside() == {"ben"}
    second.stop()


@pytest.mark.promise("P-replicas", "P-server")
def test_after_a_migration_an_old_daemon_ends_and_says_why(desk: Any) -> None:  # noqa: ANN401 - of the tests' own
    daemon = desk.daemon()
    desk.until("08:10", daemon)
    with psycopg.connect(desk.ledger, autocommit=True) as admin:
        admin.execute("UPDATE alembic_version SET version_num = '9999'")
    desk.until("23:00", daemon)
    assert daemon.ends() == 3
    (said,) = {line["why"] for line in daemon.told("this rotation can do nothing more")}
    assert "made by a newer rotation" in said
