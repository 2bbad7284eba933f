"""What the names in an expression stand for: the roots of a stack, made from values as far as they are known.

Plan and apply evaluate with the same scopes; they differ only in the values they put in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engine.expressions import Problem, Scope
from engine.expressions.nodes import Index, Name, Node, Select, children
from engine.link import NOTHING, Graph, Uses, instance_node, templates
from engine.resolve import Resolution
from engine.stack import Declaration, Stack, Stacks, Tree
from providers.contract.values import Path, Secret, Unknown, Value, keyed_digest


@dataclass(slots=True, kw_only=True)
class Scopes:
    """`nodes` holds the value of each declaration whose resources all have one: the object itself, a mapping by key,
    or by the last part of the address for a bundle. `facts` holds what a provider instance says of itself."""

    stacks: Stacks
    graph: Graph
    keys: Mapping[str, bytes]
    outside: Mapping[tuple[str, str], Value] = field(default_factory=dict)
    nodes: dict[str, Value] = field(default_factory=dict)
    facts: dict[str, Value] = field(default_factory=dict)
    pending: set[str] = field(default_factory=set)
    """Nodes whose value may still change: what is computed from them is not kept."""
    problems: list[tuple[Stack, str, Path, Problem]] = field(default_factory=list)
    _locals: dict[tuple[str, str], Value] = field(default_factory=dict)
    _outputs: dict[tuple[str, str], Value] = field(default_factory=dict)

    def scope(
        self,
        stack: Stack,
        uses: Uses,
        *,
        provider: str = "",
        each: tuple[str, Value] | None = None,
        own: Mapping[str, Value] | None = None,
    ) -> Scope:
        """The scope for trees that use no more than `uses`. `own` are more roots (`self`)."""
        roots: dict[str, Value] = {"inputs": stack.inputs, "files": stack.files}
        for node in uses.nodes:
            owner, dot, name = node.partition(".")
            if dot and owner == stack.name:
                roots[name] = self.nodes.get(node)
        if uses.locals:
            roots["locals"] = {name: self.local(stack, name) for name in sorted(uses.locals)}
        if uses.outputs:
            roots["stacks"] = self._stacks(uses)
        if uses.provider and provider:
            roots["provider"] = self.facts.get(instance_node(stack.name, provider))
        if uses.instances:
            roots["providers"] = {name: self.facts.get(instance_node(stack.name, name)) for name in uses.instances}
        if each is not None:
            roots["each"] = {"key": each[0], "value": each[1]}
        if own:
            roots.update(own)
        return Scope(roots=roots, digest=self._digest(stack))

    def _digest(self, stack: Stack) -> Callable[[Value], str]:
        key = self.keys.get(stack.name, b"")
        return lambda value: keyed_digest(value, key)

    def _stacks(self, uses: Uses) -> Value:
        found: dict[str, dict[str, Value]] = {}
        for stack, name in sorted(uses.outputs):
            found.setdefault(stack, {})[name] = self.output(stack, name)
        return {stack: dict(values) for stack, values in found.items()}

    def local(self, stack: Stack, name: str) -> Value:
        key = (stack.name, name)
        if key not in self._locals:
            tree = stack.locals.get(name)
            value = self._evaluate(stack, tree, ("locals", name))
            if not self._settled(stack, tree):
                return value
            self._locals[key] = value
        return self._locals[key]

    def output(self, stack_name: str, name: str) -> Value:
        key = (stack_name, name)
        stack = self.stacks.stacks.get(stack_name)
        if stack is None or name not in stack.outputs:
            return self.outside.get(key)
        if key not in self._outputs:
            output = stack.outputs[name]
            value = self._evaluate(stack, output.value, output.path or ("outputs", name))
            value = Secret(value) if output.sensitive and not isinstance(value, Secret) else value
            if not self._settled(stack, output.value):
                return value
            self._outputs[key] = value
        return self._outputs[key]

    def _settled(self, stack: Stack, tree: Tree) -> bool:
        """True once everything the tree refers to has its value, so that the result may be kept."""
        uses = self.graph_uses(stack, tree)
        return all((node in self.nodes or ":" in node) and node not in self.pending for node in uses.nodes)

    def _evaluate(self, stack: Stack, tree: Tree, path: Path) -> Value:
        resolution = Resolution(self.scope(stack, self.graph_uses(stack, tree)))
        value = resolution.value(tree)
        self.problems.extend((stack, stack.file, (*path, *inner), problem) for inner, problem in resolution.problems)
        return value

    def graph_uses(self, stack: Stack, tree: Tree) -> Uses:
        """What a tree beside the declarations uses; computed by the linker, which has what it found before."""
        if not any(True for _ in templates(tree)):
            return NOTHING
        return self.graph.linker.of_tree(stack, tree)

    def forget(self) -> None:
        """Drops what was computed from values that have changed since."""
        self._locals.clear()
        self._outputs.clear()


def used_keys(declaration: Declaration, name: str, each_key: str | None) -> frozenset[str] | None:
    """The keys of the repeated resource `name` that the inputs use; None where they use it as a whole."""
    found: set[str] = set()
    for template in templates(dict(declaration.inputs)):
        for part in template.embedded():
            if not _collect(part.node, name, each_key, found):
                return None
    return frozenset(found)


def _collect(node: Node, name: str, each_key: str | None, found: set[str]) -> bool:
    """Adds the keys under `node`; False where `name` is used in another way than by a key that is known."""
    if isinstance(node, Name):
        return node.name != name
    if isinstance(node, Index) and isinstance(node.operand, Name) and node.operand.name == name:
        key = _key(node.index, each_key)
        if key is None:
            return False
        found.add(key)
        return True
    if isinstance(node, Select) and isinstance(node.operand, Name) and node.operand.name == name:
        found.add(node.field)
        return True
    return all(_collect(child, name, each_key, found) for child in children(node))


def _key(node: Node, each_key: str | None) -> str | None:
    value = getattr(node, "value", None)
    if isinstance(value, str):
        return value
    if isinstance(node, Select) and node.field == "key" and node.operand == Name(name="each"):
        return each_key
    return None


def unknown_of(address: str, kind: str = "any") -> Unknown:
    """A whole object that is not known yet."""
    return Unknown(kind=kind, origin=address, residual=address)


def stamp(planned: dict[str, Value], address: str) -> dict[str, Value]:
    """The planned object with every Unknown saying where it comes from."""
    return {key: _stamp(value, f"{address}.{key}") for key, value in planned.items()}


def _stamp(value: Value, place: str) -> Value:
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if isinstance(value, Unknown):
        return value if value.origin else Unknown(kind=value.kind, origin=place, residual=place)
    if isinstance(value, dict):
        return {key: _stamp(item, f"{place}.{key}") for key, item in value.items()}
    if isinstance(value, list):
        return [_stamp(item, f"{place}[{index}]") for index, item in enumerate(value)]
    return value
