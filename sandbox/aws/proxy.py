"""The chain that every AWS call passes: what moto lacks is done here, the rest by moto."""

from __future__ import annotations

import threading
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox import clusters
from sandbox.aws import paging, signature
from sandbox.aws.answer import failure, parsed, succeeded
from sandbox.aws.call import Call, NotAnOperation, read_call
from sandbox.aws.cloud import Cloud, prepare
from sandbox.aws.cluster import Authenticator, KubernetesApi
from sandbox.aws.eks import Clusters
from sandbox.aws.faults import Fault, Faults, Kind, broken, refused, throttled
from sandbox.aws.record import Record
from sandbox.aws.repairs import REPAIRS
from sandbox.aws.tokens import Tokens
from sandbox.settings import Settings
from sandbox.wire import Reply, Request

if TYPE_CHECKING:
    from sandbox.kubernetes.server import Fault as KubernetesFault

UNSIGNED = ("AssumeRoleWithWebIdentity", "AssumeRoleWithSAML")


@dataclass(slots=True)
class Proxy:
    """One call at a time takes effect (`cloud.lock`); latency, delays and faults pass outside the lock."""

    settings: Settings
    cloud: Cloud = field(default_factory=Cloud)
    faults: Faults = field(default_factory=Faults)
    record: Record = field(default_factory=Record)
    tokens: Tokens = field(init=False)
    clusters: Clusters = field(init=False)
    _loaded: float = 0.0

    def __post_init__(self) -> None:
        self.faults = Faults(seed=self.settings.seed)
        self.tokens = Tokens(life=self.settings.token_life)
        self.clusters = Clusters(settings=self.settings, start=self._start_cluster)

    def _start_cluster(self, arn: str, authenticate: Authenticator) -> KubernetesApi:
        return clusters.start(arn, authenticate, self.kubernetes_fault)

    def change(self, settings: Settings) -> None:
        """Go on with other settings, for what starts from now on."""
        self.settings = self.clusters.settings = settings
        self.tokens.life = settings.token_life

    def handle(self, request: Request) -> Reply | None:
        """The reply to an AWS request; None when the connection is to be closed without one."""
        try:
            with self.cloud.lock:
                self.load()
                call = read_call(request)
        except NotAnOperation as problem:
            return Reply(status=404, body=f"the sandbox serves no such operation: {problem}".encode())
        self.record.count(call.service, call.operation)
        fault = self.faults.take(call.service, call.operation)
        wait = self.faults.wait(call.service, call.operation)
        if wait:
            time.sleep(wait)
        return self.deliver(call) if fault is None else self._fail(call, fault)

    def _fail(self, call: Call, fault: Fault) -> Reply | None:
        match fault.kind:
            case Kind.REFUSE:
                return refused(call, fault)
            case Kind.THROTTLE:
                return throttled(call)
            case Kind.ERROR_BEFORE:
                return broken(call)
            case Kind.DROP_BEFORE:
                return None
            case Kind.ERROR_AFTER:
                self.deliver(call)
                return broken(call)
            case Kind.DROP_AFTER:
                self.deliver(call)
                return None
            case Kind.DUPLICATE:
                self.deliver(call)
                return self.deliver(read_call(call.request))
            case Kind.DELAY:
                return self._delay(call, fault)

    def _delay(self, call: Call, fault: Fault) -> Reply | None:
        if fault.reply == "drop":
            later = threading.Timer(fault.seconds, self.deliver, args=(call,))
            later.daemon = True
            later.start()
            return None
        time.sleep(fault.seconds)
        return self.deliver(call)

    def load(self) -> None:
        """Have moto ready. The lock must be held."""
        prepare()
        self._loaded = self._loaded or time.time()

    def deliver(self, call: Call) -> Reply:
        """Let the call take effect, unless its signature is too old by now; the reply that AWS would send.

        Until moto was loaded there was no effect that an old request could follow: such a wait does not age a call.
        """
        with self.cloud.lock:
            now = time.time()
            try:
                return self._refusal(call, now) or self._effect(call, now)
            except Exception as problem:  # noqa: BLE001
                # moto raises what it pleases on input it does not foresee: AWS would answer 500, and so do we.
                traceback.print_exc()
                return failure(call, "InternalFailure", f"moto: {type(problem).__name__}: {problem}", 500)

    def _refusal(self, call: Call, now: float) -> Reply | None:
        if not call.signature.access_key and call.service != "s3" and call.operation not in UNSIGNED:
            return failure(call, "MissingAuthenticationToken", "Missing Authentication Token", 403)
        arrived = call.request.arrived
        refusal = signature.refusal(call, arrived if arrived < self._loaded else now, self.settings.signature_life)
        if refusal is not None:
            return refusal
        if call.service == "ec2" and call.parameters.get("DryRun"):
            text = "Request would have succeeded, but DryRun flag is set."
            return failure(call, "DryRunOperation", text, 412)
        return self.tokens.answer(call, now)

    def _effect(self, call: Call, now: float) -> Reply:
        if not call.mutates:
            return self._read(call)
        reply = self._serve(call)
        if succeeded(reply):
            self.tokens.keep(call, reply, now)
            self.record.took_effect(call, parsed(call, reply), now)
        return reply

    def _read(self, call: Call) -> Reply:
        pages = paging.listing(call)
        if pages is None:
            return self._serve(call)
        return paging.refusal(call, pages) or paging.page(call, pages, self._serve)

    def _serve(self, call: Call) -> Reply:
        """The effect by who serves the operation: EKS is our own, the rest moto's with our repairs around it."""
        if call.service == "eks":
            return self.clusters.answer(call)
        repair = REPAIRS.get((call.service, call.operation))
        return self.cloud.send(call) if repair is None else repair(call, self.cloud.send)

    def kubernetes_fault(self, cluster: str, method: str, path: str) -> KubernetesFault:
        """What a request to a cluster's API meets; the request is counted as of the service "kubernetes"."""
        from sandbox.kubernetes.server import Fault as KubernetesFault

        operation = f"{method} {path.partition('?')[0]}"
        self.record.count("kubernetes", operation)
        fault = self.faults.take("kubernetes", operation)
        wait = self.faults.wait("kubernetes", operation)
        if fault is None:
            return KubernetesFault(latency=wait)
        match fault.kind:
            case Kind.DELAY:
                return KubernetesFault(latency=wait + fault.seconds)
            case Kind.DROP_AFTER:
                return KubernetesFault(latency=wait, drop=True)
            case Kind.REFUSE:
                return KubernetesFault(latency=wait, status=fault.status)
            case Kind.THROTTLE:
                return KubernetesFault(latency=wait, status=429)
            case _:
                return KubernetesFault(latency=wait, status=500)

    def reset(self) -> None:
        """Forget everything: as after a fresh start."""
        with self.cloud.lock:
            self.clusters.clear()
            self.cloud.reset()
            self.tokens.clear()
            self.faults.clear()
            self.faults.latencies.clear()
            self.record.clear_calls()
            self.record.clear_mutations()
