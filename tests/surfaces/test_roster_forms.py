"""Forms of the roster page mean edits, and nothing where the files say so already."""

from datetime import UTC, datetime

import pytest

from rotation.roster_file import Snapshot, read_snapshot
from rotation.roster_file.edit import Opened, edit_of
from rotation.surfaces.roster_forms import Edit, Written, written
from rotation.surfaces.web.board.roster import edit_of as meant
from rotation.surfaces.web.board.roster import overview
from rotation.surfaces.web.board.roster_boxes import form_of
from rotation.surfaces.wrong import Unknown, Wrong

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
PEOPLE = """\
people:
  ana: {name: Ana Reis, phone: "+351912345601", zone: Europe/Lisbon}
  ben: {name: Ben Hale, phone: "+351912345602"}
changes:
  - {off: ana, from: 2026-12-24}
"""
DESK = """\
shifts:
  day: {zone: Europe/Lisbon, hours: 08:00 to 16:00, days: [mon, tue], turns: {change: every week, from: 2026-01-05, order: [ana, ben]}}
  late: {zone: Europe/Lisbon, hours: 16:00 to 20:00, everyone: [ben]}
groups:
  acme: {account: main, chat: 120363041234567001@g.us, shifts: [day, late], pins: [ben], keep_at_least: 2, language: pt}
"""  # noqa: E501 - as people write it
FILES: Snapshot = (("x/desk.yaml", DESK.encode()), ("x/people.yaml", PEOPLE.encode()))


@pytest.fixture(scope="module")
def known() -> Written:
    return written(Opened(FILES), NOW)


def filled(known: Written, section: str, key: str = "", like: str = "") -> dict[str, list[str]]:
    """What a browser sends of a form that nobody typed into."""
    found: dict[str, list[str]] = {}
    for box in form_of(known, section, key, like).boxes:
        if box.options:
            found[box.name] = [one.value for one in box.options if one.chosen]
        else:
            found[box.name] = [box.value]
    return found


def files_with(edit: Edit) -> str:
    """All files after the edit, which has to be a good one."""
    found = Opened(FILES).edited(edit_of(edit), NOW)
    assert not found.problems, found.problems
    return "\n".join(content.decode() for _, content in found.files)


@pytest.mark.parametrize(
    ("section", "key"),
    [("people", "ana"), ("shifts", "day"), ("shifts", "late"), ("groups", "acme")],
)
def test_a_form_that_nobody_typed_into_changes_nothing(
    known: Written, section: str, key: str
) -> None:
    assert meant(known, section, key, filled(known, section, key)) == {}


def test_whoever_shares_a_name_is_called_by_their_key(known: Written) -> None:
    """Two Bens, a name with a comma, and one that is somebody else's key stay who they are."""
    people = PEOPLE.replace(
        "changes:",
        '  ben2: {name: ben hale, phone: "+351912345603"}\n'
        '  cho: {name: "Park, Cho", phone: "+351912345604"}\n'
        '  dia: {name: Ana, phone: "+351912345605"}\nchanges:',
    )
    desk = DESK.replace("order: [ana, ben]", "order: [ben, ben2, cho, dia, ana]")
    found = written(Opened((("desk.yaml", desk.encode()), ("people.yaml", people.encode()))), NOW)
    form = filled(found, "shifts", "day")
    assert form["people"] == ["ben\nben2\ncho\nAna\nAna Reis"]
    assert meant(found, "shifts", "day", form) == {}


def test_a_new_agent_comes_last_in_the_shifts_that_are_ticked(known: Written) -> None:
    form = {"name": ["Zoë Ali"], "phone": ["+44 7700 900130"], "shift": ["day", "late"]}
    edit = meant(known, "people", "", form)
    assert edit == {
        "people": {"zoe-ali": {"name": "Zoë Ali", "phone": "+44 7700 900130"}},
        "shifts": {
            "day": {"turns": {"order": ["ana", "ben", "zoe-ali"]}},
            "late": {"everyone": ["ben", "zoe-ali"]},
        },
        "file": "people.yaml",
    }
    assert "order: [ana, ben, zoe-ali]" in files_with(edit)


def test_somebody_is_changed_taken_off_a_shift_or_leaves(known: Written) -> None:
    form = filled(known, "people", "ana") | {"zone": [""], "role": ["lead"], "shift": ["late"]}
    assert meant(known, "people", "ana", form) == {
        "people": {"ana": {"zone": None, "role": "lead"}},
        "shifts": {"day": {"turns": {"order": ["ben"]}}, "late": {"everyone": ["ben", "ana"]}},
        "file": "people.yaml",
    }
    assert meant(known, "people", "ben", {**form, "do": ["leaves"]}) == {"leaves": ["ben"]}


def test_another_order_may_begin_later_and_what_has_begun_is_what_a_form_shows(
    known: Written,
) -> None:
    form = filled(known, "shifts", "day") | {"people": ["ben"], "effective": ["after-turn"]}
    edit = meant(known, "shifts", "day", form)
    assert edit == {"shifts": {"day": {"turns": {"order": ["ben"]}}}, "effective": "after-turn"}
    then = DESK.replace("[ana, ben]}}", "[ana, ben]}, then: [{from: 2026-02-02, everyone: [ben]}]}")
    later = written(Opened((("x/desk.yaml", then.encode()), FILES[1])), NOW)
    assert filled(later, "shifts", "day")["people"] == ["Ben Hale"]
    hours = filled(known, "shifts", "day") | {"zone": ["UTC"], "effective": ["after-turn"]}
    assert meant(known, "shifts", "day", hours) == {"shifts": {"day": {"zone": "UTC"}}}


def test_hours_days_and_the_order_of_a_shift(known: Written) -> None:
    form = filled(known, "shifts", "day") | {
        "hours": ["09:00 to 17:00"], "days": ["mon, wed"], "people": ["Ben Hale\nana"],
        "change": ["every day"],
    }  # fmt: skip
    edit = meant(known, "shifts", "day", form)
    assert edit == {
        "shifts": {
            "day": {
                "hours": "09:00 to 17:00", "days": ["mon", "wed"],
                "turns": {"order": ["ben", "ana"], "change": "every day"},
            }
        }
    }  # fmt: skip
    assert "days: [mon, wed], turns: {change: every day" in files_with(edit)


def test_a_new_shift_has_turns_from_a_date_or_everybody(known: Written) -> None:
    form = filled(known, "shifts") | {
        "key": ["night"], "hours": ["20:00 to 08:00"], "people": ["ana, Ben Hale"]
    }  # fmt: skip
    edit = meant(known, "shifts", "", form)
    turns = {"change": "every week", "from": "2026-11-27", "order": ["ana", "ben"]}
    told = {"zone": "Europe/Lisbon", "hours": "20:00 to 08:00", "days": "every day"}
    assert edit == {"shifts": {"night": {**told, "turns": turns}}, "file": "desk.yaml"}
    assert "night: {zone: Europe/Lisbon, hours: 20:00 to 08:00" in files_with(edit)
    edit = meant(known, "shifts", "", form | {"change": [""]})
    assert edit["shifts"] == {"night": {**told, "everyone": ["ana", "ben"]}}
    files_with(edit)


def test_a_shift_goes_out_of_its_groups_too_and_a_group_by_itself(known: Written) -> None:
    edit = meant(known, "shifts", "late", {"do": ["out"]})
    assert edit == {"shifts": {"late": None}, "groups": {"acme": {"shifts": ["day"]}}}
    assert "late" not in files_with(edit)
    assert "acme" not in files_with(meant(known, "groups", "acme", {"do": ["out"]}))


def test_a_group_is_changed_adopted_and_made_like_another(known: Written) -> None:
    form = filled(known, "groups", "acme")
    changed = form | {"keep_at_least": ["1"], "pins": ["Ana Reis, ben"], "shift": ["late"]}
    assert meant(known, "groups", "acme", changed) == {
        "groups": {"acme": {"keep_at_least": 1, "pins": ["ana", "ben"], "shifts": ["late"]}}
    }
    assert meant(known, "groups", "acme", {**form, "do": ["adopt"]}) == {
        "groups": {"acme": {"mode": "managed"}}
    }
    like = filled(known, "groups", "", "acme")
    assert like["chat"] == [""]
    like |= {"key": ["new"], "chat": ["120363041234567009@g.us"], "pins": [""]}
    edit = meant(known, "groups", "", like, "acme")
    assert edit == {
        "groups": {
            "new": {
                "account": "main", "shifts": ["day", "late"], "keep_at_least": 2, "language": "pt",
                "chat": "120363041234567009@g.us",
            }
        },
        "file": "desk.yaml",
    }  # fmt: skip
    assert "new" in read_snapshot(Opened(FILES).edited(edit_of(edit), NOW).files).groups


def test_a_change_of_the_files_is_taken_back_by_its_place(known: Written) -> None:
    edit = meant(known, "changes", "", {"change": ["0"]})
    assert "changes" not in files_with(edit)
    for place in ("1", "-1", "x", ""):
        with pytest.raises(Unknown):
            meant(known, "changes", "", {"change": [place]})


def test_what_there_is_not_is_named(known: Written) -> None:
    with pytest.raises(Unknown, match="there is no `anna` under `people`"):
        form_of(known, "people", "anna")
    with pytest.raises(Unknown):
        form_of(known, "changes", "")
    with pytest.raises(Wrong, match="the new shift has no name"):
        meant(known, "shifts", "", {})
    with pytest.raises(Wrong, match="there is a shift `day` already"):
        meant(known, "shifts", "", {"key": ["day"]})
    with pytest.raises(Unknown, match="no `nights`"):
        meant(known, "people", "", {"name": ["Zoe"], "shift": ["nights"]})
    with pytest.raises(Wrong, match="the new group has no name"):
        meant(known, "groups", "", {})
    with pytest.raises(Wrong, match="there is a group `acme` already"):
        meant(known, "groups", "", {"key": ["acme"]})


def test_the_page_lists_everything_by_name_and_shows_no_number(known: Written) -> None:
    found = overview(known, "")
    assert [[e.title for e in part.entries] for part in found.sections] == [
        ["Ana Reis", "Ben Hale"], ["day", "late"], ["acme"],
    ]  # fmt: skip
    assert found.changes[0].said == "off: ana, from: 2026-12-24"
    assert "9123456" not in repr(found) + repr(form_of(known, "people", "ana"))
    assert [len(part.entries) for part in overview(known, "BEN").sections] == [1, 0, 0]
