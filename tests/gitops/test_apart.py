"""Whose an error is: a stack that cannot be read stops no other, and nothing is ever read by half."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from engine.session import Session
from gitops.apart import Without, load_apart
from providers.kubernetes.provider import Kubernetes
from providers.memory.provider import MemoryProvider
from stacks.load import Commit, Loaded, load
from stacks.tree import MemoryTree, Tree

PLUMB = "repository: acme-test\nenvironments: {dev: {default: true}}\n"
GOOD = "stack: %s\nresources:\n  a: {type: Memory::Thing, properties: {Name: a}}\n"
BUNDLE = "stack: web\nresources:\n  web: {bundle: {path: ./web}}\n"
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


@dataclass(slots=True)
class Opened:
    loaded: Loaded

    def session(self) -> Session:
        raise AssertionError("nothing is planned here")

    def close(self) -> None:
        """Nothing is open."""


def opened(tree: Tree, commit: str) -> Opened:
    readers = {"memory": MemoryProvider(), "kubernetes": Kubernetes()}
    return Opened(load(tree, readers=readers, commit=Commit(id=commit)))


def apart(**files: str) -> tuple[set[str], dict[str, int], int]:
    """(what can be planned, how many errors each broken stack has, how many are nobody's)."""
    written = {
        name.replace("__", "/").replace("_yaml", ".yaml").replace("_plumb", ".plumb"): text for name, text in files.items()
    }
    found = load_apart(opened, MemoryTree({"plumb.yaml": PLUMB, **written}), "c" * 40)
    broken = {name: len(reasons) for name, reasons in found.broken.items()}
    return set() if found.general else set(found.stacks.stacks), broken, len(found.general)


def test_all_is_well() -> None:
    assert apart(a_plumb_yaml=GOOD % "one", b_plumb_yaml=GOOD % "two") == ({"one", "two"}, {}, 0)


@pytest.mark.parametrize(
    "text",
    [
        (GOOD % "two").replace("Thing", "Nothing"),
        (GOOD % "two").replace("Name: a", "Nam: a"),
        (GOOD % "two") + "  a: {type: Memory::Thing}\n",
        "stack: two\nresources: [\n",
        "stack: two\nresourcs: {}\n",
        "stack: two\n\tresources: {}\n",
        "stack: 'two'   # a comment\r\nresources: {a: {}}\r\n",
    ],
)
def test_a_broken_file_breaks_its_stack_alone(text: str) -> None:
    good, broken, general = apart(a_plumb_yaml=GOOD % "one", b_plumb_yaml=text)
    assert (good, set(broken), general) == ({"one"}, {"two"}, 0)


def test_a_stack_with_one_broken_file_of_two_is_left_out_whole() -> None:
    good, broken, general = apart(
        a_plumb_yaml=GOOD % "one", b_plumb_yaml=GOOD % "two", c_plumb_yaml="stack: two\nresources: [\n"
    )
    assert (good, set(broken), general) == ({"one"}, {"two"}, 0)


@pytest.mark.parametrize(
    "text",
    [
        "resources: {}\n",
        "stack:\n  two\nresources: [\n",
        "stack: two\nstack: three\n",
        "stack: ${x}\n",
        "\0",
        "",
    ],
)
def test_a_file_that_does_not_plainly_say_whose_it_is_stops_all(text: str) -> None:
    good, _, general = apart(a_plumb_yaml=GOOD % "one", b_plumb_yaml=text)
    assert good == set()
    assert general >= 1


def test_who_refers_to_a_broken_stack_is_broken_too() -> None:
    uses = "stack: three\nresources:\n  a: {type: Memory::Thing, properties: {Name: '${stacks.two.x}'}}\n"
    two = (GOOD % "two") + "outputs: {x: '${a.Arn}'}\n"
    good, broken, _ = apart(a_plumb_yaml=GOOD % "one", b_plumb_yaml=two.replace("Thing", "Nothing"), c_plumb_yaml=uses)
    assert (good, set(broken)) == ({"one"}, {"two", "three"})


def test_an_entry_of_the_environment_for_a_broken_stack_is_no_error() -> None:
    values = "stacks: {two: {inputs: {}}}\n"
    two = (GOOD % "two").replace("Thing", "Nothing")
    good, broken, general = apart(a_plumb_yaml=GOOD % "one", b_plumb_yaml=two, environments__dev_yaml=values)
    assert (good, set(broken), general) == ({"one"}, {"two"}, 0)


def test_a_broken_manifest_breaks_the_stack_that_takes_it_in() -> None:
    files = {"a_plumb_yaml": GOOD % "one", "b_plumb_yaml": BUNDLE, "web__x_yaml": OBJECT}
    assert apart(**files)[0] == {"one", "web"}
    good, broken, general = apart(**{**files, "web__x_yaml": "apiVersion: [\n"})
    assert (good, set(broken), general) == ({"one"}, {"web"}, 0)


@pytest.mark.parametrize("more", ["nonsense: 1\n", "controller: {apply: sometimes}\n", "stacks: 7\n"])
def test_an_error_of_plumb_yaml_is_everybodys(more: str) -> None:
    found = load_apart(opened, MemoryTree({"plumb.yaml": PLUMB + more, "a.plumb.yaml": GOOD % "one"}), "c" * 40)
    assert found.general


def test_a_hidden_file_is_not_there() -> None:
    tree = Without(MemoryTree({"a": "1", "b": "2"}), frozenset({"a"}))
    assert tree.paths() == ["b"]
    with pytest.raises(KeyError):
        tree.read("a")
