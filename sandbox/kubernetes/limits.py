"""What the sandbox keeps and does not act on: each write of such an object is answered with a warning that says so; what
would mislead is refused with 501."""

from __future__ import annotations

from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.problem import not_imitated
from sandbox.kubernetes.resources import Resource
from sandbox.kubernetes.store import Object

ADMISSION = "admissionregistration.k8s.io"
KEPT = {
    (ADMISSION, "ValidatingWebhookConfiguration"): "call admission webhooks",
    (ADMISSION, "MutatingWebhookConfiguration"): "call admission webhooks",
    (ADMISSION, "ValidatingAdmissionPolicy"): "evaluate admission policies",
    (ADMISSION, "ValidatingAdmissionPolicyBinding"): "evaluate admission policies",
    (ADMISSION, "MutatingAdmissionPolicy"): "evaluate admission policies",
    (ADMISSION, "MutatingAdmissionPolicyBinding"): "evaluate admission policies",
    ("", "ResourceQuota"): "enforce resource quotas",
    ("", "LimitRange"): "enforce limit ranges",
    ("batch", "CronJob"): "run cron jobs",
    ("autoscaling", "HorizontalPodAutoscaler"): "scale by metrics",
}


def tell(cluster: Cluster, resource: Resource, value: Object) -> None:
    """Warns of what has no effect; 501 where the object asks for a server that the sandbox cannot call."""
    if resource.custom is not None:
        return
    spec = value.get("spec") or {}
    if resource.kind == "CustomResourceDefinition" and (spec.get("conversion") or {}).get("strategy") == "Webhook":
        raise not_imitated("conversion webhooks")
    if resource.kind == "APIService" and spec.get("service") is not None:
        raise not_imitated("aggregated API servers")
    what = KEPT.get(resource.id)
    if what is not None:
        cluster.warn(f"the sandbox does not {what}")
