"""Films over plain HTTP: `/preview/...` while its address lives, and `/source/hero.mp4`, always.

Whoever fetches one needs no token, and should not send one: an arrival that brings it is marked in the log.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from reconciler.simulator import damage, films
from reconciler.simulator.app import Application
from reconciler.simulator.envelope import Answer
from reconciler.simulator.faults import Fault
from reconciler.simulator.messages import DROPPED, Reply, Request, text_reply
from reconciler.simulator.studio import PREVIEW

SOURCE = "/source/"
PREFIXES = (PREVIEW, SOURCE)


def handle(app: Application, request: Request) -> Reply:
    """The reply to a call below one of PREFIXES."""
    query = dict(parse_qsl(request.query))
    with app.lock:
        arrival = app.log.open(app.settle(), request, request.path, query, None, keep=app.settings.log)
        fault = app.pick_fault(request.method, request.path, query)
    app.wait(fault, before=True)
    reply = _film(app, request, query)
    if fault is not None:
        arrival.fault = fault.action
        reply = _struck(app, fault, reply)
    arrival.replied = fault is None or fault.action in damage.HARMLESS
    app.wait(fault, before=False)
    return reply


def _film(app: Application, request: Request, query: dict[str, str]) -> Reply:
    if request.method not in ("GET", "HEAD"):
        return text_reply(405, "405 method not allowed")
    if request.path == f"{SOURCE}{films.SOURCE}.mp4":
        return Reply(films.template(films.SOURCE), content_type="video/mp4")
    with app.lock:
        found = app.studio.film(request.path, query, app.settle())
    if isinstance(found, bytes):
        return Reply(found, content_type="video/mp4")
    return text_reply(found, f"{found}")


def _struck(app: Application, fault: Fault, reply: Reply) -> Reply:
    if fault.action == "die":
        app.die()
    if fault.action in ("lose_request", "lose_reply", "late_commit", "die"):
        return DROPPED
    made_up = damage.made_up(fault, "")
    if isinstance(made_up, Answer):
        return made_up.reply(made_up.envelope(None), app.settings)
    return damage.on_the_wire(fault, made_up or reply)
