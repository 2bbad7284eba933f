"""plumb.yaml and environments/NAME.yaml: how the repository is run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import translate
from typing import Any, Final

from engine.expressions import nearest, some
from stacks.codes import Code
from stacks.findings import Findings, Place
from stacks.keys import ENVIRONMENT_FILE, PLUMB_FILE
from stacks.structure import Structure
from stacks.tree import Tree
from stacks.yaml.stackfile import read_stack_file

PLUMB: Final = "plumb.yaml"
ENDING: Final = ".plumb.yaml"
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{2,62}\Z")
_ENVIRONMENT_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    name: str
    default: bool = False
    sandbox: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSettings:
    """`url`: "sqlite", or the address of a store. `lease` in seconds; None: the store's own."""

    url: str = "sqlite"
    lease: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllerSettings:
    branch: str = "main"
    interval: float = 60.0
    apply: str = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """`state` by environment; under "" the one for all others."""

    id: str
    stacks: tuple[str, ...] = ("**",)
    state: Mapping[str, StateSettings] = field(default_factory=dict)
    environments: Mapping[str, Environment] = field(default_factory=dict)
    controller: ControllerSettings = field(default_factory=ControllerSettings)

    def state_of(self, environment: str) -> StateSettings:
        return self.state.get(environment) or self.state.get("") or StateSettings()

    @property
    def default_environment(self) -> Environment | None:
        marked = [item for item in self.environments.values() if item.default]
        return marked[0] if marked else None


def read_repository(tree: Tree, findings: Findings) -> Repository | None:
    """None where plumb.yaml is missing or says not even whose state this is."""
    try:
        data = tree.read(PLUMB)
    except KeyError:
        help = "plumb init writes one"
        findings.add(Code.NO_REPOSITORY, "there is no plumb.yaml at the root of this tree", None, help=help)
        return None
    read = read_stack_file(data, PLUMB, findings)
    if not read.complete:
        return None
    fields = Structure(PLUMB, findings).clean(read.tree, PLUMB_FILE, ())
    if not isinstance(fields, dict) or not isinstance(fields.get("repository"), str):
        return None
    return _repository(fields, findings)


def _repository(fields: dict[str, Any], findings: Findings) -> Repository:
    id = fields["repository"]
    if not _ID.match(id):
        summary = f'"{id}" is no repository id: 3 to 63 of a-z, 0-9 and -'
        findings.add(Code.BAD_VALUE, summary, Place(file=PLUMB, path=("repository",)), help="plumb init mints one")
    environments: dict[str, Environment] = {}
    for name, entry in fields.get("environments", {}).items():
        if not _ENVIRONMENT_NAME.match(name):
            place = Place(file=PLUMB, path=("environments", name), on_key=True)
            findings.add(Code.BAD_VALUE, f'"{name}" is no name of an environment: a-z, 0-9, _ and -', place)
        environments[name] = Environment(name=name, default=entry.get("default", False), sandbox=entry.get("sandbox", False))
    if sum(item.default for item in environments.values()) > 1:
        findings.add(Code.BAD_VALUE, "two environments are the default", Place(file=PLUMB, path=("environments",), on_key=True))
    state = _state(fields.get("state", "sqlite"), environments, findings)
    controller = dict(fields.get("controller", {}))
    return Repository(
        id=id,
        stacks=tuple(pattern for _, pattern in fields.get("stacks", [(0, "**")])),
        state=state,
        environments=environments,
        controller=ControllerSettings(**controller),
    )


def _state(written: Any, environments: Mapping[str, Environment], findings: Findings) -> dict[str, StateSettings]:
    if isinstance(written, str):
        return {"": StateSettings(url=written)}
    if "url" in written:
        return {"": StateSettings(url=str(written["url"]), lease=written.get("lease"))}
    found: dict[str, StateSettings] = {}
    for name, entry in written.items():
        if name not in environments:
            near = nearest(name, environments)
            help = f'did you mean "{near}"?' if near else f"there are {some(environments)}"
            place = Place(file=PLUMB, path=("state", name), on_key=True)
            findings.add(Code.UNKNOWN_ENVIRONMENT, f'"{name}" is no environment of this repository', place, help=help)
        elif isinstance(entry, str):
            found[name] = StateSettings(url=entry)
        else:
            found[name] = StateSettings(url=str(entry.get("url", "sqlite")), lease=entry.get("lease"))
    return found


def choose_environment(repository: Repository, name: str | None, findings: Findings) -> Environment | None:
    known = repository.environments
    if name is None:
        if repository.default_environment is not None:
            return repository.default_environment
        summary = "no environment is the default one: --env is required"
        help = f"there are {some(known)}" if known else "declare one in plumb.yaml"
        findings.add(Code.UNKNOWN_ENVIRONMENT, summary, None, help=help)
        return None
    if name in known:
        return known[name]
    near = nearest(name, known)
    help = f'did you mean "{near}"?' if near else f"there are {some(known)}" if known else ""
    findings.add(Code.UNKNOWN_ENVIRONMENT, f'"{name}" is no environment of this repository', None, help=help)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentValues:
    """What environments/NAME.yaml holds. The values are raw: an input's type says what they are."""

    file: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    providers: Mapping[str, Any] = field(default_factory=dict)
    stacks: Mapping[str, Any] = field(default_factory=dict)


def read_environment(tree: Tree, name: str, findings: Findings) -> EnvironmentValues:
    """Empty where there is no such file: an environment may say nothing."""
    file = f"environments/{name}.yaml"
    try:
        data = tree.read(file)
    except KeyError:
        return EnvironmentValues()
    read = read_stack_file(data, file, findings)
    if read.tree is None:
        return EnvironmentValues(file=file)
    fields = Structure(file, findings).clean(read.tree, ENVIRONMENT_FILE, ())
    return EnvironmentValues(file=file, **fields) if isinstance(fields, dict) else EnvironmentValues(file=file)


def stack_files(tree: Tree, patterns: tuple[str, ...]) -> list[str]:
    """The stack files that the patterns name, sorted. A pattern of a folder means all below it."""
    matchers = [re.compile(_expression(pattern)) for pattern in patterns]
    return sorted(
        path
        for path in tree.paths()
        if path.endswith(ENDING) and "/." not in f"/{path}" and any(matcher.match(path) for matcher in matchers)
    )


def _expression(pattern: str) -> str:
    """`**` goes through folders, `*` does not; "stacks" and "stacks/" mean all below."""
    pattern = pattern.removeprefix("./").strip("/")
    if pattern in ("", ".", "**"):
        return ".*"
    parts = []
    for part in pattern.split("/"):
        parts.append("(?:[^/]+/)*" if part == "**" else translate(part)[4:-3].replace(".*", "[^/]*") + "/")
    text = "".join(parts)
    if pattern.endswith("**"):
        return f"{text}[^/]+\\Z"
    return f"{text[:-1]}(?:/.*)?\\Z"
