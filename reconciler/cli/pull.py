"""`reconciler pull`."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from reconciler.canonical import id_text
from reconciler.cli.main import global_options
from reconciler.cli.output import Output
from reconciler.cli.start import start
from reconciler.errors import Finding, Invalid
from reconciler.kinds.registry import BY_TITLE, KINDS
from reconciler.plan.takeover import Asked
from reconciler.render.json import FORMAT
from reconciler.text import clean
from reconciler.workflow import pull as workflow
from reconciler.workflow.pull import Pulled


@click.command("pull")
@click.option("--out", metavar="DIR", help="Write the files there; a folder of `manifests:`. [default: …/pulled]")
@click.option("--match", metavar="GLOB", help="Only names like this, with their parents and what is below them.")
@click.option("--kind", metavar="KIND", help="Only objects of this kind, with their parents.")
@click.option("--under", metavar="ID", help="Only this campaign and what is below it.")
@click.option("--dry-run", is_flag=True, help="Write nothing, say what would be pulled.")
@click.option("--all-fields", is_flag=True, help="Write the platform's own defaults, too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@global_options
def command(
    out: str | None, match: str | None, kind: str | None, under: str | None, dry_run: bool, all_fields: bool,
    as_json: bool, **given: Any,
) -> None:  # fmt: skip
    """Write a manifest for every live object that has none, and bind it. Sends nothing but GET."""
    session, output, _ = start(given, as_json=as_json)
    if under is not None and id_text(under) is None:
        raise Invalid(Finding("R206", f'"{clean(under)}" is not an id', hint="an id is digits only"))
    asked = Asked(match, _kind(kind), under)
    found = workflow.pull(session, asked, out, dry=dry_run, whole=all_fields)
    for one in found.warnings:
        output.notice(clean(one))
    if as_json:
        output.document(_document(found))
    else:
        _print(output, found, dry=dry_run)


def _kind(text: str | None) -> str | None:
    kinds = {**{short: short for short in KINDS}, **{title: one.short for title, one in BY_TITLE.items()}}
    if text is None or text in kinds:
        return kinds.get(text or "")
    raise Invalid(Finding("R210", f'no kind is named "{clean(text)}"', hint="campaign, adgroup or ad"))


def _document(found: Pulled) -> dict[str, Any]:
    left = [{"kind": one.kind, "id": one.id, "name": one.name, "reason": one.reason} for one in found.left]
    pulled = [{"address": str(address), "id": identity, "file": file} for address, identity, file in found.rows]
    return {"format_version": FORMAT, "pulled": pulled, "left": left, "unwritten": dict(found.unwritten)}


def _print(output: Output, found: Pulled, *, dry: bool) -> None:
    files: dict[str, Counter[str]] = {}
    for address, _, file in found.rows:
        files.setdefault(file, Counter())[address.kind] += 1
    for file, kinds in files.items():
        output.text(f"  {file}  {_counted(kinds)}")
    for why, kinds in _reasons(found).items():
        output.text(f"  left: {_counted(kinds)}: {clean(why)}")
    if found.unwritten:
        output.text(f"  live values that no manifest carries: {', '.join(map(clean, found.unwritten))}")
    if not found.rows:
        output.text("Nothing to pull: every live object that can be declared is.")
        return
    total = _counted(Counter(address.kind for address, _, _ in found.rows))
    if dry:
        output.text(f"Would pull {total} into {len(files)} files. Nothing was written.")
    else:
        output.text(f"Pulled {total} into {len(files)} files. `reconciler plan` shows no change.")


def _reasons(found: Pulled) -> dict[str, Counter[str]]:
    reasons: dict[str, Counter[str]] = {}
    for one in found.left:
        reasons.setdefault(one.reason, Counter())[one.kind] += 1
    return reasons


def _counted(kinds: Counter[str]) -> str:
    names = {"campaign": "campaign", "adgroup": "ad group", "ad": "ad"}
    return ", ".join(f"{number} {names.get(kind, kind)}{'s' if number > 1 else ''}" for kind, number in kinds.items())
