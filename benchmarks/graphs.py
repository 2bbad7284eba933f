"""Part a: plan, apply and destroy of a layered graph, beside Terraform's `terraform_data` in the same run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Cost, cost, median
from benchmarks.shapes import write_layered, write_terraform, write_terraform_state
from benchmarks.table import Row, against, within

APPLIED = 1_000
"""What is applied and destroyed: Terraform takes minutes for these, and the square of it for more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Terraform, where it is found: None of its figures otherwise."""

    path: str | None
    environ: Mapping[str, str]

    def cost(self, folder: Path, *words: str) -> Cost | None:
        return None if self.path is None else cost([self.path, *words, "-no-color"], folder, self.environ)


def peer(environ: Mapping[str, str], wanted: bool) -> Peer:
    kept = {name: text for name, text in environ.items() if not name.startswith("TF_")}
    return Peer(path=shutil.which("terraform") if wanted else None, environ={**kept, "CHECKPOINT_DISABLE": "1"})


def graphs(folder: Path, plumb: str, environ: Mapping[str, str], beside: Peer, size: int) -> list[Row]:
    rows = planned(folder / "large", plumb, environ, beside, size)
    rows += applied(folder / "applied", plumb, environ, beside)
    return rows


def planned(folder: Path, plumb: str, environ: Mapping[str, str], beside: Peer, size: int) -> list[Row]:
    """The first plan and the unchanged one. Terraform's unchanged one is of a state that was written for it."""
    write_layered(folder, size)
    first = cost([plumb, "plan"], folder, environ)
    cost([plumb, "apply", "-y", "-q", "--concise"], folder, environ)
    unchanged = cost([plumb, "plan"], folder, environ)
    theirs: list[Cost | None] = [None, None]
    if beside.path is not None:
        write_terraform(folder / "terraform", size)
        beside.cost(folder / "terraform", "init")
        theirs[0] = beside.cost(folder / "terraform", "plan")
        write_terraform_state(folder / "terraform", size)
        theirs[1] = beside.cost(folder / "terraform", "plan")
    rows = []
    for name, ours, its in (("first plan", first, theirs[0]), ("unchanged plan", unchanged, theirs[1])):
        rows += compared(f"{name} of {size}", ours, its, 10, 5)
    return rows


def compared(what: str, ours: Cost, its: Cost | None, parts: int, memory: int) -> list[Row]:
    return [
        against(f"{what}: clock", ours.wall, "s", None if its is None else its.wall, parts),
        against(f"{what}: processors", ours.processor, "s", None if its is None else its.processor, parts),
        against(f"{what}: memory", ours.memory, "MB", None if its is None else its.memory, memory),
    ]


def applied(folder: Path, plumb: str, environ: Mapping[str, str], beside: Peer) -> list[Row]:
    write_layered(folder, APPLIED)
    plan = median([plumb, "plan"], folder, environ, 5)
    apply = cost([plumb, "apply", "-y"], folder, environ)
    again = median([plumb, "plan", "--detailed-exitcode"], folder, environ, 3)
    cost([plumb, "plan", "--destroy", "-q", "--json-into", "destroy.json"], folder, environ)
    digest = json.loads((folder / "destroy.json").read_text())["digest"]
    destroy = cost([plumb, "destroy", "--approve", digest], folder, environ)
    made = removed = None
    if beside.path is not None:
        write_terraform(folder / "terraform", APPLIED)
        beside.cost(folder / "terraform", "init")
        made = beside.cost(folder / "terraform", "apply", "-auto-approve")
        removed = beside.cost(folder / "terraform", "destroy", "-auto-approve")
    return [
        within(f"first plan of {APPLIED}: clock", plan.wall, "s", 0.5, f"processors {plan.processor:.2f} s"),
        within(f"first plan of {APPLIED}: memory", plan.memory, "MB", 60),
        within(f"unchanged plan of {APPLIED}: clock", again.wall, "s", 0.5, f"processors {again.processor:.2f} s"),
        against(f"apply of {APPLIED}, durable per step: clock", apply.wall, "s", None if made is None else made.wall, 30),
        against(f"apply of {APPLIED}: processors", apply.processor, "s", None if made is None else made.processor, 30),
        against(f"destroy of {APPLIED}: clock", destroy.wall, "s", None if removed is None else removed.wall, 50),
        against(
            f"destroy of {APPLIED}: processors", destroy.processor, "s", None if removed is None else removed.processor, 50
        ),
    ]
