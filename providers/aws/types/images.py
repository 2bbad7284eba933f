"""ECR: image repositories."""

from __future__ import annotations

from providers.aws.forms import json_text, lower
from providers.aws.table import (
    Call,
    Create,
    Delete,
    Entry,
    Follow,
    Identity,
    Known,
    Listing,
    Read,
    Tagging,
    TagKeys,
    Tags,
    Take,
    Update,
)
from providers.contract.schema import RecoveryClass

REPOSITORY = {"repositoryName": Identity()}

ECR_REPOSITORY = Entry(
    type="AWS::ECR::Repository",
    recovery=RecoveryClass.NAME,
    known_identity=True,
    name="RepositoryName",
    name_length=256,
    holds_data=True,
    create=Create(
        call=Call(
            operation="ecr:CreateRepository",
            parameters={
                "repositoryName": Take("RepositoryName"),
                "imageTagMutability": Take("ImageTagMutability"),
                "imageTagMutabilityExclusionFilters": Take("ImageTagMutabilityExclusionFilters", lower),
                "imageScanningConfiguration": Take("ImageScanningConfiguration", lower),
                "encryptionConfiguration": Take("EncryptionConfiguration", lower),
                "tags": Tags(),
            },
        ),
        item=("repository",),
    ),
    updates=(
        Update(
            on=("ImageTagMutability", "ImageTagMutabilityExclusionFilters"),
            call=Call(
                operation="ecr:PutImageTagMutability",
                parameters={
                    **REPOSITORY,
                    "imageTagMutability": Take("ImageTagMutability"),
                    "imageTagMutabilityExclusionFilters": Take("ImageTagMutabilityExclusionFilters", lower),
                },
            ),
            created=True,
        ),
        Update(
            on=("ImageScanningConfiguration",),
            call=Call(
                operation="ecr:PutImageScanningConfiguration",
                parameters={**REPOSITORY, "imageScanningConfiguration": Take("ImageScanningConfiguration", lower)},
            ),
            created=True,
        ),
        Update(
            on=("LifecyclePolicy",),
            call=Call(
                operation="ecr:PutLifecyclePolicy",
                parameters={
                    **REPOSITORY,
                    "registryId": Take("LifecyclePolicy.RegistryId"),
                    "lifecyclePolicyText": Take("LifecyclePolicy.LifecyclePolicyText", json_text),
                },
            ),
            undo=Call(operation="ecr:DeleteLifecyclePolicy", parameters=REPOSITORY),
        ),
        Update(
            on=("RepositoryPolicyText",),
            call=Call(
                operation="ecr:SetRepositoryPolicy",
                parameters={**REPOSITORY, "policyText": Take("RepositoryPolicyText", json_text)},
            ),
            undo=Call(operation="ecr:DeleteRepositoryPolicy", parameters=REPOSITORY),
        ),
    ),
    tagging=Tagging(
        form="list",
        add=Call(operation="ecr:TagResource", parameters={"resourceArn": Known("Arn"), "tags": Tags()}),
        remove=Call(operation="ecr:UntagResource", parameters={"resourceArn": Known("Arn"), "tagKeys": TagKeys()}),
    ),
    read=Read(
        call=Call(operation="ecr:DescribeRepositories", parameters={"repositoryNames": [Identity()]}),
        items=("repositories", "*"),
        absent=frozenset({"RepositoryNotFoundException"}),
        lower=True,
        answer={
            "RepositoryName": "repositoryName",
            "Arn": "repositoryArn",
            "RepositoryUri": "repositoryUri",
            "ImageTagMutability": "imageTagMutability",
            "ImageTagMutabilityExclusionFilters": "imageTagMutabilityExclusionFilters",
            "ImageScanningConfiguration": "imageScanningConfiguration",
            "EncryptionConfiguration": "encryptionConfiguration",
        },
        follows=(
            Follow(
                call=Call(operation="ecr:ListTagsForResource", parameters={"resourceArn": Known("Arn")}),
                gives={"Tags": "tags"},
                always=True,
            ),
            Follow(
                call=Call(operation="ecr:GetLifecyclePolicy", parameters=REPOSITORY),
                gives={"LifecyclePolicy": ""},
                absent=frozenset({"LifecyclePolicyNotFoundException"}),
                convert=lambda body, _: {
                    "LifecyclePolicy": {
                        "LifecyclePolicyText": body.get("lifecyclePolicyText"),
                        "RegistryId": body.get("registryId"),
                    }
                },
            ),
            Follow(
                call=Call(operation="ecr:GetRepositoryPolicy", parameters=REPOSITORY),
                gives={"RepositoryPolicyText": "policyText"},
                absent=frozenset({"RepositoryPolicyNotFoundException"}),
            ),
        ),
        created_at="createdAt",
    ),
    listing=Listing(
        call=Call(operation="ecr:DescribeRepositories", parameters={}),
        items=("repositories", "*"),
        identity=("repositoryName",),
    ),
    delete=Delete(
        call=Call(operation="ecr:DeleteRepository", parameters={"repositoryName": Identity(), "force": Take("EmptyOnDelete")})
    ),
    ignored=frozenset({"EmptyOnDelete"}),
    defaults={"ImageTagMutability": "MUTABLE", "ImageScanningConfiguration.ScanOnPush": False},
)

ENTRIES = (ECR_REPOSITORY,)
