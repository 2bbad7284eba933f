"""Bundles and files of the same tree."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import Any

import pytest

from stacks.contents import zipped
from stacks.tree import PathError, join
from tests.stacks.support import good, loaded, readers, told

STACK = "stack: shop\nresources:\n  web: {bundle: ./web}\n"


def bundle(**files: str) -> dict[str, Any]:
    tree = {f"stacks/web/{name.replace('__', '.')}": text for name, text in files.items()}
    result = good({"stacks/shop.plumb.yaml": STACK, **tree}, readers=readers())
    found = result.stacks.stacks["shop"].declarations["web"].bundle
    assert found is not None
    return {item.object: item for item in found.objects}


def wrong(name: str, text: str) -> str:
    return told(loaded({"stacks/shop.plumb.yaml": STACK, f"stacks/web/{name}": text}, readers=readers()))


def test_the_dialect_of_kubectl() -> None:
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nimmutable: yes\nx: {mode: 0400, n: 1_000, t: 1:30}\n"
    inputs = bundle(a__yaml=text)["Secret/-/a"].inputs
    assert inputs["immutable"] is True
    assert inputs["x"] == {"mode": 256, "n": 1000, "t": "1:30"}


def test_several_documents_lists_and_json() -> None:
    lists = "kind: ConfigMapList\napiVersion: v1\nitems:\n- metadata: {name: b}\n- metadata: {name: c, namespace: space}\n"
    files = bundle(
        a__yaml="---\n# only a comment\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: space}\n---\n" + lists,
        z__json='{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "j"}}',
        README__md="# not read",
    )
    assert list(files) == ["Namespace/-/space", "ConfigMap/-/b", "ConfigMap/space/c", "ConfigMap/-/j"]
    assert str(files["Namespace/-/space"].source) == "stacks/web/a.yaml:4:1"


def test_expressions_in_manifests_are_text() -> None:
    found = bundle(a__yaml="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {run: 'echo ${HOME}'}\n")
    assert found["ConfigMap/-/a"].inputs["data"] == {"run": "echo ${HOME}"}


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("kustomization.yaml", "resources: [a.yaml]\n", "is a kustomization, not a manifest"),
        ("Chart.yaml", "name: x\n", "is a Helm chart, not a manifest"),
        ("a.yaml", "just: settings\n", "it has no kind"),
        ("a.yaml", "kind: ConfigMap\nmetadata: {name: x}\n", "it has no apiVersion"),
        ("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: x-}\n", "has no metadata.name"),
        ("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: no}\n", "that kubectl takes for false"),
        ("a.yaml", "- a\n", "is no Kubernetes object"),
        ("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Values.x }}}\n", "of templates"),
        ("a.yaml", "apiVersion: apps/v1beta1\nkind: Deployment\nmetadata: {name: x}\n", 'did you mean "apps/v1/Deployment"?'),
        ("a.txt", "", "there is no manifest in stacks/web"),
    ],
)
def test_what_is_no_manifest(name: str, text: str, expected: str) -> None:
    assert expected in wrong(name, text)


def test_an_object_twice() -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
    assert "ConfigMap/-/a stands twice in this bundle" in wrong("a.yaml", text + "---\n" + text)


def test_a_patch_needs_its_object() -> None:
    stack = """\
stack: shop
resources:
  web:
    bundle: {path: ./web, patches: [{apiVersion: v1, kind: ConfigMap, metadata: {name: b}, data: {x: "1"}}]}
"""
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
    shown = told(loaded({"stacks/shop.plumb.yaml": stack, "stacks/web/a.yaml": text}, readers=readers()))
    assert "the bundle has no ConfigMap b to patch" in shown
    assert "it has the ConfigMap a" in shown


FILES = "stack: shop\nfiles:\n  code: {zip: ./src}\n  boot: {text: ../boot.sh}\n  pages: {folder: src}\n"


def test_files_of_the_tree() -> None:
    tree = {"stacks/shop.plumb.yaml": FILES, "stacks/src/b/c.py": "c", "stacks/src/a.py": "a ${x}", "boot.sh": "echo ${HOME}"}
    files = good(tree).stacks.stacks["shop"].files
    assert files["boot"] == "echo ${HOME}"
    assert files["pages"] == {"a.py": "a ${x}", "b/c.py": "c"}
    code: Any = files["code"]
    data = base64.b64decode(code["base64"])
    assert len(data) == code["size"]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["a.py", "b/c.py"]
        assert archive.getinfo("a.py").date_time == (1980, 1, 1, 0, 0, 0)


def test_a_zip_is_the_same_bytes_each_time() -> None:
    assert zipped([("a", b"1"), ("b", b"2")]) == zipped([("a", b"1"), ("b", b"2")])


def test_text_must_be_text_and_a_file() -> None:
    tree = {"stacks/shop.plumb.yaml": "stack: shop\nfiles: {a: {text: ./src}, b: {text: ./bin}}\n"}
    shown = told(loaded({**tree, "stacks/src/x": "x", "stacks/bin": b"\xff"}))
    assert "is a folder, not a file" in shown
    assert "is no UTF-8 text" in shown


@pytest.mark.parametrize("written", ["/etc/passwd", "../../x", "~/x", "a\\b", "", "a\0b"])
def test_paths_that_lead_nowhere(written: str) -> None:
    with pytest.raises(PathError):
        join("stacks", written)


def test_paths() -> None:
    assert join("stacks/a", "./../b//c/") == "stacks/b/c"
    assert join("", ".") == ""
