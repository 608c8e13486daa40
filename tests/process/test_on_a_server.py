"""The real daemon on a ledger in PostgreSQL: alone there, killed, and cut off from its server."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import psycopg
import pytest

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]
END_ALL = """
    SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture
def desk(site: MakeSite, postgres: Any) -> Iterator[Any]:  # noqa: ANN401 - of the tests' own
    """A site whose ledger is a database in which nothing is yet."""
    with postgres.database("template1") as url:
        made = site("07:50", ledger=url)
        yield made
        for program in made._programs:  # noqa: SLF001 - before their database is gone
            if program.runs:
                program.kill()


@pytest.mark.promise("S10", "P-handover", "P-server", "F27", "F30")
def test_a_day_on_a_server_with_a_rival_a_kill_and_a_lost_server(desk: Any) -> None:  # noqa: ANN401 - of the tests' own
    daemon = desk.daemon()
    desk.until("08:10", daemon)
    assert desk.world.inside() == {"ben"}

    rival = desk.runs("run", "--config", desk.config)
    assert rival.ends() == 3
    assert (
        f"another daemon runs on this database: process {daemon.process.pid} on" in rival.complaint
    )

    with psycopg.connect(desk.ledger, autocommit=True) as admin:
        admin.execute(END_ALL)
    desk.until("16:10", daemon)
    assert desk.world.inside() == {"chen"}

    daemon.kill()
    daemon = desk.daemon()
    desk.until("24:10", daemon)
    assert desk.world.inside() == {"ana"}

    desk.world.is_lawful()
    assert daemon.stop() == 0
    desk.is_whole()
    with desk.books() as books:
        assert all(row.proven_at is not None for row in books.handovers.of())
