"""Every broken rule of the kinds Video and CreativeRefresh is exit 3 with its place."""

from __future__ import annotations

import itertools

import pytest

from tests.stories.manifests import ad, adgroup, campaign
from tests.stories.refresh.scene import refresh, video
from tests.stories.workspace import Workspace

STRATEGIES = ("[ADD_HOOK]", "[SWAP_MUSIC]", "[ADD_HOOK, SWAP_MUSIC]")
HOOKS = ("EMOTIONAL", "COMMENT", "BILLO", "TEXT_TO_VIDEO", "RECOMMENDED", "HOLIDAY")
CATEGORIES = (
    "AUTOMOTIVE", "CATERING_SERVICES", "CLOTHING_AND_ACCESSORIES", "CONSUMER_ELECTRONICS_AND_ELECTRIC_APPLIANCES",
    "CONSUMER_GOODS", "CONVENIENCE_SERVICES", "CULTURE_SPORTS_AND_ENTERTAINMENT", "EDUCATION_AND_TRAINING",
    "ELECTRONICS_AND_ELECTRICAL", "FOOD_AND_DRINKS", "GAMES", "HEALTHCARE_AND_PHARMACEUTICAL",
    "HOME_FURNISHING_MATERIALS", "INTERNET_FINANCE", "MEDIA_AND_CONTENT", "PROFESSIONAL_SERVICES",
    "PUBLIC_ADMINISTRATION", "RETAIL_AND_ECOMMERCE", "TELECOMMUNICATIONS", "TRADITIONAL_FINANCE", "TRAVEL",
    "UTILITY_SOFTWARE",
)  # fmt: skip
THEMES = (
    "NEW_YEARS_DAY", "VALENTINES_DAY", "NATIONAL_PET_DAY", "EASTER", "MOTHERS_DAY", "PRIDE", "FATHERS_DAY",
    "GRANDPARENTS_DAY", "BACK_TO_SCHOOL", "HALLOWEEN", "SINGLES_DAY", "THANKSGIVING", "BLACK_FRIDAY",
    "SMALL_BUSINESS_SATURDAY", "CYBER_MONDAY", "CHRISTMAS_DAY", "BOXING_DAY",
)  # fmt: skip


def hook(**fields: object) -> str:
    """`add_hook` in one line."""
    given = {"hook_type": "EMOTIONAL", "product_category": "GAMES", **fields}
    return "{" + ", ".join(f"{key}: {value}" for key, value in given.items() if value is not None) + "}"


def hooked(variants: int = 4, strategies: str = "[ADD_HOOK]", **fields: object) -> dict[str, object]:
    """The fields of a refresh with a hook."""
    return {"variants": variants, "strategies": strategies, "add_hook": hook(**fields)}


def test_every_allowed_value_is_accepted(work: Workspace) -> None:
    """Three strategy sets in any order, six hooks, 22 categories, 17 themes, 3,000 characters, 1 to 100 variants."""
    described = hook(product_description='"' + "é" * 3000 + '"')
    given: list[dict[str, object]] = [{"strategies": "[SWAP_MUSIC]", "variants": count} for count in (1, 100)]
    given += [hooked(hook_type=one, holiday_theme="PRIDE" if one == "HOLIDAY" else None) for one in HOOKS]
    given += [hooked(product_category=one) for one in CATEGORIES]
    given += [hooked(hook_type="HOLIDAY", holiday_theme=one) for one in THEMES]
    given += [hooked(strategies=one) for one in ("[ADD_HOOK, SWAP_MUSIC]", "[SWAP_MUSIC, ADD_HOOK]")]
    given += [{"strategies": "[ADD_HOOK]", "variants": 4, "add_hook": described}]
    given += [{"video": None, "video_id": '"77"'}, {"revision": 7, "keep": 0, "require_approval": "true"}]
    given += [hooked(count, hook_type="RECOMMENDED") for count in (4, 8, 100)]
    assert (len(CATEGORIES), len(THEMES), len(HOOKS)) == (22, 17, 6)
    work.manifest(video(sha256="ab" * 32), *(refresh(f"r{number}", **one) for number, one in enumerate(given)))
    assert work.run("validate").code == 0, work.run("validate").text


BAD: dict[str, tuple[dict[str, object], str]] = {
    "no strategies": ({"strategies": None}, "strategies"),
    "an empty set": ({"strategies": "[]"}, "strategies"),
    "twice the same": ({"strategies": "[SWAP_MUSIC, SWAP_MUSIC]"}, "strategies"),
    "an unknown strategy": ({"strategies": "[CROP]"}, "strategies"),
    "a known and an unknown strategy": ({"strategies": "[SWAP_MUSIC, CROP]"}, "strategies"),
    "strategies in small letters": ({"strategies": "[swap_music]"}, "strategies"),
    "strategies as text": ({"strategies": "SWAP_MUSIC"}, "strategies"),
    "ADD_HOOK without add_hook": ({"strategies": "[ADD_HOOK]"}, "add_hook"),
    "both without add_hook": ({"strategies": "[ADD_HOOK, SWAP_MUSIC]"}, "add_hook"),
    "add_hook without ADD_HOOK": ({"add_hook": hook()}, "add_hook"),
    "no hook_type": (hooked(hook_type=None), "hook_type"),
    "no category": (hooked(product_category=None), "product_category"),
    "an unknown hook": (hooked(hook_type="FUNNY"), "hook_type"),
    "an unknown category": (hooked(product_category="GAME"), "product_category"),
    "an unknown theme": (hooked(hook_type="HOLIDAY", holiday_theme="DIWALI"), "holiday_theme"),
    "HOLIDAY without a theme": (hooked(hook_type="HOLIDAY"), "holiday_theme"),
    "an unknown key of add_hook": (hooked(colour="RED"), "colour"),
    "a long description": (hooked(product_description="x" * 3001), "product_description"),
    "RECOMMENDED of 3": (hooked(3, hook_type="RECOMMENDED"), "variants"),
    "RECOMMENDED of 6": (hooked(6, hook_type="RECOMMENDED"), "variants"),
    "no video": ({"video": None}, "video"),
    "video and video_id": ({"video_id": '"77"'}, "video"),
    "an unquoted video_id": ({"video": None, "video_id": "77"}, "video_id"),
    "an unknown video": ({"video": "heroe"}, "heroe"),
    "no variants": ({"variants": None}, "variants"),
    "0 variants": ({"variants": 0}, "variants"),
    "101 variants": ({"variants": 101}, "variants"),
    "-1 variants": ({"variants": -1}, "variants"),
    "variants as text": ({"variants": '"3"'}, "variants"),
    "half a variant": ({"variants": 1.5}, "variants"),
    "revision 0": ({"revision": 0}, "revision"),
    "keep below 0": ({"keep": -1}, "keep"),
    "a boolean that is a word": ({"require_approval": "yes"}, "require_approval"),
    "an unknown key": ({"count": 3}, "count"),
    **{f"theme with {one}": (hooked(hook_type=one, holiday_theme="PRIDE"), "holiday_theme") for one in HOOKS[:5]},
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_broken_rule_of_a_refresh_is_told_with_its_place(work: Workspace, what: str) -> None:
    """Exit 3; the finding names the file, a line of this document and the key, and says what to do."""
    fields, key = BAD[what]
    text = refresh(**fields)  # type: ignore[arg-type]
    work.manifest(video(), text)
    ended = work.run("validate", "--json")
    assert ended.code == 3, ended.text
    (finding,) = ended.json["errors"]
    first = video().count("\n") + 2
    assert finding["file"] == "manifests/a.yaml"
    assert finding["line"] in range(first, first + text.count("\n")), finding
    assert finding["column"] >= 1
    assert key in f"{finding['message']} {finding['hint']}"
    assert work.run("plan", "--json").codes == ended.codes
    lines = (work.root / "manifests/a.yaml").read_text("utf-8").splitlines()
    if fields.get(key) is not None:
        assert lines[finding["line"] - 1].lstrip().startswith(f"{key}:")


@pytest.mark.parametrize(
    "fields",
    [
        {"url": None}, {"url": "hero.mp4"}, {"url": "ftp://cdn.example.com/hero.mp4"}, {"url": '""'},
        {"url": "https://user:word@cdn.example.com/hero.mp4"}, {"url": '"https://cdn.example.com/my hero.mp4"'},
        {"sha256": "ab"}, {"sha256": '"' + "AB" * 32 + '"'}, {"url": "file:///etc/passwd"}, {"size": 3},
        {"url": "[a, b]"}, {"url": '"https://"'},
    ],
)  # fmt: skip
def test_a_broken_rule_of_a_video_is_told_with_its_place(work: Workspace, fields: dict[str, object]) -> None:
    """Exit 3 with file, line and column."""
    work.manifest(refresh(), video(**fields))  # type: ignore[arg-type]
    ended = work.run("validate", "--json")
    assert ended.code == 3, ended.text
    (finding,) = ended.json["errors"]
    first = refresh().count("\n") + 2
    assert (finding["file"], finding["line"] >= first, finding["column"] >= 1) == ("manifests/a.yaml", True, True)


def test_all_mistakes_are_told_at_once(work: Workspace) -> None:
    """Several broken refreshes in one file: one finding each, in the order of their lines."""
    broken = [fields for fields, _ in itertools.islice(BAD.values(), 6)]
    work.manifest(video(), *(refresh(f"r{number}", **one) for number, one in enumerate(broken)))
    findings = work.run("validate", "--json").json["errors"]
    assert len(findings) == 6
    assert [one["line"] for one in findings] == sorted(one["line"] for one in findings)


def test_a_video_in_use_cannot_be_left_out(work: Workspace) -> None:
    """A refresh whose video has no manifest names it; a video of another name is suggested."""
    work.manifest(video("hero-1"), refresh())
    ended = work.run("validate", "--json")
    assert (ended.code, len(ended.json["errors"])) == (3, 1)
    assert "hero" in ended.json["errors"][0]["message"]


def test_the_video_of_an_ad_is_no_field_of_this_contract(work: Workspace) -> None:
    """`video` on an Ad is exit 3 under openapi, with the next best step."""
    work.manifest(campaign(), adgroup(), ad(video="{refresh: hooks, variant: 1}"), video(), refresh())
    ended = work.run("validate", "--json")
    assert ended.code == 3
    assert any(
        "`video`" in one["message"] and "attach" in f"{one['message']}{one['hint']}" for one in ended.json["errors"]
    )
