"""What a question asks for: the parts of its address, and what stands behind the question mark."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from rotation.surfaces.answers.answer import AnyAnswer
from rotation.surfaces.orders import Field, Kind, named_fields_of, wish_of
from rotation.surfaces.wrong import Wrong

_WORDS = {"true": True, "false": False}


def wish(answer: AnyAnswer, parts: Mapping[str, str], query: Sequence[tuple[str, str]]) -> Any:  # noqa: ANN401 - of the answer's own kind
    """The answer's wish. Raises Wrong, which names the field."""
    known = named_fields_of(answer)
    told: dict[str, object] = dict(parts)
    for name, text in query:
        if name in known and known[name].many:
            told[name] = [*cast("list[str]", told.get(name, [])), text]
            continue
        if name in told:
            raise Wrong(f"`{name[:80]}` is said twice")
        told[name] = _value(known[name], text) if name in known else text
    return wish_of(answer, told)


def _value(one: Field, text: str) -> object:
    if one.kind is Kind.FLAG:
        return _WORDS.get(text, text)
    if one.kind is Kind.NUMBER and re.fullmatch(r"\d{1,18}", text, re.ASCII):
        return int(text)
    return text
