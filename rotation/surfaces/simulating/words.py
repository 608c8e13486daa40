"""A simulation's result in words: what the terminal and the page both show, table by table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.core.holds import MEANING
from rotation.surfaces.counting import counted
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.saying import listed
from rotation.surfaces.simulating.result import Came, Past, Result
from rotation.wiring.oracles import Violation, What
from rotation.wiring.oracles.calls import ALL, READS, TEXTS
from rotation.wiring.weather import Force

MINUTE = timedelta(minutes=1)
SHOWN = 30
"""Violations shown one by one; the JSON has them all."""
_CALLS = {"add": "additions", "remove": "removals", TEXTS: "messages", READS: "reads", ALL: "all"}


@dataclass(frozen=True, slots=True)
class Section:
    """A table under its title. `note` stands in for, or below, the rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def sections(result: Result) -> Iterator[Section]:
    """Everything worth saying, the most telling first."""
    several = len(result.accounts) > 1
    for came in result.accounts:
        of = f"{came.account}: " if several else ""
        words = _Words(result, came)
        yield Section(f"{of}What came of it", ("what", "how much"), tuple(words.figures()))
        yield Section(f"{of}Groups", _GROUPS, tuple(words.groups()))
        yield Section(f"{of}Most calls in any 60 s", ("calls", "most"), tuple(words.calls()))
        yield Section(f"{of}Holds", _HOLDS, tuple(words.holds()), _IF_TOLD)
        if came.past_end or came.absent:
            yield Section(f"{of}Not as wanted at the end", _LEFT, tuple(words.left()))
    found = result.violations
    rows = tuple(_violation(result, v) for v in found[:SHOWN])
    more = f"and {len(found) - SHOWN} more; --json has them all" if len(found) > SHOWN else ""
    yield Section("Violations", _BROKEN, rows, more)


_GROUPS = ("group", "handovers", "proven", "overtaken", "missed", "nobody on duty inside")
_HOLDS = ("hold", "times", "longest", "groups", "told", "what it means")
_LEFT = ("group", "who", "what", "since (UTC)", "held by")
_BROKEN = ("invariant", "at (UTC)", "group", "who", "what")
_IF_TOLD = "told: who hears of those that last four minutes, by WhatsApp"


@dataclass(frozen=True, slots=True)
class _Words:
    result: Result
    came: Came

    def figures(self) -> Iterator[tuple[str, str]]:
        came, stay = self.came, self.came.longest_stay
        proven = sum(k.proven for k in came.kept if not k.watched)
        yield "handovers", f"{came.handovers}, {proven} of them proven by a read-back"
        yield "attempts", f"{came.attempts} additions and removals, {came.retries} of them again"
        yield "nobody on duty inside", f"{minutes(came.uncovered)}, over all groups"
        where = f" ({self.name(stay.person)} in {stay.group})" if stay.person else ""
        yield "longest stay past the end", f"{minutes(stay.lasted)}{where}"
        yield "in past their end, at the end", str(len(came.past_end))
        yield "on duty and not in, at the end", str(len(came.absent))
        yield "daemon killed and started anew", counted(came.restarts, "time")
        told = came.told
        yield "people had to hear of", listed([counted(told.lasted.get(w, 0), w) for w in What])
        yield "they were told", f"in {counted(told.messages, 'message')}"
        needless = f"{len(told.needless)}, {told.rate:.1f} in a group and month"
        yield "of these nobody needed", needless
        yield "violations", str(len(came.violations))
        yield "trace", came.trace

    def groups(self) -> Iterator[tuple[str, ...]]:
        for kept in self.came.kept:
            counts = (kept.handovers, kept.proven, kept.overtaken, kept.missed)
            shown = [str(n) for n in counts]
            if kept.watched:
                shown = [str(kept.handovers), "only watched", "", ""]
            yield kept.group, *shown, "" if kept.watched else minutes(kept.uncovered)

    def calls(self) -> Iterator[tuple[str, str]]:
        for kind, called in _CALLS.items():
            yield called, str(self.came.busiest.get(kind, 0))

    def holds(self) -> Iterator[tuple[str, ...]]:
        for held in self.came.held:
            told = ", ".join(self.name(person) for person in held.told) or "nobody"
            yield (
                held.hold, str(held.times), minutes(held.longest), ", ".join(held.groups),
                told, MEANING[held.hold].cause,
            )  # fmt: skip

    def left(self) -> Iterator[tuple[str, ...]]:
        for past in self.came.past_end:
            yield self._left(past, "in past their end")
        for past in self.came.absent:
            yield self._left(past, "on duty and not in")

    def _left(self, past: Past, what: str) -> tuple[str, ...]:
        starts = self.result.asked.starts
        since = "the start" if past.since <= starts else _clock(past.since)
        return past.group, self.name(past.person), what, since, past.held_by

    def name(self, person: str) -> str:
        return _name(self.result, person)


def _name(result: Result, person: str) -> str:
    known = {str(p): who.name for p, who in result.asked.roster.people.items()}
    return masked(on_one_line(known.get(person, person)))


def _violation(result: Result, found: Violation) -> tuple[str, ...]:
    who = _name(result, found.person)
    return found.rule, f"{found.at:%Y-%m-%d %H:%M:%S}", found.group, who, found.text


def minutes(length: timedelta) -> str:
    return f"{length / MINUTE:,.1f} min"


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def asked_said(result: Result) -> str:
    """`365 days from Sun 2026-03-01 00:00 UTC, faults wild, seed 7`."""
    asked = result.asked
    days = counted(asked.days, "day")
    return (
        f"{days} from {asked.starts:%a %Y-%m-%d %H:%M} UTC, faults {asked.force}, seed {asked.seed}"
    )


def again_said(result: Result) -> str:
    """The command that does the very same again."""
    asked = result.asked
    return (
        f"rotation simulate --from {asked.starts:%Y-%m-%dT%H:%MZ} --days {asked.days}"
        f" --faults {asked.force} --seed {asked.seed}"
    )


def next_steps(result: Result) -> Iterator[str]:
    """What to do about it."""
    again = again_said(result)
    if result.violations:
        yield (
            "An invariant was broken, which is a mistake in rotation. Please report it, with the"
            f" rosters and `{again}`."
        )
        return
    bare = [k.group for c in result.accounts for k in c.kept if k.uncovered >= MINUTE]
    if bare and result.asked.force is Force.NONE:
        yield (
            f"Nobody on duty was in {listed(bare)} for a while though all went well: give the"
            " next shift time to come in with `join_early`, and look at `rotation check`."
        )
    waiting = {p.held_by for c in result.accounts for p in (*c.past_end, *c.absent) if p.held_by}
    if waiting:
        yield (
            f"At the end something waits (hold {listed(sorted(waiting))}); the table of holds says"
            " what for."
        )
    if result.asked.force is Force.WILD:
        yield f"Another seed is other weather: `--seed {result.asked.seed + 1}`."
    else:
        worse = Force.MILD if result.asked.force is Force.NONE else Force.WILD
        yield f"Next, in worse weather: `rotation simulate --faults {worse}`."
    yield f"The same again: `{again}`."
