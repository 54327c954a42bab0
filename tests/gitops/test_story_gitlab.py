"""A team's project on GitLab from the first merge request to the issue about drift, by what `init --gitlab` writes."""

from __future__ import annotations

import json
import re

from tests.gitops.gitlab_forge import BOT
from tests.gitops.gitlab_story import GitLabStory


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
