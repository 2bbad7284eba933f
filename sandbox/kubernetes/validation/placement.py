"""Rules of where a pod may run: node selectors, tolerations, affinity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.kubernetes import names
from sandbox.kubernetes.problem import Fault, required, unsupported, wrong

Object = dict[str, Any]
OPERATORS = ("Equal", "Exists")
EVERYTHING = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
REQUIRED_TERMS = "requiredDuringSchedulingIgnoredDuringExecution"


def rules(spec: Object, path: str) -> Iterator[Fault]:
    for key, text in (spec.get("nodeSelector") or {}).items():
        for problem in names.qualified(key):
            yield wrong(f"{path}.nodeSelector", key, problem)
        for problem in names.label_value(text):
            yield wrong(f"{path}.nodeSelector", text, problem)
    for index, each in enumerate(spec.get("tolerations") or ()):
        yield from _toleration(each, f"{path}.tolerations[{index}]")
    needed = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get(REQUIRED_TERMS)
    if needed is not None and not needed.get("nodeSelectorTerms"):
        at = f"{path}.affinity.nodeAffinity.{REQUIRED_TERMS}.nodeSelectorTerms"
        yield required(at, "must have at least one node selector term")


def _toleration(value: Object, path: str) -> Iterator[Fault]:
    operator = value.get("operator") or "Equal"
    if not value.get("key") and operator != "Exists":
        yield wrong(f"{path}.operator", operator, EVERYTHING)
    elif operator not in OPERATORS:
        yield unsupported(f"{path}.operator", operator, OPERATORS)
    elif operator == "Exists" and value.get("value"):
        yield wrong(f"{path}.operator", value, "value must be empty when `operator` is 'Exists'")
