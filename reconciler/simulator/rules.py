"""What an endpoint takes, as data, and the one function that checks a call against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from reconciler.simulator.failure import BAD_PARAMETER, ApiFailure
from reconciler.simulator.fetch import Finding
from reconciler.simulator.settings import Settings
from reconciler.simulator.studio import Studio
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


@dataclass(frozen=True)
class Field:
    """One parameter. `allowed` holds the values of an enum (of each word, for WORDS and TEXTS).

    `most` is the largest COUNT, the length of a TEXT in characters or of TEXTS in items; `fields` are an OBJECT's.
    """

    name: str
    type: Type
    required: bool = False
    allowed: tuple[str, ...] = ()
    most: int | None = None
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Call:
    """A call that has passed its checks. `params` holds what was sent: str, list of str, date, int, Number or dict.

    `found` is what the endpoint's `look` has brought.
    """

    world: World
    studio: Studio
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
    the lock: it gets the parameters, still unchecked, and the address of this server.
    """

    method: str
    path: str
    fields: tuple[Field, ...]
    handler: Callable[[Call], Json]
    rate: str = "default"
    per_app: bool = False
    look: Callable[[Mapping[str, Json], Settings, str], Finding | None] | None = None


def check(endpoint: Endpoint, raw: Mapping[str, Json], settings: Settings) -> dict[str, Any]:
    """The parameters as a handler wants them; ApiFailure 40002, with the field's name, for the first that is wrong.

    A GET carries texts only and may carry parameters nobody knows; a POST carries JSON, and what the document does
    not have is refused unless the switch `unknown_fields` says otherwise.
    """
    if endpoint.method == "GET":
        arrays = {field.name for field in endpoint.fields if field.type is Type.TEXTS}
        raw = {name: _array(value) if name in arrays else value for name, value in raw.items()}
    strict = endpoint.method == "POST" and settings.unknown_fields == "refuse"
    return _fields(endpoint.fields, raw, settings, strict=strict)


def _fields(fields: Sequence[Field], raw: Mapping[str, Json], settings: Settings, *, strict: bool) -> dict[str, Any]:
    params: dict[str, Any] = {}
    for field in fields:
        if field.name not in raw or (raw[field.name] is None and field.required):
            if field.required:
                raise _wrong(field, "is required")
            continue
        if field.type is Type.OBJECT:
            params[field.name] = _object(field, raw[field.name], settings, strict=strict)
        else:
            params[field.name] = _value(field, raw[field.name], settings)
    if strict:
        for name in sorted(raw.keys() - {field.name for field in fields}):
            raise ApiFailure(BAD_PARAMETER, f"{name[:100]}: is not a field of this call")
    return params


def _object(field: Field, raw: Json, settings: Settings, *, strict: bool) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise _wrong(field, f"must be {field.type.value}")
    try:
        return _fields(field.fields, raw, settings, strict=strict)
    except ApiFailure as failure:
        raise ApiFailure(failure.code, f"{field.name}.{failure.message}") from None


def _array(text: Json) -> Json:
    """A JSON array out of a query; what is none stays the text it is, and is refused as such."""
    try:
        return decode(text.encode())
    except ValueError:
        return text


def _wrong(field: Field, what: str) -> ApiFailure:
    return ApiFailure(BAD_PARAMETER, f"{field.name}: {what}")


def _value(field: Field, raw: Json, settings: Settings) -> Any:
    if field.type is Type.NUMBER:
        return _number(field, raw)
    if field.type is Type.TEXTS:
        return _texts(field, raw)
    if not isinstance(raw, str) or not raw:
        raise _wrong(field, f"must be {field.type.value}")
    if field.type is Type.NAME and len(raw) > settings.max_name:
        raise _wrong(field, f"must not be longer than {settings.max_name} characters")
    if field.type is Type.TEXT and field.most and len(raw) > field.most:
        raise _wrong(field, f"must not be longer than {field.most} characters")
    if field.type in (Type.IDS, Type.WORDS):
        value: Any = [_one(field, word) for word in raw.split(",")]
    else:
        value = _one(field, raw)
    return value


def _texts(field: Field, raw: Json) -> list[str]:
    if not isinstance(raw, list) or not raw or not all(isinstance(word, str) and word for word in raw):
        raise _wrong(field, f"must be {field.type.value}, at least one")
    if field.most and len(raw) > field.most:
        raise _wrong(field, f"must not hold more than {field.most}")
    return [_one(field, word) for word in raw]


def _one(field: Field, word: str) -> Any:
    if field.allowed and word not in field.allowed:
        raise _wrong(field, f"must be one of {', '.join(field.allowed)}")
    if field.type is Type.DATE:
        return _date(field, word)
    if field.type in (Type.ID, Type.IDS, Type.COUNT) and not (word.isascii() and word.isdigit()):
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


def _number(field: Field, raw: Json) -> Number:
    # The document gives no lower bound; no sum of money to spend is negative.
    try:
        if not isinstance(raw, Number) or raw.value < 0:
            raise ValueError
    except ValueError:
        raise _wrong(field, f"must be {field.type.value}") from None
    return raw
