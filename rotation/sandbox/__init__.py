"""A small WhatsApp-like world that speaks Wawp: for development, the demo, tests and simulations.

It shares no code with the provider that talks to it, nor with the engine it judges.
"""

from rotation.sandbox.clock import RealClock, SteppedClock, WorldClock
from rotation.sandbox.given import GivenError
from rotation.sandbox.hooks import Delivery
from rotation.sandbox.wire import CutOff, NoAnswer, Request, Response, TimedOut
from rotation.sandbox.world import World

__all__ = [
    "CutOff",
    "Delivery",
    "GivenError",
    "NoAnswer",
    "RealClock",
    "Request",
    "Response",
    "SteppedClock",
    "TimedOut",
    "World",
    "WorldClock",
]
