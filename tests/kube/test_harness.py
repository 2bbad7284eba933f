"""The harness itself: where a control plane is found, and that nothing of it stays behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kube import control_plane
from tests.kube.client import until
from tests.kube.control_plane import ControlPlane, Missing


def program(folder: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("#!/bin/sh\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nothing is found: the folder is an empty PATH and an empty cache."""
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("PLUMB_KUBE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    return tmp_path


def test_nothing_is_found(nothing: Path) -> None:
    assert control_plane.find() == Missing(reason="no real Kubernetes control plane is built: run `make kube`")


def test_assets_come_before_path(nothing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("path", "assets"):
        for name in ("kube-apiserver", "etcd"):
            program(nothing / folder, name)
    found = control_plane.find()
    assert isinstance(found, ControlPlane)
    assert found.source == "PATH"
    assert found.parts["etcd"] == (str(nothing / "path" / "etcd"),)
    assert found.missing_workloads == ("kube-controller-manager", "kube-scheduler", "kwok")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(nothing / "assets"))
    found = control_plane.find()
    assert isinstance(found, ControlPlane)
    assert found.source == "KUBEBUILDER_ASSETS"


def test_one_program_alone_is_not_enough(nothing: Path) -> None:
    program(nothing / "path", "etcd")
    assert isinstance(control_plane.find(), Missing)


def test_a_cache_built_from_something_else_is_not_used(nothing: Path) -> None:
    for name in ("control-plane", "kwok"):
        program(nothing / "cache", name)
    (nothing / "cache" / "built-from").write_text("something else")
    assert isinstance(control_plane.find(), Missing)
    (nothing / "cache" / "built-from").write_text(control_plane._stamp())
    found = control_plane.find()
    assert isinstance(found, ControlPlane)
    assert found.parts["kube-apiserver"] == (str(nothing / "cache" / "control-plane"), "kube-apiserver")
    assert found.missing_workloads == ()


def test_what_is_found_is_not_built(nothing: Path) -> None:
    for name in ("kube-apiserver", "etcd"):
        program(nothing / "path", name)
    assert control_plane.build() == control_plane.find()


def test_without_go_nothing_is_built(nothing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_plane, "GO_PLACES", ())
    assert control_plane.build() == Missing(reason="no kube-apiserver and etcd found, and no Go 1.26 or newer to build them")


def test_the_module_names_one_version_of_everything() -> None:
    text = (control_plane.MODULE / "go.mod").read_text()
    staged = [line for line in text.splitlines() if "=>" in line]
    assert len(staged) > 30
    assert all(line.split()[0] == line.split()[2] and line.split()[3] == "v0.36.3" for line in staged)
    assert f"k8s.io/kubernetes {control_plane.KUBERNETES}" in text


def test_processes_die_with_a_killed_test_run(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from tests.kube.processes import Processes\n"
        "started = Processes(folder=Path(sys.argv[1])); started.start('sleeper', ['sleep', '600'])\n"
        "print(started.running[0][1].pid, flush=True); time.sleep(600)\n"
    )
    if sys.platform != "linux":
        pytest.skip("only Linux tells a child of its parent's death")
    command = [sys.executable, "-c", code, str(tmp_path)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=control_plane.ROOT)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: not _alive(child), "the sleeper is gone", 10)


def _alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z" and os.path.exists(f"/proc/{process}")
