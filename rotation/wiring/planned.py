"""What is simulated: a roster, for how long, in which weather, and what people do meanwhile."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from rotation.core.roster import AccountId, ChatId, Group, GroupId, PersonId, Phone, Roster
from rotation.engine import AccountRules
from rotation.wiring.example import CUSTOMERS, OWN_PHONE
from rotation.wiring.weather import Force


@dataclass(frozen=True, slots=True)
class Outside:
    """A group that no roster names, with some of the roster's people in it."""

    chat: ChatId
    people: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True)
class Wipe:
    """Somebody becomes a leaver, with `team` of its groups only; `until`: reinstated then."""

    at: datetime
    person: PersonId
    until: datetime | None = None
    team: str = ""

    @property
    def turns(self) -> tuple[datetime | None, ...]:
        return self.at, self.until


@dataclass(frozen=True, slots=True)
class Close:
    """A group is over, for customers too with `everyone`; `until`: to be opened again then."""

    at: datetime
    group: GroupId
    until: datetime | None = None
    everyone: bool = False

    @property
    def turns(self) -> tuple[datetime | None, ...]:
        return self.at, self.until


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket for which people are let into a group; resolved and opened again at an instant.

    An `expert` is put in at WhatsApp, so that only resolving it takes them out.
    """

    at: datetime
    ticket: str
    group: GroupId
    people: tuple[PersonId, ...]
    resolved: datetime | None = None
    reopened: datetime | None = None
    expert: PersonId | None = None

    @property
    def turns(self) -> tuple[datetime | None, ...]:
        return self.at, self.resolved, self.reopened


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Somebody of no roster may be in a group to the end of a subscription, once extended."""

    at: datetime
    key: str
    group: GroupId
    phone: Phone
    ends: datetime
    extended: datetime | None = None
    longer: datetime | None = None

    @property
    def turns(self) -> tuple[datetime | None, ...]:
        return self.at, self.extended


Asked: TypeAlias = Wipe | Close | Case | Subscribe


@dataclass(frozen=True, slots=True)
class Deed:
    """What a person does at an instant: the n-th turn of what is planned, from nought."""

    at: datetime
    of: Asked
    turn: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated. `force` is how bad the weather is, `seed` which weather of that kind.

    With several `replicas` as many daemons share the ledger; now and then one stands still.
    `outside` are groups of the account that the roster does not name. `wipes`, `closings`, `cases`
    and `subscriptions` are what people do by hand.
    """

    roster: Roster
    account: AccountId
    starts: datetime
    length: timedelta
    force: Force = Force.NONE
    seed: int = 0
    rules: AccountRules = field(default_factory=AccountRules)
    replicas: int = 1
    outside: tuple[Outside, ...] = ()
    wipes: tuple[Wipe, ...] = ()
    closings: tuple[Close, ...] = ()
    cases: tuple[Case, ...] = ()
    subscriptions: tuple[Subscribe, ...] = ()

    @property
    def ends(self) -> datetime:
        return self.starts + self.length


def with_outside(roster: Roster, plan: Plan) -> Roster:
    """The roster with the groups outside it, as ones that are only watched."""
    more = {
        GroupId(f"outside-{n}"): Group(GroupId(f"outside-{n}"), plan.account, group.chat, ())
        for n, group in enumerate(plan.outside)
    }
    return replace(roster, groups={**roster.groups, **more})


def made(roster: Roster, group: Outside) -> dict[str, object]:
    """The group as a world is founded with it."""
    phones = [roster.people[person].phone for person in group.people]
    made = {"subject": "outside", "creator": CUSTOMERS[0], "admins": [OWN_PHONE]}
    return {**made, "chat": group.chat, "members": phones}


def by_hand(plan: Plan, since: datetime, until: datetime) -> Iterator[Deed]:
    """What people do in a stretch of time."""
    asked: tuple[Asked, ...] = (*plan.wipes, *plan.closings, *plan.cases, *plan.subscriptions)
    for one in asked:
        for turn, at in enumerate(one.turns):
            if at is not None and since <= at < until:
                yield Deed(at, one, turn)
