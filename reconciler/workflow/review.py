"""What people have signed: consent to the notice, and approvals. Read by every command that depends on it."""

from __future__ import annotations

from reconciler.errors import Finding, Invalid, Refused
from reconciler.manifest.files import YamlFiles
from reconciler.manifest.paths import opened
from reconciler.state import signed as documents
from reconciler.state.notice import NOTICE
from reconciler.state.signed import Approval
from reconciler.workflow.session import Session


def notice(session: Session) -> None:
    """Show the platform's notice: before every upload, every time, whatever was recorded."""
    session.announced(NOTICE)


def require_consent(session: Session) -> None:
    """Raises Refused unless somebody has accepted this notice for this account."""
    if not consented(session):
        hint = "`reconciler consent` shows the notice and records who accepted it; commit consent.yaml"
        raise Refused(Finding("R804", "an upload needs recorded consent to the platform's notice", hint=hint))


def consented(session: Session) -> bool:
    """Whether the consent file counts. Raises Invalid when it cannot be read."""
    data = session.world.files.read(opened(session.root, documents.CONSENT_FILE))
    return documents.consents(data, session.workspace.file.account.advertiser_id)


def load_approvals(session: Session) -> dict[str, Approval]:
    """SHA-256 → decision. Raises Invalid."""
    files = YamlFiles(session.root)
    read = {name: files.read(name, path) for name, path in files.below(documents.APPROVALS)}
    if files.findings:
        raise Invalid(many=files.findings)
    return documents.approvals({name: data for name, data in read.items() if data is not None})
