"""The client of GitHub's API against the fake one: pages, patience, and where the token goes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from reconciler.api.secret import Secret
from reconciler.ci import reviewed
from reconciler.ci.comment import LIMIT, Comment
from reconciler.ci.environment import Environment, for_git
from reconciler.ci.github import GitHub
from reconciler.ci.service import Merged
from reconciler.errors import ApiError, Credentials, Refused
from tests.gitops.forge import BOT, NAME, Forge

ALL = {"pull-requests": "write", "issues": "write", "actions": "read", "contents": "read"}


def place(forge: Forge, permissions: Mapping[str, str] = ALL, *, token: str | None = None) -> Environment:
    """A job of the forge's repository."""
    return Environment(
        api_url=forge.url, graphql_url=f"{forge.url}/graphql", server_url="https://forge.example", repository=NAME,
        sha="0" * 40, event_name="push", event={}, run_id="1", run_url="https://forge.example/run",
        workflow_url="https://forge.example/workflow", checkout=Path(), output=Path(), summary=Path(),
        temporary=Path(), token=Secret(token or forge.token(permissions)),
    )  # fmt: skip


def calls(forge: Forge, method: str) -> int:
    """How many calls of a method came, without the question who we are."""
    return sum(verb == method and path != "/graphql" for verb, path in forge.calls)


def test_every_page_is_read(forge: Forge) -> None:
    """Our comment is found behind many others, and updated in place."""
    for number in range(7):
        forge.say(5, f"comment {number}", "somebody")
    Comment(GitHub(place(forge)), place(forge), 5, ".").show("planning")
    for number in range(7):
        forge.say(5, f"comment {number}", "somebody")
    Comment(GitHub(place(forge)), place(forge), 5, ".").show("planned", "the plan")
    assert "the plan" in forge.comment_of(5)


def test_a_read_is_repeated_and_a_write_never(forge: Forge) -> None:
    """Two failures of a read are survived; one failure of a write is reported."""
    github = GitHub(place(forge))
    forge.broken, forge.broken_times = re.compile("^GET"), 2
    assert list(github.pages("issues")) == []
    assert calls(forge, "GET") == 3
    forge.broken, forge.broken_times = re.compile("^POST"), 1
    with pytest.raises(ApiError, match="HTTP 502"):
        github.post("issues", {"title": "x", "labels": []})
    assert (calls(forge, "POST"), forge.issues) == (1, [])


def test_a_secondary_limit_is_waited_for(forge: Forge) -> None:
    """403 with Retry-After means: later. A limit that is used up is an error that says so."""
    github = GitHub(place(forge))
    forge.broken, forge.broken_times, forge.broken_with = re.compile("^GET"), 1, (403, {"Retry-After": "0"})
    assert list(github.pages("issues")) == []
    forge.broken_times, forge.broken_with = 1, (403, {"x-ratelimit-remaining": "0"})
    with pytest.raises(ApiError) as error:
        list(github.pages("issues"))
    assert "used up" in str(error.value.findings[0].hint)


def test_a_missing_permission_is_named(forge: Forge) -> None:
    """The hint says what to write into the workflow; the token stands nowhere."""
    here = place(forge, {"contents": "read"})
    with pytest.raises(Credentials) as error:
        GitHub(here).post("issues/1/comments", {"body": "x"})
    assert "pull-requests=write" in str(error.value.findings[0].hint)
    assert here.token
    assert here.token.reveal() not in repr(error.value.findings)
    with pytest.raises(Credentials, match="401"):
        GitHub(place(forge, token="unknown-token")).login()


def test_a_file_is_fetched_without_the_token(forge: Forge) -> None:
    """The forge sends an artifact from elsewhere; the fake asserts that no token comes along there."""
    forge.runs[1] = {"event": "pull_request", "head_sha": "abc", "head_repository": {"id": 1}, "repository": {"id": 1}}
    forge.keep("plan-7-abc", {"plan.json": b"{}"}, 1)
    assert reviewed.fetch(GitHub(place(forge)), "7", Merged(5, "abc", "base")) == b"{}"
    forge.artifacts[0]["packed"] = b"PK damaged"
    with pytest.raises(Refused, match="cannot be read"):
        reviewed.fetch(GitHub(place(forge)), "7", Merged(5, "abc", "base"))


@pytest.mark.parametrize(
    "run",
    [
        {"event": "push", "head_sha": "abc", "head_repository": {"id": 1}},
        {"event": "pull_request", "head_sha": "abd", "head_repository": {"id": 1}},
        {"event": "pull_request", "head_sha": "abc", "head_repository": {"id": 2}},
    ],
)
def test_a_plan_of_another_run_does_not_count(forge: Forge, run: dict[str, object]) -> None:
    """Another event, another commit, a fork: the name of an artifact is no proof."""
    forge.runs[1] = {**run, "repository": {"id": 1}}
    forge.keep("plan-7-abc", {"plan.json": b"{}"}, 1)
    assert reviewed.fetch(GitHub(place(forge)), "7", Merged(5, "abc", "base")) is None


def test_a_comment_is_never_too_long(forge: Forge) -> None:
    """What was planned makes room for why it was refused."""
    comment = Comment(GitHub(place(forge)), place(forge), 5, ".")
    comment.show("planned", "x" * 58_000)
    comment.advance("refused", "y" * 20_000)
    assert len(forge.comment_of(5, BOT)) <= LIMIT
    assert "artifact" in forge.comment_of(5, BOT)
    assert "y" * 20_000 in forge.comment_of(5, BOT)


def test_git_shows_the_token_to_the_forge_alone(forge: Forge) -> None:
    """Beside settings that are there, for one address, after the headers that a checkout may have left."""
    found = for_git(place(forge), {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "a.b", "GIT_CONFIG_VALUE_0": "c"})
    assert found["GIT_CONFIG_COUNT"] == "3"
    assert {found["GIT_CONFIG_KEY_1"], found["GIT_CONFIG_KEY_2"]} == {"http.https://forge.example/.extraheader"}
    assert found["GIT_CONFIG_VALUE_1"] == ""
    assert found["GIT_CONFIG_VALUE_2"].startswith("AUTHORIZATION: basic ")
