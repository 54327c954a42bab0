"""Video: a source video, named by the URL the platform fetches it from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import PlainValidator, WithJsonSchema

from reconciler.kinds.document import Manifest, Spec, unset
from reconciler.kinds.fields import WebUrl, fail, text


def _sha256(value: Any) -> str:
    written = text(value)
    if len(written) != 64 or any(character not in "0123456789abcdef" for character in written):
        raise fail("R204", "a SHA-256 is 64 hexadecimal digits in lower case", "write what `sha256sum` prints")
    return written


class VideoSpec(Spec):
    """Where the video is."""

    url: WebUrl
    """A URL a browser can play it from: .mp4 or .mov, 2 to 180 seconds, better within 10 MB. Plain http gets a warning.
    A new URL is a new upload and a new generation."""
    sha256: Annotated[str, PlainValidator(_sha256), WithJsonSchema({"type": "string", "pattern": "^[0-9a-f]{64}$"})] = (
        unset()
    )
    """The file's SHA-256, 64 hexadecimal digits in lower case; a new one is a new upload and a new generation, too."""


class VideoManifest(Manifest):
    """A source video."""

    kind: Literal["Video"]
    """Video."""
    spec: VideoSpec
    """The video's fields."""
