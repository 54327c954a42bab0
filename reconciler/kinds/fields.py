"""The types a field of a manifest can have, from the text of its YAML scalar to a value in normal form.

Every type is text checked by one small function; what it refuses it refuses with a code of `codes`. The
`WithJsonSchema` part is what editors see. Traps of generated schemas: see `schema.py`.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import AfterValidator, PlainValidator, ValidationInfo, WithJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from reconciler.canonical import ALWAYS_ON, MONEY_TEXT, minor_digits, money, number
from reconciler.model import Number, Plain

Shape = Literal["text", "id", "money", "flag", "whole", "ratio"]
NAME = r"[a-z0-9][a-z0-9-]{0,62}"
NAME_PATTERN = re.compile(NAME, re.ASCII)
_DIGITS = re.compile(r"[0-9]{1,20}", re.ASCII)
# The URLs that need no closer look.
_PLAIN_URL = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[A-Za-z0-9._~/?&=%+-]*)?", re.ASCII)
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", re.ASCII)
_SLOTS = re.compile(r"[01]{336}", re.ASCII)
_WORD = re.compile(r"[A-Z][A-Z0-9_]*", re.ASCII)
INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})", re.ASCII)
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,12}", re.ASCII)
# What some YAML reader would take for a boolean, nothing or a number, in any version of YAML.
_NOT_TEXT = re.compile(
    r"|~|null|true|false|yes|no|on|off|y|n"
    r"|[-+]?\.?[0-9][0-9_,]*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?|[-+]?0x[0-9a-f_]+|0o?[0-7_]+|0b[01_]+"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|[-+]?\.inf|\.nan",
    re.IGNORECASE | re.ASCII,
)


class Is:
    """Marker: what a value is, for whoever compares or reads it."""

    __slots__ = ("shape",)

    def __init__(self, shape: Shape) -> None:
        self.shape = shape


class Reference:
    """Marker: the value is the name of a manifest of another kind. `kind` is that kind's short name; `nests`: what it
    names is the parent, which the object belongs to; `needs`: a field that what it names must set."""

    __slots__ = ("kind", "needs", "nests")

    def __init__(self, kind: str, *, nests: bool = False, needs: str | None = None) -> None:
        self.kind, self.nests, self.needs = kind, nests, needs


class ByName:
    """Marker: the value is a name in the account, or names and ids are mixed. `what`: the lookup that knows it;
    `instead`: the fields that it stands for, the id first; none where the field takes ids itself."""

    __slots__ = ("instead", "what")

    def __init__(self, what: str, *instead: str) -> None:
        self.what, self.instead = what, instead


class Sought(str):
    """A name in the account where what it stands for will be, once a plan has looked it up."""

    __slots__ = ()


class Unordered:
    """Marker: a list whose order means nothing to the API."""


class Nested:
    """Marker: a mapping whose keys are fields of their own, each compared by itself: `targeting_spec.gender`."""


class FieldType(NamedTuple):
    """What the engine must know of a field's values."""

    shape: Shape
    many: bool
    unordered: bool


def type_of(info: FieldInfo) -> FieldType:
    """The type of a field of a spec."""
    many = get_origin(info.annotation) is list
    inside = getattr(get_args(info.annotation)[0], "__metadata__", ()) if many else info.metadata
    shape: Shape = next((mark.shape for mark in inside if isinstance(mark, Is)), "text")
    return FieldType(shape, many, any(isinstance(mark, Unordered) for mark in info.metadata))


def fail(code: str, message: str, hint: str = "", at: str = "") -> PydanticCustomError:
    """An error that carries one of our codes; `hint` says what to do, `at` names the key of a mapping it is about."""
    # The texts travel in the context: a user's braces must not be read as a template.
    return PydanticCustomError("reconciler", "{text}", {"code": code, "text": message, "hint": hint, "at": at})


def text(value: Any) -> str:
    """Text: quoted, or unquoted where no reader of YAML could take it for anything else."""
    if not isinstance(value, str):
        raise fail("R215", "one text is expected here, not a list or a mapping")
    if isinstance(value, Plain) and _NOT_TEXT.fullmatch(value):
        hint = f'quote it: "{value}"' if value else "write a text, or leave the key out"
        raise fail("R203", f"{_shown(value)} is not text", hint)
    return str(value)


def _shown(value: str) -> str:
    return f"`{value}`" if value else "an empty value"


def _name(value: Any) -> str:
    if not isinstance(value, Plain) and isinstance(value, str) and NAME_PATTERN.fullmatch(value):
        return str(value)
    if not NAME_PATTERN.fullmatch(text(value)):
        last = str(value).rpartition("/")[2]
        hint = f"write the name alone: {last}" if NAME_PATTERN.fullmatch(last) else f"a name matches {NAME}"
        raise fail("R209", f'"{value}" is not a name', hint)
    return str(value)


def _id(value: Any) -> str:
    if not isinstance(value, str):
        raise fail("R215", "one id is expected here, not a list or a mapping")
    if not _DIGITS.fullmatch(value):
        raise fail("R206", f'"{value}" is not an id', "an id is 1 to 20 digits, in quotes")
    if isinstance(value, Plain):
        raise fail("R206", f"the id `{value}` is not quoted", f'quote it: "{value}"')
    return value


def _location_id(value: Any) -> str:
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        hint = (
            'countries and regions are named by id here, not by code: the United States are "6252001"; '
            "`reconciler lookup locations` finds the others"
        )
        raise fail("R206", f'"{value}" is not the id of a location', hint)
    return _id(value)


def _video_id(value: Any) -> str:
    if not isinstance(value, str) or isinstance(value, Plain):
        raise fail("R206", "the id is not quoted", "write it in quotes")
    if not 1 <= len(value) <= 200 or not value.isascii() or not value.isprintable() or " " in value:
        raise fail("R206", f'"{value}" is not a video id', "write one word, in quotes")
    return value


def _money(value: Any, info: ValidationInfo) -> Number:
    if not isinstance(value, str):
        raise fail("R215", "one amount is expected here, not a list or a mapping")
    found = MONEY_TEXT.fullmatch(value)
    if not found:
        raise fail("R205", f"{_shown(value)} is not an amount of money", "write a plain decimal such as 50 or 50.00")
    currency = (info.context or {}).get("currency")
    digits = minor_digits(currency)
    if found[1] and len(found[1]) > digits:
        unit = currency or "the account's currency"
        raise fail("R205", f"`{value}` has more decimals than {unit} does", f"write at most {digits} decimals")
    return money(Decimal(value), digits)


def _ratio(value: Any) -> Number:
    if not isinstance(value, str) or not (INTEGER.fullmatch(value) or _DECIMAL.fullmatch(value)):
        raise fail(
            "R208", f"{_shown(value)} is not a number" if isinstance(value, str) else "a number is expected here"
        )
    if not Decimal("0.01") <= Decimal(value) <= 1000:
        raise fail("R208", f"{value} is out of range", "write 0.01 to 1000")
    return number(Decimal(value))


def _boolean(value: Any) -> bool:
    if type(value) is Plain and value in ("true", "false"):
        return value == "true"
    raise fail(
        "R207",
        f"{_shown(value)} is not a boolean" if isinstance(value, str) else "a boolean is expected here",
        "write true or false",
    )


def _integer(value: Any) -> int:
    if isinstance(value, Plain) and INTEGER.fullmatch(value):
        return int(value)
    raise fail(
        "R208",
        f"{_shown(value)} is not a whole number" if isinstance(value, str) else "a whole number is expected here",
    )


def _http_url(value: Any) -> str:
    written = text(value)
    if _PLAIN_URL.fullmatch(written) and len(written) <= 2048:
        return written
    if len(written) > 2048 or any(character <= " " for character in written):
        raise fail("R212", "a URL has at most 2,048 characters and no spaces", "write a space as %20")
    try:
        parts = urlsplit(written)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise fail("R212", f'"{written}" is not a URL') from None
    if parts.scheme not in ("https", "http") or not host:
        raise fail("R212", f'"{written}" is not a web address', "write a full URL: https://…")
    if parts.username is not None or parts.password is not None:
        raise fail("R212", "the URL holds a user name or password", "write it without the part before @")
    return written


def loose(value: Any) -> Any:
    """A value of `extra`, typed as YAML 1.2 would: numbers, true, false, text; decimals keep their digits."""
    if isinstance(value, list):
        return tuple(loose(item) for item in value)
    if isinstance(value, dict):
        return {key: loose(item) for key, item in value.items()}
    if isinstance(value, Plain):
        if value in ("true", "false"):
            return value == "true"
        if INTEGER.fullmatch(value):
            return int(value)
        if _DECIMAL.fullmatch(value):
            return number(Decimal(value))
        return text(value)
    return value


def _extra(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise fail("R215", "a mapping of API fields is expected here")
    return {key: loose(item) for key, item in value.items()}


def _moment(value: Any) -> str:
    written = text(value)
    try:
        if not _MOMENT.fullmatch(written):
            raise ValueError
        datetime.strptime(written, "%Y-%m-%d %H:%M:%S")
    except ValueError:
        raise fail("R204", f'"{written}" is not a time', "write UTC as 2026-12-01 00:00:00") from None
    return written


def _dayparting(value: Any) -> str:
    if not isinstance(value, str) or not _SLOTS.fullmatch(value):
        given = f"{len(value)} characters" if isinstance(value, str) else "no text"
        raise fail(
            "R204",
            f"{given} instead of 336 digits, each 0 or 1",
            "one digit for each half hour: 48 a day, from Monday on",
        )
    # No slot at all means every slot.
    return ALWAYS_ON if set(value) == {"0"} else str(value)


def _word(value: Any) -> str:
    written = text(value)
    if not _WORD.fullmatch(written):
        raise fail("R204", f'"{written}" is not a value of the API', "write it in capitals, as the API names it")
    return written


def _several(value: list[Any]) -> tuple[Any, ...]:
    for index, one in enumerate(value):
        if one in value[:index]:
            raise fail("R204", f'"{one}" is in the list twice', "write it once")
    return tuple(value)


def _long_name(value: str) -> str:
    if not 1 <= len(value) <= 512 or "\n" in value:
        raise fail("R211", f"the name has {len(value)} characters", "write 1 to 512 characters on one line")
    return value


def number_in(least: int, most: int) -> AfterValidator:
    """A whole number's range."""

    def check(value: int) -> int:
        if not least <= value <= most:
            raise fail("R208", f"{value} is out of range", f"write a whole number from {least} to {most}")
        return value

    return AfterValidator(check)


FREE = (text, _http_url)
"""The checks of what people write freely: everything else has one spelling."""
Text = Annotated[str, PlainValidator(text), WithJsonSchema({"type": "string"})]
Name = Annotated[str, PlainValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{NAME}$"})]
ApiName = Annotated[
    Text, AfterValidator(_long_name), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 512})
]
Id = Annotated[str, PlainValidator(_id), WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,20}$"}), Is("id")]
Money = Annotated[
    Number,
    PlainValidator(_money),
    WithJsonSchema({"type": ["number", "string"], "minimum": 0, "pattern": r"^(0|[1-9][0-9]{0,12})(\.[0-9]+)?$"}),
    Is("money"),
]
Ratio = Annotated[
    Number,
    PlainValidator(_ratio),
    WithJsonSchema({"type": ["number", "string"], "minimum": 0.01, "maximum": 1000}),
    Is("ratio"),
]
"""A number from 0.01 to 1000 that is no amount."""
VideoId = Annotated[str, PlainValidator(_video_id), WithJsonSchema({"type": "string", "minLength": 1})]
Moment = Annotated[
    str,
    PlainValidator(_moment),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$"}),
]
Dayparting = Annotated[
    str, PlainValidator(_dayparting), WithJsonSchema({"type": ["string", "number"], "pattern": "^[01]{336}$"})
]
Word = Annotated[str, PlainValidator(_word), WithJsonSchema({"type": "string", "pattern": "^[A-Z][A-Z0-9_]*$"})]
Boolean = Annotated[bool, PlainValidator(_boolean), WithJsonSchema({"type": "boolean"}), Is("flag")]
Integer = Annotated[int, PlainValidator(_integer), WithJsonSchema({"type": "integer"}), Is("whole")]
WebUrl = Annotated[str, PlainValidator(_http_url), WithJsonSchema({"type": "string", "pattern": "^https?://"})]
Extra = Annotated[dict[str, Any], PlainValidator(_extra), WithJsonSchema({"type": "object"})]


def text_of(least: int, most: int) -> AfterValidator:
    """A text's length."""

    def check(value: str) -> str:
        if not least <= len(value) <= most:
            raise fail("R211", f"the text has {len(value)} characters", f"write {least} to {most} characters")
        return value

    return AfterValidator(check)


Several = AfterValidator(_several)
"""A list in normal form: nothing in it twice."""
Ids = Annotated[list[Id], Several, Unordered()]
LocationIds = Annotated[
    list[
        Annotated[
            str,
            PlainValidator(_location_id),
            WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,20}$"}),
            Is("id"),
        ]
    ],
    Several,
    Unordered(),
]
Words = Annotated[list[Word], Several, Unordered()]
Texts = Annotated[list[Text], Several, Unordered()]
