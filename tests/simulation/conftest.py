"""Simulations of small, busy desks, and of the example rosters."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rotation.core.roster import (
    AccountId,
    ChatId,
    Everyone,
    Goodbye,
    Group,
    GroupId,
    Hours,
    Mode,
    Person,
    PersonId,
    Phone,
    Policy,
    Roster,
    Shift,
    ShiftId,
)
from rotation.engine import AccountRules
from rotation.wiring.oracles import Violation
from rotation.wiring.planned import Case, Close, Outside, Plan, Subscribe, Wipe
from rotation.wiring.simulation import Seams, Simulation
from rotation.wiring.weather import Force

STARTS = datetime(2026, 3, 2, tzinfo=UTC)
NAMES = ("ana", "ben", "chen", "dora", "emil", "fay")
GOODBYE = Goodbye({("", ""): "{names} sign off. {next} have it now."}, timedelta(minutes=2))


def busy(groups: int = 2, hours: int = 2, mode: Mode = Mode.MANAGED, **more: object) -> Roster:
    """Around the clock, somebody else every few hours; the same people come back every day."""
    people = {
        PersonId(name): Person(PersonId(name), name.title(), Phone(f"+35191000{n:04d}"))
        for n, name in enumerate((*NAMES, "mara"))
    }
    shifts: dict[ShiftId, Shift] = {}
    for number, starts in enumerate(range(0, 24, hours)):
        shift = ShiftId(f"s{starts:02d}")
        who = PersonId(NAMES[number % len(NAMES)])
        told = Hours(starts * 60, (starts + hours) * 60)
        shifts[shift] = Shift(shift, "UTC", told, frozenset(range(7)), Everyone((who,)))
    policy = Policy(
        join_early=timedelta(minutes=10), stay_late=timedelta(minutes=5), goodbye=GOODBYE, **more
    )
    made = {
        GroupId(f"g{n}"): Group(
            GroupId(f"g{n}"), AccountId("main"), ChatId(f"12036304123456{n:04d}@g.us"),
            tuple(shifts), mode, policy,
        )
        for n in range(groups)
    }  # fmt: skip
    return Roster(people, shifts, made, tell=(PersonId("mara"),))


@pytest.fixture(scope="session")
def examples() -> Path:
    """The rosters that come with rotation."""
    homes = (up / "schedules" for up in Path(__file__).resolve().parents)
    return next(home for home in homes if home.is_dir())


@pytest.fixture
def simulated() -> Callable[..., Simulation]:
    """Simulates `hours` of a roster, by default a busy one in no weather at all.

    `outside` are people who are in a group each that the roster does not name. With `broken` it
    ends at the first violation of one of these rules, or that says one of these words.
    """

    def made(
        roster: Roster | None = None,
        *,
        hours: float = 24,
        force: Force = Force.NONE,
        seed: int = 1,
        seams: Seams | None = None,
        rules: AccountRules | None = None,
        replicas: int = 1,
        outside: Sequence[str] = (),
        wipes: Sequence[Wipe] = (),
        closings: Sequence[Close] = (),
        cases: Sequence[Case] = (),
        subscriptions: Sequence[Subscribe] = (),
        broken: Collection[str] = (),
    ) -> Simulation:
        others = tuple(
            Outside(ChatId(f"12036304999999{n:04}@g.us"), (PersonId(name),))
            for n, name in enumerate(outside)
        )
        plan = Plan(
            roster or busy(), AccountId("main"), STARTS, timedelta(hours=hours), force, seed,
            rules or AccountRules(), replicas, others, tuple(wipes), tuple(closings), tuple(cases),
            tuple(subscriptions),
        )  # fmt: skip

        def is_enough(found: Violation) -> bool:
            said = f"{found.rule} {found.text}"
            return found.rule in broken or any(" " in part and part in said for part in broken)

        simulation = Simulation(plan, seams=seams, enough=is_enough)
        simulation.run()
        return simulation

    return made


@pytest.fixture
def desks() -> Callable[..., Roster]:
    return busy
