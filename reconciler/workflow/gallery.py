"""`gallery`: the page on which people watch variants side by side and decide."""

from __future__ import annotations

import base64
import shutil
from dataclasses import replace
from pathlib import Path

from reconciler.account.showings import VariantName
from reconciler.apply import artifact
from reconciler.apply.reply import settle_recorded
from reconciler.canonical import stamp
from reconciler.errors import Finding, Invalid
from reconciler.manifest import paths
from reconciler.model import Address
from reconciler.render.gallery import GalleryFigures, GalleryItem, GalleryRefresh, page
from reconciler.render.performance import as_rows
from reconciler.workflow.performance import VariantFigures, name_of, users
from reconciler.workflow.review import load_approvals
from reconciler.workflow.session import Session, usable
from reconciler.workflow.variants import Shown, of_record, somebody

_PAGE = "index.html"
_EMBED_LIMIT = 40 * 1024 * 1024


def gallery(session: Session, out: Path, *, single_file: bool, told: VariantFigures | None = None) -> Path:
    """Write index.html and media/, or one file with everything in it; returns the page's path. Raises Invalid.

    `told`: the figures that stand under the videos."""
    why = paths.named(session.root, out, session.workspace.file.manifests)
    if why:
        raise Invalid(Finding("R117", f"cannot write the page to {out}: {why}", hint="name another folder with --out"))
    paths.opened(out, _PAGE)
    ledger = session.ledger()
    settle_recorded(ledger, session.workspace.contracts)
    desired = session.desired(ledger)
    decisions = load_approvals(session)
    refreshes: list[GalleryRefresh] = []
    uses = users(ledger.lock)
    embedded = 0
    for address, record in sorted(ledger.lock.refreshes.items()):
        resource = desired.get(address)
        source = desired.get(resource.refs["video"]) if resource and "video" in resource.refs else None
        shown = [one for one in of_record(session, address, record, decisions) if one.variant.file]
        session.keeping.bring([one.variant for one in shown], str(address))
        embedded += sum(one.variant.bytes or 0 for one in shown)
        fields = dict(resource.fields) if resource else {}
        items = tuple(
            replace(
                _item(session, one, fields, out, single_file),
                ads=tuple(map(str, uses.get(name_of(one), ()))),
                figures=_figures(session, told, name_of(one)) if told else None,
            )
            for one in shown
        )
        hook = fields.get("add_hook")
        description = hook.get("product_description") if isinstance(hook, dict) else None
        refreshes.append(GalleryRefresh(str(address), source.fields["url"] if source else None, items, description))
    if single_file and embedded > _EMBED_LIMIT:
        message = f"{embedded:,} bytes of video are more than one file of {_EMBED_LIMIT:,} takes"
        raise Invalid(Finding("R901", message, hint="leave --single-file out"))
    days = (str(told.span.first), str(told.span.last)) if told and told.span else None
    text = page(refreshes, made_at=stamp(session.world.now()), by=somebody(session.root), figures=days)
    with usable():
        paths.write(session.world.files, out, _PAGE, text.encode(errors="backslashreplace"))
    return out / _PAGE


def _figures(session: Session, told: VariantFigures, what: VariantName) -> GalleryFigures:
    known = told.found.get(what)
    if known is None or told.span is None:
        return GalleryFigures(why_not=told.why_not(what))
    rows = as_rows(known.document(), session.workspace.file.account.currency)
    return GalleryFigures(rows, known.verdict, known.hooks(told.span))


def _item(session: Session, one: Shown, fields: dict[str, object], out: Path, single_file: bool) -> GalleryItem:
    document = one.document()
    hook = fields.get("add_hook")
    strategies = fields.get("strategies")
    return GalleryItem(
        refresh=str(one.refresh),
        generation=one.generation.generation,
        variant=one.variant.slot,
        name=one.variant.name,
        strategies=tuple(strategies) if isinstance(strategies, tuple) else (),
        hook_type=str(hook["hook_type"]) if isinstance(hook, dict) else None,
        task_id=one.variant.task_id,
        video_id=one.variant.video_id,
        media=_media(session, one.refresh, one, out, single_file),
        sha256=one.variant.sha256 or "",
        bytes=one.variant.bytes or 0,
        duration_seconds=one.variant.duration_seconds,
        state=document["state"],
        approval=one.approval,
    )


def _media(session: Session, address: Address, one: Shown, out: Path, single_file: bool) -> str:
    """Copy the file beside the page and name it, or embed it."""
    folder = session.workspace.file.artifacts_folder
    try:
        source = artifact.place(paths.opened(session.root, folder), (one.variant.file or "").removeprefix(f"{folder}/"))
    except artifact.Unsafe:
        return ""
    if not source.is_file():
        return ""
    if single_file:
        return "data:video/mp4;base64," + base64.b64encode(source.read_bytes()).decode()
    relative = f"media/{address.name}/g{one.generation.generation}-{one.variant.slot:03d}.mp4"
    with usable():
        target = paths.opened(out, relative)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, paths.opened(out, relative))
    return relative
