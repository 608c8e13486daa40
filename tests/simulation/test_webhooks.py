"""Webhooks in a simulated day: however they travel, they change nothing but when groups are read."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Kind, Seen
from rotation.core.roster import AccountId, GroupId
from rotation.wiring.mortal import Fate, MortalLedger
from rotation.wiring.post import Mail
from rotation.wiring.simulation import Seams, Simulation

pytestmark = pytest.mark.slow

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a simulation."""
