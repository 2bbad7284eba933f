"""What the tests of stack files share: a tree in memory, the real readers, and their checks as text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from providers.contract.provider import Reader
from providers.memory.provider import MemoryProvider
from stacks.excerpt import Counts, render
from stacks.load import Loaded, load
from stacks.tree import MemoryTree

PLUMB = 'repository: acme-platform\nstacks: ["stacks/**"]\nenvironments: {dev: {default: true}, prod: {}}\n'


@cache
def readers() -> Mapping[str, Reader]:
    from providers.aws.provider import Aws
    from providers.kubernetes.provider import Kubernetes

    return {"aws": Aws(), "kubernetes": Kubernetes(), "memory": MemoryProvider()}


MEMORY: Mapping[str, Reader] = {"memory": MemoryProvider()}


def loaded(files: Mapping[str, str | bytes] | str, **options: Any) -> Loaded:
    """A text alone is the one stack file of the tree. Readers: memory alone, unless told otherwise."""
    named = {"stacks/shop.plumb.yaml": files} if isinstance(files, str) else dict(files)
    options.setdefault("readers", MEMORY)
    return load(MemoryTree({"plumb.yaml": PLUMB, **named}), **options)


def told(result: Loaded) -> str:
    """As the console prints it."""
    return render(result.diagnostics, Counts(files=result.files))


def good(files: Mapping[str, str | bytes] | str, **options: Any) -> Loaded:
    result = loaded(files, **options)
    assert not result.diagnostics, told(result)
    return result
