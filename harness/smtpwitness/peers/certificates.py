"""Certificates of one run: its own authority, a good certificate, and one for each fault that a client must notice.

Strict enough for `VERIFY_X509_STRICT`, which Python 3.13 sets by default: key identifiers, critical basic constraints,
key usage (RFC 5280, 4.2.1). Each is made when it is first asked for.
"""

from __future__ import annotations

import ipaddress
import re
import ssl
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ..model import run as model
from .sockets import host

ADDRESSES = ("127.0.0.1", "::1")
HOSTS = ("mail.example.test", "localhost", *ADDRESSES)
OTHER_HOSTS = ("other.example.test",)
CLIENTS = ("client.example.test",)
CLIENT_FILE = "client.pem"
DAY = timedelta(days=1)
HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){0,20}")


@dataclass(frozen=True, slots=True)
class Issuer:
    """An authority: its certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Leaf:
    """A server's certificate: days of validity counted from now, and what it is for.

    `hosts` are its subjectAltName: names, addresses, URIs; none: it has no such extension. `common_name` None: its
    subject is empty.
    """

    hosts: tuple[str, ...] = HOSTS
    common_name: str | None = HOSTS[0]
    days: tuple[int, int] = (-1, 30)
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH


class Context(ssl.SSLContext):
    """A server's; `shows` is the certificate that it has for who asks (None: it speaks without one)."""

    shows: model.Certificate | None = None


class Certificates:
    """The certificates of one run, with their files in *folder*, which must exist and is the caller's to remove.

    `ca_file` is what a client must trust; beside it lies CLIENT_FILE, a client's certificate with its key. The
    names that `context` knows are `NAMES`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = _authority("smtpwitness test root", None)
        self._contexts: dict[tuple[str, tuple[str, ...], tuple[str, ...], str], Context] = {}
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(_pem(self._root.certificate))
        key, (certificate,) = _signed(Leaf(CLIENTS, CLIENTS[0], purpose=ExtendedKeyUsageOID.CLIENT_AUTH), self._root)
        _write(folder / CLIENT_FILE, _pem(certificate) + _key_pem(key))

    def context(self, name: str, versions: tuple[str, ...] = (), terms: tuple[str, ...] = (), it: str = "") -> Context:
        """A server's context with the certificate *name*. Raises KeyError for an unknown name.

        *versions* of TLS from the lowest to the highest that is named; none: 1.2 or later. Where this machine's library
        has none of them, every handshake fails. *terms* are of `model.scenario.TLS_TERMS`. *it* is the host that the
        client means to speak to, where it was not told one.
        """
        if (name, versions, terms, it) not in self._contexts:
            key, chain = NAMES[name](self._root, it or host())
            file = self._folder / f"{name}{len(self._contexts) if it else ''}.pem"
            _write(file, _key_pem(key) + b"".join(_pem(one) for one in chain))
            context = Context(ssl.PROTOCOL_TLS_SERVER)
            context.shows = None if WITHOUT in terms else facts(name, chain[0])
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if versions:
                _only(context, versions)
            context.load_cert_chain(file)
            for term in terms:
                TERMS[term](context, self.ca_file)
            context.sni_callback = self._named_by_client(name, versions, terms, it)
            self._contexts[name, versions, terms, it] = context
        return self._contexts[name, versions, terms, it]

    def _named_by_client(
        self, name: str, versions: tuple[str, ...], terms: tuple[str, ...], it: str
    ) -> Callable[[ssl.SSLObject, str | None, ssl.SSLContext], None]:
        """What a client names in its ClientHello it means (RFC 6066, 3): another name than it was told is its own, and
        it gets a certificate as it would have from that host.
        """
        fit = {*HOSTS, host(), it.lower()}

        def swapped(handshake: ssl.SSLObject, meant: str | None, _: ssl.SSLContext) -> None:
            handshake.asked = meant or ""  # type: ignore[attr-defined]  # for `TlsLayer.asked`
            if meant and meant.lower() not in fit and HOST_NAME.fullmatch(meant):
                handshake.context = self.context(name, versions, terms, meant.lower())

        return swapped

    def file(self, name: str) -> Path:
        """The key and the chain of the certificate *name*, in one file. Raises KeyError."""
        self.context(name)
        return self._folder / f"{name}.pem"


def _write(file: Path, key_and_chain: bytes) -> None:
    file.touch(mode=0o600)
    file.write_bytes(key_and_chain)


def _only(context: ssl.SSLContext, versions: tuple[str, ...]) -> None:
    found = sorted(ssl.TLSVersion[f"TLSv{one.replace('.', '_').removesuffix('_0')}"] for one in versions)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # to be offered what is deprecated is the client's test
        context.minimum_version, context.maximum_version = found[0], found[-1]
    if found[0] < ssl.TLSVersion.TLSv1_2:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")  # they sign with SHA-1


def _ciphers(names: str) -> Callable[[ssl.SSLContext, Path], None]:
    """The cipher suites of TLS 1.2 that *names* has, whatever this machine thinks of them."""
    return lambda context, _: context.set_ciphers(names)


def _without_tls_1_3(names: str) -> Callable[[ssl.SSLContext, Path], None]:
    def bound(context: ssl.SSLContext, _: Path) -> None:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(f"{names}:@SECLEVEL=0")

    return bound


def _ask(context: ssl.SSLContext, authority: Path) -> None:
    context.load_verify_locations(authority)
    context.verify_mode = ssl.CERT_OPTIONAL


def _without_session_hash(context: ssl.SSLContext, _: Path) -> None:
    context.options |= 1  # SSL_OP_NO_EXTENDED_MASTER_SECRET of OpenSSL 3, which Python has no name for


WITHOUT = "anonymous ciphers"

TERMS: Mapping[str, Callable[[ssl.SSLContext, Path], None]] = {
    "recommended ciphers": _ciphers("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"),
    WITHOUT: _without_tls_1_3("aNULL:!eNULL"),
    "null ciphers": _without_tls_1_3("eNULL:!aNULL"),
    "client certificate": _ask,
    "no session hash": _without_session_hash,
}
"""What is done to a context for each of `TLS_TERMS`; the file is that of the run's authority."""


def facts(kind: str, certificate: x509.Certificate) -> model.Certificate:
    """What is told of a *certificate* that was made to be of this *kind*."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = x509.SubjectAlternativeName([])
    return model.Certificate(
        kind,
        certificate.subject.rfc4514_string(),
        tuple(f"{KINDS[type(one)]}:{one.value}" for one in names),
        certificate.issuer.rfc4514_string(),
        certificate.not_valid_before_utc.isoformat(),
        certificate.not_valid_after_utc.isoformat(),
        certificate.fingerprint(hashes.SHA256()).hex(),
    )


KINDS: Mapping[type[x509.GeneralName], str] = {
    x509.DNSName: "DNS",
    x509.IPAddress: "IP",
    x509.UniformResourceIdentifier: "URI",
}
"""The kinds of names that a `Leaf` may have, as they are told."""

Chain = tuple[ec.EllipticCurvePrivateKey, tuple[x509.Certificate, ...]]
"""A server's key, and the certificates that it sends."""


def _signed(leaf: Leaf, issuer: Issuer) -> Chain:
    key = ec.generate_private_key(ec.SECP256R1())
    return key, (_server(leaf, key, issuer),)


def _self_signed(it: str) -> Chain:
    key = ec.generate_private_key(ec.SECP256R1())
    return key, (_server(_good(it), key, None),)


def _good(it: str) -> Leaf:
    return Leaf(tuple(dict.fromkeys((*HOSTS, it))))


NAMES: Mapping[str, Callable[[Issuer, str], Chain]] = {
    "good": lambda root, it: _signed(_good(it), root),
    "expired": lambda root, it: _signed(replace(_good(it), days=(-30, -1)), root),
    "not yet valid": lambda root, it: _signed(replace(_good(it), days=(1, 30)), root),
    "self-signed": lambda _, it: _self_signed(it),
    "unknown CA": lambda root, it: _signed(_good(it), _authority("an authority nobody knows", None)),
    "wrong purpose": lambda root, it: _signed(replace(_good(it), purpose=ExtendedKeyUsageOID.CLIENT_AUTH), root),
    "wrong name": lambda root, _: _signed(_named(*OTHER_HOSTS), root),
    "missing intermediate": lambda root, it: _signed(_good(it), _authority("smtpwitness test intermediate", root)),
    "no common name": lambda root, it: _signed(replace(_good(it), common_name=None), root),
    "other common name": lambda root, it: _signed(_named(*_good(it).hosts[1:]), root),
    "capital letters": lambda root, it: _signed(_named(_letters(it).upper(), *ADDRESSES), root),
    "common name only": lambda root, it: _signed(Leaf((), it), root),
    "common name before it": lambda root, it: _signed(Leaf(OTHER_HOSTS, it), root),
    "URI": lambda root, it: _signed(_named(f"smtp://{it}"), root),
    "wildcard below it": lambda root, it: _signed(_named(f"*.{it}"), root),
    "wildcard behind it": lambda root, it: _signed(_named(f"{it}.*"), root),
    "part of a label": lambda root, it: _signed(_named(_starred(it, slice(5), slice(0))), root),
    "two wildcards": lambda root, it: _signed(_named(_starred(it, slice(0), slice(2, 5))), root),
    "longer name": lambda root, it: _signed(_named(f"{it}.example.test"), root),
    "name in the greeting": lambda root, _: _signed(_named(HOSTS[0]), root),
    # Where clients are told an address, one that holds for it would be good.
    "address of the name": lambda root, it: _signed(_named(*(OTHER_HOSTS if it in ADDRESSES else ADDRESSES)), root),
}
"""How each certificate is made, given the run's authority and "it", the name that clients are told."""


def _named(*hosts: str) -> Leaf:
    return Leaf(hosts, OTHER_HOSTS[0])


def _letters(it: str) -> str:
    """A name, even where clients are told an address: those have no letters and no labels."""
    return HOSTS[1] if it in ADDRESSES else it


def _starred(it: str, before: slice, after: slice) -> str:
    """*it* with a wildcard for a part of its first label."""
    first, dot, rest = _letters(it).partition(".")
    return f"{first[before]}*{first[after]}{'*' if after != slice(0) else ''}{dot}{rest}"


def _authority(name: str, issuer: Issuer | None) -> Issuer:
    """A new authority, signed by *issuer* (None: by itself)."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = _usage(key_cert_sign=True, crl_sign=True)
    builder = _builder(name, key, issuer, (-60, 60))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None if issuer is None else 0), True)
    certificate = builder.add_extension(usage, True).sign(issuer.key if issuer else key, hashes.SHA256())
    return Issuer(certificate, key)


def _server(leaf: Leaf, key: ec.EllipticCurvePrivateKey, issuer: Issuer | None) -> x509.Certificate:
    builder = _builder(leaf.common_name, key, issuer, leaf.days)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
    builder = builder.add_extension(_usage(digital_signature=True), True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([leaf.purpose]), False)
    if leaf.hosts:
        names = x509.SubjectAlternativeName([_general_name(name) for name in leaf.hosts])
        builder = builder.add_extension(names, leaf.common_name is None)  # RFC 5280, 4.2.1.6
    return builder.sign(issuer.key if issuer else key, hashes.SHA256())


def _builder(
    name: str | None, key: ec.EllipticCurvePrivateKey, issuer: Issuer | None, days: tuple[int, int]
) -> x509.CertificateBuilder:
    """What all certificates have: names, serial number, validity, both key identifiers."""
    now = datetime.now(UTC)
    subject = x509.Name([] if name is None else [x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer_key = issuer.key if issuer else key
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + days[0] * DAY)
        .not_valid_after(now + days[1] * DAY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False)
    )


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    if "://" in name:
        return x509.UniformResourceIdentifier(name)
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
