"""`fleet plan|apply|advance`: plan all that are chosen, ask once, carry the plans out."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from reconciler.canonical import stamp
from reconciler.cli.asking import said_yes
from reconciler.cli.fleet.desk import Desk, base_option, desk, identity, json_option, selection
from reconciler.cli.fleet.look import everywhere
from reconciler.cli.main import folder_of, global_options
from reconciler.errors import Finding, Invalid, Stale
from reconciler.fleet import approving, driver, history, limits, looks, rings, run, waiting
from reconciler.fleet.governed import authors
from reconciler.fleet.plans import read_plans, write_plans
from reconciler.fleet.run import Result
from reconciler.workflow.signals import Signals


@click.command("plan")
@selection
@base_option
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), help="Save the plans, for `fleet apply DIR`.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there are changes.")
@json_option
@global_options
def plan(as_json: bool, detailed_exitcode: bool, out: Path | None, **given: Any) -> int:
    """Plan every account. Sends nothing but GET."""
    one = desk(given, as_json=as_json)
    with Signals(one.output.notice) as signals:
        signals.world(one.world)
        services = one.services(signals, "plan")
        name = services.run
        results = driver.carry_out(services, one.chosen, "plan", one.told)
    looks.keep(one.world, one.fleet.root, looks.PLAN, results, services.plans)
    if out:
        write_plans(services, folder_of(one.options) / out, run.document(name, results))
    one.ended(name, results, results)
    return run.exit_code(results, detailed=detailed_exitcode)


@click.command("apply")
@click.argument("folder", required=False, metavar="[DIR]", type=click.Path(path_type=Path))
@selection
@base_option
@click.option("--auto-approve", is_flag=True, help="Do not ask: this option is the approval.")
@click.option("--expect-digest", metavar="DIGEST", help="Apply only if the plans together have this digest.")
@click.option("--allow-limit", multiple=True, metavar="NAME=NUMBER", help="Go past a limit of fleet.yaml, once.")
@click.option("--reason", metavar="TEXT", help="Why; required with --allow-limit.")
@click.option("--wait", type=click.FloatRange(min=0), default=0.0, metavar="S", help="Wait S seconds for tasks.")
@json_option
@global_options
def apply(folder: Path | None, as_json: bool, **given: Any) -> int:
    """Plan every account, ask once, and carry the plans out.

    DIR: the plans that `fleet plan --out` saved, which are the approval. An account whose plan is another one by then
    is left with 6; the others go on.
    """
    asked = {name: given.pop(name) for name in ("auto_approve", "expect_digest", "allow_limit", "reason", "wait")}
    allowed = _allowed(asked["allow_limit"], asked["reason"])
    one = desk(given, as_json=as_json)
    began = stamp(one.world.now())
    with Signals(one.output.notice) as signals:
        signals.world(one.world)
        services = one.services(signals, "apply")
        name = services.run
        if folder:
            planned = read_plans(services, folder_of(one.options) / folder, one.chosen)
        else:
            planned = driver.carry_out(services, one.chosen, "settle", one.told)
        looks.keep(one.world, one.fleet.root, looks.PLAN, planned, services.plans)
        _hold(asked["expect_digest"], planned)
        limits.hold(one.fleet.ruling.limits, planned, allowed)
        approved, missing = approving.judge(services, planned, authors(one.fleet))
        decided = approved.keys() | missing.keys()
        if not (folder or _approved(one, name, planned, {**asked, "decided": decided}, signals)):
            one.output.note("Not applied: only `yes` is accepted.")
            return 1
        ready = {row.name for row in planned if row.rows or row.going} - missing.keys()
        approving.note_rules(services, planned, approved, identity(one))
        todo = [each for each in one.chosen if each.name in ready]
        done = rings.in_order(services, todo, planned, one.told)
        done = waiting.wait(services, todo, done, asked["wait"], one.told)
    left = {**missing, **done}
    results = [replace(left.get(row.name, row), worst_case=row.worst_case, currency=row.currency) for row in planned]
    reason = services.tokens.without(asked["reason"]) if asked["reason"] else None
    about: dict[str, Any] = {"command": "apply", "began": began, "ended": stamp(one.world.now()), "why": reason}
    about |= {"who": identity(one)["actor"], "approved": approved}
    about["base"] = one.fleet.base.commit if one.fleet.base else None
    history.keep(one.world, one.fleet, run.document(name, results), about)
    one.ended(name, results, [])
    return run.exit_code(results)


@click.command("advance")
@selection
@json_option
@global_options
def advance(as_json: bool, **given: Any) -> int:
    """One pass over what is on its way in every account."""
    return everywhere(given, "advance", as_json=as_json)


def _allowed(given: tuple[str, ...], reason: str | None) -> dict[str, int]:
    if given and not (reason or "").strip():
        raise click.UsageError("--allow-limit needs --reason TEXT.")
    found = {}
    for one in given:
        name, _, number = one.partition("=")
        if name not in limits.NAMES or not number.isdecimal():
            raise click.UsageError(f"--allow-limit takes {' or '.join(limits.NAMES)}=NUMBER, not {one!r}.")
        found[name] = int(number)
    return found


def _hold(expected: str | None, planned: list[Result]) -> None:
    """Raises Stale where the plans together have another digest than was approved."""
    digest = run.digest_of(planned)
    if expected is not None and expected != digest:
        message = f"the plans together are now {digest or 'empty'}; {expected} was approved"
        raise Stale(Finding("R803", message, hint="run `reconciler fleet plan` and review what changed"))


def _approved(one: Desk, name: str, planned: list[Result], asked: dict[str, Any], signals: Signals) -> bool:
    """Whether somebody says yes to what neither rules nor approvals have decided. Raises Invalid where nobody can."""
    open_ones = {row.name for row in planned if row.rows} - asked["decided"]
    if not open_ones or asked["auto_approve"] or asked["expect_digest"]:
        return True
    if not sys.stdin.isatty() or one.options["no_input"]:
        hint = "approve on the command line: --auto-approve, DIR, or --expect-digest with what was reviewed"
        raise Invalid(Finding("R802", "there is no terminal to ask for approval", hint=hint))
    one.ended(name, planned, planned)
    return said_yes(signals, "Apply these plans?")
