"""Why a resource is there, is as it is, and changes: the chain of causes, each with its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.address import parse_address
from engine.expressions import Template, references
from engine.link import Graph, node_of
from engine.plan import Change, Plan
from engine.stack import Declaration, Mapped, Stack, Stacks, Tree
from providers.contract.diagnostic import Source
from providers.contract.values import Path, render_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """`node` is used at `path`, which stands at `source`. `through` names the local or output on the way."""

    node: str
    path: str
    source: Source | None
    through: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """`text` says what is, `source` where that stands; `causes` why."""

    text: str
    source: Source | None = None
    causes: tuple[Cause, ...] = ()


@dataclass(slots=True, kw_only=True)
class Asking:
    """Over one plan: `changes` by address, the graph of what is declared."""

    plan: Plan
    graph: Graph
    stacks: Stacks
    changes: dict[str, Change] = field(init=False)

    def __post_init__(self) -> None:
        self.changes = {change.address: change for change in self.plan.changes}

    def declaration(self, address: str) -> tuple[Stack, Declaration] | None:
        parsed = parse_address(address)
        stack = self.stacks.stacks.get(parsed.stack)
        declaration = stack.declarations.get(parsed.name) if stack is not None else None
        return (stack, declaration) if stack is not None and declaration is not None else None

    def change_cause(self, change: Change, seen: frozenset[str] = frozenset()) -> Cause:
        """What is planned at an address, and what that follows from."""
        seen |= {change.address}
        causes = []
        for item in change.fields:
            causes.append(self._field(change, item, seen))
        return Cause(text=_planned(change), source=change.source, causes=tuple(causes))

    def _field(self, change: Change, item: object, seen: frozenset[str]) -> Cause:
        from console.render.entries import field_leaves
        from console.render.plan_text import values
        from engine.plan import Field

        assert isinstance(item, Field)
        leaf = field_leaves(item)[0]
        text = f"{leaf.path}: {values(leaf) if not leaf.block else 'differs inside'}"
        if item.cause.value == "drift":
            return Cause(text=f"{text}, changed behind Plumb's back")
        origin = self._origin(item.origin)
        if origin is None or origin.address in seen or not origin.acts:
            return Cause(text=text + (", forces replacement" if item.replaces else ""), source=item.source)
        return Cause(text=f"{text}, from {item.origin}", source=item.source, causes=(self.change_cause(origin, seen),))

    def _origin(self, text: str) -> Change | None:
        """The change at the address that an origin begins with; the longest that fits."""
        found = [address for address in self.changes if text == address or text.startswith((f"{address}.", f"{address}["))]
        return self.changes[max(found, key=len)] if found else None

    def needs(self, address: str) -> list[Reference]:
        """What the declaration at the address refers to, with the places."""
        found = self.declaration(address)
        return list(self._references(*found)) if found is not None else []

    def users(self, address: str) -> list[tuple[str, Reference]]:
        """(address of the declaration or output, its reference) of everything that uses the address."""
        node = node_of(parse_address(address).stack, parse_address(address).name)
        found = [
            (node_of(stack.name, declaration.name), reference)
            for stack in self.stacks.stacks.values()
            for declaration in stack.declarations.values()
            for reference in self._references(stack, declaration)
            if reference.node == node
        ]
        for stack in self.stacks.stacks.values():
            for name, output in stack.outputs.items():
                uses = self.graph.linker.of_tree(stack, output.value)
                if node in uses.nodes:
                    source = stack.locator(output.file or stack.file, output.path)
                    found.append((f"output {stack.name}.{name}", Reference(node=node, path="", source=source)))
        return found

    def _references(self, stack: Stack, declaration: Declaration) -> Iterator[Reference]:
        seen: set[tuple[str, str]] = set()
        for base, tree in _trees(declaration):
            for path, template in placed(tree, base):
                for reference in references(template):
                    uses = self.graph.linker.of_reference(stack, reference)
                    through = ".".join([reference.root, *map(str, reference.path[:1])])
                    for node in sorted(uses.nodes):
                        inner = path[len(declaration.path) :]
                        key = (node, render_path(inner))
                        if key not in seen and ":" not in node:
                            seen.add(key)
                            source = stack.locator(declaration.file, path, reference.start, reference.end)
                            yield Reference(
                                node=node,
                                path=render_path(inner),
                                source=source,
                                through=through if reference.root in ("locals", "stacks") else "",
                            )
        for need in declaration.depends_on:
            source = stack.locator(declaration.file, (*declaration.path, "depends_on"))
            yield Reference(node=need, path="depends_on", source=source)


def _trees(declaration: Declaration) -> Iterator[tuple[Path, Tree]]:
    yield declaration.inputs_path, dict(declaration.inputs)
    if declaration.for_each is not None:
        yield (*declaration.path, "for_each"), declaration.for_each
    yield (*declaration.path, "enabled"), declaration.enabled
    for index, patch in enumerate(declaration.bundle.patches if declaration.bundle is not None else ()):
        yield (*declaration.path, "bundle", "patches", index), patch


def placed(tree: Tree, path: Path) -> Iterator[tuple[Path, Template]]:
    """Every expression with its path."""
    if isinstance(tree, Template):
        yield path, tree
    elif isinstance(tree, dict):
        for key, item in tree.items():
            yield from placed(item, (*path, key))
    elif isinstance(tree, list):
        for index, item in enumerate(tree):
            yield from placed(item, (*path, index))
    elif isinstance(tree, Mapped):
        for name, item in tree.entries:
            if isinstance(name, Template):
                yield path, name
            else:
                yield from placed(item, (*path, name))


def _planned(change: Change) -> str:
    from console.render.entries import entry_of
    from engine.plan import Act

    if change.act is Act.NONE and not change.acts:
        return f"{change.address} is as it should be"
    entry = entry_of(change)
    return f"{change.address}: {entry.label}" + (f" ({entry.why})" if entry.why else "")
