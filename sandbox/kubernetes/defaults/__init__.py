"""What a real server fills in: one function per kind, applied to a normalised object in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.kubernetes.defaults import admission, pods, services, storage, workloads

Object = dict[str, Any]
BY_KIND: dict[tuple[str, str], Callable[[Object], None]] = {
    ("", "Pod"): pods.pod,
    ("", "PodTemplate"): pods.pod_template,
    ("", "ReplicationController"): workloads.replication_controller,
    ("apps", "Deployment"): workloads.deployment,
    ("apps", "ReplicaSet"): workloads.replica_set,
    ("apps", "StatefulSet"): workloads.stateful_set,
    ("apps", "DaemonSet"): workloads.daemon_set,
    ("batch", "Job"): workloads.job,
    ("batch", "CronJob"): workloads.cron_job,
    ("", "Service"): services.service,
    ("", "Endpoints"): services.endpoints,
    ("discovery.k8s.io", "EndpointSlice"): services.endpoint_slice,
    ("networking.k8s.io", "IngressClass"): services.ingress_class,
    ("networking.k8s.io", "NetworkPolicy"): services.network_policy,
    ("autoscaling", "HorizontalPodAutoscaler"): workloads.autoscaler,
    ("", "Secret"): storage.secret,
    ("", "PersistentVolumeClaim"): storage.claim,
    ("", "PersistentVolume"): storage.volume,
    ("storage.k8s.io", "StorageClass"): storage.storage_class,
    ("storage.k8s.io", "CSIDriver"): storage.csi_driver,
    ("", "Namespace"): storage.namespace,
    ("", "Node"): storage.node,
    ("", "LimitRange"): storage.limit_range,
    ("scheduling.k8s.io", "PriorityClass"): storage.priority_class,
    ("rbac.authorization.k8s.io", "RoleBinding"): admission.binding,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): admission.binding,
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): admission.webhooks,
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): admission.webhooks,
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"): admission.policy,
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"): admission.policy_binding,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): admission.custom_resource_definition,
    ("certificates.k8s.io", "CertificateSigningRequest"): admission.signing_request,
    ("apiregistration.k8s.io", "APIService"): admission.api_service,
}


def apply(group: str, kind: str, value: Object) -> None:
    """Fills in the defaults of a built-in kind; nothing for kinds that have none."""
    fill = BY_KIND.get((group, kind))
    if fill is not None:
        fill(value)
