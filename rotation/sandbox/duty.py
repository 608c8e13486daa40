"""What the judge is told: who is on duty in which group, who may be there, and who has left."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from rotation.sandbox.calendar import Calendar, Span
from rotation.sandbox.given import STRICT, ChatId, GivenError, Instant, Phone, read


@dataclass(frozen=True, slots=True)
class GroupDuty:
    """What the judge is told of a group.

    `allowed` adds to `duty` those who may be in without being on duty (early, late, pins,
    grants). `entitled` says who may be *added*, where that is less than duty and allowed
    together. `drip` is calls of one kind per account in any sixty seconds.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    duty: tuple[Span, ...] = ()
    allowed: tuple[Span, ...] = ()
    entitled: tuple[Span, ...] | None = None
    managed: tuple[Phone, ...] = ()
    protected: tuple[Phone, ...] = ()
    drip: Annotated[int, Field(ge=0)] = 8
    keep: Annotated[int, Field(ge=0)] = 1


@dataclass(frozen=True, slots=True)
class Leaving:
    """A leaver of every group, or of those with these `chats`, from an instant on."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    phone: Phone
    since: Instant
    chats: tuple[ChatId, ...] | None = None


@dataclass(frozen=True, slots=True)
class Cap:
    """The cap on all calls of an account."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    requests_per_minute: Annotated[int, Field(ge=1)]


@dataclass(frozen=True, slots=True)
class Duty:
    """All the judge is told, replacing what it was told before.

    `requests_per_minute` caps all calls of an account in any sixty seconds; None: no cap.
    """

    groups: Mapping[str, GroupDuty]
    leavers: tuple[Leaving, ...] = ()
    requests_per_minute: int | None = None


def read_duty(data: object) -> Duty:
    """`{chat: {duty, ...}, "leavers": [{phone, since, chats?}], "requests_per_minute": 60}`.

    Raises `GivenError`.
    """
    if not isinstance(data, dict):
        raise GivenError("duty is an object keyed by chat id")
    overall = {"leavers", "requests_per_minute"}
    groups = {chat: told for chat, told in data.items() if chat not in overall}
    cap = data.get("requests_per_minute")
    return Duty(
        read(dict[ChatId, GroupDuty], groups),
        read(tuple[Leaving, ...], data.get("leavers", ())),
        None if cap is None else read(Cap, {"requests_per_minute": cap}).requests_per_minute,
    )


@dataclass(slots=True)
class Book:
    """One group's duty, ready to be asked."""

    duty: Calendar
    allowed: Calendar
    entitled: Calendar
    managed: frozenset[str]
    protected: frozenset[str]
    drip: int
    keep: int


def booked(told: GroupDuty) -> Book:
    allowed = Calendar((*told.duty, *told.allowed))
    return Book(
        duty=Calendar(told.duty),
        allowed=allowed,
        entitled=allowed if told.entitled is None else Calendar(told.entitled),
        managed=frozenset(told.managed),
        protected=frozenset(told.protected),
        drip=told.drip,
        keep=told.keep,
    )
