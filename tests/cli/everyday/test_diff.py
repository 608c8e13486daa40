"""diff without a folder: what the files would change of the roster in force."""

from typing import Any, TypeAlias

Office: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""

FILES = """\
people:
  chen: {name: Chen, phone: "+351910000002"}
shifts:
  europe: {zone: Europe/Lisbon, hours: 08:00 to 16:00, days: every day, everyone: [chen]}
groups:
  acme: {account: main, chat: 120363041234567001@g.us, shifts: [europe], mode: managed}
"""


def test_the_files_are_compared_with_the_roster_in_force(office: Office) -> None:
    (office.folder / "schedules").mkdir(exist_ok=True)
    (office.folder / "schedules" / "desk.yaml").write_text(FILES)
    told = office.json("diff", "--from", "2026-01-05T00:00Z", "--until", "2026-01-06T00:00Z")
    assert told["groups_gone"] == ["bolt", "trial"]
    assert "aiko" in told["people_gone"]
    assert [m["off"] for m in told["moves"] if m["group"] == "acme"] == [["aiko"], ["emil"]]
