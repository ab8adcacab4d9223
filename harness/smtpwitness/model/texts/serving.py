"""What `serve` says around the events and the verdict of a session."""

from __future__ import annotations

from collections.abc import Mapping

_WORDS: Mapping[str, tuple[str, str]] = {
    "serve.row.server": ("server", "服务器"),
    "serve.row.tls": ("TLS", "TLS"),
    "serve.row.ca": ("CA file", "CA 证书文件"),
    "serve.row.auth": ("AUTH", "AUTH"),
    "serve.row.username": ("user name", "用户名"),
    "serve.row.password": ("password", "口令"),
    "serve.row.timeout": ("time-out", "超时时间"),
    "serve.row.messages": ("messages", "邮件数"),
    "serve.row.sender": ("sender", "发件人"),
    "serve.row.recipients": ("recipients", "收件人"),
    "serve.row.subject": ("subject", "主题"),
    "serve.server": ("{host}, port {port} (persona {persona})", "{host}，端口 {port}（角色 {persona}）"),
    "serve.tls.none": ("none", "不使用"),
    "serve.tls.starttls": ("STARTTLS", "STARTTLS"),
    "serve.tls.implicit": ("from the first octet (implicit TLS)", "从第一个字节开始（隐式 TLS）"),
    "serve.auth.none": ("none", "不需要"),
    "serve.auth.any": ("any that the server lists", "服务器列出的任意一种"),
    "serve.password": ("any: it is compared with nothing, and not shown", "任意：不作比较，也不显示"),
    "serve.hint": (
        "The client may use values of its own: it is held to none of these. There is no time limit. Ctrl-C judges a "
        "session that is open, and ends.",
        "客户端可以使用自己的值，不会按上面的值作比较。没有时间限制。按 Ctrl-C 会判定进行中的会话，然后结束。",
    ),
    "serve.hint.held": (
        "The client must use this sender, these recipients and this user name. There is no time limit. Ctrl-C judges "
        "a session that is open, and ends.",
        "客户端必须使用上面的发件人、收件人和用户名。没有时间限制。按 Ctrl-C 会判定进行中的会话，然后结束。",
    ),
    "serve.session": ("session {number}", "第 {number} 次会话"),
    "serve.waiting": ("--- session {number}: waiting for a client ---", "--- 第 {number} 次会话：等待客户端 ---"),
    "serve.uncounted": (
        "somebody connected and left without a word: not counted; still waiting",
        "有人连接后一言不发就离开：不计入会话，继续等待",
    ),
    "serve.await.connection": (
        "waiting for connection {number} of {count} (Ctrl-C: judge now)",
        "等待第 {number} 个连接，共 {count} 个（Ctrl-C：立即判定）",
    ),
    "serve.await.message": (
        "waiting for message {number} of {count} (Ctrl-C: judge now)",
        "等待第 {number} 封邮件，共 {count} 封（Ctrl-C：立即判定）",
    ),
    "serve.interrupted": (
        "Ctrl-C: judged as it stands; what had not come yet counts as missing",
        "Ctrl-C：按现状判定；尚未收到的内容算作缺失",
    ),
    "serve.changed": ("the scenario was changed, and is read again", "场景已被修改，重新读取"),
    "serve.mistakes": (
        "the scenario was changed, and has mistakes; the last good one goes on being played",
        "场景已被修改，但有错误；继续使用上一个正确的版本",
    ),
    "serve.by.client": ("client {what}", "客户端{what}"),
    "serve.by.server": ("server {what}", "服务器{what}"),
    "serve.partial": ("message, {size} octets so far", "邮件内容，已收到 {size} 字节"),
    "serve.quiet.client": (
        "{seconds:.0f} s of silence: it is the client's turn",
        "静默 {seconds:.0f} 秒：轮到客户端",
    ),
    "serve.quiet.content": (
        "{seconds:.0f} s of silence: the message has not ended, the server waits for CR LF . CR LF",
        "静默 {seconds:.0f} 秒：邮件内容还没有结束，服务器在等 CR LF . CR LF",
    ),
    "serve.quiet.handshake": (
        "{seconds:.0f} s of silence: the server waits for the client to begin TLS",
        "静默 {seconds:.0f} 秒：服务器在等客户端开始 TLS 握手",
    ),
    "serve.quiet.server": (
        "{seconds:.0f} s of silence: the server does not answer, as the scenario asks",
        "静默 {seconds:.0f} 秒：服务器按场景的要求没有应答",
    ),
    "serve.quiet.over": (
        "{seconds:.0f} s of silence: the server says no more, the client may leave",
        "静默 {seconds:.0f} 秒：服务器不再应答，客户端可以离开",
    ),
    "serve.expected": ("expected {text}", "期望 {text}"),
    "serve.observed": ("observed {text}", "实际 {text}"),
    "serve.why": ("why: {text}", "原因：{text}"),
    "serve.fix": ("mend it: {text}", "修改方法：{text}"),
    "serve.allowed": ("allowed here: {reason}", "此处允许：{reason}"),
    "serve.patient": ("nobody told the client how long it has", "没有人告诉客户端它有多少时间"),
}

SERVING: Mapping[str, Mapping[str, str]] = {key: {"en": en, "zh": zh} for key, (en, zh) in _WORDS.items()}
