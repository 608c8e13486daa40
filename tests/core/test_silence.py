"""Silence is what was listened to and not heard; everything else is unknown."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rotation.core import silence
from rotation.core.facts import Role, Seat, Seen
from rotation.core.roster import (
    AccountId,
    Admins,
    ChatId,
    Everyone,
    Group,
    GroupId,
    Hours,
    Person,
    PersonId,
    Phone,
    Policy,
    Roster,
    Shift,
    ShiftId,
    Silent,
)
from rotation.core.silence import ARRIVED, DEAF, LATE, QUIET, Hearing, Sign, Standing, verdict

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
AFTER = 30 * DAY
LONG_AGO = NOW - 31 * DAY
pytestmark = pytest.mark.promise("P-silent")
ALL_HEARD = Hearing(NOW - 400 * DAY, NOW - MINUTE, NOW - MINUTE)


def test_whoever_was_listened_to_for_so_long_and_not_heard_is_silent() -> None:
    found = verdict(Sign(LONG_AGO, "message"), ALL_HEARD, AFTER, NOW)
    assert (found.standing, found.since) == (Standing.SILENT, LONG_AGO)
    found = verdict(Sign(NOW - AFTER, ARRIVED), ALL_HEARD, AFTER, NOW)
    assert (found.standing, found.why) == (Standing.SILENT, ARRIVED)


@pytest.mark.parametrize("doing", ["message", "reaction", "poll"])
@pytest.mark.parametrize("ago", [timedelta(0), MINUTE, AFTER - MINUTE, -DAY])
def test_any_sign_of_life_within_that_time_is_activity_however_little_was_heard(
    doing: str, ago: timedelta
) -> None:
    for hearing in (ALL_HEARD, Hearing()):
        found = verdict(Sign(NOW - ago, doing), hearing, AFTER, NOW)
        assert (found.standing, found.why) == (Standing.ACTIVE, doing)


def test_before_somebody_was_inside_for_so_long_nothing_is_known_of_them() -> None:
    assert verdict(None, ALL_HEARD, AFTER, NOW).standing is Standing.UNKNOWN
    assert verdict(Sign(NOW - DAY, ARRIVED), ALL_HEARD, AFTER, NOW).standing is Standing.UNKNOWN


@pytest.mark.parametrize(
    ("hearing", "why"),
    [
        (Hearing(), "nobody listens"),
        (ALL_HEARD._replace(open_at=NOW - LATE - MINUTE), "nobody listens"),
        (ALL_HEARD._replace(open_at=NOW + DAY), "nobody listens"),
        (ALL_HEARD._replace(heard_at=None), "no webhook has arrived"),
        (ALL_HEARD._replace(heard_at=NOW - QUIET - MINUTE), "no webhook has arrived"),
        (ALL_HEARD._replace(owed_at=NOW - LATE - MINUTE), "no webhook told"),
        (ALL_HEARD._replace(unbroken_since=None), "were lost"),
        (ALL_HEARD._replace(unbroken_since=NOW - AFTER + MINUTE), "were lost"),
        (ALL_HEARD._replace(unbroken_since=NOW + DAY), "were lost"),
    ],
)
def test_whoever_may_have_spoken_unheard_is_unknown_and_never_silent(
    hearing: Hearing, why: str
) -> None:
    found = verdict(Sign(LONG_AGO, "message"), hearing, AFTER, NOW)
    assert found.standing is Standing.UNKNOWN
    assert why in found.why


def test_a_change_of_which_a_webhook_may_still_tell_is_no_reason_to_doubt() -> None:
    waiting = ALL_HEARD._replace(owed_at=NOW - LATE)
    assert verdict(Sign(LONG_AGO, "poll"), waiting, AFTER, NOW).standing is Standing.SILENT


def test_a_door_that_was_shut_for_long_has_lost_what_came() -> None:
    for shut in (None, NOW - DEAF - MINUTE, NOW + DEAF + MINUTE):
        found = silence.opened(ALL_HEARD._replace(open_at=shut), NOW)
        assert (found.unbroken_since, found.open_at) == (NOW, NOW)
    for shut in (NOW - DEAF, NOW):
        found = silence.opened(ALL_HEARD._replace(open_at=shut), NOW)
        assert found == ALL_HEARD._replace(open_at=NOW)
    stood_still = ALL_HEARD._replace(open_at=NOW - LATE)
    assert silence.opened(stood_still, NOW, LATE) == ALL_HEARD._replace(open_at=NOW)


def test_the_first_webhook_in_long_says_that_others_were_lost() -> None:
    for quiet in (None, NOW - QUIET - MINUTE):
        found = silence.heard(ALL_HEARD._replace(heard_at=quiet), NOW)
        assert (found.unbroken_since, found.heard_at) == (NOW, NOW)
    assert silence.heard(ALL_HEARD, NOW) == ALL_HEARD._replace(heard_at=NOW)


def test_a_change_none_told_of_breaks_what_is_known_unless_one_comes_in_time() -> None:
    read_at = NOW - timedelta(minutes=15)
    quiet = ALL_HEARD._replace(heard_at=read_at - 2 * MINUTE)
    owed = silence.unheard(quiet, read_at, NOW)
    assert owed.owed_at == NOW
    assert silence.unheard(owed, read_at, NOW + DAY) == owed
    assert silence.unheard(ALL_HEARD, read_at, NOW) == ALL_HEARD
    assert silence.unheard(Hearing(), read_at, NOW).owed_at == NOW
    in_time, late = NOW + LATE, NOW + LATE + MINUTE
    assert silence.heard(owed, in_time) == quiet._replace(heard_at=in_time)
    assert silence.heard(owed, late)._replace(owed_at=None).unbroken_since == late


ANA, BEN, CUST = PersonId("ana"), PersonId("ben"), PersonId("x-1")
SHIFT = Shift(ShiftId("day"), "UTC", Hours(0, 1440), frozenset(range(7)), Everyone((BEN,)))


def a_group(admins: Admins = Admins.PROTECT, *keep_roles: str, policy: bool = True) -> Group:
    found = Policy(admins=admins, silent=Silent(AFTER, keep_roles=keep_roles) if policy else None)
    return Group(GroupId("g"), AccountId("main"), ChatId("1@g.us"), (SHIFT.id,), policy=found)


def a_roster(group: Group, role: str | None = None, *, core: bool = False) -> Roster:
    ana = Person(ANA, "Ana", Phone("+351910000001"), role=role, core=core)
    ben = Person(BEN, "Ben", Phone("+351910000002"))
    return Roster({ANA: ana, BEN: ben}, {SHIFT.id: SHIFT}, {group.id: group})


def standings(
    group: Group, roster: Roster, role: Role = Role.MEMBER, *, kept: str = "", wanted: str = ""
) -> dict[str, Standing]:
    inside = {p: Seat(group.id, p, Seen.IN, role) for p in (ANA, CUST)}
    found = silence.judged(
        inside, roster, group, dict.fromkeys(inside, Sign(LONG_AGO, "message")), ALL_HEARD, NOW,
        kept=[kept], wanted=[wanted],
    )  # fmt: skip
    return {str(person): one.standing for person, one in found.items()}


def test_everybody_inside_is_judged_where_the_group_asks_for_it() -> None:
    group = a_group()
    both = {"ana": Standing.SILENT, "x-1": Standing.SILENT}
    assert standings(group, a_roster(group)) == both
    assert standings(a_group(policy=False), a_roster(group)) == {}
    seat = {ANA: Seat(group.id, ANA, Seen.IN)}
    found = silence.judged(seat, a_roster(group), group, {}, ALL_HEARD, NOW, kept=(), wanted=())
    assert found[ANA].standing is Standing.UNKNOWN


def test_core_people_and_roles_may_be_silent() -> None:
    group = a_group()
    assert standings(group, a_roster(group, core=True))["ana"] is Standing.EXEMPT
    kept = a_group(Admins.PROTECT, "sponsor", "Sales Lead")
    for role in ("Sponsor", "EMEA sales lead", "the sponsor here"):
        assert standings(kept, a_roster(kept, role))["ana"] is Standing.EXEMPT
    for role in (None, "sponsored", "sales", "lead sales"):
        assert standings(kept, a_roster(kept, role))["ana"] is Standing.SILENT


def test_whoever_has_a_right_to_be_in_may_be_silent() -> None:
    group = a_group()
    assert standings(group, a_roster(group), kept="ana")["ana"] is Standing.EXEMPT
    assert standings(group, a_roster(group), wanted="x-1")["x-1"] is Standing.EXEMPT
    everyone = replace(SHIFT, turns=Everyone((ANA,)))
    rostered = replace(a_roster(group), shifts={SHIFT.id: everyone})
    assert standings(group, rostered)["ana"] is Standing.EXEMPT


def test_creators_are_exempt_and_admins_where_they_are_protected() -> None:
    for admins, role, standing in (
        (Admins.PROTECT, Role.ADMIN, Standing.EXEMPT),
        (Admins.REMOVE, Role.ADMIN, Standing.SILENT),
        (Admins.REMOVE, Role.CREATOR, Standing.EXEMPT),
    ):
        group = a_group(admins)
        assert standings(group, a_roster(group), role)["ana"] is standing
