"""Consent and approvals: the documents people sign, as they are committed. Read as strictly as manifests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from msgspec import Struct
from pydantic import PlainValidator, ValidationError

from reconciler.errors import Finding, Invalid, Place
from reconciler.kinds.document import Strict, unset
from reconciler.kinds.fields import Id, Text, fail, text
from reconciler.manifest.yaml import read
from reconciler.state.notice import NOTICE_SHA256

Model = TypeVar("Model", bound=Strict)
CONSENT_FILE = "consent.yaml"
APPROVALS = "approvals"
Decision = Literal["approved", "rejected"]


def _hash(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise fail("R204", "a SHA-256 is 64 hexadecimal digits in lower case")
    return str(value)


def _refresh(value: Any) -> str:
    written = text(value)
    if not re.fullmatch(r"refresh/[a-z0-9][a-z0-9-]{0,62}", written):
        raise fail("R204", f'"{written}" is not the address of a refresh', "write refresh/NAME")
    return written


Hash = Annotated[str, PlainValidator(_hash)]


class ConsentDocument(Strict):
    """Who accepted the notice, for which account."""

    kind: Literal["Consent"]
    notice_sha256: Hash
    advertiser_id: Id
    accepted_by: Text
    accepted_at: Text


class ApprovalDocument(Strict):
    """One decision on one file."""

    kind: Literal["Approval"]
    refresh: Annotated[str, PlainValidator(_refresh)]
    sha256: Hash
    decision: Decision
    by: Text
    at: Text
    note: Text = unset()


class Approval(Struct, frozen=True):
    """A decision; the hash alone binds it."""

    refresh: str
    sha256: str
    decision: Decision
    by: str
    at: str
    note: str | None = None

    @property
    def path(self) -> str:
        """Where it is committed, relative to the workspace: one file a hash, rewritten by a new decision."""
        return f"{APPROVALS}/{self.refresh.removeprefix('refresh/')}/{self.sha256[:12]}.yaml"


def consents(data: bytes | None, advertiser_id: str) -> bool:
    """Whether the consent file counts: this notice, this account. Raises Invalid for a file that cannot be read."""
    if data is None:
        return False
    return any(
        one.notice_sha256 == NOTICE_SHA256 and one.advertiser_id == advertiser_id
        for one in documents_of(CONSENT_FILE, data, ConsentDocument)
    )


def approvals(files: Mapping[str, bytes]) -> dict[str, Approval]:
    """SHA-256 → decision, of every approval file. Raises Invalid with every finding."""
    found: dict[str, Approval] = {}
    findings: list[Finding] = []
    for name, data in sorted(files.items()):
        try:
            signed = documents_of(name, data, ApprovalDocument)
        except Invalid as error:
            findings += error.findings
            continue
        for one in signed:
            found[one.sha256] = Approval(one.refresh, one.sha256, one.decision, one.by, one.at, one.note)
    if findings:
        raise Invalid(many=findings)
    return found


def consent_text(advertiser_id: str, by: str, at: str) -> str:
    """The consent file."""
    return (
        f"kind: Consent\nnotice_sha256: {NOTICE_SHA256}\nadvertiser_id: {_quoted(advertiser_id)}\n"
        f"accepted_by: {_quoted(by)}\naccepted_at: {at}\n"
    )


def approval_text(one: Approval) -> str:
    """An approval file."""
    note = f"note: {_quoted(one.note)}\n" if one.note else ""
    return (
        f"kind: Approval\nrefresh: {one.refresh}\nsha256: {_quoted(one.sha256)}\ndecision: {one.decision}\n"
        f"by: {_quoted(one.by)}\nat: {one.at}\n{note}"
    )


def _quoted(written: str) -> str:
    """A YAML text in double quotes; JSON's escapes are YAML's."""
    import json

    return json.dumps(written, ensure_ascii=False)


def documents_of(file: str, data: bytes, model: type[Model]) -> list[Model]:
    """Every document of a signed file. Raises Invalid with every finding."""
    documents, findings = read(file, data)
    if findings:
        raise Invalid(many=findings)
    result = []
    for document in documents:
        try:
            result.append(model.model_validate(document.value))
        except ValidationError as error:
            from reconciler.manifest.positions import locate

            for detail in error.errors():
                context = detail.get("ctx", {})
                path = list(detail["loc"])
                place = locate(file, data, document.index, path, key=detail["type"] in ("missing", "extra_forbidden"))
                message = f"`{path[-1] if path else ''}`: {context.get('text') or detail['msg']}"
                findings.append(Finding(str(context.get("code", "R204")), message, place))
    if findings:
        raise Invalid(many=findings)
    if not documents:
        raise Invalid(Finding("R112", "the file holds no document", Place(file, 1)))
    return result
