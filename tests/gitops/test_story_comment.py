"""The comment of a pull request is true at every moment: of which commit, with whose rows, and what is next."""

from __future__ import annotations

import re

from tests.gitops.story import Story
from tests.gitops.test_story_gitops import status


def following(story: Story, number: int) -> str:
    """What the comment says is next."""
    (found,) = re.findall("^Next: (.*)$", story.forge.comment_of(number), re.MULTILINE)
    return str(found)


def told(log: str) -> str:
    """What the command itself has written into the log of its job."""
    return "\n".join(line for line in log.splitlines() if "$RUNNER_TEMP" not in line)


def test_a_first_pull_request_that_is_not_valid_gets_a_comment(story: Story) -> None:
    """Then a good commit, then an invalid one again: each time it says what is true of the newest commit."""
    broken = story.spring.replace("TRAFFIC", "TRAFIC")
    number = story.propose({"manifests/spring.yaml": broken})
    assert list(story.jobs) == ["validate"]
    assert "**Failed**" in status(story, number)
    assert "R204" in story.forge.comment_of(number)
    assert "correct what is named below and push" in following(story, number)
    line = f"https://forge.example/acme/ads/blob/{story.forge.sha('edit')}/manifests/spring.yaml#L6"
    assert f" at [`manifests/spring.yaml:6`]({line})\n" in story.forge.comment_of(number)
    story.forge.commit({"manifests/spring.yaml": story.spring}, branch="edit")
    story.machine.run(story.forge.pulled(number))
    assert "**Planned**" in status(story, number)
    assert following(story, number).startswith("merge this pull request")
    story.forge.commit({"manifests/spring.yaml": broken}, branch="edit")
    story.machine.run(story.forge.pulled(number))
    comment = story.forge.comment_of(number)
    assert "**Failed**" in status(story, number)
    assert story.forge.sha("edit")[:7] in status(story, number)
    assert "merge this pull request" not in comment
    assert "Show 3 changes" not in comment
    story.merge(number)
    assert "What was planned" not in story.forge.comment_of(number)


def test_a_run_of_an_older_commit_leaves_the_comment_alone(story: Story) -> None:
    """Somebody runs an old job again: its plan is in its own summary."""
    number = story.propose({"manifests/spring.yaml": story.spring})
    event = story.forge.pulled(number)
    old = {**event, "body": {**event["body"], "pull_request": {**event["body"]["pull_request"]}}}
    old["body"]["pull_request"]["head"] = dict(event["body"]["pull_request"]["head"])
    story.forge.commit({"manifests/spring.yaml": story.spring.replace("TRAFFIC", "TRAFIC")}, branch="edit")
    story.machine.run(story.forge.pulled(number))
    before = story.forge.comment_of(number)
    again = story.machine.run(old)["plan"]
    assert not again.failed, again.log
    assert story.forge.comment_of(number) == before
    assert "R826" in again.log
    assert "3 to create" in again.summary


def test_what_the_base_has_already_is_kept_apart(story: Story) -> None:
    """A pull request that changes no manifest shows somebody else's refused change as theirs; one that adds an ad group
    to it shows both, each under its own title; the apply still does all of it."""
    story.forge.commit({"manifests/spring.yaml": story.spring.replace("300.00", "1500.00")})
    number = story.propose({"README.md": "Hello."})
    comment = story.forge.comment_of(number)
    assert not story.jobs["plan"].failed
    assert "**Nothing of this pull request; what its base has already is refused**" in status(story, number)
    assert "**None is of this pull request.** 3 are on the base already" in comment
    assert "`campaign/spring` (on the base already)" in comment
    assert "Show 3 changes that the base has already" in comment
    assert "this one is not the cause" in following(story, number)

    story.forge.commit({"manifests/spring.yaml": story.spring})
    more = story.spring.split("---\n")[1].replace("spring-us", "spring-fr")
    number = story.propose({"manifests/france.yaml": more}, "second")
    comment = story.forge.comment_of(number)
    assert "**1 change is of this pull request.** 3 are on the base already" in comment
    ours, theirs = comment.partition("Show 3 changes that the base has already")[::2]
    assert "Show 1 change of this pull request" in ours
    assert "+ adgroup/spring-fr" in ours
    assert "spring-us" not in ours
    assert "spring-fr" not in theirs
    applied = story.merge(number)
    assert not applied.failed, applied.log
    assert len(story.account.objects("adgroup")) == 2


def test_there_is_no_advice_for_a_terminal(story: Story) -> None:
    """Options are inputs of *ads apply*, jobs and workflows are links, from the plan to its refusal and its apply."""
    number = story.propose({"manifests/spring.yaml": story.spring.replace("300.00", "1500.00")})
    said = [story.forge.comment_of(number), story.jobs["plan"].summary, told(story.jobs["plan"].log)]
    assert "the inputs `allow: max_daily_spend=campaign/spring` and `reason`" in said[0]
    refused = story.merge(number)
    said += [story.forge.comment_of(number), refused.summary, told(refused.log)]
    assert "https://forge.example/acme/ads/actions/workflows/ads-apply.yml" in following(story, number)
    second = story.propose({"manifests/spring.yaml": story.spring}, "second")
    assert following(story, second).startswith("merge this pull request")
    said += [story.forge.comment_of(second), story.jobs["plan"].summary]
    applied = story.merge(second)
    assert not applied.failed, applied.log
    assert following(story, second) == "nothing, it is done."
    said += [story.forge.comment_of(second), applied.summary, told(applied.log)]
    story.account.edit("campaign", "Spring", budget="450.00")
    story.run("drift")
    said.append(story.forge.issues[0]["body"])
    assert "to put it back: run ads apply with target: campaign/spring" in said[-1]
    found = [re.search(r".*(?<![-`\w])--[a-z].*", one) for one in said]
    assert [one[0] for one in found if one] == []


def test_where_a_merge_applies_nothing_the_comment_says_so(story: Story) -> None:
    """With the gate `dispatch`: a merge starts nothing; the digest that the comment shows, given by hand, does."""
    files = {}
    for name, old, new in (
        ("ads-plan", "command: plan\n", "command: plan\n      gate: dispatch\n"),
        ("ads-apply", "  push:\n    branches: [main]\n", ""),
    ):
        path = f".github/workflows/{name}.yml"
        files[path] = (story.forge.desk / path).read_text("utf-8").replace(old, new)
    story.forge.commit(files)
    number = story.propose({"manifests/spring.yaml": story.spring})
    digest = story.jobs["plan"].outputs["plan"]["plan_digest"]
    assert f"then run *ads apply* with `expect_digest` = `{digest}`" in following(story, number)
    assert story.machine.run(story.forge.merge(number)) == {}
    assert story.account.posts() == []
    assert not story.run("apply", expect_digest=digest).failed
    assert "**Applied**" in status(story, number)
