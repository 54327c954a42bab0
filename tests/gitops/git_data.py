"""The git database of the fake forge, done by git itself in the bare repository. Source: GitHub's REST reference."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MISSING = (404, {"message": "Not Found"})


class GitData:
    """Trees, commits and references of one repository."""

    def __init__(self, remote: Path) -> None:
        self._remote = remote

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Status and answer of one call below `git/`."""
        if match := re.fullmatch(r"ref/heads/(.+)", path):
            found = self._sha(f"refs/heads/{match[1]}")
            return (200, {"ref": f"refs/heads/{match[1]}", "object": {"sha": found}}) if found else MISSING
        if method == "GET" and (match := re.fullmatch(r"commits/(\w+)", path)):
            tree = self._sha(f"{match[1]}^{{tree}}")
            return (200, {"sha": match[1], "tree": {"sha": tree}}) if tree else MISSING
        if path == "trees":
            return 201, {"sha": self._tree(body["base_tree"], body["tree"])}
        if path == "commits":
            parents = [word for one in body["parents"] for word in ("-p", one)]
            return 201, {"sha": self._git("commit-tree", body["tree"], *parents, "-m", body["message"])}
        if path == "refs":
            if self._sha(body["ref"]):
                return 422, {"message": "Reference already exists"}
            self._git("update-ref", body["ref"], body["sha"])
            return 201, {"ref": body["ref"]}
        name, new = f"refs/heads/{path.removeprefix('refs/heads/')}", body["sha"]
        if not body["force"] and self._git("merge-base", name, new) != self._sha(name):
            return 422, {"message": "Update is not a fast forward"}
        self._git("update-ref", name, new)
        return 200, {"ref": name}

    def _tree(self, base: str, entries: list[dict[str, str]]) -> str:
        """A tree with these files beside those of another one."""
        with tempfile.TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            self._git("read-tree", base, variables=index)
            for one in entries:
                assert (one["mode"], one["type"]) == ("100644", "blob")
                blob = self._git("hash-object", "-w", "--stdin", given=one["content"])
                self._git("update-index", "--add", "--cacheinfo", f"100644,{blob},{one['path']}", variables=index)
            return self._git("write-tree", variables=index)

    def _sha(self, name: str) -> str:
        return self._git("rev-parse", "--verify", "--quiet", name, fails=True)

    def _git(
        self, *arguments: str, given: str = "", fails: bool = False, variables: Mapping[str, str] | None = None
    ) -> str:
        who = ["-c", "user.name=github-actions[bot]", "-c", "user.email=bot@example.com"]
        ended = subprocess.run(
            ["git", *who, *arguments], cwd=self._remote, env={**os.environ, **(variables or {})}, input=given,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert fails or ended.returncode == 0, ended.stderr
        return ended.stdout.strip()
