"""How a sandbox behaves: what is fixed when it starts."""

from __future__ import annotations

from dataclasses import dataclass

REGION = "eu-west-1"
ACCESS_KEY = "sandbox"
SECRET_KEY = "sandbox"
ACCOUNT = "123456789012"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Times are in seconds.

    `signature_life`: a signed request is refused when its time is further than this from the sandbox's clock,
    on either side. `token_life`: how long a client token answers with its first reply. `cluster_delay`: how long an EKS
    cluster stays CREATING, `nodegroup_delay` the same for a node group. `seed` draws the latencies that are a range.
    `local_cluster`: a Kubernetes cluster beside AWS, with a kubeconfig.
    """

    port: int = 0
    region: str = REGION
    signature_life: float = 2.0
    token_life: float = 86400.0
    cluster_delay: float = 0.2
    nodegroup_delay: float = 0.2
    seed: int = 0
    local_cluster: bool = True
