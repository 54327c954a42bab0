"""Where the state of a workspace lies: `state:` of `reconciler.yaml` and of `fleet.yaml`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import PlainValidator, WithJsonSchema, model_validator

from reconciler.kinds.document import Strict, unset
from reconciler.kinds.fields import fail, text

_REF = re.compile(r"refs/[A-Za-z0-9_][A-Za-z0-9._/-]{0,200}", re.ASCII)
_BUCKET = re.compile(
    r"(?:s3|gs|az)://[a-z0-9][a-z0-9._-]{1,221}[a-z0-9](?:/[A-Za-z0-9_=-][A-Za-z0-9._=-]{0,99}){0,20}/?", re.ASCII
)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}", re.ASCII)


def _ref(value: Any) -> str:
    """A full name that git takes, without anything that would need care in a command."""
    written = text(value)
    if not _REF.fullmatch(written) or re.search(r"\.\.|//|/\.|\.$|/$|\.lock(/|$)", written):
        raise fail("R204", f'"{written}" is not the full name of a branch', "write it as refs/heads/reconciler-state")
    return written


def _remote(value: Any) -> str:
    written = text(value)
    if not _WORD.fullmatch(written):
        raise fail("R204", f'"{written}" is not the name of a remote', "`git remote` lists them")
    return written


def _folder(value: Any) -> str:
    written = text(value)
    if not all(_WORD.fullmatch(part) for part in written.split("/")):
        raise fail("R204", f'"{written}" is not a folder on the branch', "write words with slashes between, as ads/us")
    return written


def bucket_url(value: Any) -> str:
    """The place below which objects lie, without anything that would need care in an address."""
    written = text(value)
    if not _BUCKET.fullmatch(written) or ".." in written:
        hint = "write it as s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX"
        raise fail("R204", f'"{written}" is not a place in a bucket', hint)
    return written.rstrip("/")


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the environment, by its name."""

    env: str


def variable(value: Any) -> Variable | None:
    """What stands in {env: NAME}; None where something else stands."""
    name = value.get("env") if isinstance(value, dict) and set(value) == {"env"} else None
    return Variable(name) if isinstance(name, str) and _VARIABLE.fullmatch(name) else None


NAMED = {
    "type": "object",
    "properties": {"env": {"type": "string", "description": "The variable's name."}},
    "required": ["env"],
    "additionalProperties": False,
}


def _dsn(value: Any) -> Variable:
    if found := variable(value):
        return found
    hint = "write {env: NAME}, and postgresql://USER@HOST/NAME into that variable"
    raise fail("R119" if isinstance(value, str) else "R215", "the address of a database does not stand in a file", hint)


Ref = Annotated[str, PlainValidator(_ref), WithJsonSchema({"type": "string", "pattern": "^refs/"})]
RemoteName = Annotated[str, PlainValidator(_remote), WithJsonSchema({"type": "string"})]
Folder = Annotated[str, PlainValidator(_folder), WithJsonSchema({"type": "string"})]
BucketUrl = Annotated[str, PlainValidator(bucket_url), WithJsonSchema({"type": "string", "pattern": "^(s3|gs|az)://"})]


class State(Strict):
    """Where the lockfile and the journal live."""

    backend: Literal["local", "git", "bucket", "postgres"] = "local"
    """local: in the workspace folder; git: on a branch of the repository the workspace lies in; bucket: below `url`;
    postgres: in the database that `dsn` leads to."""
    url: BucketUrl = unset()
    """bucket: s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX. Workspaces may share it."""
    ref: Ref = "refs/heads/reconciler-state"
    """git: the branch, in full. Workspaces may share it."""
    remote: RemoteName = "origin"
    """git: the name of the remote that holds it."""
    dsn: Annotated[Variable, PlainValidator(_dsn), WithJsonSchema(NAMED)] = Variable("RECONCILER_FLEET_DSN")
    """postgres: {env: NAME}, the variable that holds postgresql://USER@HOST/NAME. Workspaces may share the database."""
    path: Folder = unset()
    """git, bucket, postgres: this workspace's folder there; by default its advertiser_id."""

    @model_validator(mode="after")
    def _together(self) -> State:
        if self.backend == "bucket" and not self.url:
            hint = "add `url: s3://BUCKET/PREFIX` (or gs://, az://)"
            raise fail("R204", "`backend: bucket` does not say which", hint)
        if self.backend != "bucket" and self.url:
            hint = "write `backend: bucket`, or take `url` out"
            raise fail("R204", f"`url` is for buckets, and the backend is {self.backend}", hint)
        if self.backend != "postgres" and "dsn" in self.model_fields_set:
            hint = "write `backend: postgres`, or take `dsn` out"
            raise fail("R204", f"`dsn` is for postgres, and the backend is {self.backend}", hint)
        return self
