"""The commands that run in single accounts, by the names under which drivers are given them."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.fleet import execute
from reconciler.fleet.execute import Command

COMMANDS: Mapping[str, Command] = {
    "validate": execute.validate_one,
    "plan": execute.plan_one,
    "settle": execute.settled_plan_one,
    "apply": execute.apply_one,
    "advance": execute.advance_one,
    "wake": execute.advance_one,
    "drift": execute.drift_one,
    "look": execute.look_one,
    "status": execute.status_one,
    "halt": execute.halt_one,
    "pause": execute.pause_one,
    "resume": execute.resume_one,
}
HERE = frozenset({"validate", "status", "halt", "resume"})
"""They need neither a token nor the network: they are run where they are asked for, also where no worker is alive."""
LOOKING = frozenset({"plan", "drift"})
"""They only look, and leave a part of the app's limit to who writes."""
PLANNING = frozenset({"plan", "settle"})
"""They leave a plan behind, which `apply` carries out."""
READING = frozenset({"plan", "drift", "look", "settle"})
"""They send nothing but GET."""
