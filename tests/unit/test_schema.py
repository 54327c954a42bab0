"""The JSON Schemas: valid, strict, described, and the committed ones are what the models say."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator  # type: ignore[import-untyped] # its stubs are not pinned

from reconciler.contracts.registry import CONTRACTS
from reconciler.fleet.schemas import fleet_schemas
from reconciler.kinds.registry import KINDS, Kind
from reconciler.workflow.schemas import schemas

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = sorted(path.name for path in (ROOT / "schemas").iterdir())


@cache
def texts() -> dict[str, str]:
    """What is generated: by the process that asks, not by each that collects tests."""
    return {**schemas(), **fleet_schemas()}


@cache
def made(name: str = "manifest.schema.json") -> Any:
    """One of them, read."""
    return json.loads(texts()[name])


@pytest.mark.parametrize("name", COMMITTED)
def test_it_is_a_valid_draft_07_schema(name: str) -> None:
    """Every editor can read it."""
    assert made(name)["$schema"] == "http://json-schema.org/draft-07/schema#"
    Draft7Validator.check_schema(made(name))
    assert "$defs" not in json.dumps(made(name))


@pytest.mark.parametrize("name", COMMITTED)
def test_the_committed_one_is_the_generated_one(name: str) -> None:
    """`make schemas` was run."""
    assert (ROOT / "schemas" / name).read_text(encoding="utf-8") == texts()[name]


def test_nothing_else_is_committed() -> None:
    """A schema that nothing makes any more is gone."""
    assert set(COMMITTED) == set(texts())


def objects(schema: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every part that describes a mapping with named keys, by its path."""
    if isinstance(schema, list):
        for number, part in enumerate(schema):
            yield from objects(part, f"{path}/{number}")
    elif isinstance(schema, dict):
        if "properties" in schema and path.rpartition("/")[2] not in ("if", "properties"):
            yield path, schema
        for key, part in schema.items():
            yield from objects(part, f"{path}/{key}")


def resolved(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part, or what it refers to."""
    if "$ref" not in schema:
        return schema
    found: Mapping[str, Any] = whole["definitions"][schema["$ref"].rpartition("/")[2]]
    return {**found, **schema}


@pytest.mark.parametrize("name", [name for name in COMMITTED if name != "plan.schema.json"])
def test_no_other_keys(name: str) -> None:
    """A misspelt key is an error in the editor already."""
    open_to_more = [path for path, part in objects(made(name)) if part.get("additionalProperties") is not False]
    assert open_to_more in ([], [""]), open_to_more


@pytest.mark.parametrize("name", COMMITTED)
def test_every_field_is_described(name: str) -> None:
    """What an editor shows under the pointer."""
    silent = [
        f"{path}/{field}"
        for path, part in objects(made(name))
        for field, inner in part["properties"].items()
        if not resolved(inner, made(name)).get("description") and not path.endswith("/anyOf/1")
    ]
    assert silent == []


@pytest.mark.parametrize("title", [kind.title for kind in KINDS.values()])
def test_a_branch_a_kind(title: str) -> None:
    """Chosen by its `kind`, which it requires as a constant."""
    (branch,) = [one for one in made()["allOf"] if one["if"]["properties"]["kind"] == {"const": title}]
    assert branch["if"]["required"] == ["kind"]
    body = resolved(branch["then"], made())
    assert body["properties"]["kind"]["const"] == title
    assert {"kind", "name", "spec"} <= set(body["required"])


def spec(contract: str, title: str) -> dict[str, Any]:
    """The schema of a kind's spec in one contract."""
    definitions = made(f"manifest.{contract}.schema.json")["definitions"]
    found: dict[str, Any] = definitions[
        definitions[f"{title}Manifest"]["properties"]["spec"]["$ref"].rpartition("/")[2]
    ]
    return found


@pytest.mark.parametrize("contract", CONTRACTS)
@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.name_field], ids=lambda kind: kind.short)
def test_a_contract_offers_its_own_fields(contract: str, kind: Kind) -> None:
    """Those of its rows, with what they require; the one of all contracts offers each."""
    binding, offered = CONTRACTS[contract].bindings[kind.short], spec(contract, kind.title)
    beside = {"extra"} | ({kind.parent_field} if kind.parent_field else set())
    assert offered["properties"].keys() == {name.partition(".")[0] for name in binding.fields | binding.named} | beside
    named = {one["required"][0] for each in offered.get("allOf", ()) for one in each["anyOf"]}
    assert {*offered["required"], *named} >= set(binding.required)
    assert offered["properties"].keys() <= made()["definitions"][f"{kind.title}Spec"]["properties"].keys()


def test_a_contract_offers_its_own_values() -> None:
    """What the other one calls otherwise is a mistake in the editor already."""
    values = {name: spec(name, "Campaign")["properties"]["objective_type"]["anyOf"][0]["enum"] for name in CONTRACTS}
    assert "CONVERSIONS" in values["openapi"]
    assert "CONVERSIONS" not in values["marketing"]
    assert "WEB_CONVERSIONS" in values["marketing"]
    assert "WEB_CONVERSIONS" not in values["openapi"]


def test_a_contract_refuses_the_fields_of_another() -> None:
    """An ad of contract openapi has no video; one of marketing needs an identity."""
    ad = {"adgroup": "g", "ad_format": "SINGLE_VIDEO"}
    who = {"identity_type": "TT_USER", "identity_id": "7", "video": {"video_id": "v1"}}
    for told, valid in (({}, {"openapi"}), (who, {"marketing"})):
        document = {"kind": "Ad", "name": "a", "spec": {**ad, **told}}
        schemas_of = {name: made(f"manifest.{name}.schema.json") for name in CONTRACTS}
        assert {name for name, one in schemas_of.items() if Draft7Validator(one).is_valid(document)} == valid
        assert Draft7Validator(made()).is_valid(document)


CAMPAIGN = {"objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": 50}


@pytest.mark.parametrize(
    ("document", "valid"),
    [
        ({"kind": "Campaign", "name": "a", "spec": CAMPAIGN}, True),
        ({"kind": "Campaign", "name": "a", "spec": {**CAMPAIGN, "budget": "50.00"}}, True),
        ({"kind": "Campaign", "name": "a", "spec": {**CAMPAIGN, "extra": {"x": 1}}, "labels": {"a": "b"}}, True),
        ({"kind": "Campaign", "name": "a", "spec": CAMPAIGN, "lifecycle": {"ignore": ["budget"]}}, True),
        ({"kind": "Campaign", "name": "A", "spec": CAMPAIGN}, False),
        ({"kind": "Campaign", "name": "a", "spec": {**CAMPAIGN, "budget": "-5"}}, False),
        ({"kind": "Campaign", "name": "a", "spec": {**CAMPAIGN, "budget": None}}, False),
        ({"kind": "Campaign", "name": "a", "spec": {**CAMPAIGN, "objective_type": "X"}}, False),
        ({"kind": "Campaign", "name": "a", "spec": {**CAMPAIGN, "bugdet": 5}}, False),
        ({"kind": "Campaign", "name": "a", "spec": {}}, False),
        ({"kind": "Campaign", "spec": CAMPAIGN}, False),
        ({"kind": "Pixel", "name": "a", "spec": {}}, False),
        ({"name": "a", "spec": CAMPAIGN}, False),
        ({"kind": "AdGroup", "name": "a", "spec": CAMPAIGN}, False),
        ([], False),
    ],
)
def test_manifests(document: Any, valid: bool) -> None:
    """The schema takes what the reader takes and refuses what it refuses."""
    assert Draft7Validator(made()).is_valid(document) is valid


USE = {"kind": "Use", "name": "gb", "module": "../m", "inputs": {"a": "${var.b}", "c": [1, "2"]}}


@pytest.mark.parametrize(
    ("document", "valid"),
    [
        ({"kind": "Campaign", "name": "a-${x}", "matrix": {"x": [1, "b"]}, "spec": CAMPAIGN}, True),
        ({"kind": "Campaign", "name": "a", "spec": {**CAMPAIGN, "budget": "${b}", "objective_type": "${o}"}}, True),
        ({"kind": "Campaign", "name": "a", "matrix": {}, "spec": CAMPAIGN}, False),
        ({"kind": "Campaign", "name": "a", "matrix": {"x": [1.5]}, "spec": CAMPAIGN}, False),
        ({"kind": "Campaign", "name": "a", "spec": {**CAMPAIGN, "budget": "{b}"}}, False),
        (USE, True),
        ({**USE, "patch": [{"address": "ad/x", "spec": {"a": 1}}], "drop": ["ad/${x}"]}, True),
        ({**USE, "patch": [{"address": "ad/x"}]}, False),
        ({**USE, "input": {}}, False),
        ({"kind": "Use", "name": "gb"}, False),
    ],
)
def test_what_is_put_in(document: Any, valid: bool) -> None:
    """`${…}` is taken wherever a scalar stands, and a Use is a document of its own."""
    assert Draft7Validator(made()).is_valid(document) is valid


@pytest.mark.parametrize("contract", CONTRACTS)
@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.short)
def test_every_scalar_may_be_put_in(contract: str, kind: Kind) -> None:
    """In each field of each kind that holds one value, or a list of such."""
    whole = made(f"manifest.{contract}.schema.json")
    definitions = {"definitions": whole["definitions"]}
    if f"{kind.title}Spec" not in whole["definitions"]:
        return
    for name, part in spec(contract, kind.title)["properties"].items():
        inside = resolved(part, whole)
        nested = inside.get("type") == "object" or "$ref" in inside.get("items", {})
        assert Draft7Validator({**part, **definitions}).is_valid("${x}") is not nested, name


def test_the_schema_of_vars_and_defaults() -> None:
    """Vars are texts; defaults are fields of the kinds, none of them required."""
    valid = Draft7Validator(made("workspace.schema.json")).is_valid
    file = {"version": 1, "account": {"advertiser_id": "7"}, "api": {"contract": "marketing"}}
    assert valid({**file, "vars": {"a": "x"}, "defaults": {"Ad": {"identity_id": "${var.a}", "ad_text": "Hi"}}})
    assert not valid({**file, "vars": {"a": 1}})
    assert not valid({**file, "defaults": {"Ad": {"adtext": "Hi"}}})
    assert not valid({**file, "defaults": {"Pixel": {}}})


def test_the_example_of_a_fleet_is_what_its_schemas_take() -> None:
    """Its file and its accounts; a misspelt guard rail and an unknown key of a use are mistakes in the editor."""
    fleet, account = (Draft7Validator(made(f"{name}.schema.json")) for name in ("fleet", "account"))
    example = ROOT / "examples" / "fleet"
    told = yaml.safe_load((example / "fleet.yaml").read_text("utf-8"))
    assert list(fleet.iter_errors(told)) == []
    for path in (example / "accounts").glob("*.yaml"):
        own = yaml.safe_load(path.read_text("utf-8"))
        assert list(account.iter_errors(own)) == []
        own["uses"][0]["input"] = {}
        assert not account.is_valid(own)
    told["groups"][0]["guardrails"] = {"max_daily_spent": 5}
    assert not fleet.is_valid(told)


def test_definitions_are_all_used() -> None:
    """Nothing is left over, nothing is missing."""
    for schema in map(made, COMMITTED):
        text = json.dumps(schema)
        for name in schema.get("definitions", {}):
            assert f'"#/definitions/{name}"' in text
