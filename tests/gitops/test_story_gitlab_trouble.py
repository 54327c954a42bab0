"""What goes wrong in a project on GitLab, and what strangers try: the note is true, and nothing unreviewed is sent."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

from markdown_it import MarkdownIt

from tests.gitops.forge import git
from tests.gitops.gitlab_forge import FORK
from tests.gitops.gitlab_story import GitLabStory
from tests.gitops.machine import ROOT
from tests.gitops.test_story_gitlab import following, status
from tests.stories.workspace import Workspace, until


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
    assert found["description"].startswith("campaign/spring: `objective_type`: ")
    assert "**Failed**" in status(story, iid)
    assert "correct what is named below and push" in following(story, iid)
    story.push(iid, {"manifests/spring.yaml": story.spring})
    assert "**Planned**" in status(story, iid)
    good = story.plan
    story.account.faults({"path": "campaign/get/", "status": 500})
    story.push(iid, {"manifests/spring.yaml": story.spring + "\n"})
    assert story.plan["plan"].failed
    assert "changes" not in story.plan["plan"].outputs
    assert "ads-report/terraform.json" not in story.plan["plan"].artifacts
    note = story.forge.note_of(iid)
    assert "**Failed**" in status(story, iid)
    assert "No changes" not in note
    story.account.faults()
    again = story.runner.retry(good, "plan")
    assert again.status == "success", again.log
    assert story.forge.note_of(iid) == note
    assert "R826" in again.log


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


def test_a_job_killed_in_an_apply_and_a_clean_disk_afterwards(gitlab_story: GitLabStory) -> None:
    """The dead job holds the state, and its page is named, until a person has released it by its id; the same job, run
    again on a clean disk, finds what the dead one sent, makes nothing twice and ends what was reviewed."""
    story = gitlab_story
    iid = story.propose({"manifests/spring.yaml": story.spring})
    story.forge.merge(iid)
    pipeline = story.runner.push()
    story.account.faults({"path": "adgroup/create/", "nth": 1, "delay": 600, "commit": True})

    def kill(name: str, process: subprocess.Popen[str]) -> None:
        until(lambda: any(path == "adgroup/create/" for path, _ in story.account.posts()))
        os.killpg(process.pid, signal.SIGKILL)

    story.runner.on_job = kill
    dead = story.runner.play(pipeline, "apply")
    assert dead.failed
    assert "**Applying**" in status(story, iid)
    story.runner.on_job = None
    story.account.faults()
    story.account.operate("clock", {"advance": 601})
    locked = story.runner.retry(pipeline, "apply")
    assert locked.outputs["failure_reason"] == "state-locked"
    assert f"https://gitlab.example/acme/media/ads/-/jobs/{dead.id}" in locked.outputs["lock_info"]
    (found,) = set(re.findall(r"state unlock (\S+?)[`\s.,]", locked.log))
    assert Workspace(story.forge.desk, story.account.url).run("state", "unlock", found).code == 0
    again = story.runner.retry(pipeline, "apply")
    assert again.status == "success", again.log
    assert [len(story.account.objects(kind)) for kind in ("campaign", "adgroup", "ad")] == [1, 1, 1]
    assert "**Applied**" in status(story, iid)
