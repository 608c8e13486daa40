"""What is simulated: a roster, for how long, in which weather, and what people do meanwhile."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from rotation.core.roster import AccountId, ChatId, Group, GroupId, PersonId, Roster
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


@dataclass(frozen=True, slots=True)
class Close:
    """A group is over, for customers too with `everyone`; `until`: to be opened again then."""

    at: datetime
    group: GroupId
    until: datetime | None = None
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated. `force` is how bad the weather is, `seed` which weather of that kind.

    With several `replicas` as many daemons share the ledger; now and then one stands still.
    `outside` are groups of the account that the roster does not name, `wipes` who is wiped when,
    and `closings` which group is over when.
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


def by_hand(plan: Plan, since: datetime, until: datetime) -> Iterator[Wipe | Close]:
    """Who is wiped and what is closed in a stretch of time, and of which that is taken back."""
    planned: tuple[Wipe | Close, ...] = (*plan.wipes, *plan.closings)
    for one in planned:
        ends = one.until
        if since <= one.at < until:
            yield replace(one, until=None)
        if ends is not None and since <= ends < until:
            yield replace(one, at=ends)
