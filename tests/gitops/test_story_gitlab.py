"""A team's project on GitLab from the first merge request to the issue about drift, by what `init --gitlab` writes."""

from __future__ import annotations

import json
import re

import pytest

from tests.gitops.gitlab_forge import BOT, GitLabForge
from tests.gitops.gitlab_runner import GitLabRunner, Variable
from tests.gitops.gitlab_story import GitLabStory
from tests.gitops.machine import ROOT
from tests.stories.account import Account
from tests.stories.workspace import Workspace


def status(story: GitLabStory, iid: int) -> str:
    """The line of a merge request's note that says how far things are."""
    return story.forge.note_of(iid).splitlines()[1]


def following(story: GitLabStory, iid: int) -> str:
    """What the note says is next."""
    (found,) = re.findall("^Next: (.*)$", story.forge.note_of(iid), re.MULTILINE)
    return str(found)


def test_from_a_merge_request_to_an_issue_that_is_closed(gitlab_story: GitLabStory) -> None:
    """Merge request → note and widgets → merge → somebody starts the apply → nothing left → somebody edits by hand →
    issue → put back → closed."""
    story = gitlab_story
    iid = story.propose({"manifests/spring.yaml": story.spring})
    plan = story.plan["plan"]
    assert story.plan.statuses == {"validate": "success", "plan": "success"}, plan.log
    assert story.account.posts() == []
    told = plan.outputs
    assert (told["changes"], told["to_create"], told["blocked"]) == ("true", "3", "0")
    assert (told["budget_delta_day"], told["currency"], told["run_id"]) == ("300.00", "USD", str(story.plan.id))
    assert json.loads(plan.artifacts["ads-report/terraform.json"]) == {"create": 3, "update": 0, "delete": 0}
    assert json.loads(plan.artifacts["ads-report/codequality.json"]) == []
    note = story.forge.note_of(iid)
    assert "**Planned**" in status(story, iid)
    assert "300.00 USD" in note
    assert "Show 3 changes" in note
    assert told["plan_digest"] in note
    assert "pull request" not in note
    assert f"start the job *ads apply* in the pipeline of the merge (`{told['plan_digest']}`)" in following(story, iid)
    assert "300.00 USD" in plan.artifacts["ads-report/summary.md"].decode()

    # A second push updates the same note, although other notes lie around it.
    for text in ("Looks fine", "I prefer blue", note):
        story.forge.say("merge_requests", iid, text, "mallory")
    story.push(iid, {"manifests/spring.yaml": story.spring.replace("50.00", "60.00")})
    assert "60.00" in story.forge.note_of(iid)
    digest = story.plan["plan"].outputs["plan_digest"]
    assert digest != told["plan_digest"]

    story.forge.merge(iid)
    pipeline = story.runner.push()
    assert pipeline.statuses == {"apply": "manual", "advance": "created"}
    assert story.account.posts() == []
    applied = story.runner.play(pipeline, "apply")
    assert pipeline.statuses == {"apply": "success", "advance": "success"}, applied.log
    assert applied.outputs["plan_digest"] == digest
    assert "**Applied**" in status(story, iid)
    assert following(story, iid) == "nothing, it is done."
    assert "60.00" in story.forge.note_of(iid)
    assert story.account.one("campaign", "Spring")["status"] == "ENABLE"
    assert story.forge.sha("reconciler-state")

    clean = story.runner.start("drift", "schedule")
    assert clean.statuses == {"drift": "success"}, clean["drift"].log
    assert story.forge.issues == {}
    story.account.edit("campaign", "Spring", budget="450.00")
    drifted = story.runner.start("drift", "schedule")
    assert drifted["drift"].outputs["changes"] == "true", drifted["drift"].log
    (issue,) = story.forge.issues.values()
    assert (issue["state"], issue["author"]["username"], issue["labels"]) == ("opened", BOT, ["reconciler-drift"])
    assert "applied `300.00 USD`, live `450.00 USD`, the manifests say `300.00 USD`" in issue["description"]
    assert "in a merge request" in issue["description"]
    story.runner.start("drift", "schedule")
    assert len(story.forge.issues) == 1

    story.account.edit("campaign", "Spring", budget="300.00")
    story.runner.start("drift", "schedule")
    assert issue["state"] == "closed"
    assert any("matches what was last applied" in one["body"] for one in story.forge.notes)
    story.account.edit("campaign", "Spring", budget="310.00")
    story.runner.start("drift", "schedule")
    assert [one["state"] for one in story.forge.issues.values()] == ["opened"]


def test_a_plan_that_changed_after_the_review_is_refused_with_the_difference(gitlab_story: GitLabStory) -> None:
    """Somebody edits the account between review and apply: nothing is written, the note says what differs now, and the
    new digest can be approved in the form of a new pipeline."""
    story = gitlab_story
    story.merge(story.propose({"manifests/spring.yaml": story.spring}))
    iid = story.propose({"manifests/spring.yaml": story.spring.replace("300.00", "320.00")}, "second")
    story.account.edit("campaign", "Spring", budget="999.00")
    story.account.forget_calls()
    refused = story.merge(iid)
    assert refused.statuses == {"apply": "failed", "advance": "skipped"}
    assert story.account.posts() == []
    told = refused["apply"].outputs
    assert (told["failure_reason"], told["exit_code"]) == ("plan-changed", "6")
    assert "**Refused**" in status(story, iid)
    assert "999.00 USD" in story.forge.note_of(iid)
    assert "/-/pipelines/new?ref=main" in following(story, iid)
    again = story.runner.start("apply", expect_digest=told["plan_digest"])
    assert again.statuses == {"apply": "success", "advance": "success"}, again["apply"].log
    assert "**Applied**" in status(story, iid)
    assert story.account.one("campaign", "Spring")["budget"] == "320.00"


def test_what_a_guard_rail_refuses_is_allowed_by_hand(gitlab_story: GitLabStory) -> None:
    """The plan is red and says which inputs lift it; a pipeline with them shows a digest, and only another one with the
    same inputs and that digest applies it. What a person writes is one word to the shell."""
    story = gitlab_story
    iid = story.propose({"manifests/spring.yaml": story.spring.replace("300.00", "1500.00")})
    assert story.plan.statuses == {"validate": "success", "plan": "failed"}
    assert story.plan["plan"].outputs["failure_reason"] == "unsafe-plan"
    assert "**Refused**" in status(story, iid)
    assert "the inputs `allow: max_daily_spend=campaign/spring` and `reason`" in story.forge.note_of(iid)
    assert story.merge(iid)["apply"].failed
    inputs = {"allow": "max_daily_spend=campaign/spring", "reason": "the launch; $(touch x) $HOME * is one word"}
    planned = story.runner.start("plan", **inputs)["plan"]
    assert planned.status == "success", planned.log
    digest = planned.outputs["plan_digest"]
    assert f"`expect_digest` = `{digest}`" in planned.artifacts["ads-report/summary.md"].decode()
    assert story.runner.start("apply", expect_digest=digest)["apply"].failed
    assert story.account.posts() == []
    applied = story.runner.start("apply", expect_digest=digest, **inputs)["apply"]
    assert applied.status == "success", applied.log
    assert story.account.one("campaign", "Spring")["budget"] == "1500.00"


def test_a_deployment_waits_for_its_approval(
    gitlab: GitLabForge, account: Account, gitlab_runner: GitLabRunner
) -> None:
    """With the gate `environment` and a protected environment (Premium): the apply is blocked until somebody approves,
    and starts when it is run then; the advance after it asks nobody."""
    gitlab_runner.approvals["ads-production"] = 1
    story = GitLabStory(gitlab, account, gitlab_runner, "environment")
    iid = story.propose({"manifests/spring.yaml": story.spring})
    assert following(story, iid) == "merge this merge request; the apply does exactly this, or nothing."
    gitlab.merge(iid)
    pipeline = gitlab_runner.push()
    assert pipeline.statuses == {"apply": "blocked", "advance": "created"}
    assert account.posts() == []
    pipeline["apply"].approvals += 1
    gitlab_runner.play(pipeline, "apply")
    assert pipeline.statuses == {"apply": "success", "advance": "success"}, pipeline["apply"].log
    assert account.names("campaign") == ["Spring"]


@pytest.mark.parametrize("how", ["squash", "fast-forward"])
def test_the_reviewed_plan_is_found_however_it_was_merged(gitlab_story: GitLabStory, how: str) -> None:
    """A squash makes another commit, a fast-forward none; artifacts may be stored elsewhere."""
    story = gitlab_story
    story.forge.elsewhere = True
    pipeline = story.merge(story.propose({"manifests/spring.yaml": story.spring}), how)
    assert pipeline["apply"].status == "success", pipeline["apply"].log
    assert story.account.names("campaign") == ["Spring"]


def test_waiting_work_is_a_success_that_advance_ends(gitlab_story: GitLabStory) -> None:
    """The apply is green with `resumable`, and the advance after it goes on; a schedule ends it; one with nothing to do
    starts no pass. Videos and gallery are among the artifacts."""
    story = gitlab_story
    desk = Workspace(story.forge.desk, story.account.url)
    assert desk.run("consent", "--by", "Somebody", "--accept").code == 0
    base = (story.forge.desk / "reconciler.yaml").read_text("utf-8")
    text = (story.forge.desk / ".gitlab" / "ads.yml").read_text("utf-8")
    story.forge.commit(
        {
            "reconciler.yaml": base.replace("{poll_seconds: 0.05}", "{poll_seconds: 0.05, wait_seconds: 0}"),
            ".gitlab/ads.yml": text.replace('default: "900"', 'default: "0"'),
        }
    )
    story.account.switch(task_seconds="600")
    video = (ROOT / "examples" / "quickstart" / "videos" / "hero.yaml").read_text("utf-8")
    iid = story.propose({"manifests/hero.yaml": video})
    assert story.plan["plan"].outputs["to_refresh"] == "3", story.plan["plan"].log
    pipeline = story.merge(iid)
    assert (pipeline["apply"].status, pipeline["apply"].outputs["exit_code"]) == ("success", "8")
    assert (pipeline["advance"].status, pipeline["advance"].outputs["resumable"]) == ("success", "true")
    assert "what still waits" in status(story, iid)
    story.account.operate("clock", {"advance": 700})
    ended = story.runner.start("advance", "schedule")["advance"]
    assert (ended.status, ended.outputs["resumable"]) == ("success", "false"), ended.log
    assert len([name for name in ended.artifacts if name.endswith(".mp4") and "/artifacts/" in f"/{name}"]) == 3
    assert any(name.endswith("/index.html") for name in ended.artifacts)
    idle = story.runner.start("advance", "schedule")["advance"]
    assert (idle.status, idle.outputs["exit_code"]) == ("success", "0")
    assert "Nothing is left to do" not in idle.log


def test_the_lockfile_comes_back_by_a_merge_request(gitlab_story: GitLabStory) -> None:
    """With `commit: pr` an apply leaves one merge request with the lockfile, however many applies there were; the bot
    needs to be a developer for it."""
    story = gitlab_story
    text = (story.forge.desk / ".gitlab" / "ads.yml").read_text("utf-8")
    story.forge.commit({".gitlab/ads.yml": text.replace("options: [none, commit, pr]\n      default: none",
                                                        "options: [none, commit, pr]\n      default: pr")})  # fmt: skip
    story.runner.variables["GITLAB_TOKEN"] = [Variable(story.forge.token(30))]
    for amount in ("300.00", "310.00"):
        changed = {"manifests/spring.yaml": story.spring.replace("300.00", amount)}
        applied = story.merge(story.propose(changed, amount))["apply"]
        assert applied.status == "success", applied.log
    (request,) = [one for one in story.forge.requests.values() if one["state"] == "opened"]
    assert request["title"] == "Update reconciler.lock"
    lock = json.loads(story.forge.read(request["source_branch"], "reconciler.lock"))
    assert set(lock["resources"]) == {"campaign/spring", "adgroup/spring-us", "ad/spring-us-hero"}


def test_a_merge_request_cannot_raise_its_own_limit(gitlab_story: GitLabStory) -> None:
    """The target's guard rails count for its plan, and still after its merge; raised by a change of its own they do."""
    story = gitlab_story
    raised = {"manifests/spring.yaml": story.spring.replace("300.00", "1500.00")}
    base = (story.forge.desk / "reconciler.yaml").read_text("utf-8")
    limit = {"reconciler.yaml": base.replace("max_daily_spend: 1000.00", "max_daily_spend: 2000.00")}
    iid = story.propose({**raised, **limit})
    assert story.plan["plan"].failed
    assert "guard rails of the base commit count here" in story.forge.note_of(iid)
    applied = story.merge(iid)["apply"]
    assert applied.failed
    assert story.account.posts() == []
    assert "**Refused**" in status(story, iid)
    second = story.propose({"README.md": "Hello."}, "second")
    assert "**Planned**" in status(story, second)
