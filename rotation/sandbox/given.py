"""Reads what a person or a test gives the sandbox (worlds, faults, scripts, duty) into values."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar, cast

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, TypeAdapter, ValidationError

STRICT = ConfigDict(extra="forbid")
"""An unknown word is an error: a misspelt fault must not pass for a healthy world."""


def _phone(text: str) -> str:
    if not re.fullmatch(r"\+[1-9][0-9]{5,14}", text):
        raise ValueError(f"{text!r} is not a phone number such as +351912345678")
    return text


def _chat(text: str) -> str:
    if not re.fullmatch(r"[0-9-]+@g\.us", text):
        raise ValueError(f"{text!r} is not a chat id such as 120363041234567890@g.us")
    return text


Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]
Phone = Annotated[str, AfterValidator(_phone)]
ChatId = Annotated[str, AfterValidator(_chat)]
Chance = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0)]

T = TypeVar("T")
"""What is read; a class, or a type such as `tuple[Deed, ...]`."""


class GivenError(ValueError):
    """What was given does not fit; the text names every place and what is wrong there."""


def read(kind: type[T], data: object) -> T:
    """Plain data as a value of `kind`. Raises `GivenError`."""
    try:
        return _adapter(kind).validate_python(data)
    except ValidationError as error:
        raise GivenError("; ".join(_places(error))) from None


_ADAPTERS: dict[object, object] = {}
"""Building an adapter costs a thousand times what using it does."""


def _adapter(kind: type[T]) -> TypeAdapter[T]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return cast("TypeAdapter[T]", _ADAPTERS[kind])


def read_file(path: Path) -> object:
    """Plain data from a YAML or JSON file. Raises `GivenError`, and OSError as open does.

    YAML gives every scalar as the text it is (`+49151` is a number of a phone, not an integer);
    `read` makes of it what the place wants.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    text = path.read_bytes()
    try:
        if path.suffix == ".json":
            return json.loads(text)
        data: object = YAML(typ="base", pure=True).load(text)
    except (YAMLError, ValueError, RecursionError) as error:
        raise GivenError(f"{path}: {' '.join(str(error).split())}") from None
    return data


def as_utc(at: datetime) -> str:
    """How the sandbox writes an instant: `2026-01-05T08:00:00+00:00`."""
    return at.astimezone(UTC).isoformat()


def _places(error: ValidationError) -> list[str]:
    return [
        f"{_place(found['loc'])}: {found['msg'].removeprefix('Value error, ')}"
        for found in error.errors(include_url=False, include_input=False)
    ]


def _place(parts: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in parts) or "the whole"
