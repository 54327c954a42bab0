"""The operator's side of the simulator, below /_simulator/: ground truth, arrivals, clock, loading, faults, switches.

    GET  state[?advertiser_id=ID]    every object with its hidden fields, deleted ones too; uploads, tasks and videos
    GET  log[?after=SEQUENCE]        the arrivals
    GET  switches                    the switches with default, allowed values and meaning
    POST clock      {"advance": SECONDS}
    POST load       objects and figures, see loading.py
    POST edit       {"id": ID, "status": ..., "campaign_name": ..., "budget": ..., ...}: a colleague's hand, any kind
    POST upload     {"video_url": URL, "video_id": ID, "usable": BOOL}: a colleague's upload; the last two may be absent
    POST stranger   {"videos": N, "strategies": [...], "hook_type": ..., "delay": SECONDS}: a colleague's new videos,
                    done that much later (before, when negative); nothing must be given
    POST account    {"advertiser_id": ID, "currency": ..., "timezone": ..., "name": ..., "status": ...}
    POST curve      {"id": ID, "metric": ..., "from": DAY, "shape": ..., "to": ..., ...}: what a metric shall do
    POST shock      {"from": DAY, "to": DAY, "factor": ..., "advertiser_id": ID}: what happens to all of an account
    POST faults     the fault list that replaces the one in force
    POST switches   {NAME: VALUE, ...}, all texts
    POST reset-log  forgets the arrivals

Answers are JSON; wrong input is HTTP 400 and {"error": TEXT}.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from reconciler.simulator import curves, fault_list, loading
from reconciler.simulator.accounts import ACCOUNT_FACTS, ACCOUNT_NOTE
from reconciler.simulator.app import Application
from reconciler.simulator.clock import stamp
from reconciler.simulator.failure import SimulatorUsage
from reconciler.simulator.kinds import SMART_AD
from reconciler.simulator.messages import Reply, Request, text_reply
from reconciler.simulator.refresh import HOOK_TYPES, STRATEGIES
from reconciler.simulator.settings import describe_switches
from reconciler.simulator.smart_plus import bag
from reconciler.simulator.studio import Plan
from reconciler.simulator.wire import Json, Number, decode, encode
from reconciler.simulator.world import Row

PREFIX = "/_simulator/"
LONGEST = 10_000_000
Query = Mapping[str, str]


def handle(app: Application, request: Request) -> Reply:
    """The reply to an operator."""
    name = request.path.removeprefix(PREFIX)
    try:
        with app.lock:
            app.settle()
            if request.method == "GET" and name in _READS:
                told = _READS[name](app, dict(parse_qsl(request.query)))
            elif request.method == "POST" and name in _WRITES:
                told = _WRITES[name](app, request.body)
            else:
                return text_reply(404, "404 page not found")
            return Reply(encode(told).encode())
    except (SimulatorUsage, ValueError, TypeError, RecursionError) as error:
        return Reply(encode({"error": str(error)}).encode(), 400)


def state(app: Application, owner: str | None = None) -> dict[str, Json]:
    """The ground truth: the moment, and the objects of one account or all, by list."""
    with app.lock:
        now = app.settle()
        lists = {kind.plural: [row_json(row) for row in app.world.rows(kind, owner)] for kind in app.contract.kinds}
        told = {"time": stamp(now), "pending": len(app.pending), **lists, **app.studio.truth(now)}
        return {**told, **app.library.truth(owner)} if app.contract.library else told


def row_json(row: Row) -> dict[str, Json]:
    """The ground truth about one object, in wire names."""
    told: dict[str, Json] = {row.kind.id_field: row.id, row.kind.name_field: row.name, "advertiser_id": row.owner}
    if row.kind.parent:
        told[row.kind.parent.id_field] = row.parent
    times = {"create_time": stamp(row.created), "modify_time": stamp(row.modified), "listed_time": stamp(row.listed)}
    return {**told, "status": row.status, **row.fields, **times}


def edit(app: Application, told: Mapping[str, Json]) -> dict[str, Json]:
    """Changes any object as somebody else would, past the API's checks; answers with the ground truth about it."""
    row_id = told.get("id")
    if not isinstance(row_id, str) or not app.world.knows(row_id):
        raise SimulatorUsage("id must be that of an object")
    with app.lock:
        now = app.settle()
        row = app.world.row(row_id)
        allowed = app.contract.fields[row.kind.word]
        known = ("id", "status", app.contract.status, row.kind.name_field, *allowed)
        if unknown := told.keys() - set(known):
            raise SimulatorUsage(f"{min(unknown)} is not a field; there are {', '.join(known)}")
        status = told.get("status", told.get(app.contract.status))
        if status not in (None, *app.contract.statuses):
            raise SimulatorUsage(f"status must be one of {', '.join(app.contract.statuses)}")
        fields = {name: told[name] for name in allowed if name in told}
        creatives = fields.pop("creative_list", None)
        app.world.change(row, now, name=told.get(row.kind.name_field), status=status, fields=fields, guarded=False)
        if row.kind is SMART_AD:
            bag.edited(app.world, row, creatives, now)
        return row_json(row)


def change_switches(app: Application, pairs: Mapping[str, str]) -> dict[str, str]:
    """Sets switches; SimulatorUsage for a name or value that is not allowed, and then none is set."""
    with app.lock:
        app.world.settings = app.world.settings.change(pairs)
        app.studio.top_up(app.settle())
        return dict(pairs)


def _advance(app: Application, body: bytes) -> Json:
    seconds = _mapping(decode(body)).get("advance")
    if not isinstance(seconds, Number):
        raise SimulatorUsage("advance must be a number of seconds")
    app.clock.advance(float(seconds.text))
    now = app.settle()
    # Nothing new, but the store takes down the moment: a restarted clock must not fall behind it.
    app.world.add((), now)
    return {"time": stamp(now)}


def _set_faults(app: Application, body: bytes) -> Json:
    # Plain JSON numbers here: a fault list counts and waits, it holds no money.
    parsed = fault_list.parse(json.loads(body))
    app.set_faults(parsed)
    return {"faults": len(parsed)}


def upload(app: Application, told: Mapping[str, Json]) -> dict[str, Json]:
    """Puts a video into the stock library past the API's checks; answers with the ground truth about it."""
    url, upload_id, usable = told.get("video_url"), told.get("video_id"), told.get("usable", True)
    if not isinstance(url, str) or not isinstance(usable, bool) or told.keys() - {"video_url", "video_id", "usable"}:
        raise SimulatorUsage("takes video_url and, if wanted, video_id and usable")
    if upload_id is not None and (not isinstance(upload_id, str) or not upload_id or upload_id in app.studio.uploads):
        raise SimulatorUsage("video_id must be a text that no upload has")
    with app.lock:
        return app.studio.upload(url, app.settle(), usable=usable, upload_id=upload_id).truth()


def stranger(app: Application, told: Mapping[str, Json]) -> dict[str, Json]:
    """Makes refreshed videos as a colleague would; answers with their ids and those of their tasks."""
    if unknown := told.keys() - {"videos", "strategies", "hook_type", "delay"}:
        raise SimulatorUsage(f"{min(unknown)} is not known; there are videos, strategies, hook_type, delay")
    count, delay = told.get("videos", Number("1")), told.get("delay", Number("0"))
    strategies, hook = told.get("strategies", ["SWAP_MUSIC"]), told.get("hook_type", HOOK_TYPES[0])
    if not isinstance(count, Number) or not count.text.isdigit() or len(count.text) > 5:
        raise SimulatorUsage("videos must be a whole number up to 99999")
    if not isinstance(delay, Number) or not -LONGEST <= delay.value <= LONGEST:
        raise SimulatorUsage(f"delay must be a number of seconds up to {LONGEST}")
    if strategies not in STRATEGIES or hook not in HOOK_TYPES:
        raise SimulatorUsage("strategies and hook_type must be what a task create takes")
    asked = {"video_id": "", "video_refresh_strategy_list": strategies}
    if "ADD_HOOK" in strategies:
        asked["add_hook"] = {"hook_type": hook}
    with app.lock:
        now = app.settle()
        plan = Plan(asked, now + float(delay.text), stranger=True)
        tasks = [task for _ in range(int(count.text)) for task in app.studio.submit(plan, now)]
    return {"task_ids": [task.id for task in tasks], "video_ids": [video.id for task in tasks for video in task.videos]}


def account(app: Application, told: Mapping[str, Json]) -> dict[str, Json]:
    """Sets what an advertiser is; answers with all that has been set of it."""
    owner = told.get("advertiser_id")
    facts = {name: value for name, value in told.items() if name != "advertiser_id"}
    if not isinstance(owner, str) or not (owner.isascii() and owner.isdigit()):
        raise SimulatorUsage("advertiser_id must be a string of digits")
    if facts.keys() - set(ACCOUNT_FACTS) or not all(isinstance(value, str) for value in facts.values()):
        raise SimulatorUsage(f"takes advertiser_id and texts of {', '.join(ACCOUNT_FACTS)}")
    with app.lock:
        app.settle()
        known = {**decode(app.world.notes.get(ACCOUNT_NOTE + owner, "{}").encode()), **facts}
        app.world.note({ACCOUNT_NOTE + owner: encode(known)})
        return known


def curve(app: Application, told: Mapping[str, Json]) -> Json:
    """Gives a metric of an object a curve; answers with all of the object's curves."""
    object_id = told.get("id")
    if not isinstance(object_id, str) or not app.world.knows(object_id):
        raise SimulatorUsage("id must be that of an object")
    name = curves.note(object_id)
    app.world.note({name: curves.with_curve(app.world.notes.get(name, "[]"), told)})
    return {"id": object_id, "curves": decode(app.world.notes[name].encode())}


def shock(app: Application, told: Mapping[str, Json]) -> Json:
    """Strikes an account for some days, the only one where none is told; answers with all its shocks."""
    owners = app.world.owners()
    owner = told.get("advertiser_id", owners[0] if len(owners) == 1 else None)
    if not isinstance(owner, str):
        raise SimulatorUsage("advertiser_id must say which of several accounts")
    name = curves.shocks_note(owner)
    said = {key: value for key, value in told.items() if key != "advertiser_id"}
    app.world.note({name: curves.with_shock(app.world.notes.get(name, "[]"), said)})
    return {"advertiser_id": owner, "shocks": decode(app.world.notes[name].encode())}


def _mapping(told: Json) -> dict[str, Json]:
    if not isinstance(told, dict):
        raise SimulatorUsage("the body must be a JSON object")
    return told


def _log(app: Application, query: Query) -> Json:
    after = int(query.get("after", "0"))
    return {"arrivals": [entry.as_json() for entry in app.log.entries if entry.sequence > after]}


_READS: dict[str, Callable[[Application, Query], Json]] = {
    "state": lambda app, query: state(app, query.get("advertiser_id")),
    "log": _log,
    "switches": lambda app, query: {"switches": [one._asdict() for one in describe_switches()]},
}
_WRITES: dict[str, Callable[[Application, bytes], Any]] = {
    "clock": _advance,
    "load": lambda app, body: loading.load(app, _mapping(decode(body)), app.settle()),
    "edit": lambda app, body: edit(app, _mapping(decode(body))),
    "upload": lambda app, body: upload(app, _mapping(decode(body))),
    "stranger": lambda app, body: stranger(app, _mapping(decode(body))),
    "account": lambda app, body: account(app, _mapping(decode(body))),
    "curve": lambda app, body: curve(app, _mapping(decode(body))),
    "shock": lambda app, body: shock(app, _mapping(decode(body))),
    "faults": _set_faults,
    "switches": lambda app, body: change_switches(app, _mapping(decode(body))),
    "reset-log": lambda app, body: {"forgotten": app.log.clear()},
}
