"""What the closing record of a change keeps of the calls it took, which are let go one day."""

from collections.abc import Mapping, Sequence

from rotation.core.facts import Attempt, Kind


def of_calls(attempts: Sequence[Attempt]) -> Mapping[str, str]:
    """By which roster and zone data, when it was due, and when its first call left.

    Due is when the right to be in began, for somebody who came, or ended, for somebody who went.
    """
    if not attempts:
        return {}
    last, because = attempts[-1], attempts[-1].because
    due = because.starts if last.kind is Kind.ADD else because.ends
    return {
        "called": min(attempt.sent_at for attempt in attempts).isoformat(),
        "due": "" if due is None else due.isoformat(),
        "roster": last.roster,
        "zone_data": last.zone_data,
    }
