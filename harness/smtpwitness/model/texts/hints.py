"""What is told of a client's source text, which is read and not run: never more than a note."""

from __future__ import annotations

from collections.abc import Mapping

_WORDS: Mapping[str, tuple[str, str]] = {
    "hint.password": (
        "a password stands in the text; whoever reads the file has it. Ask for it with `getpass`, or read it from the "
        "environment",
        "源代码里写着口令，谁看到文件谁就知道它。应当用 `getpass` 询问，或从环境变量读取",
    ),
    "hint.password-here": (
        "a password stands in the text; whoever reads the file has it. Read it from the environment, or ask for it",
        "源代码里写着口令，谁看到文件谁就知道它。应当从环境变量读取，或在运行时询问",
    ),
    "hint.wrap-socket": (
        "`ssl.wrap_socket` is gone since Python 3.12, and never checked the server's name: use "
        "`ssl.create_default_context().wrap_socket(sock, server_hostname=host)`",
        "`ssl.wrap_socket` 从 Python 3.12 起已被删除，而且从不检查服务器名称：请用 "
        "`ssl.create_default_context().wrap_socket(sock, server_hostname=host)`",
    ),
    "hint.bytes-and-str": (
        "what `recv` gives is bytes and never equals a str: compare with `b'...'`, or decode it first",
        "`recv` 得到的是 bytes，永远不等于 str：请与 `b'...'` 比较，或先 decode",
    ),
    "hint.unverified": (
        "the server's certificate is not checked: anybody on the way can read the password",
        "没有验证服务器证书：传输路径上的任何人都能读到口令",
    ),
    "hint.python2": (
        "`raw_input` is of Python 2; in Python 3 it is called `input`",
        "`raw_input` 属于 Python 2；Python 3 里叫 `input`",
    ),
    "hint.line": ("{file}, line {line}: {text}", "{file} 第 {line} 行：{text}"),
    "hint.more": ("and {count} more", "另有 {count} 处"),
}

HINTS: Mapping[str, Mapping[str, str]] = {key: {"en": en, "zh": zh} for key, (en, zh) in _WORDS.items()}
