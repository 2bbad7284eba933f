"""Somebody who changes a cloud behind Plumb's back: the AWS API and the Kubernetes API, without any of Plumb's code.

The demo and the tests of the examples make drift with it, and look at what is really there.
"""

from __future__ import annotations

import base64
import json
import ssl
import urllib.request
from dataclasses import dataclass
from typing import Any

from sandbox.runtime import SandboxInfo

MERGE = "application/merge-patch+json"
TOKEN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Outside:
    """Speaks to one sandbox with its fake keys."""

    info: SandboxInfo

    def aws(self, service: str) -> Any:
        """A boto3 client of the service."""
        return self._session().client(service, endpoint_url=self.info.endpoint)

    def cluster(self, name: str) -> Cluster:
        """The Kubernetes API of an EKS cluster, with the credentials that `aws eks get-token` would give."""
        found = self.aws("eks").describe_cluster(name=name)["cluster"]
        authority = base64.b64decode(found["certificateAuthority"]["data"]).decode()
        return Cluster(found["endpoint"], self._token(name), authority)

    def local_cluster(self) -> Cluster:
        """The sandbox's own cluster, beside AWS."""
        config = json.loads(self.info.kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        return Cluster(cluster["server"], user["token"], authority)

    def _session(self) -> Any:
        import boto3

        keys = {"aws_access_key_id": self.info.access_key, "aws_secret_access_key": self.info.secret_key}
        return boto3.session.Session(region_name=self.info.region, **keys)

    def _token(self, cluster: str) -> str:
        """A presigned call of GetCallerIdentity that names the cluster: what EKS takes for a bearer token."""
        from botocore.signers import RequestSigner

        session, region = self._session(), self.info.region
        service, keys = session.client("sts").meta.service_model.service_id, session.get_credentials()
        signer = RequestSigner(service, region, "sts", "v4", keys, session.events)
        request = {
            "method": "GET",
            "url": f"https://sts.{region}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15",
            "body": {},
            "headers": {"x-k8s-aws-id": cluster},
            "context": {},
        }
        url = signer.generate_presigned_url(request, region_name=region, expires_in=TOKEN_SECONDS, operation_name="")
        return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Kubernetes API by plain requests; `authority` is its CA in PEM. Raises urllib.error.HTTPError on a refusal."""

    server: str
    token: str
    authority: str

    def get(self, path: str) -> dict[str, Any]:
        return self.call("GET", path)

    def patch(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """As `kubectl patch --type merge` does it."""
        return self.call("PATCH", path, body)

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": MERGE if method == "PATCH" else "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.server + path, data=data, headers=headers, method=method)
        trust = urllib.request.HTTPSHandler(context=ssl.create_default_context(cadata=self.authority))
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), trust)
        with opener.open(request, timeout=30) as reply:
            found: dict[str, Any] = json.load(reply)
        return found
