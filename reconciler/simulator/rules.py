"""What an endpoint takes, as data, and the one function that checks a call against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from reconciler.simulator.clock import unstamp
from reconciler.simulator.failure import BAD_PARAMETER, TOO_MANY_IDS, ApiFailure
from reconciler.simulator.fetch import Finding
from reconciler.simulator.library import Library
from reconciler.simulator.settings import Settings
from reconciler.simulator.studio import Studio
from reconciler.simulator.titles import has_emoji, title_length
from reconciler.simulator.wire import Json, Number, decode
from reconciler.simulator.world import World


class Type(Enum):
    """What a parameter holds, and what a handler gets for it."""

    TEXT = "a string"
    NAME = "a string no longer than a name may be"
    ID = "a string of digits"
    IDS = "ids separated by commas"
    WORDS = "words separated by commas"
    DATE = "a date YYYY-MM-DD"
    COUNT = "a whole number from 1"
    NUMBER = "a number, 0 or more"
    TEXTS = "an array of strings"
    OBJECT = "an object"
    OBJECTS = "an array of objects"
    ID_LIST = "an array of strings of digits"
    ID_WORDS = "an array of ids of any form"
    FLAG = "true or false"
    WHOLE = "a whole number"
    TIME = "a time YYYY-MM-DD HH:MM:SS"
    TITLE = "a name without emoji"
    KEY = "a whole number of 64 bits as a string"
    ANY = "anything"


ARRAYS = (Type.TEXTS, Type.ID_LIST, Type.ID_WORDS)
IN_ONE_PARAMETER = (*ARRAYS, Type.OBJECT, Type.OBJECTS)
"""What a query carries as JSON."""


@dataclass(frozen=True)
class Field:
    """One parameter. `allowed` holds the values of an enum (of each word, for WORDS and TEXTS).

    `most` is the largest COUNT or WHOLE, the length of a TEXT in characters or of an array in items, `least` the
    smallest WHOLE or, with 0, an array that may be empty; `fields` are an OBJECT's or those of each of OBJECTS.
    """

    name: str
    type: Type
    required: bool = False
    allowed: tuple[str, ...] = ()
    most: int | None = None
    fields: tuple[Field, ...] = ()
    least: int = 1


@dataclass(frozen=True)
class Call:
    """A call that has passed its checks. `params` holds what was sent: str, list of str, date, int, Number or dict.

    `found` is what the endpoint's `look` has brought.
    """

    world: World
    studio: Studio
    library: Library
    params: Mapping[str, Any]
    now: float
    seed: int
    found: Finding | None = None

    @property
    def settings(self) -> Settings:
        """The switches in force."""
        return self.world.settings

    @property
    def owner(self) -> str:
        """The advertiser id."""
        owner: str = self.params["advertiser_id"]
        return owner


@dataclass(frozen=True)
class Endpoint:
    """One call of the API. `path` is relative to `/open_api/v1.3/`; `rate` names its class of rate limits.

    With `per_app` all tokens share them. `look` is what the call does outside, before it is carried out and without
    the lock: it gets the parameters, still unchecked, and the address of this server. `missing` is how the lack of a
    field is told. `other` is another call of the same path, for parameters that `is_other` finds to be its own.
    """

    method: str
    path: str
    fields: tuple[Field, ...]
    handler: Callable[[Call], Json]
    rate: str = "default"
    per_app: bool = False
    look: Callable[[Mapping[str, Json], Settings, str], Finding | None] | None = None
    missing: str = "is required"
    form: bool = False
    """Whether a POST may be a form with a file."""
    other: Endpoint | None = None
    is_other: Callable[[Mapping[str, Json]], bool] = bool


@dataclass(frozen=True)
class _Manner:
    """How a call is read: `strict` refuses what is not a field, `loose` takes texts for flags and numbers."""

    settings: Settings
    strict: bool
    loose: bool
    missing: str


def check(endpoint: Endpoint, raw: Mapping[str, Json], settings: Settings) -> dict[str, Any]:
    """The parameters as a handler wants them; ApiFailure 40002, with the field's name, for the first that is wrong.

    A GET carries texts only and may carry parameters nobody knows; a POST carries JSON, and what the document does
    not have is refused unless the switch `unknown_fields` says otherwise.
    """
    if endpoint.method == "GET":
        written = {field.name for field in endpoint.fields if field.type in IN_ONE_PARAMETER}
        raw = {name: _array(value) if name in written else value for name, value in raw.items()}
    strict = endpoint.method == "POST" and settings.unknown_fields == "refuse"
    loose = endpoint.method == "GET" or endpoint.form
    return _fields(endpoint.fields, raw, _Manner(settings, strict, loose, endpoint.missing))


def _fields(fields: Sequence[Field], raw: Mapping[str, Json], manner: _Manner) -> dict[str, Any]:
    params: dict[str, Any] = {}
    for field in fields:
        if field.name not in raw or (raw[field.name] is None and field.required):
            if field.required:
                raise _wrong(field, manner.missing)
            continue
        params[field.name] = _value(field, raw[field.name], manner)
    if manner.strict:
        for name in sorted(raw.keys() - {field.name for field in fields}):
            raise ApiFailure(BAD_PARAMETER, f"{name[:100]}: is not a field of this call")
    return params


def _object(field: Field, raw: Json, manner: _Manner, place: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise _wrong(field, f"must be {field.type.value}")
    try:
        return _fields(field.fields, raw, manner)
    except ApiFailure as failure:
        raise ApiFailure(failure.code, f"{place}.{failure.message}") from None


def _array(text: Json) -> Json:
    """A JSON array out of a query; what is none stays the text it is, and is refused as such."""
    try:
        return decode(text.encode())
    except ValueError:
        return text


def _wrong(field: Field, what: str) -> ApiFailure:
    return ApiFailure(BAD_PARAMETER, f"{field.name}: {what}")


def _value(field: Field, raw: Json, manner: _Manner) -> Any:
    if field.type is Type.ANY:
        return raw
    if field.type is Type.OBJECT:
        return _object(field, raw, manner, field.name)
    if field.type is Type.OBJECTS:
        items = _items(field, raw)
        return [_object(field, item, manner, f"{field.name}.{place}") for place, item in enumerate(items)]
    if field.type is Type.NUMBER:
        return _number(field, raw)
    if field.type is Type.WHOLE:
        return _whole(field, raw)
    if field.type is Type.FLAG:
        return _flag(field, raw, manner)
    if field.type in ARRAYS:
        return _texts(field, raw)
    if field.type is Type.TITLE and raw == "" and not field.least:
        return raw
    if not isinstance(raw, str) or not raw:
        raise _wrong(field, f"must be {field.type.value}")
    _check_length(field, raw, manner.settings)
    if field.type in (Type.IDS, Type.WORDS):
        value: Any = [_one(field, word) for word in raw.split(",")]
    else:
        value = _one(field, raw)
    return value


def _check_length(field: Field, raw: str, settings: Settings) -> None:
    if field.type in (Type.NAME, Type.TITLE):
        most: int | None = settings.max_name
        length = title_length(raw) if field.type is Type.TITLE else len(raw)
    else:
        most, length = (field.most if field.type is Type.TEXT else None), len(raw)
    if most and length > most:
        raise _wrong(field, f"must not be longer than {most} characters")
    if field.type is Type.TITLE and has_emoji(raw):
        raise _wrong(field, f"must be {field.type.value}")


def _flag(field: Field, raw: Json, manner: _Manner) -> bool:
    if manner.loose and raw in ("true", "false"):
        return bool(raw == "true")
    if not isinstance(raw, bool):
        raise _wrong(field, f"must be {field.type.value}")
    return raw


def _whole(field: Field, raw: Json) -> Number:
    text = raw.text if isinstance(raw, Number) else ""
    most = field.most or 2**63 - 1
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or not field.least <= int(text) <= most:
        raise _wrong(field, f"must be {field.type.value} from {field.least} to {most}")
    return Number(text)


def _items(field: Field, raw: Json) -> list[Json]:
    if not isinstance(raw, list) or len(raw) < field.least:
        raise _wrong(field, f"must be {field.type.value}{', at least one' if field.least else ''}")
    if field.most and len(raw) > field.most:
        code = TOO_MANY_IDS if field.type is not Type.TEXTS and field.type in ARRAYS else BAD_PARAMETER
        raise ApiFailure(code, f"{field.name}: must not hold more than {field.most}")
    return raw


def _texts(field: Field, raw: Json) -> list[str]:
    items = _items(field, raw)
    if not all(isinstance(word, str) and word for word in items):
        raise _wrong(field, f"must be {field.type.value}{', at least one' if field.least else ''}")
    return [_one(field, word) for word in items]


def _one(field: Field, word: str) -> Any:
    if field.allowed and word not in field.allowed:
        raise _wrong(field, f"must be one of {', '.join(field.allowed)}")
    if field.type is Type.DATE:
        return _date(field, word)
    if field.type is Type.TIME:
        return _time(field, word)
    if field.type in (Type.ID, Type.IDS, Type.ID_LIST, Type.COUNT, Type.KEY) and not (
        word.isascii() and word.isdigit()
    ):
        raise _wrong(field, f"must be {field.type.value}")
    if field.type is Type.KEY and (len(word) > 19 or int(word) >= 2**63):
        raise _wrong(field, f"must be {field.type.value}")
    if field.type is Type.COUNT:
        count = int(word) if len(word) < 10 else 10**9
        if not 1 <= count <= (field.most or 10**9):
            raise _wrong(field, f"must be from 1 to {field.most or 10**9}")
        return count
    return word


def _date(field: Field, word: str) -> date:
    try:
        if len(word) != 10:
            raise ValueError
        return date.fromisoformat(word)
    except ValueError:
        raise _wrong(field, f"must be {field.type.value}") from None


def _time(field: Field, word: str) -> str:
    try:
        if len(word) != 19:
            raise ValueError
        unstamp(word)
    except ValueError:
        raise _wrong(field, f"must be {field.type.value}") from None
    return word


def _number(field: Field, raw: Json) -> Number:
    # The document gives no lower bound; no sum of money to spend is negative.
    try:
        if not isinstance(raw, Number) or raw.value < 0:
            raise ValueError
    except ValueError:
        raise _wrong(field, f"must be {field.type.value}") from None
    return raw
