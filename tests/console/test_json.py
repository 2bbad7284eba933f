"""Terraform's shapes for equal meanings."""

from __future__ import annotations

import json
from typing import Any

from tests.console.support import Repository


def plan(repository: Repository, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(repository.good("plan", "--format", "json", *arguments).out)
    return found


def by_address(document: dict[str, Any]) -> dict[str, Any]:
    return {change["address"]: change for change in document["resource_changes"]}


def test_a_creation(repository: Repository) -> None:
    document = plan(repository)
    change = by_address(document)["shop.sub[a]"]
    assert change["mode"] == "managed"
    assert (change["type"], change["name"], change["index"], change["provider_name"]) == ("Memory::Thing", "sub", "a", "memory")
    assert change["change"]["actions"] == ["create"]
    assert change["change"]["before"] is None
    assert change["change"]["after"] == {"Name": "sub-a", "Size": 1, "Zone": "main"}
    assert change["change"]["after_unknown"]["Value"] is True
    assert change["reason"] == {"code": "declared", "text": "", "file": "stacks/shop.plumb.yaml", "line": 11}
    assert by_address(document)["shop.net"]["impact"] == ["shop.db", "shop.sub[a]", "shop.sub[b]"]
    assert document["output_changes"]["shop.net"]["actions"] == ["create"]
    assert document["applyable"] is True
    assert document["errored"] is False
    assert len(document["digest"]) == 64


def test_a_replacement(applied: Repository) -> None:
    applied.edit("stacks/shop.plumb.yaml", "Zone: east", "Zone: west")
    change = by_address(plan(applied))["shop.net"]
    assert change["change"]["actions"] == ["create", "delete"]
    assert change["change"]["replace_paths"] == [["Zone"]]
    assert change["cause"] == ["config"]
    assert change["recoverability"] == "recreated"
    field = change["fields"][0]
    assert (field["path"], field["before"], field["after"], field["replaces"]) == ("Zone", "east", "west", True)
    assert (field["file"], field["line"]) == ("stacks/shop.plumb.yaml", 10)


def test_a_deletion(applied: Repository) -> None:
    document = plan(applied, "--destroy")
    assert {change["change"]["actions"][0] for change in document["resource_changes"]} == {"delete"}
    assert by_address(document)["shop.db"]["recoverability"] == "data_lost"
    assert all(change["change"]["after"] is None for change in document["resource_changes"])


def test_nothing_to_do(applied: Repository) -> None:
    document = plan(applied)
    assert document["resource_changes"] == []
    assert document["applyable"] is False
    assert document["output_changes"]["shop.net"]["actions"] == ["no-op"]


def test_an_apply_is_a_stream_of_lines(repository: Repository) -> None:
    lines = [json.loads(line) for line in repository.good("apply", "-y", "--json").lines]
    assert all({"@level", "@message", "@module", "@timestamp", "type"} <= line.keys() for line in lines)
    kinds = [line["type"] for line in lines]
    assert kinds[0] == "plan"
    assert kinds.count("apply_start") == kinds.count("apply_complete") == 4
    assert kinds[-2:] == ["change_summary", "outputs"]
    assert lines[-2]["changes"] == {"add": 4, "change": 0, "remove": 0, "import": 0, "operation": "apply"}
    assert lines[-1]["outputs"]["shop.net"]["sensitive"] is False


def test_json_into_a_file_beside_the_text(applied: Repository) -> None:
    found = applied.good("plan", "--json-into", "plan-data.json")
    assert "nothing to do" in found.out
    assert json.loads((applied.root / "plan-data.json").read_text())["format_version"] == "1.2"


def test_diagnostics_as_json(repository: Repository) -> None:
    repository.edit("stacks/shop.plumb.yaml", "Zone: east", "Zune: east")
    found = repository.run("validate", "--format", "json")
    assert found.status == 1
    document = json.loads(found.out)
    assert document["valid"] is False
    assert document["diagnostics"][0]["range"]["start"]["line"] == 10
    assert repository.run("validate", "--format", "github").out.startswith("::error file=stacks/shop.plumb.yaml,line=10")
    sarif = json.loads(repository.run("validate", "--format", "sarif").out)
    assert sarif["version"] == "2.1.0"
