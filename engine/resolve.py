"""Trees with expressions become values: pure, partial, with every problem at its path."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from engine.encoding import Seal, to_plain
from engine.expressions import Problem, Scope, Template, evaluate_template
from engine.stack import Declaration, Mapped, Stack, Tree
from providers.contract.diagnostic import Diagnostic
from providers.contract.values import Path, Unknown, Value, is_known


@dataclass(slots=True)
class Resolution:
    """Collects the problems met on the way; a part that could not be evaluated is None in the value."""

    scope: Scope
    problems: list[tuple[Path, Problem]] = field(default_factory=list)

    def value(self, tree: Tree, path: Path = ()) -> Value:
        kind = type(tree)
        if kind is str or kind is int or kind is bool or tree is None:
            return tree  # type: ignore[return-value]
        if kind is dict:
            return self._members(tree, path)  # type: ignore[arg-type]
        if kind is list:
            items = [self.value(item, (*path, index)) for index, item in enumerate(tree)]  # type: ignore[arg-type]
            return [item for item in items if item is not None]
        if isinstance(tree, Template):
            return self._template(tree, path)
        if isinstance(tree, Mapped):
            return self._mapped(tree, path)
        return tree  # type: ignore[return-value]

    def _members(self, tree: dict[str, Tree], path: Path) -> Value:
        """`null` means "not set": the member is dropped."""
        values: dict[str, Value] = {}
        for key, item in tree.items():
            value = self.value(item, (*path, key))
            if value is not None:
                values[key] = value
        return values

    def _template(self, template: Template, path: Path) -> Value:
        found = evaluate_template(template, self.scope)
        if isinstance(found, Problem):
            self.problems.append((path, found))
            return None
        return found

    def _mapped(self, tree: Mapped, path: Path) -> Value:
        values: dict[str, Value] = {}
        for key_tree, item in tree.entries:
            key = key_tree if isinstance(key_tree, str) else self._template(key_tree, path)
            if isinstance(key, Unknown):
                return Unknown(kind="map", origin=key.origin, residual=f"map({key.residual})")
            if key is None:
                continue
            text = key if isinstance(key, str) else str(key)
            if text in values:
                self.problems.append((path, _twice(text)))
            value = self.value(item, (*path, text))
            if value is not None:
                values[text] = value
        return values


def triggers(declaration: Declaration, scope: Scope, seal: Seal) -> str | None:
    """The digest of what `replace_when` names; "" where it names nothing, None where that is not known yet."""
    names = declaration.lifecycle.replace_when
    if not names:
        return ""
    resolution = Resolution(scope)
    values = [resolution.value(template) for template in names]
    if not all(map(is_known, values)):
        return None
    text = json.dumps(to_plain(values, seal), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _twice(key: str) -> Problem:
    return Problem(diagnostic=Diagnostic(code="P0405", summary=f'two keys of this mapping are "{key}"'), start=0, end=0)


def locate(stack: Stack, file: str, base: Path, problems: list[tuple[Path, Problem]], address: str) -> list[Diagnostic]:
    """The problems as diagnostics with their places in the stack file."""
    return [
        problem.diagnostic.at(address).located(stack.locator(file, (*base, *path), problem.start, problem.end))
        for path, problem in problems
    ]
