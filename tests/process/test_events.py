"""Events out, by the real daemon in real time: signed, in order, and through a kill."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest

from tests.process.receiver import SECRET, Receiver, receiving

pytestmark = pytest.mark.process
MakeSite: TypeAlias = Callable[..., Any]
ALWAYS = """\
shifts:
  always: {zone: UTC, hours: all day, everyone: [ana]}
groups:
  desk:
    {account: main, chat: 120363041234567001@g.us, shifts: [always], mode: managed}
"""


@pytest.fixture
def receiver() -> Iterator[tuple[Receiver, str]]:
    with receiving() as found:
        yield found


def test_a_receiver_hears_of_everything_in_order_through_trouble_and_a_kill(
    site: MakeSite, receiver: tuple[Receiver, str]
) -> None:
    (found, url), desk = receiver, site(None, ALWAYS)
    settings = (desk.folder / "rotation.toml").read_text()
    desk.write("rotation.toml", f'{settings}\n[events.crm]\nurl = "{url}"\n')
    how = {"ROTATION_EVENTS__CRM__SECRET": SECRET, "ROTATION_WEB__LISTEN": "off"}
    found.status = 503
    daemon = desk.daemon(**how)
    daemon.waits_for("events are not taken")
    found.status = 204
    found.waits(lambda: any(event["type"] == "member.added" for event in found.heard))
    daemon.kill()
    asked = ("desk", "--person", "ben", "--ticket", "T-1", "--reason", "helps", "--yes")
    given = desk.runs("grant", *asked, "--config", desk.config, **how)
    assert given.ends() == 0, given.err.lines
    again = desk.daemon(**how)
    found.waits(lambda: any(event["type"] == "record.granted" for event in found.heard))
    assert again.stop() == 0
    first = min(found.records)
    assert sorted(set(found.records)) == list(range(first, first + len(set(found.records))))
    assert found.records.index(max(found.records)) >= len(set(found.records)) - 1
    assert len(found.ids) - len(set(found.ids)) <= 20
    assert SECRET not in "".join([*daemon.err.lines, *again.err.lines])
