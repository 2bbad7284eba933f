"""A small repository on disk, and the command run in this process as a user would run it."""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from console.main import run

PLUMB = """\
repository: test-repository
stacks: ["stacks/**"]
environments: {dev: {default: true}, prod: {}}
"""

SHOP = """\
stack: shop
inputs:
  zones: {type: map, items: {type: integer}, default: {a: 1, b: 2}}
  size: {type: integer, default: 3}
providers:
  memory: {path: ./world.db}
resources:
  net:
    type: Memory::Thing
    properties: {Name: net, Size: "${inputs.size}", Zone: east}
  sub:
    type: Memory::Thing
    for_each: ${inputs.zones}
    properties: {Name: "sub-${each.key}", Value: "${net.Id}", Size: "${each.value}"}
  db:
    type: Memory::Store
    properties: {Name: db, Labels: {net: "${net.Id}"}}
outputs:
  net: ${net.Id}
"""


@dataclass(frozen=True, slots=True)
class Result:
    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@dataclass(slots=True)
class Repository:
    """`state` is where journals go; nothing outside of `root` and `state` is touched."""

    root: Path
    state: Path
    environ: dict[str, str] = field(default_factory=dict)

    def write(self, path: str, text: str) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def edit(self, path: str, before: str, after: str) -> None:
        text = (self.root / path).read_text()
        assert before in text
        self.write(path, text.replace(before, after))

    def run(self, *arguments: str, given: str = "", terminal: bool = False) -> Result:
        """`given` is standard input; `terminal` says that it is one."""
        out, err = io.StringIO(), io.StringIO()
        stdin = io.StringIO(given)
        stdin.isatty = lambda: terminal  # type: ignore[method-assign]
        environ = {"PATH": os.environ["PATH"], "HOME": str(self.state), "XDG_STATE_HOME": str(self.state), **self.environ}
        streams = (contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), mock.patch("sys.stdin", stdin))
        with self._inside(environ), streams[0], streams[1], streams[2]:
            status = run(arguments)
        return Result(status, out.getvalue(), err.getvalue())

    @contextlib.contextmanager
    def _inside(self, environ: Mapping[str, str]) -> Iterator[None]:
        before = Path.cwd()
        os.chdir(self.root)
        try:
            with mock.patch.dict(os.environ, environ, clear=True):
                yield
        finally:
            os.chdir(before)

    def good(self, *arguments: str, given: str = "", terminal: bool = False) -> Result:
        found = self.run(*arguments, given=given, terminal=terminal)
        assert found.status == 0, f"{arguments}: {found.status}\n{found.out}\n{found.err}"
        return found


def settled(text: str, repository: Repository) -> str:
    """Without what differs from run to run: paths, times, digests."""
    text = text.replace(str(repository.state), "STATE").replace(str(repository.root), "ROOT")
    text = re.sub(r"\d+ (s|min|h) ago", "TIME ago", text)
    text = re.sub(r"after \d+\.\d s", "after TIME", text)
    return re.sub(r"digest [0-9a-f]{8}", "digest DIGEST", text)
