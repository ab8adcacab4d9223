"""The catalogue of page words: complete, in both languages, and without a word that nobody says."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import pytest

import smtpwitness
from smtpwitness.model.finding import Verdict
from smtpwitness.model.gate import Trend
from smtpwitness.model.run import Status
from smtpwitness.model.scenario import CERTIFICATES
from smtpwitness.model.student import SLOTS
from smtpwitness.model.texts import LANGUAGES
from smtpwitness.model.texts.pages import PAGES
from smtpwitness.model.transcript import Kind, Secrecy
from smtpwitness.report.exchange import CLOSES, MECHANISMS, VERBS
from smtpwitness.report.tlsfacts import SAID
from smtpwitness.report.waits import LIMITS

PACKAGE = Path(smtpwitness.__file__).parent

ASKED = {word for _, word in VERBS.values()} - {"auth"} | {"other", "unknown"}

TLS = {
    *("asked", "begun", "version", "suite", "failed", "verification", *SAID.values()),
    *("tap", "fault", "subject", "names", "issuer", "validity", "fingerprint"),
}

FAMILIES: dict[str, Iterable[str]] = {
    "verdict": set(Verdict),
    "legend": set(Verdict),
    "status": set(Status),
    "language": set(LANGUAGES),
    "mark": {"LF", "CR", "none", "end"},
    "client": {"raw", "composed", "fixed"},
    "wait": {*LIMITS, "command"},
    "tls": TLS | {"refused", "left", "open"},
    "tls-means": TLS,
    "certificate": {kind.replace(" ", "-") for kind in CERTIFICATES},
    "pause": {"client", "server", "both"},
    "secret": set(Secrecy),
    "server": {"simulated", "relay", "remote"},
    "close": {"eof", "reset", "close", "half-close", "stall"},
    "phase": {"greeting", "hello", "auth", "envelope", "data", "message", "close"},
    "event": set(Kind) - {Kind.PARTIAL, Kind.EXIT},
    "env": {"python", "platform"},
    "trend": set(Trend),
    "head": {
        *("case", "client", "server", "fate", "verdict", "cause", "requirement", "time"),
        *("change", "before", "rules", "reason", "date", "link"),
    },
    "fate": {
        *("accepted", "temporary", "permanent", "refused", "declined"),
        *("unsupported", "failed", "none", "unknown"),
    },
    "cover": {"name", "number", "course", "teacher"},
    "asked": {
        *("environment", "sequence", "exchange", "terminal", "message", "sent", "inbox"),
    },
    "own": set(SLOTS),
    "card": {"date", "size", "uid", "flags", "id-agrees", "id-differs", "id-none"},
    "state": {"present", "missing", "by-hand"},
    "evidence": {f"{kind}{part}" for kind in ("simulated", "relay", "remote") for part in ("", "-head")},
    "explain": {
        *ASKED,
        *(f"{word}-reply" for word in ASKED | {"greeting", "auth", "message"}),
        *(f"auth-{name}" for name in (*MECHANISMS.values(), "other")),
        *(f"sasl-{role}" for role in Secrecy),
        *(f"close-{how}" for how in (*CLOSES.values(), "client", "server")),
        *(f"reply-{code}" for code in ("4yz", "5yz", "503", "535")),
    },
}
"""Keys that are put together when they are used, by what stands before their first dot."""

USED = set(chain.from_iterable((f"{family}.{name}" for name in names) for family, names in FAMILIES.items()))


def literal_keys() -> set[str]:
    """Every quoted key of the catalogue's form in the sources and templates (the catalogue itself left out)."""
    files = [path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".j2") and path.parent.name != "texts"]
    text = "\n".join(path.read_text("utf-8") for path in files)
    return set(re.findall(r"[\"']([a-z]+\.[A-Za-z0-9-]+)[\"']", text))


def test_every_key_that_is_used_is_there() -> None:
    assert sorted(USED - set(PAGES)) == []
    report = "\n".join(
        path.read_text("utf-8") for path in (PACKAGE / "report").rglob("*") if path.suffix in (".py", ".j2")
    )
    looked_up = set(re.findall(r"\b(?:t|words|self\.words|self)\([\"']([a-z]+\.[A-Za-z0-9-]+)[\"']", report))
    assert len(looked_up) > 100
    assert sorted(looked_up - set(PAGES)) == []


def test_every_key_that_is_there_is_used() -> None:
    assert sorted(set(PAGES) - USED - literal_keys()) == []


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", sorted(PAGES))
def test_both_languages_say_the_same(key: str) -> None:
    texts = PAGES[key]
    assert set(texts) == set(LANGUAGES)
    assert all(texts.values())
    assert fields(texts["en"]) == fields(texts["zh"])


def test_chinese_has_chinese_punctuation() -> None:
    ascii_next_to_han = re.compile("[\u4e00-\u9fff][,:;()?!]|[,:;()?!][\u4e00-\u9fff]")
    assert [key for key, texts in PAGES.items() if ascii_next_to_han.search(texts["zh"])] == []
