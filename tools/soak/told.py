"""What a part of the soak tells when it is done."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Soaked:
    """How much was done, drawn from which seeds, and what was broken. `more` is for the curious."""

    count: int
    seeds: str
    violations: tuple[str, ...]
    more: Mapping[str, object] = field(default_factory=dict)
