"""The file in which a running sandbox is found again, and whether the process that it names still lives."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sandbox.settings import ACCESS_KEY, REGION, SECRET_KEY

FILE = "sandbox.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxInfo:
    """How to reach a running sandbox. The keys are fakes, good nowhere else; `token` opens its control API.

    `started` is the kernel's start time of `pid`, so that a pid given to another process is not taken for ours.
    """

    endpoint: str
    pid: int
    started: str
    token: str
    directory: str
    region: str = REGION
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY

    @property
    def kubeconfig(self) -> Path:
        """A kubeconfig of the sandbox's own cluster, beside AWS and its EKS clusters; no file without one."""
        return Path(self.directory) / "kubeconfig.json"

    @property
    def alive(self) -> bool:
        return self.started != "" and start_time(self.pid) == self.started


def default_directory() -> Path:
    """A directory of this user alone: $XDG_RUNTIME_DIR, else the user's cache."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(runtime or cache) / "plumb" / "sandbox"


def start_time(pid: int) -> str:
    """When the process began, in the kernel's own unit; empty where there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "" if Path("/proc/self/stat").exists() else _listed_start_time(pid)
    fields = text.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]


def _listed_start_time(pid: int) -> str:
    done = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def write(info: SandboxInfo) -> None:
    _write(Path(info.directory) / FILE, asdict(info))


def write_kubeconfig(info: SandboxInfo, values: dict[str, Any]) -> None:
    _write(info.kubeconfig, values)


def _write(path: Path, values: dict[str, Any]) -> None:
    """Make the file appear whole or not at all, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as stream:
        json.dump(values, stream)
    os.replace(name, path)


def read(directory: Path) -> SandboxInfo | None:
    """What the file says, whether or not the process lives; None without a file that can be read."""
    try:
        return SandboxInfo(**json.loads((directory / FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def remove(directory: Path) -> None:
    for name in (FILE, "kubeconfig.json"):
        (directory / name).unlink(missing_ok=True)
