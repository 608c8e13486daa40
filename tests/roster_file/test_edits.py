"""An edit changes the lines it means, and no other."""

import difflib
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation.core.roster import GroupId
from rotation.core.timeline import Timeline
from rotation.roster_file import Snapshot, read_snapshot
from rotation.roster_file.edit import Edited, Opened, edit_in
from rotation.roster_file.edit.surgery import rewritten, same
from rotation.roster_file.problems import UnreadableError
from rotation.roster_file.tree import Data, Tree, read

pytestmark = pytest.mark.promise("P-edits")

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
PEOPLE = """\
# who is who
people:
  # Lisbon
  ana: {name: Ana Reis,   phone: "+351 91 234 5601", zone: Europe/Lisbon}  # 2019
  ben: {name: 'Ben Hale', phone: "+44 7700 900102"}

  # New York
  cho:
    name: Cho Park        # she
    phone: "+1 212 555 0103"
"""
DESK = """\
team: desk
tell: [cho]   # hears of it

shifts:
  # by day
  day:
    zone: Europe/Lisbon
    hours: 08:00 to 16:00   # as agreed
    turns: {change: every week, from: 2026-01-05, order: [ana, ben]}

  night:
    zone: Europe/Lisbon
    hours: 16:00 to 08:00
    turns:
      change: every week
      from: 2026-01-05
      order:
        - cho   # first
        - ben

groups:
  acme: {account: main, chat: 12036304123401@g.us, shifts: [day, night], pins: [cho]}

  # not yet
  globex:
    account: main
    chat: 12036304123402@g.us
    shifts: [
      day,   # in the sun
      night,
    ]
"""
CHO = b'cho: {name: Cho Park, phone: "+1 212 555 0103", zone: America/New_York}\n'
FILES: Snapshot = (
    ("schedules/desk.yaml", DESK.encode()),
    ("schedules/people.yaml", PEOPLE.encode()),
)


def edit(text: str, files: Snapshot = FILES) -> Edited:
    return Opened(files).edited(edit_in("edit.yaml", text.encode()), NOW)


def lines(text: str, files: Snapshot = FILES) -> list[str]:
    """What an edit does to the lines of the files, as a diff tells it."""
    found = edit(text, files)
    assert not found.problems, found.problems
    said = []
    for (name, old), (_, new) in zip(files, found.files, strict=True):
        told = difflib.unified_diff(
            old.decode().splitlines(), new.decode().splitlines(), name, name, n=0, lineterm=""
        )
        said += [one for one in told if not one.startswith(("---", "+++", "@@"))]
    return said


def test_a_new_person_is_one_line_in_the_columns_of_the_others() -> None:
    files = (FILES[0], ("people.yaml", PEOPLE.partition("cho:")[0].encode() + CHO))
    assert lines("people: {dia: {name: Dia Roy, phone: '+44 7700 900109'}}", files) == [
        '+  dia: {name: Dia Roy,  phone: "+44 7700 900109"}'
    ]


def test_a_value_keeps_its_quotes_its_comment_and_the_columns_behind_it() -> None:
    said = lines("people: {ana: {name: Ana Maria Reis}, ben: {name: Ben}, cho: {name: Cho P}}")
    assert said == [
        '-  ana: {name: Ana Reis,   phone: "+351 91 234 5601", zone: Europe/Lisbon}  # 2019',
        '-  ben: {name: \'Ben Hale\', phone: "+44 7700 900102"}',
        '+  ana: {name: Ana Maria Reis, phone: "+351 91 234 5601", zone: Europe/Lisbon}  # 2019',
        '+  ben: {name: \'Ben\', phone: "+44 7700 900102"}',
        "-    name: Cho Park        # she",
        "+    name: Cho P           # she",
    ]  # fmt: skip


def test_hours_days_and_zone_of_a_shift() -> None:
    said = lines("shifts: {day: {hours: 09:00 to 17:00, days: [mon, tue], zone: Europe/London}}")
    assert said == [
        "-    zone: Europe/Lisbon",
        "-    hours: 08:00 to 16:00   # as agreed",
        "+    zone: Europe/London",
        "+    hours: 09:00 to 17:00   # as agreed",
        "+    days: [mon, tue]",
    ]


def test_a_group_is_adopted_by_one_word() -> None:
    assert lines("groups: {globex: {mode: managed, pins: [ana]}}") == [
        "+    mode: managed", "+    pins: [ana]",
    ]  # fmt: skip
    assert lines("groups: {acme: {mode: managed, pins: null}}") == [
        "-  acme: {account: main, chat: 12036304123401@g.us, shifts: [day, night], pins: [cho]}",
        "+  acme: {account: main, chat: 12036304123401@g.us, shifts: [day, night], mode: managed}",
    ]  # fmt: skip


def test_a_new_group_looks_like_the_one_above_it() -> None:
    said = lines("groups: {new: {account: main, chat: 12036304123409@g.us, shifts: [day]}}")
    assert said == [
        "+", "+  new:", "+    account: main", "+    chat: 12036304123409@g.us",
        "+    shifts: [day]",
    ]  # fmt: skip


def test_lists_in_several_lines_keep_their_lines_and_comments() -> None:
    assert lines("groups: {globex: {shifts: [night]}}") == ["-      day,   # in the sun"]
    new = "shifts: {eve: {zone: UTC, hours: 16:00 to 20:00, everyone: [ana]}}\n"
    said = lines(new + "groups: {globex: {shifts: [day, eve, night]}}")
    assert [one for one in said if "eve," in one] == ["+      eve,"]
    order = lines("turn: anew\nshifts: {night: {turns: {order: [ana, cho, ben]}}}")
    assert order == ["+        - ana"]


def test_whoever_leaves_stands_in_no_list_any_more() -> None:
    assert lines("leaves: [cho]\nturn: anew") == [
        "-tell: [cho]   # hears of it",
        "-        - cho   # first",
        "-  acme: {account: main, chat: 12036304123401@g.us, shifts: [day, night], pins: [cho]}",
        "+  acme: {account: main, chat: 12036304123401@g.us, shifts: [day, night]}",
        "-  cho:",
        "-    name: Cho Park        # she",
        '-    phone: "+1 212 555 0103"',
    ]


def test_time_off_and_cover_are_added_and_taken_back() -> None:
    change = "{cover: ana, by: ben, from: 2026-12-01, to: 2026-12-05, reason: holiday}"
    first = edit(f"changes: [{change}]")
    assert lines(f"changes: [{change}]") == ["+", "+changes:", f"+  - {change}"]
    assert lines(f"changes: [{change}]", first.files) == []
    off = "{off: cho, from: 2026-12-24}"
    second = edit(f"changes: [{off}]", first.files)
    assert lines(f"takes_back: [{change}]", second.files) == [f"-  - {change}"]
    assert edit(f"takes_back: [{change}]", first.files).files == FILES
    assert f"-  - {off}" in lines("leaves: [cho]\nturn: anew", second.files)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("groups: {acmee: null}", "there is no group `acmee`. Did you mean `acme`?"),
        ("leaves: [chu]", "there is no person `chu`. Did you mean `cho`?"),
        ("file: dsk.yaml\ntell: [ana]", "no roster file `dsk.yaml`. Did you mean `desk.yaml`?"),
        ("weekly: {at: mon 08:00, zone: UTC}", "`weekly` could go into several files. Add `file:`"),
        ("takes_back: [{off: ana, from: 2026-12-01}]", "there is no such change in the files"),
        ("people: {ana: {phone: '12'}}", "people.yaml:4:34: `12` has no country code"),
        ("shifts: {day: {turns: {order: [ana, bem]}}}", "there is no person `bem`. Did you mean"),
        ("people: {ana: null}", "there is no person `ana`"),
        ("shifts: {day: {everyone: [ana]}}", "a shift needs either `turns` or `everyone`"),
    ],
)  # fmt: skip
def test_an_edit_that_fits_nowhere_is_named_with_its_remedy(text: str, said: str) -> None:
    assert any(said in str(problem) for problem in edit(text).problems)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1]", "this is no edit"),
        ("peple: {}", "`peple` is no key of an edit"),
        ("turn: later", "`later` says nothing of turns"),
        ("people: [ana]", "under `people` are names"),
        ("leaves: ana", "`leaves` is no list"),
        ("leaves: [1]", "`leaves` is no name"),
        ("a: [", "edit.yaml:1:5: this is not YAML"),
    ],
)
def test_what_is_no_edit_is_refused_before_any_file_is_looked_at(text: str, said: str) -> None:
    with pytest.raises(UnreadableError, match=said.replace("[", r"\[")):
        edit_in("edit.yaml", text.encode())


def test_an_edit_may_mend_a_roster_with_a_mistake() -> None:
    broken = (FILES[0], ("schedules/people.yaml", PEOPLE.replace("+44 7700", "44 7700").encode()))
    assert edit("groups: {acme: {mode: managed}}", broken).problems
    assert not edit("people: {ben: {phone: '+44 7700 900102'}}", broken).problems


def test_endings_of_lines_and_the_mark_of_the_encoding_stay() -> None:
    content = b"\xef\xbb\xbf" + (PEOPLE + DESK).replace("\n", "\r\n").encode()
    found = edit("groups: {globex: {mode: managed}}\nleaves: [ana]", (("a.yaml", content),))
    assert not found.problems
    new = found.files[0][1]
    assert new.startswith(b"\xef\xbb\xbf# who")
    assert new.count(b"\n") == new.count(b"\r\n")


# -- whose turn it is ---------------------------------------------------------------------


def on_duty(files: Snapshot, at: datetime) -> set[str]:
    return set(Timeline(read_snapshot(files)).on_duty(GroupId("acme"), at))


@pytest.mark.parametrize("change", ["every day", "every week", "every 2 weeks", "every month"])
@pytest.mark.parametrize("since", ["2026-01-05", "2026-01-31"])
@pytest.mark.parametrize("on_duty_at_once", [1, 2])
@pytest.mark.parametrize("order", [["ana", "ben", "cho", "dia"], ["dia", "cho", "ana", "ben"]])
def test_whoever_has_the_turn_keeps_it_when_somebody_joins(
    change: str, since: str, on_duty_at_once: int, order: list[str]
) -> None:
    people = "".join(
        f'  {n}: {{name: {n}, phone: "+44 7700 90010{i}"}}\n'
        for i, n in enumerate(("ana", "ben", "cho", "dia", "eva"))
    )
    text = (
        f"people:\n{people}shifts:\n  day: {{zone: UTC, hours: 08:00 to 16:00, days: mon-sat,"
        f" on_duty: {on_duty_at_once}, turns: {{change: {change}, from: {since},"
        f" order: [{', '.join(order)}]}}}}\ngroups:\n  acme: {{account: main,"
        " chat: 12036304123401@g.us, shifts: [day]}\n"
    )
    files = (("a.yaml", text.encode()),)
    found = edit(f"shifts: {{day: {{turns: {{order: [{', '.join([*order, 'eva'])}]}}}}}}", files)
    assert not found.problems
    assert on_duty(found.files, NOW) == on_duty(files, NOW)
    anew = edit(
        f"turn: anew\nshifts: {{day: {{turns: {{order: [{', '.join([*order, 'eva'])}]}}}}}}", files
    )
    assert since in anew.files[0][1].decode()


def test_whoever_is_next_takes_the_turn_of_somebody_who_leaves() -> None:
    before = on_duty(FILES, NOW)
    assert before == {"ana"}
    found = edit("leaves: [ana]")
    assert on_duty(found.files, NOW) == {"ben"}
    assert found.roster is not None


# -- laws ---------------------------------------------------------------------------------

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=12)
VALUES = WORDS | st.booleans() | st.integers(-99, 99) | st.sampled_from(["no", "1e3", "08", "a: b"])
KEYS = st.sampled_from(["a", "b", "c", "d-e", "f.g"])


DATA = st.recursive(
    VALUES,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(KEYS, below, max_size=4),
    max_leaves=12,
)
ROOTS = st.dictionaries(KEYS, DATA, min_size=1, max_size=4)


@settings(max_examples=60)
@given(ROOTS, ROOTS, ROOTS)
def test_any_data_become_any_other(
    one: dict[str, Data], other: dict[str, Data], third: dict[str, Data]
) -> None:
    """Each text is written by the edit before it, so that layouts meet that nobody wrote."""
    text = "z: 1\n"
    for _, target in pairwise(({}, {"z": 1, **one}, {"z": 1, **other}, {"z": 2, **third})):
        text = rewritten(text, target)
        again = read("a.yaml", text.encode())
        assert isinstance(again, Tree), again
        assert same(again.data, target), text
