"""A form with a file, as it goes over the wire: the file is read while it is sent and is never whole in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

_PIECE = 65536


class Attached(Struct, frozen=True):
    """A file sent with a request, as the form field `field`."""

    field: str
    name: str
    media: str
    """As in `Content-Type`: video/mp4."""
    size: int
    """Bytes."""
    read: Callable[[int, int], bytes]
    """(offset, most) → bytes from there on. Raises OSError."""


class Form:
    """The body of a request. The client library asks for its length and reads it once."""

    def __init__(self, fields: Mapping[str, str], file: Attached) -> None:
        import urllib3

        # The file comes last, and empty: what stands before and behind its bytes is the library's to write.
        whole, self.content_type = urllib3.encode_multipart_formdata(
            {**fields, file.field: (file.name, b"", file.media)}
        )
        edge = len(f"\r\n--{self.content_type.rpartition('boundary=')[2]}--\r\n")
        self._head, self._tail, self._file = whole[:-edge], whole[-edge:], file
        self._at = 0

    def __len__(self) -> int:
        return len(self._head) + self._file.size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read(_PIECE):
            yield piece

    def read(self, most: int = -1) -> bytes:
        """The next bytes. Raises OSError where the file is not what it was."""
        begins, ends = len(self._head), len(self._head) + self._file.size
        left = len(self) - self._at if most < 0 else most
        if self._at < begins:
            piece = self._head[self._at : self._at + left]
        elif self._at < ends:
            piece = self._file.read(self._at - begins, min(left, ends - self._at))
            if not piece:
                raise OSError(f"{self._file.name} became shorter while it was sent")
        else:
            piece = self._tail[self._at - ends :][:left]
        self._at += len(piece)
        return piece
