"""Takes secrets out of what a client sends, before anything judges or stores it.

SASL responses are redacted by position: after AUTH, a client's lines are responses, whatever is in them. A secret
that is known, because the job has it or because it was learned that way, is replaced wherever else it stands, in
every form that programs give to text. What is left is a stand-in of fixed length and a `Secret`, which says what a
judge must know.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import quote, quote_plus

from ..model.transcript import Secrecy, Secret
from . import oauth, scram
from .grammar import command
from .sasl import SIGNATURE, prepared

STAND_IN = SIGNATURE.encode()
COMMAND_LIMIT = 512  # octets, with CRLF (RFC 5321, 4.5.3.1.4)
RESPONSE_LIMIT = 12288  # octets, with CRLF (RFC 4954, 4)
SHORTEST = 4
"""Characters that a secret must have to be looked for: anything shorter is found in innocent text."""

MOST_LEARNED = 32
"""Secrets of a client's own that are looked for. One that sends a new password in each of a thousand AUTH lines must
not keep the harness busy: further ones, and any that no SASL line can hold, are redacted by position alone."""

LONGEST_CUT = 256
"""Octets of a form of a secret that is also looked for where a chunk of the message cuts it in two."""

AUTH = re.compile(rb"[ \t]*AUTH(?:[ \t]+(?P<name>[^ \t]+)(?:[ \t]+(?P<initial>.*[^ \t]))?)?[ \t]*", re.IGNORECASE)
BASE64 = re.compile(rb"[A-Za-z0-9+/]*={0,2}")
CRAM = re.compile(rb"(?P<user>.+) (?P<digest>[0-9a-f]{32})", re.DOTALL)
BEARER = re.compile(r"Bearer ([^\x01\s]+)", re.IGNORECASE)


# --- the forms of a secret --------------------------------------------------------------------------------------


def forms(secret: str) -> Mapping[str, bytes]:
    """The octets that give *secret* away, by the name of the form; none for fewer than four characters.

    Hexadecimal and percent forms in one letter case throughout; a form that is folded over lines is not among them.
    """
    if len(secret) < SHORTEST:
        return {}
    found: dict[str, bytes] = {}
    for charset, octets in _charsets(secret):
        found |= {f"{charset} {name}": form for name, form in _octet_forms(octets)}
    found |= {name: form.encode("utf-8", "surrogatepass") for name, form in _text_forms(secret)}
    return {name: form for name, form in found.items() if form}


def _charsets(secret: str) -> Iterator[tuple[str, bytes]]:
    yield "utf-8", secret.encode("utf-8", "surrogatepass")
    for charset in ("latin-1", "gb18030", "utf-16-le", "utf-16-be"):
        try:
            yield charset, secret.encode(charset)
        except UnicodeEncodeError:
            continue


def _octet_forms(octets: bytes) -> Iterator[tuple[str, bytes]]:
    yield "as it is", octets
    yield "hexadecimal", octets.hex().encode()
    yield "hexadecimal, upper case", octets.hex().upper().encode()
    for name, sign in (("percent", "%"), ("quoted-printable", "="), ("backslash", "\\x")):
        yield f"{name}, every octet", "".join(f"{sign}{one:02X}" for one in octets).encode()
        yield f"{name}, every octet, lower case", "".join(f"{sign}{one:02x}" for one in octets).encode()
    yield "quoted-printable", binascii.b2a_qp(octets).replace(b"=\n", b"")
    yield "quoted-printable, header", binascii.b2a_qp(octets, header=True).replace(b"=\n", b"")
    yield "Python bytes", repr(octets)[2:-1].encode()
    for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
        yield name, encode(octets)
        for offset in range(3):
            # Characters whose six bits are all the secret's own, when it begins *offset* octets into a group of three.
            whole = encode(bytes(offset) + octets)
            yield f"{name} at {offset}", whole[-(-8 * offset // 6) : 8 * (offset + len(octets)) // 6]


def _text_forms(secret: str) -> Iterator[tuple[str, str]]:
    safe = secret.encode("utf-8", "surrogatepass")
    yield "percent", quote(safe, safe="")
    yield "percent, path", quote(safe)
    yield "form data", quote_plus(safe)
    yield "percent, lower case", re.sub("%..", lambda match: match[0].lower(), quote(safe, safe=""))
    units = secret.encode("utf-16-be", "surrogatepass").hex()
    yield "JSON, every character", "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
    yield (
        "JSON, every character, upper case",
        "".join(f"\\u{units[at : at + 4].upper()}" for at in range(0, len(units), 4)),
    )
    yield "HTML, every character", "".join(f"&#{ord(char)};" for char in secret)
    yield "HTML, every character, hexadecimal", "".join(f"&#x{ord(char):x};" for char in secret)
    yield "Python", repr(secret)[1:-1]
    # Reports hold JSON in HTML, so the one escapes what the other has made.
    for outer, text in (
        ("", secret),
        ("JSON", json.dumps(secret)[1:-1]),
        ("JSON, UTF-8", json.dumps(secret, ensure_ascii=False)[1:-1]),
    ):
        escaped = html.escape(text)
        yield f"{outer} as it is", text
        yield f"{outer} HTML", escaped
        yield f"{outer} HTML, decimal", escaped.replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
        yield f"{outer} XML", escaped.replace("&#x27;", "&apos;")
        yield f"{outer} HTML, text", html.escape(text, quote=False)


@lru_cache(maxsize=4)
def _pieces(forms: frozenset[bytes]) -> tuple[tuple[bytes, ...], frozenset[bytes], frozenset[bytes]]:
    """The *forms* that are looked for where they are cut, and what they can begin and end with."""
    cut = tuple(form for form in forms if len(form) <= LONGEST_CUT)
    lengths = [(form, length) for form in cut for length in range(SHORTEST, len(form))]
    return (
        cut,
        frozenset(form[:length] for form, length in lengths),
        frozenset(form[-length:] for form, length in lengths),
    )


# --- what a response says ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Response:
    """A SASL response, looked at: what its `Secret` will say, and the values to be learned from it."""

    role: Secrecy
    encoding: str
    well_formed: bool
    agrees: bool | None
    values: tuple[str, ...]
    says: str = ""


def _decoded(octets: bytes) -> tuple[bytes, bool]:
    """A response out of base64, and whether that was canonical (RFC 4954, 4). What is no base64 is itself."""
    if octets == b"=":
        return b"", True
    try:
        raw = base64.b64decode(octets.rstrip(b"=") + b"=" * (-len(octets.rstrip(b"=")) % 4), validate=True)
    except binascii.Error:
        return octets, False
    return raw, BASE64.fullmatch(octets) is not None and base64.b64encode(raw) == octets


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogateescape")


def _valid(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True


def _amiss(parts: list[bytes], decoded: bytes) -> str:
    """What is amiss in a PLAIN response, as keys of `rules.auth.RESPONSE` (RFC 4616, 2)."""
    if len(parts) > 3:
        return "nul"
    if not _valid(decoded):
        return "charset"
    return "authzid" if len(parts) == 3 and parts[0] else ""


# --- the redactor -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Exchange:
    """A SASL exchange of one connection. `over`: the server ended it, but a broken client may go on."""

    mechanism: str
    bindings: Mapping[str, bytes]  # the data of the TLS session, by type (RFC 5929)
    position: int = 0  # responses so far
    challenge: bytes = b""  # the last one, base64
    first: str = ""  # SCRAM: the client's first message
    derived: scram.Derived | None = None  # SCRAM: what follows from the password
    prompted: bool = False  # a 334 came
    over: bool = False
    succeeded: bool = False  # what follows is the rest of a response that was broken into lines, or a command


class Redactor:
    """Takes the secrets of one case out of everything. Stateful: feed it each connection's lines in order.

    *own_credentials*: the client has a user name and a password of its own, so that none can be held against the
    job's. `learned` are the secrets that it found; they are kept in memory only. Eight asterisks in a row inside a
    password cannot be told from the stand-in.
    """

    def __init__(self, username: str, password: str, own_credentials: bool = False) -> None:
        self.learned: set[str] = set()
        self._username, self._password, self.own_credentials = username, password, own_credentials
        self._exchanges: dict[int, _Exchange] = {}
        self._bindings: dict[int, Mapping[str, bytes]] = {}
        self._proofs = 0
        self._forms = frozenset(forms(password).values())

    def keep_out(self, secrets: Iterable[str]) -> None:
        """These are secrets, too."""
        self._learn(tuple(secrets))

    # --- what comes and goes

    def line(self, connection: int, octets: bytes) -> tuple[bytes, tuple[Secret, ...], bool]:
        """A command or SASL line without its secrets, their spans, and whether it was longer than its limit."""
        body = octets.rstrip(b"\r\n")
        exchange = self._exchanges.get(connection)
        limit = RESPONSE_LIMIT if exchange and exchange.prompted and not exchange.over else COMMAND_LIMIT
        spans: list[tuple[int, int, Response]] = []
        auth = AUTH.fullmatch(body)
        if auth is not None:
            name, bindings = (auth["name"] or b"").decode("latin-1").upper(), self._bindings.get(connection, {})
            exchange = self._exchanges[connection] = _Exchange(name, bindings)
            spans = self._initial(exchange, auth)
        elif exchange is not None:
            if command(octets).verb:  # base64 has no blanks, and no password is one of our verbs
                if exchange.over:
                    del self._exchanges[connection]
            elif body.strip() != b"*" and not (exchange.succeeded and BASE64.fullmatch(body.strip()) is None):
                spans = self._response(exchange, body, 0)
        redacted, secrets = self._masked(octets, spans or self._edges(octets))
        return redacted, secrets, len(octets) > limit and b"\n" not in octets[:limit]

    def content(self, octets: bytes) -> tuple[bytes, tuple[Secret, ...]]:
        """Octets of any other kind (content, a reply) without known secrets, and the spans of those."""
        return self._masked(octets, [])

    def replied(self, connection: int, octets: bytes) -> None:
        """*octets* have left as a reply: a challenge if it is 334, else the end of a SASL exchange."""
        exchange = self._exchanges.get(connection)
        if exchange is None or not octets:
            return
        if octets.startswith(b"334"):
            exchange.challenge, exchange.prompted = octets[4:].strip(), True
        else:
            exchange.over, exchange.succeeded = True, exchange.succeeded or octets.startswith(b"2")

    def tls(self, connection: int, bindings: Mapping[str, bytes] = MappingProxyType({})) -> None:
        """TLS is up: a new session (RFC 3207, 4.2). *bindings* are what it can be told by, see `scram.with_binding`."""
        self._exchanges.pop(connection, None)
        self._bindings[connection] = bindings

    def scrub(self, text: str) -> str:
        """*text* without known secrets. Characters that are no Unicode are lost only where something was replaced."""
        redacted, secrets = self.content(text.encode("utf-8", "surrogatepass"))
        return redacted.decode("utf-8", "replace") if secrets else text

    # --- by position

    def _initial(self, exchange: _Exchange, auth: re.Match[bytes]) -> list[tuple[int, int, Response]]:
        """The initial response of an AUTH line. A second word after LOGIN's user name is taken for the password."""
        if auth["initial"] is None:
            return []
        start, initial = auth.start("initial"), auth["initial"]
        user, blank, rest = initial.partition(b" ")
        if exchange.mechanism != "LOGIN" or not blank:
            return self._response(exchange, initial, start)
        spans = self._response(exchange, user, start)
        return spans + self._response(exchange, rest, start + len(user) + 1)

    def _response(self, exchange: _Exchange, octets: bytes, start: int) -> list[tuple[int, int, Response]]:
        asked_for_password = b"pass" in _decoded(exchange.challenge)[0].lower()
        exchange.position += 1
        decoded, canonical = _decoded(octets)
        if self._is_open(exchange, octets, decoded, asked_for_password):
            return []
        response = self._read(exchange, octets, decoded, canonical)
        response = replace(response, says=self.scrub(response.says).encode("ascii", "backslashreplace").decode())
        self._learn(response.values)
        return [(start, start + len(octets), response)] if octets else []

    def _is_open(self, exchange: _Exchange, octets: bytes, decoded: bytes, asked_for_password: bool) -> bool:
        """Whether a response holds no secret: a user name, SCRAM's first message, `=`, what ends a failed OAuth."""
        first = exchange.position == 1
        if exchange.mechanism == "LOGIN":
            innocent = first and not asked_for_password
        elif exchange.mechanism in scram.HASHES:
            innocent = first and scram.FIRST.fullmatch(decoded) is not None
            exchange.first = _text(decoded) if innocent else exchange.first
        else:
            innocent = exchange.mechanism in oauth.MECHANISMS and not first and decoded == b"\x01"
        innocent = innocent or (octets == b"=" and exchange.mechanism == "EXTERNAL")
        return innocent and not self._gives_away(octets, decoded)

    def _gives_away(self, octets: bytes, decoded: bytes) -> bool:
        known = [one.encode("utf-8", "surrogateescape") for one in (*self.learned, self._password) if one]
        return any(one in octets or one in decoded for one in known)

    def _read(self, exchange: _Exchange, octets: bytes, decoded: bytes, canonical: bool) -> Response:
        user, password = self._username.encode(), self._password.encode("utf-8", "surrogateescape")
        agrees: bool | None = None
        values: tuple[str, ...] = (_text(decoded), _text(octets))
        built, says = canonical, ""
        if exchange.mechanism == "LOGIN":
            role, agrees = Secrecy.PASSWORD, password in (octets, decoded)
            values = (_text(octets if octets == password else decoded),)
            says = "" if _valid(decoded) else "login-charset"
        elif exchange.mechanism == "PLAIN":
            role, parts = Secrecy.PLAIN, decoded.split(b"\0")
            built = canonical and len(parts) == 3 and all(parts[1:]) and _valid(decoded)
            names = (user, prepared(self._username).encode())
            agrees = len(parts) == 3 and parts[1] in names and parts[2] == password
            says = _amiss(parts, decoded) or ("unprepared" if parts[1:2] == [user] != [names[1]] else "")
            values = (_text(parts[-1]),)
        elif exchange.mechanism == "CRAM-MD5":
            role, match = Secrecy.DIGEST, CRAM.fullmatch(decoded)
            built = canonical and match is not None
            agrees = self._right_digest(exchange, decoded)
            says = self._wrong_digest(exchange, decoded)
            values = (_text(decoded[-32:]),)
        elif exchange.mechanism in scram.HASHES:
            said = scram.open_part(values[0])
            role, says = Secrecy.PROOF, scram.with_binding(said, exchange.first, exchange.bindings)
            agrees = self._right_proof(exchange, values[0])
            values += tuple(filter(None, [scram.value(values[0], "p")]))
        else:
            role = Secrecy.TOKEN
            values += tuple(BEARER.findall(values[0]))
            if exchange.mechanism in oauth.MECHANISMS and exchange.position == 1:
                says = oauth.without_token(values[0])
                agrees = oauth.token(values[0]) == self._password
                agrees &= oauth.user(values[0]) in (None, self._username)
        known = None if self.own_credentials else agrees
        return Response(role, "base64" if canonical else "", built, known, values, says)

    def _right_digest(self, exchange: _Exchange, decoded: bytes) -> bool | None:
        """Whether this answers the challenge (RFC 2195); None where the challenge could not be read."""
        challenge, canonical = _decoded(exchange.challenge)
        if not canonical or not challenge:
            return None
        digest = hmac.new(self._password.encode("utf-8", "surrogateescape"), challenge, "md5").hexdigest()
        return decoded == f"{self._username} {digest}".encode()

    def _right_proof(self, exchange: _Exchange, said: str) -> bool | None:
        """Whether this proves the password (RFC 5802, 3); None where there is nothing to compare it with."""
        if exchange.position != 2 or not exchange.first or self.own_credentials:
            return None
        first, password = _text(_decoded(exchange.challenge)[0]), self._password.encode("utf-8", "surrogateescape")
        cut = said.partition(",p=")[0]
        exchange.derived = scram.derived(exchange.mechanism, password, scram.bare(exchange.first), first, cut)
        if exchange.derived is None:
            return None
        self._proofs += 1
        for one in exchange.derived.every if self._proofs <= MOST_LEARNED else ():
            self._forms |= frozenset(form for _, form in _octet_forms(one))
        return scram.value(said, "p") == base64.b64encode(exchange.derived.proof).decode()

    def filled(self, connection: int, octets: bytes) -> bytes:
        """*octets* of a reply as they are to be sent: the server's signature in place of its stand-in (RFC 5802, 3).

        Nobody else may see what comes back. Where nothing can be signed it is the signature of another server.
        """
        exchange = self._exchanges.get(connection)
        if octets != b"334 " + STAND_IN + b"\r\n" or exchange is None or exchange.mechanism not in scram.HASHES:
            return octets
        signature = exchange.derived.server_signature if exchange.derived else b"unknown"
        final = b"v=" + base64.b64encode(signature)
        if self._proofs <= MOST_LEARNED:
            self._forms |= frozenset(form for _, form in _octet_forms(final))
        return b"334 " + base64.b64encode(final) + b"\r\n"

    def _wrong_digest(self, exchange: _Exchange, decoded: bytes) -> str:
        """Two mistakes that are known well: capitals, and a key of more than 64 octets that is cut (RFC 2195, 2)."""
        if CRAM.fullmatch(decoded) is None:
            return "cram-digits" if CRAM.fullmatch(decoded[:-32] + decoded[-32:].lower()) else ""
        key, challenge = self._password.encode("utf-8", "surrogateescape"), _decoded(exchange.challenge)[0]
        cut = hmac.new(key[:64], challenge, "md5").hexdigest().encode()
        return "cram-key" if len(key) > 64 and decoded.endswith(cut) and not self.own_credentials else ""

    # --- by search

    def _learn(self, values: tuple[str, ...]) -> None:
        """Remember *values* as secrets, but for what is part of the user name: that would be found in every address."""
        for one in values:
            innocent = len(one) < SHORTEST or one.lower() in self._username.lower()
            full = len(self.learned) >= MOST_LEARNED or len(one) > RESPONSE_LIMIT
            if one not in self.learned and not innocent and not full:
                self.learned.add(one)
                self._forms |= frozenset(forms(one).values())

    def _edges(self, octets: bytes) -> list[tuple[int, int, Response]]:
        """What may be a piece of a secret that goes on in another chunk: at a chunk's head, its end, or all of it.

        Pieces shorter than four octets, and of forms longer than LONGEST_CUT, are not looked for.
        """
        start = octets.find(b"\n") + 1
        chunk = octets[start:] if start else b""
        if len(chunk) < SHORTEST:
            return []
        most = min(len(chunk), LONGEST_CUT)
        forms, heads, tails = _pieces(self._forms)
        inside = any(chunk in form for form in forms)
        sizes = range(most, SHORTEST - 1, -1)
        lead = len(chunk) if inside else next((size for size in sizes if chunk[:size] in tails), 0)
        rest = 0 if inside else next((size for size in sizes if chunk[-size:] in heads), 0)
        piece = Response(Secrecy.PASSWORD, "", True, None, ())
        if lead + rest > len(chunk):
            return [(start, len(octets), piece)]
        found = [(start, start + lead, piece), (len(octets) - rest, len(octets), piece)]
        return [one for one in found if one[0] < one[1]]

    def _found(self, octets: bytes) -> re.Pattern[bytes]:
        """The stand-in first, so that it stays what it is; then the forms that *octets* hold, the longest first.

        A pattern of all forms would have to be compiled anew for each secret that is learned, which takes far longer.
        """
        ordered = sorted((form for form in self._forms if form in octets), key=lambda form: (-len(form), form))
        return re.compile(b"|".join(map(re.escape, (STAND_IN, *ordered))))

    def _masked(self, octets: bytes, spans: list[tuple[int, int, Response]]) -> tuple[bytes, tuple[Secret, ...]]:
        """*octets* with stand-ins for *spans* and, outside of them, for every known secret."""
        out, secrets, at = bytearray(), [], 0
        pattern = self._found(octets)
        for start, end, response in [*spans, (len(octets), len(octets), None)]:
            for match in pattern.finditer(octets, at, start):
                if match[0] != STAND_IN:
                    out += octets[at : match.start()]
                    secrets.append(Secret(len(out), len(out) + len(STAND_IN), Secrecy.PASSWORD))
                    out += STAND_IN
                    at = match.end()
            out += octets[at:start]
            at = end
            if response is not None:
                secrets.append(
                    Secret(
                        len(out),
                        len(out) + len(STAND_IN),
                        response.role,
                        response.encoding,
                        response.well_formed,
                        response.agrees,
                        response.says,
                    )
                )
                out += STAND_IN
        return bytes(out), tuple(secrets)
