"""What a sandbox says of the days somebody lived in it, and what that comes to."""

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel

MINUTE = timedelta(minutes=1)


class Stay(BaseModel):
    minutes: float = 0.0


class Measures(BaseModel):
    longest_stay_past_end: Stay
    past_end_minutes: dict[str, float]
    uncovered_minutes: dict[str, float]


class Verdict(BaseModel):
    """What we read of the judge's verdict."""

    wrongs: int
    counts: dict[str, int]
    measures: Measures

    @property
    def uncovered(self) -> float:
        """Minutes in which somebody was on duty and nobody of them inside, over all groups."""
        return sum(self.measures.uncovered_minutes.values())

    @property
    def past_end(self) -> float:
        """Minutes that people were inside and might not be, over all people and groups."""
        return sum(self.measures.past_end_minutes.values())


class Call(BaseModel):
    """One line of the sandbox's log."""

    at: datetime
    kind: str


class Log(BaseModel):
    entries: list[Call]

    def of(self, *kinds: str) -> list[datetime]:
        return [call.at for call in self.entries if call.kind in kinds]


class Room(BaseModel):
    members: dict[str, str]


class State(BaseModel):
    groups: dict[str, Room]

    def inside(self, chat: str) -> frozenset[str]:
        return frozenset(self.groups[chat].members)


class Span(BaseModel):
    phone: str
    starts: datetime
    ends: datetime


class Duty(BaseModel):
    """What the judge is told of one group."""

    duty: list[Span]
    allowed: list[Span]
    managed: frozenset[str]
    protected: frozenset[str]

    def missing(self, inside: Collection[str], at: datetime) -> frozenset[str]:
        """Who is on duty and not in the group."""
        return _at(self.duty, at) - set(inside)

    def left_behind(self, inside: Collection[str], at: datetime) -> frozenset[str]:
        """Who is in the group and may not be any more."""
        return (self.managed & set(inside)) - self.protected - _at(self.allowed, at)

    def stays(self) -> list[tuple[str, datetime, datetime]]:
        """When everybody may come and has to go; what touches is one stay."""
        joined: list[tuple[str, datetime, datetime]] = []
        for span in sorted(self.allowed, key=lambda s: (s.phone, s.starts)):
            phone, _starts, ends = joined[-1] if joined else ("", span.starts, span.starts)
            if phone == span.phone and span.starts <= ends:
                joined[-1] = (phone, joined[-1][1], max(ends, span.ends))
            else:
                joined.append((span.phone, span.starts, span.ends))
        return joined


def _at(spans: Iterable[Span], at: datetime) -> frozenset[str]:
    return frozenset(s.phone for s in spans if s.starts <= at < s.ends)


def duties(told: Mapping[str, object]) -> dict[str, Duty]:
    """The groups of what the judge is told, by their chat's id."""
    return {chat: Duty.model_validate(of) for chat, of in told.items() if "@" in chat}


def most_in_a_minute(calls: Iterable[datetime]) -> int:
    """How many fell into the fullest sixty seconds."""
    most, window = 0, deque[datetime]()
    for at in sorted(calls):
        window.append(at)
        while at - window[0] >= MINUTE:
            window.popleft()
        most = max(most, len(window))
    return most


@dataclass(frozen=True, slots=True)
class Column:
    """What the days of one of the two came to."""

    handovers: int
    right: int
    uncovered: float
    uncovered_in_outage: float
    past_end: float
    longest_stay: float
    left_behind: int
    missing: int
    on_duty_removed: int
    last_ones_removed: int
    blind: int
    wrongs: int
    changes: int
    reads: int
    most_changes: int
    told: int

    def rows(self) -> list[tuple[str, str]]:
        return [
            ("handovers", str(self.handovers)),
            ("right, five minutes after they were due", str(self.right)),
            ("nobody on duty inside, while the provider answered", _minutes(self.uncovered)),
            ("nobody on duty inside, in the outage", _minutes(self.uncovered_in_outage)),
            ("inside past their end, all people together", _minutes(self.past_end)),
            ("longest stay past the end", _minutes(self.longest_stay)),
            ("left behind at the end", str(self.left_behind)),
            ("on duty at the end, and not inside", str(self.missing)),
            ("calls to remove somebody on duty", str(self.on_duty_removed)),
            ("removals that left nobody on duty inside", str(self.last_ones_removed)),
            ("removals without having seen who is inside", str(self.blind)),
            ("wrongs counted by the judge, all together", str(self.wrongs)),
            ("calls to add or remove", str(self.changes)),
            ("other calls", str(self.reads)),
            ("most additions, or removals, in any 60 s (limit 8)", str(self.most_changes)),
            ("times a person was told of it, reminders included", str(self.told)),
        ]


def _minutes(length: float) -> str:
    return f"{length:.1f} min"
