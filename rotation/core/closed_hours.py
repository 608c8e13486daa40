"""Time that is closed on purpose: it was declared, and no shift is served then."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from rotation.core.declared import Closed
from rotation.core.roster import Group
from rotation.core.timeline import MOMENT, Span, Timeline

__all__ = ["Closed", "closed_hours", "is_closed"]


def closed_hours(
    timeline: Timeline, group: Group, since: datetime, until: datetime
) -> tuple[Closed, ...]:
    """The closed stretches that share time with `[since, until)`, in order.

    Each is whole as far as what declares it shares time with that, too.
    """
    declared = timeline.declared(group, since, until)
    if not declared:
        return ()
    spans = timeline.of_shifts(group.id, declared[0].starts, max(one.ends for one in declared))
    free = (left for one in declared for left in _without(one, spans))
    return tuple(one for one in free if one.starts < until and one.ends > since)


def is_closed(timeline: Timeline, group: Group, at: datetime) -> bool:
    return bool(closed_hours(timeline, group, at, at + MOMENT))


def _without(one: Closed, spans: Iterable[Span]) -> Iterator[Closed]:
    """What spans, which are by start, leave of it."""
    starts = one.starts
    for span in spans:
        if span.starts >= one.ends:
            break
        if span.starts > starts:
            yield one._replace(starts=starts, ends=span.starts)
        starts = max(starts, span.ends)
    if starts < one.ends:
        yield one._replace(starts=starts)
