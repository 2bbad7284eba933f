"""Where a real Kubernetes control plane is found on this machine, and how one is built where none is.

`python -m tests.kube.control_plane build` puts one into the cache folder unless one is there already;
`... where` prints what the tests would run. Order: KUBEBUILDER_ASSETS, PATH, the cache, Go.
The cache folder is $PLUMB_KUBE_CACHE, else `.cache/kube` in the root of the repository.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

KUBERNETES = "v1.36.3"
KWOK = "v0.7.0"
OLDEST_GO = (1, 26)
GO_PLACES = ("/usr/local/go/bin/go", "/usr/lib/go/bin/go")
MODULE = Path(__file__).parent / "module"
ROOT = Path(__file__).parents[2]
NEEDED = ("kube-apiserver", "etcd")
WORKLOADS = ("kube-controller-manager", "kube-scheduler", "kwok")


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPlane:
    """The programs of a control plane: the name of a part -> the start of its command line.

    `kube-apiserver` and `etcd` are always there; the parts of WORKLOADS only where they were found.
    """

    source: str
    parts: Mapping[str, tuple[str, ...]]

    @property
    def missing_workloads(self) -> tuple[str, ...]:
        """The parts without which no workload comes to life; empty when all are there."""
        return tuple(part for part in WORKLOADS if part not in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """No control plane can be had here, and why, as a sentence for a person."""

    reason: str


def cache_folder() -> Path:
    return Path(os.environ.get("PLUMB_KUBE_CACHE") or ROOT / ".cache" / "kube").resolve()


def find() -> ControlPlane | Missing:
    """What is there already; builds nothing."""
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    for source, path in (("KUBEBUILDER_ASSETS", assets), ("PATH", os.environ.get("PATH"))):
        found = _separate_programs(source, path) if path else None
        if found is not None:
            return found
    if _stamp_file().is_file() and _stamp_file().read_text() == _stamp():
        return _cached()
    return Missing(reason="no real Kubernetes control plane is built: run `make kube`")


def build() -> ControlPlane | Missing:
    """What is there already, else one built with Go into the cache folder; Missing where Go is not found.

    A build that fails raises CalledProcessError; the cache then holds what it held before.
    """
    found = find()
    if isinstance(found, ControlPlane):
        return found
    go = _find_go()
    if isinstance(go, Missing):
        return go
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="build-") as scratch:
        _compile(go, Path(scratch))
        for program in ("control-plane", "kwok"):
            os.replace(Path(scratch) / program, folder / program)
    _stamp_file().write_text(_stamp())
    return _cached()


def _compile(go: str, target: Path) -> None:
    environment = {**os.environ, "GOWORK": "off", "GOBIN": str(target), "GOTOOLCHAIN": "local"}
    build = [go, "build", *_flags(KUBERNETES), "-o", str(target / "control-plane"), "."]
    print(f"building Kubernetes {KUBERNETES} and etcd: about 7 minutes on two cores", flush=True)
    subprocess.run(build, cwd=MODULE, env=environment, check=True)
    print(f"building kwok {KWOK}", flush=True)
    install = [go, "install", "-trimpath", "-ldflags", "-s -w", f"sigs.k8s.io/kwok/cmd/kwok@{KWOK}"]
    subprocess.run(install, cwd=target, env=environment, check=True)


def _flags(version: str) -> list[str]:
    major, minor, _ = version.removeprefix("v").split(".")
    values = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    variables = " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in values.items())
    return ["-trimpath", "-buildvcs=false", "-ldflags", f"-s -w {variables}"]


def _find_go() -> str | Missing:
    oldest = ".".join(map(str, OLDEST_GO))
    candidates = [shutil.which("go"), *GO_PLACES]
    for candidate in filter(None, candidates):
        if not Path(candidate).is_file():
            continue
        # From / so that no go.mod around us makes an older Go fetch another toolchain.
        said = subprocess.run([candidate, "version"], capture_output=True, text=True, cwd="/", check=False)
        version = re.search(r"go(\d+)\.(\d+)", said.stdout)
        if version and (int(version[1]), int(version[2])) >= OLDEST_GO:
            return candidate
    return Missing(reason=f"no kube-apiserver and etcd found, and no Go {oldest} or newer to build them")


def _separate_programs(source: str, path: str) -> ControlPlane | None:
    parts = {part: shutil.which(part, path=path) for part in (*NEEDED, *WORKLOADS)}
    if not all(parts[part] for part in NEEDED):
        return None
    return ControlPlane(source=source, parts={part: (at,) for part, at in parts.items() if at})


def _cached() -> ControlPlane:
    folder = cache_folder()
    one = str(folder / "control-plane")
    parts = {part: (one, part) for part in (*NEEDED, "kube-controller-manager", "kube-scheduler")}
    return ControlPlane(source=str(folder), parts={**parts, "kwok": (str(folder / "kwok"),)})


def _stamp_file() -> Path:
    return cache_folder() / "built-from"


def _stamp() -> str:
    """Changes with whatever a build is made from."""
    digest = hashlib.sha256(f"{KUBERNETES} {KWOK}".encode())
    for name in ("go.mod", "go.sum", "main.go"):
        digest.update((MODULE / name).read_bytes())
    return digest.hexdigest()


def main(arguments: list[str]) -> int:
    if arguments not in (["build"], ["where"]):
        print("usage: python -m tests.kube.control_plane build|where", file=sys.stderr)
        return 2
    found = build() if arguments == ["build"] else find()
    if isinstance(found, Missing):
        print(f"{found.reason}; the tests on a real control plane will be skipped")
        return 0
    for part, command in found.parts.items():
        print(f"{part}: {' '.join(command)}")
    if found.missing_workloads:
        print(f"not found in {found.source}: {', '.join(found.missing_workloads)}; workload tests will be skipped")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
