"""Real Kubernetes clusters for tests: one etcd, and as many API servers on it as are asked for.

    with Machine.start(control_plane) as machine:
        first = machine.cluster("first", workloads=True)
        second = machine.cluster("second", workloads=False)

Each cluster has its own prefix in etcd, hence its own kube-system UID. With `workloads` a controller
manager, a scheduler and a kwok node run too, and `stand_ins` plays the load balancer and the volume binder.
"""

from __future__ import annotations

import base64
import json
import secrets
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3

from tests.kube import certificates
from tests.kube.client import Client, until
from tests.kube.control_plane import ControlPlane
from tests.kube.processes import HeldPort, Processes
from tests.kube.stand_ins import StandIns

READY_SECONDS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A running cluster; its administrator is the only user, by bearer token."""

    name: str
    server: str
    token: str
    authority: str
    workloads: bool

    def kubeconfig(self) -> dict[str, Any]:
        data = base64.b64encode(self.authority.encode()).decode()
        cluster = {"server": self.server, "certificate-authority-data": data}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": self.name,
            "contexts": [{"name": self.name, "context": {"cluster": self.name, "user": self.name}}],
            "clusters": [{"name": self.name, "cluster": cluster}],
            "users": [{"name": self.name, "user": {"token": self.token}}],
        }

    def client(self) -> Client:
        return Client.open(self.server, self.token, self.authority)


@dataclass(slots=True, kw_only=True)
class Machine:
    """The processes, ports, threads and files of all clusters; `stop` leaves nothing of them."""

    control_plane: ControlPlane
    folder: Path
    processes: Processes
    certificates: certificates.Certificates
    authority: str
    ports: list[HeldPort] = field(default_factory=list)
    stand_ins: list[StandIns] = field(default_factory=list)

    @staticmethod
    def start(control_plane: ControlPlane) -> Machine:
        """etcd is started, not yet ready: an API server waits for it by itself."""
        folder = Path(tempfile.mkdtemp(prefix="plumb-kube-"))
        files = certificates.make(folder / "certificates")
        machine = Machine(
            control_plane=control_plane,
            folder=folder,
            processes=Processes(folder=folder),
            certificates=files,
            authority=files.authority.read_text(),
        )
        try:
            machine._start_etcd()
        except BaseException:
            machine.stop()
            raise
        return machine

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        for stand_ins in self.stand_ins:
            stand_ins.stop()
        self.processes.stop()
        for port in self.ports:
            port.release()
        shutil.rmtree(self.folder, ignore_errors=True)

    def cluster(self, name: str, *, workloads: bool) -> Cluster:
        """A new cluster, ready to use. Raises RuntimeError when a process of it ends early."""
        port = HeldPort.take()
        self.ports.append(port)
        cluster = Cluster(
            name=name,
            server=f"https://127.0.0.1:{port.number}",
            token=secrets.token_hex(16),
            authority=self.authority,
            workloads=workloads,
        )
        self._start_apiserver(cluster, port)
        self._wait(cluster, "apiserver", lambda client: client.get("/readyz").status == 200)
        self._wait(cluster, "apiserver", _has_default_namespace)
        if workloads:
            self._start_workloads(cluster)
        return cluster

    def _start_etcd(self) -> None:
        sockets = {"client": "unix://etcd.sock:0", "peer": "unix://peer.sock:0"}
        self._run(
            "etcd",
            "etcd",
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls={sockets['client']}",
            f"--advertise-client-urls={sockets['client']}",
            f"--listen-peer-urls={sockets['peer']}",
            f"--initial-advertise-peer-urls={sockets['peer']}",
            f"--initial-cluster=default={sockets['peer']}",
            "--unsafe-no-fsync",
            "--log-level=warn",
        )

    def _start_apiserver(self, cluster: Cluster, port: HeldPort) -> None:
        tokens = self.folder / f"{cluster.name}-tokens.csv"
        tokens.touch(mode=0o600)
        tokens.write_text(f'{cluster.token},admin,admin,"system:masters"\n')
        files = self.certificates
        self._run(
            f"{cluster.name}-apiserver",
            "kube-apiserver",
            "--etcd-servers=unix://etcd.sock:0",
            f"--etcd-prefix=/{cluster.name}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={port.number}",
            "--permit-port-sharing=true",
            f"--tls-cert-file={files.certificate}",
            f"--tls-private-key-file={files.key}",
            f"--cert-dir={self.folder}",
            f"--token-auth-file={tokens}",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-signing-key-file={files.accounts}",
            f"--service-account-key-file={files.accounts}",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--allow-privileged=true",
            "--endpoint-reconciler-type=none",
            "--profiling=false",
            # Without a controller manager no namespace ever gets the account that pods are given.
            *([] if cluster.workloads else ["--disable-admission-plugins=ServiceAccount"]),
        )

    def _start_workloads(self, cluster: Cluster) -> None:
        config = self.folder / f"{cluster.name}.kubeconfig"
        config.touch(mode=0o600)
        config.write_text(json.dumps(cluster.kubeconfig()))  # JSON is YAML
        shared = (f"--kubeconfig={config}", "--leader-elect=false", "--secure-port=0")
        quick = ("--kube-api-qps=500", "--kube-api-burst=1000")
        accounts = (
            f"--service-account-private-key-file={self.certificates.accounts}",
            f"--root-ca-file={self.certificates.authority}",
        )
        name = cluster.name
        self._run(f"{name}-controllers", "kube-controller-manager", *shared, *quick, *accounts)
        self._run(f"{name}-scheduler", "kube-scheduler", *shared, *quick)
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"}}
        cluster.client().post("/api/v1/nodes", node).ok()
        self._run(f"{name}-kwok", "kwok", f"--kubeconfig={config}", "--manage-all-nodes=true")
        self.stand_ins.append(StandIns.start(cluster.client()))
        self._wait(cluster, "controllers", _has_default_account)
        self._wait(cluster, "kwok", _has_ready_node)

    def _run(self, name: str, part: str, *flags: str) -> None:
        self.processes.start(name, [*self.control_plane.parts[part], *flags])

    def _wait(self, cluster: Cluster, process: str, condition: Callable[[Client], bool]) -> None:
        client = cluster.client()

        def holds() -> bool:
            self.processes.check("etcd")
            self.processes.check(f"{cluster.name}-{process}")
            try:
                return condition(client)
            except urllib3.exceptions.HTTPError:
                return False

        until(holds, f"{process} of {cluster.name} ready", READY_SECONDS)


def _has_default_namespace(client: Client) -> bool:
    return all(client.get(f"/api/v1/namespaces/{name}").status == 200 for name in ("default", "kube-system"))


def _has_default_account(client: Client) -> bool:
    return client.get("/api/v1/namespaces/default/serviceaccounts/default").status == 200


def _has_ready_node(client: Client) -> bool:
    conditions = client.get("/api/v1/nodes/node-1").ok().get("status", {}).get("conditions", [])
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
