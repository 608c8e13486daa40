"""Metrics of what the daemon knows by itself: its pulse, its settings, what it is made of."""

import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version

from prometheus_client.metrics_core import Metric

from rotation.core.facts import Kind
from rotation.surfaces.fitness import Fitness
from rotation.surfaces.web.families import counter, gauge
from rotation.wiring import Parts
from rotation.wiring.pulse import Pulse
from rotation.zone_data import ZoneData

OUTCOMES = ("accepted", "throttled", "refused", "indoubt")
TOLD = {"alarm": "reached", "alarm_untold": "unreached"}


def metrics(fitness: Fitness) -> Iterator[Metric]:
    build = [((version("rotation"), platform.python_version()), 1.0)]
    yield gauge("build_info", "Which rotation this is.", build, ("version", "python"))
    yield from _of_zone_data(fitness.zone_data)
    yield from _of_pulse(fitness.pulse)
    yield from _of_settings(fitness.parts)
    standby = fitness.parts.shared is not None and bool(fitness.parts.shared.me.standby)
    what = "Whether this daemon would take no account."
    yield gauge("standby", what, [((), float(standby))])


def _of_zone_data(data: ZoneData) -> Iterator[Metric]:
    info = [((data.version, data.source.value), 1.0)]
    yield gauge("zone_data_info", "The time-zone data in force.", info, ("version", "source"))
    if data.updated is not None:
        renewed = datetime.combine(data.updated, datetime.min.time(), UTC).timestamp()
        yield gauge(
            "zone_data_updated_timestamp_seconds",
            "When the time-zone data was last renewed, at the earliest.",
            [((), renewed)],
        )


def _of_pulse(pulse: Pulse) -> Iterator[Metric]:
    by_account, beats, late = ("account",), pulse.beats, pulse.late()
    yield counter(
        "ticks", "Looks at an account.", [((b.account,), b.ticks) for b in beats], by_account
    )
    failed = [((b.account,), float(b.failed)) for b in beats]
    yield counter("ticks_failed", "Looks at an account that failed.", failed, by_account)
    yield gauge(
        "tick_overdue_seconds",
        "For how long nobody looked after an account that should have been; 0 while all is well.",
        [
            ((b.account,), late[b.account].total_seconds() if b.account in late else 0)
            for b in beats
        ],
        by_account,
    )
    done = dict(pulse.done)
    yield counter(
        "attempts",
        "Changes and messages that were tried, by how the call ended.",
        [
            ((account, kind.value, outcome), float(done[account, f"{kind.value}_{outcome}"]))
            for account in sorted({account for account, _ in done})
            for kind in (Kind.ADD, Kind.REMOVE, Kind.NOTICE, Kind.BRIEF, Kind.INVITE)
            for outcome in OUTCOMES
            if (account, f"{kind.value}_{outcome}") in done
        ],
        ("account", "kind", "outcome"),
    )
    told = [
        (word, sum(n for (_, kind), n in done.items() if kind == k)) for k, word in TOLD.items()
    ]
    yield counter(
        "alarms_told",
        "Times people were told.",
        [((word,), float(n)) for word, n in told],
        ("how",),
    )
    guarded = float(sum(n for (_, kind), n in done.items() if kind == "guarded"))
    yield counter("guarded", "Steps that the guard did not let pass.", [((), guarded)])


def _of_settings(parts: Parts) -> Iterator[Metric]:
    accounts = parts.settings.accounts.values()
    for name, what, allowed in (
        ("calls_allowed_per_minute", "Calls of all kinds.", "requests_per_minute"),
        ("changes_allowed_per_minute", "Additions; removals as many.", "drip"),
        ("changes_allowed_per_day", "Additions and removals together.", "changes_per_day"),
    ):
        samples = [((a.id,), float(getattr(a, allowed))) for a in accounts]
        yield gauge(name, f"What the account may make: {what}", samples, ("account",))
