"""The engine: one tick looks at everything, does at most one thing, and says when to come back."""

from rotation.engine.adopt import Adopted, adopt
from rotation.engine.gather import GroupView, view
from rotation.engine.intake import Intake
from rotation.engine.replica import Shared, Terms
from rotation.engine.rules import AccountRules, Event
from rotation.engine.tick import Engine

__all__ = [
    "AccountRules",
    "Adopted",
    "Engine",
    "Event",
    "GroupView",
    "Intake",
    "Shared",
    "Terms",
    "adopt",
    "view",
]
