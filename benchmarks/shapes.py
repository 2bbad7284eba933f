"""What is measured: graphs of any size, as stack files and, where there is something to stand beside, as Terraform's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

LAYERS = 10
PARENTS = 3
IN_FILE = 5_000
"""Resources of one stack file: a file may have 1 MB."""

REPOSITORY = """\
repository: bench-7d1f0a
environments: {dev: {default: true}}
state: "sqlite:state/journal.db"
"""

HEADER = ["stack: bench", "providers: {memory: {path: world.db}}"]


def layered(size: int) -> Iterator[tuple[str, list[str]]]:
    """`size` names in ten layers, each with its three parents in the layer before; none in the first."""
    width = max(PARENTS, size // LAYERS)
    for number in range(size):
        layer, place = divmod(number, width)
        steps = (place, place * 7 + 1, place * 13 + 2)
        parents = [f"r_{layer - 1}_{step % width}" for step in steps] if layer else []
        yield f"r_{layer}_{place}", sorted(set(parents))


def write_layered(folder: Path, size: int) -> None:
    """A repository of `Memory::Thing` resources in a file world."""
    names = list(layered(size))
    _write(folder / "plumb.yaml", REPOSITORY)
    for first in range(0, max(size, 1), IN_FILE):
        lines = [*(HEADER if first == 0 else HEADER[:1]), "resources:" if names else "resources: {}"]
        for name, parents in names[first : first + IN_FILE]:
            values = ", ".join(f'"${{{parent}.Id}}"' for parent in parents)
            lines += [f"  {name}:", "    type: Memory::Thing", "    properties:", f"      Value: [{values}]"]
        _write(folder / "stacks" / f"part{first // IN_FILE}.plumb.yaml", "\n".join(lines) + "\n")


def write_terraform(folder: Path, size: int) -> None:
    """The same graph of `terraform_data`, the resource that is built into terraform."""
    blocks = []
    for name, parents in layered(size):
        values = ", ".join(f"terraform_data.{parent}.id" for parent in parents)
        blocks.append(f'resource "terraform_data" "{name}" {{\n  input = [{values}]\n}}\n')
    _write(folder / "main.tf", "\n".join(blocks))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def write_terraform_state(folder: Path, size: int) -> None:
    """What an apply of that graph would leave: an apply of ten thousand takes Terraform the better part of an hour."""
    ids: dict[str, str] = {}
    resources = []
    for number, (name, parents) in enumerate(layered(size)):
        ids[name] = str(UUID(int=number + 1))
        held = {"value": [ids[parent] for parent in parents], "type": ["tuple", ["string"] * len(parents)]}
        attributes = {"id": ids[name], "input": held, "output": held, "triggers_replace": None}
        instance = {
            "schema_version": 0,
            "attributes": attributes,
            "sensitive_attributes": [],
            "dependencies": [f"terraform_data.{parent}" for parent in parents],
        }
        provider = 'provider["terraform.io/builtin/terraform"]'
        resources.append(
            {"mode": "managed", "type": "terraform_data", "name": name, "provider": provider, "instances": [instance]}
        )
    state = {"version": 4, "terraform_version": "1.0.0", "serial": 1, "lineage": str(UUID(int=1)), "outputs": {}}
    _write(folder / "terraform.tfstate", json.dumps({**state, "resources": resources, "check_results": None}))
