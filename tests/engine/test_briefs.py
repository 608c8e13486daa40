"""Arrival briefs carried out: after the read that shows who came, once, in words of the reader."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Kind
from rotation.core.roster import Brief, BriefTo, Goodbye, Mode, PersonId, Roster

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day, a roster, or a death."""
TEXTS = {
    "": "{leaving} hand over to {arriving} in {group} until {until}.",
    "pt": "{arriving} chega.",
}
GOODBYE = Goodbye({("", ""): "{names} sign off. {next} have it now."})
pytestmark = pytest.mark.promise("S13", "S10")


def speaking(roster: Roster) -> Roster:
    """Ben reads Portuguese, and Chen a clock in Tokyo."""
    ben, chen = (roster.people[PersonId(p)] for p in ("ben", "chen"))
    own = {ben.id: replace(ben, language="pt-BR"), chen.id: replace(chen, zone="Asia/Tokyo")}
    return replace(roster, people={**roster.people, **own})


@pytest.mark.slow
def test_each_who_arrives_is_told_in_their_language_and_clock_after_a_read_showed_them(
    day: Make, make_roster: Make
) -> None:
    roster = speaking(make_roster(brief=Brief(TEXTS), goodbye=GOODBYE))
    rehearsed = day(roster).until("16:10")
    assert [text for _, text in rehearsed.heard("ben")] == ["Ben chega."]
    ((at, text),) = rehearsed.heard("chen")
    assert text == "Ben hand over to Chen in desk until Tue 09:00."
    (added,) = rehearsed.audit("added", person="chen")
    assert added.at <= at < added.at + timedelta(minutes=1)
    assert len(rehearsed.said()) == 2, "the goodbyes"
    assert [r.detail["how"] for r in rehearsed.audit("brief")] == ["said", "said"]
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("goodbye", "said"),
    [
        (None, ["Ana hand over to Ben in desk until Mon 16:00."]),
        (GOODBYE, ["Ana sign off. Ben have it now."]),
    ],
)
def test_a_group_hears_of_a_handover_once(
    day: Make, goodbye: Goodbye | None, said: list[str]
) -> None:
    brief = Brief(TEXTS, BriefTo.GROUP)
    rehearsed = day(brief=brief, goodbye=goodbye, stay_late=timedelta(minutes=5))
    assert rehearsed.until("09:00").said() == said
    assert rehearsed.unlawful() == []


@pytest.mark.slow
def test_whatever_the_answer_and_whenever_the_daemon_dies_it_is_said_at_most_once(
    day: Make, death: Make
) -> None:
    brief = Brief({"": "{leaving} hand over to {arriving}."}, BriefTo.GROUP)
    told = set()
    for at_commits in range(1, 24, 2):
        rehearsed = day(brief=brief, starts="07:59", death=death(at_commits=[at_commits]))
        rehearsed.until("08:20")
        assert rehearsed.inside() == "ben"
        assert rehearsed.unlawful() == []
        told.add(len(rehearsed.said()))
        assert len(rehearsed.attempts(Kind.BRIEF)) == 1
    assert told <= {0, 1}
    assert 1 in told


def test_nothing_is_said_in_a_watched_group_or_of_a_handover_that_nobody_carried_out_in_time(
    day: Make,
) -> None:
    brief = Brief(TEXTS, BriefTo.GROUP)
    assert day(brief=brief, mode=Mode.WATCH, inside="ben").until("08:10").said() == []
    late = day(brief=brief).until("07:50").down("08:16").after(minutes=5)
    assert late.inside() == "ben"
    assert late.said() == []


def test_a_brief_that_fails_holds_nothing_up(day: Make) -> None:
    rehearsed = day(brief=Brief(TEXTS, BriefTo.GROUP)).until("07:50")
    rehearsed.fault("error_before", on=["text"])
    rehearsed.until("08:05")
    assert rehearsed.inside() == "ben"
    assert len(rehearsed.calls("text")) == 1
    (record,) = rehearsed.audit("brief")
    assert record.detail["how"] == "in doubt"
    assert rehearsed.settled()
