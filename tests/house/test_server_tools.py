"""The commands that docs/operating.md gives for a ledger on a server do what it says of them."""

import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rotation.core.roster import GroupId
from rotation.ledger import RESTORED_AT, Ledger, current, head


def commands(root: Path, *programs: str) -> list[str]:
    """What the page says to type, of these programs."""
    page = (root / "docs" / "operating.md").read_text(encoding="utf-8")
    found = re.findall(rf"^    ((?:{'|'.join(programs)}) .*)$", page, re.MULTILINE)
    assert len(found) == len(programs)
    return found


@pytest.mark.process
def test_a_dump_restored_as_the_page_says_is_the_ledger_and_waits_for_a_person(
    root: Path,
    tmp_path: Path,
    postgres: Any,  # noqa: ANN401 - a fixture of the tests' own
) -> None:
    at = datetime(2026, 1, 5, 8, tzinfo=UTC)
    dump, *restore = commands(root, "pg_dump", "pg_restore", "psql")

    def typed(command: str, database: str) -> None:
        path = f"{postgres.programs}:{os.environ['PATH']}"
        env = {**os.environ, "PATH": path, "DATABASE": database}
        subprocess.run(["sh", "-c", command], cwd=tmp_path, env=env, check=True, timeout=240)

    with postgres.database() as old, postgres.database("template1") as new:
        ledger = Ledger(old)
        with ledger.writing() as books:
            for n in range(3):
                books.audit.append(
                    at=at, kind="removed", group=GroupId("desk"), person=None, reason=None,
                    origin=f"roster {n}", detail={},
                )  # fmt: skip
        ledger.close()
        typed(dump, old)
        for command in restore:
            typed(command, new)
        assert current(new) == head()
        restored = Ledger(new)
        with restored.reading() as books:
            assert books.audit.verify() is None
            assert len(books.audit.list()) == 3
            told = datetime.fromisoformat(books.meta.get(RESTORED_AT) or "")
            assert told.utcoffset() == timedelta(0)
        restored.close()
        with psycopg.connect(new) as session, pytest.raises(psycopg.IntegrityError, match="never"):
            session.execute("DELETE FROM audit")
