"""The objects below one URL, through obstore: read, created only where there is none, replaced only as last seen.

The package is an extra and is loaded here alone. Credentials are the provider's own affair; what is passed on of its
words are a status and a code, since addresses may be signed and bodies may quote what was sent.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from reconciler.contracts.hosts import is_loopback
from reconciler.errors import Finding, Invalid
from reconciler.state.folder import PushRefused, Unreachable
from reconciler.text import clean

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_FOUND = TypeVar("_FOUND")
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
_STATUS = re.compile(r"status code: ([0-9]{3}[A-Za-z ]*)")
_CODE = re.compile(r"<Code>([A-Za-z0-9]{1,60})</Code>|\"(?:reason|code)\": ?\"([A-Za-z]{1,60})\"")
_NO_BUCKET = re.compile(r"NoSuchBucket|ContainerNotFound|specified bucket does not exist")
_REFUSED = ("PermissionDeniedError", "UnauthenticatedError")
_CHAINS = {
    # scheme: the provider's SDK, and what asks it for credentials
    "s3": ("boto3", "obstore.auth.boto3", "Boto3CredentialProvider"),
    "gs": ("google.auth", "obstore.auth.google", "GoogleCredentialProvider"),
    "az": ("azure.identity", "obstore.auth.azure", "AzureCredentialProvider"),
}
_RETRIES: Any = {"max_retries": 4, "retry_timeout": timedelta(seconds=40)}
_TIMES: Any = {"connect_timeout": timedelta(seconds=10), "timeout": timedelta(seconds=300)}


class ChangedMeanwhile(Exception):
    """The object is not what it was: it was changed, made or removed meanwhile."""


@dataclass(frozen=True, slots=True)
class Version:
    """What tells one content of an object from the next; which of the two, the provider decides."""

    e_tag: str | None
    version: str | None

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Version:
        """From what a put or a get says."""
        return cls(told.get("e_tag"), told.get("version"))


@dataclass(frozen=True, slots=True)
class Stored:
    """One object. `changed`: by the provider's clock."""

    data: bytes
    version: Version
    changed: datetime


class Bucket:
    """What lies below `url`. Every method may raise Unreachable and PushRefused."""

    def __init__(self, store: ObjectStore, url: str) -> None:
        self._store, self.url = store, url

    def read(self, name: str) -> Stored | None:
        """The object, or None."""
        import obstore

        def get() -> Stored:
            found = obstore.get(self._store, name)
            data = bytes(found.bytes())
            return Stored(data, Version.of(found.meta), found.meta["last_modified"])

        try:
            return self._asked(get)
        except FileNotFoundError:
            return None

    def create(self, name: str, data: bytes) -> Version:
        """Only where there is none. Raises ChangedMeanwhile."""
        return self._put(name, data, "create")

    def replace(self, name: str, data: bytes, version: Version) -> Version:
        """Only while it is as it was then. Raises ChangedMeanwhile."""
        parts = {"e_tag": version.e_tag, "version": version.version}
        return self._put(name, data, {key: value for key, value in parts.items() if value is not None})

    def now(self, name: str) -> datetime:
        """What the provider's clock says, told by an object of this name that is written for it."""
        import obstore

        self._put(name, b"\n", "overwrite")
        return self._asked(lambda: obstore.head(self._store, name)["last_modified"])

    def sizes(self, folder: str) -> dict[str, int]:
        """What lies in a folder: name in there → bytes."""
        import obstore

        def listed() -> dict[str, int]:
            pages = obstore.list(self._store, folder, chunk_size=1000)
            return {row["path"].removeprefix(f"{folder}/"): row["size"] for page in pages for row in page}

        return self._asked(listed)

    def remove(self, names: Iterable[str]) -> None:
        """Take them away; what is not there is no trouble."""
        import obstore

        for name in names:
            try:
                self._asked(partial(obstore.delete, self._store, name))
            except FileNotFoundError:
                continue

    def _put(self, name: str, data: bytes, mode: Any) -> Version:
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        try:
            # In one piece: only so can a condition be set.
            return Version.of(self._asked(lambda: obstore.put(self._store, name, data, mode=mode, use_multipart=False)))
        except (AlreadyExistsError, PreconditionError):
            raise ChangedMeanwhile from None
        except FileNotFoundError:
            raise ChangedMeanwhile from None

    def _asked(self, ask: Callable[[], _FOUND]) -> _FOUND:
        """What the provider answers; its refusals and failures in our words."""
        from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

        try:
            return ask()
        except (AlreadyExistsError, PreconditionError):
            raise
        except FileNotFoundError as error:
            if _NO_BUCKET.search(str(error)):
                raise PushRefused("there is no such bucket") from None
            raise
        except (BaseError, OSError) as error:
            why = _why(error)
            if type(error).__name__ in _REFUSED:
                raise PushRefused(why) from None
            raise Unreachable(why) from None


def opened(url: str) -> Bucket:
    """What lies below s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX; nothing is asked yet.

    Raises Invalid where the package is missing or the environment holds settings that cannot be.
    """
    try:
        from obstore.exceptions import BaseError
        from obstore.store import AzureStore, GCSStore, S3Store
    except ImportError:
        hint = 'install it: `pip install "ads-reconciler[buckets]"`'
        raise Invalid(Finding("R520", f"{url} needs the package obstore, which is not here", hint=hint)) from None
    parts = urlsplit(url)
    prefix = parts.path.strip("/") or None
    client = {**_TIMES, **({"allow_http": True} if _loopback() and parts.scheme == "s3" else {})}
    settings: Any = {"prefix": prefix, "client_options": client, "retry_config": _RETRIES}
    settings |= _chain(parts.scheme, url)
    kinds: Mapping[str, Callable[..., ObjectStore]] = {"s3": S3Store, "gs": GCSStore, "az": AzureStore}
    try:
        return Bucket(kinds[parts.scheme](parts.netloc, **settings), url.rstrip("/"))
    except (BaseError, OSError, ValueError) as error:
        raise _unusable(url, error) from None


def _chain(scheme: str, url: str) -> dict[str, Any]:
    """The SDK's way to credentials, where it is installed: it knows more of them than obstore does. Raises Invalid."""
    sdk, module, name = _CHAINS[scheme]
    try:
        import_module(sdk)
    except ImportError:
        return {}
    try:
        return {"credential_provider": getattr(import_module(module), name)()}
    except Exception as error:
        # An SDK's exceptions have no root but this one.
        raise _unusable(url, error) from None


def _unusable(url: str, error: Exception) -> Invalid:
    hint = "check what the environment says of the provider; see docs/buckets.md"
    return Invalid(Finding("R521", f"{url} cannot be opened: {_why(error)}", hint=hint))


def _loopback() -> bool:
    """Whether the environment names a server on this machine, which may speak http."""
    named = next((value for name in _ENDPOINTS if (value := os.environ.get(name))), "")
    return named.startswith("http://") and is_loopback(named)


def _why(error: BaseException) -> str:
    """One line without addresses, bodies and headers."""
    text = str(error)
    told = [found[1].strip() for found in [_STATUS.search(text)] if found]
    told += [found[1] or found[2] for found in [_CODE.search(text)] if found]
    if told:
        return clean(", ".join(told))
    first = text.split("\n", 1)[0]
    rest = re.sub(r"\S*(?:://|\?)\S*", "…", first.rpartition(" - ")[2] or first)
    return clean(rest)[:200] or type(error).__name__
