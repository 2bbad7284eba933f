"""Whether an object works, from its own status: the rules of kstatus, one row a kind, and a general one for the rest.

State is healthy, progressing or degraded. Sources: the documented rules of kstatus (kubernetes-sigs/cli-utils) and the
API reference of each kind. Where kstatus lets time decide, the state stays progressing and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from providers.contract.diagnostic import Diagnostic
from providers.contract.observation import HEALTHY, Failed, Health, Live, Readiness, Ready, Waiting
from providers.contract.values import reveal
from providers.kubernetes.names import ObjectType

STUCK = frozenset(
    {
        "CrashLoopBackOff",
        "ImagePullBackOff",
        "ErrImagePull",
        "InvalidImageName",
        "CreateContainerConfigError",
        "CreateContainerError",
    }
)
"""Reasons of a waiting container that do not go away by waiting."""

Rule = Callable[[Mapping[str, Any]], Health]


def health(type: ObjectType, live: Live) -> Health:
    values = _plain(live)
    general = _general(values)
    if general is not None:
        return general
    return RULES.get(type.group_kind, _by_ready)(values)


def _plain(live: Live) -> dict[str, Any]:
    found = reveal(live.values)
    return found if isinstance(found, dict) else {}


def _progressing(reason: str) -> Health:
    return Health(state="progressing", reason=reason)


def _degraded(reason: str) -> Health:
    return Health(state="degraded", reason=reason)


def _general(values: Mapping[str, Any]) -> Health | None:
    """What holds for every kind; None where the kind's own rule decides."""
    metadata, status = values.get("metadata") or {}, _status(values)
    if metadata.get("deletionTimestamp"):
        return _progressing("is being deleted")
    observed = status.get("observedGeneration")
    if observed is not None and metadata.get("generation") is not None and observed < metadata["generation"]:
        return _progressing(f"generation {metadata['generation']} is not observed yet")
    conditions = _conditions(values)
    if _is(conditions, "Stalled", "True"):
        return _degraded(_why(conditions["Stalled"]))
    if _is(conditions, "Reconciling", "True"):
        return _progressing(_why(conditions["Reconciling"]))
    return None


def _status(values: Mapping[str, Any]) -> Mapping[str, Any]:
    found = values.get("status")
    return found if isinstance(found, dict) else {}


def _spec(values: Mapping[str, Any]) -> Mapping[str, Any]:
    found = values.get("spec")
    return found if isinstance(found, dict) else {}


def _conditions(values: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found = _status(values).get("conditions")
    items = [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
    return {str(item.get("type")): item for item in items}


def _is(conditions: Mapping[str, Mapping[str, Any]], type: str, status: str) -> bool:
    return type in conditions and conditions[type].get("status") == status


def _why(condition: Mapping[str, Any]) -> str:
    return str(condition.get("message") or condition.get("reason") or f"{condition.get('type')} is {condition.get('status')}")


def _by_ready(values: Mapping[str, Any]) -> Health:
    """Any kind: its condition Ready, where it has one."""
    conditions = _conditions(values)
    if "Ready" in conditions and not _is(conditions, "Ready", "True"):
        return _progressing(_why(conditions["Ready"]))
    return HEALTHY


def _always(values: Mapping[str, Any]) -> Health:
    return HEALTHY


def _first(shortfalls: Iterator[str]) -> Health | None:
    """Progressing for the first shortfall; None where there is none."""
    reason = next(shortfalls, "")
    return _progressing(reason) if reason else None


def _deployment(values: Mapping[str, Any]) -> Health:
    conditions = _conditions(values)
    progress = conditions.get("Progressing", {})
    if progress.get("reason") == "ProgressDeadlineExceeded":
        return _degraded(_why(progress))
    if _is(conditions, "ReplicaFailure", "True"):
        return _degraded(_why(conditions["ReplicaFailure"]))
    if "observedGeneration" not in _status(values):
        return _progressing("is not observed yet")
    if _spec(values).get("paused"):
        return _progressing("is paused")
    return _first(_deployment_shortfalls(values, conditions)) or HEALTHY


def _deployment_shortfalls(values: Mapping[str, Any], conditions: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    status, wanted = _status(values), _spec(values).get("replicas", 1)
    made, updated = status.get("replicas", 0), status.get("updatedReplicas", 0)
    available, ready = status.get("availableReplicas", 0), status.get("readyReplicas", 0)
    if made < wanted:
        yield f"{made} of {wanted} replicas"
    if updated < wanted:
        yield f"{updated} of {wanted} updated"
    if made > wanted:
        yield f"{made - wanted} to terminate"
    if available < updated:
        yield f"{available} of {updated} available"
    if ready < wanted:
        yield f"{ready} of {wanted} ready"
    if "Available" in conditions and not _is(conditions, "Available", "True"):
        yield _why(conditions["Available"])


def _replica_set(values: Mapping[str, Any]) -> Health:
    conditions = _conditions(values)
    if _is(conditions, "ReplicaFailure", "True"):
        return _degraded(_why(conditions["ReplicaFailure"]))
    return _first(_replica_shortfalls(values)) or HEALTHY


def _replica_shortfalls(values: Mapping[str, Any]) -> Iterator[str]:
    status, wanted = _status(values), _spec(values).get("replicas", 1)
    made = status.get("replicas", 0)
    for member, word in (("fullyLabeledReplicas", "labelled"), ("availableReplicas", "available"), ("readyReplicas", "ready")):
        if status.get(member, 0) < wanted:
            yield f"{status.get(member, 0)} of {wanted} {word}"
    if made > wanted:
        yield f"{made - wanted} to terminate"


def _stateful_set(values: Mapping[str, Any]) -> Health:
    if (_spec(values).get("updateStrategy") or {}).get("type") == "OnDelete":
        return HEALTHY
    if "observedGeneration" not in _status(values):
        return _progressing("is not observed yet")
    return _first(_stateful_shortfalls(values)) or HEALTHY


def _stateful_shortfalls(values: Mapping[str, Any]) -> Iterator[str]:
    spec, status = _spec(values), _status(values)
    wanted, made, ready = spec.get("replicas", 1), status.get("replicas", 0), status.get("readyReplicas", 0)
    updated = status.get("updatedReplicas", 0)
    if made < wanted:
        yield f"{made} of {wanted} replicas"
    if ready < wanted:
        yield f"{ready} of {wanted} ready"
    if made > wanted:
        yield f"{made - wanted} to terminate"
    partition = ((spec.get("updateStrategy") or {}).get("rollingUpdate") or {}).get("partition") or 0
    if partition:
        if updated < wanted - partition:
            yield f"{updated} of {wanted - partition} updated"
    elif status.get("currentRevision") != status.get("updateRevision"):
        yield f"{updated} of {wanted} updated"


def _daemon_set(values: Mapping[str, Any]) -> Health:
    if "observedGeneration" not in _status(values):
        return _progressing("is not observed yet")
    return _first(_daemon_shortfalls(values)) or HEALTHY


def _daemon_shortfalls(values: Mapping[str, Any]) -> Iterator[str]:
    status = _status(values)
    wanted = status.get("desiredNumberScheduled", 0)
    members = [("currentNumberScheduled", "scheduled"), ("numberAvailable", "available"), ("numberReady", "ready")]
    if (_spec(values).get("updateStrategy") or {}).get("type") != "OnDelete":
        members.insert(1, ("updatedNumberScheduled", "updated"))
    for member, word in members:
        if status.get(member, 0) < wanted:
            yield f"{status.get(member, 0)} of {wanted} {word}"


def _job(values: Mapping[str, Any]) -> Health:
    conditions = _conditions(values)
    if _is(conditions, "Failed", "True"):
        return _degraded(_why(conditions["Failed"]))
    if _is(conditions, "Complete", "True") or _is(conditions, "Suspended", "True"):
        return HEALTHY
    status = _status(values)
    if "startTime" not in status:
        return _progressing("has not started")
    counts = [f"{status.get(word, 0)} {word}" for word in ("active", "succeeded", "failed")]
    return _progressing(", ".join(counts))


def _pod(values: Mapping[str, Any]) -> Health:
    status, conditions = _status(values), _conditions(values)
    phase = status.get("phase")
    if phase == "Succeeded":
        return HEALTHY
    if phase == "Failed":
        return _degraded(str(status.get("message") or status.get("reason") or "has failed"))
    if phase == "Running" and _is(conditions, "Ready", "True"):
        return HEALTHY
    stuck = next(_stuck(status), "")
    if stuck:
        return _degraded(stuck)
    if _is(conditions, "PodScheduled", "False"):
        return _progressing(_why(conditions["PodScheduled"]))
    return _progressing(_why(conditions["Ready"]) if "Ready" in conditions else str(phase or "has no phase yet"))


def _stuck(status: Mapping[str, Any]) -> Iterator[str]:
    for container in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        waiting = (container.get("state") or {}).get("waiting") or {}
        if waiting.get("reason") in STUCK:
            yield f"container {container.get('name')}: {waiting['reason']}"


def _volume_claim(values: Mapping[str, Any]) -> Health:
    phase = _status(values).get("phase")
    if phase == "Bound":
        return HEALTHY
    return _degraded("its volume is lost") if phase == "Lost" else _progressing("is not bound")


def _service(values: Mapping[str, Any]) -> Health:
    if _spec(values).get("type") != "LoadBalancer":
        return HEALTHY
    if (_status(values).get("loadBalancer") or {}).get("ingress"):
        return HEALTHY
    return _progressing("has no address of a load balancer yet")


def _definition(values: Mapping[str, Any]) -> Health:
    conditions = _conditions(values)
    if _is(conditions, "NamesAccepted", "False"):
        return _degraded(_why(conditions["NamesAccepted"]))
    if _is(conditions, "Established", "True") and _is(conditions, "NamesAccepted", "True"):
        return HEALTHY
    return _progressing("is not established yet")


def _namespace(values: Mapping[str, Any]) -> Health:
    phase = _status(values).get("phase")
    return HEALTHY if phase == "Active" else _progressing(f"phase is {phase or 'not set'}")


def _autoscaler(values: Mapping[str, Any]) -> Health:
    conditions = _conditions(values)
    for name in ("AbleToScale", "ScalingActive"):
        if _is(conditions, name, "False") and conditions[name].get("reason") != "ScalingDisabled":
            return _degraded(_why(conditions[name]))
    return HEALTHY if conditions else _progressing("has not looked at its target yet")


def _api_service(values: Mapping[str, Any]) -> Health:
    conditions = _conditions(values)
    if _is(conditions, "Available", "True"):
        return HEALTHY
    return _degraded(_why(conditions["Available"])) if "Available" in conditions else _progressing("is not available yet")


def _volume(values: Mapping[str, Any]) -> Health:
    return _degraded("has failed") if _status(values).get("phase") == "Failed" else HEALTHY


RULES: Mapping[str, Rule] = {
    "Deployment.apps": _deployment,
    "ReplicaSet.apps": _replica_set,
    "StatefulSet.apps": _stateful_set,
    "DaemonSet.apps": _daemon_set,
    "ReplicationController": _replica_set,
    "Job.batch": _job,
    "CronJob.batch": _always,
    "Pod": _pod,
    "PersistentVolumeClaim": _volume_claim,
    "PersistentVolume": _volume,
    "Service": _service,
    "Namespace": _namespace,
    "PodDisruptionBudget.policy": _always,
    "HorizontalPodAutoscaler.autoscaling": _autoscaler,
    "Ingress.networking.k8s.io": _always,
    "CustomResourceDefinition.apiextensions.k8s.io": _definition,
    "APIService.apiregistration.k8s.io": _api_service,
}


def ready(type: ObjectType, live: Live) -> Readiness:
    """An object is of use as soon as it is there, but for those that make room or kinds for others."""
    values = _plain(live)
    if (values.get("metadata") or {}).get("deletionTimestamp"):
        return Waiting(reason="is being deleted")
    if type.group_kind not in AWAITED:
        return Ready()
    conditions = _conditions(values)
    if _is(conditions, "NamesAccepted", "False"):
        why = _why(conditions["NamesAccepted"])
        return Failed(diagnostic=Diagnostic(code="P0856", summary="the names of this kind are taken", detail=why))
    found = RULES[type.group_kind](values)
    return Ready() if found == HEALTHY else Waiting(reason=found.reason)


AWAITED = frozenset({"Namespace", "CustomResourceDefinition.apiextensions.k8s.io", "APIService.apiregistration.k8s.io"})
