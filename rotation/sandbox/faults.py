"""The fault dial: which calls go wrong, how they are answered, and whether they act all the same.

A fault has two sides that are told apart on purpose: what the caller hears (`answer`) and what
the world does (`acts`). Every known way in which such an API misleads is a pair of the two.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from random import Random
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from rotation.sandbox.given import STRICT, Chance, GivenError, Instant, Seconds, read
from rotation.sandbox.wire import CHANGES, LISTS, Call, Kind


class Hears(StrEnum):
    """What the caller is told, or isn't."""

    OK = "ok"  # what would be said had everything gone well
    ERROR = "error"  # a 5xx, `status`
    TIMEOUT = "timeout"  # nothing, for `seconds`
    RESET = "reset"  # a broken connection
    HTML = "html"  # 200 with a proxy's page
    TRUNCATED = "truncated"  # the true answer, cut in half
    HOLLOW = "hollow"  # 200 with `[]`: an engine's own timeout
    BLANK = "blank"  # 200 with no body
    THROTTLE = "throttle"  # 429, with or without Retry-After
    DISGUISED = "disguised"  # a 500 with `status` hidden inside
    RESTRICTED = "restricted"  # a 500 with WhatsApp's 463: the number is restricted
    QUOTA = "quota"  # 403, the plan's limit is reached
    EMPTY = "empty"  # a list with nobody in it
    STALE = "stale"  # the list as it was `seconds` ago
    HALF = "half"  # half the list, our own account included
    WITHOUT_US = "without_us"  # the list without our own account
    WRONG_GROUP = "wrong_group"  # another group's answer


class Acts(StrEnum):
    """Whether the call takes effect."""

    YES = "yes"
    NO = "no"
    HALF = "half"  # for the first half of the people in it
    LATE = "late"  # `delay` seconds after the call arrived


LISTINGS = frozenset({Hears.EMPTY, Hears.STALE, Hears.HALF, Hears.WITHOUT_US, Hears.WRONG_GROUP})
"""Answers that only a list of members or groups can give; other calls go unharmed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One setting of the dial.

    `on` names kinds of calls, or `reads`, `changes`, `all`. It strikes with `chance` within
    `[starts, ends)`, at most `next` times, in `chats` only when any are named. `slow` seconds are
    added to the call. `seconds` belongs to TIMEOUT (how long) and STALE (how old).
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    answer: Hears = Hears.OK
    acts: Acts = Acts.YES
    on: tuple[str, ...] = ("all",)
    chance: Chance = 1.0
    next: Annotated[int, Field(ge=0)] | None = None
    starts: Instant | None = None
    ends: Instant | None = None
    chats: tuple[str, ...] = ()
    slow: Seconds = 0.0
    seconds: Seconds = 20.0
    delay: Seconds = 60.0
    status: Annotated[int, Field(ge=400, le=599)] = 502
    retry_after: str | None = None

    def may_strike(self, call: Call, at: datetime) -> bool:
        in_time = (self.starts is None or self.starts <= at) and (
            self.ends is None or at < self.ends
        )
        in_place = not self.chats or call.chat in self.chats or call.to in self.chats
        fits = call.kind in LISTS or self.answer not in LISTINGS
        return in_time and in_place and fits and self._is_on(call.kind)

    def _is_on(self, kind: Kind) -> bool:
        side = "changes" if kind in CHANGES else "reads"
        return bool({"all", side, kind.value} & set(self.on))


NAMED: dict[str, Fault] = {
    "slow": Fault(slow=5.0),
    "error_before": Fault(Hears.ERROR, Acts.NO, ("changes",)),
    "error_after": Fault(Hears.ERROR, Acts.YES, ("changes",)),
    "timeout_before": Fault(Hears.TIMEOUT, Acts.NO, ("changes",)),
    "timeout_after": Fault(Hears.TIMEOUT, Acts.YES, ("changes",)),
    "reset_before": Fault(Hears.RESET, Acts.NO, ("changes",)),
    "reset_after": Fault(Hears.RESET, Acts.YES, ("changes",)),
    "late": Fault(Hears.TIMEOUT, Acts.LATE, ("changes",)),
    "queued": Fault(Hears.OK, Acts.LATE, ("changes",)),
    "lie": Fault(Hears.OK, Acts.NO, ("changes",)),
    "partial": Fault(Hears.OK, Acts.HALF, ("add", "remove")),
    "hollow": Fault(Hears.HOLLOW, Acts.YES, ("changes",)),
    "blank": Fault(Hears.BLANK, Acts.YES, ("changes",)),
    "html": Fault(Hears.HTML, Acts.NO),
    "truncated": Fault(Hears.TRUNCATED),
    "throttle": Fault(Hears.THROTTLE, Acts.NO),
    "disguised": Fault(Hears.DISGUISED, Acts.NO, ("changes",), status=429),
    "restricted": Fault(Hears.RESTRICTED, Acts.NO, ("changes",)),
    "quota": Fault(Hears.QUOTA, Acts.NO),
    "empty_list": Fault(Hears.EMPTY, on=("reads",)),
    "stale_list": Fault(Hears.STALE, on=("reads",), seconds=300.0),
    "half_list": Fault(Hears.HALF, on=("reads",)),
    "list_without_us": Fault(Hears.WITHOUT_US, on=("reads",)),
    "wrong_group": Fault(Hears.WRONG_GROUP, on=("reads",)),
    "outage": Fault(Hears.ERROR, Acts.NO, status=503),
}
"""Faults by name, to write `{"fault": "timeout_after", "on": ["remove"], "chance": 0.2}`."""

_ON = {"all", "reads", "changes", *Kind}


def read_fault(data: object) -> Fault:
    """A fault by name with changes, or spelled out. Raises `GivenError`."""
    if not isinstance(data, dict):
        raise GivenError('a fault is an object, such as {"fault": "timeout_after"}')
    words = dict(data)
    name = words.pop("fault", None)
    if name is not None and name not in NAMED:
        raise GivenError(f"no fault is called {name!r}; there are {', '.join(NAMED)}")
    given = read(Fault, words)
    strange = set(given.on) - _ON
    if strange:
        raise GivenError(f"on: no call is called {', '.join(sorted(strange))}")
    if name is None:
        return given
    return replace(NAMED[name], **{word: getattr(given, word) for word in words})


@dataclass(slots=True)
class _Setting:
    fault: Fault
    left: int | None


@dataclass(frozen=True, slots=True)
class Struck:
    """What happens to one call: the fault, if any, and the seconds it is held up."""

    fault: Fault | None = None
    slow: float = 0.0


@dataclass(slots=True)
class Dial:
    """All the faults in force, in the order they were set; the first that strikes decides."""

    dice: Random
    _settings: list[_Setting] = field(default_factory=list)

    def set(self, faults: Sequence[Fault]) -> None:
        self._settings.extend(_Setting(fault, fault.next) for fault in faults)

    def clear(self) -> None:
        self._settings.clear()

    @property
    def faults(self) -> tuple[tuple[Fault, int | None], ...]:
        """Each fault with how many strikes are left (None: no end)."""
        return tuple((setting.fault, setting.left) for setting in self._settings)

    def strike(self, call: Call, at: datetime) -> Struck:
        slow = 0.0
        for setting in self._settings:
            if not self._strikes(setting, call, at):
                continue
            slow += setting.fault.slow
            if not _only_slows(setting.fault):
                return Struck(setting.fault, slow)
        return Struck(None, slow)

    def _strikes(self, setting: _Setting, call: Call, at: datetime) -> bool:
        fault = setting.fault
        if setting.left == 0 or not fault.may_strike(call, at):
            return False
        if fault.chance < 1 and self.dice.random() >= fault.chance:
            return False
        if setting.left is not None:
            setting.left -= 1
        return True


def _only_slows(fault: Fault) -> bool:
    return fault.answer is Hears.OK and fault.acts is Acts.YES
