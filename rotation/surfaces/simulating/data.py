"""A simulation's result as plain data for programs. Lengths are minutes, people their keys."""

from dataclasses import asdict
from datetime import timedelta

from rotation.surfaces.simulating.result import Came, Held, Kept, Past, Result, Told
from rotation.wiring.oracles import What

MINUTE = timedelta(minutes=1)


def data(result: Result) -> dict[str, object]:
    """One object; fields are only ever added."""
    asked = result.asked
    return {
        "starts": asked.starts,
        "days": asked.days,
        "faults": asked.force.value,
        "seed": asked.seed,
        "ok": result.well,
        "accounts": [_account(came) for came in result.accounts],
        "violations": [asdict(found) for found in result.violations],
    }


def _account(came: Came) -> dict[str, object]:
    stay = came.longest_stay
    return {
        "account": came.account,
        "handovers": came.handovers,
        "attempts": came.attempts,
        "retries": came.retries,
        "restarts": came.restarts,
        "alarms": came.told.messages,
        "told": _told(came.told),
        "uncovered_minutes": _minutes(came.uncovered),
        "longest_stay_past_end": {
            "minutes": _minutes(stay.lasted), "group": stay.group, "person": stay.person,
        },
        "past_end": [_past(past) for past in came.past_end],
        "absent": [_past(past) for past in came.absent],
        "most_calls_in_60s": dict(came.busiest),
        "groups": [_group(kept) for kept in came.kept],
        "holds": [_held(held) for held in came.held],
        "trace": came.trace,
    }  # fmt: skip


def _told(told: Told) -> dict[str, object]:
    return {
        "lasted": {what.value: told.lasted.get(what, 0) for what in What},
        "messages": told.messages,
        "needless": [asdict(found) for found in told.needless],
        "needless_per_group_and_month": round(told.rate, 3),
    }


def _group(kept: Kept) -> dict[str, object]:
    fields = asdict(kept)
    uncovered = fields.pop("uncovered")
    return {**fields, "uncovered_minutes": _minutes(uncovered)}


def _held(held: Held) -> dict[str, object]:
    return {
        "hold": held.hold.value,
        "times": held.times,
        "longest_minutes": _minutes(held.longest),
        "groups": list(held.groups),
        "told": list(held.told),
    }


def _past(past: Past) -> dict[str, object]:
    return asdict(past)


def _minutes(length: timedelta) -> float:
    return round(length / MINUTE, 3)
