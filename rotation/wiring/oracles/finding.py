"""What an oracle says: an invariant that was broken, when, where and about whom."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach of an invariant. `group` and `person` are names, empty where it is nobody's."""

    rule: str
    at: datetime
    group: str
    person: str
    text: str
