"""close, and reopen of a group: what they say, who confirms, and that the engine does it."""

from datetime import timedelta
from typing import Any, TypeAlias

import pytest

Office: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""
Watch: TypeAlias = Any

CLOSE = ("close", "acme", "--message", "Thank you all.", "--reason", "project over")


def test_closing_says_who_leaves_and_who_stays_before_it_acts(office: Office) -> None:
    found = office.run(*CLOSE, "--yes")
    assert found.stderr == (
        "The message is said in acme; then Chen leaves. Mara stays."
        " 2 whom nobody wrote down stay. Nobody is added any more.\n"
    )
    assert "acme is closed." in found.stdout
    again = office.run(*CLOSE, "--yes")
    assert "was closed already, so nothing is new" in again.stdout


def test_without_a_yes_or_with_a_dry_run_nothing_is_closed(office: Office) -> None:
    assert office.run(*CLOSE).exit_code == 2
    dry = office.run(*CLOSE, "--dry-run", "--everyone")
    assert (dry.exit_code, "2 whom nobody wrote down leave too" in dry.stderr) == (0, True)
    ledger = office.ledger()
    with ledger.reading() as books:
        assert books.closings.all() == {}
    ledger.close()


def test_what_cannot_be_closed_is_refused(office: Office) -> None:
    watched = office.run("close", "trial", *CLOSE[2:], "--yes")
    assert (watched.exit_code, "only watched" in watched.stderr) == (1, True)
    silent = office.run("close", "acme", "--message", " ", "--reason", "x", "--yes")
    assert (silent.exit_code, "Write 1 to 4096" in silent.stderr) == (2, True)
    assert office.run("close", "acm", *CLOSE[2:], "--yes").exit_code == 2


def test_nothing_is_done_by_hand_in_a_closed_group(office: Office) -> None:
    office.run(*CLOSE, "--yes")
    for asked in (
        ("handover", "acme", "--in", "aiko"),
        ("grant", "acme", "--person", "ben", "--ticket", "OPS-7"),
    ):
        found = office.run(*asked, "--reason", "x", "--yes")
        assert found.exit_code == 1
        assert "acme is closed; open it again with `rotation reopen acme`" in found.stderr


@pytest.mark.slow
@pytest.mark.promise("P-moved")
def test_a_group_closed_and_opened_again_by_commands(watch: Watch) -> None:
    def later(minutes: int = 2) -> set[str]:
        watch.wait(watch.rehearsal.now + timedelta(minutes=minutes))
        return {str(p) for p in watch.inside("acme")}

    assert watch.run(*CLOSE, "--yes").exit_code == 0
    opened = watch.run("reopen", "acme", "--reason", "not yet", "--yes")
    assert "acme is open again." in opened.stdout
    assert later() == {"chen", "mara"}
    assert watch.run(*CLOSE, "--yes").exit_code == 0
    assert later() == {"mara"}
    refused = watch.run("reopen", "acme", "--reason", "too late", "--yes")
    assert (refused.exit_code, "closed for good" in refused.stderr) == (1, True)
    assert later(600) == {"mara"}
    told = watch.run("history", "--group", "acme").stdout
    assert "Chen was removed (closed" in told
    assert "everyone but the kept has left the closed group" in told
    assert "that the group is closed was taken back" in told
    assert watch.run("status", "acme").stdout.startswith("acme (closed, as of ")
    assert "acme" not in watch.run("next", "acme").stdout
