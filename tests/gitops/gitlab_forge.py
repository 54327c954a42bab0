"""A fake of GitLab: a project with its repository over HTTP, merge requests, issues, and the part of its API we use.

Source: GitLab's REST API v4 and its page on the job token. It holds tokens to what they may do: a job's own token reads
merge requests and files, clones, pushes where the project allows it, and writes neither notes nor issues.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import subprocess
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from markdown_it import MarkdownIt

from tests.gitops.forge import git

ID, PATH, FORK = 42, "acme/media/ads", 43
BOT = "project_42_bot_1f2e"
PAGE = 2
REPORTER, DEVELOPER, MAINTAINER = 20, 30, 40
# Method and path below the project → the role that a token needs, and whether a job's own token may.
ENDPOINTS = (
    ("GET", r"merge_requests/\d+/notes", REPORTER, True),
    ("POST", r"merge_requests/\d+/notes", REPORTER, False),
    ("PUT", r"merge_requests/\d+/notes/\d+", REPORTER, False),
    ("GET", r"merge_requests(?:/\d+)?", REPORTER, True),
    ("POST", r"merge_requests", DEVELOPER, False),
    ("PUT", r"merge_requests/\d+", DEVELOPER, False),
    ("GET", r"merge_requests/\d+/pipelines", REPORTER, False),
    ("POST", r"merge_requests/\d+/pipelines", DEVELOPER, False),
    ("GET", r"pipelines/\d+/jobs", REPORTER, False),
    ("GET", r"jobs/\d+/artifacts", REPORTER, True),
    ("GET", r"repository/commits/\w+/merge_requests", REPORTER, True),
    ("GET", r"repository/files/.+/raw", REPORTER, True),
    ("GET", r"repository/branches/.+", REPORTER, False),
    ("GET", r"issues(?:/\d+)?", REPORTER, False),
    ("POST", r"issues(?:/\d+/notes)?", REPORTER, False),
    ("PUT", r"issues/\d+", REPORTER, False),
    ("GET", r"", REPORTER, False),
    ("GET", r"(?:variables|pipeline_schedules|protected_environments|protected_branches)(?:/.+)?", MAINTAINER, False),
)


class GitLabForge:
    """One project. Merge requests and issues have numbers of their own."""

    def __init__(self, folder: Path) -> None:
        self.root = folder
        self.remote = folder / f"{PATH}.git"
        self.remote.mkdir(parents=True)
        git(self.remote, "init", "--bare")
        git(self.remote, "config", "http.receivepack", "true")
        git(self.remote, "config", "uploadpack.allowAnySHA1InWant", "true")
        self.desk = folder / "desk"
        git(folder, "clone", str(self.remote), str(self.desk))
        self.requests: dict[int, dict[str, Any]] = {}
        self.issues: dict[int, dict[str, Any]] = {}
        self.notes: list[dict[str, Any]] = []
        self.pipelines: dict[int, dict[str, Any]] = {}
        self.jobs: dict[int, dict[str, Any]] = {}
        self.settings: dict[str, Any] = {}
        self.tokens: dict[str, int] = {}
        """Access tokens of the bot → role."""
        self.job_tokens: set[str] = set()
        """Of jobs that run now."""
        self.job_push = True
        """The setting "Allow Git push requests to the repository"."""
        self.elsewhere = False
        """Whether artifacts are stored elsewhere, to where a download is redirected."""
        self.calls: list[tuple[str, str]] = []
        self.broken: re.Pattern[str] | None = None
        self.broken_with: tuple[int, dict[str, str]] = (502, {})
        self.broken_times = 1_000
        self._count = 500
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

    def token(self, role: int = REPORTER) -> str:
        """An access token of the project's bot."""
        made = f"glpat-{secrets.token_hex(10)}"
        self.tokens[made] = role
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
        return self.sha(branch)

    def open(self, branch: str, *, fork: bool = False, author: str = "ana") -> int:
        """A merge request; its number."""
        iid = len(self.requests) + 1
        self.requests[iid] = {
            "iid": iid, "state": "opened", "source_branch": branch, "target_branch": "main",
            "project_id": ID, "source_project_id": FORK if fork else ID, "target_project_id": ID,
            "merge_commit_sha": None, "squash_commit_sha": None, "author": {"username": author},
        }  # fmt: skip
        self.pushed(iid)
        return iid

    def pushed(self, iid: int) -> None:
        """The merge request looks at its branches again."""
        one = self.requests[iid]
        head, start = self.sha(one["source_branch"]), self.sha("main")
        base = git(self.remote, "merge-base", head, start)
        one.update(sha=head, diff_refs={"base_sha": base, "head_sha": head, "start_sha": start})

    def merge(self, iid: int, how: str = "merge") -> str:
        """Somebody merges it; the commit that main has then."""
        one = self.requests[iid]
        git(self.desk, "fetch", "--quiet", "origin")
        git(self.desk, "checkout", "--quiet", "-B", "main", "origin/main")
        if how == "squash":
            git(self.desk, "merge", "--quiet", "--squash", one["sha"])
            git(self.desk, "commit", "--quiet", "--message", "Squashed")
        elif how == "fast-forward":
            git(self.desk, "merge", "--quiet", "--ff-only", one["sha"])
        else:
            said = f"Merge branch 'x' into 'main'\n\nEdit\n\nSee merge request {PATH}!{iid}"
            git(self.desk, "merge", "--quiet", "--no-ff", "-m", said, one["sha"])
        git(self.desk, "push", "--quiet", "origin", "HEAD:refs/heads/main")
        key = {"merge": "merge_commit_sha", "squash": "squash_commit_sha"}.get(how)
        one.update({"state": "merged", **({key: self.sha("main")} if key else {})})
        return self.sha("main")

    def sha(self, branch: str) -> str:
        """The newest commit of a branch."""
        return git(self.remote, "rev-parse", f"refs/heads/{branch}")

    def read(self, commit: str, path: str) -> str:
        """A file of a commit."""
        return git(self.remote, "show", f"{commit}:{path}")

    def note_of(self, iid: int, author: str = BOT) -> str:
        """The only note of that author on a merge request."""
        (found,) = [one for one in self.notes if one["on"] == ("merge_requests", iid) and _by(one) == author]
        return str(found["body"])

    def say(self, kind: str, iid: int, body: str, author: str) -> dict[str, Any]:
        """Somebody writes a note."""
        self._text(body, author)
        made = {"id": self.number(), "on": (kind, iid), "body": body, "author": {"username": author}, "system": False}
        self.notes.append(made)
        return made

    def _text(self, body: str, author: str) -> str:
        assert len(body) <= 1_000_000, "GitLab refuses a text this long"
        assert author != BOT or not any(map(_command, _lines(body))), "GitLab would do what a line says"
        return body

    # -------------------------------------------------------------------------------------------- the API

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        """Status and answer of one call below the project."""
        parts = path.split("/")
        if parts[0] in ("merge_requests", "issues") and len(parts) >= 3 and parts[2] == "notes":
            return self._notes(method, parts, body)
        if parts[0] == "issues":
            return self._issues(method, parts, query, body)
        if path == "merge_requests" and method == "POST":
            iid = self.open(body["source_branch"], author=BOT)
            self.requests[iid]["target_branch"] = body["target_branch"]
            return 201, self._change(iid, body)
        if path == "merge_requests":
            wanted = {key: query[key] for key in ("source_branch", "target_branch", "state") if key in query}
            return 200, [one for one in self.requests.values() if wanted.items() <= one.items()]
        if match := re.fullmatch(r"merge_requests/(\d+)", path):
            return 200, self._change(int(match[1]), body or {})
        if match := re.fullmatch(r"merge_requests/(\d+)/pipelines", path):
            if method == "POST":
                return 201, self._begin(int(match[1]))
            return 200, [one for one in self.pipelines.values() if one["request"] == int(match[1])][::-1]
        if match := re.fullmatch(r"pipelines/(\d+)/jobs", path):
            found = [one for one in self.jobs.values() if one["pipeline"] == int(match[1])]
            return 200, [{key: one[key] for key in one if key != "packed"} for one in found]
        if match := re.fullmatch(r"jobs/(\d+)/artifacts", path):
            packed = self.jobs[int(match[1])].get("packed")
            if packed is None:
                return 404, {"message": "404 Not Found"}
            return (302, f"{self.url}/store/{match[1]}") if self.elsewhere else (200, packed)
        if match := re.fullmatch(r"repository/commits/(\w+)/merge_requests", path):
            return 200, [_listed(one) for one in self.requests.values() if match[1] in _commits(one)]
        if match := re.fullmatch(r"repository/files/(.+)/raw", path):
            ended = subprocess.run(["git", "show", f"{query['ref']}:{match[1]}"], cwd=self.remote, capture_output=True)
            return (200, ended.stdout) if ended.returncode == 0 else (404, {"message": "404 File Not Found"})
        return (200, self.settings[path]) if path in self.settings else (404, {"message": "404 Not Found"})

    def _change(self, iid: int, body: Mapping[str, Any]) -> dict[str, Any]:
        one = self.requests[iid]
        assert body.get("state_event") in (None, "close")
        if "state_event" in body:
            one["state"] = "closed"
        one |= {key: self._text(body[key], BOT) for key in ("title", "description") if key in body}
        return one

    def _begin(self, iid: int) -> dict[str, Any]:
        """A pipeline for a merge request, which a runner may take."""
        self.pushed(iid)
        number, sha = self.number(), self.requests[iid]["sha"]
        made = {"id": number, "project_id": ID, "sha": sha, "ref": f"refs/merge-requests/{iid}/head", "request": iid}
        self.pipelines[number] = {**made, "source": "merge_request_event"}
        return self.pipelines[number]

    def _notes(self, method: str, parts: list[str], body: Any) -> tuple[int, Any]:
        where = (parts[0], int(parts[1]))
        if method == "GET":
            return 200, [one for one in self.notes if one["on"] == where]
        if method == "POST":
            return 201, self.say(*where, body["body"], BOT)
        (found,) = [one for one in self.notes if one["id"] == int(parts[3]) and one["on"] == where]
        if _by(found) != BOT:
            return 403, {"message": "403 Forbidden"}
        found["body"] = self._text(body["body"], BOT)
        return 200, found

    def _issues(self, method: str, parts: list[str], query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        if method == "GET" and len(parts) == 1:
            return 200, [one for one in self.issues.values() if query["labels"] in one["labels"]]
        if method == "POST":
            iid = len(self.issues) + 1
            labels = body["labels"].split(",")
            text = self._text(body["description"], BOT)
            self.issues[iid] = {"iid": iid, "title": body["title"], "description": text, "labels": labels,
                                "state": "opened", "author": {"username": BOT}}  # fmt: skip
            return 201, self.issues[iid]
        found = self.issues[int(parts[1])]
        if method == "PUT":
            event = body.get("state_event")
            assert event in (None, "close", "reopen")
            if event:
                found["state"] = "closed" if event == "close" else "opened"
            found.update({key: self._text(body[key], BOT) for key in ("title", "description") if key in body})
        return 200, found

    def allowed(self, headers: Mapping[str, str], method: str, path: str) -> tuple[int, Any] | None:
        """The refusal of a call; None where it may go on."""
        access, job = headers.get("PRIVATE-TOKEN", ""), headers.get("JOB-TOKEN", "")
        if access not in self.tokens and job not in self.job_tokens:
            return 401, {"message": "401 Unauthorized"}
        found = [
            (role, own) for verb, pattern, role, own in ENDPOINTS if verb == method and re.fullmatch(pattern, path)
        ]
        assert found, f"{method} {path} is not known here"
        role, own = found[0]
        if access in self.tokens:
            return None if self.tokens[access] >= role else (403, {"message": "403 Forbidden"})
        return None if own else (401, {"message": "401 Unauthorized"})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        forge = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                parts = urlsplit(self.path)
                query = {key: values[0] for key, values in parse_qs(parts.query).items()}
                length = int(self.headers.get("Content-Length") or 0)
                data = (
                    self.rfile.read(length)
                    if "chunked" not in str(self.headers.get("Transfer-Encoding"))
                    else _all(self)
                )
                if parts.path.startswith(f"/{PATH}.git/"):
                    return self._git(parts.path, parts.query, data)
                forge.calls.append((self.command, parts.path))
                if match := re.fullmatch(r"/store/(\d+)", parts.path):
                    assert "PRIVATE-TOKEN" not in self.headers, "the token went to another place"
                    return self._reply(200, forge.jobs[int(match[1])]["packed"])
                if forge.broken_times and forge.broken and forge.broken.search(f"{self.command} {parts.path}"):
                    forge.broken_times -= 1
                    return self._reply(forge.broken_with[0], b"<html>", forge.broken_with[1])
                if parts.path == "/api/v4/user":
                    known = self.headers.get("PRIVATE-TOKEN") in forge.tokens
                    return self._reply(200 if known else 401, {"username": BOT} if known else {"message": "401"})
                head, path = f"/api/v4/projects/{ID}", unquote(parts.path)
                assert parts.path.startswith(head) or path.startswith(f"/api/v4/projects/{PATH}"), parts.path
                path = path.removeprefix(f"/api/v4/projects/{PATH}").removeprefix(head).removeprefix("/")
                refusal = forge.allowed(self.headers, self.command, path)  # type: ignore[arg-type]
                body = json.loads(data) if data else None
                status, found = refusal or forge.answer(self.command, path, query, body)
                if status == 302:
                    return self._reply(302, b"", {"Location": found})
                return self._page(status, found, query)

            do_GET = do_POST = do_PUT = _serve

            def _page(self, status: int, found: Any, query: Mapping[str, str]) -> None:
                if not isinstance(found, list):
                    return self._reply(status, found)
                page = int(query.get("page", 1))
                again = "&".join(f"{key}={text}" for key, text in {**query, "page": page + 1}.items())
                link = f'<{forge.url}{urlsplit(self.path).path}?{again}>; rel="next"'
                more = {"Link": link} if len(found) > page * PAGE else {}
                return self._reply(status, found[(page - 1) * PAGE : page * PAGE], more)

            def _git(self, path: str, query: str, data: bytes) -> None:
                """`git http-backend`, for whom the token lets in."""
                told = str(self.headers.get("Authorization", "")).removeprefix("Basic ").removeprefix("basic ")
                login, _, token = base64.b64decode(told).decode().partition(":")
                pushes = "git-receive-pack" in path + query
                if login != "gitlab-ci-token" or token not in forge.job_tokens:
                    return self._reply(401, b"", {"WWW-Authenticate": 'Basic realm="GitLab"'})
                if pushes and not forge.job_push:
                    return self._reply(403, b"You are not allowed to push code to this project.")
                variables = {
                    "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(forge.root), "GIT_HTTP_EXPORT_ALL": "1",
                    "PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": self.command, "REMOTE_USER": login,
                    "CONTENT_TYPE": str(self.headers.get("Content-Type", "")), "CONTENT_LENGTH": str(len(data)),
                    "HTTP_CONTENT_ENCODING": str(self.headers.get("Content-Encoding", "")),
                    "GIT_PROTOCOL": str(self.headers.get("Git-Protocol", "")),
                }  # fmt: skip
                ended = subprocess.run(
                    ["git", "http-backend"], env=variables, input=data, capture_output=True, check=True
                )
                head, _, body = ended.stdout.partition(b"\r\n\r\n")
                headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
                return self._reply(int(headers.pop("Status", "200").split()[0]), body, headers)

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


def _all(handler: BaseHTTPRequestHandler) -> bytes:
    """A body in chunks."""
    found = b""
    while size := int(handler.rfile.readline(), 16):
        found += handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
    return found


def _lines(body: str) -> Iterator[str]:
    """Where a line begins with text, what it begins with; code is no text."""
    for token in MarkdownIt("commonmark").parse(body):
        begins = True
        for one in token.children or ():
            if begins and one.type == "text":
                yield one.content
            begins = one.type in ("softbreak", "hardbreak")


def _command(text: str) -> bool:
    """A quick action."""
    return re.match(r"\s*/[a-z]", text) is not None


def _by(note: Mapping[str, Any]) -> str:
    return str(note["author"]["username"])


def _commits(request: Mapping[str, Any]) -> tuple[str | None, ...]:
    return request["merge_commit_sha"], request["squash_commit_sha"], request["sha"]


def _listed(request: Mapping[str, Any]) -> dict[str, Any]:
    """As a list tells one: without what only the request itself tells."""
    return {key: one for key, one in request.items() if key != "diff_refs"}
