"""The committed facts: what is served, and that they can be made again."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.kubernetes.data import generate
from sandbox.kubernetes.resources import built_in
from sandbox.kubernetes.shapes import definition, facts


def test_every_resource_has_its_shape() -> None:
    for each in built_in():
        assert each.shape.sort == "struct", each.plural


def test_every_reference_is_there() -> None:
    found = facts()["definitions"]
    for name in found:
        shape = definition(name)
        for key in shape.fields:
            assert shape.fields[key] is not None, f"{name}.{key}"


def test_no_prose() -> None:
    assert "description" not in {
        key for raw in facts()["definitions"].values() for each in raw.get("p", {}).values() for key in each
    }


def test_the_facts_are_made_again_byte_for_byte(tmp_path: Path) -> None:
    modules = Path(os.environ.get("GOMODCACHE") or Path.home() / "go/pkg/mod")
    if not (modules / generate.KUBERNETES).is_dir() or not (modules / f"k8s.io/api@{generate.STAGING}").is_dir():
        pytest.skip(f"needs {generate.KUBERNETES} in the Go module cache")
    if importlib.util.find_spec("kubernetes_validate") is None:
        pytest.skip("needs the package kubernetes-validate")
    target = tmp_path / "facts.json.gz"
    subprocess.run(
        [sys.executable, "-m", "sandbox.kubernetes.data.generate", str(modules), str(target)],
        check=True,
        cwd=Path(__file__).resolve().parents[3],
    )
    assert target.read_bytes() == Path(generate.__file__).with_name("facts.json.gz").read_bytes()
