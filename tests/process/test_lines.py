"""The real daemon over a line on which calls go wrong as only lines can make them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Kind
from rotation.core.outcome import Accepted, InDoubt

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]
Hourly: TypeAlias = Any
"""A desk where one agent follows another at every full hour."""
BAD_LINE = Path(__file__).with_name("bad_line.py")

WHOLE = ("late", "cut_after_the_answer")
"""The answer comes whole all the same."""
UNSENT = ("refused", "lost")
"""The server never hears of the call."""
DOUBTFUL = (
    *("silent", "dripping", "garbage", "tls_garbage", "half_closed"),
    *("cut_before_the_answer", "cut_before_the_body", "cut_in_the_body"),
)
"""The server has acted, and no answer of it arrives whole."""
WAYS = (*WHOLE, *UNSENT, *DOUBTFUL)


def on_a_bad_line(desk: Any) -> Any:  # noqa: ANN401 - a site, and its daemon
    """The daemon's line to the sandbox is the bad one."""
    line = desk.runs(desk.world.url, "orders", by=(str(BAD_LINE),))
    line.hears("http")
    settings = (desk.folder / "rotation.toml").read_text()
    desk.write("rotation.toml", settings.replace(desk.world.url, line.out.lines[0].strip()))
    return desk.daemon()


@pytest.mark.promise("F15", "F12", "C1", "A2")
@pytest.mark.parametrize("call", ["remove", "@g.us"])
def test_whatever_a_line_does_to_a_call_it_ends_in_time_and_the_handover_is_proven(
    site: MakeSite, hourly: Hourly, call: str
) -> None:
    desk = site("00:02", hourly.desk, people=hourly.people)
    daemon = on_a_bad_line(desk)
    desk.until("0:59", daemon)
    ways = [way for way in WAYS if call == "remove" or way not in ("lost", "dripping")]
    for hour, way in enumerate(ways, start=1):
        before = len(desk.world.calls("remove"))
        desk.write("orders", f"{way} {call}")
        desk.until(f"{hour}:59", daemon)
        assert daemon.runs, daemon.complaint
        assert not (desk.folder / "orders").exists(), f"no {call} came by"
        assert desk.world.inside() == hourly.who(hour)
        assert desk.holds() == set()
        desk.world.is_lawful()
        heard = len(desk.world.calls("remove")) - before
        assert heard == 1, f"{way}: what may have been done is read before it is done again"
        with desk.books() as books:
            tried = [a for a in books.attempts.of() if a.kind is Kind.REMOVE][: 1 + (way in UNSENT)]
        if call == "remove":
            doubted = isinstance(tried[-1].outcome, InDoubt)
            assert doubted == (way not in WHOLE), f"{way}: {tried[-1].outcome}"
        else:
            assert isinstance(tried[0].outcome, Accepted)
    assert daemon.stop() == 0
    desk.is_whole()
