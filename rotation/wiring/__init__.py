"""The composition root: picks the implementations, and is the only place that owns a clock.

`wiring.rehearsal` is asked for by its own name: it brings the sandbox along, which a daemon
on a real account never needs.
"""

from rotation.wiring.clocks import RealClock, SandboxClock, WallClock, rest
from rotation.wiring.parts import Parts, assemble, chat_for, open_ledger

__all__ = [
    "Parts",
    "RealClock",
    "SandboxClock",
    "WallClock",
    "assemble",
    "chat_for",
    "open_ledger",
    "rest",
]
