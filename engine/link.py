"""Who waits for whom: the declarations and provider instances of all stacks as one graph, and an order of it."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.address import AddressError, parse_address
from engine.expressions import Reference, Template, references
from engine.stack import Declaration, Mapped, Stack, Stacks, Tree
from providers.contract.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """What a tree of one stack refers to. `nodes` are graph nodes; the rest are names that its scope must hold.

    `outputs` are (stack, output). `addresses` are nodes with the static key that was named, or "" for all.
    """

    nodes: frozenset[str] = frozenset()
    locals: frozenset[str] = frozenset()
    outputs: frozenset[tuple[str, str]] = frozenset()
    provider: bool = False
    instances: frozenset[str] = frozenset()


NOTHING = Uses()


def node_of(stack: str, name: str) -> str:
    """The graph node of a declaration; "shop.queue"."""
    return f"{stack}.{name}"


def instance_node(stack: str, name: str) -> str:
    """The graph node of a provider instance; "shop:aws"."""
    return f"{stack}:{name}"


def _closure(nodes: Iterable[str], step: Callable[[str], Iterable[str]]) -> set[str]:
    seen: set[str] = set()
    stack = list(nodes)
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack.extend(step(node))
    return seen


def templates(tree: Tree) -> Iterator[Template]:
    """Every expression in the tree, in order."""
    stack: list[Tree] = [tree]
    while stack:
        item = stack.pop()
        if isinstance(item, Template):
            yield item
        elif isinstance(item, dict):
            stack.extend(reversed(item.values()))
        elif isinstance(item, list):
            stack.extend(reversed(item))
        elif isinstance(item, Mapped):
            for key, value in reversed(item.entries):
                stack.append(value)
                if isinstance(key, Template):
                    stack.append(key)


@dataclass(slots=True)
class Linker:
    """Finds what trees use; remembers what it found of locals and outputs."""

    stacks: Mapping[str, Stack]
    local_uses: dict[tuple[str, str], Uses] = field(default_factory=dict)
    output_uses: dict[tuple[str, str], Uses] = field(default_factory=dict)
    outside: set[tuple[str, str]] = field(default_factory=set)
    open: set[tuple[str, str, str]] = field(default_factory=set)

    def of_tree(self, stack: Stack, *trees: Tree) -> Uses:
        nodes: set[str] = set()
        locals: set[str] = set()
        outputs: set[tuple[str, str]] = set()
        instances: set[str] = set()
        provider = False
        for tree in trees:
            for template in templates(tree):
                for reference in _references(template):
                    if reference.root in stack.declarations:
                        nodes.add(node_of(stack.name, reference.root))
                        continue
                    found = self.of_reference(stack, reference)
                    nodes |= found.nodes
                    locals |= found.locals
                    outputs |= found.outputs
                    instances |= found.instances
                    provider = provider or found.provider
        if not (nodes or locals or outputs or instances or provider):
            return NOTHING
        return Uses(
            nodes=frozenset(nodes) if nodes else NOTHING.nodes,
            locals=frozenset(locals) if locals else NOTHING.locals,
            outputs=frozenset(outputs) if outputs else NOTHING.outputs,
            provider=provider,
            instances=frozenset(instances) if instances else NOTHING.instances,
        )

    def of_reference(self, stack: Stack, reference: Reference) -> Uses:
        root, path = reference.root, reference.path
        if root in stack.declarations:
            return Uses(nodes=frozenset({node_of(stack.name, root)}))
        if root == "locals":
            names = [str(path[0])] if path else sorted(stack.locals)
            return _join([self._of_local(stack, name) for name in names], locals=frozenset(names))
        if root == "stacks" and len(path) >= 2:
            return self._of_output(str(path[0]), str(path[1]))
        if root == "provider":
            return Uses(provider=True)
        if root == "providers" and path:
            name = str(path[0])
            return Uses(nodes=frozenset({instance_node(stack.name, name)}), instances=frozenset({name}))
        return NOTHING

    def _of_local(self, stack: Stack, name: str) -> Uses:
        key = (stack.name, name)
        if key in self.local_uses:
            return self.local_uses[key]
        mark = ("local", *key)
        if name not in stack.locals or mark in self.open:
            return NOTHING
        self.open.add(mark)
        self.local_uses[key] = self.of_tree(stack, stack.locals[name])
        self.open.discard(mark)
        return self.local_uses[key]

    def _of_output(self, stack_name: str, name: str) -> Uses:
        key = (stack_name, name)
        stack = self.stacks.get(stack_name)
        if stack is None or name not in stack.outputs:
            self.outside.add(key)
            return Uses(outputs=frozenset({key}))
        mark = ("output", *key)
        if key not in self.output_uses and mark not in self.open:
            self.open.add(mark)
            inner = self.of_tree(stack, stack.outputs[name].value)
            self.output_uses[key] = Uses(nodes=inner.nodes, outputs=frozenset({key}))
            self.open.discard(mark)
        return self.output_uses.get(key, NOTHING)


def _references(template: Template) -> list[Reference]:
    first = template.parts[0]
    if template.whole and not isinstance(first, str) and first.path:
        return [Reference(root=first.path[0], path=first.path[1:], guarded=False, start=first.inside, end=first.end - 1)]
    return references(template)


def _join(parts: list[Uses], locals: frozenset[str]) -> Uses:
    return Uses(
        nodes=frozenset().union(*(part.nodes for part in parts)),
        locals=locals.union(*(part.locals for part in parts)),
        outputs=frozenset().union(*(part.outputs for part in parts)),
        provider=any(part.provider for part in parts),
        instances=frozenset().union(*(part.instances for part in parts)),
    )


def declaration_trees(declaration: Declaration) -> list[Tree]:
    """Everything of a declaration that holds expressions evaluated before it is planned."""
    trees: list[Tree] = [dict(declaration.inputs), declaration.enabled]
    if declaration.for_each is not None:
        trees.append(declaration.for_each)
    if declaration.import_identity is not None:
        trees.append(declaration.import_identity)
    trees.extend(declaration.lifecycle.replace_when)
    trees.extend(rule.rule for rule in declaration.before)
    if declaration.bundle is not None:
        trees.extend(declaration.bundle.patches)
    return trees


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """`needs` and `users` are each other's reverse, over nodes of declarations and provider instances.

    `uses` says per node what its trees refer to. `order` is topological, ties in name order.
    `outside` are outputs of stacks that are not loaded.
    """

    needs: Mapping[str, frozenset[str]]
    users: Mapping[str, tuple[str, ...]]
    uses: Mapping[str, Uses]
    order: tuple[str, ...]
    linker: Linker
    outside: frozenset[tuple[str, str]] = frozenset()
    diagnostics: tuple[Diagnostic, ...] = ()

    def upstream(self, nodes: Iterable[str]) -> set[str]:
        """The nodes and everything they wait for."""
        return _closure(nodes, lambda node: self.needs.get(node, frozenset()))

    def downstream(self, nodes: Iterable[str]) -> set[str]:
        """The nodes and everything that waits for them."""
        return _closure(nodes, lambda node: self.users.get(node, ()))


def link(stacks: Stacks) -> Graph:
    """The graph of everything declared. A cycle across stacks is a diagnostic; its nodes come last in `order`."""
    linker = Linker(stacks.stacks)
    needs: dict[str, frozenset[str]] = {}
    uses: dict[str, Uses] = {}
    for stack in stacks.stacks.values():
        for instance in stack.providers.values():
            node = instance_node(stack.name, instance.name)
            uses[node] = linker.of_tree(stack, dict(instance.settings), dict(instance.tags))
            needs[node] = uses[node].nodes - {node}
        for declaration in stack.declarations.values():
            node = node_of(stack.name, declaration.name)
            uses[node] = linker.of_tree(stack, *declaration_trees(declaration))
            needs[node] = _needs(stack, declaration, uses[node])
    present = {node: frozenset(need for need in found if need in needs) for node, found in needs.items()}
    order, left = _order(present)
    diagnostics = (_cycle(present, left),) if left else ()
    users: dict[str, list[str]] = {}
    for node in order:
        for need in present[node]:
            users.setdefault(need, []).append(node)
    return Graph(
        needs=present,
        users={node: tuple(found) for node, found in users.items()},
        uses=uses,
        order=tuple(order),
        linker=linker,
        outside=frozenset(linker.outside),
        diagnostics=diagnostics,
    )


def _needs(stack: Stack, declaration: Declaration, uses: Uses) -> frozenset[str]:
    node = node_of(stack.name, declaration.name)
    found = set(uses.nodes)
    found.update(need for need in map(depends_node, declaration.depends_on) if need)
    if declaration.provider in stack.providers:
        found.add(instance_node(stack.name, declaration.provider))
    found.discard(node)
    return frozenset(found)


def depends_node(text: str) -> str:
    """The graph node that an address of `depends_on` is at; "" where the text is none."""
    try:
        address = parse_address(text)
    except AddressError:
        return ""
    return node_of(address.stack, address.name)


def _order(needs: Mapping[str, frozenset[str]]) -> tuple[list[str], set[str]]:
    waiting = {node: len(found) for node, found in needs.items()}
    users: dict[str, list[str]] = {}
    for node, found in needs.items():
        for need in found:
            users.setdefault(need, []).append(node)
    free = [node for node, count in waiting.items() if count == 0]
    heapq.heapify(free)
    order: list[str] = []
    while free:
        node = heapq.heappop(free)
        order.append(node)
        for user in users.get(node, ()):
            waiting[user] -= 1
            if waiting[user] == 0:
                heapq.heappush(free, user)
    return order, {node for node, count in waiting.items() if count > 0}


def _cycle(needs: Mapping[str, frozenset[str]], left: set[str]) -> Diagnostic:
    """Names one cycle among the nodes that could not be ordered."""
    path: list[str] = []
    node = min(left)
    while node not in path:
        path.append(node)
        node = min(need for need in needs[node] if need in left)
    cycle = [*path[path.index(node) :], node]
    return Diagnostic(code="P0401", summary=f"these wait for each other: {' -> '.join(cycle)}")
