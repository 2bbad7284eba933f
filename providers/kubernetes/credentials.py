"""How a cluster is reached, and with what credentials: nothing is taken from the surroundings unasked."""

from __future__ import annotations

import ssl
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from providers.contract.diagnostic import Diagnostic
from providers.contract.transport import Connection, Lost

if TYPE_CHECKING:
    from urllib3 import PoolManager

EARLY_SECONDS = 60.0
"""So long before it expires, a credential is renewed."""
FILE_SECONDS = 60.0
"""So long a token that was read from a file is used."""
LOADED_SECONDS = 300.0
"""So long a token is used whose end was not told."""
CONNECTIONS = 32


class Credential(Protocol):
    def token(self) -> str | Lost:
        """The bearer token to send now; "" where a certificate, or nothing, speaks for us."""

    def renew(self) -> bool:
        """After a 401: True where another token can be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate:
    """Both in PEM."""

    certificate: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """`authority` is PEM; "" trusts what the machine trusts. `server_name` is the name in the certificate, where it
    differs from the address."""

    server: str
    authority: str = ""
    client: ClientCertificate | None = None
    insecure: bool = False
    server_name: str = ""
    proxy: str = ""

    def pool(self) -> PoolManager:
        import urllib3

        options: dict[str, object] = {"maxsize": CONNECTIONS, "block": True, "retries": False}
        if self.server.startswith("https:"):
            options["ssl_context"] = self._trust()
            if self.server_name:
                options["server_hostname"] = self.server_name
                options["assert_hostname"] = self.server_name
        if self.proxy:
            return urllib3.ProxyManager(self.proxy, **options)  # type: ignore[arg-type]
        return urllib3.PoolManager(**options)  # type: ignore[arg-type]

    def _trust(self) -> ssl.SSLContext:
        trust = ssl.create_default_context(cadata=self.authority or None)
        if self.insecure:
            trust.check_hostname = False
            trust.verify_mode = ssl.CERT_NONE
        if self.client is not None:
            _load_client(trust, self.client)
        return trust


def _load_client(trust: ssl.SSLContext, client: ClientCertificate) -> None:
    """Through files that only we can read and that are gone at once: the ssl module takes nothing else."""
    with tempfile.TemporaryDirectory(prefix="plumb-") as folder:
        certificate, key = Path(folder) / "certificate", Path(folder) / "key"
        for file, text in ((certificate, client.certificate), (key, client.key)):
            file.touch(mode=0o600)
            file.write_text(text)
        trust.load_cert_chain(certificate, key)


@dataclass(frozen=True, slots=True)
class FixedToken:
    text: str = field(default="", repr=False)

    def token(self) -> str | Lost:
        return self.text

    def renew(self) -> bool:
        return False


@dataclass(slots=True)
class FileToken:
    """A token in a file that something else keeps fresh."""

    file: Path
    clock: Callable[[], float] = time.time
    _text: str = field(default="", repr=False)
    _read_at: float = float("-inf")

    def token(self) -> str | Lost:
        if self.clock() > self._read_at + FILE_SECONDS:
            try:
                self._text, self._read_at = self.file.read_text().strip(), self.clock()
            except OSError as failure:
                return Lost(reason=f"cannot read the token of the cluster: {failure}", sent=False)
        return self._text

    def renew(self) -> bool:
        before, self._read_at = self._text, float("-inf")
        return self.token() != before


Renew = Callable[[], Connection | Diagnostic]


@dataclass(slots=True)
class ConnectionToken:
    """The credential of a connection that a cluster gives; renewed by asking the cluster again."""

    connection: Connection
    again: Renew | None = None
    clock: Callable[[], float] = time.time
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def token(self) -> str | Lost:
        with self._lock:
            ends = self.connection.expires_at
            if ends is None or self.clock() < ends - EARLY_SECONDS:
                return self.connection.credential
            failure = self._again()
            if not failure or self.clock() < ends:
                return self.connection.credential
            return Lost(reason=failure, sent=False)

    def renew(self) -> bool:
        with self._lock:
            before = self.connection.credential
            return not self._again() and self.connection.credential != before

    def _again(self) -> str:
        """Why there is no newer one; "" where there is."""
        if self.again is None:
            return "the credential of the cluster has expired"
        found = self.again()
        if isinstance(found, Diagnostic):
            return found.summary
        self.connection = found
        return ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A token, and when it ends in seconds since the epoch; None where that was not said."""

    text: str = field(repr=False)
    ends: float | None = None


@dataclass(slots=True)
class LoadedToken:
    """Of a kubeconfig whose user names a command or an identity provider: the `kubernetes` package asks it."""

    load: Callable[[], Loaded]
    clock: Callable[[], float] = time.time
    _loaded: Loaded | None = None
    _until: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def token(self) -> str | Lost:
        with self._lock:
            if self._loaded is not None and self.clock() < self._until:
                return self._loaded.text
            try:
                found = self.load()
            except Exception as failure:  # noqa: BLE001 - whatever a plug-in raises, there is no credential
                return Lost(reason=f"the context gives no credential: {failure}", sent=False)
            self._loaded = found
            self._until = found.ends - EARLY_SECONDS if found.ends is not None else self.clock() + LOADED_SECONDS
            return found.text

    def renew(self) -> bool:
        before, self._until = self._loaded, float("-inf")
        found = self.token()
        return isinstance(found, str) and (before is None or found != before.text)
