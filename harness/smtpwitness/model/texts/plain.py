"""What stands around a finding where a case is told in plain text: in pytest, and by `serve`."""

from __future__ import annotations

from collections.abc import Mapping

_WORDS: Mapping[str, tuple[str, str]] = {
    "plain.case": (
        "{case}, client {client}, server {server}: {verdict}",
        "{case}，客户端 {client}，服务器 {server}：{verdict}",
    ),
    "plain.rule": ("rule", "规则"),
    "plain.requirement": ("requirement", "要求"),
    "plain.expected": ("expected", "期望"),
    "plain.observed": ("observed", "实际"),
    "plain.nearest": ("nearest", "最接近"),
    "plain.where": ("where", "位置"),
    "plain.why": ("why", "原因"),
    "plain.mend": ("mend", "修正"),
    "plain.also": ("also", "另有"),
}

PLAIN: Mapping[str, Mapping[str, str]] = {key: {"en": en, "zh": zh} for key, (en, zh) in _WORDS.items()}
