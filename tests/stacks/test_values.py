"""Inputs: precedence, types, secrets, and names that are misspelt."""

from __future__ import annotations

import pytest

from providers.contract.values import Secret, Unknown
from stacks.inputs import Variables
from tests.stacks.support import PLUMB, good, loaded, told

STACK = """\
stack: shop
inputs:
  size: {type: string, default: default}
  key: {type: string, sensitive: true, default: none}
"""
ENVIRONMENT = "inputs: {size: environment}\n"
ENTRY = ENVIRONMENT + "stacks: {shop: {inputs: {size: entry}}}\n"


def size(environment: str = "", variables: Variables | None = None, name: str = "size") -> object:
    files = {"stacks/shop.plumb.yaml": STACK, "environments/dev.yaml": environment}
    return good(files, variables=variables).stacks.stacks["shop"].inputs[name]


def test_what_goes_before_what() -> None:
    file = ("x.yaml", b"size: file")
    assert size() == "default"
    assert size(ENVIRONMENT) == "environment"
    assert size(ENTRY) == "entry"
    assert size(ENTRY, Variables(environment={"size": "variable"})) == "variable"
    assert size(ENTRY, Variables(environment={"size": "variable"}, files=(file,))) == "file"
    assert size(ENTRY, Variables(files=(file, ("y.yaml", b"shop.size: later")))) == "later"
    assert size(ENTRY, Variables(files=(file,), arguments={"size": "argument"})) == "argument"
    assert size(ENTRY, Variables(arguments={"size": "all", "shop.size": "own"})) == "own"


def test_the_folder_of_variables_serves_secrets_alone() -> None:
    folder = {"size": "folder", "key": "hidden\n"}
    assert size(variables=Variables(folder=folder)) == "default"
    assert size(variables=Variables(folder=folder), name="key") == Secret("hidden")
    assert size(variables=Variables(folder=folder, environment={"key": "x"}), name="key") == Secret("x")


def test_text_is_read_by_the_type() -> None:
    text = """\
stack: shop
inputs:
  count: {type: integer}
  names: {type: list, items: {type: string}}
  zones: {type: map, items: {type: integer}}
  version: {type: string}
  any: {}
  waf: {type: string, default: null}
"""
    arguments = {"count": "3", "names": "[1.30, b]", "zones": "{a: 1}", "version": "1.30", "any": "true"}
    inputs = good(text, variables=Variables(arguments=arguments)).stacks.stacks["shop"].inputs
    assert inputs == {"count": 3, "names": ["1.30", "b"], "zones": {"a": 1}, "version": "1.30", "any": True, "waf": None}


def test_values_that_do_not_fit_name_where_they_come_from() -> None:
    text = "stack: shop\ninputs: {count: {type: integer, maximum: 5}}\n"
    assert "--var count: " in told(loaded(text, variables=Variables(arguments={"count": "many"})))
    assert "PLUMB_VAR_count: " in told(loaded(text, variables=Variables(environment={"count": "6"})))
    files = {"stacks/shop.plumb.yaml": text, "environments/dev.yaml": "inputs: {count: x}\n"}
    assert "environments/dev.yaml:1:17" in told(loaded(files))


def test_a_secret_value_is_never_told() -> None:
    text = "stack: shop\ninputs: {key: {type: integer, sensitive: true, pattern: '^a'}}\n"
    shown = told(loaded(text, variables=Variables(environment={"key": "hunter2"})))
    assert "hunter2" not in shown
    assert "its value" in shown


@pytest.mark.parametrize(
    ("files", "variables", "expected"),
    [
        ({"environments/dev.yaml": "inputs: {siz: 3}\n"}, None, 'no stack has an input "siz"'),
        ({"environments/dev.yaml": "stacks: {shop: {inputs: {siz: 3}}}\n"}, None, 'stack shop has no input "siz"'),
        ({"environments/dev.yaml": "stacks: {shp: {}}\n"}, None, 'there is no stack "shp"'),
        ({"environments/dev.yaml": "providers: {awss: {}}\n"}, None, 'no stack has a provider instance "awss"'),
        ({}, Variables(arguments={"siz": "3"}), 'did you mean "size"?'),
        ({}, Variables(environment={"siz": "3"}), 'no stack has an input "siz"'),
        ({}, Variables(files=(("v.yaml", b"siz: 1"),)), 'no stack has an input "siz"'),
        ({}, Variables(files=(("v.yaml", b"- a"),)), "v.yaml is a mapping of input to value"),
    ],
)
def test_names_that_nothing_has(files: dict[str, str], variables: Variables | None, expected: str) -> None:
    assert expected in told(loaded({"stacks/shop.plumb.yaml": STACK, **files}, variables=variables))


def test_a_missing_value_counts_only_for_stacks_that_are_asked_for() -> None:
    files = {
        "stacks/a.plumb.yaml": "stack: a\ninputs: {x: {type: string}}\n",
        "stacks/b.plumb.yaml": "stack: b\n",
    }
    assert loaded(files).failed
    result = good(files, select=["b"])
    assert list(result.stacks.stacks) == ["b"]
    assert result.stacks.known == {"a", "b"}
    assert good(files, check_only=True).stacks.stacks["a"].inputs == {"x": Unknown(kind="string")}


def test_a_deprecated_input_warns_whoever_sets_it() -> None:
    text = "stack: shop\ninputs: {old: {default: 1, deprecated: use new}}\n"
    good(text)
    result = loaded(text, variables=Variables(arguments={"old": "2"}))
    assert not result.failed
    assert told(result).startswith('warning[P0224]: input "old" is deprecated: use new')


def test_an_environment_is_required_and_known() -> None:
    files = {"plumb.yaml": PLUMB.replace("{default: true}", "{}"), "stacks/shop.plumb.yaml": "stack: shop\n"}
    assert "--env is required" in told(loaded(files))
    good(files, check_only=True)
    assert good(files, environment="prod").stacks.origin.environment == "prod"
    assert 'did you mean "prod"?' in told(loaded(files, environment="prd"))


def test_settings_of_providers_by_environment() -> None:
    files = {
        "stacks/shop.plumb.yaml": "stack: shop\nproviders: {memory: {seed: 1, tags: {a: x, zip: 0042}}}\n",
        "environments/dev.yaml": "providers: {memory: {seed: 2, tags: {b: y}}}\n"
        "stacks: {shop: {providers: {memory: {seed: 3}}}}\n",
    }
    instance = good(files).stacks.stacks["shop"].providers["memory"]
    assert instance.settings == {"seed": 3}
    assert instance.tags == {"a": "x", "zip": "0042", "b": "y"}


def test_the_file_of_the_repository() -> None:
    text = """\
repository: acme-platform
stacks: [infra, "apps/*"]
state: {dev: sqlite, prod: {url: "postgresql://plumb@db.internal/plumb", lease: 90s}}
environments: {dev: {default: true, sandbox: true}, prod: {}}
controller: {branch: live, interval: 5m, apply: approve}
"""
    files = {
        "plumb.yaml": text,
        "infra/deep/a.plumb.yaml": "stack: a\n",
        "apps/x/b.plumb.yaml": "stack: b\n",
        "other/c.plumb.yaml": "stack: c\n",
        "infra/.hidden/d.plumb.yaml": "stack: d\n",
    }
    result = good(files)
    repository = result.repository
    assert repository is not None
    assert result.stacks.known == {"a", "b"}
    assert repository.state_of("prod").url == "postgresql://plumb@db.internal/plumb"
    assert repository.state_of("prod").lease == 90
    controller = repository.controller
    assert (controller.branch, controller.interval, controller.apply) == ("live", 300, "approve")
    assert result.environment is not None
    assert result.environment.sandbox


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, "there is no plumb.yaml"),
        ("repository: A B\n", '"A B" is no repository id'),
        ("stacks: []\n", 'plumb.yaml needs "repository"'),
        ("repository: acme-1\nenvironment: {}\n", 'did you mean "environments"?'),
        ("repository: acme-1\nstate: {prd: sqlite}\nenvironments: {prod: {}}\n", 'did you mean "prod"?'),
        ("repository: acme-1\nenvironments: {a: {default: true}, b: {default: true}}\n", "two environments are the default"),
        ("repository: acme-1\ncontroller: {apply: always}\n", '"apply" is one of auto, approve, not "always"'),
        ("repository: [\n", "P0101"),
    ],
)
def test_what_is_wrong_with_it(text: str | None, expected: str) -> None:
    from providers.memory.provider import MemoryProvider
    from stacks.load import load
    from stacks.tree import MemoryTree

    result = load(MemoryTree({} if text is None else {"plumb.yaml": text}), readers={"memory": MemoryProvider()})
    assert expected in told(result)
