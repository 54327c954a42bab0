"""Image: a picture for ads, named by the URL the platform fetches it from, or a file of the workspace."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from reconciler.kinds.document import Manifest, Spec, unset
from reconciler.kinds.fields import WebUrl
from reconciler.kinds.media import FilePath, LocalFile, Sha256, one_source

FILES = LocalFile(50 * 1024 * 1024, {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png"})
"""What the platform takes of images (docs/decisions/0011)."""


class ImageSpec(Spec):
    """Where the image is: `url` or `file`."""

    url: WebUrl = unset()
    """A URL a browser can show it from: .jpg or .png. A new URL is a new upload."""
    file: Annotated[FilePath, FILES] = unset()
    """A file of the workspace: .jpg, .jpeg or .png, at most 50 MiB; its path from the workspace's folder. Its content
    counts, not its name: a changed file is a new upload."""
    sha256: Sha256 = unset()
    """The file's SHA-256, 64 hexadecimal digits in lower case; beside a `url` a new one is a new upload, too. Beside a
    `file` it must be the file's."""

    @model_validator(mode="after")
    def _source(self) -> ImageSpec:
        one_source(self.model_fields_set)
        return self


class ImageManifest(Manifest):
    """An image."""

    kind: Literal["Image"]
    """Image."""
    spec: ImageSpec
    """The image's fields."""
