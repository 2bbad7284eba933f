"""The table of keys: what the check of stack files, the JSON Schema and the reference are made from."""

from __future__ import annotations

from typing import Final

from stacks.shapes import (
    ADDRESS,
    BOOLEAN,
    BOOLEAN_OR_EXPRESSION,
    DURATION,
    EXPRESSION,
    INTEGER,
    LITERAL,
    NUMBER,
    PROPERTIES,
    TEXT,
    TEXT_OR_EXPRESSION,
    VALUE,
    Key,
    Shape,
    choice,
    either,
    list_of,
    map_of,
    record,
)

MODULES_LATER: Final = "modules come in a later version"

RULE = record(
    "a rule",
    rule=Key(shape=EXPRESSION, about="Must be true.", required=True),
    message=Key(shape=TEXT_OR_EXPRESSION, about="What is told where it is not.", required=True),
)

INPUT_TYPES: Final = ("string", "integer", "number", "boolean", "list", "map", "any")

INPUT_ITEM = record(
    "the items of an input",
    type=Key(shape=choice(*INPUT_TYPES), about="The type of each item, or of each value of the map.", default="any"),
    enum=Key(shape=list_of(LITERAL), about="The values that are allowed."),
    minimum=Key(shape=NUMBER, about="The least value of a number."),
    maximum=Key(shape=NUMBER, about="The greatest value of a number."),
    min_length=Key(shape=INTEGER, about="The least number of characters, or of items."),
    max_length=Key(shape=INTEGER, about="The greatest number of characters, or of items."),
    pattern=Key(shape=TEXT, about="A regular expression (RE2) that text must match somewhere."),
)

INPUT = record(
    "an input",
    type=Key(shape=choice(*INPUT_TYPES), about="What kind of value it is.", default="any"),
    default=Key(
        shape=LITERAL, about="Its value where none is given; without a default it is required. `null` makes it optional."
    ),
    items=Key(shape=INPUT_ITEM, about="Of a list or a map: what each item, or each value, is."),
    enum=Key(shape=list_of(LITERAL), about="The values that are allowed."),
    minimum=Key(shape=NUMBER, about="The least value of a number."),
    maximum=Key(shape=NUMBER, about="The greatest value of a number."),
    min_length=Key(shape=INTEGER, about="The least number of characters, or of items."),
    max_length=Key(shape=INTEGER, about="The greatest number of characters, or of items."),
    pattern=Key(shape=TEXT, about="A regular expression (RE2) that text must match somewhere."),
    sensitive=Key(shape=BOOLEAN, about="It is a secret: never shown, never stored in clear.", default="false"),
    deprecated=Key(shape=TEXT, about="Warns whoever still sets it, with this text."),
    description=Key(shape=TEXT, about="For people."),
    rules=Key(shape=list_of(RULE), about="More that must hold; a rule may look at other inputs."),
)

FILE = record(
    "a file",
    text=Key(shape=TEXT, about="The path of a text file; the value is its text."),
    zip=Key(shape=TEXT, about="The path of a folder or a file; the value is a zip of it (base64, sha256, size)."),
    folder=Key(shape=TEXT, about="The path of a folder; the value is a map of path to text, for `for_each`."),
)

PROVIDER: Final = record(
    "a provider",
    is_open=True,
    type=Key(shape=TEXT, about="Its kind.", default="its name"),
    tags=Key(shape=map_of(VALUE), about="Tags merged into every taggable resource; the resource wins."),
    parallelism=Key(shape=INTEGER, about="How many requests at once."),
    signature_life=Key(shape=DURATION, about="How long a signed request is taken by the server."),
    listing_lag=Key(shape=DURATION, about="How long a listing may lag behind a create."),
    for_each=Key(shape=VALUE, about="One instance for each key.", later="for_each on a provider comes with fleets"),
)
"""What the engine knows of every instance; the rest are the settings of its kind."""

AWS_SETTINGS: Final[dict[str, Key]] = {
    "region": Key(shape=TEXT_OR_EXPRESSION, about="The region of its resources."),
    "account": Key(shape=TEXT_OR_EXPRESSION, about="The account it must be; another one is refused."),
    "role": Key(shape=TEXT_OR_EXPRESSION, about="The ARN of a role to assume."),
    "profile": Key(shape=TEXT_OR_EXPRESSION, about="A profile of the AWS configuration files."),
}
KUBERNETES_SETTINGS: Final[dict[str, Key]] = {
    "context": Key(shape=TEXT_OR_EXPRESSION, about="A context of the kubeconfig."),
    "kubeconfig": Key(shape=TEXT_OR_EXPRESSION, about="The path of a kubeconfig."),
    "cluster": Key(shape=EXPRESSION, about="A cluster resource of this stack: the instance is built on it."),
    "namespace": Key(shape=TEXT_OR_EXPRESSION, about="The namespace of objects that name none."),
}
SETTINGS: Final[dict[str, dict[str, Key]]] = {"aws": AWS_SETTINGS, "kubernetes": KUBERNETES_SETTINGS}
"""Settings by kind. A kind that is not here takes any."""

LIFECYCLE = record(
    "lifecycle",
    protect=Key(shape=BOOLEAN, about="Refuses every deletion and replacement.", default="false"),
    on_delete=Key(shape=choice("destroy", "retain", "snapshot"), about="What happens when it is deleted.", default="destroy"),
    grace=Key(shape=DURATION, about="Deleted only so long after it left the files; until then it can come back as it was."),
    create_first=Key(shape=BOOLEAN, about="On replacement: create the new one first.", default="as the type"),
    ignore=Key(shape=list_of(TEXT), about="Paths of properties whose differences do not count."),
    replace_when=Key(shape=list_of(TEXT), about="References (`image.Value`) whose change replaces this resource."),
)

TIMEOUTS = record(
    "timeouts",
    create=Key(shape=DURATION, about="For creating."),
    update=Key(shape=DURATION, about="For updating."),
    delete=Key(shape=DURATION, about="For deleting."),
    ready=Key(shape=DURATION, about="For becoming ready."),
)

BUNDLE = record(
    "a bundle",
    path=Key(shape=TEXT, about="A folder of plain manifests, or one file.", required=True),
    patches=Key(shape=list_of(VALUE), about="Objects merged into those of the bundle as server-side apply merges."),
)

RESOURCE = record(
    "a resource",
    type=Key(shape=TEXT, about="The type, such as `AWS::SQS::Queue`."),
    properties=Key(shape=PROPERTIES, about="What it is, in the names of its type."),
    object=Key(shape=PROPERTIES, about="A Kubernetes object in its own form."),
    bundle=Key(shape=either(TEXT, BUNDLE), about="Plain Kubernetes manifests, taken as they are."),
    read=Key(shape=PROPERTIES, about="Only read, never owned: by identifier or by filter; exactly one."),
    list=Key(shape=PROPERTIES, about="All that match, only read, keyed by identifier."),
    provider=Key(shape=TEXT_OR_EXPRESSION, about="The provider instance.", default="the kind's own"),
    for_each=Key(shape=VALUE, about="Repeats it over a map, or a list of texts as a set; keys are known at plan."),
    enabled=Key(shape=BOOLEAN_OR_EXPRESSION, about="False: not there, its address is kept.", default="true"),
    depends_on=Key(shape=list_of(ADDRESS), about="Addresses it waits for beyond its references."),
    lifecycle=Key(shape=LIFECYCLE, about="Protection, deletion, replacement."),
    ready=Key(shape=EXPRESSION, about="Over `self`: dependents wait until it is true."),
    import_=Key(shape=TEXT_OR_EXPRESSION, about="The identity of a live object to take over."),
    timeouts=Key(shape=TIMEOUTS, about="How long each operation may take."),
    before=Key(shape=list_of(RULE), about="Rules on planned values."),
    after=Key(shape=list_of(RULE), about="Rules on final values; a failing one blocks dependents."),
    module=Key(shape=VALUE, about="A module.", later=MODULES_LATER),
)

OUTPUT = record(
    "an output",
    value=Key(shape=VALUE, about="The value.", required=True),
    sensitive=Key(shape=BOOLEAN, about="It is a secret.", default="false"),
    description=Key(shape=TEXT, about="For people."),
)

MOVED = record(
    "a move",
    from_=Key(shape=ADDRESS, about="The address until now.", required=True),
    to=Key(shape=ADDRESS, about="The address from now on.", required=True),
)
REMOVED = record(
    "a removal",
    from_=Key(shape=ADDRESS, about="The address that is no longer declared.", required=True),
    keep=Key(shape=BOOLEAN, about="True: forgotten, and left alive.", default="false"),
)

STACK_FILE: Shape = record(
    "a stack file",
    stack=Key(shape=TEXT, about="The stack's name; files with the same name form one stack.", required=True),
    inputs=Key(shape=map_of(INPUT, "input"), about="What may differ between environments."),
    locals=Key(shape=map_of(VALUE, "local"), about="Named values, any tree or text."),
    files=Key(shape=map_of(FILE, "file"), about="Files of the same commit; nothing in them is interpolated."),
    providers=Key(shape=map_of(PROVIDER, "provider"), about="Provider instances."),
    resources=Key(shape=map_of(RESOURCE, "resource"), about="What should exist."),
    outputs=Key(shape=map_of(VALUE, "output"), about="What other stacks and people may use."),
    checks=Key(shape=list_of(RULE), about="Rules of the whole stack."),
    moved=Key(shape=list_of(MOVED), about="Addresses that changed."),
    removed=Key(shape=list_of(REMOVED), about="Addresses to let go."),
    drift=Key(shape=choice("heal", "report"), about="What happens to changes made behind our back.", default="heal"),
    mode=Key(shape=choice("manage", "observe"), about="`observe`: plans and drift only, nothing is written.", default="manage"),
    adopt=Key(shape=choice("refuse", "ours", "any"), about="Live objects that nobody recorded.", default="refuse"),
    modules=Key(shape=VALUE, about="Modules.", later=MODULES_LATER),
)

ENVIRONMENT_OF_STACK = record(
    "an environment's entry for a stack",
    inputs=Key(shape=map_of(LITERAL), about="Values of the stack's inputs."),
    providers=Key(shape=map_of(PROVIDER), about="Settings of its provider instances."),
)
ENVIRONMENT_FILE: Shape = record(
    "an environment",
    inputs=Key(shape=map_of(LITERAL), about="Values of inputs, for every stack that has them."),
    providers=Key(shape=map_of(PROVIDER), about="Settings of provider instances, for every stack that has them."),
    stacks=Key(shape=map_of(ENVIRONMENT_OF_STACK), about="By stack: what goes before the above."),
)
ENVIRONMENT_ENTRY = record(
    "an environment",
    default=Key(shape=BOOLEAN, about="Taken where `--env` is not given.", default="false"),
    sandbox=Key(shape=BOOLEAN, about="All its providers go to the sandbox.", default="false"),
)
STATE_RECORD = record(
    "a state",
    url=Key(shape=TEXT, about="`sqlite`, or the address of a store.", required=True),
    lease=Key(shape=DURATION, about="How long a lease lives without a heartbeat."),
)
PLUMB_FILE: Shape = record(
    "plumb.yaml",
    repository=Key(shape=TEXT, about="The repository's id, minted by `plumb init`.", required=True),
    stacks=Key(shape=list_of(TEXT), about="Where stack files are, as patterns of paths.", default='["**"]'),
    state=Key(
        shape=either(TEXT, STATE_RECORD, map_of(either(TEXT, STATE_RECORD))),
        about="The store of state: one, or one for each environment.",
        default="sqlite",
    ),
    environments=Key(shape=map_of(ENVIRONMENT_ENTRY), about="The environments by name."),
    controller=Key(
        shape=record(
            "the controller",
            branch=Key(shape=TEXT, about="The branch it follows.", default="main"),
            interval=Key(shape=DURATION, about="How often it looks.", default="60s"),
            apply=Key(shape=choice("auto", "approve"), about="Whether it applies by itself.", default="auto"),
        ),
        about="The loop.",
    ),
)
