"""What is wanted: everything declared under one name at one commit, as the stack loader hands it over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias, Union

from engine.expressions import Template
from providers.contract.diagnostic import Source
from providers.contract.values import Path, Value

Tree: TypeAlias = Union[Value, Template, "Mapped", "list[Tree]", "dict[str, Tree]"]
"""A value tree with expressions at its leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """A mapping with at least one key that is an expression. An unknown key makes the whole mapping unknown."""

    entries: tuple[tuple[Template | str, Tree], ...]


class Locator(Protocol):
    """Finds the place of a path of a stack file again; reads and parses only when asked, which is rarely."""

    def __call__(self, file: str, path: Path, start: int = 0, end: int = 0) -> Source:
        """The nearest place there is: of the key where the value has none, of the parent where nothing is there.

        `start` and `end` (exclusive; both 0: the whole value) are offsets in the decoded text of a scalar.
        """
        ...


class Form(StrEnum):
    RESOURCE = "resource"
    BUNDLE = "bundle"
    READ = "read"
    LIST = "list"


class OnDelete(StrEnum):
    DESTROY = "destroy"
    RETAIN = "retain"


class Drift(StrEnum):
    HEAL = "heal"
    REPORT = "report"


class Adopt(StrEnum):
    """Live objects that nobody recorded: refused; taken over where their owner tags are ours; taken over."""

    REFUSE = "refuse"
    OURS = "ours"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """`grace` in seconds, 0 for none. `create_first` None: as the type allows. `replace_when`: local references
    (`image`, `boot.Id`) whose change replaces this resource."""

    protect: bool = False
    on_delete: OnDelete = OnDelete.DESTROY
    grace: float = 0.0
    create_first: bool | None = None
    ignore: tuple[Path, ...] = ()
    replace_when: tuple[Template, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds; None: the engine's default for that operation."""

    create: float | None = None
    update: float | None = None
    delete: float | None = None
    ready: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Must be true; `message` is told where it is not."""

    rule: Template
    message: Tree
    file: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleObject:
    """One manifest of a bundle, as it is in its file (kubectl's dialect), before patches.

    `object` is the last part of its address: "Kind[.group]/namespace/name".
    """

    object: str
    type: str
    inputs: dict[str, Value]
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    path: str
    objects: tuple[BundleObject, ...]
    patches: tuple[Tree, ...] = ()


DEFAULT_LIFECYCLE = Lifecycle()
DEFAULT_TIMEOUTS = Timeouts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One entry under `resources`. It becomes none, one or several resources when it is expanded.

    `type`: "AWS::SQS::Queue"; "apps/v1/Deployment" for an object; empty for a bundle. `provider` is the name of an
    instance of the stack; the kind's own name is always one. `inputs` are the properties, the object, or what
    `read`/`list` asks for. `depends_on` are addresses, of this stack or of another, or prefixes of addresses.
    `path` is its place in `file`, its name at `line` and `column` (from 1); the inputs are below `inputs_path`.
    """

    name: str
    form: Form
    type: str
    provider: str
    file: str
    path: Path
    line: int = 0
    column: int = 0
    inputs: dict[str, Tree] = field(default_factory=dict)
    inputs_path: Path = ()
    for_each: Tree | None = None
    enabled: Tree = True
    depends_on: tuple[str, ...] = ()
    lifecycle: Lifecycle = DEFAULT_LIFECYCLE
    ready: Template | None = None
    import_identity: Tree | None = None
    timeouts: Timeouts = DEFAULT_TIMEOUTS
    before: tuple[Rule, ...] = ()
    after: tuple[Rule, ...] = ()
    bundle: Bundle | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderDeclaration:
    """One provider instance. `settings` is what its kind understands; the rest concerns the engine.

    `signature_life` and `listing_lag` in seconds, None: the kind's own. `implicit`: nobody wrote it down.
    """

    name: str
    kind: str
    settings: dict[str, Tree] = field(default_factory=dict)
    tags: dict[str, Tree] = field(default_factory=dict)
    parallelism: int | None = None
    signature_life: float | None = None
    listing_lag: float | None = None
    file: str = ""
    path: Path = ()
    implicit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    value: Tree
    sensitive: bool = False
    description: str = ""
    file: str = ""
    path: Path = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Recorded addresses at or under `from_` are now at `to`, with what follows kept. Both may name another stack."""

    from_: str
    to: str
    file: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """`keep` True: forgotten, and left alive; False: deleted."""

    from_: str
    keep: bool
    file: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Everything under one `stack:` name. `inputs` are final values, checked, the sensitive ones as Secret."""

    name: str
    locator: Locator
    file: str
    inputs: dict[str, Value] = field(default_factory=dict)
    locals: dict[str, Tree] = field(default_factory=dict)
    files: dict[str, Value] = field(default_factory=dict)
    providers: dict[str, ProviderDeclaration] = field(default_factory=dict)
    declarations: dict[str, Declaration] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)
    checks: tuple[Rule, ...] = ()
    moved: tuple[Moved, ...] = ()
    removed: tuple[Removed, ...] = ()
    drift: Drift = Drift.HEAL
    observe_only: bool = False
    adopt: Adopt = Adopt.REFUSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where the stacks were read. `commit` is the base commit where `uncommitted`, and empty outside a repository.

    `digest` is that of the tree as it was read.
    """

    repository: str
    environment: str
    commit: str = ""
    digest: str = ""
    uncommitted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stacks:
    """One or more stacks at one commit, in name order. `known` names every stack of the commit, loaded or not."""

    origin: Origin
    stacks: Mapping[str, Stack]
    known: frozenset[str] = frozenset()
