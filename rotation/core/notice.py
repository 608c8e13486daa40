"""The exit notice: which occurrences still owe one, when it is due, and what it says."""

import string
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from rotation.core.facts import Because
from rotation.core.reason import PATIENT, SPOKEN, WARNING, Reason
from rotation.core.roster import Goodbye, Policy
from rotation.core.timeline import stretch_at

STALE = timedelta(minutes=15)
"""No notice for a shift that ended longer ago."""
SOON = timedelta(days=3)
LOOK_AHEAD = timedelta(days=60)
"""How far a notice looks for when somebody is back."""
_WARNING = "{names}, your place in {group} ends {until}."
EMPTY_IN = {
    WARNING: frozenset({"next", "back"}),
    Reason.ROSTER_REMOVED.value: frozenset({"back"}),
    Reason.STRANGER.value: frozenset({"back"}),
    Reason.SUBSCRIPTION.value: frozenset({"back"}),
}
"""Variables that can mean nothing in a text for that reason: who goes is on no shift here."""
PATIENCE = timedelta(seconds=60)
"""A removal waits this long for its notice, and no longer."""


def due_at(policy: Policy, because: Because) -> datetime | None:
    """When the notice for this exit may be said; None when the exit is not announced."""
    if policy.goodbye is None or because.reason not in SPOKEN or because.ends is None:
        return None
    if key_of(policy.goodbye, because.reason, None) is None:
        return None
    return because.ends - policy.goodbye.before


def quiet_until(goodbye: Goodbye | None, at: datetime) -> datetime | None:
    """When the quiet hours end that `at` falls into; None outside of them."""
    if goodbye is None or goodbye.quiet is None:
        return None
    found = stretch_at(goodbye.quiet.hours, goodbye.quiet.zone, at)
    return None if found is None else found[1]


def put_off(policy: Policy, because: Because) -> Because:
    """The exit as it is carried out: one that falls into quiet hours and can wait ends with them.

    Only for the sake of what is to be said: whoever goes without a word goes when they are due.
    """
    if because.reason not in PATIENT or because.ends is None or due_at(policy, because) is None:
        return because
    later = quiet_until(policy.goodbye, because.ends)
    return because if later is None else because._replace(ends=later)


def stale(because: Because, now: datetime) -> bool:
    return because.ends is not None and now - because.ends > STALE


def text(goodbye: Goodbye, reason: Reason, language: str | None, words: Mapping[str, str]) -> str:
    """The notice's text, filled in; nothing where no text is for that reason."""
    key = key_of(goodbye, reason, language)
    return "" if key is None else filled(goodbye.texts[key], words)


def key_of(goodbye: Goodbye, reason: Reason, language: str | None) -> tuple[str, str] | None:
    """Which text is said: the most specific of (reason, language), then either one, then any.

    `pt-BR` is told in `pt` before it is told in none. Where every text for the reason is in other
    languages, the first of them is better than silence.
    """
    asked = [(r, spoken) for spoken in languages(language) for r in (reason.value, "")]
    others = sorted((k for k in goodbye.texts if k[0] in {reason.value, ""}), key=_by_reason)
    return next((key for key in (*asked, *others) if key in goodbye.texts), None)


def _by_reason(key: tuple[str, str]) -> tuple[bool, str]:
    return not key[0], key[1]


def languages(language: str | None) -> Iterator[str]:
    """Those to look for a text in, the nearest first; "" is that of nobody in particular."""
    if language:
        yield from dict.fromkeys((language, language.partition("-")[0]))
    yield ""


def warning(goodbye: Goodbye | None, language: str | None, words: Mapping[str, str]) -> str:
    """What somebody reads some days before a subscription of theirs ends."""
    key = warning_key(goodbye, language)
    if goodbye is None or key is None:
        return filled(_WARNING, words)
    return filled(goodbye.texts[key], words)


def warning_key(goodbye: Goodbye | None, language: str | None) -> tuple[str, str] | None:
    """Which text a warning is said in; None for ours."""
    texts = goodbye.texts if goodbye is not None else {}
    keys = ((WARNING, spoken) for spoken in languages(language))
    return next((key for key in keys if key in texts), None)


def filled(template: str, words: Mapping[str, str]) -> str:
    """Fill {names} and the like. Templates were checked when the roster was read."""
    parts = []
    for literal, field, _spec, _conversion in string.Formatter().parse(template):
        parts.append(literal)
        if field is not None:
            parts.append(words.get(field, ""))
    return "".join(parts)
