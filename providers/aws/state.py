"""What a live object's state means, who we are, and how a cluster is reached."""

from __future__ import annotations

from providers.aws.codes import unreadable
from providers.aws.kind import Type
from providers.aws.template import dotted
from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import HEALTHY, Failed, Health, Live, Readiness, Ready, Waiting
from providers.contract.transport import Answered, Connection, Send
from providers.contract.values import get

CLUSTER = "AWS::EKS::Cluster"


def readiness(kind: Type, live: Live) -> Readiness:
    entry = kind.entry
    word, _, reason = live.status.partition(": ")
    if word in entry.failed:
        return Failed(diagnostic=Diagnostic(code="P0570", summary=f"it is {word}", detail=reason))
    if entry.ready and word and word not in entry.ready:
        return Waiting(reason=f"it is {word}")
    for name in entry.needs:
        if get(live.values, dotted(name)) in (None, ""):
            return Waiting(reason=f"it has no {name} yet")
    return Ready()


def health(kind: Type, live: Live) -> Health:
    match readiness(kind, live):
        case Failed(diagnostic=problem):
            return Health(state="degraded", reason=f"{problem.summary} {problem.detail}".strip())
        case Waiting(reason=reason):
            return Health(state="progressing", reason=reason)
        case Ready():
            return HEALTHY


def whoami(send: Send) -> dict[str, str] | Diagnostic:
    answer = send("sts:GetCallerIdentity", {})
    if not isinstance(answer, Answered):
        return unreadable(answer)
    arn = str(answer.body.get("Arn", ""))
    return {
        "account": str(answer.body.get("Account", "")),
        "region": str(answer.body.get("Region", "")),
        "partition": arn.split(":")[1] if arn.startswith("arn:") else "aws",
    }


def connect(type: str, live: Live, send: Send) -> Connection | Diagnostic:
    """A cluster's endpoint with a short-lived token made here; it is never stored."""
    if type != CLUSTER:
        return Diagnostic(code="P0571", summary=f"no provider can be built on a {type}")
    endpoint = str(live.values.get("Endpoint") or "")
    if not endpoint:
        return Diagnostic(code="P0572", summary=f"the cluster {live.identity} has no endpoint yet")
    answer = send("sts:PresignCallerIdentity", {"cluster": live.identity})
    if not isinstance(answer, Answered):
        return unreadable(answer)
    return Connection(
        endpoint=endpoint,
        certificate_authority=str(live.values.get("CertificateAuthorityData") or ""),
        identity=str(live.values.get("Arn") or live.identity),
        credential=str(answer.body["Token"]),
        expires_at=float(answer.body["ExpiresAt"]),
    )
