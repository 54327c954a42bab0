"""A team's project on GitLab from the first merge request to the issue about drift, by what `init --gitlab` writes."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.gitops.forge import git
from tests.gitops.gitlab_forge import BOT, FORK, GitLabForge
from tests.gitops.gitlab_runner import GitLabRunner, Variable
from tests.gitops.gitlab_story import GitLabStory
from tests.gitops.machine import ROOT
from tests.rotation import in_turn
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


@in_turn(0, 4)
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


@in_turn(1, 4)
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


@in_turn(2, 4)
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


@in_turn(3, 4)
@pytest.mark.parametrize("how", ["squash", "fast-forward"])
def test_the_reviewed_plan_is_found_however_it_was_merged(gitlab_story: GitLabStory, how: str) -> None:
    """A squash makes another commit, a fast-forward none; artifacts may be stored elsewhere."""
    story = gitlab_story
    story.forge.elsewhere = True
    pipeline = story.merge(story.propose({"manifests/spring.yaml": story.spring}), how)
    assert pipeline["apply"].status == "success", pipeline["apply"].log
    assert story.account.names("campaign") == ["Spring"]


@in_turn(0, 4)
def test_what_nobody_reviewed_is_not_applied(gitlab_story: GitLabStory) -> None:
    """A push past the merge request; a merge of a fork, whose pipeline may say what it likes, even one that a member
    started here; a file of that name in a pipeline of another project: refused, with the digest to approve."""
    story = gitlab_story
    story.forge.commit({"manifests/spring.yaml": story.spring})
    pushed = story.runner.push()
    assert story.runner.play(pushed, "apply").failed
    assert "R823" in pushed["apply"].log
    assert "merged merge request" in pushed["apply"].log
    fork = story.propose({"manifests/spring.yaml": story.spring.replace("50.00", "60.00")}, "fork", fork=True)
    assert story.plan.statuses == {"validate": "success"}
    assert story.plan["validate"].given.keys().isdisjoint({"TIKTOK_ACCESS_TOKEN", "GITLAB_TOKEN"})
    here = story.runner.request(fork)
    assert here.statuses == {"validate": "success"}
    assert "TIKTOK_ACCESS_TOKEN" not in here["validate"].given
    assert [one for one in story.forge.notes if one["on"][1] == fork] == []
    assert story.merge(fork)["apply"].failed
    own = story.propose({"manifests/spring.yaml": story.spring.replace("50.00", "70.00")}, "own")
    for one in story.forge.pipelines.values():
        one["project_id"] = FORK
    assert story.merge(own)["apply"].failed
    assert story.account.posts() == []


@in_turn(1, 4)
def test_the_write_token_is_for_the_default_branch(gitlab_story: GitLabStory) -> None:
    """A merge request that names the environment of applies in its own pipeline gets no token there: the variable is
    protected. Plan has the reading one alone."""
    story = gitlab_story
    text = (story.forge.desk / ".gitlab" / "ads.yml").read_text("utf-8")
    changed = text.replace("name: $[[ inputs.plan-environment ]]", "name: ads-production")
    story.propose({".gitlab/ads.yml": changed, "manifests/spring.yaml": story.spring})
    assert story.plan["plan"].failed
    assert "TIKTOK_ACCESS_TOKEN" not in story.plan["plan"].given
    story.propose({"manifests/spring.yaml": story.spring}, "second")
    assert story.plan["plan"].given["TIKTOK_ACCESS_TOKEN"] == "token-of-ads-plan"


def test_a_mistake_is_shown_on_its_line_and_a_crash_never_looks_empty(gitlab_story: GitLabStory) -> None:
    """The first commit is not valid: a note and a Code Quality report say so; then a good one; then one whose plan
    cannot be read; an old job that is run again leaves the note alone."""
    story = gitlab_story
    broken = story.spring.replace("TRAFFIC", "TRAFIC")
    iid = story.propose({"manifests/spring.yaml": broken})
    assert story.plan.statuses == {"validate": "failed", "plan": "skipped"}
    (found,) = json.loads(story.plan["validate"].artifacts["ads-report/codequality.json"])
    assert found["location"] == {"path": "manifests/spring.yaml", "lines": {"begin": 6}}
    assert (found["check_name"], found["severity"]) == ("reconciler R204", "blocker")
    assert "**Failed**" in status(story, iid)
    assert "correct what is named below and push" in following(story, iid)
    story.push(iid, {"manifests/spring.yaml": story.spring})
    assert "**Planned**" in status(story, iid)
    good = story.plan
    story.account.faults({"path": "campaign/get/", "status": 500})
    story.push(iid, {"manifests/spring.yaml": story.spring + "\n"})
    assert story.plan["plan"].failed
    assert story.plan["plan"].outputs["changes"] == ""
    assert "ads-report/terraform.json" not in story.plan["plan"].artifacts
    note = story.forge.note_of(iid)
    assert "**Failed**" in status(story, iid)
    assert "No changes" not in note
    story.account.faults()
    again = story.runner.retry(good, "plan")
    assert again.status == "success", again.log
    assert story.forge.note_of(iid) == note
    assert "R826" in again.log


@in_turn(2, 4)
def test_what_others_merged_meanwhile_is_in_the_plan(gitlab_story: GitLabStory) -> None:
    """A merge request that was branched off before another one was applied does not take that one's ads away: the plan
    is of what a merge would make, and what the target has already is kept apart."""
    story = gitlab_story
    story.forge.commit({"README.md": "Hello."}, branch="early")
    story.merge(story.propose({"manifests/spring.yaml": story.spring}))
    early = story.forge.open("early")
    plan = story.runner.request(early)["plan"]
    assert plan.status == "success", plan.log
    assert plan.outputs["changes"] == "false"
    late = story.spring.replace("spring", "late").replace("Spring", "Late").replace("300.00", "310.00")
    story.forge.commit({"manifests/late.yaml": late})
    other = story.propose(
        {"manifests/more.yaml": story.spring.split("---\n")[1].replace("spring-us", "spring-fr")}, "x"
    )
    note = story.forge.note_of(other)
    assert "**1 change is of this merge request.** 3 are on the base already" in note


@in_turn(3, 4)
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


@in_turn(0, 4)
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


def test_without_what_a_project_must_allow_the_job_says_it(gitlab_story: GitLabStory) -> None:
    """No token for notes: no plan, since it could not be shown. A job token that may not push: nothing is sent."""
    story = gitlab_story
    token = story.runner.variables.pop("GITLAB_TOKEN")
    story.propose({"manifests/spring.yaml": story.spring})
    assert story.plan["plan"].failed
    assert "set the CI/CD variable GITLAB_TOKEN" in story.plan["plan"].log
    story.runner.variables["GITLAB_TOKEN"] = token
    story.forge.job_push = False
    applied = story.merge(story.propose({"manifests/spring.yaml": story.spring}, "second"))["apply"]
    assert applied.failed
    assert "R512" in applied.log
    assert story.account.posts() == []


@in_turn(1, 4)
def test_a_job_takes_reconciler_from_a_commit_of_its_source(gitlab_story: GitLabStory, tmp_path: Path) -> None:
    """Without an image of its own: the source at that commit, the packages it lists, and no module of the workspace."""
    story = gitlab_story
    source = tmp_path / "source"
    for name in ("reconciler", ".ci", "schemas"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    git(source, "init", "--quiet")
    git(source, "add", "--all")
    git(source, "commit", "--quiet", "--message", "A release")
    text = (story.forge.desk / ".gitlab-ci.yml").read_text("utf-8")
    text = text.replace('source: ""', f"source: {source}").replace("0" * 40, git(source, "rev-parse", "HEAD"))
    trap = {f"{name}.py": "raise SystemExit('imported')" for name in ("yaml", "click", "reconciler")}
    story.propose({".gitlab-ci.yml": text, "manifests/spring.yaml": story.spring, **trap})
    assert story.plan.statuses == {"validate": "success", "plan": "success"}, story.plan["validate"].log


HOSTILE = ("/close", "/merge", "[click](https://evil.example)", "<img src=x onerror=alert(1)>", "@acme/everyone !1 #1",
           "`` ` ```", "x pull request y", "$x$ :bomb: ~label", "<!-- reconciler {} -->")  # fmt: skip


@in_turn(2, 4)
def test_hostile_names_stay_text(gitlab_story: GitLabStory) -> None:
    """In note and issue there is no link, picture or heading that is not ours, and no line that GitLab would do; a name
    that says `pull request` keeps its words."""
    story = gitlab_story
    campaigns = []
    for number, name in enumerate(HOSTILE):
        one = story.spring.partition("---\n")[0].replace("name: spring\n", f"name: c{number}\n")
        one = one.replace("name: Spring\n", f"name: {json.dumps(name)}\n").replace("  status: ENABLE\n", "")
        campaigns.append(one)
    iid = story.propose({"manifests/hostile.yaml": "---\n".join(campaigns)})
    assert story.plan["plan"].status == "success", story.plan["plan"].log
    applied = story.merge(iid)["apply"]
    assert applied.status == "success", applied.log
    for live in story.account.objects("campaign"):
        changed = f"{live['campaign_name']}2"
        story.account.operate("edit", {"id": live["campaign_id"], "campaign_name": changed})
    story.runner.start("drift", "schedule")
    (issue,) = story.forge.issues.values()
    assert "x pull request y2" in issue["description"]
    for body in (story.forge.note_of(iid), issue["description"]):
        tokens = [one for token in MarkdownIt("commonmark").parse(body) for one in (token, *(token.children or ()))]
        links = {str(one.attrs["href"]) for one in tokens if one.type == "link_open"}
        assert all(one.startswith("https://gitlab.example/acme/media/ads/-/") for one in links)
        assert not any(one.type == "image" for one in tokens)
        said = "".join(one.content for one in tokens if one.type == "text")
        assert not re.search("evil|everyone|bomb|alert|/close", said)
