"""Parts of answers that the endpoints of every contract share."""

from __future__ import annotations

from reconciler.simulator.rules import Call, Field, Type
from reconciler.simulator.wire import Json, Number

PAGE = Field("page", Type.COUNT)
PAGE_SIZE = Field("page_size", Type.COUNT)


def size_of(call: Call, default: int = 10) -> int:
    """The page size that is answered: the one asked for, or less where the switch `max_page_size` cuts it."""
    asked: int = call.params.get("page_size", default)
    return min(asked, call.settings.max_page_size)


def page_info(page: int, size: int, total: int) -> dict[str, Json]:
    """The `page_info` of a list."""
    return {"page": page, "page_size": size, "total_number": total, "total_page": -(-total // size)}


def wire_id(call: Call, row_id: str) -> Json:
    """An id of digits as the switch `ids_as` wants it written."""
    return Number(row_id) if call.settings.ids_as == "number" else row_id


def wire_number(call: Call, number: Number) -> Json:
    """A number as the switch `numbers_as` wants it written: always with its own digits."""
    return number.text if call.settings.numbers_as == "string" else number
