"""What one declaration becomes: nothing, one resource, one for each key, one for each object of a bundle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias, cast

from engine.address import Address
from engine.expressions import Scope
from engine.resolve import Resolution
from engine.resource import Expansion, Resource
from engine.stack import BundleObject, Declaration, Form, Mapped, Stack, Tree
from providers.contract.diagnostic import Diagnostic
from providers.contract.values import Path, Secret, Unknown, Value
from stacks.codes import Code
from stacks.patches import meant

Merge: TypeAlias = Callable[[str, dict[str, Value], dict[str, Value]], dict[str, Value]]
"""(type, object, patch) -> the object as server-side apply would merge the patch into it. Leaves that are expressions
are handed through whole."""


@dataclass(frozen=True, slots=True)
class Expander:
    """Implements engine.resource.Expand. Evaluates `enabled` and `for_each`, nothing else: inputs stay trees."""

    merge: Merge

    def __call__(self, stack: Stack, declaration: Declaration, scope: Scope) -> Expansion:
        problems: list[Diagnostic] = []
        enabled = _evaluated(stack, declaration, "enabled", declaration.enabled, scope, problems)
        if isinstance(enabled, Unknown):
            return Expansion(unknown=enabled)
        keys: Value = None
        if declaration.for_each is not None and enabled is True:
            keys = _evaluated(stack, declaration, "for_each", declaration.for_each, scope, problems)
            if isinstance(keys, Unknown):
                return Expansion(unknown=keys)
        if problems or enabled is not True:
            problems += [] if problems or enabled is False else [_no_bool(stack, declaration)]
            return Expansion(diagnostics=tuple(problems))
        if declaration.for_each is None:
            return Expansion(resources=tuple(self._resources(stack, declaration, None, scope)))
        pairs = _pairs(stack, declaration, keys)
        if isinstance(pairs, Unknown):
            return Expansion(unknown=pairs)
        if isinstance(pairs, Diagnostic):
            return Expansion(diagnostics=(pairs,))
        return Expansion(resources=tuple(item for pair in pairs for item in self._resources(stack, declaration, pair, scope)))

    def _resources(
        self, stack: Stack, declaration: Declaration, each: tuple[str, Value] | None, scope: Scope
    ) -> Iterator[Resource]:
        key = each[0] if each is not None else None
        if declaration.form is not Form.BUNDLE:
            address = Address(stack.name, declaration.name, key)
            yield Resource(
                address=address, type=declaration.type, declaration=declaration, inputs=declaration.inputs, each=each
            )
            return
        for item in declaration.bundle.objects if declaration.bundle is not None else ():
            yield Resource(
                address=Address(stack.name, declaration.name, key, item.object),
                type=item.type,
                declaration=declaration,
                inputs=self._patched(declaration, item, each, scope),
                each=each,
                source=item.source,
            )

    def _patched(
        self, declaration: Declaration, item: BundleObject, each: tuple[str, Value] | None, scope: Scope
    ) -> dict[str, Tree]:
        inputs = item.inputs
        for patch in declaration.bundle.patches if declaration.bundle is not None else ():
            if isinstance(patch, dict) and meant(item.type, item.inputs, patch):
                plain = _without_mapped(patch, _with_each(scope, each))
                inputs = self.merge(item.type, inputs, cast("dict[str, Value]", plain))
        return cast("dict[str, Tree]", inputs)


def _with_each(scope: Scope, each: tuple[str, Value] | None) -> Scope:
    if each is None:
        return scope
    roots = {**scope.roots, "each": cast(Value, {"key": each[0], "value": each[1]})}
    return Scope(roots=roots, digest=scope.digest)


def _without_mapped(tree: Tree, scope: Scope) -> Tree:
    """Mappings whose keys are expressions, evaluated: merging has to know the keys."""
    if isinstance(tree, Mapped):
        return cast(Tree, Resolution(scope).value(tree))
    if isinstance(tree, dict):
        return {key: _without_mapped(item, scope) for key, item in tree.items()}
    if isinstance(tree, list):
        return [_without_mapped(item, scope) for item in tree]
    return tree


def _evaluated(stack: Stack, declaration: Declaration, key: str, tree: Tree, scope: Scope, problems: list[Diagnostic]) -> Value:
    resolution = Resolution(scope)
    value = resolution.value(tree)
    base: Path = (*declaration.path, key)
    for path, problem in resolution.problems:
        source = stack.locator(declaration.file, (*base, *path), problem.start, problem.end)
        problems.append(problem.diagnostic.at(f"{stack.name}.{declaration.name}").located(source))
    return value.value if isinstance(value, Secret) and key == "enabled" else value


def _problem(stack: Stack, declaration: Declaration, key: str, code: Code, summary: str, help: str = "") -> Diagnostic:
    return Diagnostic(
        code=code.value,
        summary=summary,
        notes=(("help", help),) if help else (),
        address=f"{stack.name}.{declaration.name}",
        source=stack.locator(declaration.file, (*declaration.path, key)),
    )


def _no_bool(stack: Stack, declaration: Declaration) -> Diagnostic:
    return _problem(stack, declaration, "enabled", Code.WRONG_TYPE, '"enabled" is true or false, and this is neither')


def _pairs(stack: Stack, declaration: Declaration, keys: Value) -> list[tuple[str, Value]] | Unknown | Diagnostic:
    """In the order of the keys. A list is a set of its texts."""
    if isinstance(keys, Secret):
        help = "a key is part of the address, which everybody sees"
        return _problem(stack, declaration, "for_each", Code.FOR_EACH, "the keys of for_each come from a secret", help)
    if isinstance(keys, dict):
        return sorted(keys.items())
    if keys is None:
        return []
    if isinstance(keys, list):
        unknown = next((item for item in keys if isinstance(item, Unknown)), None)
        if unknown is not None:
            return unknown
        if any(isinstance(item, Secret) for item in keys):
            return _problem(stack, declaration, "for_each", Code.FOR_EACH, "a key of for_each is a secret")
        if all(isinstance(item, str) for item in keys):
            return [(text, text) for text in sorted({str(item) for item in keys})]
    help = "write list.index_by(x, x.name): a map by a key that stays"
    return _problem(stack, declaration, "for_each", Code.FOR_EACH, "for_each is a map, or a list of texts", help)
