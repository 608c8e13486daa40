"""The composition root: picks the implementations, and is the only place that owns a clock."""

from rotation.wiring.clocks import RealClock, SandboxClock, WallClock
from rotation.wiring.parts import Parts, assemble, chat_for, open_ledger
from rotation.wiring.rehearsal import Rehearsal

__all__ = [
    "Parts",
    "RealClock",
    "Rehearsal",
    "SandboxClock",
    "WallClock",
    "assemble",
    "chat_for",
    "open_ledger",
]
