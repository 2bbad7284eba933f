"""What a real server refuses. Each rule yields Faults; the words are the real server's where clients see them often."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sandbox.kubernetes.problem import Fault
from sandbox.kubernetes.validation import accounts, definitions, immutable, metadata, pods, services, storage, workloads

Object = dict[str, Any]
Rule = Callable[[Object], Iterator[Fault]]
RBAC = "rbac.authorization.k8s.io"

BY_KIND: dict[tuple[str, str], Rule] = {
    ("", "Pod"): pods.pod,
    ("", "PodTemplate"): workloads.pod_template,
    ("", "ReplicationController"): workloads.replication_controller,
    ("apps", "Deployment"): workloads.deployment,
    ("apps", "ReplicaSet"): workloads.replica_set,
    ("apps", "StatefulSet"): workloads.stateful_set,
    ("apps", "DaemonSet"): workloads.daemon_set,
    ("batch", "Job"): workloads.job,
    ("batch", "CronJob"): workloads.cron_job,
    ("autoscaling", "HorizontalPodAutoscaler"): workloads.autoscaler,
    ("policy", "PodDisruptionBudget"): workloads.disruption_budget,
    ("", "Service"): services.service,
    ("", "Endpoints"): services.endpoints,
    ("networking.k8s.io", "Ingress"): services.ingress,
    ("networking.k8s.io", "NetworkPolicy"): services.network_policy,
    ("", "Secret"): storage.secret,
    ("", "ConfigMap"): storage.config_map,
    ("", "PersistentVolumeClaim"): storage.claim,
    ("", "PersistentVolume"): storage.volume,
    ("storage.k8s.io", "StorageClass"): storage.storage_class,
    ("scheduling.k8s.io", "PriorityClass"): storage.priority_class,
    ("", "ResourceQuota"): storage.resource_quota,
    (RBAC, "Role"): accounts.role,
    (RBAC, "ClusterRole"): accounts.role,
    (RBAC, "RoleBinding"): accounts.binding,
    (RBAC, "ClusterRoleBinding"): accounts.binding,
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): accounts.webhooks,
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): accounts.webhooks,
    ("certificates.k8s.io", "CertificateSigningRequest"): accounts.signing_request,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): definitions.custom_resource_definition,
}


def check(group: str, kind: str, namespaced: bool, value: Object) -> list[Fault]:
    """Faults of a built-in object as it would be created."""
    found = list(metadata.check(group, kind, namespaced, value))
    rule = BY_KIND.get((group, kind))
    return found + list(rule(value)) if rule is not None else found


def check_update(group: str, kind: str, new: Object, old: Object) -> list[Fault]:
    """Faults of a change, on top of what `check` says of the new object."""
    return [*metadata.check_update(new, old), *immutable.check(group, kind, new, old)]
