"""Errands: the things a tick can do, each with what it needs to be run."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from rotation.core.decide import Step
from rotation.core.facts import Closing, Subscription
from rotation.core.roster import Group, GroupId, PersonId, Phone, Roster
from rotation.engine.gather import GroupView
from rotation.engine.telling import Message


@dataclass(frozen=True, slots=True)
class Rest:
    until: datetime


@dataclass(frozen=True, slots=True)
class Probe:
    """Ask whether the session works again."""


@dataclass(frozen=True, slots=True)
class LearnOwn:
    """Ask who we are in the chat."""


@dataclass(frozen=True, slots=True)
class LearnWebhooks:
    """Ask where the account's events go."""


@dataclass(frozen=True, slots=True)
class ListGroups:
    """Ask for a page of the list of groups the account is in; `roster` is what people wrote."""

    roster: Roster = field(repr=False)


@dataclass(frozen=True, slots=True)
class LearnLid:
    """Ask for the hidden id of a person's number."""

    person: PersonId
    phone: Phone


@dataclass(frozen=True, slots=True)
class Read:
    """`on_duty`: who should be seen in, if the group is not only watched."""

    group: Group
    on_duty: frozenset[PersonId] = frozenset()


@dataclass(frozen=True, slots=True)
class Send:
    """A step, with what it was decided from."""

    view: GroupView
    step: Step


@dataclass(frozen=True, slots=True)
class Tell:
    message: Message


@dataclass(frozen=True, slots=True)
class Say:
    """Tell somebody of the week that ended at `due`; they are claimed for that already."""

    person: PersonId
    phone: Phone
    due: datetime


@dataclass(frozen=True, slots=True)
class Warn:
    """Tell somebody that their subscription ends; it is claimed for that already."""

    subscription: Subscription
    phone: Phone
    text: str


@dataclass(frozen=True, slots=True)
class Inform:
    """Tell somebody that their duty was changed; it is claimed for that already."""

    person: PersonId
    phone: Phone
    text: str


@dataclass(frozen=True, slots=True)
class Farewell:
    """Say the closing message of a group; it is claimed for that already."""

    group: Group
    closing: Closing


def group_of(errand: "Errand") -> GroupId | None:
    """The group that it is about; None where it is about the account."""
    match errand:
        case Read(group, _) | Farewell(group):
            return group.id
        case Send(view):
            return view.group.id
        case _:
            return None


Errand: TypeAlias = (
    Rest
    | Probe
    | LearnOwn
    | LearnWebhooks
    | ListGroups
    | LearnLid
    | Read
    | Send
    | Tell
    | Say
    | Warn
    | Inform
    | Farewell
)
