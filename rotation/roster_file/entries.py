"""The entries of a roster file as they were written, before they are joined into one roster."""

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from rotation.core.reason import Reason
from rotation.core.roster import (
    Admins,
    BriefTo,
    Every,
    Hours,
    IfAddFails,
    Mode,
    NoticeTo,
    Phone,
    Pick,
    Silent,
    Uncovered,
    WhenClosed,
    WhenSilent,
    WhileOff,
)

DayOrTime: TypeAlias = tuple[date, int | None]
"""A date, and the minute after its midnight where a time of day was written."""
_NONE: Mapping[str, Any] = MappingProxyType({})


class PersonEntry(NamedTuple):
    name: str
    phone: Phone
    zone: str | None = None
    language: str | None = None
    role: str | None = None
    core: bool = False


class TurnsEntry(NamedTuple):
    change: tuple[int, Every]
    since: date
    order: list[str]
    pick: Pick = Pick.ORDER


class LaterTurnsEntry(NamedTuple):
    """What is not said is as it was before; `since` is where they begin to count."""

    order: list[str]
    change: tuple[int, Every] | None = None
    since: date | None = None
    pick: Pick | None = None


class LaterEntry(NamedTuple):
    """From a date on. Exactly one of `turns` and `everyone`."""

    since: date
    on_duty: int | None = None
    turns: LaterTurnsEntry | None = None
    everyone: list[str] | None = None


class SeasonEntry(NamedTuple):
    """`hours` None: not served."""

    since: date
    until: date
    hours: tuple[Hours, int | None] | None
    days: frozenset[int] | None = None
    reason: str = ""


class HolidaysEntry(NamedTuple):
    """`hours` None: not served."""

    country: str
    hours: tuple[Hours, int | None] | None
    region: str | None = None


class ShiftEntry(NamedTuple):
    """Exactly one of `turns` and `everyone`."""

    zone: str
    hours: tuple[Hours, int | None]
    days: frozenset[int] | None = None
    on_duty: int | None = None
    turns: TurnsEntry | None = None
    everyone: list[str] | None = None
    seasons: tuple[SeasonEntry, ...] | list[SeasonEntry] = ()
    holidays: HolidaysEntry | None = None
    then: tuple[LaterEntry, ...] | list[LaterEntry] = ()


class GoodbyeEntry(NamedTuple):
    before: timedelta | None = None
    to: NoticeTo | None = None
    text: str | None = None
    texts: Mapping[str, str] = _NONE
    quiet: Hours | None = None
    zone: str | None = None


class BriefEntry(NamedTuple):
    to: BriefTo | None = None
    text: str | None = None
    texts: Mapping[str, str] = _NONE


class SilentEntry(NamedTuple):
    after: timedelta = Silent().after
    do: WhenSilent = WhenSilent.REPORT
    keep_roles: tuple[str, ...] | list[str] = ()


class ClosedEntry(NamedTuple):
    hours: tuple[Hours, int | None]
    zone: str
    days: frozenset[int] | None = None
    reason: str = ""


class PolicyEntry(NamedTuple):
    join_early: timedelta | None = None
    stay_late: timedelta | None = None
    keep_at_least: int | None = None
    uncovered: Uncovered | None = None
    if_add_fails: list[IfAddFails] | None = None
    admins: Admins | None = None
    goodbye: GoodbyeEntry | None = None
    strangers_after: timedelta | None = None
    silent: SilentEntry | None = None
    brief: BriefEntry | None = None
    reset_link_after: list[Reason] | None = None
    closed: list[ClosedEntry] | None = None
    when_closed: WhenClosed | None = None
    fallback: list[str] | None = None


class GroupEntry(NamedTuple):
    """In the file, what is in `policy` stands among the other keys."""

    policy: PolicyEntry
    account: str
    chat: str
    shifts: tuple[str, ...] | list[str] = ()
    always_in: tuple[str, ...] | list[str] = ()
    pins: tuple[str, ...] | list[str] = ()
    mode: Mode = Mode.WATCH
    tell: list[str] | None = None
    language: str | None = None
    team: str | None = None


class WeeklyEntry(NamedTuple):
    at: tuple[int, int]
    zone: str
    agents: tuple[str, ...] | list[str] = ()


class ChangeEntry(NamedTuple):
    """Exactly one of `off`, `cover`, `swap` and `extra`."""

    off: str | None = None
    cover: str | None = None
    swap: str | None = None
    extra: str | None = None
    by: str | None = None
    other: str | None = None
    on: tuple[str, date] | None = None
    for_: tuple[str, date] | None = None
    shift: str | None = None
    since: DayOrTime | None = None
    until: DayOrTime | None = None
    zone: str | None = None
    turn: WhileOff = WhileOff.SKIP
    reason: str = ""


class RosterFile(NamedTuple):
    team: str | None = None
    tell: tuple[str, ...] | list[str] = ()
    weekly: WeeklyEntry | None = None
    people: Mapping[str, PersonEntry] = _NONE
    shifts: Mapping[str, ShiftEntry] = _NONE
    defaults: PolicyEntry | None = None
    groups: Mapping[str, GroupEntry] = _NONE
    changes: tuple[ChangeEntry, ...] | list[ChangeEntry] = ()
    tell_agents: bool = True
