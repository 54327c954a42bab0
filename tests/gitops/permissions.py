"""What a token needs for each call of GitHub's API that we use. Source: GitHub's REST reference."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Method and path below the repository → the permission it takes.
PERMISSIONS = (
    ("GET", r"issues/\d+/comments", "pull-requests:read issues:read"),
    ("GET", r"issues/(?:comments/)?\d+", "pull-requests:read issues:read"),
    ("GET", r"collaborators/[^/]+/permission", "metadata:read"),
    ("GET", r"git/(?:ref/heads/.+|commits/\w+)", "contents:read"),
    ("POST", r"git/(?:trees|commits|refs)", "contents:write"),
    ("PATCH", r"git/refs/heads/.+", "contents:write"),
    ("POST", r"issues/\d+/comments", "pull-requests:write issues:write"),
    ("PATCH", r"issues/comments/\d+", "pull-requests:write"),
    ("GET", r"issues", "issues:read"),
    ("POST", r"issues", "issues:write"),
    ("PATCH", r"issues/\d+", "issues:write"),
    ("GET", r"commits/\w+/pulls", "pull-requests:read"),
    ("POST", r"pulls", "pull-requests:write"),
    ("PATCH", r"pulls/\d+", "pull-requests:write"),
    ("GET", r"pulls(?:/\d+)?", "pull-requests:read"),
    ("GET", r"actions/artifacts(?:/\d+/zip)?", "actions:read"),
    ("GET", r"actions/runs/\d+", "actions:read"),
    ("POST", r"actions/workflows/[\w.-]+/dispatches", "actions:write"),
    ("GET", r"contents/.+", "contents:read"),
    ("GET", r"", "metadata:read"),
    ("GET", r"environments/[\w-]+(?:/deployment-branch-policies)?", "actions:read"),
    ("GET", r"environments/[\w-]+/secrets", "environments:read"),
    ("GET", r"rules/branches/.+", "metadata:read"),
    ("GET", r"branches/.+/protection", "administration:read"),
    ("GET", r"actions/runners", "administration:read"),
)


def needed_for(method: str, path: str) -> list[str]:
    """The permissions of which one is enough."""
    found = [needed for verb, pattern, needed in PERMISSIONS if verb == method and re.fullmatch(pattern, path)]
    assert found, f"{method} {path} is not known here"
    return found[0].split()


def permits(given: Mapping[str, str], needed: str) -> bool:
    """Whether permissions hold one such as `issues:read`."""
    name, _, level = needed.partition(":")
    return given.get(name) == "write" or (level == "read" and given.get(name) == "read")
