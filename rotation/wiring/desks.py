"""Desks drawn from a seed: rosters that hand over all day long, in all the forms there are.

A desk is a cycle of short shifts around the clock or around the office day. Shifts follow each
other or overlap, have one person or several, by turns or everyone; groups differ in everything
their policy can say.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from rotation.core.roster import (
    AccountId,
    Brief,
    BriefTo,
    Change,
    ChatId,
    ClosedHours,
    Doing,
    Every,
    Everyone,
    Goodbye,
    Group,
    GroupId,
    Hours,
    IfAddFails,
    Later,
    Mode,
    NoticeTo,
    Person,
    PersonId,
    Phone,
    Pick,
    Policy,
    Quiet,
    Roster,
    Season,
    Shift,
    ShiftId,
    Turns,
    Uncovered,
    WhenClosed,
    WhileOff,
)
from rotation.core.timeline import Span, Timeline
from rotation.wiring.planned import Case, Close, Outside, Plan, Subscribe, Wipe
from rotation.wiring.weather import Force

ACCOUNT = AccountId("main")
_WIPED, _REINSTATED = 0.25, 0.4
"""How often somebody is wiped in a plan, and comes back before its end."""
_SEASONAL = 0.15
"""How often a shift has a season, where any has."""
_HALF = 0.5
_CLOSED, _EVERYONE = 0.25, 0.3
"""How often groups are closed in a plan, and one of them for customers too."""
_LET_IN = 0.25
"""How often people are let in for a ticket and by subscriptions in a plan."""
_CHANGED = 0.4
"""How often people are covered, off, on duty as well or have swapped shifts in a plan."""
_REORDERED = 0.3
"""How often turns have another order from some date on."""
_SOON = (None, None, 1, 2, 4, 60, 1800)
"""Seconds after which a closed group is opened again, if somebody is still to leave."""
_DAY = 24 * 60
_ANCHOR = date(2026, 1, 1)
_DATES = (
    date(2026, 3, 2),
    date(2026, 3, 7),
    date(2026, 3, 28),
    date(2026, 4, 4),
    date(2026, 12, 30),
)
"""An ordinary day, days before clocks change, and the end of a year."""
BOUNDARIES = 520
"""Passed by a desk that was drawn; at least 500 of them are settled before its end."""
FEW, MANY = 3, 12
"""Groups of a desk."""
_CROWDING = 6
"""Of so many rosters one has many."""
_FORCES = (Force.MILD, Force.WILD)
_BOSS = PersonId("boss")
_TEAMS = "red", "blue"
_TEXTS = {("", ""): "{names} sign off. {next} have it now."}
_SPEAKING = 3
"""Of so many rosters one may have quiet hours and briefs."""
_SHUTTING = 4
"""Of so many rosters one may have seasons and closed hours."""
_FILLING = 3
"""Of so many rosters one may have fallback people."""
_BRIEFS = {"": "{leaving} hand over to {arriving}, until {until}."}
_IF_ADD_FAILS = (
    (IfAddFails.INVITE, IfAddFails.TELL),
    (IfAddFails.INVITE, IfAddFails.TELL),
    (IfAddFails.TELL,),
    (IfAddFails.NEXT, IfAddFails.TELL),
)
_ZONES = ("UTC", "Europe/Lisbon", "America/New_York", "Asia/Singapore", "Australia/Lord_Howe")


def planned(seed: int, boundaries: int = BOUNDARIES) -> Plan:
    """Desks for as long as it takes them to pass so many boundaries, in mild or in wild weather.

    Those of some seeds have so many groups that these wait for each other at every handover.
    """
    groups = MANY if seed % _CROWDING == 1 else FEW
    roster, dice = drawn(seed, groups=groups), Random(f"plan/{seed}")  # noqa: S311 - as below
    starts = datetime.combine(dice.choice(_DATES), datetime.min.time(), UTC)
    roster = _with_changes(_with_other_orders(roster, starts, seed), starts, seed)
    timeline, length = Timeline(roster), timedelta(hours=6)
    while _passed(timeline, starts, starts + length) < boundaries:
        length += timedelta(hours=1)
    plan = Plan(roster, ACCOUNT, starts, length, _FORCES[seed % len(_FORCES)], seed)
    plan = _with_a_wipe(plan) if dice.random() < _WIPED else plan
    return _with_guests(_with_closings(plan, timeline, boundaries))


def _with_other_orders(roster: Roster, starts: datetime, seed: int) -> Roster:
    """In some rosters turns go the other way round, from the first or the second date on."""
    dice = Random(f"orders/{seed}")  # noqa: S311 - as below
    if dice.random() >= _REORDERED:
        return roster
    first = starts.date() + timedelta(days=dice.randint(0, 1))
    shifts = {}
    for name, shift in roster.shifts.items():
        if isinstance(shift.turns, Turns):
            pick = Pick.LEAST_LOADED if name.endswith("s03") else Pick.ORDER
            turns = replace(shift.turns, order=shift.turns.order[::-1], anchor=first, pick=pick)
            shift = replace(shift, then=(Later(first, turns),))  # noqa: PLW2901 - what is kept
        shifts[name] = shift
    return replace(roster, shifts=shifts)


def _with_changes(roster: Roster, starts: datetime, seed: int) -> Roster:
    """In some rosters people are covered, off, on duty as well, or have swapped two shifts."""
    dice = Random(f"changes/{seed}")  # noqa: S311 - as below
    if dice.random() >= _CHANGED:
        return roster
    laid = Timeline(roster).all_spans(starts, starts + timedelta(days=5))
    spans = [span for theirs in laid.values() for span in theirs]
    made = [_change(dice, roster, spans) for _ in range(dice.randint(3, 12))]
    return replace(roster, changes=tuple(made))


def _change(dice: Random, roster: Roster, spans: Sequence[Span]) -> Change:
    one, two = dice.sample(spans, 2)
    team = sorted(p for p in roster.people if p != _BOSS)
    kind: Doing = dice.choice((*Doing, Doing.COVER))
    when: dict[str, Any] = {"first": one.starts.date(), "last": one.ends.date()}
    if dice.random() < _HALF:
        begins = one.starts + (one.ends - one.starts) * dice.uniform(-0.2, 0.8)
        begins = begins.replace(second=0, microsecond=0)
        when = {"starts": begins, "ends": begins + timedelta(minutes=dice.randint(20, 600))}
    match kind:
        case Doing.SWAP:
            return Change(kind, one.person, two.person, occurrence=one.key, for_occurrence=two.key)
        case Doing.EXTRA:
            return Change(kind, dice.choice(team), shift=one.shift, **when)
        case Doing.COVER:
            return Change(kind, one.person, dice.choice(team), **when)
        case Doing.OFF:
            return Change(kind, one.person, turn=dice.choice([*WhileOff]), **when)


def _with_guests(plan: Plan) -> Plan:
    """In some plans people of the other desk are in for a ticket, and others are subscribed.

    The ticket is resolved and half the time opened again; half of the subscriptions are extended.
    """
    dice = Random(f"let in/{plan.seed}")  # noqa: S311 - as below
    if dice.random() >= _LET_IN:
        return plan
    closed, wiped = {one.group for one in plan.closings}, {one.person for one in plan.wipes}
    group, other = dice.sample(sorted(plan.roster.groups.keys() - closed), 2)
    team = [p for p in plan.roster.people if p != _BOSS and p[:2] != group[:2] and p not in wiped]
    expert, *people = dice.sample(sorted(team), dice.randint(2, 3))

    def after(at: datetime, least: float, most: float) -> datetime:
        return at + timedelta(seconds=int(plan.length.total_seconds() * dice.uniform(least, most)))

    begins = after(plan.starts, 0.1, 0.3)
    resolved = after(begins, 0.01, 0.2)
    again = after(resolved, 0.001, 0.15) if dice.random() < _HALF else None
    case = Case(begins, "OPS-1042", group, tuple(people), resolved, again, expert)
    subscriptions = []
    for number in range(4):
        at = after(plan.starts, 0.1, 0.3)
        extended, phone = after(at, 0.01, 0.1), Phone(f"+4915100000{number:02}")
        ends = after(extended, 0.001, 0.1)
        longer = (extended, after(ends, 0.01, 0.1)) if dice.random() < _HALF else (None, None)
        subscriptions.append(Subscribe(at, f"M-{number}", other, phone, ends, *longer))
    known = plan.roster.people[expert]
    roster = replace(
        plan.roster, people={**plan.roster.people, expert: replace(known, role="expert")}
    )
    return replace(plan, roster=roster, cases=(case,), subscriptions=tuple(subscriptions))


def _with_closings(plan: Plan, timeline: Timeline, boundaries: int) -> Plan:
    """In some plans one or two groups are closed, most often in the middle of a handover.

    They hand over no more, so that it takes longer to pass as many boundaries.
    """
    dice = Random(f"closings/{plan.seed}")  # noqa: S311 - as below
    if dice.random() >= _CLOSED:
        return plan
    closings = []
    for group in dice.sample(sorted(plan.roster.groups), dice.randint(1, 2)):
        since, until = plan.starts + plan.length / 3, plan.starts + plan.length * 2 / 3
        passed = [handover.at for handover in timeline.handovers(group, since, until)]
        at = dice.choice(passed or [since]) + timedelta(seconds=dice.randint(-30, 90))
        soon = dice.choice(_SOON)
        again = None if soon is None else at + timedelta(seconds=soon)
        closings.append(Close(at, group, again, everyone=dice.random() < _EVERYONE))
    length = plan.length
    while _passed(timeline, plan.starts, plan.starts + length, closings) < boundaries:
        length += timedelta(hours=1)
    return replace(plan, length=length, closings=tuple(closings))


def _with_a_wipe(plan: Plan) -> Plan:
    """Somebody of a desk is wiped, most often in the middle of a handover, and may come back."""
    dice = Random(f"wipes/{plan.seed}")  # noqa: S311 - as below
    people = sorted(p for p in plan.roster.people if p != _BOSS)
    who = dice.choice(people)
    passed = [
        handover.at
        for group in plan.roster.groups
        for handover in Timeline(plan.roster).handovers(
            group, plan.starts, plan.starts + plan.length / 2
        )
    ]
    at = dice.choice(passed) + timedelta(seconds=dice.randint(-30, 30))
    at = max(at, plan.starts + timedelta(minutes=1))
    until = at + plan.length / 4 if dice.random() < _REINSTATED else None
    outside = tuple(
        Outside(
            ChatId(f"12036304999999{n:04}@g.us"),
            tuple(dict.fromkeys((who, *dice.sample(people, 2)))),
        )
        for n in range(dice.randint(1, 3))
    )
    wipe = Wipe(at, who, until, dice.choice(("", "", *_TEAMS)))
    return replace(plan, outside=outside, wipes=(wipe,))


def _passed(
    timeline: Timeline, since: datetime, until: datetime, closings: Iterable[Close] = ()
) -> int:
    ends = {one.group: one.at for one in closings}
    groups = timeline.roster.groups
    return sum(len(timeline.handovers(g, since, ends.get(g, until))) for g in groups)


def drawn(seed: int, desks: int = 2, groups: int = FEW) -> Roster:
    """The roster of a seed: `groups` groups for each of `desks` desks, all on one account."""
    dice = Random(f"desks/{seed}")  # noqa: S311 - a roster of nobody keeps no secret
    people = {_BOSS: _person(_BOSS, 0)}
    shifts: dict[ShiftId, Shift] = {}
    made: dict[GroupId, Group] = {}
    for desk in range(desks):
        team = [PersonId(f"d{desk}p{n}") for n in range(dice.randint(5, 8))]
        people |= {p: _person(p, len(people) + n) for n, p in enumerate(team)}
        cycle = {shift.id: shift for shift in _cycle(dice, desk, team)}
        if seed % _SHUTTING == 1:
            cycle = {shift.id: _with_seasons(seed, shift) for shift in cycle.values()}
        shifts |= cycle
        for number in range(groups):
            group = _group(dice, f"d{desk}g{number}", len(made), tuple(cycle), team)
            if seed % _SPEAKING == 0:
                group = _with_quiet_hours(seed, group, next(iter(cycle.values())).zone)
                group = _with_brief(seed, group)
            if seed % _FILLING == _FILLING - 1:
                group = _with_fallback(seed, group, team)
            if seed % _SHUTTING == 1:
                group = _with_closed_hours(seed, group, next(iter(cycle.values())).zone)
            made[group.id] = group
    return Roster(people, shifts, made, tell=(_BOSS,))


def _with_seasons(seed: int, shift: Shift) -> Shift:
    """Some of a desk's shifts are not served for some dates, and some a little later."""
    dice = Random(f"season/{seed}/{shift.id}")  # noqa: S311 - as above
    whole, later = (_ANCHOR, date(2027, 12, 31)), min(shift.hours.ends + 10, _DAY)
    others = None, replace(shift.hours, ends=later) if shift.hours.days_later == 0 else None
    if dice.random() >= _SEASONAL:
        return shift
    return replace(shift, seasons=(Season(*whole, dice.choice(others), shift.weekdays, "season"),))


def _with_closed_hours(seed: int, group: Group, zone: str) -> Group:
    """None, a night, or an hour and a half; whoever is inside stays, or goes."""
    dice = Random(f"closed/{seed}/{group.id}")  # noqa: S311 - as above
    hours = dice.choice((None, Hours(22 * 60, 6 * 60, 1), Hours(2 * 60 + 10, 3 * 60 + 40)))
    closed = () if hours is None else (ClosedHours(hours, frozenset(range(7)), zone),)
    policy = replace(group.policy, closed=closed, when_closed=dice.choice(list(WhenClosed)))
    return replace(group, policy=policy)


def _with_fallback(seed: int, group: Group, team: list[PersonId]) -> Group:
    """Nobody, one or two of the team, or whoever is in some groups always."""
    dice = Random(f"fallback/{seed}/{group.id}")  # noqa: S311 - as above
    some = tuple(dice.sample(team, dice.randint(1, 2)))
    fallback = dice.choice(((), (_BOSS,), some, some))
    return replace(group, policy=replace(group.policy, fallback=fallback))


def _with_quiet_hours(seed: int, group: Group, zone: str) -> Group:
    """Drawn by dice of its own: none, a night, or an hour and a half."""
    dice = Random(f"quiet/{seed}/{group.id}")  # noqa: S311 - as above
    hours = dice.choice((None, None, Hours(22 * 60, 7 * 60, 1), Hours(2 * 60 + 10, 3 * 60 + 40)))
    goodbye = group.policy.goodbye
    if goodbye is None or hours is None:
        return group
    goodbye = replace(goodbye, quiet=Quiet(hours, zone))
    return replace(group, policy=replace(group.policy, goodbye=goodbye))


def _with_brief(seed: int, group: Group) -> Group:
    """None, or one to whoever comes, or one to the group."""
    dice = Random(f"brief/{seed}/{group.id}")  # noqa: S311 - as above
    to = dice.choice((None, None, BriefTo.PERSON, BriefTo.GROUP))
    brief = None if to is None else Brief(_BRIEFS, to)
    return replace(group, policy=replace(group.policy, brief=brief))


def _person(person: PersonId, number: int) -> Person:
    return Person(person, person.title(), Phone(f"+35191{number:07}"))


def _cycle(dice: Random, desk: int, team: list[PersonId]) -> Iterator[Shift]:
    """Shifts one after the other; each has other people than the one before."""
    length = dice.choice((20, 30, 30, 40))
    first, last = dice.choice(((0, _DAY), (0, _DAY), (6 * 60, 22 * 60)))
    overlap = dice.choice((0, 0, 0, 5))
    zone = dice.choice(_ZONES)
    crew = dice.choice((1, 1, 2))
    halves = team[: len(team) // 2], team[len(team) // 2 :]
    by_turns = dice.choice((True, False))
    for number, starts in enumerate(range(first, last, length)):
        half = halves[number % 2]
        turns: Turns | Everyone = Everyone(tuple(dice.sample(half, crew)))
        if by_turns:
            place = number // 2 % len(half)
            turns = Turns((*half[place:], *half[:place]), Every.DAY, 1, _ANCHOR, crew)
        hours = _hours(starts, starts + length + overlap)
        yield Shift(ShiftId(f"d{desk}s{number:02}"), zone, hours, frozenset(range(7)), turns)


def _hours(starts: int, ends: int) -> Hours:
    return Hours(starts, ends) if ends <= _DAY else Hours(starts, ends - _DAY, 1)


def _group(
    dice: Random, name: str, number: int, shifts: tuple[ShiftId, ...], team: list[PersonId]
) -> Group:
    to = dice.choice((NoticeTo.GROUP, NoticeTo.PERSON, None, None))
    minutes = timedelta(minutes=dice.choice((0, 2)))
    policy = Policy(
        join_early=timedelta(minutes=dice.choice((0, 0, 5))),
        stay_late=timedelta(minutes=dice.choice((0, 0, 5))),
        keep_at_least=dice.choice((1, 1, 2)),
        uncovered=dice.choice(list(Uncovered)),
        if_add_fails=dice.choice(_IF_ADD_FAILS),
        goodbye=None if to is None else Goodbye(_TEXTS, minutes, to),
    )
    return Group(
        GroupId(name), ACCOUNT, ChatId(f"12036304123456{number:04}@g.us"), shifts,
        dice.choice((Mode.MANAGED, Mode.MANAGED, Mode.MANAGED, Mode.STRICT)), policy,
        always_in=dice.choice(((), (_BOSS,))), pins=dice.choice(((), (), (dice.choice(team),))),
        team=_TEAMS[number % len(_TEAMS)],
    )  # fmt: skip
