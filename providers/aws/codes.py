"""What AWS's error codes mean here. The codes are the services' own, collected from botocore's models and documentation."""

from __future__ import annotations

import re

from providers.contract.diagnostic import Diagnostic
from providers.contract.transport import Answer, Lost, Rejected

MISSING = re.compile(
    r"(NotFound|NotFoundException|NotFoundFault|NoSuchEntity|NoSuchEntityException|NoSuchBucket|NonExistentQueue"
    r"|QueueDoesNotExist|ParameterNotFound|DoesNotExist|NotAttached|\.NotAttached)$"
)
"""What the request acts on is not there."""

MISSING_ALSO = frozenset({"404", "Gateway.NotAttached", "InvalidAssociationID.NotFound", "NoSuchTagSet"})

EXISTS = re.compile(
    r"(AlreadyExists|AlreadyExistsException|EntityAlreadyExists|BucketAlreadyOwnedByYou|QueueNameExists|QueueAlreadyExists"
    r"|InvalidPermission\.Duplicate|InvalidGroup\.Duplicate|RouteAlreadyExists|Resource\.AlreadyAssociated"
    r"|ResourceConflictException)$"
)

EXISTS_ON_CREATE = frozenset({"ResourceInUseException", "ResourceConflictException"})
"""DynamoDB, EKS and Lambda say on a create that the name is taken; on anything else that the object is busy."""

BUSY = frozenset(
    {
        "DependencyViolation",
        "DeleteConflict",
        "ConcurrentModification",
        "ConcurrentModificationException",
        "OperationAborted",
        "ResourceInUseException",
        "ResourceConflictException",
        "ResourceInUse",
        "IncorrectState",
        "IncorrectInstanceState",
        "InvalidIPAddress.InUse",
        "QueueDeletedRecently",
        "AWS.SimpleQueueService.QueueDeletedRecently",
        "ServiceUnavailable",
        "InternalFailure",
        "EntityTemporarilyUnmodifiable",
        "ConflictException",
        "KMSInvalidStateException",
        "ResourceNotReadyException",
        "OperationInProgress",
        "ConcurrentModificationFault",
    }
)
"""It did nothing and passes once something else is over."""

NOT_YET = (
    ("InvalidParameterValueException", re.compile(r"(?i)role .*(cannot be assumed|assume)")),
    ("InvalidParameterException", re.compile(r"(?i)role .*(not authorized|assumed|could not)")),
    ("InvalidRequestException", re.compile(r"(?i)role .*(not authorized|assumed)")),
    ("InvalidParameterValue", re.compile(r"(?i)(iam instance profile|invalid iam)")),
    ("MalformedPolicyDocument", re.compile(r"(?i)invalid principal")),
    ("MalformedPolicy", re.compile(r"(?i)invalid principal")),
    ("MalformedPolicyDocumentException", re.compile(r"(?i)(invalid )?principal")),
    ("AccessDenied", re.compile(r"(?i)not authorized to perform: sts:AssumeRole")),
)
"""What was made a moment ago (a role, a profile, a principal) is not known everywhere yet."""


def is_missing(answer: Rejected) -> bool:
    if answer.code == "KMSInvalidStateException" and "pending deletion" in answer.message:
        return True
    return bool(MISSING.search(answer.code)) or answer.code in MISSING_ALSO


def is_taken(answer: Rejected, *, creates: bool) -> bool:
    if creates and answer.code in EXISTS_ON_CREATE:
        return True
    return answer.code not in EXISTS_ON_CREATE and bool(EXISTS.search(answer.code))


def is_busy(answer: Rejected) -> bool:
    return answer.code in BUSY or any(answer.code == code and text.search(answer.message) for code, text in NOT_YET)


TAKES_AWAY = ("Revoke", "Detach", "Remove", "Delete", "Disassociate", "Untag", "Disable")
PUTS_THERE = ("Authorize", "Add", "Attach", "Associate", "Enable")

SAID_DIFFERENTLY = (
    (
        "dynamodb:UpdateTable",
        re.compile(r"(?i)index.*(already exists|does not have|not found)|does not have the specified index"),
    ),
    ("iam:AddRoleToInstanceProfile", re.compile(r"(?i)InstanceSessionsPerInstanceProfile")),
)


def is_so_already(operation: str, answer: Rejected) -> bool:
    """True where a step of an update was refused because it is already as it asks: sent twice, it did its work before."""
    verb = operation.partition(":")[2]
    if any(operation == name and text.search(answer.message) for name, text in SAID_DIFFERENTLY):
        return True
    return (verb.startswith(TAKES_AWAY) and is_missing(answer)) or (
        verb.startswith(PUTS_THERE) and is_taken(answer, creates=False)
    )


def unreadable(answer: Answer) -> Diagnostic:
    match answer:
        case Rejected(code=code, message=message):
            return Diagnostic(code="P0541", summary=f"AWS refused to read: {code}", detail=message)
        case Lost(reason=reason):
            return Diagnostic(code="P0542", summary="no answer from AWS", detail=reason)
        case _:
            return Diagnostic(code="P0543", summary="an answer that settles nothing")
