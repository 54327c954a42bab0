"""Inputs of the workflows instead of options: they reach plan and apply, and what is approved is what they make."""

from __future__ import annotations

from tests.gitops.story import Story
from tests.rotation import in_turn


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


@in_turn(0, 4)
def test_targets_and_objects_made_anew_are_inputs(story: Story) -> None:
    """A target narrows, several are separated by spaces; a replaced object is another plan than the reviewed one, and
    needs its own digest."""
    number = story.propose({"manifests/spring.yaml": story.spring})
    story.forge.merge(number)
    narrowed = story.run("apply", target="campaign/spring adgroup/*")
    assert not narrowed.failed, narrowed.log
    assert [len(story.account.objects(kind)) for kind in ("campaign", "adgroup", "ad")] == [1, 1, 0]
    assert not story.run("apply", target="").failed
    story.account.forget_calls()
    asked = story.run("apply", replace="ad/spring-us-hero")
    assert asked.failed
    assert asked.outputs["apply"]["failure_reason"] == "plan-changed"
    assert story.account.posts() == []
    digest = story.run("plan", replace="ad/spring-us-hero").outputs["plan"]["plan_digest"]
    assert digest == asked.outputs["apply"]["plan_digest"]
    done = story.run("apply", replace="ad/spring-us-hero", expect_digest=digest)
    assert not done.failed, done.log
    assert len(story.account.objects("ad")) == 2
