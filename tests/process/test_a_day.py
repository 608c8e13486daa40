"""A day at the desk in the real process, ended as an operator ends it."""

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]


@pytest.mark.promise("P-handover", "A2")
def test_a_day_of_handovers_ends_proven(site: MakeSite) -> None:
    desk = site("07:50")
    daemon = desk.daemon()
    seen = []
    for clock in ("08:10", "16:10", "24:10", "32:10"):
        desk.until(clock, daemon)
        seen.append(desk.world.inside())
    assert seen == [{"ben"}, {"chen"}, {"ana"}, {"ben"}]
    desk.world.is_lawful()
    assert daemon.stop() == 0
    desk.is_whole()
    with desk.books() as books:
        rows = books.handovers.of()
    assert len(rows) == 5
    assert all(row.proven_at is not None for row in rows)


@pytest.mark.promise("S14", "P-operator")
def test_the_log_is_json_and_has_one_line_for_each_effect(site: MakeSite) -> None:
    desk = site("07:50")
    desk.world.fault("error_after", on=["add", "remove"], next=2)
    daemon = desk.daemon()
    desk.until("24:10", daemon)
    assert daemon.stop() == 0
    assert daemon.complaint == ""
    said = [(line["event"], line["person"]) for line in daemon.told() if line.get("person")]
    effects = [(kind, who) for kind, who in said if kind in ("added", "removed")]
    assert sorted(effects) == [
        *(("added", who) for who in ("ana", "ana", "ben", "chen")),
        *(("removed", who) for who in ("ana", "ben", "chen", "chen")),
    ]
    attempts = [kind for kind, _ in said if kind.startswith(("add_", "remove_"))]
    assert len(attempts) == len(desk.world.calls("add", "remove"))
