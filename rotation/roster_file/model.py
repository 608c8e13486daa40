"""The shape of a roster file: what each key is called and what its value may be.

The same models check a file and make the JSON schema that editors complete from.
"""

from collections.abc import Callable
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Self, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from rotation.core.notice import SPOKEN
from rotation.core.roster import (
    Admins,
    Every,
    Hours,
    IfAddFails,
    Mode,
    NoticeTo,
    Phone,
    Uncovered,
)
from rotation.roster_file import forms
from rotation.roster_file.problems import UnreadableError, did_you_mean

_T = TypeVar("_T")
_E = TypeVar("_E", bound=StrEnum)
_DAY = timedelta(days=1)


def _read(form: Callable[[str], _T]) -> PlainValidator:
    """A value in one of our forms. A bare number or true is shown to the form, which refuses it."""

    def validate(value: object) -> _T:
        if isinstance(value, list | dict):
            raise UnreadableError("one value is needed here, not several", "Write just one")
        return form(str(value))

    return PlainValidator(validate)


def _read_text(
    form: Callable[[str], _T], number: str = "an unquoted number is no text"
) -> PlainValidator:
    """Text that could look like a number, and then must stand in quotes: `number` says why."""

    def validate(value: object) -> _T:
        match value:
            case str():
                return form(value)
            case bool():
                raise UnreadableError("an unquoted true or false is no text", "Put it in quotes")
            case int() | float():
                raise UnreadableError(number, "Put it in quotes")
            case _:
                raise UnreadableError("one text is needed here", "Write one line of text")

    return PlainValidator(validate)


def _words(words: type[_E]) -> PlainValidator:
    def read(text: str) -> _E:
        try:
            return words(text)
        except ValueError:
            message = f"`{text}` is none of {', '.join(words)}"
            raise UnreadableError(message, did_you_mean(text, words)) from None

    return _read(read)


def _schema(words: type[StrEnum]) -> WithJsonSchema:
    return WithJsonSchema({"enum": [str(w) for w in words]})


def _text_schema(pattern: str, description: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "description": description})


def _days(value: object) -> frozenset[int]:
    if isinstance(value, str):
        return forms.days(value)
    if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
        raise UnreadableError("these are no weekdays", "Write `weekdays`, `mon-fri` or [mon, wed]")
    return frozenset[int]().union(*(forms.days(v) for v in value))


_NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_LENGTH = r"^\s*(\d+\s*(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)\s*)+$"
_CLOCK = r"\d{1,2}:\d{2}"
_WEEKDAY = r"([mM]on|[tT]ue|[wW]ed|[tT]hu|[fF]ri|[sS]at|[sS]un)[a-z]*"
_HOURS = rf"^({_CLOCK} +to +{_CLOCK}|{_WEEKDAY} +{_CLOCK} +to +{_WEEKDAY} +{_CLOCK}|all day)$"
_DAYS = rf"^(every day|weekdays|weekends|{_WEEKDAY}(( *- *| +to +){_WEEKDAY})?)$"

Name: TypeAlias = Annotated[
    str, _read_text(forms.name), _text_schema(_NAME_PATTERN, "A name that other lines refer to")
]
Key: TypeAlias = Annotated[str, AfterValidator(forms.name)]
Line: TypeAlias = Annotated[
    str,
    _read_text(forms.line),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 200}),
]
PhoneNumber: TypeAlias = Annotated[
    Phone,
    _read_text(forms.phone, "an unquoted number loses its plus and zeros"),
    _text_schema(r"^\+[\d ().-]{6,}$", "With plus and country code: +351 91 234 5678"),
]
Zone: TypeAlias = Annotated[
    str, _read(forms.zone), _text_schema(r"^(UTC|[A-Za-z_]+(/[A-Za-z_-]+)*)$", "Europe/Lisbon")
]
Language: TypeAlias = Annotated[
    str, _read(forms.language), _text_schema(r"^[a-z]{2,3}(-[A-Z]{2})?$", "pt, ja, pt-BR")
]
ShiftHours: TypeAlias = Annotated[
    tuple[Hours, int | None],
    _read(forms.hours),
    _text_schema(_HOURS, "08:00 to 16:00, fri 18:00 to mon 08:00, all day"),
]
Days: TypeAlias = Annotated[
    frozenset[int],
    PlainValidator(_days),
    WithJsonSchema(
        {
            "description": "The weekdays a shift starts on: every day, mon-fri, [mon, wed]",
            "anyOf": [
                {"type": "string", "pattern": _DAYS},
                {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": _DAYS}},
            ],
        }
    ),
]
Change: TypeAlias = Annotated[
    tuple[int, Every],
    _read(forms.change),
    _text_schema(r"^every +(\d+ +)?(day|week|month)s?$", "every week, every 2 weeks"),
]
Day: TypeAlias = Annotated[
    date, _read(forms.day), _text_schema(r"^20\d{2}-\d{2}-\d{2}$", "2026-01-05")
]
Chat: TypeAlias = Annotated[
    str,
    _read(forms.chat),
    _text_schema(r"^\d{5,32}(-\d{5,32})?@g\.us$", "The id of the group: 120363041234567001@g.us"),
]
Length: TypeAlias = Annotated[
    timedelta, _read(forms.duration(_DAY)), _text_schema(_LENGTH, "45 s, 10 min, 1 h 30 min")
]
LongLength: TypeAlias = Annotated[
    timedelta, _read(forms.duration(365 * _DAY)), _text_schema(_LENGTH, "36 h, 3 d")
]
Template: TypeAlias = Annotated[
    str,
    _read_text(forms.template),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 1,
            "maxLength": forms.LONGEST_TEXT,
            "description": "Variables: " + " ".join(f"{{{v}}}" for v in forms.VARIABLES),
        }
    ),
]
Names: TypeAlias = Annotated[list[Name], Field(json_schema_extra={"uniqueItems": True})]
Some: TypeAlias = Annotated[list[Name], Field(min_length=1)]


def occasion(text: str) -> tuple[str, str]:
    """What a goodbye text is for: `any`, a reason, a language, or both (`shift_end.ja`)."""
    reason, _, language = text.partition(".")
    reasons = {str(r) for r in SPOKEN}
    if text == "any":
        return "", ""
    if reason in reasons:
        return reason, forms.language(language) if language else ""
    if language or len(reason) > len("por-BR"):
        raise UnreadableError(f"`{text}` is no reason to say goodbye", did_you_mean(text, reasons))
    return "", forms.language(reason)


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PersonEntry(_Entry):
    name: Line
    phone: PhoneNumber
    zone: Zone | None = None
    language: Language | None = None
    role: Line | None = None


class TurnsEntry(_Entry):
    change: Change
    since: Day = Field(alias="from")
    order: Some


class ShiftEntry(_Entry):
    """Exactly one of `turns` and `everyone`."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["turns"]}, {"required": ["everyone"]}]}
    )

    zone: Zone
    hours: ShiftHours
    days: Days | None = None
    on_duty: Annotated[int, Field(ge=1, le=1000)] | None = None
    turns: TurnsEntry | None = None
    everyone: (
        Annotated[list[Name], Field(min_length=1, json_schema_extra={"uniqueItems": True})] | None
    ) = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.turns is None) == (self.everyone is None):
            raise UnreadableError(
                "a shift needs either `turns` or `everyone`",
                "Write `turns: {change: every week, from: 2026-01-05, order: [ana, ben]}` "
                "or `everyone: [ana, ben]`",
            )
        if self.everyone is not None and self.on_duty is not None:
            raise UnreadableError(
                "with `everyone` there is no `on_duty`: all are on duty", "Delete `on_duty`"
            )
        return self


class GoodbyeEntry(_Entry):
    """`text` is what everybody reads; `texts` say it otherwise by reason, language or both.

    A key of `texts` is `any`, a reason (`shift_end`, `override_end`, `manual`, `stranger`), a
    language (`ja`), or reason and language (`shift_end.ja`). The nearest one is said.
    """

    before: Length = timedelta(0)
    to: Annotated[NoticeTo, _words(NoticeTo), _schema(NoticeTo)] = NoticeTo.GROUP
    text: Template | None = None
    texts: dict[Annotated[str, AfterValidator(lambda k: occasion(k) and k)], Template] = Field(
        default_factory=dict
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.text is None and not self.texts:
            raise UnreadableError(
                "the goodbye says nothing", 'Write `text: "{names} sign off. {next} have it now."`'
            )
        return self


class PolicyEntry(_Entry):
    join_early: Length | None = None
    stay_late: Length | None = None
    keep_at_least: Annotated[int, Field(ge=1, le=1000)] | None = None
    uncovered: Annotated[Uncovered, _words(Uncovered), _schema(Uncovered)] | None = None
    if_add_fails: list[Annotated[IfAddFails, _words(IfAddFails), _schema(IfAddFails)]] | None = None
    admins: Annotated[Admins, _words(Admins), _schema(Admins)] | None = None
    goodbye: GoodbyeEntry | None = None
    strangers_after: LongLength | None = None


class GroupEntry(PolicyEntry):
    account: Name
    chat: Chat
    shifts: Names = Field(default_factory=list)
    always_in: Names = Field(default_factory=list)
    pins: Names = Field(default_factory=list)
    mode: Annotated[Mode, _words(Mode), _schema(Mode)] = Mode.WATCH
    tell: Names | None = None
    language: Language | None = None
    team: Name | None = None


class RosterFile(_Entry):
    """One file in `schedules/`. Files of a folder work together; `defaults` holds in its own."""

    team: Name | None = None
    tell: Names = Field(default_factory=list)
    people: dict[Key, PersonEntry] = Field(default_factory=dict)
    shifts: dict[Key, ShiftEntry] = Field(default_factory=dict)
    defaults: PolicyEntry | None = None
    groups: dict[Key, GroupEntry] = Field(default_factory=dict)


class _AsWritten(GenerateJsonSchema):
    """The schema of what people write: a key that is not needed is left out, never null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - pydantic's
        return False

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        found = super().dict_schema(schema)
        found["propertyNames"] = {"pattern": _NAME_PATTERN}
        return found


def json_schema() -> JsonSchemaValue:
    """The JSON schema (draft 2020-12) of a roster file."""
    found = RosterFile.model_json_schema(schema_generator=_AsWritten)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}
