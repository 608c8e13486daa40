"""diff without a folder: what the files would change of the roster in force."""

import json
from typing import Any, TypeAlias

import pytest

from rotation.surfaces.cli.frame import app

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


@pytest.mark.promise("R-7", "Z15")
@pytest.mark.parametrize(
    ("written", "instead", "moved"),
    [
        ("order: [chen, dora]", "order: [chen, aiko, dora]", [("aiko", "dora"), ("dora", "chen")]),
        ("Europe/Lisbon", "Europe/Berlin", [("chen", ""), ("", "chen")]),
    ],
    ids=["order", "zone"],
)
def test_what_an_edit_would_move_is_shown_before_it_is_adopted(
    office: Office, written: str, instead: str, moved: list[tuple[str, str]]
) -> None:
    """Of a changed order the turns that are another's, of a changed zone the hours."""
    old, new = office.folder / "old", office.folder / "new"
    for folder, text in ((old, EDITED), (new, EDITED.replace(written, instead))):
        folder.mkdir()
        (folder / "desk.yaml").write_text(text)
    window = ("--from", "2026-01-05T00:00Z", "--until", "2026-01-08T00:00Z")
    found = office.runner.invoke(app("diff"), ["diff", str(old), str(new), *window, "--json"])
    moves = json.loads(found.stdout)["moves"]
    assert [(" ".join(m["on"]), " ".join(m["off"])) for m in moves][:2] == moved


EDITED = """\
people:
  chen: {name: Chen, phone: "+351910000002"}
  dora: {name: Dora, phone: "+351910000003"}
  aiko: {name: Aiko, phone: "+351910000004"}
shifts:
  europe:
    zone: Europe/Lisbon
    hours: 08:00 to 16:00
    turns: {change: every day, from: 2026-01-05, order: [chen, dora]}
groups:
  acme: {account: main, chat: 120363041234567001@g.us, shifts: [europe], mode: managed}
"""
