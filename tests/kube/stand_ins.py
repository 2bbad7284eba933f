"""What a cluster in a cloud has and a bare control plane lacks: a load balancer and a provisioner of volumes."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

import urllib3

from tests.kube.client import MERGE, Client

PERIOD = 0.1
BALANCER = "192.0.2."


@dataclass(slots=True, kw_only=True)
class StandIns:
    """One thread that gives every Service of type LoadBalancer an address and every open claim a volume."""

    client: Client
    stopped: threading.Event = field(default_factory=threading.Event)
    addresses: int = 0
    thread: threading.Thread | None = None

    @staticmethod
    def start(client: Client) -> StandIns:
        stand_ins = StandIns(client=client)
        stand_ins.thread = threading.Thread(target=stand_ins._run, name="stand-ins", daemon=True)
        stand_ins.thread.start()
        return stand_ins

    def stop(self) -> None:
        self.stopped.set()
        if self.thread is not None:
            self.thread.join()

    def _run(self) -> None:
        while not self.stopped.wait(PERIOD):
            try:
                self._balance()
                self._provision()
            except urllib3.exceptions.HTTPError:
                continue  # the API server is going away, or busy: the next round sees

    def _balance(self) -> None:
        for service in self._items("/api/v1/services"):
            wanted = service["spec"].get("type") == "LoadBalancer"
            if wanted and not service["status"].get("loadBalancer", {}).get("ingress"):
                self.addresses += 1
                ingress = [{"ip": f"{BALANCER}{self.addresses % 254 + 1}"}]
                at = f"/api/v1/namespaces/{service['metadata']['namespace']}/services/{service['metadata']['name']}"
                self.client.patch(f"{at}/status", {"status": {"loadBalancer": {"ingress": ingress}}}, MERGE)

    def _provision(self) -> None:
        volumes = {volume["metadata"]["name"]: volume for volume in self._items("/api/v1/persistentvolumes")}
        for claim in self._items("/api/v1/persistentvolumeclaims"):
            name = f"pv-{claim['metadata']['uid']}"
            if not claim["spec"].get("volumeName") and name not in volumes:
                self.client.post("/api/v1/persistentvolumes", volume_for(claim, name))
        for name, volume in volumes.items():
            if name.startswith("pv-") and volume["status"].get("phase") == "Released":
                self.client.delete(f"/api/v1/persistentvolumes/{name}")

    def _items(self, path: str) -> list[dict[str, Any]]:
        answer = self.client.get(path)
        return answer.body["items"] if answer.status == 200 else []


def volume_for(claim: dict[str, Any], name: str) -> dict[str, Any]:
    """A volume that is bound to `claim` from its birth, as a provisioner makes it."""
    metadata, spec = claim["metadata"], claim["spec"]
    reference = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "namespace": metadata["namespace"],
        "name": metadata["name"],
        "uid": metadata["uid"],
    }
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "accessModes": spec["accessModes"],
            "volumeMode": spec.get("volumeMode", "Filesystem"),
            "storageClassName": spec.get("storageClassName", ""),
            "persistentVolumeReclaimPolicy": "Retain",
            "hostPath": {"path": f"/var/lib/{name}"},
            "claimRef": reference,
        },
    }
