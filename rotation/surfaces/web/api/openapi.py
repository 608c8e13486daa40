"""The description of the API for programs, OpenAPI 3.1, made of what the API is made of.

It is made when somebody asks for it first: few do, and a daemon carries what it made.
"""

import json
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from rotation.core.roster import GroupId
from rotation.surfaces.answers.answer import MOST, Answer, AnyAnswer
from rotation.surfaces.data import bytes_of
from rotation.surfaces.orders import AnyOrder, Field, Kind, Problem, Row, Undo, fields_of
from rotation.surfaces.orders.asking import MOST_NAMES, longest
from rotation.surfaces.orders.order import LONGEST_REASON
from rotation.surfaces.web.api import BELOW
from rotation.surfaces.web.api.endpoints import DOCUMENT, Endpoint, endpoints
from rotation.surfaces.web.api.problems import MEDIA, Trouble
from rotation.surfaces.web.api.schema import Schema, Schemas

_EXAMPLES = "examples.json"
_ASKED = (
    Trouble.MALFORMED, Trouble.NO_TOKEN, Trouble.NOT_ALLOWED, Trouble.UNKNOWN, Trouble.NO_METHOD,
    Trouble.WRONG, Trouble.TOO_MANY, Trouble.FAULT, Trouble.NOT_NOW,
)  # fmt: skip
_ORDERED = (
    Trouble.MALFORMED, Trouble.NO_TOKEN, Trouble.NOT_ALLOWED, Trouble.NO_METHOD, Trouble.TOO_SLOW,
    Trouble.REFUSED, Trouble.CHANGED, Trouble.KEY_REUSED, Trouble.KEY_IN_USE, Trouble.TOO_LARGE,
    Trouble.NOT_JSON, Trouble.WRONG, Trouble.TOO_MANY, Trouble.FAULT, Trouble.NOT_NOW,
)  # fmt: skip
_SAMPLES: dict[Kind, object] = {
    Kind.GROUP: "acme", Kind.PERSON: "ben", Kind.ANYONE: "ben", Kind.SHIFT: "europe",
    Kind.TEAM: "support", Kind.MOMENT: "2027-03-14T18:00Z", Kind.DAY: "2027-03-14",
    Kind.TIME: "2027-03-14", Kind.NAME: "OPS-1042", Kind.TEXT: "Thank you, everybody.",
    Kind.LIST: "key,phone,name,group,until\nM-1042,+44 7700 900123,Zoe,acme,2027-03-14",
    Kind.EDIT: "people: {ben: {role: expert}}",
    Kind.FLAG: False, Kind.NUMBER: 1,
}  # fmt: skip
MADE = {
    "done": bool, "new": bool, "name": str, "said": [str], "groups": [GroupId], "people": [str],
    "undo": Undo | None, "data": dict[str, object],
}  # fmt: skip
WEIGHED = {
    "done": bool, "said": [str], "rows": [Row], "problems": [Problem], "groups": [GroupId],
    "people": [str], "gist": str, "data": dict[str, object],
}  # fmt: skip


@cache
def document() -> bytes:
    return bytes_of(described())


def described() -> dict[str, Any]:
    """The whole document."""
    schemas, known = Schemas(), _examples()
    paths: dict[str, dict[str, Any]] = {}
    for one in endpoints():
        example = known.get(f"GET {one.path}")
        paths.setdefault(f"{BELOW}{one.path}", {})[one.method.lower()] = _operation(
            one, schemas, example
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "rotation",
            "version": version("rotation"),
            "description": "Who is in each group, why, and what comes next; and orders about it.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {**schemas.named, "Problem": _PROBLEM},
        },
    }


def _examples() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((files(__package__) / _EXAMPLES).read_bytes())
    return found


def _operation(one: Endpoint, schemas: Schemas, example: object) -> dict[str, Any]:
    if one.does is None:
        return _documenting()
    if not isinstance(one.does, Answer):
        return _order(one.does, schemas)
    made = _question(one.does, one, schemas)
    made["responses"]["200"]["content"]["application/json"]["example"] = example
    return made


def _documenting() -> dict[str, Any]:
    return {
        "operationId": "openapi",
        "summary": "This description",
        "responses": {
            "200": {"description": "OpenAPI 3.1", "content": _json({"type": "object"})},
            **_problems(_ASKED),
        },
    }


def _question(answer: AnyAnswer, one: Endpoint, schemas: Schemas) -> dict[str, Any]:
    return {
        "operationId": answer.name.replace(" ", "-"),
        "summary": answer.title,
        "description": f"For the role {one.needs} and those above it.",
        "parameters": [_parameter(field, field.name in one.parts) for field in fields_of(answer)],
        "responses": {
            "200": {"description": "The answer", "content": _json(schemas.of(answer.tells))},
            **_problems(_ASKED),
        },
    }


def _parameter(field: Field, in_path: bool) -> dict[str, Any]:  # noqa: FBT001 - a fact, not a mode
    sample = _SAMPLES.get(field.kind) if in_path or field.is_needed else None
    found: dict[str, Any] = {
        "name": field.name,
        "in": "path" if in_path else "query",
        "required": in_path or field.is_needed,
        "description": _said(field),
        "schema": _of_field(field),
    }
    if sample is not None:
        found["example"] = sample
    return found


def _order(order: AnyOrder, schemas: Schemas) -> dict[str, Any]:
    known = fields_of(order)
    made, weighed = schemas.of(MADE), schemas.of(WEIGHED)
    weighed["required"].append("already")
    weighed["properties"]["already"] = {"anyOf": [made, {"type": "null"}]}
    return {
        "operationId": order.name,
        "summary": order.title,
        "description": (
            f"For the role {order.needs} and those above it. With `dry_run` nothing is done, and "
            "the answer says what would be; its `gist`, sent as `agreed`, has it done only if it "
            "would still be the same."
        ),
        "parameters": [_KEY],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _body(known), "example": _sample(known)}},
        },
        "responses": {
            "200": {
                "description": "It was asked for before and stands, or what it would do",
                "content": _json({"anyOf": [made, weighed]}),
            },
            "201": {"description": "It was done", "content": _json(made, _MADE)},
            **_problems(_ORDERED),
        },
    }


def _body(known: Iterable[Field]) -> Schema:
    reason = {"type": "string", "minLength": 1, "maxLength": LONGEST_REASON,
              "description": "Why, in a few words; it is kept."}  # fmt: skip
    found = {field.name: {**_of_field(field), "description": _said(field)} for field in known}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [*(field.name for field in known if field.is_needed), "reason"],
        "properties": {
            **found,
            "reason": reason,
            "dry_run": {"type": "boolean", "default": False},
            "agreed": {"type": "string", "maxLength": LONGEST_REASON},
        },
    }


def _sample(known: Iterable[Field]) -> dict[str, object]:
    needed = {
        field.name: [_sampled(field)] if field.many else _sampled(field)
        for field in known if field.is_needed
    }  # fmt: skip
    return {**needed, "reason": "agreed by phone"}


def _sampled(field: Field) -> object:
    return field.choices[0] if field.choices else _SAMPLES[field.kind]


def _of_field(field: Field) -> Schema:
    if field.many:
        single = {**_single(field), "minLength": 0}
        found: Schema = {"type": "array", "items": single, "maxItems": MOST_NAMES}
        return {**found, "minItems": 1} if field.is_needed else found
    found = _single(field)
    if field.default not in (None, ""):
        found["default"] = field.default
    return found


def _single(field: Field) -> Schema:
    match field.kind:
        case Kind.FLAG:
            return {"type": "boolean"}
        case Kind.NUMBER:
            return {"type": "integer", "minimum": 0, "maximum": MOST if field.name == "limit"
                    else (1 << 62) - 1}  # fmt: skip
        case _ if field.choices:
            return {"type": "string", "enum": list(field.choices)}
        case _:
            most = longest(field.kind)
            return {"type": "string", "minLength": int(field.is_needed), "maxLength": most}


def _said(field: Field) -> str:
    return f"{field.label} ({field.hint})" if field.hint else field.label


def _problems(which: Iterable[Trouble]) -> dict[str, Any]:
    titles: dict[int, list[str]] = {}
    for one in which:
        titles.setdefault(one.status, []).append(one.title)
    content = {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        str(status): {"description": "; or ".join(told), "content": content}
        for status, told in titles.items()
    }


def _json(schema: Schema, example: object = None) -> dict[str, Any]:
    shown = {} if example is None else {"example": example}
    return {"application/json": {"schema": schema, **shown}}


_MADE = {
    "done": True, "new": True, "name": "h12", "said": ["Written down as h12."],
    "groups": ["acme"], "people": ["ben"], "data": {},
    "undo": {"order": "undo", "wish": {"name": "h12"}, "command": "rotation undo h12"},
}  # fmt: skip
_KEY = {
    "name": "Idempotency-Key", "in": "header", "required": False,
    "description": "The same request with the same key is done once, and answered the same, for "
    "24 hours. A UUID, say.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
}  # fmt: skip
_PROBLEM: Schema = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "enum": [f"urn:rotation:problem:{t.word}" for t in Trouble]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong"},
        "fix": {"type": "string", "description": "What to do about it"},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["what", "group", "fix"],
                "properties": {
                    "what": {"type": "string"},
                    "group": {"type": ["string", "null"]},
                    "fix": {"type": "string"},
                },
            },
        },
    },
}  # fmt: skip
__all__ = ["DOCUMENT", "described", "document"]
