"""A fake of GitHub: a bare repository, pull requests, issues, artifacts, and the part of its REST API that we use.

It holds tokens to their permissions and gives lists in small pages, as the real one would.
"""

from __future__ import annotations

import io
import json
import re
import secrets
import subprocess
import threading
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.gitops.git_data import MISSING, GitData
from tests.gitops.permissions import needed_for, permits

NAME = "acme/ads"
BOT = "github-actions[bot]"
_REPLY = re.compile(r'<!-- reconciler \{"kind": "(?:answer|trouble)"')
PAGE = 2
"""Items of one page, whatever is asked for."""


def git(folder: Path, *arguments: str) -> str:
    """One git command, which must come out well."""
    who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", "-c", "init.defaultBranch=main"]
    ended = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


class Forge:
    """One repository. Pull requests and issues share their numbers."""

    def __init__(self, folder: Path) -> None:
        self.remote = folder / "remote.git"
        self.remote.mkdir(parents=True)
        git(self.remote, "init", "--bare")
        self.desk = folder / "desk"
        git(folder, "clone", str(self.remote), str(self.desk))
        self.issues: list[dict[str, Any]] = []
        self.pulls: dict[int, dict[str, Any]] = {}
        self.comments: list[dict[str, Any]] = []
        self.artifacts: list[dict[str, Any]] = []
        self.runs: dict[int, dict[str, Any]] = {}
        self.calls: list[tuple[str, str]] = []
        self.settings: dict[str, Any] = {}
        """Settings of the repository: path → answer."""
        self.started: list[tuple[str, str]] = []
        """Workflows that were started by a call: (file, branch)."""
        self.tokens: dict[str, Mapping[str, str]] = {}
        self.roles: dict[str, str] = {}
        """Who has which access: login → admin, write or read."""
        self.passed = 0
        """Seconds by which people act later than machines."""
        self.opens_pulls = True
        """Whether the repository lets workflows open pull requests."""
        self.meanwhile: Callable[[], object] | None = None
        """What somebody does, once, just before a branch is moved."""
        self._git_data = GitData(self.remote)
        self._count = 100
        self.broken: re.Pattern[str] | None = None
        """Calls that end with another answer: `broken_with`, for `broken_times` of them."""
        self.broken_with: tuple[int, dict[str, str]] = (502, {})
        self.broken_times = 1_000
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Ends the server."""
        self._server.shutdown()
        self._server.server_close()

    def number(self) -> int:
        """A number nobody has yet."""
        self._count += 1
        return self._count

    def begin(self, event: Mapping[str, Any]) -> int:
        """A run of the workflows that an event starts; its id."""
        number = self.number()
        pull = event["body"].get("pull_request")
        fork = bool(pull) and pull["head"]["repo"]["full_name"] != NAME
        self.runs[number] = {
            "id": number, "event": event["name"], "head_sha": pull["head"]["sha"] if pull else event["sha"],
            "head_repository": {"id": 2 if fork else 1}, "repository": {"id": 1},
            "head_branch": pull["head"]["ref"] if pull else event["ref"],
        }  # fmt: skip
        return number

    def check_out(self, target: Path, event: Mapping[str, Any]) -> None:
        """What a job of an event has before it, as actions/checkout leaves it."""
        target.mkdir(parents=True, exist_ok=True)
        git(target, "init", "--quiet")
        git(target, "remote", "add", "origin", str(self.remote))
        git(target, "fetch", "--quiet", "--depth=1", "origin", f"+{event['sha']}:refs/remotes/origin/{event['ref']}")
        branch = [] if event["ref"] == "merge" else ["-B", event["ref"]]
        git(target, "checkout", "--quiet", *branch, event["sha"])

    def token(self, permissions: Mapping[str, str]) -> str:
        """A job's own token."""
        made = f"ghs_{secrets.token_hex(12)}"
        self.tokens[made] = permissions
        return made

    # -------------------------------------------------------------------------------------------- people at their desk

    def commit(self, files: Mapping[str, str | None], message: str = "Edit", branch: str = "main") -> str:
        """Somebody changes files on a branch, new ones start at main, and pushes; the commit."""
        known = git(self.desk, "ls-remote", "--heads", "origin", branch)
        if git(self.desk, "ls-remote", "--heads", "origin", "main"):
            git(self.desk, "fetch", "--quiet", "origin")
            git(self.desk, "checkout", "--quiet", "-B", branch, f"origin/{branch if known else 'main'}")
        for name, text in files.items():
            path = self.desk / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        git(self.desk, "add", "--all")
        git(self.desk, "commit", "--quiet", "--message", message)
        git(self.desk, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        return git(self.desk, "rev-parse", "HEAD")

    def open(self, branch: str, *, fork: bool = False) -> dict[str, Any]:
        """A pull request, and the event of it."""
        number = self.number()
        owner = "stranger/ads" if fork else NAME
        self.pulls[number] = {
            "number": number,
            "state": "open",
            "merged_at": None,
            "merge_commit_sha": None,
            "head": {"ref": branch, "sha": self.sha(branch), "repo": {"full_name": owner}},
            "base": {"ref": "main", "sha": self.sha("main"), "repo": {"full_name": NAME}},
        }
        return self.pulled(number, "opened")

    def pulled(self, number: int, action: str = "synchronize") -> dict[str, Any]:
        """The event of a pull request as it is now; the runner checks out what a merge would be."""
        pull = self.pulls[number]
        pull["head"]["sha"], pull["base"]["sha"] = self.sha(pull["head"]["ref"]), self.sha("main")
        git(self.desk, "fetch", "--quiet", "origin")
        git(self.desk, "checkout", "--quiet", "--detach", "origin/main")
        git(self.desk, "merge", "--quiet", "--no-ff", "--no-edit", pull["head"]["sha"])
        git(self.desk, "push", "--quiet", "--force", "origin", f"HEAD:refs/pull/{number}/merge")
        body = {"action": action, "number": number, "pull_request": pull, "repository": self.repository}
        return {"name": "pull_request", "body": body, "sha": git(self.desk, "rev-parse", "HEAD"), "ref": "merge"}

    def merge(self, number: int) -> dict[str, Any]:
        """Somebody merges it; the event of the push."""
        pull = self.pulls[number]
        git(self.desk, "fetch", "--quiet", "origin")
        git(self.desk, "checkout", "--quiet", "-B", "main", "origin/main")
        git(self.desk, "merge", "--quiet", "--no-ff", "-m", f"Merge pull request #{number} from x", pull["head"]["sha"])
        git(self.desk, "push", "--quiet", "origin", "HEAD:refs/heads/main")
        sha = self.sha("main")
        pull.update(state="closed", merged_at="2026-11-21T10:00:00Z", merge_commit_sha=sha)
        return self.pushed()

    def pushed(self) -> dict[str, Any]:
        """The event of a push to main."""
        return self.event("push")

    def event(self, name: str, **more: Any) -> dict[str, Any]:
        """An event on the newest commit of main."""
        body: dict[str, Any] = {"schedule": "17 * * * *"}
        if name != "schedule":
            body = {"ref": "refs/heads/main", "repository": self.repository, **more}
        return {"name": name, "body": body, "sha": self.sha("main"), "ref": "main"}

    def sha(self, branch: str) -> str:
        """The newest commit of a branch."""
        return git(self.remote, "rev-parse", f"refs/heads/{branch}")

    @property
    def repository(self) -> dict[str, Any]:
        """The repository as events tell it."""
        return {"full_name": NAME, "default_branch": "main", "id": 1}

    def comment_of(self, number: int, author: str = BOT) -> str:
        """The only comment of that author."""
        (found,) = [one for one in self._said(number, author) if not _REPLY.match(one)]
        return found

    def replies(self, number: int) -> list[str]:
        """What we answered people there."""
        return [one for one in self._said(number, BOT) if _REPLY.match(one)]

    def _said(self, number: int, author: str) -> list[str]:
        return [one["body"] for one in self.comments if (one["issue"], one["user"]["login"]) == (number, author)]

    def say(self, number: int, body: str, author: str) -> int:
        """Somebody comments."""
        at = f"{datetime.now(UTC) + timedelta(seconds=self.passed):%Y-%m-%dT%H:%M:%SZ}"
        made: dict[str, Any] = {"id": self.number(), "issue": number, "body": body, "created_at": at, "updated_at": at}
        made["user"] = {"login": author, "type": "Bot" if author == BOT else "User"}
        made["html_url"] = f"https://forge.example/{NAME}/issues/{number}#issuecomment-{made['id']}"
        self.comments.append(made)
        return int(made["id"])

    def commented(self, number: int, body: str, author: str) -> dict[str, Any]:
        """Somebody comments; the event of it, on the newest commit of main."""
        comment = self._comment(self.say(number, body, author))
        told = {"action": "created", "issue": self._thread(number), "comment": dict(comment)}
        return self.event("issue_comment", **told)

    def _comment(self, id: int) -> dict[str, Any]:
        (found,) = [one for one in self.comments if one["id"] == id]
        return found

    def _thread(self, number: int) -> dict[str, Any]:
        """An issue, or a pull request as an issue."""
        if number in self.pulls:
            return {"number": number, "user": {"login": "somebody"}, "body": "", "pull_request": {"url": "…"}}
        (found,) = [one for one in self.issues if one["number"] == number]
        return found

    def keep(self, name: str, files: Mapping[str, bytes], run: int) -> None:
        """What a job uploads; the newest first, as lists give it."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for path, data in files.items():
                archive.writestr(path, data)
        told = self.runs[run]
        of = {"id": run, "head_sha": told["head_sha"], "repository_id": 1}
        of |= {"head_repository_id": told["head_repository"]["id"], "head_branch": told.get("head_branch", "main")}
        self.artifacts.insert(
            0,
            {"id": self.number(), "name": name, "expired": False, "workflow_run": of, "packed": packed.getvalue(),
             "size_in_bytes": len(packed.getvalue()), "created_at": f"2026-11-21T10:00:{len(self.artifacts):02d}Z"},
        )  # fmt: skip

    # -------------------------------------------------------------------------------------------- the API

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any, sender: str) -> tuple[int, Any]:
        """Status and answer of one call below the repository."""
        if method == "GET" and (match := re.fullmatch(r"issues/(\d+)/comments", path)):
            return 200, [one for one in self.comments if one["issue"] == int(match[1])]
        if method == "POST" and (match := re.fullmatch(r"issues/(\d+)/comments", path)):
            return 201, {"id": self.say(int(match[1]), _short(body["body"]), sender)}
        if method == "PATCH" and (match := re.fullmatch(r"issues/comments/(\d+)", path)):
            found = self._comment(int(match[1]))
            found["body"] = _short(body["body"])
            return 200, found
        if match := re.fullmatch(r"issues/comments/(\d+)", path):
            known = [one for one in self.comments if one["id"] == int(match[1])]
            return (200, known[0]) if known else MISSING
        if method == "GET" and (match := re.fullmatch(r"issues/(\d+)", path)):
            return 200, self._thread(int(match[1]))
        if match := re.fullmatch(r"collaborators/([^/]+)/permission", path):
            role = self.roles.get(unquote(match[1]), "none")
            return 200, {"permission": role, "role_name": role}
        if path.startswith("git/"):
            if method == "PATCH" and self.meanwhile:
                act, self.meanwhile = self.meanwhile, None
                act()
            return self._git_data.answer(method, path.removeprefix("git/"), body)
        if path == "issues" and method == "GET":
            wanted = query.get("labels")
            return 200, [one for one in self.issues if wanted is None or wanted in one["labels"]]
        if path == "issues":
            made = {"number": self.number(), "state": "open", "user": {"login": sender}, **body}
            self.issues.insert(0, made)
            return 201, made
        if method == "PATCH" and (match := re.fullmatch(r"issues/(\d+)", path)):
            (found,) = [one for one in self.issues if one["number"] == int(match[1])]
            found.update(body)
            return 200, found
        if path == "pulls" and method == "GET":
            branch = query["head"].partition(":")[2]
            states = ("open", "closed") if query["state"] == "all" else (query["state"],)
            return 200, [one for one in self.pulls.values() if one["head"]["ref"] == branch and one["state"] in states]
        if match := re.fullmatch(r"pulls/(\d+)", path):
            self.pulls[int(match[1])].update(body or {})
            return 200, self.pulls[int(match[1])]
        if path == "pulls":
            if not self.opens_pulls:
                return 403, {"message": "GitHub Actions is not permitted to create or approve pull requests."}
            # What a workflow's own token opens starts no workflow.
            number = int(self.open(body["head"])["body"]["number"])
            self.pulls[number] |= {"title": body["title"], "body": body["body"]}
            return 201, self.pulls[number]
        if match := re.fullmatch(r"commits/(\w+)/pulls", path):
            return 200, [
                one for one in self.pulls.values() if match[1] in (one["merge_commit_sha"], one["head"]["sha"])
            ]
        if path == "actions/artifacts":
            kept = [one for one in self.artifacts if one["name"] == query["name"]]
            return 200, {"total_count": len(kept), "artifacts": [_told(one) for one in kept]}
        if match := re.fullmatch(r"actions/artifacts/(\d+)/zip", path):
            return 302, f"{self.url}/blob/{match[1]}"
        if match := re.fullmatch(r"actions/runs/(\d+)", path):
            return 200, self.runs[int(match[1])]
        if match := re.fullmatch(r"actions/workflows/([\w.-]+)/dispatches", path):
            self.started.append((match[1], body["ref"]))
            return 204, b""
        if match := re.fullmatch(r"contents/(.+)", path):
            ended = subprocess.run(["git", "show", f"{query['ref']}:{match[1]}"], cwd=self.remote, capture_output=True)
            return (200, ended.stdout) if ended.returncode == 0 else (404, {"message": "Not Found"})
        return (200, self.settings[path]) if path in self.settings else (404, {"message": "Not Found"})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        forge = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                parts = urlsplit(self.path)
                query = {key: values[0] for key, values in parse_qs(parts.query).items()}
                data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = json.loads(data) if data else None
                token = str(self.headers.get("Authorization", "")).removeprefix("Bearer ")
                forge.calls.append((self.command, parts.path))
                if match := re.fullmatch(r"/blob/(\d+)", parts.path):
                    assert not token, "the token went to another place"
                    (found,) = [one for one in forge.artifacts if one["id"] == int(match[1])]
                    return self._reply(200, found["packed"])
                if token not in forge.tokens:
                    return self._reply(401, {"message": "Bad credentials"})
                if parts.path == "/graphql":
                    return self._reply(200, {"data": {"viewer": {"login": BOT}}})
                if forge.broken_times and forge.broken and forge.broken.search(f"{self.command} {parts.path}"):
                    forge.broken_times -= 1
                    return self._reply(forge.broken_with[0], b"<html>", forge.broken_with[1])
                path = unquote(parts.path).removeprefix("/api/v3").removeprefix(f"/repos/{NAME}").removeprefix("/")
                needed = needed_for(self.command, path)
                if not any(permits(forge.tokens[token], one) for one in needed):
                    said = {"message": "Resource not accessible by integration"}
                    return self._reply(403, said, {"x-accepted-github-permissions": needed[0].replace(":", "=")})
                status, found = forge.answer(self.command, path, query, body, BOT)
                if status == 302:
                    return self._reply(302, b"", {"Location": found})
                return self._page(status, found, query)

            do_GET = do_POST = do_PATCH = _serve

            def _page(self, status: int, found: Any, query: Mapping[str, str]) -> None:
                """One page of a list, with a link to the next one."""
                items = (
                    found if isinstance(found, list) else found.get("artifacts") if isinstance(found, dict) else None
                )
                if items is None:
                    return self._reply(status, found)
                page = int(query.get("page", 1))
                shown = items[(page - 1) * PAGE : page * PAGE]
                again = "&".join(f"{key}={text}" for key, text in {**query, "page": page + 1}.items())
                path = urlsplit(self.path).path
                more = {"Link": f'<{forge.url}{path}?{again}>; rel="next"'} if len(items) > page * PAGE else {}
                return self._reply(status, shown if isinstance(found, list) else {**found, "artifacts": shown}, more)

            def _reply(self, status: int, found: Any, headers: Mapping[str, str] | None = None) -> None:
                data = found if isinstance(found, bytes) else json.dumps(found).encode()
                self.send_response(status)
                for name, text in {"Content-Length": str(len(data)), **(headers or {})}.items():
                    self.send_header(name, text)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *arguments: object) -> None:
                """Nothing on the terminal."""

        return Handler


def _short(body: str) -> str:
    assert len(body) <= 65_536, "GitHub refuses a comment this long"
    return body


def _told(artifact: Mapping[str, Any]) -> dict[str, Any]:
    return {name: found for name, found in artifact.items() if name != "packed"}
