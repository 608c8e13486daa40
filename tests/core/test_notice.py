"""When an exit is announced, and in what words."""

from datetime import UTC, datetime, timedelta

import pytest

from rotation.core.facts import Because
from rotation.core.notice import due_at, key_of, stale, text, warning
from rotation.core.reason import SPOKEN, Reason
from rotation.core.roster import Goodbye, Policy

ENDS = datetime(2026, 1, 5, 16, 15, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WORDS = {"names": "Ana", "next": "Ben"}


def exit_for(reason: Reason, ends: datetime | None = ENDS) -> Because:
    return Because(reason, "europe/2026-01-05/0", "r1", None, ends)


def policy(before: timedelta = 5 * MINUTE) -> Policy:
    return Policy(goodbye=Goodbye({("", ""): "{names} sign off."}, before))


@pytest.mark.parametrize("reason", sorted(SPOKEN))
def test_an_exit_is_announced_some_time_before_it(reason: Reason) -> None:
    assert due_at(policy(), exit_for(reason)) == ENDS - 5 * MINUTE


@pytest.mark.parametrize("reason", [Reason.LEAVER, Reason.CLOSED, Reason.ENFORCEMENT])
def test_a_leaver_an_intruder_and_whoever_is_in_a_closed_group_go_unannounced(
    reason: Reason,
) -> None:
    assert due_at(policy(), exit_for(reason)) is None


def test_without_a_text_or_an_end_nothing_is_announced() -> None:
    assert due_at(Policy(), exit_for(Reason.SHIFT_END)) is None
    assert due_at(policy(), exit_for(Reason.SHIFT_END, None)) is None


@pytest.mark.promise("S13")
def test_a_notice_is_stale_when_the_exit_was_due_over_15_min_ago() -> None:
    because = exit_for(Reason.SHIFT_END)
    assert not stale(because, ENDS + 15 * MINUTE)
    assert stale(because, ENDS + 15 * MINUTE + timedelta(microseconds=1))
    assert not stale(exit_for(Reason.SHIFT_END, None), ENDS)


TEXTS = {
    ("shift_end", "ja"): "1",
    ("", "ja"): "2",
    ("shift_end", ""): "3",
    ("", ""): "4",
}


@pytest.mark.parametrize(
    ("reason", "language", "said"),
    [
        (Reason.SHIFT_END, "ja", "1"),
        (Reason.MANUAL, "ja", "2"),
        (Reason.SHIFT_END, "pt", "3"),
        (Reason.SHIFT_END, None, "3"),
        (Reason.MANUAL, "pt", "4"),
        (Reason.MANUAL, None, "4"),
    ],
)
def test_the_most_fitting_text_is_said(reason: Reason, language: str | None, said: str) -> None:
    assert text(Goodbye(TEXTS), reason, language, WORDS) == said


def test_the_language_counts_for_more_than_the_reason() -> None:
    texts = {("", "ja"): "here", ("shift_end", ""): "not here"}
    assert text(Goodbye(texts), Reason.SHIFT_END, "ja", WORDS) == "here"


def test_without_a_fitting_text_nothing_is_said() -> None:
    assert text(Goodbye({("manual", ""): "no"}), Reason.SHIFT_END, None, WORDS) == ""


def test_an_exit_that_no_text_is_for_is_not_announced() -> None:
    only = Policy(goodbye=Goodbye({("warning", ""): "{until}", ("ticket", "pt"): "{names} vai."}))
    assert due_at(only, exit_for(Reason.SHIFT_END)) is None
    assert due_at(only, exit_for(Reason.TICKET)) == ENDS


@pytest.mark.parametrize(
    ("language", "key"),
    [
        ("pt-BR", ("", "pt-BR")),
        ("pt-PT", ("shift_end", "pt")),
        ("pt", ("shift_end", "pt")),
        ("de", ("shift_end", "ja")),
        (None, ("shift_end", "ja")),
    ],
)
def test_the_nearest_language_is_spoken_and_any_rather_than_none(
    language: str | None, key: tuple[str, str]
) -> None:
    keys = [("", "cs"), ("", "pt-BR"), ("shift_end", "pt"), ("shift_end", "ja"), ("manual", "de")]
    texts = dict.fromkeys(keys, "{names}")
    assert key_of(Goodbye(texts), Reason.SHIFT_END, language) == key


def test_a_text_names_who_goes_and_keeps_its_braces() -> None:
    goodbye = Goodbye({("", ""): "{names} go, {next} came {{really}}. {back}"})
    assert text(goodbye, Reason.SHIFT_END, None, WORDS) == "Ana go, Ben came {really}. "


def test_a_warning_is_said_in_the_language_asked_for_else_as_written_else_in_ours() -> None:
    words = {"names": "Zoe", "group": "desk", "until": "Thu"}
    texts = {("warning", "pt"): "{names}: {until}.", ("", ""): "{names} sign off."}
    both = Goodbye({**texts, ("warning", ""): "Until {until}."})
    assert warning(both, "pt", words) == "Zoe: Thu."
    assert warning(both, "pt-BR", words) == "Zoe: Thu."
    assert warning(both, "ja", words) == warning(both, None, words) == "Until Thu."
    assert warning(Goodbye(texts), None, words) == "Zoe, your place in desk ends Thu."
    assert warning(None, "pt", words) == "Zoe, your place in desk ends Thu."
