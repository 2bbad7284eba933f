"""`open_kubernetes`: from the settings of a provider instance to its transport. For the composition root."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from providers.contract.diagnostic import Diagnostic
from providers.contract.transport import Connection
from providers.contract.values import Value
from providers.kubernetes import kubeconfig
from providers.kubernetes.credentials import ConnectionToken, Credential, Endpoint, Renew
from providers.kubernetes.transport import ClusterTransport

SETTINGS = ("context", "kubeconfig", "cluster", "namespace")


def open_kubernetes(
    settings: Mapping[str, Value],
    connection: Connection | None = None,
    renew: Renew | None = None,
    folder: Path | None = None,
) -> ClusterTransport | Diagnostic:
    """The transport of an instance; nothing is sent yet.

    With a `connection` (a cluster resource gave it) no kubeconfig is looked at, and `renew` asks for the next one
    before it expires. Else the context that is named, in the kubeconfig that is named (relative to `folder`), in
    KUBECONFIG or in the home folder. Where neither is named there is no cluster: never a default one. The namespace of
    a context is not looked at: where objects go is said in the stack, or is "default".
    """
    if find_spec("urllib3") is None:
        return Diagnostic(code="P0865", summary=f"the kubernetes extra is not installed: {kubeconfig.INSTALL}")
    unknown = sorted(set(settings) - set(SETTINGS))
    if unknown:
        notes = (("help", f"it takes {', '.join(SETTINGS)}"),)
        return Diagnostic(code="P0866", summary=f'a kubernetes instance takes no "{unknown[0]}"', notes=notes)
    namespace = str(settings.get("namespace") or "")
    if connection is not None:
        return _opened(_endpoint(connection), ConnectionToken(connection, renew), namespace)
    found = _context(settings, folder)
    if isinstance(found, Diagnostic):
        return found
    return _opened(found.endpoint, found.credential, namespace)


def _context(settings: Mapping[str, Value], folder: Path | None) -> kubeconfig.Context | Diagnostic:
    file, name = settings.get("kubeconfig"), settings.get("context")
    if not file and not name:
        notes = (("help", "kubernetes: {context: NAME}, or {cluster: ...} for one that is made here"),)
        return Diagnostic(code="P0862", summary="this kubernetes instance names no cluster", notes=notes)
    files = (((folder or Path()) / Path(str(file)).expanduser()),) if file else kubeconfig.default_files()
    config = kubeconfig.read(files)
    return config if isinstance(config, Diagnostic) else kubeconfig.context(config, str(name or ""))


def _endpoint(connection: Connection) -> Endpoint:
    return Endpoint(server=connection.endpoint.rstrip("/"), authority=_pem(connection.certificate_authority))


def _pem(text: str) -> str:
    """PEM as it is, or in base64 as clouds hand it out."""
    if not text or "-----BEGIN" in text:
        return text
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return text


def _opened(endpoint: Endpoint, credential: Credential, namespace: str) -> ClusterTransport | Diagnostic:
    wrong = _address_problem(endpoint)
    if wrong:
        return Diagnostic(code="P0867", summary=f'"{endpoint.server}" is not used as a cluster', detail=wrong)
    return ClusterTransport(endpoint=endpoint, credential=credential, namespace=namespace or "default")


def _address_problem(endpoint: Endpoint) -> str:
    """Credentials go out encrypted, or stay on this machine; never to a link-local address, where clouds keep secrets."""
    parts = urlsplit(endpoint.server)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        return "It is not the address of a server."
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        address = None
    if address is not None and address.is_link_local:
        return "It is a link-local address."
    local = host == "localhost" or (address is not None and address.is_loopback)
    if parts.scheme == "http" and not local:
        return "It is not encrypted, and not on this machine."
    return ""
