"""The door to AWS: boto3 clients made when they are first needed, and what stands between them and the provider.

Reads are retried, with a jittered back-off, while throttled or without an answer; a write is sent once. A request
whose signature would be later than `not_after` is refused before it leaves. One token bucket for each account, region and
API is shared by all transports of the process. Two things only the transport knows are added: the region (to the answer
of sts:GetCallerIdentity and to s3:CreateBucket), and the token of sts:PresignCallerIdentity, which is never sent.
"""

from __future__ import annotations

import base64
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from providers.aws.answers import THROTTLED, answer_of, as_values
from providers.aws.throttle import Buckets
from providers.contract.transport import Answer, Answered, Bounds, Lost, Rejected
from providers.contract.values import Path, Value, get, put, reveal

ATTEMPTS = 7
LONGEST_PAUSE = 20.0
BUCKETS = Buckets()
BLOBS: Mapping[str, Path] = {"lambda:CreateFunction": ("Code", "ZipFile"), "lambda:UpdateFunctionCode": ("ZipFile",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`endpoint` sends everything to one address (a sandbox), with `access_key` and `secret_key` and no others."""

    region: str
    profile: str = ""
    role: str = ""
    account: str = ""
    endpoint: str = ""
    access_key: str = ""
    secret_key: str = field(default="", repr=False)


def open_aws(
    settings: Mapping[str, Value],
    *,
    endpoint: str = "",
    access_key: str = "sandbox",
    secret_key: str = "sandbox",
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    draw: Callable[[], float] = random.random,
) -> AwsTransport:
    """The transport of one provider instance. `settings` are those of the stack file: region, profile, role, account.

    With `endpoint` every request goes there, signed with the given keys; without it the profile or the environment gives
    credentials, and nothing else is ever tried.
    """
    words = {name: str(reveal(settings.get(name)) or "") for name in ("region", "profile", "role", "account")}
    sandbox = {"endpoint": endpoint, "access_key": access_key, "secret_key": secret_key} if endpoint else {}
    made = Settings(**{**words, "region": words["region"] or "us-east-1"}, **sandbox)
    return AwsTransport(made, clock=clock, sleep=sleep, draw=draw)


class AwsTransport:
    """May be used from several threads at once."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        draw: Callable[[], float],
        buckets: Buckets = BUCKETS,
    ) -> None:
        self.settings = settings
        self._clock = clock
        self._sleep = sleep
        self._draw = draw
        self._buckets = buckets
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}
        self._session: Any = None
        self._account = ""
        self._bounds = threading.local()

    def call(self, operation: str, parameters: Mapping[str, Any], bounds: Bounds) -> Answer:
        if operation == "sts:PresignCallerIdentity":
            return self._presign(str(parameters.get("cluster", "")))
        wrong = self._wrong_account(bounds) if operation != "sts:GetCallerIdentity" else None
        if wrong is not None:
            return wrong
        if bounds.write:
            return self._once(operation, parameters, bounds)
        answer = self._once(operation, parameters, bounds)
        for attempt in range(1, ATTEMPTS):
            if not worth_repeating(answer):
                break
            pause = min(LONGEST_PAUSE, 0.1 * 2**attempt) * (0.5 + self._draw() / 2)
            if bounds.deadline is not None and self._clock() + pause > bounds.deadline:
                break
            self._sleep(pause)
            answer = self._once(operation, parameters, bounds)
        return answer

    def close(self) -> None:
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def _wrong_account(self, bounds: Bounds) -> Answer | None:
        """What every request gets where the credentials are of another account than the settings name; asked once."""
        expected = self.settings.account
        if not expected or self._account == expected:
            return None
        answer = self.call("sts:GetCallerIdentity", {}, Bounds(deadline=bounds.deadline))
        if not isinstance(answer, Answered):
            return answer
        self._account = str(answer.body.get("Account", ""))
        if self._account == expected:
            return None
        return Rejected(
            code="WrongAccount",
            message=f"the credentials are of account {self._account}, the settings say {expected}",
            status=0,
        )

    def _once(self, operation: str, parameters: Mapping[str, Any], bounds: Bounds) -> Answer:
        service, _, name = operation.partition(":")
        self._buckets.wait(self._bucket(service), self._rate(bounds.write), self._clock, self._sleep)
        self._bounds.not_after = bounds.not_after
        answer = answer_of(lambda: self._send(service, name, parameters), write=bounds.write)
        if isinstance(answer, Rejected) and (answer.code in THROTTLED or answer.status == 429):
            self._buckets.drain(self._bucket(service))
        if operation == "sts:GetCallerIdentity" and isinstance(answer, Answered):
            return Answered(
                body={**answer.body, "Region": self.settings.region},
                request_id=answer.request_id,
                status=answer.status,
                date=answer.date,
            )
        return answer

    def _bucket(self, service: str) -> tuple[str, str, str]:
        who = self.settings.role or self.settings.account or self.settings.profile or self.settings.access_key
        return who, self.settings.region, service

    def _rate(self, write: bool) -> float | None:
        """Requests per second; a sandbox has no limit."""
        if self.settings.endpoint:
            return None
        return 10.0 if write else 40.0

    def _send(self, service: str, name: str, parameters: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        from botocore import xform_name

        client = self._client(service)
        method = getattr(client, xform_name(name))
        answer = method(**self._located(service, name, dict(parameters)))
        meta = answer.pop("ResponseMetadata", {})
        body = as_values(answer)
        assert isinstance(body, dict)
        return body, meta

    def _located(self, service: str, name: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """A bucket is made in the region it is asked for in; us-east-1 must not be named. Base64 text becomes bytes."""
        if blob := BLOBS.get(f"{service}:{name}"):
            parameters = with_bytes(parameters, blob)
        if (service, name) == ("s3", "CreateBucket") and self.settings.region != "us-east-1":
            configuration = dict(parameters.get("CreateBucketConfiguration", {}))
            configuration.setdefault("LocationConstraint", self.settings.region)
            parameters["CreateBucketConfiguration"] = configuration
        return parameters

    def _client(self, service: str) -> Any:
        with self._lock:
            if service not in self._clients:
                from providers.aws.clients import make_client, make_session

                if self._session is None:
                    self._session = make_session(self.settings)
                client = make_client(self._session, service, self.settings)
                client.meta.events.register("before-send", self._fence)
                self._clients[service] = client
            return self._clients[service]

    def _fence(self, request: Any, **_: Any) -> None:
        """botocore calls this with the signed request, last thing before it leaves. None lets it go."""
        from providers.aws.answers import TooLate, signed_at

        limit: float | None = getattr(self._bounds, "not_after", None)
        if limit is not None and signed_at(request, self._clock()) > limit:
            raise TooLate("the signature would be later than this run may write")

    def _presign(self, cluster: str) -> Answer:
        from providers.aws.presign import cluster_token

        def make() -> tuple[dict[str, Any], dict[str, Any]]:
            return cluster_token(self._client("sts"), cluster, self._clock()), {}

        return answer_of(make, write=False)


def with_bytes(parameters: dict[str, Any], path: Path) -> dict[str, Any]:
    """Steps are data, so that bytes are base64 text in them."""
    text = get(parameters, path)
    if not isinstance(text, str):
        return parameters
    made = put(parameters, path, base64.b64decode(text))  # type: ignore[arg-type]
    assert isinstance(made, dict)
    return made


def worth_repeating(answer: Answer) -> bool:
    """True for what another try may settle: throttling, and a request without an answer."""
    match answer:
        case Lost():
            return True
        case Rejected(retry_after=pause):
            return pause is not None
    return False
