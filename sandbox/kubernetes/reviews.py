"""Reviews: kinds that are answered and not stored. Whoever has a token may do everything here."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes.problem import not_imitated
from sandbox.kubernetes.resources import Resource

Object = dict[str, Any]
ACCESS = ("SubjectAccessReview", "SelfSubjectAccessReview", "LocalSubjectAccessReview")


def review(resource: Resource, body: Object, user: str) -> Object:
    found: Object = {
        **body,
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "metadata": body.get("metadata") or {},
    }
    if resource.kind in ACCESS:
        return {**found, "status": {"allowed": True}}
    if resource.kind == "SelfSubjectReview":
        return {**found, "status": {"userInfo": {"username": user, "groups": ["system:masters", "system:authenticated"]}}}
    if resource.kind == "SelfSubjectRulesReview":
        everything = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]
        urls = [{"verbs": ["*"], "nonResourceURLs": ["*"]}]
        return {**found, "status": {"resourceRules": everything, "nonResourceRules": urls, "incomplete": False}}
    raise not_imitated(resource.plural)
