"""A plan as Markdown: business words first, bounded, and whatever a name holds stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from reconciler.model import Change, FieldChange, Plan, RefreshWork, Source, Violation
from reconciler.plan.digest import digest
from reconciler.render import markdown
from reconciler.render.facts import Audience
from tests.rotation import in_turn
from tests.unit.builders import ADVERTISER, at, change, money, plan

AUDIENCES: tuple[Audience, ...] = ("engineer", "marketer")
OURS = re.compile(r"<details><summary>Show \d+ changes?</summary>\n*|</details>\n*")
ATTACKS = (
    "@octocat", "#123", "GH-12", "octo/repo#1", "https://evil.example/x", "www.evil.example", "[a](https://e.example)",
    "![i](https://e.example/i.png)", "<img src=x onerror=alert(1)>", "<!-- c -->", "</details>", "a | b | c", "`code`",
    "```", "````diff\n+ fake", "~~~", "\n\n# head", "\n::error::x", "##[add-mask]x", ":tada:", "$x$", "&lt;", "\\",
    "**b**", "\u202egnp", "\x1b[2J", "\u200b", "\ud800", "---", "> q", "1. one", "- [x] done", "a\r\nb", "a@e.example",
    "`", "``", " ", "", "| --- |", "> [!CAUTION]",
)  # fmt: skip
ALIVE = re.compile(r"@|#\d|://|www\.\S|[A-Z]-\d|[<>&\\|*_~$\[\]]|:\w+:|[0-9a-f]{7}|/")
"""What means something to a forge outside code: a mention, an issue, a link, markup, an emoji, a commit, a command."""
texts = st.one_of(st.sampled_from(ATTACKS), st.text(alphabet="`|<>@#[]()!\\\n\r ab:*_~$&-", max_size=30), st.text())


def hostile(text: str) -> Plan:
    """A plan whose every text from outside is this one."""
    named = change("campaign/a", "update", "edited", "1", budget=(text, text, "both"), campaign_name=(text, text))
    stopped = Change(at("campaign/b"), "blocked", text, "1", (), Source(text, 1), "R701", text or "-")
    inner = Change(at("ad/c"), "create", text, None, (FieldChange(text, None, (text, {text: text})),), Source(text, 2))
    old, new = ({text + "a": text + end, text + "b": (text + end,)} for end in "12")
    nested = Change(at("ad/d"), "update", text, "4", (FieldChange(text, {**old, text + "c": text}, new, "both"),))
    over = Violation("max_daily_spend", at("campaign/a"), "1.00", None, "max_daily_spend=campaign/a")
    return plan(named, stopped, inner, nested, warnings=(text,), violations=(over,), worst_case=("1.00", "2.00"))


def nodes(shown: str) -> Iterator[Token]:
    """Every node of the parsed text, inline ones too."""
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(shown):
        yield token
        yield from token.children or ()


def skeleton(shown: str) -> list[tuple[str, str]]:
    """What the text is made of, without words and what stands in code."""
    return [
        (one.type, "" if one.type in ("fence", "inline") else one.content)
        for one in nodes(shown)
        if one.type not in ("code_inline", "text")
    ]


def plainly(shown: str) -> str:
    """With spaces that may break."""
    return shown.replace("\N{NO-BREAK SPACE}", " ")


@cache
def harmless(audience: Audience) -> str:
    """The structure of the same plan with texts of letters."""
    return structure(markdown.plan(hostile("harmless"), audience=audience))


def structure(shown: str) -> str:
    """What a comment is made of, whatever its plan's digest is."""
    return re.sub(r"sha256:\w+", "", str(skeleton(shown)))


@in_turn(1, 3)
@pytest.mark.parametrize("audience", AUDIENCES)
@settings(max_examples=100)
@given(text=texts)
def test_whatever_a_text_holds_it_stays_text(audience: Audience, text: str) -> None:
    """It changes nothing of the document around it: no link, picture, heading, markup, cell or mention comes of it."""
    shown = markdown.plan(hostile(text), audience=audience)
    assert structure(shown) == harmless(audience)
    assert not {one.type for one in nodes(shown)} & {"link_open", "image", "html_inline", "hr", "code_block"}
    assert all(OURS.fullmatch(one.content) for one in nodes(shown) if one.type == "html_block")
    outside = " ".join(one.content for one in nodes(shown) if one.type == "text").replace(ADVERTISER, "")
    assert not ALIVE.search(re.sub(r"\[!(?:CAUTION|WARNING|NOTE)\]", "", outside))


@pytest.mark.parametrize("audience", AUDIENCES)
@settings(max_examples=100)
@given(text=texts)
def test_no_line_is_a_command_to_a_runner(audience: Audience, text: str) -> None:
    """GitHub's runner takes `::name` at a line's start, and `##[name]` anywhere; control characters are escapes."""
    shown = markdown.plan(hostile(text), audience=audience)
    assert not any(line.lstrip().startswith("::") for line in shown.splitlines())
    assert "##[" not in shown
    assert all(one == "\n" or category(one) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for one in shown)


def test_business_words_come_first() -> None:
    """The table says what it costs, what runs and what is made, before any row."""
    work = RefreshWork(1, "x", ((1,), (2,)), {}, 2, 3, None, "v", Source("manifests/a.yaml", 3))
    row = Change(at("refresh/hooks"), "refresh", "new", work=work)
    made = plan(row, worst_case=("250.00", "310.00"), running=(12, 13), eta_seconds=24)
    shown = plainly(markdown.plan(made))
    assert "| Budget per day, worst case | 250.00 USD | 310.00 USD (**+24 %**) |" in shown
    assert "| Live campaigns | 12 | 13 |" in shown
    assert "| Refresh tasks | – | 2 for 2 videos, in about 0 min 24 s by the rate limit |" in shown
    assert shown.index("|---|") < shown.index("<details>")
    assert shown.startswith("### Ads plan · 7000000000000000001 · 0 to create, 0 to update, 0 to disable, 1 to refresh")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("0.00", "50.00", "| 0.00 USD | 50.00 USD |"),
        ("50.00", "50.00", "| 50.00 USD | 50.00 USD |"),
        ("50.00", None, "| 50.00 USD | unlimited |"),
        ("400.00", "300.00", "| 400.00 USD | 300.00 USD (**−25 %**) |"),
        ("1000.00", "1001.00", "(**+0.1 %**)"),
    ],
)
def test_the_percentage(before: str, after: str | None, said: str) -> None:
    """Given where it means something, and left out where it does not."""
    shown = markdown.plan(plan(worst_case=(before, after)))
    assert said in plainly(shown)
    assert not re.search(r"\d (?:USD|%)", shown)


def test_a_change_inside_a_nested_value() -> None:
    """Line by line below its field, in the colours of a diff; a marketer reads it as a list."""
    pair = ({"on": True, "ages": ("13", "18")}, {"on": False, "ages": ("18", "25")})
    made = plan(change("ad/a", "update", "both", "1", targeting=(*pair, "theirs")))
    assert (
        "~     targeting  (changed in the account)\n"
        '-         targeting.ages  "13"\n'
        '+         targeting.ages  "25"\n'
        "-         targeting.on  true\n"
        "+         targeting.on  false\n"
    ) in markdown.plan(made)
    assert (
        "  - `targeting`: (changed in the account)\n"
        "    - `targeting ages`: removed: `13`\n"
        "    - `targeting ages`: added: `25`\n"
        "    - `targeting on`: `yes` → `no`\n"
    ) in markdown.plan(made, audience="marketer")


def test_rows_are_folded_with_their_places() -> None:
    """A fence of the kind diff holds each row with file and line, old value before new; the digest stands below."""
    row = change("campaign/b", "update", "both", "2", budget=(money("50.00"), money("60.00"), "both"))
    made = plan(Change(row.address, "update", "both", "2", row.fields, Source("manifests/a.yaml", 7)))
    (block,) = [one for one in nodes(markdown.plan(made)) if one.type == "fence"]
    assert block.info == "diff"
    assert block.content == (
        "~ campaign/b will be updated in place (edited in the manifests and changed in the account)  "
        "manifests/a.yaml:7\n-     budget  50.00 USD  (changed on both sides)\n+     budget  60.00 USD\n"
    )
    assert f"Digest `{digest(made)}`" in markdown.plan(made)
    assert f"`reconciler apply --expect-digest {digest(made)}` applies exactly this" in markdown.plan(made)


def test_a_marketer_reads_plain_words() -> None:
    """No field names, no codes, no op: what starts, what it costs a day."""
    row = change(
        "campaign/spring",
        "create",
        "new",
        objective_type="APP_PROMOTION",
        budget_mode="BUDGET_MODE_DAY",
        budget=money("50.00"),
        campaign_name="Spring 2026",
        status="ENABLE",
    )
    group = change("adgroup/us", "update", "edited", "1", budget=(money("5.00"), money("6.00"), "theirs"))
    made = plan(row, group, change("campaign/old", "disable", "removed", "2"))
    shown = plainly(markdown.plan(made, audience="marketer"))
    assert shown.startswith("### Ads in account 7000000000000000001: 1 new, 1 changed, 1 paused\n")
    assert "- Campaign `spring` **will be created and will start**\n" in shown
    assert "  - budget per day: `50.00 USD`\n" in shown
    assert "  - goal: `app promotion`\n" in shown
    assert "  - budget: `5.00 USD` → `6.00 USD` (changed in the account)\n" in shown
    assert not re.search(r"sha256|R\d{3}|budget_mode|BUDGET|ENABLE|update|digest", shown)


def test_a_code_is_shown_to_a_marketer_only_where_something_is_blocked() -> None:
    """Then it is what to ask about."""
    row = Change(at("campaign/c"), "blocked", "twin", "3", code="R701", hint="adopt it")
    shown = markdown.plan(plan(row), audience="marketer")
    assert "> - Campaign `c` (`R701`): adopt it\n" in shown


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("limit", [markdown.LEAST, 20_000, 60_000])
def test_a_plan_that_is_too_long_is_cut_and_says_so(audience: Audience, limit: int) -> None:
    """Never longer than the limit, the counts stay, and it says how many rows are cut and where they are."""
    rows = [change(f"campaign/c{number}", "create", "new", name=f"{number:050}") for number in range(3000)]
    hints = [f"{number} {'h' * 80}" for number in range(50)]
    stopped = [Change(at(f"ad/a{one[:2].strip()}"), "blocked", "twin", "1", code="R701", hint=one) for one in hints]
    made = plan(*rows, *stopped, warnings=[f"{number} {'w' * 900}" for number in range(50)])
    showing = markdown.Framing(whole="The artifact `plan.html` holds all of them")
    shown = markdown.plan(made, audience=audience, limit=limit, showing=showing)
    assert limit / 3 < len(shown) <= limit
    found = re.search(
        r"Only (\d+) of 3050 \D*(?:3050 changes )?are shown here; (\d+) are cut\.\*\* The artifact `plan", shown
    )
    assert found is not None
    assert int(found[1]) + int(found[2]) == 3050
    assert "more blocked rows of 50 are not shown here" in shown
    assert ("3000 to create" if audience == "engineer" else "3000 new") in shown
    assert "| Budget per day, worst case |" in shown
    assert "No changes" not in shown
    assert not {one.type for one in nodes(shown)} & {"code_block", "link_open"}


@in_turn(2, 3)
@settings(max_examples=30)
@given(text=st.text(alphabet="`x\n|", min_size=10, max_size=90), limit=st.integers(markdown.LEAST, 70_000))
def test_one_endless_text_stays_within_the_limit(text: str, limit: int) -> None:
    """It is cut in its middle, and what stands around it stays."""
    for audience in AUDIENCES:
        assert len(markdown.plan(hostile(text * 500), audience=audience, limit=limit)) <= limit


def test_nothing_to_do_says_so_and_blocked_rows_do_not() -> None:
    """Only an empty plan reads as one."""
    for audience in AUDIENCES:
        assert "**No changes.**" in markdown.plan(plan(), audience=audience)
        stopped = plan(Change(at("campaign/c"), "blocked", "twin", "3", code="R701"))
        assert "No changes" not in markdown.plan(stopped, audience=audience)


def test_too_low_a_limit_is_a_mistake_of_the_caller() -> None:
    """What always stays needs its place."""
    with pytest.raises(ValueError, match="4000 are the least"):
        markdown.plan(plan(), limit=100)
