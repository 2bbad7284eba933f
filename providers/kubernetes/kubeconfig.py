"""The context of a kubeconfig. Tokens and certificates are read here; what asks for more goes to the `kubernetes` package."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from providers.contract.diagnostic import Diagnostic
from providers.kubernetes.credentials import ClientCertificate, Credential, Endpoint, FileToken, FixedToken, Loaded, LoadedToken

INSTALL = "pip install 'plumb-engine[kubernetes]'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a context says, read whole."""

    endpoint: Endpoint
    credential: Credential


@dataclass(frozen=True, slots=True, kw_only=True)
class Kubeconfig:
    """The files of a kubeconfig, merged: of two entries of one name the first counts."""

    files: tuple[Path, ...]
    current: str
    entries: Mapping[str, Mapping[str, tuple[Path, Mapping[str, Any]]]]
    """clusters, contexts and users by name, with the folder that relative paths start from."""


def default_files() -> tuple[Path, ...]:
    """Of KUBECONFIG, else of the home folder; for a context that was asked for by name."""
    named = os.environ.get("KUBECONFIG")
    if named:
        return tuple(Path(text).expanduser() for text in named.split(os.pathsep) if text)
    return (Path.home() / ".kube" / "config",)


def read(files: tuple[Path, ...]) -> Kubeconfig | Diagnostic:
    import yaml

    current = ""
    entries: dict[str, dict[str, tuple[Path, Mapping[str, Any]]]] = {"clusters": {}, "contexts": {}, "users": {}}
    found = [file for file in files if file.is_file()]
    if not found:
        return Diagnostic(code="P0861", summary=f"there is no kubeconfig {', '.join(map(str, files))}")
    for file in found:
        try:
            tree = yaml.load(file.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as failure:
            return Diagnostic(code="P0861", summary=f"cannot read the kubeconfig {file}", detail=str(failure))
        if not isinstance(tree, dict):
            return Diagnostic(code="P0861", summary=f"{file} is not a kubeconfig")
        current = current or str(tree.get("current-context") or "")
        for section, named in entries.items():
            _add(named, tree.get(section), section[:-1], file.parent)
    return Kubeconfig(files=tuple(found), current=current, entries=entries)


def _add(named: dict[str, tuple[Path, Mapping[str, Any]]], items: Any, member: str, folder: Path) -> None:
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and isinstance(item.get(member), dict):
            named.setdefault(str(item.get("name")), (folder, item[member]))


def context(config: Kubeconfig, name: str) -> Context | Diagnostic:
    """The context of this name; "" is the current one of the file."""
    chosen = name or config.current
    if not chosen:
        return Diagnostic(code="P0862", summary="this kubeconfig has no current context: name one with context")
    known = config.entries["contexts"]
    if chosen not in known:
        notes = (("help", f"it has {', '.join(sorted(known))}"),) if known else ()
        return Diagnostic(code="P0862", summary=f'the kubeconfig has no context "{chosen}"', notes=notes)
    _, said = known[chosen]
    cluster, user = str(said.get("cluster") or ""), str(said.get("user") or "")
    if cluster not in config.entries["clusters"]:
        return Diagnostic(code="P0862", summary=f'context "{chosen}" names the cluster "{cluster}", which is not there')
    try:
        return _read_context(config, chosen, cluster, user)
    except (OSError, ValueError) as failure:
        return Diagnostic(code="P0863", summary=f'context "{chosen}" cannot be used', detail=str(failure))


def _read_context(config: Kubeconfig, name: str, cluster: str, user: str) -> Context | Diagnostic:
    folder, facts = config.entries["clusters"][cluster]
    user_folder, person = config.entries["users"].get(user, (folder, {}))
    credential = _credential(config, name, user_folder, person)
    if isinstance(credential, Diagnostic):
        return credential
    certificate = _text(user_folder, person, "client-certificate")
    key = _text(user_folder, person, "client-key")
    endpoint = Endpoint(
        server=str(facts.get("server") or "").rstrip("/"),
        authority=_text(folder, facts, "certificate-authority"),
        client=ClientCertificate(certificate=certificate, key=key) if certificate and key else None,
        insecure=bool(facts.get("insecure-skip-tls-verify")),
        server_name=str(facts.get("tls-server-name") or ""),
        proxy=str(facts.get("proxy-url") or ""),
    )
    return Context(endpoint=endpoint, credential=credential)


def _text(folder: Path, facts: Mapping[str, Any], member: str) -> str:
    """PEM, given as base64 or as the name of a file."""
    data = facts.get(f"{member}-data")
    if data:
        return base64.b64decode(str(data), validate=False).decode()
    file = facts.get(member)
    return (folder / str(file)).read_text() if file else ""


def _credential(config: Kubeconfig, name: str, folder: Path, person: Mapping[str, Any]) -> Credential | Diagnostic:
    if person.get("token"):
        return FixedToken(str(person["token"]))
    if person.get("tokenFile"):
        return FileToken(folder / str(person["tokenFile"]))
    provider = (person.get("auth-provider") or {}).get("name")
    if provider and provider != "oidc":
        summary = f'context "{name}" signs in with the plug-in "{provider}", which is not served'
        return Diagnostic(code="P0864", summary=summary, notes=(("help", "use a token, a client certificate, oidc or exec"),))
    if person.get("username") or person.get("password"):
        return Diagnostic(code="P0864", summary=f'context "{name}" signs in with a password, which no cluster takes any more')
    if person.get("exec"):
        facts = config.entries["clusters"][str(config.entries["contexts"][name][1].get("cluster"))][1]
        return LoadedToken(lambda: _run_command(person["exec"], folder, facts))
    return LoadedToken(lambda: _ask_provider(config, name)) if provider else FixedToken()


def _run_command(command: Mapping[str, Any], folder: Path, cluster: Mapping[str, Any]) -> Loaded:
    """What the command that the user entered prints as an ExecCredential. Raises with the reason where it gives none."""
    try:
        from kubernetes.config.exec_provider import ExecProvider
        from kubernetes.config.kube_config import ConfigNode
    except ImportError as failure:
        raise RuntimeError(f"the package kubernetes is not installed: {INSTALL}") from failure
    node: Callable[..., Any] = ConfigNode
    provider: Callable[..., Any] = ExecProvider
    status = provider(node("exec", dict(command)), str(folder), node("cluster", dict(cluster))).run()
    if not status.get("token"):
        raise RuntimeError(f"{command.get('command')} gives no token")
    ends = status.get("expirationTimestamp")
    return Loaded(str(status["token"]), datetime.fromisoformat(ends).timestamp() if ends else None)


def _ask_provider(config: Kubeconfig, name: str) -> Loaded:
    """The token of the identity provider (OIDC) that the user entered, refreshed where it has ended."""
    try:
        from kubernetes.client import Configuration
        from kubernetes.config import kube_config
    except ImportError as failure:
        raise RuntimeError(f"the package kubernetes is not installed: {INSTALL}") from failure
    loaded = Configuration()
    files = os.pathsep.join(map(str, config.files))
    load: Callable[..., None] = kube_config.load_kube_config
    load(config_file=files, context=name, client_configuration=loaded, persist_config=False)
    keys = loaded.api_key
    token = str(keys.get("BearerToken") or keys.get("authorization") or "").removeprefix("Bearer ").strip()
    if not token:
        raise RuntimeError("the identity provider gives no token")
    return Loaded(token)
