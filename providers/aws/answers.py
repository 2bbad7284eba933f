"""What came back, sorted: an answer, a no that did nothing, or nothing that proves anything."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from providers.contract.transport import Answer, Answered, Lost, Rejected
from providers.contract.values import Value

THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "SlowDown",
        "BandwidthLimitExceeded",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
    }
)


EXPIRED = frozenset({"RequestExpired", "RequestTimeTooSkewed"})
"""The signature was too old when it arrived: it did nothing, and one made now may pass."""


class TooLate(Exception):
    """Raised by the fence: the request was signed and has not left."""


def answer_of(send: Callable[[], tuple[dict[str, Any], dict[str, Any]]], *, write: bool) -> Answer:
    """Sends, and says what came of it. Only bugs raise."""
    from botocore import exceptions

    try:
        body, meta = send()
    except TooLate as problem:
        return Lost(reason=str(problem), sent=False)
    except exceptions.ClientError as problem:
        return refusal(problem.response, write=write)
    except exceptions.ParamValidationError as problem:
        return Rejected(code="ParamValidation", message=str(problem), status=0)
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError, exceptions.ProfileNotFound) as problem:
        return Rejected(code="NoCredentials", message=str(problem), status=0)
    except (exceptions.EndpointConnectionError, exceptions.ConnectTimeoutError, exceptions.ProxyConnectionError) as problem:
        return Lost(reason=str(problem), sent=False)
    except exceptions.BotoCoreError as problem:
        if isinstance(problem, exceptions.HTTPClientError) and isinstance(problem.kwargs.get("error"), TooLate):
            return Lost(reason=str(problem.kwargs["error"]), sent=False)
        return Lost(reason=str(problem), sent=True)
    headers = meta.get("HTTPHeaders", {})
    return Answered(
        body=body, request_id=meta.get("RequestId", ""), status=meta.get("HTTPStatusCode", 200), date=date_of(headers)
    )


def refusal(response: dict[str, Any], *, write: bool) -> Answer:
    error = response.get("Error", {})
    code, message = str(error.get("Code", "")), str(error.get("Message", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in THROTTLED or status == 429:
        return Rejected(code=code, message=message, status=status, retry_after=1.0)
    if code in EXPIRED or (code == "InvalidSignatureException" and "expired" in message.lower()):
        return Rejected(code=code, message=message, status=status, retry_after=0.2)
    if status >= 500:
        return Lost(reason=f"{status} {code}: {message}", sent=True)
    body = as_values({key: item for key, item in response.items() if key != "ResponseMetadata"})
    return Rejected(code=code, message=message, status=status, body=body)


def date_of(headers: dict[str, str]) -> float | None:
    text = headers.get("date", "")
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except ValueError:
        return None


def signed_at(request: Any, otherwise: float) -> float:
    """The time in the request's signature; `otherwise` where it carries none."""
    value = request.headers.get("X-Amz-Date")
    if value is None:
        return otherwise
    text = value.decode() if isinstance(value, bytes) else str(value)
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()


def as_values(value: Any) -> Value:
    """An answer of botocore as a value tree: times as ISO text in UTC, bytes as base64, streams left out."""
    if isinstance(value, dict):
        return {str(key): as_values(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_values(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    return value if value is None or isinstance(value, (bool, int, float, str)) else None
