"""What a sane server says where the scenario is silent: a small table over the session's state.

Order of commands: RFC 5321, 4.1.4; STARTTLS: RFC 3207, 4; AUTH: RFC 4954, 4. In LMTP a DATA without an accepted
recipient gets 503 (RFC 2033, 4.2).
"""

from __future__ import annotations

from dataclasses import replace

from ..model.scenario import Persona, Reply
from ..model.template import Placeholder, Template
from .grammar import HELLO, chunk, command
from .session import GREETING, MESSAGE, SASL, State, takes_chunk


def _reply(text: str) -> Reply:
    return Reply(lines=(Template((text,)),))


BAD_SEQUENCE = _reply("503 5.5.1 Bad sequence of commands")
NO_RECIPIENTS = _reply("554 5.5.1 No valid recipients")
NOT_KNOWN = _reply("500 5.5.2 Command not recognised")
NOT_IMPLEMENTED = _reply("502 5.5.1 Command not implemented")
NO_MECHANISM = _reply("504 5.5.4 Mechanism not supported")
NO_INITIAL_RESPONSE = _reply("501 5.5.4 The server begins with this mechanism")
CANCELLED = _reply("501 5.7.0 Authentication cancelled")
AUTH_FAILED = _reply("535 5.7.8 Authentication credentials invalid")
AUTH_REQUIRED = _reply("530 5.7.0 Authentication required")
NO_MESSAGE_DUE = _reply("503 5.5.1 No message was due")
NO_COUNT = _reply("501 5.5.4 Syntax: BDAT count [LAST]")
REFUSALS = (
    BAD_SEQUENCE,
    NO_RECIPIENTS,
    NOT_KNOWN,
    NOT_IMPLEMENTED,
    NO_MECHANISM,
    NO_INITIAL_RESPONSE,
    CANCELLED,
    AUTH_FAILED,
    AUTH_REQUIRED,
    NO_MESSAGE_DUE,
    NO_COUNT,
)
"""What a client brings on itself: no trouble of the scenario's, and no reason to give up."""


def challenge(text: str) -> Reply:
    """`334` with a challenge that is base64 already."""
    return _reply(f"334 {text}")


def offers(persona: Persona, tls: bool) -> tuple[str, ...]:
    """The EHLO keywords, outside TLS or inside it."""
    if not tls:
        return persona.offers
    if persona.offers_in_tls is not None:
        return persona.offers_in_tls
    return tuple(one for one in persona.offers if one.upper() != "STARTTLS")


def mechanisms(persona: Persona, tls: bool) -> frozenset[str]:
    """The SASL mechanisms that it lists, upper case."""
    lines = (one.upper().replace("AUTH=", "AUTH ").split() for one in offers(persona, tls))
    return frozenset(name for words in lines if words[:1] == ["AUTH"] for name in words[1:])


def ehlo(persona: Persona, tls: bool, verb: str = "EHLO") -> Reply:
    """The reply to EHLO (or LHLO) with a line for each keyword; as it is written where it is no 250."""
    written = persona.replies.get(verb, NOT_IMPLEMENTED)
    if written.code != "250" or not written.lines:
        return written
    texts = [_after_code(line) for line in written.lines]
    texts += [Template((one,)) for one in offers(persona, tls)]
    marks = ["-"] * (len(texts) - 1) + [" "]
    lines = tuple(Template((f"250{mark}", *text.parts)) for mark, text in zip(marks, texts, strict=True))
    return replace(written, lines=lines)


def _after_code(line: Template) -> Template:
    head = line.parts[0]
    assert not isinstance(head, Placeholder), "a reply line begins with its code"
    return Template((head[4:], *line.parts[1:]))


def legal(verb: str, state: State, persona: Persona) -> bool:
    """Whether *verb* may come in *state* (RFC 5321, 4.1.4; RFC 3030, 2 and 3)."""
    match verb:
        case "MAIL":
            return bool(state.hello) and state.sender is None
        case "RCPT":
            return state.sender is not None and not state.chunks
        case "DATA":
            return bool(state.accepted) and not state.chunks and state.body != "BINARYMIME"
        case "BDAT":
            return takes_chunk(state)
        case "STARTTLS":
            return not state.tls and state.sender is None and _offered(verb, state, persona)
        case "AUTH":
            free = not state.authenticated and state.sender is None
            return bool(state.hello) and free and _offered(verb, state, persona)
        case _:
            return bool(verb)


def _offered(verb: str, state: State, persona: Persona) -> bool:
    """Whether a command that belongs to an extension may be known to the client."""
    match verb:
        case "STARTTLS":
            return "STARTTLS" in _names(persona, state)
        case "BDAT":
            return state.offers("CHUNKING")
        case "AUTH":
            return bool(mechanisms(persona, state.tls))
        case _:
            return True


def _names(persona: Persona, state: State) -> frozenset[str]:
    return frozenset(one.upper().partition(" ")[0] for one in offers(persona, state.tls))


def usual(persona: Persona, state: State, verb: str, octets: bytes, *, wants_auth: bool) -> Reply:
    """What the persona says to *verb* in *state*. AUTH and SASL responses are played in `sasl`, not here.

    *wants_auth*: the job has credentials, so a client that is not authenticated is not let through.
    """
    written = persona.replies.get(verb)
    if verb in (GREETING, MESSAGE):
        return written or NOT_IMPLEMENTED
    if verb == SASL:
        return AUTH_FAILED
    if not verb:
        return NOT_KNOWN
    if verb in ("EHLO", "LHLO"):
        return ehlo(persona, state.tls, verb)
    if verb == "DATA" and not state.lmtp and state.sender is not None and not state.accepted:
        return NO_RECIPIENTS
    if not _offered(verb, state, persona):
        return written if written and written.is_trouble else NOT_IMPLEMENTED
    if not legal(verb, state, persona):
        return BAD_SEQUENCE
    if verb == "BDAT" and chunk(octets) is None:
        return NO_COUNT
    if verb == "MAIL" and wants_auth and not state.authenticated:
        return AUTH_REQUIRED
    return written or NOT_IMPLEMENTED


ALLOWED_ANYWHERE = frozenset({"STARTTLS", "AUTH", "NOOP", "HELP", "VRFY", "EXPN", "RSET"}) | HELLO
"""Commands that need not be written to be right where they are legal (LANGUAGE.md, section 4)."""


def allowed(verb: str, state: State, persona: Persona) -> bool:
    """Whether an unwritten *verb* is no difference: honoured wherever it is legal; RSET outside a transaction."""
    if verb == "RSET":
        return state.sender is None
    return verb in ALLOWED_ANYWHERE and legal(verb, state, persona)


def mechanism_of(octets: bytes) -> tuple[str, str | None]:
    """The mechanism and initial response (None: none) of an AUTH line."""
    words = command(octets).argument.split()
    return words[0].upper() if words else "", words[1] if len(words) > 1 else None
