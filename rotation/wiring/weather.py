"""What goes wrong on a day of a simulation: drawn from the seed, and from nothing else.

A day's weather depends on the seed, the account, the date and the roster; the same again tomorrow
and on another machine. The words are the sandbox's own (`rotation sandbox`, the fault dial).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from rotation.core.roster import Group, Mode, Roster
from rotation.wiring.example import CUSTOMERS
from rotation.wiring.mortal import Edge
from rotation.wiring.post import Mail

DAY = timedelta(days=1)


class Force(StrEnum):
    """How bad the weather is."""

    NONE = "none"
    MILD = "mild"
    WILD = "wild"


@dataclass(frozen=True, slots=True)
class Kill:
    """The daemon dies at the n-th edge of a kind after `at`, and comes back after `down`."""

    at: datetime
    edge: Edge
    count: int
    down: timedelta


@dataclass(frozen=True, slots=True)
class Step:
    """The machine's clock is wrong by `error` from `at` on."""

    at: datetime
    error: timedelta


@dataclass(frozen=True, slots=True)
class Pause:
    """One of several daemons stands still at the n-th edge of a kind after `at`."""

    at: datetime
    edge: Edge
    count: int
    length: timedelta


@dataclass(frozen=True, slots=True)
class Weather:
    """One day: `faults` for the dial, `deeds` for the script, and what befalls the machine."""

    faults: tuple[Mapping[str, object], ...] = ()
    deeds: tuple[Mapping[str, object], ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    private: tuple[str, ...] = ()
    """Whose privacy settings allow no adding today, by number."""
    blows: tuple[Kill | Step | Pause, ...] = ()
    mail: Mail = field(default_factory=Mail)
    """How webhooks travel today."""


CALM = Weather()

_OFTEN: Mapping[Force, Mapping[str, float]] = {
    Force.NONE: {},
    Force.MILD: {
        "error_before": 0.01,
        "error_after": 0.01,
        "timeout_before": 0.005,
        "timeout_after": 0.005,
        "throttle": 0.002,
    },
    Force.WILD: {
        "error_before": 0.03,
        "error_after": 0.03,
        "timeout_before": 0.02,
        "timeout_after": 0.02,
        "reset_before": 0.02,
        "reset_after": 0.02,
        "late": 0.02,
        "queued": 0.02,
        "lie": 0.03,
        "partial": 0.01,
        "hollow": 0.02,
        "blank": 0.01,
        "html": 0.005,
        "truncated": 0.005,
        "throttle": 0.01,
        "disguised": 0.01,
        "restricted": 0.002,
        "quota": 0.0005,
        "empty_list": 0.01,
        "stale_list": 0.005,
        "half_list": 0.01,
        "list_without_us": 0.005,
        "wrong_group": 0.005,
        "slow": 0.02,
    },
}
"""The chance of each fault, per call it can strike."""
_UNKNOWN = {"answer": "error", "acts": "no", "on": ["remove"], "status": 404}
"""A removal that is answered with `not found` and did nothing: half the lies are like that."""


def weather(
    force: Force, seed: int, roster: Roster, groups: Sequence[Group], day: datetime
) -> Weather:
    """The weather of the day that begins at `day`."""
    found = _weather(force, seed, roster, groups, day)
    return replace(found, deeds=(*found.deeds, *_talk(seed, groups, day)))


def _talk(seed: int, groups: Sequence[Group], day: datetime) -> Iterator[Mapping[str, object]]:
    """What customers say where silence is judged: much, little, or nothing all day."""
    for group in (g for g in groups if g.policy.silent is not None):
        dice = Random(f"talk {seed}/{group.id}/{day.isoformat()}")  # noqa: S311 - weather keeps no secret
        for phone in CUSTOMERS:
            for _ in range(dice.choice((0, 1, 12))):
                said = {"do": "say", "chat": group.chat, "phone": phone, "text": "And now?"}
                yield _deed(_during(dice, day), said)


def _weather(
    force: Force, seed: int, roster: Roster, groups: Sequence[Group], day: datetime
) -> Weather:
    if force is Force.NONE:
        return CALM
    account = groups[0].account if groups else ""
    dice = Random(f"{seed}/{account}/{day.isoformat()}")  # noqa: S311 - weather keeps no secret
    faults = [{"fault": name, "chance": chance} for name, chance in _OFTEN[force].items()]
    if force is Force.MILD:
        return Weather(
            faults=(*_outages(dice, day, chance=0.2, longest=timedelta(minutes=30)), *faults),
            blows=tuple(_kills(dice, day, most=1, longest=timedelta(minutes=2))),
            mail=_mail(f"{seed}/{account}/{day.isoformat()}"),
        )
    managed = [g for g in groups if g.mode is not Mode.WATCH]
    return Weather(
        faults=(
            *_outages(dice, day, chance=0.3, longest=timedelta(hours=6)),
            {**_UNKNOWN, "chance": 0.02},
            *faults,
        ),
        deeds=tuple(_deeds(dice, roster, managed, day)),
        settings={"re_adding_chance": dice.choice((0.0, 0.0, 0.2))},
        private=tuple(_private(dice, roster, managed)),
        blows=(
            *_kills(dice, day, most=4, longest=timedelta(hours=2)),
            *_steps(dice, day),
        ),
        mail=_mail(f"{seed}/{account}/{day.isoformat()}"),
    )


def _mail(seed: str) -> Mail:
    """Drawn by dice of its own: from all webhooks in order to none at all."""
    dice = Random(f"mail {seed}")  # noqa: S311 - weather keeps no secret
    return Mail(
        lost=dice.choice((0.0, 0.1, 0.5, 1.0)),
        doubled=dice.choice((0.0, 0.3)),
        late=dice.choice((0.0, 0.3, 0.9)),
        longest=timedelta(seconds=dice.choice((5, 90, 3600))),
    )


def pauses(seed: int, day: datetime, most: int = 24) -> tuple[Pause, ...]:
    """When daemons that share a ledger stand still on a day: seconds, or for longer than a lease.

    After a commit, and with an answer on its way. A call that stands still before it has left is
    nobody's to call back, and left out.
    """
    dice = Random(f"pauses {seed}/{day.isoformat()}")  # noqa: S311 - weather keeps no secret
    edges = (Edge.COMMIT, Edge.COMMIT, Edge.ANSWER)
    return tuple(
        Pause(
            _during(dice, day),
            dice.choice(edges),
            dice.randint(1, 12),
            timedelta(seconds=dice.choice((2, 8, 20, 44, 70, 600))),
        )
        for _ in range(dice.randint(most // 2, most))
    )


_A_DAY: Mapping[str, float] = {
    "admin right lost": 0.1,
    "down for a while": 0.3,
    "privacy": 0.2,
    "session down": 0.25,
    "somebody meddles": 0.5,
    "wrong clock": 0.2,
}
"""The chance of what befalls a day of wild weather, or a group, or a kill on it."""


def _falls(dice: Random, what: str) -> bool:
    return dice.random() < _A_DAY[what]


def _during(dice: Random, day: datetime) -> datetime:
    return day + timedelta(seconds=dice.randrange(86_400))


def _up_to(dice: Random, longest: timedelta) -> timedelta:
    return timedelta(seconds=1 + int(longest.total_seconds() * dice.random() ** 2))


def _outages(
    dice: Random, day: datetime, *, chance: float, longest: timedelta
) -> Iterator[Mapping[str, object]]:
    if dice.random() < chance:
        starts = _during(dice, day)
        ends = min(starts + _up_to(dice, longest), day + DAY)
        stretch = {"starts": starts.isoformat(), "ends": ends.isoformat()}
        yield {"fault": dice.choice(("outage", "outage", "html")), **stretch}


_DEATHS = (Edge.COMMIT, Edge.CALL, Edge.ANSWER)
"""To die before a commit is to die after whatever edge came before it."""


def _kills(dice: Random, day: datetime, *, most: int, longest: timedelta) -> Iterator[Kill]:
    for _ in range(dice.randint(0, most)):
        down = _up_to(dice, longest) if _falls(dice, "down for a while") else timedelta(0)
        yield Kill(_during(dice, day), dice.choice(_DEATHS), dice.randint(1, 12), down)


def _steps(dice: Random, day: datetime) -> Iterator[Step]:
    """Now and then the clock is wrong for a while, by seconds or by hours."""
    if _falls(dice, "wrong clock"):
        starts = _during(dice, day)
        error = timedelta(seconds=dice.choice((5, 40, 90, 900, 7200)) * dice.choice((-1, 1)))
        yield Step(starts, error)
        yield Step(min(starts + _up_to(dice, timedelta(hours=3)), day + DAY), timedelta(0))


def _deeds(
    dice: Random, roster: Roster, groups: Sequence[Group], day: datetime
) -> Iterator[Mapping[str, object]]:
    """What people do by themselves: come, go, and take our rights or our session away."""
    if _falls(dice, "session down"):
        yield from _for_a_while(
            dice, day, {"do": "session", "status": dice.choice(_DOWN)}, {"do": "session"}
        )
    for group in groups:
        if _falls(dice, "admin right lost"):
            us: Mapping[str, object] = {"chat": group.chat, "phone": "us"}
            yield from _for_a_while(dice, day, {"do": "demote", **us}, {"do": "promote", **us})
        people = sorted(roster.rostered(group.id))
        if people and _falls(dice, "somebody meddles"):
            who = roster.people[dice.choice(people)]
            do = dice.choice(("add", "add", "remove", "leave", "rejoin"))
            yield _deed(_during(dice, day), {"do": do, "chat": group.chat, "phone": who.phone})


_DOWN = ("SCAN_QR_CODE", "STOPPED", "FAILED")


def _for_a_while(
    dice: Random, day: datetime, first: Mapping[str, object], then: Mapping[str, object]
) -> Iterator[Mapping[str, object]]:
    starts = _during(dice, day)
    yield _deed(starts, first)
    yield _deed(starts + _up_to(dice, timedelta(hours=5)), then)


def _deed(at: datetime, deed: Mapping[str, object]) -> Mapping[str, object]:
    return {**deed, "at": at.isoformat()}


def _private(dice: Random, roster: Roster, groups: Sequence[Group]) -> Iterator[str]:
    everyone = sorted({p for g in groups for p in roster.rostered(g.id)})
    if everyone and _falls(dice, "privacy"):
        yield roster.people[dice.choice(everyone)].phone
