"""Manifests that nobody here wrote, as bundles, unchanged: all stages on the embedded API server and on a real one.

They are found by PLUMB_INPUTS (the folder that holds `kubernetes/examples`), else in `../shared/inputs` beside the checkout.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from examples.outside import Cluster
from tests.examples.objects import cluster_of, exists, harm
from tests.examples.place import Place, addresses, place
from tests.kube import servers
from tests.kube.control_plane import Missing

INPUTS = Path(os.environ.get("PLUMB_INPUTS") or Path(__file__).parents[3] / "shared" / "inputs") / "kubernetes" / "examples"
BOTH = ["embedded", pytest.param("real", marks=pytest.mark.kube)]
ENDINGS = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The manifests of a folder, without those that are another way to the same thing; `also` are files from elsewhere."""

    folder: str
    without: str = ""
    also: tuple[str, ...] = ()

    def files(self) -> list[Path]:
        found = [path for path in sorted((INPUTS / self.folder).iterdir()) if path.suffix in ENDINGS]
        kept = [path for path in found if not (self.without and fnmatch(path.name, self.without))]
        return [*kept, *(INPUTS / path for path in self.also)]


# Not `storage/redis`: its controllers take over the Pod that is declared beside them, and may delete it.
GROUPS = [
    Group(folder="web/guestbook-go"),
    Group(folder="databases/cassandra"),
    Group(folder="_archived/cpu-manager"),
    Group(folder="_archived/javaee"),
    Group(folder="_archived/javaweb-tomcat-sidecar"),
    Group(folder="_archived/meteor"),
    Group(folder="_archived/newrelic", without="*-template.yaml"),
    Group(folder="_archived/nodesjs-mongodb", without="*-demo.yaml"),
    Group(folder="_archived/persistent-volume-provisioning", without="gce-pd.yaml"),
    Group(folder="_archived/persistent-volume-provisioning/cinder"),
    Group(folder="_archived/persistent-volume-provisioning/glusterfs"),
    Group(folder="_archived/persistent-volume-provisioning/rbd"),
    Group(folder="_archived/spark"),
    Group(folder="_archived/spark/spark-gluster", also=("_archived/spark/namespace-spark-cluster.yaml",)),
    Group(folder="_archived/storage/hazelcast"),
    Group(folder="_archived/storage/minio", without="*-standalone-*"),
    Group(folder="_archived/storage/minio", without="*-distributed-*"),
    Group(folder="_archived/storage/mysql-galera"),
    Group(folder="_archived/storage/rethinkdb"),
]

REFUSED = {
    "_archived/newrelic": "{{ }} is of templates",
    "_archived/newrelic-infrastructure": "Kubernetes 1.36.0 has no DaemonSet in extensions/v1beta1",
    "_archived/nodesjs-mongodb": "ReplicationController/-/web-controller stands twice in this bundle",
    "_archived/persistent-volume-provisioning": "StorageClass.storage.k8s.io/-/slow stands twice in this bundle",
    "_archived/persistent-volume-provisioning/quobyte": 'the key "type" stands here a second time',
    "_archived/podsecuritypolicy/rbac": "Kubernetes 1.36.0 has no PodSecurityPolicy in policy/v1beta1",
    "_archived/storage/minio": "Service/-/minio-service stands twice in this bundle",
    "_archived/storage/vitess": "{{ }} is of templates",
    "databases/cassandra/image/files": "this document is no Kubernetes object: it has no kind",
}
"""Folders that no cluster of today takes as they are, and what of it is told before anything is planned."""

PLUMB = """\
repository: bundles-0a1b2c
stacks: ["*.plumb.yaml"]
environments: {test: {default: true}}
"""
STACK = """\
stack: real
providers:
  kubernetes: {kubeconfig: ./kubeconfig.json, namespace: NAMESPACE}
resources:
  ns: {object: {apiVersion: v1, kind: Namespace, metadata: {name: NAMESPACE}}}
  it:
    depends_on: [ns]
    bundle: ./manifests
"""


@pytest.fixture(params=BOTH, scope="session")
def server(request: pytest.FixtureRequest) -> servers.Server:
    found = servers.embedded() if request.param == "embedded" else servers.real()
    if isinstance(found, Missing):
        pytest.skip(found.reason)
    return found


@pytest.fixture
def bundle(
    server: servers.Server, tmp_path: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> Iterator[Place]:
    if not INPUTS.is_dir():
        pytest.skip(f"there is no {INPUTS}: set PLUMB_INPUTS to the folder of real inputs")
    repository = tmp_path / "source" / "bundle"
    (repository / "manifests").mkdir(parents=True)
    for file in request.param.files():
        shutil.copy(file, repository / "manifests" / file.name)
    namespace = f"bundle-{secrets.token_hex(4)}"
    (repository / "plumb.yaml").write_text(PLUMB)
    (repository / "bundle.plumb.yaml").write_text(STACK.replace("NAMESPACE", namespace))
    (repository / "kubeconfig.json").write_text(json.dumps(server.kubeconfig))
    with place(repository, tmp_path, capsys, None) as found:
        yield found


def named(group: Group) -> str:
    return group.folder.rpartition("/")[2] + (f" without {group.without}" if group.without else "")


@pytest.mark.parametrize("bundle", GROUPS, indirect=True, ids=named)
def test_all_stages(bundle: Place, server: servers.Server) -> None:
    api = cluster_of(server.kubeconfig)
    made = addresses(bundle.plan())
    assert all(actions == ["create"] for actions in made.values())
    bundle.apply()
    bundle.nothing_to_do()

    live = deletable(bundle)
    assert sorted(live) == sorted(made)
    drifted = damage_all(api, bundle, live)
    assert sorted(addresses(bundle.plan())) == drifted
    bundle.apply()
    bundle.nothing_to_do()

    bundle.destroy()
    assert [address for address, manifest in live.items() if exists(api, manifest)] == []


@pytest.mark.parametrize(
    ("bundle", "text"), [(Group(folder=name), text) for name, text in REFUSED.items()], indirect=["bundle"], ids=list(REFUSED)
)
def test_what_is_told(bundle: Place, server: servers.Server, text: str) -> None:
    assert text in bundle.plumb("plan").ok(1).told


def deletable(bundle: Place) -> dict[str, dict[str, Any]]:
    """Address -> the live object, of all that was made."""
    plan = json.loads(bundle.plumb("plan", "--destroy", "--json").ok().shown)
    return {change["address"]: change["change"]["before"] for change in plan["resource_changes"]}


def damage_all(api: Cluster, bundle: Place, live: dict[str, dict[str, Any]]) -> list[str]:
    """The addresses of what has drifted: all but namespaces of which only the name is declared."""
    drifted = []
    for address, written in declared(bundle, live).items():
        if written["kind"] != "Namespace" or written["metadata"].get("labels"):
            placed = {**written["metadata"], "namespace": live[address]["metadata"].get("namespace")}
            harm(api, {**written, "metadata": placed})
            drifted.append(address)
    return sorted(drifted)


def declared(bundle: Place, live: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Address -> the manifest as it is written."""
    found = {}
    for file in (bundle.repository / "manifests").iterdir():
        for manifest in yaml.safe_load_all(file.read_text()):
            if manifest is None:
                continue
            same = [address for address, other in live.items() if is_same(manifest, other) and address.startswith("real.it/")]
            assert len(same) == 1, same
            found[same[0]] = manifest
    assert len(found) == len(live) - 1
    return found


def is_same(written: dict[str, Any], live: dict[str, Any]) -> bool:
    return (written["kind"], written["metadata"]["name"]) == (live["kind"], live["metadata"]["name"])
