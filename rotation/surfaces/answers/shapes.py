"""Shapes of answers that are more than a type: a value of ours with a few fields beside it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Also:
    """Everything of a dataclass, and more fields."""

    of: type
    fields: Mapping[str, object]
