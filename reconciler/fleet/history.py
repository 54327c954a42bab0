"""What runs came to: kept below the fleet's folder, one file a run that could write; with a queue, in its rows."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from reconciler.canonical import stamp
from reconciler.errors import Finding, Invalid
from reconciler.fleet.load import FOLDER, Fleet, records
from reconciler.world import World


def new_id(world: World) -> str:
    """Sorts by time, and is no other run's."""
    now = world.now()
    moment = stamp(now).rstrip("Z").replace(":", "").replace("-", "")
    return f"{moment}.{int(now % 1 * 1_000_000):06}Z-{world.uuid()[:8]}"


def keep(world: World, fleet: Fleet, document: Mapping[str, Any], about: Mapping[str, Any]) -> None:
    """Write the document of a run down. `about`: command, who, why, since when."""
    if fleet.file.engine.driver != "local":
        from reconciler.fleet.queue import kept

        kept.keep(fleet, document, about)
        return
    folder, name = records(world, fleet.root), document["run"]
    fresh = folder / f"{name}.tmp"
    world.files.write(fresh, (json.dumps({**about, **document}, indent=1) + "\n").encode())
    world.files.rename(fresh, folder / f"{name}.json")


def names(world: World, fleet: Fleet) -> list[str]:
    """Every run that is kept, the newest last."""
    if fleet.file.engine.driver != "local":
        from reconciler.fleet.queue import kept

        return kept.names(fleet)
    return [one.removesuffix(".json") for one in world.files.names(fleet.root / FOLDER) if one.endswith(".json")]


def read(world: World, fleet: Fleet, run: str) -> dict[str, Any]:
    """One run. Raises Invalid (R413)."""
    found = _read(world, fleet, run)
    if not isinstance(found, dict) or not isinstance(found.get("accounts"), list):
        hint = "`reconciler fleet runs` lists them"
        if fleet.file.engine.driver == "local":
            hint += "; one that is under way is known once it has ended, until then `reconciler fleet halt` stops it"
        raise Invalid(Finding("R413", f'no run is named "{run}"', hint=hint))
    return found


def _read(world: World, fleet: Fleet, run: str) -> Any:
    if fleet.file.engine.driver != "local":
        from reconciler.fleet.queue import kept

        return kept.read(fleet, run)
    data = world.files.read(fleet.root / FOLDER / f"{run}.json") if run in names(world, fleet) else None
    try:
        return json.loads(data) if data is not None else None
    except ValueError:
        return None


def ends(world: World, fleet: Fleet, accounts: Collection[str]) -> dict[str, list[tuple[float, Mapping[str, Any]]]]:
    """By account when applies ended, and with what, the newest first; what an apply has not begun is left out."""
    found: dict[str, list[tuple[float, Mapping[str, Any]]]] = {name: [] for name in accounts}
    for name in reversed(names(world, fleet)):
        one = read(world, fleet, name)
        ended = one.get("ended")
        for row in one["accounts"] if isinstance(ended, str) else ():
            if row["name"] in found and not row["skipped"]:
                found[row["name"]].append((datetime.fromisoformat(str(ended)).timestamp(), row))
    return found


def unfinished(found: Mapping[str, Any]) -> set[str]:
    """The accounts of a run that did not end well."""
    return {one["name"] for one in found["accounts"] if one["exit_code"] != 0}
