"""Whatever is written down: no number in full, no credential, nothing that forges a line."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rotation.surfaces.masking import bracketed, masked, on_one_line, without_credentials

DIGITS = st.text("0123456789", min_size=8, max_size=15)
WORDS = st.text(st.characters(exclude_categories=["Nd"]), max_size=30)
SUFFIX = st.sampled_from(["", "@c.us", "@s.whatsapp.net", "@lid", "@g.us", ":12@s.whatsapp.net"])


@pytest.mark.promise("S14")
@given(before=WORDS, number=DIGITS, suffix=SUFFIX, after=WORDS, plus=st.sampled_from(["", "+"]))
def test_a_number_anywhere_in_a_text_shows_its_last_three_digits(
    before: str, number: str, suffix: str, after: str, plus: str
) -> None:
    text = masked(f"{before}{plus}{number}{suffix} {after}")
    assert number[:-3] not in text
    assert not re.search(r"\d{4}", text)
    assert f"***{number[-3:]}{suffix}" in text


@given(digits=DIGITS, data=st.data())
def test_a_number_written_as_people_do_shows_no_more(digits: str, data: st.DataObject) -> None:
    gaps = st.lists(
        st.sampled_from(["", " ", "-", ".", ") ", " (", "/", "\u00a0"]),
        min_size=len(digits),
        max_size=len(digits),
    )
    spread = "+" + "".join(d + g for d, g in zip(digits, data.draw(gaps), strict=True)).strip(
        " (/-"
    )
    assert re.sub(r"[^\d]", "", masked(spread)) == digits[-3:]


@given(text=st.text())
def test_no_long_run_of_digits_survives_but_a_group_s_own_id(text: str) -> None:
    left = re.sub(r"120363\d{9,}@g\.us", "", masked(text))
    assert not re.search(r"\d{8}", left)


@given(text=st.text())
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert masked(masked(text)) == masked(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mara +351 91 234 5678 is in", "mara ***678 is in"),
        ("+44 (0)20 7946 0958", "***958"),
        ("351912345678@c.us", "***678@c.us"),
        ("\u0663\u0665\u0661\u0669\u0661\u0662\u0663\u0664\u0665", "***\u0663\u0664\u0665"),
        ("120363041234567890@g.us", "120363041234567890@g.us"),
        ("351912345678-1601234567@g.us", "***678-***567@g.us"),
        ("9120363041234567890@g.us", "***890@g.us"),
        ("2026-01-05T08:00:00.123Z, 14:00 to 22:00", "2026-01-05T08:00:00.123Z, 14:00 to 22:00"),
        ("1234567 of them", "1234567 of them"),
    ],
)
def test_what_a_number_looks_like_afterwards(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "GET https://api.example.com/v2/me?instance_id=A&access_token=c4n4ry&x=1",
        '{"access_token": "c4n4ry", "x": 1}',
        "{'password': 'c4n4ry'}",
        "Authorization: Bearer c4n4ry",
        "api_key=c4n4ry",
        "access-token: c4n4ry",
        "GET /people/ana.ics/rot_0123456789_c4n4ry",
    ],
)
def test_a_credential_is_hidden_though_nobody_named_it(text: str) -> None:
    assert "c4n4ry" not in without_credentials(text)


def test_ordinary_words_about_tokens_stay_readable() -> None:
    text = "the token was refused; put a new password into the file"
    assert without_credentials(text) == text


@given(text=st.text())
def test_one_line_stays_one_line_on_every_terminal(text: str) -> None:
    line = on_one_line(text)
    assert line.isprintable()
    assert len(line.splitlines()) <= 1
    line.encode()


def test_what_steers_a_terminal_is_shown_as_it_would_be_typed() -> None:
    assert on_one_line("a\nb\x1b[31m\u202e\u2028é 雪") == r"a\nb\x1b[31m\u202e\u2028é 雪"


def test_who_did_it_by_which_way_reads_well_in_brackets() -> None:
    assert bracketed("cover c1 by dev (board)") == "cover c1 by dev on the board"
    assert bracketed("CRM (API) by hand") == "CRM through the API"
    assert bracketed("Ana (on call) by hand") == "Ana (on call) by hand"
