"""Inputs of the workflows instead of options: they reach plan and apply, and what is approved is what they make."""

from __future__ import annotations

from tests.gitops.story import Story


def test_what_a_guard_rail_refuses_is_allowed_by_hand(story: Story) -> None:
    """Merged as refused; *ads plan* with inputs shows a digest; *ads apply* does it with the same inputs alone."""
    number = story.propose({"manifests/spring.yaml": story.spring.replace("300.00", "1500.00")})
    assert story.merge(number).failed
    inputs = {"allow": "max_daily_spend=campaign/spring", "reason": "the launch; $(touch x) * is one word"}
    planned = story.run("plan", **inputs)
    assert not planned.failed, planned.log
    digest = planned.outputs["plan"]["plan_digest"]
    assert f"run *ads apply* with the same inputs and `expect_digest` = `{digest}`" in planned.summary
    bare = story.run("apply", expect_digest=digest)
    assert bare.failed
    assert story.account.posts() == []
    without = story.run("apply", expect_digest=digest, allow=inputs["allow"])
    assert without.failed
    assert without.outputs["apply"]["failure_reason"] == "invalid-manifest"
    assert story.account.posts() == []
    applied = story.run("apply", expect_digest=digest, **inputs)
    assert not applied.failed, applied.log
    assert story.account.one("campaign", "Spring")["budget"] == "1500.00"


def test_targets_and_objects_made_anew_are_inputs(story: Story) -> None:
    """A target narrows, several are separated by spaces; a replaced object is another plan than the reviewed one, and
    needs its own digest."""
    alone = story.spring.partition("---\n")[0]
    second = alone.replace("name: spring\n", "name: summer\n").replace("Spring", "Summer")
    third = second.replace("summer", "autumn").replace("Summer", "Autumn")
    number = story.propose({"manifests/all.yaml": "---\n".join([alone, second, third])})
    story.forge.merge(number)
    narrowed = story.run("apply", target="campaign/spring campaign/su*")
    assert not narrowed.failed, narrowed.log
    assert sorted(story.account.names("campaign")) == ["Spring", "Summer"]
    assert not story.run("apply", target="").failed
    assert len(story.account.objects("campaign")) == 3
    story.account.forget_calls()
    asked = story.run("apply", replace="campaign/spring")
    assert asked.failed
    assert asked.outputs["apply"]["failure_reason"] == "plan-changed"
    assert story.account.posts() == []
    digest = story.run("plan", replace="campaign/spring").outputs["plan"]["plan_digest"]
    assert digest == asked.outputs["apply"]["plan_digest"]
    done = story.run("apply", replace="campaign/spring", expect_digest=digest)
    assert not done.failed, done.log
    assert len(story.account.objects("campaign")) == 4


def test_a_pull_request_of_dependabot_changes_no_ad(story: Story) -> None:
    """It gets no secret, so there is no plan, which leaves the check green; its merge is an apply of nothing. One with
    a change of an ad in it is not applied."""
    story.merge(story.propose({"manifests/spring.yaml": story.spring}))
    story.account.forget_calls()
    for branch, files, fails in (
        ("bump", {".github/note.yml": "a newer commit"}, False),
        ("more", {"manifests/spring.yaml": story.spring.replace("300.00", "310.00")}, True),
    ):
        story.forge.commit(files, "Bump", branch)
        number = int(story.forge.open(branch)["body"]["number"])
        story.forge.pulls[number]["user"] = {"login": "dependabot[bot]"}
        assert list(story.machine.run(story.forge.pulled(number))) == ["validate"]
        applied = story.merge(number)
        assert applied.failed is fails, applied.log
    assert "R823" in applied.log
    assert story.account.posts() == []


def test_a_merge_queue_gets_its_checks(story: Story) -> None:
    """The files are checked for the group; the plan, which was the pull request's, is skipped, which is a pass."""
    jobs = story.machine.run(story.forge.event("merge_group"))
    assert list(jobs) == ["validate"]
    assert not jobs["validate"].failed
