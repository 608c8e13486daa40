"""The days both live through: when handovers are due, what goes wrong, and when to look."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Protocol

from rotation.core.roster import Group, GroupId, Mode, Roster
from rotation.core.timeline import Timeline
from rotation.surfaces.against.reckoning import (
    Column,
    Log,
    State,
    Verdict,
    duties,
    most_in_a_minute,
)
from rotation.wiring.example import duty_for, world_for
from rotation.wiring.rehearsal import INSTANCE, TOKEN

STARTS = datetime(2026, 10, 24, 6, tzinfo=UTC)
"""The Saturday before Europe leaves summer time."""
ENDS = STARTS + timedelta(days=3)
OUTAGE = (STARTS + timedelta(hours=30), STARTS + timedelta(hours=36))
RECOVERED = OUTAGE[1] + timedelta(minutes=15)
"""Until then minutes alone are the outage's."""
SOON = timedelta(minutes=5)
"""So long after the last one may stay a handover should be over."""
LATENCY = 0.3
"""Seconds that a call takes when nothing is wrong."""


class Player(Protocol):
    """One of the two, in a world of its own."""

    told: int
    """How often a person was told that something is wrong."""

    def lives(self, until: datetime) -> None: ...

    def is_down(self, until: datetime) -> None:
        """The machine restarts, and is back at `until`."""
        ...

    def looks(self, name: str) -> object:
        """What the sandbox says of itself under /sandbox/NAME."""
        ...


class Days:
    """Three days of a roster under faults. The same seed makes the same days."""

    def __init__(self, roster: Roster, seed: int) -> None:
        self.roster, self.seed = roster, seed
        self._timeline = Timeline(roster)
        told = duty_for(roster, STARTS - timedelta(days=2), ENDS + timedelta(days=2))
        self.duties = duties(told)
        self.down = self._in_a_handover() - timedelta(minutes=2)
        self.back = self.down + timedelta(minutes=5)

    @property
    def world(self) -> dict[str, object]:
        """The groups as they should be at the beginning, and all that will go wrong."""
        length = ENDS + timedelta(days=2) - STARTS
        founded = world_for(
            self.roster, STARTS, instance=INSTANCE, token=TOKEN, settled=True, length=length
        )
        starts, ends = (t.isoformat() for t in OUTAGE)
        faults = [
            {"fault": "outage", "starts": starts, "ends": ends},
            {"fault": "error_before", "on": ["remove"], "chance": 0.15},
            {"fault": "error_after", "on": ["remove"], "chance": 0.15},
            {"fault": "timeout_before", "on": ["add"], "chance": 0.05},
            {"fault": "timeout_after", "on": ["add"], "chance": 0.05},
            {"fault": "lie", "on": ["add", "remove"], "chance": 0.05},
        ]
        return {**founded, "faults": faults, "settings": {"latency": LATENCY}}

    def said(self) -> str:
        return (
            f"Three days from {STARTS:%a %d %b %Y %H:%M} UTC, seed {self.seed}, in the same"
            f" sandbox for both: 30 % of the removals\nfail (half of them act all the same), 10 %"
            f" of the additions time out (half act), 5 % of either are\naccepted and do nothing."
            f" Nothing answers for six hours from {OUTAGE[0]:%a %H:%M}, and the machine restarts"
            f"\n({self.down:%a %H:%M} to {self.back:%H:%M}) while a handover is due."
        )

    def lived(self, player: Player, passed: Callable[[datetime], None]) -> Column:
        """Let `player` live through them; look after every handover, and add it all up."""
        due = list(self._handovers())
        right, alone = 0, {}
        for at in sorted({*(at for at, _ in due), *OUTAGE, RECOVERED, self.down, ENDS}):
            player.lives(at)
            passed(at)
            if at == self.down:
                player.is_down(self.back)
            alone[at] = Verdict.model_validate(player.looks("verdict")).uncovered
            state = State.model_validate(player.looks("state"))
            right += sum(self._is_right(g, state, at) for when, g in due if when == at)
        return self._counted(player, (len(due), right), alone[RECOVERED] - alone[OUTAGE[0]])

    def _in_a_handover(self) -> datetime:
        """When a removal falls due on the first evening."""
        group = self.roster.groups[GroupId("acme-vip")]
        ends = self._timeline.handovers(group.id, STARTS, ENDS)
        return next(h.at for h in ends if h.outgoing) + group.policy.stay_late

    def _handovers(self) -> Iterator[tuple[datetime, Group]]:
        """Each handover whose end can be seen, with the instant at which it should be over."""
        for group in self.roster.groups.values():
            if group.mode is not Mode.WATCH:
                for handover in self._timeline.handovers(group.id, STARTS, ENDS):
                    over = handover.at + group.policy.stay_late + SOON
                    if over <= ENDS:
                        yield over, group

    def _is_right(self, group: Group, state: State, at: datetime) -> bool:
        told, inside = self.duties[group.chat], state.inside(group.chat)
        return not told.missing(inside, at) and not told.left_behind(inside, at)

    def _counted(self, player: Player, seen: tuple[int, int], in_outage: float) -> Column:
        verdict = Verdict.model_validate(player.looks("verdict"))
        state = State.model_validate(player.looks("state"))
        log = Log.model_validate(player.looks("log"))
        changes = len(log.of("add", "remove"))
        return Column(
            handovers=seen[0],
            right=seen[1],
            uncovered=verdict.uncovered - in_outage,
            uncovered_in_outage=in_outage,
            past_end=verdict.past_end,
            longest_stay=verdict.measures.longest_stay_past_end.minutes,
            left_behind=sum(
                len(d.left_behind(state.inside(chat), ENDS)) for chat, d in self.duties.items()
            ),
            missing=sum(len(d.missing(state.inside(c), ENDS)) for c, d in self.duties.items()),
            on_duty_removed=verdict.counts["on_duty_removed"],
            last_ones_removed=verdict.counts["uncovered_by_us"],
            blind=verdict.counts["removed_without_cover"],
            wrongs=verdict.wrongs,
            changes=changes,
            reads=len(log.entries) - changes,
            most_changes=max(most_in_a_minute(log.of(kind)) for kind in ("add", "remove")),
            told=player.told,
        )
