"""Why a case was not judged. The English is what `run.json` holds; reports find the Chinese by it."""

from __future__ import annotations

from collections.abc import Mapping

_REASONS = {
    "lacks": ("the client lacks: {what}", "客户端不具备：{what}"),
    "program": ("the client's program: {words}", "客户端程序：{words}"),
    "says": ("the client says that it cannot do this (exit status 127)", "客户端表示自己做不到（退出状态 127）"),
    "own-messages": (
        "the client always sends {own} of its own messages, not {wanted}",
        "客户端总是发送 {own} 封自己的邮件，而不是 {wanted} 封",
    ),
    "own-recipients": (
        "the client always sends to {own} of its own recipients, not {wanted}",
        "客户端总是发给 {own} 个自己的收件人，而不是 {wanted} 个",
    ),
    "own-tls": (
        "the client always sends with TLS as {own}, not {wanted}",
        "客户端总是以 {own} 方式使用 TLS，而不是 {wanted}",
    ),
    "own-auth": (
        "the client always logs in (by {own}), and here {why}",
        "客户端总是登录（以 {own}），而这里{why}",
    ),
    "no-login": ("no login is possible", "无法登录"),
    "login-is-subject": ("AUTH {wanted} is what it is about", "要测的正是 AUTH {wanted}"),
    "own-account": (
        "the client logs in with a name and password of its own, and {name} has no such account",
        "客户端用自己的用户名和口令登录，而 {name} 没有这个账户",
    ),
    "only-465": (
        "the client speaks to port 465 only, where TLS is there from the beginning",
        "客户端只连接 465 端口，那里从一开始就是 TLS",
    ),
    "never-465": (
        "the client never speaks to port 465, only to {ports}",
        "客户端从不连接 465 端口，只连接 {ports}",
    ),
    "only-the-fake": ("only the fake can play it: {why}", "只有模拟服务器能演这个场景：{why}"),
    "decline": ("the server is to give a client reason to decline", "服务器要给客户端一个拒绝的理由"),
    "hosts": ("the server is whichever host the name system tells of", "服务器是域名系统所指的各个主机"),
    "no-names": (
        "this machine has no namespaces, and so no name server for the client",
        "本机没有命名空间，无法为客户端提供域名服务器",
    ),
    "late": ("the server is to answer late", "服务器要很晚才应答"),
    "little": ("the server is to take little at a time", "服务器每次只读取很少的内容"),
    "answer": ("the server is to answer {name} so: {odd}", "服务器对 {name} 要这样应答：{odd}"),
    "handshake": (
        "the server is to spoil or choose something in the handshake",
        "服务器要在握手中破坏或选定某些内容",
    ),
    "sasl": ("the server is to spoil the SASL exchange", "服务器要破坏 SASL 交换"),
    "ended-tls": (
        "the server is to wait until the client has ended TLS",
        "服务器要等客户端结束 TLS",
    ),
    "code": ("it is to say {code}", "要说出 {code}"),
    "no-reply": ("it is to say what is no reply, or to close", "要说出不是应答的内容，或者关闭连接"),
    "cut": ("it is to cut, repeat or delay a reply", "要切断、重复或推迟应答"),
    "service": ("{name} has no {service}", "{name} 没有 {service} 服务"),
    "login": (
        "{name} takes mail from nobody who has not logged in",
        "{name} 不接收未认证者的邮件",
    ),
    "account": (
        "{name} has no account with that name and password",
        "{name} 没有使用该用户名和口令的账户",
    ),
    "offer": ("{name} does not offer {what}", "{name} 不提供 {what}"),
    "surplus": (
        "{name} offers {what}, and the scenario says what must not come without",
        "{name} 提供 {what}，而这个场景检查的是没有它时不许出现的内容",
    ),
    "ordinary": ("to {name} goes one ordinary message at a time", "每次只向 {name} 发送一封普通邮件"),
    "addresses": (
        "its message or its addresses are its own, and to {name} goes an ordinary message to those you listed",
        "这个场景有自己的邮件或地址，而发往 {name} 的只能是寄给所列收件人的普通邮件",
    ),
    "recipients": (
        "it needs {wanted} recipients, and {listed} are listed",
        "需要 {wanted} 个收件人，只列出了 {listed} 个",
    ),
    "remote-auth": ("{name} wants AUTH as in its file: {auth}", "{name} 按其文件的规定认证：{auth}"),
    "remote-tls": ("{name} is reached with TLS as in its file: {tls}", "{name} 按其文件的规定使用 TLS：{tls}"),
    "at-most": (
        "{sent} messages went to {name}, and more may not in a run (`at most` in its file)",
        "已向 {name} 发送 {sent} 封邮件，一次运行不能再多（其文件中的 `at most`）",
    ),
}

REASONS: Mapping[str, Mapping[str, str]] = {
    f"reason.{key}": {"en": english, "zh": chinese} for key, (english, chinese) in _REASONS.items()
}
