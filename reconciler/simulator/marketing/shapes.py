"""Short ways to write down what a call of production takes, and what all its calls share."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.simulator.failure import BAD_PARAMETER, ApiFailure
from reconciler.simulator.rules import Call, Endpoint, Field, Type
from reconciler.simulator.wire import Json

MISSING = "Missing data for required field."
IDS_A_FILTER = 100
IDS_A_STATUS = 20
UPGRADED = "UPGRADED_SMART_PLUS"
NO_SMART = "This API does not support Upgraded Smart Plus ads."
"""What a call of the manual family says to an object of the other (smart_plus 2)."""


def text(name: str, *allowed: str, required: bool = False, most: int | None = None) -> Field:
    """A string; with `allowed` a strict enum."""
    return Field(name, Type.TEXT, required=required, allowed=allowed, most=most)


def title(name: str, *, required: bool = False, least: int = 1) -> Field:
    """The name of an object; with `least` 0 it may be empty."""
    return Field(name, Type.TITLE, required=required, least=least)


def one_id(name: str, *, required: bool = False) -> Field:
    """An id: a string of digits."""
    return Field(name, Type.ID, required=required)


def ids(name: str, *, required: bool = False, most: int | None = None, least: int = 1) -> Field:
    """An array of ids; more than `most` are 40011."""
    return Field(name, Type.ID_LIST, required=required, most=most, least=least)


def texts(name: str, *allowed: str, required: bool = False, most: int | None = None, least: int = 0) -> Field:
    """An array of strings, which may be empty."""
    return Field(name, Type.TEXTS, required=required, allowed=allowed, most=most, least=least)


def number(name: str, *, required: bool = False) -> Field:
    """A number, 0 or more."""
    return Field(name, Type.NUMBER, required=required)


def whole(name: str, least: int = 0, most: int | None = None) -> Field:
    """A whole number, as JSON writes numbers."""
    return Field(name, Type.WHOLE, least=least, most=most)


def count(name: str, most: int | None = None) -> Field:
    """A whole number from 1 in a query."""
    return Field(name, Type.COUNT, most=most)


def flag(name: str) -> Field:
    """true or false."""
    return Field(name, Type.FLAG)


def moment(name: str, *, required: bool = False) -> Field:
    """A time in UTC."""
    return Field(name, Type.TIME, required=required)


def anything(*names: str) -> tuple[Field, ...]:
    """Fields that are taken and given back as they are."""
    return tuple(Field(name, Type.ANY) for name in names)


OWNER = one_id("advertiser_id", required=True)
FIELDS = texts("fields")
PAGE = count("page")
OPERATION = text("operation_status", "ENABLE", "DISABLE")


def endpoint(
    method: str,
    path: str,
    fields: tuple[Field, ...],
    handler: Callable[[Call], Json],
    *,
    rate: str = "default",
) -> Endpoint:
    """A call of production: its limits are the app's, whatever the token."""
    return Endpoint(method, path, fields, handler, rate, per_app=True, missing=MISSING)


def wrong(name: str, what: str) -> ApiFailure:
    """A parameter error."""
    return ApiFailure(BAD_PARAMETER, f"{name}: {what}")
