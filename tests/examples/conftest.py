"""One sandbox for all tests of a process, emptied before each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest

from sandbox import process
from sandbox.client import Client
from sandbox.runtime import SandboxInfo
from tests.examples.place import EXAMPLES, Place, place

Opened = Callable[[str], Place]


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxInfo]:
    if find_spec("moto") is None:
        pytest.skip("the sandbox extra is not installed")
    with process.running() as info:
        yield info


@pytest.fixture
def cloud(sandbox: SandboxInfo) -> SandboxInfo:
    Client(sandbox).reset()
    return sandbox


@pytest.fixture
def example(cloud: SandboxInfo, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Opened]:
    """A copy of an example by its name, on the empty sandbox."""
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(place(EXAMPLES / name, tmp_path, capsys, cloud))
