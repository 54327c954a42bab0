"""`reconciler explain ADDRESS`: where it is declared, what was applied, what is live, what a plan makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.canonical import stamp
from reconciler.cli.start import start
from reconciler.model import Change, ImageEntry, LockEntry, Number, RefreshEntry, Stored, VideoEntry
from reconciler.plan.causes import WITH_DRIFT
from reconciler.plan.edges import is_object
from reconciler.plan.guards.wording import option, words
from reconciler.plan.sending import Action
from reconciler.render.history import local
from reconciler.render.json import FORMAT
from reconciler.render.rows import reason, rows, sent, value
from reconciler.state.entries import entry_json
from reconciler.text import clean
from reconciler.workflow import explain as workflow
from reconciler.workflow.explain import Explained, FieldStory
from reconciler.workflow.state import parse


def explain(address: str, *, as_json: bool, given: dict[str, Any]) -> None:
    """Say why a plan decides as it does about one address."""
    where = parse(address)
    session, output, _ = start(given, as_json=as_json)
    found = workflow.explain(session, where)
    if as_json:
        output.document(_story_json(found))
    else:
        output.text("\n".join(clean(line) for line in _story_lines(found)))


def _story_json(one: Explained) -> dict[str, Any]:
    change, live, resource, intent = one.change, one.live, one.resource, one.intent
    lifecycle = resource.lifecycle if resource else None
    return {
        "format_version": FORMAT,
        "address": str(one.address),
        "manifest": resource.source.as_json() if resource else None,
        "lockfile": entry_json(one.entry) if one.entry else None,
        "live": {**live._asdict(), "fields": dict(live.fields)} if live else None,
        "decision": {
            "op": change.op if change else None,
            "reason": change.reason if change else one.nothing,
            "code": change.code if change else None,
            "hint": change.hint if change else None,
        },
        "fields": [_field_document(field) for field in one.fields],
        "ignored": [{"field": name, "reason": lifecycle.reasons.get(name)} for name in sorted(lifecycle.ignore)]
        if lifecycle
        else [],
        "sends": [{"verb": action.verb, **_call(action)} for action in one.sends],
        "submits": [list(slots) for slots in change.work.submits] if change and change.work else [],
        "violations": [
            {"rule": broken.rule, "value": broken.value, "limit": broken.limit, "allow": broken.allow}
            for broken in one.violations
        ],
        "warnings": list(one.warnings),
        "intent": {"verb": intent.verb, "sent_at": stamp(intent.sent_at), "state": intent.state, "why": intent.why}
        if intent
        else None,
        "last_done": {"at": stamp(one.last.at), "verb": one.last.verb, "run": one.last.run.id} if one.last else None,
        "refresh": one.refresh,
        "policy": list(one.policy),
    }


def _field_document(field: FieldStory) -> dict[str, Any]:
    place = field.place
    return {
        "path": field.path,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "desired": field.desired,
        "applied": field.applied,
        "live": field.live,
        "side": field.side,
        "verdict": field.verdict,
    }


def _call(action: Action) -> dict[str, Any]:
    call = action.call
    body = call.body if call else {}
    return {
        "method": call.method if call else None,
        "path": call.path if call else None,
        "body": sent(body),
    }


def _story_lines(one: Explained) -> Iterator[str]:
    yield str(one.address)
    source = one.resource.source if one.resource else None
    yield f"  manifest:  {source}" if source else "  manifest:  none"
    yield f"  lockfile:  {_bound(one)}"
    if one.last:
        by = f" by {one.last.run.facts['actor']}" if one.last.run.facts.get("actor") else ""
        yield f"  last done: {one.last.verb} at {local(one.last.at)}, in {one.last.run.command}{by}"
    if one.live:
        modified = f", modified {one.live.modified} UTC" if one.live.modified else ""
        yield f"  live:      {one.live.id} {value(one.live.name, None)}{modified}"
    elif is_object(one.address):
        yield "  live:      no object of the account is bound to it"
    if one.intent:
        yield f"  open:      {one.intent.verb} sent at {local(one.intent.sent_at)}, outcome not known"
    yield from _decision(one)
    yield from (f"  renew:     {line}" for line in one.policy)
    if one.fields:
        yield ""
    for field in one.fields:
        yield from _field_story(field, one)
    yield from _refresh(one)
    if one.sends:
        yield ""
    for action in one.sends:
        call = _call(action)
        yield f"  would send: {call['method']} {call['path']}"
        yield from (f"    {key}  {value(item, None)}" for key, item in call["body"].items())


def _bound(one: Explained) -> str:
    entry = one.entry
    if isinstance(entry, LockEntry):
        removed = f", its manifest was found gone at {entry.removed_at}" if entry.removed_at else ""
        return f"{entry.id}, {entry.born}{', protected' if entry.protect else ''}{removed}"
    if isinstance(entry, VideoEntry):
        known = {"stock": entry.stock_video_id, "asset": entry.library_id}
        held = ", ".join(f"{one} in the {library} library" for library, one in known.items() if one)
        return f"{held or 'not uploaded'}, from {_from(entry)}"
    if isinstance(entry, ImageEntry):
        return f"{entry.library_id} in the asset library, from {_from(entry)}"
    if isinstance(entry, RefreshEntry):
        kept = f", {len(entry.past)} earlier kept" if entry.past else ""
        return f"generation {entry.current.generation}{kept}, {entry.wanted} variants wanted"
    return "no entry"


def _from(entry: Stored) -> str:
    return entry.url or f"a file of SHA-256 {entry.sha256}"


def _decision(one: Explained) -> Iterator[str]:
    row = next((row for row in reversed([*rows(one.planned.plan)]) if row.address == str(one.address)), None)
    if row is None:
        yield f"  decision:  nothing to do: {one.nothing}"
    else:
        yield f"  decision:  {row.words} ({row.why})"
        if one.change and one.change.code:
            yield f"  code:      {one.change.code}, see `reconciler explain {one.change.code}`"
        if row.hint:
            yield f"  → {row.hint}"
    for broken in one.violations:
        why = words(broken, one.planned.plan.currency)
        yield f"  refused:   {broken.rule}: {why}; to allow it once: {option(broken)}"
    for warning in one.warnings:
        yield f"  warning:   {warning}"


_SIDES = {"ours": "edited in the manifest", "theirs": "changed in the account", "both": "changed on both sides"}


def _field_story(field: FieldStory, one: Explained) -> Iterator[str]:
    place = f"  {field.place.file}:{field.place.line}" if field.place else ""
    side = f", {_changed(field.side, one.change)}" if field.side else ""
    yield f"  {field.path}: {field.verdict}{side}{place}"
    known = {"manifest": field.desired, "applied": field.applied, "live": field.live}
    said = {name: _like(found, known.values()) for name, found in known.items() if found is not None}
    currency = one.planned.plan.currency
    if len({str(found) for found in said.values()}) == 1 and not field.side:
        yield f"      {', '.join(said)}: {value(next(iter(said.values())), currency)}"
    else:
        yield from (f"      {name.ljust(8)}  {value(found, currency)}" for name, found in said.items())


def _changed(side: str, change: Change | None) -> str:
    """Who changed a field; where nobody did, what its row says."""
    cause = next((one for one, mixed in WITH_DRIFT.items() if change and change.reason in (one, mixed)), None)
    return reason(cause) if cause and side == "ours" else _SIDES[side]


def _like(found: Any, others: Any) -> Any:
    """The lockfile holds amounts as plain text: an amount beside one is one."""
    return Number(found) if type(found) is str and any(isinstance(one, Number) for one in others) else found


def _refresh(one: Explained) -> Iterator[str]:
    work = one.change.work if one.change else None
    if work:
        yield f"  generation {work.generation}, {len(work.submits)} tasks to submit for {work.videos} videos"
    for task in one.refresh["tasks"] if one.refresh else ():
        yield f"  task {task['task_id']}: {task['status']}, submitted {task['submitted_at']}"
    for variant in one.refresh["variants"] if one.refresh else ():
        file = f", {variant['file']}" if variant["file"] else ""
        yield f"  slot {variant['variant']}: {variant['state']}, approval {variant['approval']}{file}"
