"""Matrix, modules, vars and defaults: each mistake at the scalar it is in, with the use that leads there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.stories.workspace import Run, Workspace

AD = "kind: Ad\nname: a\nspec: {adgroup: g, ad_format: SINGLE_VIDEO}\n"
SPEC = "spec: {adgroup: g, ad_format: SINGLE_VIDEO}\n"
ONE = f"kind: Ad\nname: a-${{x}}\n{SPEC}"
TWO = f"kind: Ad\nname: a-${{x}}-${{y}}\n{SPEC}"
USE = "kind: Use\nname: gb\nmodule: modules/m\n"
INPUTS = "inputs:\n  country: {type: id}\n  budget: {type: money, max: 90.00, default: 50.00}\n"
GROUP = """\
kind: Campaign
name: main
spec: {objective_type: TRAFFIC, budget_mode: BUDGET_MODE_DAY, budget: "${budget}"}
---
kind: AdGroup
name: broad
spec: {campaign: main, placement_type: PLACEMENT_TYPE_AUTOMATIC, adgroup_name: "To ${country}"}
"""


@pytest.fixture
def work(tmp_path: Path) -> Workspace:
    """A workspace in a repository, with a module; no network is needed."""
    found = Workspace(tmp_path / "repository" / "ads", "http://127.0.0.1:9")
    found.configure(currency="USD")
    (tmp_path / "repository" / ".git").mkdir()
    found.write("modules/m/module.yaml", INPUTS)
    found.write("modules/m/group.yaml", GROUP)
    return found


def run(work: Workspace, files: dict[str, str]) -> Run:
    """`render --json` of these manifests; other files are written as they are named."""
    for name, text in files.items():
        if name == "more":
            work.configure(currency="USD", more=text)
        else:
            work.write(name, text)
    return work.run("render", "--json")


def documents(work: Workspace, files: dict[str, str]) -> dict[str, Any]:
    """The rendered specs by address."""
    ended = run(work, files)
    assert ended.code == 0, ended.text
    return {one["address"]: one["spec"] for one in ended.json["documents"]}


def test_a_matrix(work: Workspace) -> None:
    """The document stands once for each combination, the last axis fastest; integers stay integers."""
    text = 'kind: Ad\nname: h-${hook}-${size}\nmatrix: {hook: [1, 2], size: [s, "7"]}\n'
    text += 'spec: {x: "${hook}", y: "${size}"}\n'
    made = documents(work, {"manifests/a.yaml": text})
    assert {address: (one["x"], one["y"]) for address, one in made.items()} == {
        "ad/h-1-s": (1, "s"),
        "ad/h-1-7": (1, "7"),
        "ad/h-2-s": (2, "s"),
        "ad/h-2-7": (2, "7"),
    }


def test_a_use(work: Workspace) -> None:
    """Names and the references among them get the prefix; inputs their types; money keeps its digits."""
    made = documents(work, {"manifests/a.yaml": USE + 'inputs: {country: "0123", budget: 80.10}\n'})
    assert made["campaign/gb-main"]["budget"] == "80.10"
    assert made["adgroup/gb-broad"]["campaign"] == "gb-main"
    assert made["adgroup/gb-broad"]["adgroup_name"] == "To 0123"


def test_a_use_with_a_matrix_patch_and_drop(work: Workspace) -> None:
    """A patch wins over the spec, the spec over defaults; what is dropped is gone; `${axis}` may stand in each."""
    use = (
        'kind: Use\nname: gb-${tier}\nmodule: modules/m\nmatrix: {tier: [low, high]}\ninputs: {country: "1"}\n'
        'patch: [{address: adgroup/gb-low-broad, spec: {budget: 40.00}}, {address: "campaign/gb-${tier}-main",'
        ' spec: {campaign_name: "${tier}"}}]\ndrop: [adgroup/gb-high-broad]\n'
    )
    defaults = (
        'vars: {t: x}\ndefaults: {AdGroup: {budget: 7, budget_mode: BUDGET_MODE_DAY, adgroup_name: "${var.t}"}}\n'
    )
    made = documents(work, {"manifests/a.yaml": use, "more": defaults})
    assert set(made) == {"campaign/gb-low-main", "campaign/gb-high-main", "adgroup/gb-low-broad"}
    group = made["adgroup/gb-low-broad"]
    assert (group["budget"], group["budget_mode"], group["adgroup_name"]) == ("40.00", "BUDGET_MODE_DAY", "To 1")
    assert made["campaign/gb-high-main"]["campaign_name"] == "high"


def test_a_reference_through_an_input_keeps_its_name(work: Workspace) -> None:
    """It names what stands outside of the module."""
    work.write("modules/m/module.yaml", "inputs: {campaign: {type: text}}\n")
    work.write("modules/m/group.yaml", 'kind: AdGroup\nname: broad\nspec: {campaign: "${campaign}"}\n')
    made = documents(work, {"manifests/a.yaml": USE + "inputs: {campaign: spring}\n"})
    assert made == {"adgroup/gb-broad": {"campaign": "spring"}}


def test_a_list_is_a_whole_value_or_an_axis(work: Workspace) -> None:
    """An input of type list stands where a list stands: in a field, or on an axis."""
    work.write("modules/m/module.yaml", "inputs: {ids: {type: list}}\n")
    work.write(
        "modules/m/group.yaml", 'kind: AdGroup\nname: g-${id}\nmatrix: {id: "${ids}"}\nspec: {languages: "${ids}"}\n'
    )
    made = documents(work, {"manifests/a.yaml": USE + "inputs: {ids: [a, b]}\n"})
    assert made == {"adgroup/gb-g-a": {"languages": ["a", "b"]}, "adgroup/gb-g-b": {"languages": ["a", "b"]}}


def test_a_module_of_the_repository(work: Workspace) -> None:
    """It may lie outside the workspace; its place is told from the workspace's folder, and so is the use."""
    work.write("../modules/m/module.yaml", INPUTS)
    work.write("../modules/m/group.yaml", GROUP)
    ended = run(work, {"manifests/a.yaml": USE.replace("modules", "../modules") + 'inputs: {country: "1"}\n'})
    assert ended.json["documents"][0]["source"] == {
        "file": "../modules/m/group.yaml",
        "line": 1,
        "use": {"file": "manifests/a.yaml", "line": 1},
    }


def test_vars_and_defaults(work: Workspace) -> None:
    """A var may name other vars; a default that the contract does not know is left out."""
    more = 'vars: {site: "https://${var.host}", host: "x.${var.top}", top: com}\n'
    more += 'defaults: {Ad: {landing_page_url: "${var.site}/", ad_text: not in openapi}}\n'
    made = documents(work, {"manifests/a.yaml": AD, "more": more})
    assert made["ad/a"]["landing_page_url"] == "https://x.com/"
    assert "ad_text" not in made["ad/a"]


M = "manifests/a.yaml"
CLASH = "kind: Ad\nname: a-${budget}\nmatrix: {budget: [1]}\n" + SPEC
GOOD = 'inputs: {country: "1"}\n'
SOUND = AD.replace(": g", ": gb-broad") + "---\n" + USE + GOOD
MISTAKES: dict[str, tuple[dict[str, str], list[tuple[str, str, int, int, int | None]]]] = {
    "an unknown name": ({M: AD + "labels: {a: 'x${b}'}\n"}, [("R113", M, 4, 13, None)]),
    "a var that is not there": ({M: AD + "labels: {a: '${var.b}'}\n"}, [("R113", M, 4, 13, None)]),
    "the environment": ({M: AD + "labels: {a: '${HOME}'}\n"}, [("R113", M, 4, 13, None)]),
    "an expression": ({M: AD + "labels: {a: '${1+1}'}\n"}, [("R113", M, 4, 13, None)]),
    "an unquoted one in braces": ({M: AD + "labels: {a: ${b}}\n"}, [("R102", M, 4, 14, None)]),
    "a kind": ({M: "kind: ${k}\nname: a-${k}\nmatrix: {k: [Ad]}\n" + SPEC}, [("R113", M, 1, 7, None)]),
    "a circle of vars": (
        {"more": "vars: {a: 'x${var.b}', b: '${var.a}', c: '${var.a}'}\n"},
        [("R411", "reconciler.yaml", 6, 11, None), ("R411", "reconciler.yaml", 6, 27, None)],
    ),
    "a var in another setting": ({"more": "artifacts: a-${var.x}\n"}, [("R113", "reconciler.yaml", 6, 12, None)]),
    "a default of no kind": ({"more": "defaults: {Add: {a: 1}}\n"}, [("R210", "reconciler.yaml", 6, 12, None)]),
    "a default of no field": ({"more": "defaults: {Ad: {adtext: 1}}\n"}, [("R201", "reconciler.yaml", 6, 17, None)]),
    "no axis": ({M: AD + "matrix: {}\n"}, [("R311", M, 4, 9, None)]),
    "an empty axis": ({M: ONE + "matrix: {x: []}\n"}, [("R311", M, 4, 13, None)]),
    "a value twice": ({M: ONE + "matrix: {x: [1, 2, 1]}\n"}, [("R311", M, 4, 20, None)]),
    "a decimal on an axis": ({M: ONE + "matrix: {x: [1.5]}\n"}, [("R203", M, 4, 14, None)]),
    "a list on an axis": ({M: ONE + "matrix: {x: [[1]]}\n"}, [("R215", M, 4, 14, None)]),
    "an axis that is not in the name": ({M: AD + "matrix: {x: [1, 2]}\n"}, [("R311", M, 2, 7, None)]),
    "too many": ({M: TWO + f"matrix: {{x: {list(range(40))}, y: {list(range(26))}}}\n"}, [("R311", M, 4, 9, None)]),
    "no module": ({M: USE.replace("modules/m", "modules/n")}, [("R312", M, 3, 9, None)]),
    "a folder without module.yaml": ({M: USE.replace("modules/m", "modules")}, [("R312", M, 3, 9, None)]),
    "out of the repository": ({M: USE.replace("modules/m", "../../x")}, [("R312", M, 3, 9, None)]),
    "an absolute path": ({M: USE.replace("modules/m", "/etc")}, [("R312", M, 3, 9, None)]),
    "in git's folder": ({M: USE.replace("modules/m", "../.git")}, [("R312", M, 3, 9, None)]),
    "an unknown key of a use": ({M: USE + GOOD + "input: {}\n"}, [("R201", M, 5, 1, None)]),
    "a use without a module": ({M: "kind: Use\nname: gb\n"}, [("R202", M, 1, 1, None)]),
    "a name that is none": ({M: USE.replace("gb", "GB") + GOOD}, [("R209", M, 2, 7, None)]),
    "a missing input": ({M: USE + "inputs: {}\n"}, [("R202", M, 4, 1, None)]),
    "an unknown input": ({M: USE + 'inputs: {country: "1", budgett: 5}\n'}, [("R201", M, 4, 24, None)]),
    "an input of another type": ({M: USE + "inputs: {country: 1}\n"}, [("R206", M, 4, 19, None)]),
    "an input above its most": ({M: USE + 'inputs: {country: "1", budget: 90.01}\n'}, [("R208", M, 4, 32, None)]),
    "an input that is no money": ({M: USE + 'inputs: {country: "1", budget: 1e3}\n'}, [("R205", M, 4, 32, None)]),
    "too many decimals": ({M: USE + 'inputs: {country: "1", budget: 1.005}\n'}, [("R205", M, 4, 32, None)]),
    "a patch of nothing": ({M: USE + GOOD + "patch: [{address: ad/x, spec: {}}]\n"}, [("R313", M, 5, 19, None)]),
    "a drop of nothing": ({M: USE + GOOD + "drop: [campaign/gb-main, ad/x]\n"}, [("R313", M, 5, 26, None)]),
    "a mistake in a patch": (
        {M: USE + GOOD + "patch: [{address: campaign/gb-main, spec: {budget: no}}]\n"},
        [("R205", M, 5, 52, None)],
    ),
    "a module in a module": ({M: USE + GOOD, "modules/m/u.yaml": USE}, [("R312", "modules/m/u.yaml", 1, 7, 1)]),
    "a var in a module": (
        {M: USE + GOOD, "modules/m/u.yaml": AD + "labels: {a: '${var.b}'}\n"},
        [("R113", "modules/m/u.yaml", 4, 13, 1)],
    ),
    "money in a text": (
        {M: USE + GOOD, "modules/m/u.yaml": AD + "labels: {a: 'x${budget}'}\n"},
        [("R113", "modules/m/u.yaml", 4, 13, 1)],
    ),
    "an axis that is an input": ({M: USE + GOOD, "modules/m/u.yaml": CLASH}, [("R311", "modules/m/u.yaml", 3, 10, 1)]),
    "an input of no type": (
        {M: USE + GOOD, "modules/m/module.yaml": "inputs:\n  country: {type: number}\n"},
        [("R204", "modules/m/module.yaml", 2, 19, 1)],
    ),
    "a default of another type": (
        {M: USE + GOOD, "modules/m/module.yaml": "inputs:\n  country: {type: id, default: 5}\n"},
        [("R206", "modules/m/module.yaml", 2, 32, 1)],
    ),
    "a most of a text": (
        {M: USE + GOOD, "modules/m/module.yaml": "inputs:\n  country: {type: text, max: 5}\n"},
        [("R201", "modules/m/module.yaml", 2, 30, 1)],
    ),
    "broken YAML in a module": ({M: USE + GOOD, "modules/m/u.yaml": "a: [\n"}, [("R102", "modules/m/u.yaml", 2, 1, 1)]),
    "a field that is wrong": (
        {M: USE + GOOD, "modules/m/u.yaml": AD.replace("SINGLE_VIDEO", "NO")},
        [("R204", "modules/m/u.yaml", 3, 31, 1)],
    ),
    "a default that is wrong": (
        {M: SOUND, "more": "defaults: {Ad: {landing_page_url: x}}\n"},
        [("R212", "reconciler.yaml", 6, 35, 1)],
    ),
    "two uses of one name": (
        {M: USE + GOOD + "---\n" + USE + GOOD},
        [("R301", "modules/m/group.yaml", 2, 7, 6), ("R301", "modules/m/group.yaml", 6, 7, 6)],
    ),
    "a module among the manifests": (
        {"manifests/m/module.yaml": INPUTS},
        [("R121", "manifests/m/module.yaml", 1, 1, None)],
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_has_its_place(work: Workspace, name: str) -> None:
    """Code, file, line and column of the scalar; and the line of the use where the file is a module's."""
    files, expected = MISTAKES[name]
    assert run(work, files) is not None
    ended = work.run("validate", "--json")
    assert ended.code == 3, ended.text
    found = [
        (one["code"], one["file"], one["line"], one["column"], one["use"] and one["use"]["line"])
        for one in ended.json["errors"]
    ]
    assert found == expected, json.dumps(ended.json, indent=1)


def test_a_module_that_is_a_link(work: Workspace) -> None:
    """Neither the folder nor a file of it may be one."""
    (work.root / "modules" / "n").symlink_to(work.root / "modules" / "m")
    ended = run(work, {M: USE.replace("modules/m", "modules/n") + GOOD})
    assert ended.codes == ["R312"]
    (work.root / "modules" / "m" / "x.yaml").symlink_to(work.root / "reconciler.yaml")
    ended = run(work, {M: USE + GOOD})
    assert ended.codes == ["R115"]


def test_without_a_repository_a_module_lies_in_the_workspace(work: Workspace) -> None:
    """What lies beside the workspace could be anybody's."""
    (work.root.parent / ".git").rmdir()
    work.write("../modules/m/module.yaml", INPUTS)
    ended = run(work, {M: USE.replace("modules", "../modules") + GOOD})
    assert ended.codes == ["R312"]
    assert "no git repository" in ended.json["errors"][0]["message"]
    assert run(work, {M: USE + GOOD}).code == 0


def test_one_mistake_of_a_matrix_is_told_once(work: Workspace) -> None:
    """It stands in one place, however many documents come of it."""
    text = "kind: Ad\nname: a-${x}\nmatrix: {x: [1, 2, 3]}\nspec: {adgroup: g, ad_format: NO}\n"
    work.write(M, text)
    ended = work.run("validate", "--json")
    assert [(one["code"], one["line"], one["column"]) for one in ended.json["errors"]] == [("R204", 4, 31)]


def test_the_use_stands_below_the_place(work: Workspace) -> None:
    """In text: the scalar, then where the module is used."""
    work.write(M, USE + GOOD)
    work.write("modules/m/u.yaml", AD + "labels: {a: '${nope}'}\n")
    lines = work.run("validate").stderr.splitlines()
    at = lines.index(next(line for line in lines if line.endswith("--> modules/m/u.yaml:4:13")))
    assert lines[at + 1].strip() == "used at manifests/a.yaml:1"
    assert "labels: {a: '${nope}'}" in lines[at + 4]


def test_a_value_that_is_put_in_is_told_where_it_comes_from(work: Workspace) -> None:
    """A whole scalar has the type of its value: the hint must not send people to the scalar's quotes."""
    work.write(M, ONE + "matrix: {x: [1]}\nlabels: {a: '${x}'}\n")
    (found,) = work.run("validate", "--json").json["errors"]
    assert (found["code"], found["line"], found["column"]) == ("R203", 5, 13)
    assert found["hint"] == 'the value comes from `${x}`; there: quote it: "1"'


def test_names_inside_lists_get_the_prefix_too(work: Workspace) -> None:
    """A reference is one wherever it stands; what came through an input, or is no name, stays as it is."""
    work.write("modules/m/module.yaml", "inputs: {shared: {type: text}}\n")
    work.write(
        "modules/m/group.yaml",
        "kind: Ad\nname: a\nspec:\n  adgroup: ~\n  creatives:\n  - {refresh: hooks}\n"
        '  - {video: "${shared}"}\n  - {video: "v-${shared}"}\n',
    )
    made = documents(work, {M: USE + "inputs: {shared: hero}\n"})
    assert made["ad/gb-a"] == {
        "adgroup": "~",
        "creatives": [{"refresh": "gb-hooks"}, {"video": "hero"}, {"video": "gb-v-hero"}],
    }


def test_at_most_1000_documents_of_a_use(work: Workspace) -> None:
    """The matrix of the use and those of the module together."""
    work.write("modules/m/module.yaml", "inputs: {}\n")
    work.write("modules/m/group.yaml", f"kind: Ad\nname: a-${{x}}\nmatrix: {{x: {list(range(100))}}}\n{SPEC}")
    use = "kind: Use\nname: u-${{y}}\nmodule: modules/m\nmatrix: {{y: {}}}\n"
    assert len(documents(work, {M: use.format(list(range(10)))})) == 1000
    ended = run(work, {M: use.format(list(range(11)))})
    assert [(one["code"], one["line"]) for one in ended.json["errors"]] == [("R311", 1)]


def test_what_render_prints_is_read_as_the_same(work: Workspace) -> None:
    """Quotes, dollars, line breaks, empty lists: written out and rendered again, nothing is another value."""
    text = (
        "kind: Campaign\nname: a-${x}\nmatrix: {x: [1]}\nlabels: {'b c': '$${x} \"q\" #', d: 'true'}\nspec:\n"
        "  campaign_name: |\n    two\n    lines\n  budget: 50.10\n"
        "  extra: {a: [], b: {}, c: [[1, '2'], {d: true}], e: 'é: - x'}\n"
    )
    first = run(work, {M: text}).json
    again = run(work, {M: work.run("render").stdout}).json
    assert [one | {"source": None} for one in again["documents"]] == [
        one | {"source": None} for one in first["documents"]
    ]
    assert work.run("render").stdout.count("$${x}") == 1


PAIRS = zip("abcdefgh", "bcdefghi", strict=True)
DOUBLED = ", ".join(f"{after}: '{f'${{var.{before}}}' * 9}'" for before, after in PAIRS)


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"more": f"vars: {{a: {'x' * 40}, {DOUBLED}}}\n"}, "R211"),
        ({M: ONE + f"matrix: {{x: [1, {'y' * 2049}]}}\n"}, "R211"),
        ({M: f"kind: Ad\nname: a-${{x}}\nmatrix: {{x: {list(range(20_000))}}}\n{SPEC}"}, "R311"),
        ({"modules/m/group.yaml": f"kind: Ad\nname: a-${{x}}\nmatrix: {{x: {list(range(1000))}}}\n{SPEC}",
          M: f"kind: Use\nname: u-${{y}}\nmodule: modules/m\nmatrix: {{y: {list(range(1000))}}}\n{GOOD}"}, "R311"),
    ],
    ids=["vars that double", "a long value", "a long axis", "a matrix of matrices"],
)  # fmt: skip
def test_few_lines_never_become_a_flood(work: Workspace, files: dict[str, str], code: str) -> None:
    """What would take the machine's memory is refused before it is made."""
    assert run(work, files).codes == [code]


@pytest.mark.parametrize("text", ["{adgroup: ${x}}", "{adgroup: a-${x}, b: 1}", "{a: [1, ${x}]}"])
def test_an_unquoted_one_inside_brackets_says_to_quote_it(work: Workspace, text: str) -> None:
    """YAML takes the brace for its own; the parser's words would not help."""
    (found,) = run(work, {M: f"kind: Ad\nname: a-${{x}}\nmatrix: {{x: [1]}}\nspec: {text}\n"}).json["errors"]
    assert (found["code"], found["line"]) == ("R102", 4)
    assert found["hint"].startswith("quote `${…}` inside")
