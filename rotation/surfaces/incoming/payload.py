"""What a body asks for, as its mapping says: texts from known places, and nothing guessed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

from rotation.providers.wawp.strict_json import Garbled, Json, is_too_deep, parsed
from rotation.surfaces.incoming.mapping import (
    KINDS,
    NEEDS,
    PathInJson,
    Source,
    When,
    as_text,
)
from rotation.surfaces.incoming.mapping import Mapping as Read
from rotation.surfaces.masking import masked, on_one_line

MOST = 100
"""Events in one body."""
LONGEST_EVENT, LONGEST, LONGEST_WHY = 128, 200, 300
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_MILLISECONDS_FROM = 10**11
_SPOKEN = ("why", "name")
"""Fields that people wrote in their own words, and nothing is found by."""


class MalformedError(Exception):
    """A body that cannot be read as its mapping says, and why; no word of it is repeated."""


@dataclass(frozen=True, slots=True)
class Told:
    """One thing a sender told: the name of the event, when it happened, what to do, the facts.

    With neither `event` nor `at` the sender names none. `groups`: all that may name the group.
    """

    event: str
    at: datetime | None
    when: When
    facts: Mapping[str, str]
    groups: tuple[str, ...]

    @property
    def does(self) -> str:
        return self.when.does


def read(mapping: Read, kind: str, body: bytes, signed_id: str = "") -> list[Told | None]:
    """What a body asks for, in its order; None for an event that asks for nothing.

    `signed_id` names the event where its body does not. Raises MalformedError.
    """
    value = Garbled("") if is_too_deep(body) else parsed(body)
    if isinstance(value, Garbled):
        raise MalformedError("the body is not JSON that can be read")
    events = list(_events(mapping, value))
    return [_told(mapping, kind, event, signed_id) for event in events]


def _events(mapping: Read, value: Json) -> Iterator[Mapping[str, Json]]:
    found = value if mapping.each and isinstance(value, list) else [value]
    if len(found) > MOST:
        raise MalformedError(f"the body has more than {MOST} events")
    for one in found:
        if not isinstance(one, Mapping):
            raise MalformedError("an event is a JSON object")
        yield one


def _told(mapping: Read, kind: str, event: Mapping[str, Json], signed_id: str) -> Told | None:
    when = next((w for w in mapping.whens if w.does in KINDS[kind] and _fits(w, event)), None)
    if when is None:
        return None
    facts = {
        name: text
        for name, source in when.fields.items()
        if name != "group" and (text := _text(name, event, source))
    }
    if missing := [name for name in NEEDS[when.does] if name not in facts]:
        raise MalformedError(f"{' and '.join(missing)}: not in the event")
    name = _text("event", event, mapping.event) or signed_id
    if len(name) > LONGEST_EVENT or not name.isprintable():
        raise MalformedError("event: no name of at most 128 characters")
    groups = tuple(_all(event, when.fields.get("group", ())))
    return Told(name, _instant("at", _value(event, mapping.at)), when, facts, groups)


def _fits(when: When, event: Mapping[str, Json]) -> bool:
    if when.present and _value(event, when.present) is None:
        return False
    return all(_word(_at(event, path)) in wanted for path, wanted in when.match)


def _word(value: Json) -> str | None:
    return as_text(value) if isinstance(value, str | int) else None


def _at(event: Json, path: PathInJson) -> Json:
    """What is at a path; None where nothing is."""
    found = event
    for part in path:
        if isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, list) and part.isascii() and part.isdecimal() and len(part) < 4:  # noqa: PLR2004 - places
            found = found[int(part)] if int(part) < len(found) else None
        else:
            return None
    return found


def _value(event: Json, source: Source) -> Json:
    """What is at the first of these places where something is."""
    for way in source:
        found = [_at(event, path) for path in way]
        if all(one not in (None, "") for one in found):
            return found[0] if len(found) == 1 else "-".join(_text_of("event", f) for f in found)
    return None


def _all(event: Json, source: Source) -> Iterator[str]:
    """Every text at these places, in their order."""
    for way in source:
        if (text := _word(_at(event, way[0]))) and _is_short(text):
            yield text


def _text(name: str, event: Mapping[str, Json], source: Source) -> str:
    value = _value(event, source)
    if value is None:
        return ""
    if name == "until":
        return _until(value)
    if name in _SPOKEN:
        text = masked(on_one_line(_text_of(name, value).strip()))
        return text[:LONGEST_WHY]
    return _text_of(name, value).strip()


def _text_of(name: str, value: Json) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        _not(name, "a text or a whole number")
    text = str(value)
    if name in _SPOKEN:
        return text
    if not _is_short(text):
        _not(name, f"one line of at most {LONGEST} characters")
    return text


def _is_short(text: str) -> bool:
    return len(text) <= LONGEST and text.isprintable()


def _until(value: Json) -> str:
    """An instant as texts say it; whoever counts seconds means UTC."""
    if isinstance(value, str):
        return _text_of("until", value).strip()
    found = _instant("until", value)
    return "" if found is None else found.isoformat().replace("+00:00", "Z")


def _instant(name: str, value: Json) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        _not(name, "an instant")
    try:
        if isinstance(value, str):
            at = datetime.fromisoformat(value)
        else:
            count = value / 1000 if value > _MILLISECONDS_FROM else value
            at = datetime.fromtimestamp(count, UTC)
    except (ValueError, OverflowError, OSError):
        _not(name, "an instant")
    if at.tzinfo is None or not _FIRST <= at < _LAST:
        _not(name, "an instant with its offset, in the years 2000 to 2099")
    return at.astimezone(UTC)


def _not(name: str, what: str) -> NoReturn:
    raise MalformedError(f"{name}: not {what}")
