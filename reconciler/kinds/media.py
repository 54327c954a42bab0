"""What videos and images have in common: where their bytes are, what identifies them, how an ad names an image."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import PlainValidator, WithJsonSchema

from reconciler.kinds.document import Strict
from reconciler.kinds.fields import Name, Reference, fail, text
from reconciler.model import Fields


class LocalFile(NamedTuple):
    """Marker: the value is the path of a file of the workspace, which is uploaded."""

    most: int
    """Bytes."""
    media: Mapping[str, str]
    """Ending of the name, without the dot and in lower case → what such a file is called on the wire."""


class Origin(NamedTuple):
    """Which bytes: the same again is no new upload."""

    url: str | None
    """None: a file's, whatever its name; `sha256` tells them."""
    sha256: str | None


def origin(fields: Fields) -> Origin:
    """Of a Video or an Image: of its spec, or of the row of its upload."""
    return Origin(fields.get("url"), fields.get("sha256"))


def ending(name: str) -> str:
    """What a file's name ends with, behind the last dot."""
    return name.rpartition("/")[2].rpartition(".")[2].lower()


def one_source(given: Collection[str]) -> None:
    """Exactly one of `url` and `file`. Raises what pydantic makes an error of."""
    if ("url" in given) == ("file" in given):
        if "url" in given:
            raise fail("R201", "`url` and `file` exclude each other", "leave one of the two out", at="file")
        raise fail("R202", "a source is missing: give either `url` or `file`", "write one of the two")


def _sha256(value: Any) -> str:
    written = text(value)
    if len(written) != 64 or any(character not in "0123456789abcdef" for character in written):
        raise fail("R204", "a SHA-256 is 64 hexadecimal digits in lower case", "write what `sha256sum` prints")
    return written


def _path(value: Any) -> str:
    written = text(value)
    if not written.strip():
        raise fail("R211", "the path is empty", "write the file's path from the workspace's folder")
    return written


Sha256 = Annotated[str, PlainValidator(_sha256), WithJsonSchema({"type": "string", "pattern": "^[0-9a-f]{64}$"})]
FilePath = Annotated[str, PlainValidator(_path), WithJsonSchema({"type": "string", "minLength": 1})]


class ImageUse(Strict):
    """An image that a manifest declares, in the place of an id."""

    image: Annotated[Name, Reference("image")]
    """An Image manifest: it is uploaded into the asset library."""

    def __str__(self) -> str:
        return f"{{image: {self.image}}}"


def _image(value: Any) -> str | ImageUse:
    return ImageUse.model_validate(value) if isinstance(value, dict) else text(value)


ImageId = Annotated[
    str | ImageUse,
    PlainValidator(_image),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {"image": {"type": "string", "description": "The `name` of an Image manifest."}},
                    "required": ["image"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
"""The id of an image of the asset library, or {image: NAME}."""
