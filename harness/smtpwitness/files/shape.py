"""The shape of a scenario file as pydantic models: which keys stand where, and what their values are made of.

The models are checked after variants, placeholders and fragments have been put in (`expand`), and give the JSON
schema for editors. They hold nodes, not plain strings, so that whatever is found later still knows its place.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag, WithJsonSchema

from ..judge.grammar import VERBS
from ..model.scenario import CERTIFICATES, OPTIONS, OUTCOMES, SPOILS, TLS_TERMS, TLS_VERSIONS
from .leaves import (
    Content,
    Delay,
    Gap,
    Literal,
    MailExchanger,
    Need,
    RequirementId,
    Seconds,
    Sent,
    Size,
    Spoken,
    Times,
    Within,
    counted,
    word,
)
from .mapping import BY_KIND, Keys, OneOrMore, Shape, StepShape, step_kind
from .nodes import Text

MOMENTS = ("greeting", *sorted(VERBS), "message")
"""What a persona has replies for, and what `until` can name."""
UNTOLD = ("sender", "recipients", "helo", "timeout", "tls", "username", "password")
AUTHS = (
    *("none", "any", "plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256"),
    *("scram-sha-256-plus", "xoauth2", "oauthbearer", "external"),
)
LATER_AUTHS = ("digest-md5",)


# --- what the server says ---------------------------------------------------------------------------------------

Lines = Annotated[list[Spoken], Field(min_length=1)]
Split = Annotated[
    Annotated[Text, word("lines", "octets"), Tag("<text>")]
    | Annotated[list[Annotated[int, counted(10**6)]], Tag("<list>")],
    BY_KIND,
]


class ReplyShape(Shape):
    reply: Annotated[Annotated[Spoken, Tag("<text>")] | Annotated[Lines, Tag("<list>")], BY_KIND] | None = None
    raw: Spoken | None = None
    delay: Delay | None = None
    split: Split | None = None
    gap: Gap | None = None
    times: Annotated[int, counted(10**6)] = 1
    then: Annotated[Text, word("close", "reset", "half-close", "stall")] | None = None


Answer = Annotated[
    Annotated[Spoken, Tag("<text>")] | Annotated[Lines, Tag("<list>")] | Annotated[ReplyShape, Tag("<map>")], BY_KIND
]


class EveryShape(Shape):
    later = ("split", "gap", "times", "then", "reply", "raw")
    delay: Delay


class PersonaShape(Shape):
    """`personas/*.yaml`, and what a scenario lays over one."""

    offers: Annotated[list[Literal], OneOrMore()] | None = None
    offers_in_tls: Annotated[list[Literal], OneOrMore()] | None = Field(None, alias="offers in tls")
    replies: Annotated[dict[str, Answer], Keys(lambda check: MOMENTS, "moment for a reply")] = Field(
        default_factory=dict
    )
    every_reply: EveryShape | None = Field(None, alias="every reply")
    window: Size | None = None


class ServerShape(PersonaShape):
    persona: Literal | None = None


# --- what the client is asked to do -----------------------------------------------------------------------------


class MessageFile(Shape):
    """`message` of a job: exactly one of these."""

    file: Literal | None = None
    raw: Content | None = None
    body: Content | None = None
    size: Size | None = None


class MadeUp(Shape):
    """`recipients: {count, length}`: so many, each address so many octets long."""

    count: Annotated[int, counted(100_000)]
    length: Annotated[int, counted(254)] | None = None


Recipients = Annotated[
    Annotated[int, counted(100_000), Tag("<text>")]
    | Annotated[list[Literal], Tag("<list>")]
    | Annotated[MadeUp, Tag("<map>")],
    BY_KIND,
]


class EnvelopeShape(Shape):
    sender: Literal | None = None
    recipients: Recipients | None = None
    message: MessageFile | None = None


class JobShape(EnvelopeShape):
    tls: Annotated[Text, word("none", "starttls", "implicit")] | None = None
    auth: Annotated[Text, word(*AUTHS, later=LATER_AUTHS)] | None = None
    username: Literal | None = None
    password: Literal | None = None
    messages: (
        Annotated[
            Annotated[int, counted(100), Tag("<text>")] | Annotated[list[EnvelopeShape], Tag("<list>")],
            BY_KIND,
        ]
        | None
    ) = None
    subject: Literal | None = None
    body: Content | None = None
    helo: Literal | None = None
    timeout: Seconds = 10.0
    protocol: Annotated[Text, word("smtp", "lmtp")] | None = None
    options: Annotated[dict[str, Literal], Keys(lambda check: OPTIONS, "option")] = Field(default_factory=dict)
    untold: Annotated[list[Annotated[Text, word(*UNTOLD)]], OneOrMore()] = Field(default_factory=list)


# --- steps ------------------------------------------------------------------------------------------------------


class Answered(StepShape):
    S: Answer | None = None
    covers: RequirementId | None = None
    within: Within | None = None
    breaks: RequirementId | None = None


class CommandStep(Answered):
    C: Sent
    needs: Need | None = None


class MessageMap(Shape):
    without: Annotated[list[Literal], OneOrMore()] = Field(default_factory=list)
    first: Size | None = None


class MessageStep(Answered):
    message: Annotated[
        Annotated[Text, word("same", "relayed", "any", "composed", "empty"), Tag("<text>")]
        | Annotated[MessageMap, Tag("<map>")],
        BY_KIND,
    ]


class CloseStep(StepShape):
    close: Annotated[Text, word("client", "close_notify")]
    covers: RequirementId | None = None
    within: Within | None = None
    breaks: RequirementId | None = None


class TlsMap(Shape):
    versions: Annotated[list[Annotated[Text, word(*TLS_VERSIONS)]], OneOrMore()] = Field(default_factory=list)
    terms: Annotated[list[Annotated[Text, word(*TLS_TERMS)]], OneOrMore()] = Field(default_factory=list)
    certificate: Annotated[Text, word(*CERTIFICATES, later=("revoked",))] | None = None
    fail: Annotated[Text, word("garbage", "close", "silence")] | None = None


class TlsStep(StepShape):
    tls: TlsMap
    covers: RequirementId | None = None
    breaks: RequirementId | None = None


class SaslMap(Shape):
    spoil: Annotated[Text, word(*SPOILS)] | None = None


class SaslStep(StepShape):
    sasl: SaslMap
    covers: RequirementId | None = None
    breaks: RequirementId | None = None


class ConnectionStep(StepShape):
    connection: list[Step]
    covers: RequirementId | None = None
    to: Literal | None = None


class UseStep(StepShape):
    use: Literal
    until: Annotated[Text, word(*MOMENTS)] | None = None


class EitherStep(StepShape):
    either: Annotated[list[list[Step]], Field(min_length=1)]


class AnyOrderStep(StepShape):
    any_order: Annotated[list[list[Step]], Field(min_length=1)] = Field(alias="any order")


class OptionalStep(StepShape):
    optional: list[Step]


class RepeatStep(StepShape):
    repeat: list[Step]
    times: Times = (1, None)


class EachRecipientStep(StepShape):
    each_recipient: list[Step] = Field(alias="each recipient")


class SayStep(StepShape):
    S: Answer


class NeverStep(StepShape):
    never: Spoken
    S: Answer | None = None
    covers: RequirementId | None = None


class BreaksStep(StepShape):
    breaks: RequirementId


Step = Annotated[
    Annotated[CommandStep, Tag("<C>")]
    | Annotated[MessageStep, Tag("<message>")]
    | Annotated[CloseStep, Tag("<close>")]
    | Annotated[TlsStep, Tag("<tls>")]
    | Annotated[SaslStep, Tag("<sasl>")]
    | Annotated[ConnectionStep, Tag("<connection>")]
    | Annotated[UseStep, Tag("<use>")]
    | Annotated[EitherStep, Tag("<either>")]
    | Annotated[AnyOrderStep, Tag("<any order>")]
    | Annotated[OptionalStep, Tag("<optional>")]
    | Annotated[RepeatStep, Tag("<repeat>")]
    | Annotated[EachRecipientStep, Tag("<each recipient>")]
    | Annotated[NeverStep, Tag("<never>")]
    | Annotated[SayStep, Tag("<S>")]
    | Annotated[BreaksStep, Tag("<breaks>")],
    Discriminator(step_kind, custom_error_type="no_step", custom_error_message="no step"),
]


# --- whole files ------------------------------------------------------------------------------------------------


class TitleShape(Shape):
    en: Literal | None = None
    zh: Literal | None = None


GoodWords = Annotated[list[Annotated[Text, word(*OUTCOMES)]], OneOrMore(), Field(min_length=1)]


class RecipientOutcomes(Shape):
    recipients: Annotated[list[GoodWords], Field(min_length=1)]


class RecordsShape(Shape):
    """What the name system says of a name: one of these."""

    mx: list[MailExchanger] = Field(default_factory=list)
    fails: Annotated[Text, word("nxdomain", "servfail")] | None = None


def _outcome_kind(node: object) -> str:
    return "<map>" if isinstance(node, dict) else "<words>"


MessageOutcome = Annotated[
    Annotated[GoodWords, Tag("<words>")] | Annotated[RecipientOutcomes, Tag("<map>")], Discriminator(_outcome_kind)
]


class OutcomeShape(Shape):
    """Exactly one of these."""

    recipients: Annotated[list[GoodWords], Field(min_length=1)] | None = None
    messages: Annotated[list[MessageOutcome], Field(min_length=1)] | None = None


VARIANTS_SCHEMA = {
    "type": "object",
    "additionalProperties": {
        "anyOf": [
            {"type": "array", "items": {"type": ["string", "number", "boolean"]}, "minItems": 1},
            {"type": "object", "minProperties": 1},
        ]
    },
}


class ScenarioShape(Shape):
    """A scenario file, each variant for itself."""

    title: Annotated[Annotated[Literal, Tag("<text>")] | Annotated[TitleShape, Tag("<map>")], BY_KIND]
    covers: Annotated[list[RequirementId], OneOrMore()]
    needs: Annotated[list[Need], OneOrMore()] = Field(default_factory=list)
    job: JobShape | None = None
    server: Annotated[Annotated[Literal, Tag("<text>")] | Annotated[ServerShape, Tag("<map>")], BY_KIND] | None = None
    never: Annotated[list[Spoken], OneOrMore()] = Field(default_factory=list)
    dns: dict[str, RecordsShape] = Field(default_factory=dict)
    dialogue: list[Step]
    allow: Annotated[dict[str, Literal], Keys(lambda check: check.rules, "rule")] = Field(default_factory=dict)
    outcome: (
        Annotated[
            Annotated[GoodWords, Tag("<words>")] | Annotated[OutcomeShape, Tag("<map>")], Discriminator(_outcome_kind)
        ]
        | None
    ) = None
    variants: Annotated[Any, WithJsonSchema(VARIANTS_SCHEMA)] = None
    limit: Seconds | None = None


class FragmentShape(Shape):
    """`fragments/*.yaml`."""

    defaults: Annotated[Any, WithJsonSchema({"type": "object"})] = None
    steps: Annotated[Any, WithJsonSchema({"type": "array"})]


SECTIONS = tuple(ScenarioShape.model_fields)
"""The top-level keys of a scenario."""


def json_schema() -> dict[str, Any]:
    """The JSON schema of a scenario file (draft 2020-12). Any value may also be one whole placeholder."""
    made = ScenarioShape.model_json_schema(by_alias=True)
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made["required"] = [key for key in made["required"] if key != "dialogue"]
    for model in (made, *made["$defs"].values()):
        for key, value in model.get("properties", {}).items():
            model["properties"][key] = {"anyOf": [value, PLACEHOLDER]}
    return made


PLACEHOLDER = {"type": "string", "pattern": r"^\{[^{}]+\}$"}
