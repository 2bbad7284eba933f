"""Refusal of signatures that are too old or from the future: what fences a dead run's requests.

AWS signs to the second, so that an age is measured from the start of that second: a request is never taken later than
`life` after it was signed, and may be refused up to a second earlier.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sandbox.aws.answer import failure
from sandbox.aws.call import Call
from sandbox.wire import Reply


def refusal(call: Call, now: float, life: float) -> Reply | None:
    """The error reply for a signature outside `life` seconds of `now`; None when it may pass.

    An unsigned request passes: only the few operations that AWS leaves unsigned come that far. A presigned URL lives
    as long as it says.
    """
    signed = call.signature.time
    if signed is None or "X-Amz-Expires=" in call.request.query:
        return None
    age = now - signed
    if -life <= age <= life:
        return None
    return _refused(call, signed, now, life, late=age > 0)


def _refused(call: Call, signed: float, now: float, life: float, *, late: bool) -> Reply:
    stamp, clock = _stamp(signed), _stamp(now)
    if call.service == "s3":
        text = "The difference between the request time and the current time is too large."
        return failure(call, "RequestTimeTooSkewed", text, 403)
    if call.service == "ec2":
        return failure(call, "RequestExpired", f"Request has expired. Timestamp date is {stamp}.", 400)
    if late:
        text = f"Signature expired: {stamp} is now earlier than {_stamp(now - life)} ({clock} - {life:g} s.)"
    else:
        text = f"Signature not yet current: {stamp} is still later than {_stamp(now + life)} ({clock} + {life:g} s.)"
    if call.model.service_model.protocol == "query":
        return failure(call, "SignatureDoesNotMatch", text, 403)
    return failure(call, "InvalidSignatureException", text, 403 if call.service in ("eks", "lambda") else 400)


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%dT%H%M%SZ")
