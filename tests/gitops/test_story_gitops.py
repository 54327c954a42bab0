"""A team's repository from the first pull request to the issue about drift, by the shipped files alone."""

from __future__ import annotations

import io
import json
import re
import socket
import zipfile
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.gitops.forge import BOT, Forge, git
from tests.gitops.machine import ROOT, Machine
from tests.gitops.story import Story
from tests.stories.workspace import Workspace


def status(story: Story, number: int) -> str:
    """The line of a pull request's comment that says how far things are."""
    return story.forge.comment_of(number).splitlines()[1]


def test_from_a_pull_request_to_an_issue_that_is_closed(story: Story) -> None:
    """Pull request → comment → merge → apply → nothing left → somebody edits by hand → issue → put back → closed."""
    number = story.propose({"manifests/spring.yaml": story.spring})
    plan = story.jobs["plan"]
    assert list(story.jobs) == ["validate", "plan"]
    assert not plan.failed, plan.log
    assert plan.environment == "ads-plan"
    assert story.account.posts() == []
    told = plan.outputs["plan"]
    assert (told["changes"], told["to_create"], told["blocked"]) == ("true", "3", "0")
    assert (told["budget_delta_day"], told["currency"]) == ("300.00", "USD")
    assert (told["failure_reason"], told["exit_code"], told["run_id"] != "") == ("", "0", True)
    comment = story.forge.comment_of(number)
    assert "**Planned**" in status(story, number)
    assert "300.00 USD" in comment
    assert told["plan_digest"] in comment
    assert "Show 3 changes" in comment
    assert plan.summary.count("300.00 USD") >= 1
    assert {one["name"].partition("-")[0] for one in story.forge.artifacts} == {"plan"}

    # A second push updates the same comment, although other comments lie around it.
    for text in ("Looks fine", "I prefer blue", comment):
        story.forge.say(number, text, "mallory")
    story.forge.commit({"manifests/spring.yaml": story.spring.replace("50.00", "60.00")}, branch="edit")
    story.machine.run(story.forge.pulled(number))
    assert "60.00" in story.forge.comment_of(number)
    digest = story.jobs["plan"].outputs["plan"]["plan_digest"]
    assert digest != told["plan_digest"]

    applied = story.merge(number)
    assert not applied.failed, applied.log
    assert applied.environment == "ads-production"
    assert applied.outputs["apply"]["plan_digest"] == digest
    assert "**Applied**" in status(story, number)
    assert "60.00" in story.forge.comment_of(number)
    assert story.account.one("campaign", "Spring")["status"] == "ENABLE"

    clean = story.run("drift")
    assert not clean.failed, clean.log
    assert story.forge.issues == []
    story.account.edit("campaign", "Spring", budget="450.00")
    drifted = story.run("drift")
    assert not drifted.failed, drifted.log
    assert drifted.outputs["drift"]["changes"] == "true"
    (issue,) = story.forge.issues
    assert (issue["state"], issue["user"]["login"]) == ("open", BOT)
    assert "applied `300.00 USD`, live `450.00 USD`, the manifests say `300.00 USD`" in issue["body"]
    assert "to take it over: `manifests/spring.yaml:8: budget: 450.00`" in issue["body"]
    assert "to put it back: run ads apply with target: campaign/spring" in issue["body"]
    story.run("drift")
    assert len(story.forge.issues) == 1

    story.account.edit("campaign", "Spring", budget="300.00")
    story.run("drift")
    assert story.forge.issues[0]["state"] == "closed"
    assert "matches what was last applied" in story.forge.comment_of(issue["number"])
    story.account.edit("campaign", "Spring", budget="310.00")
    story.run("drift")
    assert [one["state"] for one in story.forge.issues] == ["open"]


def test_a_plan_that_changed_after_the_review_is_refused_with_the_difference(story: Story) -> None:
    """Somebody edits the account between review and merge: nothing is written, the comment says what differs now,
    and the new digest can be approved by hand."""
    story.merge(story.propose({"manifests/spring.yaml": story.spring}))
    number = story.propose({"manifests/spring.yaml": story.spring.replace("300.00", "320.00")})
    story.account.edit("campaign", "Spring", budget="999.00")
    story.account.forget_calls()
    refused = story.merge(number)
    assert refused.failed
    assert story.account.posts() == []
    told = refused.outputs["apply"]
    assert (told["failure_reason"], told["exit_code"]) == ("plan-changed", "6")
    comment = story.forge.comment_of(number)
    assert "**Refused**" in status(story, number)
    assert "999.00 USD" in comment
    assert "999.00 USD" in refused.summary
    again = story.run("apply", expect_digest=told["plan_digest"])
    assert not again.failed, again.log
    assert "**Applied**" in status(story, number)
    assert story.account.one("campaign", "Spring")["budget"] == "320.00"


def test_a_crashed_plan_never_looks_like_an_empty_one(story: Story) -> None:
    """A broken manifest, then an account that cannot be read: the comment says so, and every output that counts rows
    is empty; the mistake is shown on its line."""
    number = story.propose({"manifests/spring.yaml": story.spring})
    assert "**Planned**" in status(story, number)
    story.account.faults({"path": "campaign/get/", "status": 500})
    story.forge.commit({"manifests/spring.yaml": story.spring + "\n"}, branch="edit")
    story.machine.run(story.forge.pulled(number))
    plan = story.jobs["plan"]
    assert plan.failed
    assert plan.outputs["plan"]["changes"] == ""
    comment = story.forge.comment_of(number)
    assert "**Failed**" in status(story, number)
    assert "R60" in comment
    assert "No changes" not in comment + plan.summary
    story.forge.commit({"manifests/spring.yaml": story.spring.replace("TRAFFIC", "TRAFIC")}, branch="edit")
    story.machine.run(story.forge.pulled(number))
    validate = story.jobs["validate"]
    assert validate.failed
    assert "plan" not in story.jobs
    assert "::error title=reconciler (R204),file=manifests/spring.yaml,line=6,col=19" in validate.log


def test_a_fork_gets_validate_and_no_secret(story: Story) -> None:
    """No plan, no comment, no token, no call of the API."""
    number = story.propose({"manifests/spring.yaml": story.spring}, fork=True)
    assert list(story.jobs) == ["validate"]
    assert not story.jobs["validate"].failed
    assert story.account.calls() == []
    assert [one for one in story.forge.comments if one["issue"] == number] == []


def test_a_pull_request_cannot_raise_its_own_limit(story: Story) -> None:
    """The base's guard rails count for its plan, which is red; raised by a change of its own they count."""
    raised = {"manifests/spring.yaml": story.spring.replace("300.00", "1500.00")}
    base = (story.forge.desk / "reconciler.yaml").read_text("utf-8")
    limit = {"reconciler.yaml": base.replace("max_daily_spend: 1000.00", "max_daily_spend: 2000.00")}
    number = story.propose({**raised, **limit})
    plan = story.jobs["plan"]
    assert plan.failed
    assert plan.outputs["plan"]["failure_reason"] == "unsafe-plan"
    assert "**Refused**" in status(story, number)
    assert "guard rails of the base commit count here" in story.forge.comment_of(number)
    story.forge.commit(limit, "Raise the limit")
    number = story.propose(raised, "second")
    assert "**Planned**" in status(story, number)


def test_what_nobody_reviewed_is_not_applied(story: Story) -> None:
    """A push past the pull request, and a merge whose artifact is gone: refused, with the digest to approve."""
    story.forge.commit({"manifests/spring.yaml": story.spring})
    pushed = story.machine.run(story.forge.pushed())["apply"]
    assert pushed.failed
    assert "R823" in pushed.log
    assert pushed.outputs["apply"]["failure_reason"] == "unsafe-plan"
    number = story.propose({"manifests/spring.yaml": story.spring.replace("50.00", "60.00")})
    for one in story.forge.artifacts:
        one["expired"] = True
    assert story.merge(number).failed
    assert story.account.posts() == []


def test_an_artifact_of_another_run_does_not_count(story: Story) -> None:
    """The same name from a run of a fork, and a digest written into our comment, change nothing."""
    number = story.propose({"manifests/spring.yaml": story.spring})
    (made,) = [one for one in story.forge.artifacts if one["name"].endswith(story.forge.sha("edit"))]
    story.forge.runs[1] = {
        "id": 1, "event": "pull_request", "head_sha": story.forge.sha("edit"), "head_repository": {"id": 2},
        "repository": {"id": 1},
    }  # fmt: skip
    story.forge.artifacts.insert(0, {**made, "id": 1, "packed": b"PK", "workflow_run": {"id": 1}, "created_at": "3"})
    assert not story.merge(number).failed


def test_trouble_with_the_comment_stops_a_plan_but_no_apply(story: Story) -> None:
    """A plan that cannot be shown is none; what was approved is applied, and the job says that the comment is old."""
    number = story.propose({"manifests/spring.yaml": story.spring})
    story.forge.broken = re.compile(r"(POST|PATCH) .*comments")
    applied = story.merge(number)
    assert not applied.failed
    assert "::warning title=reconciler (R822)" in applied.log
    assert "**Planned**" in status(story, number)
    story.propose({"manifests/spring.yaml": story.spring.replace("50.00", "70.00")}, "second")
    assert story.jobs["plan"].failed


def test_the_lockfile_comes_back_by_a_pull_request(story: Story) -> None:
    """With `commit: pr` an apply leaves one pull request with the lockfile, however many applies there were; merged, it
    is an apply of nothing."""
    path = ".github/workflows/ads-apply.yml"
    text = (story.forge.desk / path).read_text("utf-8")
    story.forge.commit({path: text.replace("command: apply\n", "command: apply\n      commit: pr\n")})
    for amount in ("300.00", "310.00"):
        applied = story.merge(story.propose({"manifests/spring.yaml": story.spring.replace("300.00", amount)}, amount))
        assert not applied.failed, applied.log
    (pull,) = [one for one in story.forge.pulls.values() if one["state"] == "open"]
    assert pull["title"] == "Update reconciler.lock"
    lock = json.loads(git(story.forge.remote, "show", f"{pull['head']['ref']}:reconciler.lock"))
    assert set(lock["resources"]) == {"campaign/spring", "adgroup/spring-us", "ad/spring-us-hero"}
    again = story.merge(pull["number"])
    assert not again.failed, again.log
    assert again.outputs["apply"]["changes"] == "false"


def test_waiting_work_is_a_success_that_advance_ends(story: Story) -> None:
    """Exit code 8 is green with `resumable`; `advance` on another disk downloads, and the gallery is an artifact; the
    next comment asks for decisions, with the way to watch."""
    desk = Workspace(story.forge.desk, story.account.url)
    assert desk.run("consent", "--by", "Somebody", "--accept").code == 0
    base = (story.forge.desk / "reconciler.yaml").read_text("utf-8")
    waits = base.replace("{poll_seconds: 0.05}", "{poll_seconds: 0.05, wait_seconds: 0}")
    path = ".github/workflows/ads-advance.yml"
    text = (story.forge.desk / path).read_text("utf-8")
    once = text.replace("command: advance\n", 'command: advance\n      max-duration: "0"\n')
    story.forge.commit({"reconciler.yaml": waits, path: once})
    story.account.switch(task_seconds="600")
    video = (ROOT / "examples" / "quickstart" / "videos" / "hero.yaml").read_text("utf-8")
    number = story.propose({"manifests/hero.yaml": f"{video.rstrip()}\n  require_approval: true\n"})
    assert story.jobs["plan"].outputs["plan"]["to_refresh"] == "3"
    applied = story.merge(number)
    assert not applied.failed, applied.log
    assert (applied.outputs["apply"]["resumable"], applied.outputs["apply"]["exit_code"]) == ("true", "8")
    assert "what still waits" in status(story, number)
    assert story.forge.started == [("ads-advance.yml", "main")]
    waiting = story.run("advance")
    assert not waiting.failed, waiting.log
    assert waiting.outputs["advance"]["resumable"] == "true"
    story.account.operate("clock", {"advance": 700})
    ended = story.run("advance")
    assert not ended.failed, ended.log
    assert (ended.outputs["advance"]["resumable"], ended.outputs["advance"]["exit_code"]) == ("false", "0")
    assert ended.environment == "ads-advance"
    story.machine.run({**story.forge.event("schedule"), "file": "ads-advance.yml"})
    assert list(story.jobs) == ["look"]
    assert story.jobs["look"].environment is None
    kept = {one["name"]: zipfile.ZipFile(io.BytesIO(one["packed"])).namelist() for one in story.forge.artifacts}
    assert "index.html" in kept["gallery"]
    assert len([name for name in kept["variants"] if name.endswith(".mp4")]) == 3
    asked = story.forge.comment_of(story.propose({"README.md": "Hello."}, "second"))
    gallery = r"https://forge\.example/acme/ads/actions/runs/\d+/artifacts/\d+"
    assert re.search(rf"\[Watch them in the gallery\]\({gallery}\)", asked)
    told = "> - `refresh/hero-hooks`, generation 1: variants 1, 2 and 3 · "
    assert re.search(rf"\[Gallery of the variants\]\({gallery}\)", asked)
    assert re.search(rf"{re.escape(told)}\[watch\]\({gallery}\)", story.jobs["plan"].summary)


@pytest.mark.proof
def test_our_own_workflow_runs_the_actions_on_the_simulator(tmp_path: Path, forge: Forge) -> None:
    """The dogfood of this repository, on a pull request of its own; only the simulator's port is another one."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    names = [".github/workflows/gitops.yml", "examples/gitops/reconciler.yaml", "examples/gitops/manifests/spring.yaml"]
    forge.commit({name: (ROOT / name).read_text("utf-8").replace("8080", port) for name in names})
    forge.commit({"README.md": "An edit."}, branch="edit")
    event = forge.open("edit")
    job = Machine(forge, tmp_path / "runner", {}).run(event)["simulator"]
    assert not job.failed, job.log
    assert "3 to create" in forge.comment_of(event["body"]["number"])


HOSTILE = (
    "</details><img src=x onerror=alert(1)>", "[click](https://evil.example)", "![x](https://evil.example/p.png)",
    "@acme/everyone #1 GH-1", "`` ` ```", "```\n# heading", "::add-mask::x", "##[error]x", "<!-- reconciler {} -->",
    "https://evil.example", "a | b", "\u202eabc", "$x$ :bomb:",
)  # fmt: skip


def test_hostile_names_stay_text(story: Story) -> None:
    """In the comment and in the issue there is no link, picture, HTML or heading that is not ours, and no command."""
    campaigns = []
    for number, name in enumerate(HOSTILE):
        text = json.dumps(name.replace("\n", " ").replace("\u202e", ""))
        one = story.spring.partition("---\n")[0].replace("name: spring\n", f"name: c{number}\n")
        campaigns.append(one.replace("name: Spring\n", f"name: {text}\n").replace("  status: ENABLE\n", ""))
    pull = story.propose({"manifests/hostile.yaml": "---\n".join(campaigns)})
    assert not story.jobs["plan"].failed, story.jobs["plan"].log
    logs = [story.jobs["plan"].log, story.merge(pull).log]
    for live in story.account.objects("campaign"):
        (name,) = [one for one in HOSTILE if one.replace("\n", " ").replace("\u202e", "") == live["campaign_name"]]
        story.account.operate("edit", {"id": live["campaign_id"], "campaign_name": name + "2"})
    logs.append(story.run("drift").log)
    assert len(re.findall("^- ", story.forge.issues[0]["body"], re.MULTILINE)) == len(HOSTILE)
    for body in (story.forge.comment_of(pull), story.forge.issues[0]["body"]):
        tokens = [one for token in MarkdownIt("commonmark").parse(body) for one in (token, *(token.children or ()))]
        links = {str(one.attrs["href"]) for one in tokens if one.type == "link_open"}
        assert all(
            re.match(r"https://forge.example/acme/ads/(actions/runs|blob/[0-9a-f]{40}/manifests)/", one)
            for one in links
        )
        html = {line for one in tokens if one.type in ("html_block", "html_inline") for line in one.content.split("\n")}
        assert all(line.startswith(("<!-- ", "<details><summary>Show ", "</details>")) or not line for line in html)
        assert not any(one.type == "image" for one in tokens)
        said = "".join(one.content for one in tokens if one.type == "text")
        assert not re.search("evil|acme/everyone|heading|bomb|alert", said)
    for log in logs:
        commands = [line.lstrip() for line in log.splitlines() if line.lstrip().startswith("::")]
        assert {one[:11] for one in commands} == {"::add-mask::"[:11]}
        assert "##[" not in log
