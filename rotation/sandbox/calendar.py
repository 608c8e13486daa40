"""Who holds when: a set of spans as an exact, step-wise function of time."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import ClassVar, TypeAlias

from pydantic import ConfigDict

from rotation.sandbox.given import STRICT, Instant, Phone

NOBODY: frozenset[str] = frozenset()
FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """`phone` holds from `starts` to `ends`, half-open; `ends` None: without end."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    phone: Phone
    starts: Instant
    ends: Instant | None = None


Stretch: TypeAlias = tuple[datetime, datetime, frozenset[str]]


class Calendar:
    """Answers who holds at an instant, and how that goes on between two."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans = tuple(spans)
        self._cuts: list[datetime] = []
        self._holding: list[frozenset[str]] = []
        moves = [(s.starts, s.phone, 1) for s in self._spans]
        moves += [(s.ends, s.phone, -1) for s in self._spans if s.ends is not None]
        counts: Counter[str] = Counter()
        holding: set[str] = set()
        for at, together in groupby(sorted(moves), key=lambda move: move[0]):
            for _, phone, step in together:
                counts[phone] += step
                (holding.add if counts[phone] > 0 else holding.discard)(phone)
            self._cuts.append(at)
            self._holding.append(frozenset(holding))

    def plus(self, spans: Iterable[Span]) -> "Calendar":
        """The same, with more who hold."""
        return Calendar((*self._spans, *spans))

    def at(self, at: datetime) -> frozenset[str]:
        index = bisect_right(self._cuts, at)
        return self._holding[index - 1] if index else NOBODY

    def stretches(self, since: datetime, until: datetime) -> Iterator[Stretch]:
        """`[since, until)` cut wherever somebody begins or ceases to hold."""
        starts = since
        for cut in self._cuts[bisect_right(self._cuts, since) :]:
            if cut >= until:
                break
            yield starts, cut, self.at(starts)
            starts = cut
        if starts < until:
            yield starts, until, self.at(starts)

    def gap_of(
        self, phone: str, since: datetime, until: datetime
    ) -> list[tuple[datetime, datetime]]:
        """The stretches of `[since, until)` in which `phone` does not hold, joined up."""
        gaps: list[tuple[datetime, datetime]] = []
        for starts, ends, holding in self.stretches(since, until):
            if phone in holding:
                continue
            if gaps and gaps[-1][1] == starts:
                gaps[-1] = (gaps[-1][0], ends)
            else:
                gaps.append((starts, ends))
        return gaps

    def current(self, phone: str, at: datetime) -> Span | None:
        """The span that covers `at` or, failing that, the next one."""
        ahead = [s for s in self._spans if s.phone == phone and (s.ends or FOREVER) > at]
        return min(ahead, key=lambda span: span.starts, default=None)
