"""The bearer token of an EKS cluster: a presigned sts:GetCallerIdentity with the cluster's name among the signed headers."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

PREFIX = "k8s-aws-v1."
HEADER = "x-k8s-aws-id"
LIFE = 60
SERVED = 14 * 60.0
"""Seconds for which EKS takes a token after it was signed, one minute held back."""


def cluster_token(client: Any, cluster: str, now: float) -> dict[str, Any]:
    """{"Token", "ExpiresAt"}; nothing is sent."""
    from botocore.auth import SigV4QueryAuth
    from botocore.awsrequest import AWSRequest

    credentials = client._request_signer._credentials.get_frozen_credentials()
    endpoint = client.meta.endpoint_url.rstrip("/")
    request = AWSRequest(
        method="GET", url=f"{endpoint}/?Action=GetCallerIdentity&Version=2011-06-15", headers={HEADER: cluster}
    )
    SigV4QueryAuth(credentials, "sts", client.meta.region_name, expires=LIFE).add_auth(request)
    coded = base64.urlsafe_b64encode(request.url.encode()).decode().rstrip("=")
    return {"Token": PREFIX + coded, "ExpiresAt": now + SERVED, "At": datetime.fromtimestamp(now, UTC).isoformat()}
