"""Video: a source video, named by the URL the platform fetches it from, or a file of the workspace."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from reconciler.kinds.document import Manifest, Spec, unset
from reconciler.kinds.fields import WebUrl
from reconciler.kinds.media import FilePath, LocalFile, Sha256, one_source

FILES = LocalFile(
    500 * 1024 * 1024,
    {
        "mp4": "video/mp4",
        "mov": "video/quicktime",
        "mpeg": "video/mpeg",
        "mpg": "video/mpeg",
        "avi": "video/x-msvideo",
    },
)
"""What the platform takes of videos (fact sheet of the Marketing API, 1.4)."""


class VideoSpec(Spec):
    """Where the video is: `url` or `file`."""

    url: WebUrl = unset()
    """A URL a browser can play it from: .mp4 or .mov, 2 to 180 seconds, better within 10 MB. Plain http gets a warning.
    A new URL is a new upload and a new generation."""
    file: Annotated[FilePath, FILES] = unset()
    """A file of the workspace, for ads: .mp4, .mov, .mpeg, .mpg or .avi, at most 500 MiB; its path from the workspace's
    folder. Its content counts, not its name: a changed file is a new upload. A CreativeRefresh needs a `url`."""
    sha256: Sha256 = unset()
    """The file's SHA-256, 64 hexadecimal digits in lower case; beside a `url` a new one is a new upload and a new
    generation, too. Beside a `file` it must be the file's."""

    @model_validator(mode="after")
    def _source(self) -> VideoSpec:
        one_source(self.model_fields_set)
        return self


class VideoManifest(Manifest):
    """A source video."""

    kind: Literal["Video"]
    """Video."""
    spec: VideoSpec
    """The video's fields."""
