"""Metrics of ours as Prometheus writes them: `rotation_`, then what is counted, then its unit."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

Samples: TypeAlias = Iterable[tuple[Sequence[str], float]]
"""Values of the labels, and how many or how much."""


def gauge(name: str, what: str, samples: Samples, labels: Sequence[str] = ()) -> Metric:
    """What goes up and down."""
    family = GaugeMetricFamily(f"rotation_{name}", what, labels=labels)
    for values, number in samples:
        family.add_metric(values, number)
    return family


def counter(name: str, what: str, samples: Samples, labels: Sequence[str] = ()) -> Metric:
    """What only grows, counted since this daemon started; its name ends in `_total`."""
    family = CounterMetricFamily(f"rotation_{name}", what, labels=labels)
    for values, number in samples:
        family.add_metric(values, number)
    return family
