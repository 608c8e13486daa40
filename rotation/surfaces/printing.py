"""Which commands only look, and may so be run here for somebody elsewhere.

No option of theirs that is named here reads or writes a file, or asks a provider.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import Any, NamedTuple

_DATA = frozenset({"--json"})
_ROWS = _DATA | {"--csv"}
PRINTED: Mapping[str, frozenset[str]] = {
    "status": _DATA | {"--exit-code", "--replicas"},
    "who": _DATA | {"--at"},
    "next": _DATA | {"--count"},
    "plan": _DATA | {"--exit-code"},
    "explain": _DATA,
    "notices": _DATA | {"--reason", "--language"},
    "changes": _DATA | {"--all"},
    "undo": _DATA,
    "holds": _DATA,
    "adopt": _DATA | {"--since"},
    "week": _DATA,
    "review": _ROWS | {"--exit-code"},
    "history": _ROWS | {"--group", "--person", "--since", "--until", "--limit"},
    "access-report": _ROWS | {"--group", "--person", "--from", "--until", "--zone"},
    "timeline": _DATA | {"--group", "--from", "--until"},
    "gaps": _DATA | {"--months", "--from", "--rest"},
    "workload": _ROWS | {"--from", "--until"},
    "calendars": _DATA,
    "grants": _DATA | {"--ticket"},
    "events": _DATA,
    "hooks": _DATA,
    "subscriptions": _ROWS | {"--group", "--all"},
}
"""The options of each that may be said."""


class Seated(NamedTuple):
    """The roster in force, the time and the settings, where a command is run for others."""

    roster: Any
    now: datetime
    settings: Any


SEATED: ContextVar[Seated | None] = ContextVar("seated", default=None)
"""What commands answer from that would read roster files, and tell the time, by themselves."""
