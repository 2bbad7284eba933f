"""Saved plans: what `plan --out` writes, and `apply`, `show` and `--since` read. Holds no secret."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from console.planning import Asked
from console.project import refuse
from console.render.plan_json import digests, plan_json
from console.render.review import Review, Since
from console.version import version
from engine.planning.run import PlanRun
from engine.session import change_key, digest_of

KIND = "plumb.plan/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """`digests` by key of the change. `asked` and `stacks` are what the plan was made of."""

    path: str
    commit: str
    uncommitted: bool
    tree_digest: str
    digest: str
    environment: str
    repository: str
    stacks: tuple[str, ...]
    asked: Asked
    review: Review
    document: dict[str, Any] = field(repr=False)

    @property
    def digests(self) -> dict[str, str]:
        return digests(self.document)


def document_of(planned: PlanRun, review: Review) -> dict[str, Any]:
    plan = planned.plan
    assert plan is not None
    return plan_json(plan, review, lambda change: digest_of(planned, change), version())


def save(path: Path, planned: PlanRun, review: Review, asked: Asked, stacks: tuple[str, ...]) -> None:
    """Appears whole or not at all. Raises Refused."""
    asked_plain = {**msgspec.to_builtins(asked), "lifted": sorted(asked.lifted)}
    whole = {
        "kind": KIND,
        **document_of(planned, review),
        "selection": {"stacks": list(stacks), **asked_plain},
        "review": msgspec.to_builtins(review),
    }
    text = json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text)
        part.chmod(0o600)
        part.replace(path)
    except OSError as error:
        raise refuse("P0540", f"{path} cannot be written: {error.strerror}") from None


def load_saved(path: Path) -> SavedPlan:
    """Raises Refused where the file is no saved plan."""
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise refuse("P0541", f"{path} cannot be read: {error.strerror}", "plumb plan --out FILE writes one") from None
    except ValueError:
        raise refuse("P0541", f"{path} is no saved plan", "plumb plan --out FILE writes one") from None
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise refuse("P0541", f"{path} is no saved plan of this version", "plumb plan --out FILE writes one")
    try:
        return _saved(path, document)
    except (KeyError, TypeError, msgspec.ValidationError) as error:
        raise refuse("P0541", f"{path} is no whole saved plan: {error}", "plan again: plumb plan --out FILE") from None


def _saved(path: Path, document: dict[str, Any]) -> SavedPlan:
    selection = dict(document["selection"])
    stacks = tuple(selection.pop("stacks"))
    return SavedPlan(
        path=str(path),
        commit=str(document["commit"]),
        uncommitted=bool(document["uncommitted"]),
        tree_digest=str(document["tree_digest"]),
        digest=str(document["digest"]),
        environment=str(document["environment"]),
        repository=str(document["repository"]),
        stacks=stacks,
        asked=msgspec.convert(selection, Asked),
        review=msgspec.convert(document["review"], Review),
        document=document,
    )


def since(earlier: SavedPlan, planned: PlanRun) -> Since:
    """Compares digests of actions, never text."""
    plan = planned.plan
    assert plan is not None
    before = earlier.digests
    now = {change_key(change): (digest_of(planned, change), change) for change in plan.changes if change.acts}
    acts = {change["address"]: change["act"] for change in earlier.document["resource_changes"]}
    new = [f"{change.act.value} {change.address}" for key, (digest, change) in now.items() if before.get(key) != digest]
    gone = [f"{acts.get(key.partition('#')[0], '')} {key.partition('#')[0]}" for key in before if key not in now]
    same = sum(before.get(key) == digest for key, (digest, _) in now.items())
    name = earlier.commit[:7] if earlier.commit and not earlier.uncommitted else Path(earlier.path).name
    return Since(name=name, new=tuple(new), gone=tuple(gone), same=same)
