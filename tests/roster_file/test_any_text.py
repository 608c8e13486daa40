"""Whatever stands in a file, reading it gives a roster or problems, and never anything else."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rotation.core.roster import Roster
from rotation.roster_file import RosterErrors, digest, read_snapshot

UNHURRIED = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
"""A busy machine is not a fault of the reader."""

WORDS = (
    *("people", "shifts", "groups", "defaults", "tell", "team", "name", "phone", "zone", "hours"),
    *("days", "on_duty", "turns", "change", "from", "order", "everyone", "account", "chat", "mode"),
    *("always_in", "pins", "goodbye", "text", "texts", "before", "ana", "day", "UTC", "all day"),
    *("every week", "every day", "2026-01-05", "+351 91 234 5601", "08:00 to 16:00", "10 min"),
    *("120363041234567001@g.us", "managed", "mon-fri", "{names}", "Europe/Kiev", "no", "0", "1"),
    *("-1", "1e999", "9" * 5000, "~", "null", "true", "*a", "&a", "!!x", "<<", "? ", "- ", "", " "),
)
words = st.sampled_from(WORDS)
values = st.recursive(
    st.one_of(words, st.integers(), st.none(), st.booleans(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(words, inner, max_size=5)),
    max_leaves=25,
)


def flow(value: object) -> str:
    """`value` as YAML in one line, with words unquoted, as a person in a hurry writes them."""
    match value:
        case dict():
            return "{" + ", ".join(f"{k}: {flow(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(flow(v) for v in value) + "]"
        case _:
            return str(value)


def roster_or_problems(content: bytes) -> Roster | RosterErrors:
    try:
        return read_snapshot((("schedules/a.yaml", content),))
    except RosterErrors as wrong:
        return wrong


def check(content: bytes) -> None:
    match roster_or_problems(content):
        case RosterErrors(problems=problems):
            assert problems
            assert all(p.message and "\n" not in str(p) for p in problems)
            assert all(p.line >= 1 and p.column >= 1 for p in problems)
        case Roster() as found:
            assert len(digest(found)) == 12


@pytest.mark.promise("F25")
@UNHURRIED
@given(st.binary(max_size=400))
@example(b"\xef\xbb\xbf")
@example(b"%YAML 9.9\n--- a")
@example(b"%TAG ! x\n--- !a b")
@example("a: \U0010ffff\u2028\x85".encode())
@example(b"a: " + b"9" * 5000)
@example(b"[" * 3000)
@example(b"{a: " * 3000)
@example(b"- " * 3000)
@example(b"--- |9\n a\n")
@example(b'"\\UFFFFFFFF"')
@example(b'"\\ud800": "\\ud800"')
@example(b"people: {? a : b}\n...\n...\n")
@example(b"!<tag:a> &b c: *b")
def test_any_bytes(content: bytes) -> None:
    check(content)


@UNHURRIED
@given(st.text(st.sampled_from("{}[]:,-?!&*|>%@`#'\"\\ \n\tab1~"), max_size=120))
def test_any_signs(text: str) -> None:
    check(text.encode())


@UNHURRIED
@given(values)
def test_any_words_in_any_shape(value: object) -> None:
    check(flow(value).encode("utf-8", "replace"))


@pytest.mark.promise("F25")
@UNHURRIED
@given(data=st.data())
def test_any_slip_of_the_hand_in_a_good_file(data: st.DataObject, desk: str) -> None:
    at = data.draw(st.integers(0, len(desk)))
    gone = data.draw(st.integers(0, 12))
    typed = data.draw(st.one_of(words, st.text(max_size=3)))
    check((desk[:at] + typed + desk[at + gone :]).encode("utf-8", "replace"))


@pytest.mark.promise("F25")
@pytest.mark.parametrize("cut", range(0, 400, 7))
def test_any_half_written_file(cut: int, desk: str) -> None:
    check(desk.encode()[:cut])


def test_the_good_file_is_a_roster(read: Callable[..., Roster], desk: str) -> None:
    assert roster_or_problems(desk.encode()) == read(desk)
