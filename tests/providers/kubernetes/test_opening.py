"""From settings to a transport: what a kubeconfig says, and what is never taken unasked."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml

from providers.contract.diagnostic import Diagnostic
from providers.contract.transport import Connection, Lost
from providers.kubernetes.credentials import FileToken, FixedToken, LoadedToken
from providers.kubernetes.opening import open_kubernetes
from providers.kubernetes.transport import ClusterTransport


def config(user: dict[str, Any], cluster: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "one",
        "contexts": [
            {"name": "one", "context": {"cluster": "here", "user": "me", "namespace": "elsewhere"}},
            {"name": "two", "context": {"cluster": "there", "user": "me"}},
        ],
        "clusters": [
            {"name": "here", "cluster": {"server": "https://127.0.0.1:6443/", **(cluster or {})}},
            {"name": "there", "cluster": {"server": "https://there.example.org"}},
        ],
        "users": [{"name": "me", "user": user}],
    }


def opened(folder: Path, tree: dict[str, Any], **settings: str) -> ClusterTransport | Diagnostic:
    (folder / "config").write_text(yaml.safe_dump(tree))
    return open_kubernetes({"kubeconfig": "config", **settings}, folder=folder)


def transport(found: ClusterTransport | Diagnostic) -> ClusterTransport:
    assert isinstance(found, ClusterTransport), found
    return found


def test_the_current_context_of_a_named_file(tmp_path: Path) -> None:
    found = transport(opened(tmp_path, config({"token": "plain"})))
    assert found.endpoint.server == "https://127.0.0.1:6443"
    assert found.credential == FixedToken("plain")
    assert found.namespace == "default", "where objects go is not the kubeconfig's to say"


def test_a_named_context_and_namespace(tmp_path: Path) -> None:
    found = transport(opened(tmp_path, config({"token": "plain"}), context="two", namespace="shop"))
    assert (found.endpoint.server, found.namespace) == ("https://there.example.org", "shop")


def test_a_named_context_in_the_files_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text(yaml.safe_dump({"users": [{"name": "me", "user": {"token": "first"}}]}))
    second.write_text(yaml.safe_dump(config({"token": "second"})))
    monkeypatch.setenv("KUBECONFIG", f"{first}:{second}")
    found = transport(open_kubernetes({"context": "two"}))
    assert found.credential == FixedToken("first")


def test_without_a_name_there_is_no_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(yaml.safe_dump(config({"token": "plain"})))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
    found = open_kubernetes({"namespace": "shop"})
    assert isinstance(found, Diagnostic)
    assert found.summary == "this kubernetes instance names no cluster"


def test_authorities_and_token_files(tmp_path: Path) -> None:
    (tmp_path / "authority.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    (tmp_path / "token").write_text("from-a-file\n")
    found = transport(opened(tmp_path, config({"tokenFile": "token"}, {"certificate-authority": "authority.pem"})))
    assert found.endpoint.authority.startswith("-----BEGIN")
    assert isinstance(found.credential, FileToken)
    assert found.credential.token() == "from-a-file"
    data = base64.b64encode(b"-----BEGIN CERTIFICATE-----\n").decode()
    inline = transport(opened(tmp_path, config({"token": "x"}, {"certificate-authority-data": data})))
    assert inline.endpoint.authority == found.endpoint.authority


def command(folder: Path, text: str) -> dict[str, Any]:
    script = folder / "command"
    script.write_text(f"#!/bin/sh\n{text}\n")
    script.chmod(0o755)
    version = "client.authentication.k8s.io/v1"
    return {"exec": {"apiVersion": version, "command": str(script), "interactiveMode": "Never"}}


def test_the_command_that_a_user_entered_is_asked_once_while_its_answer_holds(tmp_path: Path) -> None:
    status = '{"token": "plain", "expirationTimestamp": "2100-01-01T00:00:00Z"}'
    credential = f'{{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {status}}}'
    person = command(tmp_path, f"echo run >> {tmp_path}/runs; echo '{credential}'")
    found = transport(opened(tmp_path, config(person)))
    assert isinstance(found.credential, LoadedToken)
    assert not (tmp_path / "runs").exists()
    assert [found.credential.token(), found.credential.token()] == ["plain", "plain"]
    assert (tmp_path / "runs").read_text() == "run\n"


def test_a_command_that_fails_sends_nothing(tmp_path: Path) -> None:
    found = transport(opened(tmp_path, config(command(tmp_path, "exit 3"))))
    answer = found.credential.token()
    assert isinstance(answer, Lost)
    assert not answer.sent
    assert "process returned 3" in answer.reason


@pytest.mark.parametrize(
    ("person", "summary"),
    [
        ({"auth-provider": {"name": "gcp"}}, 'context "one" signs in with the plug-in "gcp", which is not served'),
        ({"username": "a", "password": "b"}, 'context "one" signs in with a password, which no cluster takes any more'),
    ],
)
def test_ways_to_sign_in_that_are_not_served(tmp_path: Path, person: dict[str, Any], summary: str) -> None:
    found = opened(tmp_path, config(person))
    assert isinstance(found, Diagnostic)
    assert found.summary == summary


def test_what_is_wrong_with_a_kubeconfig_is_said(tmp_path: Path) -> None:
    missing = open_kubernetes({"kubeconfig": "nowhere"}, folder=tmp_path)
    assert isinstance(missing, Diagnostic)
    (tmp_path / "config").write_text("a: [")
    broken = open_kubernetes({"kubeconfig": "config"}, folder=tmp_path)
    assert isinstance(broken, Diagnostic)
    unknown = opened(tmp_path, config({"token": "x"}), context="three")
    assert isinstance(unknown, Diagnostic)
    assert unknown.notes == (("help", "it has one, two"),)
    misspelt = open_kubernetes({"contxt": "one"})
    assert isinstance(misspelt, Diagnostic)
    assert misspelt.summary == 'a kubernetes instance takes no "contxt"'


@pytest.mark.parametrize(
    "server", ["http://there.example.org", "https://169.254.169.254", "ftp://127.0.0.1", "there.example.org", "http://10.0.0.1"]
)
def test_addresses_that_get_no_credentials(server: str) -> None:
    assert isinstance(open_kubernetes({}, Connection(endpoint=server, credential="x")), Diagnostic)


@pytest.mark.parametrize(
    "server", ["http://127.0.0.1:1", "http://localhost:1", "https://10.0.0.1", "https://there.example.org"]
)
def test_addresses_that_do(server: str) -> None:
    found = transport(open_kubernetes({"namespace": "shop"}, Connection(endpoint=server, credential="x")))
    assert (found.endpoint.server, found.namespace) == (server, "shop")


def test_the_authority_of_a_connection_may_be_base64() -> None:
    pem = "-----BEGIN CERTIFICATE-----\n"
    for given in (pem, base64.b64encode(pem.encode()).decode()):
        found = transport(open_kubernetes({}, Connection(endpoint="https://a.example.org", certificate_authority=given)))
        assert found.endpoint.authority == pem


def test_no_credential_is_shown() -> None:
    found = open_kubernetes({}, Connection(endpoint="https://a.example.org", credential="very-secret"))
    assert "very-secret" not in repr(found)
