import hashlib
import re
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import threading
import warnings
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest
from cryptography import x509
from peers.scripted import CERTIFICATES

from smtpwitness.model.scenario import CERTIFICATES as CERTIFICATES_OF_A_SCENARIO
from smtpwitness.model.scenario import GOOD_CERTIFICATES, TLS_TERMS
from smtpwitness.peers.certificates import NAMES, TERMS, Certificates

STRICT = ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN  # what Python 3.13 sets by default

REASONS = {
    "expired": "certificate has expired",
    "not yet valid": "certificate is not yet valid",
    "self-signed": "self-signed certificate",
    "unknown CA": "unable to get local issuer certificate",
    "wrong purpose": "purpose",
    "wrong name": "ostname mismatch",
    "missing intermediate": "unable to get local issuer certificate",
    "common name before it": "ostname mismatch",
    "URI": "ostname mismatch",
    "wildcard below it": "ostname mismatch",
    "wildcard behind it": "ostname mismatch",
    "part of a label": "ostname mismatch",
    "two wildcards": "ostname mismatch",
    "longer name": "ostname mismatch",
    "name in the greeting": "ostname mismatch",
    "address of the name": "ostname mismatch",
}
MATTER_OF_TASTE = {"common name only"}  # some still let it serve


def handshake(name: str, host: str) -> str:
    """What a strict client says to certificate *name* on *host*: "" if it is content."""
    client = ssl.create_default_context(cafile=str(CERTIFICATES.ca_file))
    client.verify_flags |= STRICT
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(to_client, to_server, server_hostname=host)
    far = CERTIFICATES.context(name).wrap_bio(to_server, to_client, server_side=True)
    done: set[ssl.SSLObject] = set()
    while len(done) < 2:
        for half in (near, far):
            try:
                half.do_handshake()
                done.add(half)
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLCertVerificationError as error:
                return error.verify_message
    return ""


@pytest.mark.parametrize("host", ["mail.example.test", "localhost", "127.0.0.1", "::1"])
def test_the_good_certificate_holds_for_every_name_of_ours(host: str) -> None:
    assert handshake("good", host) == ""


def test_who_names_another_host_gets_what_that_host_would_show() -> None:
    assert handshake("good", "smtp.example.net") == ""
    assert handshake("good", "SMTP.example.net") == ""
    assert "ostname mismatch" in handshake("wrong name", "smtp.example.net")
    assert "expired" in handshake("expired", "smtp.example.net")
    assert "ostname mismatch" in handshake("good", "-no.host.example")


@pytest.mark.parametrize("name", REASONS)
def test_each_fault_is_noticed_for_its_own_reason(name: str) -> None:
    assert REASONS[name] in handshake(name, "localhost")


@pytest.mark.parametrize("name", GOOD_CERTIFICATES)
def test_what_is_written_otherwise_is_good_all_the_same(name: str) -> None:
    assert handshake(name, "localhost") == ""


def test_a_name_that_is_not_in_subject_alt_name_is_found_by_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtpwitness.peers.certificates.host", lambda: "localhost")
    assert handshake("common name only", "localhost") == ""
    assert handshake("common name only", "mail.example.test") != ""


def test_where_clients_are_told_an_address_it_is_no_wrong_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtpwitness.peers.certificates.host", lambda: "127.0.0.1")
    Certificates(tmp_path).context("address of the name")
    certificate = x509.load_pem_x509_certificate((tmp_path / "address of the name.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert list(names) == [x509.DNSName("other.example.test")]


def test_what_is_told_of_a_certificate_is_what_openssl_finds_in_it(tmp_path: Path) -> None:
    told = Certificates(tmp_path).context("URI", (), (), "mail.example.test").shows
    assert told is not None
    openssl = ssl._ssl._test_decode_cert(str(tmp_path / "URI0.pem"))  # type: ignore[attr-defined]
    assert (told.kind, told.subject, told.names) == ("URI", "CN=other.example.test", ("URI:smtp://mail.example.test",))
    assert openssl["subjectAltName"] == (("URI", "smtp://mail.example.test"),)
    assert told.issuer == "CN=smtpwitness test root"
    for mine, theirs in ((told.since, openssl["notBefore"]), (told.until, openssl["notAfter"])):
        assert datetime.fromisoformat(mine).timestamp() == ssl.cert_time_to_seconds(theirs)
    pem = (tmp_path / "URI0.pem").read_text()
    der = ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN CERT") :])
    assert told.fingerprint == hashlib.sha256(der).hexdigest()


def test_what_has_no_subject_no_names_or_no_certificate_is_told_so() -> None:
    empty, nameless = CERTIFICATES.context("no common name").shows, CERTIFICATES.context("common name only").shows
    assert empty is not None
    assert nameless is not None
    assert (empty.subject, nameless.names) == ("", ())
    assert {"DNS:localhost", "IP:127.0.0.1", "IP:::1"} < set(empty.names)
    assert CERTIFICATES.context("good", (), ("anonymous ciphers",)).shows is None


def test_every_certificate_is_tested() -> None:
    assert set(NAMES) == set(CERTIFICATES_OF_A_SCENARIO)
    assert set(REASONS) | MATTER_OF_TASTE == set(NAMES) - set(GOOD_CERTIFICATES)


def test_an_unknown_name_and_the_cache() -> None:
    with pytest.raises(KeyError):
        CERTIFICATES.context("no-such")
    assert CERTIFICATES.context("good") is CERTIFICATES.context("good")


def test_nothing_before_tls_1_2_and_no_key_for_others(tmp_path: Path) -> None:
    found = Certificates(tmp_path)
    assert found.context("good").minimum_version is ssl.TLSVersion.TLSv1_2
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "good.pem").stat().st_mode) == 0o600
    assert b"PRIVATE" not in found.ca_file.read_bytes()


@pytest.mark.parametrize(
    ("versions", "found"),
    [("1.0", "TLSv1"), ("1.1", "TLSv1.1"), ("1.2", "TLSv1.2"), ("1.3", "TLSv1.3"), ("1.0 1.2", "TLSv1.2")],
)
def test_only_these_versions(versions: str, found: str) -> None:
    client = ssl.create_default_context(cafile=str(CERTIFICATES.ca_file))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        client.minimum_version = ssl.TLSVersion.TLSv1
    client.set_ciphers("DEFAULT:@SECLEVEL=0")
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    far = CERTIFICATES.context("good", tuple(versions.split())).wrap_bio(to_server, to_client, server_side=True)
    for _ in range(3):
        for half in (near, far):
            with suppress(ssl.SSLWantReadError):
                half.do_handshake()
    assert near.version() == far.version() == found


@pytest.mark.parametrize(
    ("term", "ciphers", "cipher"),
    [
        ("recommended ciphers", "DEFAULT", "TLS_AES_256_GCM_SHA384"),
        ("anonymous ciphers", "ALL:@SECLEVEL=0", "A(EC)?DH-"),
        ("anonymous ciphers", "DEFAULT", ""),
        ("null ciphers", "ALL:eNULL:!aNULL:@SECLEVEL=0", "ECDHE-ECDSA-NULL"),
        ("null ciphers", "DEFAULT", ""),
        ("no session hash", "DEFAULT", "TLS_AES_256_GCM_SHA384"),
    ],
)
def test_terms_of_a_handshake(term: str, ciphers: str, cipher: str) -> None:
    client = ssl.create_default_context(cafile=str(CERTIFICATES.ca_file))
    client.set_ciphers(ciphers)
    far = shaken(client, CERTIFICATES.context("good", (), (term,)))
    assert re.match(cipher or "$", (far.cipher() or ("",))[0])


def test_of_tls_1_2_only_the_recommended_suites() -> None:
    client = ssl.create_default_context(cafile=str(CERTIFICATES.ca_file))
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    context = CERTIFICATES.context("good", (), ("recommended ciphers",))
    assert (shaken(client, context).cipher() or ("",))[0] == "ECDHE-ECDSA-AES128-GCM-SHA256"
    client.set_ciphers("ECDHE+AES:!AESGCM:!AESCCM")
    assert shaken(client, context).cipher() is None


def test_a_client_certificate_is_asked_for_and_not_demanded() -> None:
    client = ssl.create_default_context(cafile=str(CERTIFICATES.ca_file))
    context = CERTIFICATES.context("good", (), ("client certificate",))
    assert shaken(client, context).getpeercert(True) is None
    client.load_cert_chain(CERTIFICATES.ca_file.with_name("client.pem"))
    assert shaken(client, context).getpeercert(True) is not None
    assert shaken(client, CERTIFICATES.context("good")).getpeercert(True) is None


def test_every_term_can_be_met() -> None:
    assert TERMS.keys() == set(TLS_TERMS)


def shaken(client: ssl.SSLContext, server: ssl.SSLContext) -> ssl.SSLObject:
    """The server's half, once both have said all that they had to say."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    far = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(3):
        for half in (near, far):
            with suppress(ssl.SSLError):
                half.do_handshake()
    return far


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(("name", "status"), [("good", 0), ("expired", 60), ("wrong name", 60), ("self-signed", 60)])
def test_curl_agrees(name: str, status: int) -> None:
    """Exit status 60: the peer's certificate cannot be trusted."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            raw, _ = listener.accept()
            with raw:
                try:
                    with CERTIFICATES.context(name).wrap_socket(raw, server_side=True) as one:
                        one.recv(1000)
                        one.sendall(b"HTTP/1.0 204 \r\n\r\n")
                except (ssl.SSLError, ConnectionError):
                    pass

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"https://localhost:{listener.getsockname()[1]}/"
        argv = ["curl", "-q", "-4", "-s", "--noproxy", "*", "--cacert", str(CERTIFICATES.ca_file), url]
        done = subprocess.run(argv, env={"PATH": "/usr/bin:/bin"}, timeout=20, check=False)
        thread.join()
    assert done.returncode == status
