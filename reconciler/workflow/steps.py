"""The Renewals of a workspace, as every command that depends on them reads them."""

from __future__ import annotations

from reconciler.errors import Invalid
from reconciler.kinds.renewal import FOLDER, Renewal
from reconciler.manifest.files import YamlFiles
from reconciler.plan.renewals import Whose
from reconciler.state import renewals
from reconciler.workflow.session import Session


def load_renewals(session: Session) -> list[Renewal]:
    """Every one, by file. Raises Invalid."""
    files = YamlFiles(session.root)
    read = {name: files.read(name, path) for name, path in files.below(FOLDER)}
    if files.findings:
        raise Invalid(many=files.findings)
    return renewals.renewals({name: data for name, data in read.items() if data is not None})


def own_account(session: Session) -> Whose:
    """What the workspace says of its account."""
    given = session.workspace.file.account
    return Whose(given.advertiser_id, given.currency, given.timezone)
