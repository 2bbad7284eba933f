"""load(tree, environment) -> stacks: everything that is wanted, and everything that is wrong, before any cloud is asked."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from engine.expressions import DYN, ObjectOf, Type, nearest, some
from engine.stack import Origin, Stack, Stacks
from providers.contract.diagnostic import Diagnostic
from providers.contract.provider import Reader
from stacks.build import Building
from stacks.catalog import Catalog
from stacks.codes import Code
from stacks.draft import Draft, Drafts
from stacks.findings import Findings, Place
from stacks.inputs import Variables
from stacks.instances import Instances
from stacks.kinds import LazyTypes, Section, TypeShapes
from stacks.locate import TreeLocator
from stacks.relations import Identities, Relations, check_moves
from stacks.repository import (
    Environment,
    EnvironmentValues,
    Repository,
    choose_environment,
    read_environment,
    read_repository,
    stack_files,
)
from stacks.tree import Tree
from stacks.values import InputValues


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """`stacks` holds what was asked for, as far as it could be understood: only to be used where `failed` is False.

    `files` counts the files that were read; `repository` and `environment` are None where they are not known.
    """

    stacks: Stacks
    diagnostics: tuple[Diagnostic, ...] = ()
    repository: Repository | None = None
    environment: Environment | None = None
    files: int = 0

    @property
    def failed(self) -> bool:
        return any(item.is_error for item in self.diagnostics)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """Where the tree comes from. `id` is empty outside a repository; `uncommitted` for a work tree."""

    id: str = ""
    uncommitted: bool = False


@dataclass(slots=True)
class _Loading:
    tree: Tree
    readers: Mapping[str, Reader]
    variables: Variables
    check_only: bool
    findings: Findings = field(default_factory=Findings)
    buildings: dict[str, Building] = field(default_factory=dict)
    built: dict[str, Stack] = field(default_factory=dict)

    def build(self, drafts: Drafts, environment: EnvironmentValues, select: frozenset[str]) -> None:
        siblings = {file: tuple(draft.files) for draft in drafts.stacks.values() for file in draft.files}
        locator = TreeLocator(self.tree, siblings)
        catalog = Catalog(self.readers, self.findings)
        shapes = TypeShapes()
        instances = Instances(frozenset(self.readers), environment, self.findings)
        names = sorted(drafts.stacks)
        types = LazyTypes(names, self._stack_type)
        for name in names:
            building = Building(
                draft=drafts.stacks[name],
                files=self.tree,
                findings=self.findings,
                readers=self.readers,
                catalog=catalog,
                shapes=shapes,
                locator=locator,
                stacks=types,
                instances=instances,
                silent=drafts.lost or drafts.stacks[name].incomplete,
            )
            self.buildings[name] = building
            building.prepare()
        if drafts.lost or any(draft.incomplete for draft in drafts.stacks.values()):
            for building in self.buildings.values():
                building.names["stacks"] = DYN
        values = InputValues(drafts.stacks, environment, self.variables, self.findings, self.check_only)
        identities = Identities(readers=self.readers, findings=self.findings)
        for name, building in self.buildings.items():
            stack = building.build(values.of(name, not select or name in select))
            self.built[name] = stack
            self._provider_checks(building, stack)
            identities.check(stack, building.values)
            building.values = {}
        values.check_names()
        instances.check_environment()
        self._relations(drafts)

    def _stack_type(self, name: str) -> Type:
        building = self.buildings[name]
        if building.draft.incomplete:
            return DYN
        return ObjectOf(Section(f"stack {name}", LazyTypes(building.output_entries, building.output_type)))

    def _provider_checks(self, building: Building, stack: Stack) -> None:
        """The rules of each provider that a schema cannot say."""
        for name, declaration in stack.declarations.items():
            header = building.headers[name]
            reader = self.readers.get(header.kind)
            if reader is None:
                continue
            if header.schema is not None and declaration.form.value == "resource":
                for diagnostic in reader.check(declaration.type, building.values.get(name, {})):
                    refused = bool(diagnostic.path) and diagnostic.path[0] in header.schema.refused
                    path = (*declaration.inputs_path, *diagnostic.path)
                    place = Place(file=declaration.file, path=path, on_key=refused or not diagnostic.path)
                    self.findings.adopt(diagnostic, place, address=f"{stack.name}.{name}")
            elif declaration.bundle is not None:
                for item in declaration.bundle.objects:
                    if isinstance(reader.schema(item.type), Diagnostic):
                        continue
                    for diagnostic in reader.check(item.type, item.inputs):
                        address = f"{stack.name}.{name}/{item.object}"
                        self.findings.adopt(diagnostic.located(item.source), None, address=address)

    def _relations(self, drafts: Drafts) -> None:
        needs = {name: building.needs for name, building in self.buildings.items()}
        Relations(stacks=self.built, needs=needs, findings=self.findings).check()
        check_moves(self.built, drafts.stacks, self.findings)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Loading makes many objects and no garbage in cycles: looking for it takes a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def load(
    tree: Tree,
    environment: str | None = None,
    *,
    readers: Mapping[str, Reader],
    variables: Variables | None = None,
    select: Sequence[str] = (),
    commit: Commit | None = None,
    check_only: bool = False,
) -> Loaded:
    """Every stack file is read and checked; `select` names the stacks that are handed over (none: all).

    `check_only`: nobody has to name an environment or give an input: files are looked at, not planned.
    """
    with _uncollected():
        return _load(_Loading(tree, readers, variables or Variables(), check_only), environment, select, commit or Commit())


def _load(loading: _Loading, environment: str | None, select: Sequence[str], commit: Commit) -> Loaded:
    tree, check_only = loading.tree, loading.check_only
    findings = loading.findings
    repository = read_repository(tree, findings)
    chosen: Environment | None = None
    if repository is not None:
        if not (check_only and environment is None):
            chosen = choose_environment(repository, environment, findings)
        else:
            chosen = repository.default_environment
    values = read_environment(tree, chosen.name, findings) if chosen is not None else EnvironmentValues()
    drafts = Drafts(tree, findings)
    files = stack_files(tree, repository.stacks) if repository is not None else []
    for file in files:
        drafts.read(file)
    _check_selection(select, drafts.stacks, values, findings)
    loading.build(drafts, values, frozenset(select))
    origin = Origin(
        repository=repository.id if repository is not None else "",
        environment=chosen.name if chosen is not None else "",
        commit=commit.id,
        digest=tree.digest,
        uncommitted=commit.uncommitted,
    )
    wanted = {name: stack for name, stack in sorted(loading.built.items()) if not select or name in select}
    return Loaded(
        stacks=Stacks(origin=origin, stacks=wanted, known=frozenset(loading.built)),
        diagnostics=tuple(findings.diagnostics(TreeLocator(tree))),
        repository=repository,
        environment=chosen,
        files=len(files) + (repository is not None) + bool(values.file),
    )


def _check_selection(
    select: Sequence[str], drafts: Mapping[str, Draft], environment: EnvironmentValues, findings: Findings
) -> None:
    for name in select:
        if name not in drafts:
            near = nearest(name, drafts)
            help = f'did you mean "{near}"?' if near else f"there are {some(drafts)}" if drafts else ""
            findings.add(Code.UNKNOWN_STACK, f'there is no stack "{name}"', None, help=help)
    for name in environment.stacks:
        if name not in drafts:
            near = nearest(name, drafts)
            help = f'did you mean "{near}"?' if near else ""
            place = Place(file=environment.file, path=("stacks", name), on_key=True)
            findings.add(Code.UNKNOWN_STACK, f'there is no stack "{name}"', place, help=help)
