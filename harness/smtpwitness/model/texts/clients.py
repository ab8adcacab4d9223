"""What is told of a client beside its cases: the job that was learned of it."""

from __future__ import annotations

from collections.abc import Mapping

_WORDS: Mapping[str, tuple[str, str]] = {
    "learned.job": (
        "its own job, learned on an easy server and judged by: {parts}",
        "它自己的任务（先在宽松的服务器上试运行得知，并据此判定）：{parts}",
    ),
    "learned.and": ("; ", "；"),
    "learned.comma": (", ", "、"),
    "learned.from": ("from {sender} to {recipients}", "从 {sender} 发给 {recipients}"),
    "learned.changing": ("other addresses each time", "每次使用不同的地址"),
    "learned.messages": ("{count} messages", "{count} 封邮件"),
    "learned.login": ("logs in by {mechanisms}", "用 {mechanisms} 登录"),
    "learned.login-as": ("logs in by {mechanisms} as {username}", "以 {username} 的身份用 {mechanisms} 登录"),
    "learned.no-login": ("does not log in", "不登录"),
    "learned.tls-none": ("no TLS", "不用 TLS"),
    "learned.tls-starttls": ("STARTTLS", "使用 STARTTLS"),
    "learned.tls-implicit": ("TLS from the first octet", "隐式 TLS"),
    "learned.insists-tls": ("sends nothing without TLS", "没有 TLS 就不发送"),
    "learned.insists-auth": ("sends nothing without a login", "不能登录就不发送"),
}

CLIENTS: Mapping[str, Mapping[str, str]] = {key: {"en": en, "zh": zh} for key, (en, zh) in _WORDS.items()}
