"""What somebody asked for and was refused stands in the history, with who asked and why not."""

from contextlib import closing
from datetime import datetime
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import GroupId, PersonId

Office: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""
BY = ("--reason", "she asked for it", "--author", "mara")


def refused(office: Office) -> list[Any]:
    with closing(office.ledger()) as ledger, ledger.reading() as books:
        assert books.audit.verify() is None
        return list(books.audit.list(kind="refused"))


@pytest.fixture
def with_a_leaver(office: Office, monday: datetime) -> Office:
    with closing(office.ledger()) as ledger, ledger.writing() as books:
        books.leavers.mark(PersonId("fay"), "mara", "left", monday)
    return office


@pytest.mark.promise("S15")
@pytest.mark.parametrize(
    ("command", "ends", "person", "why"),
    [
        (("handover", "acme", "--in", "fay", "--yes"), 1, "fay", "Fay is a leaver"),
        (("handover", "trial", "--out", "chen", "--yes"), 1, "chen", "trial is only watched"),
        (("grant", "acme", "--person", "fay", "--yes"), 1, "fay", "Fay is a leaver"),
        (("reinstate", "emil"), 1, "emil", "emil is no leaver"),
        (("wipe", "+15550100999", "--yes"), 1, None, "the number of the account main itself"),
        (("release", "1"), 1, "aiko", "hold 1 (mode) is over already"),
    ],
)
def test_a_refusal_is_kept_with_who_asked_for_what_and_why_not(
    with_a_leaver: Office, command: tuple[str, ...], ends: int, person: str | None, why: str
) -> None:
    office = with_a_leaver
    assert office.run(*command, *BY).exit_code == ends
    (record,) = refused(office)
    assert (record.origin, record.person) == ("mara by hand", person)
    assert record.detail["command"] == command[0]
    assert record.detail["asked"] == "she asked for it"
    assert why in record.detail["why"]
    assert f"a command was refused: {command[0]} (" in office.text("history", "--limit", "1")


def test_what_several_groups_refuse_is_kept_for_each(office: Office) -> None:
    office.run("handover", "acme", "trial", "--in", "mara", "--yes", *BY)
    assert {record.group for record in refused(office)} == {GroupId("acme"), GroupId("trial")}


def test_what_is_done_or_only_looked_at_is_no_refusal(with_a_leaver: Office) -> None:
    office = with_a_leaver
    office.text("handover", "acme", "--in", "emil", "--yes", *BY)
    office.run("wipe", "+15550100999", "--dry-run")
    assert refused(office) == []
