"""The bearer token of an EKS cluster: a presigned STS GetCallerIdentity URL that names the cluster.

`k8s-aws-v1.` + base64url without padding of the URL. The cluster's name is not in the URL but among the signed headers
(`x-k8s-aws-id`), so that only a signature made again with our own name and the signer's secret tells whose token it is.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from urllib.parse import parse_qsl, quote, urlsplit

from sandbox.aws.call import stamp_seconds

PREFIX = "k8s-aws-v1."
HEADER = "x-k8s-aws-id"
# How long EKS takes a token after it was signed, whatever shorter expiry its URL names.
LIFE = 900.0


class TokenRefused(Exception):
    """Why a token is not let in."""


def access_key_of(token: str, cluster: str, now: float, secret_of: Callable[[str], str | None]) -> str:
    """The access key that signed the token for this cluster; raises TokenRefused.

    `secret_of` gives the secret of an access key, None for an unknown one.
    """
    if not token.startswith(PREFIX):
        raise TokenRefused("not a token of this kind")
    coded = token.removeprefix(PREFIX)
    try:
        url = urlsplit(base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode())
    except ValueError:
        raise TokenRefused("not base64url of a URL") from None
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    if query.get("Action") != "GetCallerIdentity":
        raise TokenRefused("not a GetCallerIdentity request")
    signed_headers = query.get("X-Amz-SignedHeaders", "").split(";")
    if HEADER not in signed_headers or set(signed_headers) > {"host", HEADER}:
        raise TokenRefused(f"{HEADER} must be signed")
    _check_time(query, now)
    scope = query.get("X-Amz-Credential", "").split("/")
    secret = secret_of(scope[0])
    if len(scope) != 5 or secret is None:
        raise TokenRefused("unknown access key")
    expected = _signature(url.netloc, url.path or "/", query, cluster, scope, secret)
    if not hmac.compare_digest(expected, query.get("X-Amz-Signature", "")):
        raise TokenRefused("the signature is not of this cluster and key")
    return scope[0]


def _check_time(query: dict[str, str], now: float) -> None:
    signed = stamp_seconds(query.get("X-Amz-Date", ""))
    if signed is None or not query.get("X-Amz-Expires", "").isdigit():
        raise TokenRefused("no time")
    if not -60 <= now - signed <= LIFE:
        raise TokenRefused("expired")


def _signature(host: str, path: str, query: dict[str, str], cluster: str, scope: list[str], secret: str) -> str:
    pairs = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in query.items() if name != "X-Amz-Signature"
    )
    headers = {"host": host, HEADER: cluster}
    names = query["X-Amz-SignedHeaders"].split(";")
    canonical = "\n".join(
        (
            "GET",
            path,
            "&".join(f"{name}={value}" for name, value in pairs),
            "".join(f"{name}:{headers[name]}\n" for name in names),
            ";".join(names),
            hashlib.sha256(b"").hexdigest(),
        )
    )
    text = "\n".join(
        ("AWS4-HMAC-SHA256", query["X-Amz-Date"], "/".join(scope[1:]), hashlib.sha256(canonical.encode()).hexdigest())
    )
    key = f"AWS4{secret}".encode()
    for part in scope[1:]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
