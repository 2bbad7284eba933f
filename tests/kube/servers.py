"""The two servers of the behaviour suite, each started once a process, when first asked for.

Other suites use them too: `real()` and `embedded()` give a Server or the reason why there is none.
"""

from __future__ import annotations

import atexit
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.kube import control_plane
from tests.kube.client import Client
from tests.kube.cluster import Machine
from tests.kube.control_plane import ControlPlane, Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A Kubernetes API with one administrator. `without`: what keeps workloads from coming to life on it, or None."""

    name: str
    kubeconfig: Mapping[str, Any]
    client: Client
    without: str | None


def real(cluster: str = "first") -> Server | Missing:
    """A cluster on the real control plane of this process; each name is a cluster of its own.

    Only the one called `first` has workloads that come to life.
    """
    found = control_plane.find()
    if isinstance(found, Missing):
        return found
    return _real(found.source, cluster)


@functools.cache
def embedded(cluster: str = "first") -> Server:
    """An embedded cluster of the sandbox; each name is a cluster of its own."""
    from sandbox.kubernetes.server import KubernetesServer

    server = KubernetesServer(name=cluster)
    server.start()
    atexit.register(server.stop)
    config = server.kubeconfig()
    return Server(name="embedded", kubeconfig=config, client=Client.of_kubeconfig(config), without=None)


@functools.cache
def _machine() -> Machine:
    found = control_plane.find()
    assert isinstance(found, ControlPlane)
    machine = Machine.start(found)
    atexit.register(machine.stop)
    return machine


@functools.cache
def _real(source: str, cluster: str) -> Server:
    machine = _machine()
    lacks = machine.control_plane.missing_workloads
    made = machine.cluster(cluster, workloads=cluster == "first" and not lacks)
    return Server(
        name="real",
        kubeconfig=made.kubeconfig(),
        client=made.client(),
        without=None if made.workloads else f"{source} has no {', '.join(lacks) or 'workloads there'}",
    )
