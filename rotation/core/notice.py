"""The exit notice: which occurrences still owe one, when it is due, and what it says."""

import string
from collections.abc import Mapping
from datetime import datetime, timedelta

from rotation.core.facts import Because
from rotation.core.reason import SPOKEN, WARNING, Reason
from rotation.core.roster import Goodbye, Policy

STALE = timedelta(minutes=15)
"""No notice for a shift that ended longer ago."""
SOON = timedelta(days=3)
LOOK_AHEAD = timedelta(days=60)
"""How far a notice looks for when somebody is back."""
_WARNING = "{names}, your place in {group} ends {until}."
PATIENCE = timedelta(seconds=60)
"""A removal waits this long for its notice, and no longer."""


def due_at(policy: Policy, because: Because) -> datetime | None:
    """When the notice for this exit may be said; None when the exit is not announced."""
    if policy.goodbye is None or because.reason not in SPOKEN or because.ends is None:
        return None
    return because.ends - policy.goodbye.before


def stale(because: Because, now: datetime) -> bool:
    return because.ends is not None and now - because.ends > STALE


def text(goodbye: Goodbye, reason: Reason, language: str | None, words: Mapping[str, str]) -> str:
    """The notice's text: the most specific of (reason, language), then either one, then any."""
    spoken = language or ""
    for key in ((reason.value, spoken), ("", spoken), (reason.value, ""), ("", "")):
        if key in goodbye.texts:
            return _filled(goodbye.texts[key], words)
    return ""


def warning(goodbye: Goodbye | None, language: str | None, words: Mapping[str, str]) -> str:
    """What somebody reads some days before a subscription of theirs ends."""
    texts = goodbye.texts if goodbye is not None else {}
    for key in ((WARNING, language or ""), (WARNING, "")):
        if key in texts:
            return _filled(texts[key], words)
    return _filled(_WARNING, words)


def _filled(template: str, words: Mapping[str, str]) -> str:
    """Fill {names} and the like. Templates were checked when the roster was read."""
    parts = []
    for literal, field, _spec, _conversion in string.Formatter().parse(template):
        parts.append(literal)
        if field is not None:
            parts.append(words.get(field, ""))
    return "".join(parts)
