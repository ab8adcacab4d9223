"""What the rules expected, and what they observed that is no line of a client's: the Chinese of it."""

from __future__ import annotations

import re
from collections.abc import Mapping

Patterns = tuple[tuple[re.Pattern[str], str], ...]
"""What a whole value looks like, and its Chinese, which may hold groups of it."""

EXPECTED: Mapping[str, str] = {
    # --- the connection and its replies
    "EHLO or HELO": "EHLO 或 HELO",
    "HELO, or QUIT": "HELO 或 QUIT",
    "a command": "一条命令",
    "a command of RFC 5321 or of an extension offered": "RFC 5321 的命令，或服务器提供的扩展的命令",
    "a waiting period before the connection is made again": "等待一段时间再重新连接",
    "an end": "程序停下来",
    "silence until the greeting has come": "收到问候语之前什么也不发送",
    "the client gives up": "客户端放弃等待",
    "the end of the program": "程序退出",
    "the last line of the reply, which has a space after its code, is read first": (
        "先读到应答的最后一行（代码后面是空格）"
    ),
    "the next command": "下一条命令",
    "the reply to QUIT is read first": "先读取 QUIT 的应答",
    "the reply to the command before is read first": "先读取上一条命令的应答",
    # --- how commands are written
    "CRLF at the end of the line": "行尾是 CRLF",
    "CRLF right after the last word": "最后一个词后面紧跟 CRLF",
    "the next command, and one CRLF behind each": "下一条命令，每条命令后面只有一个 CRLF",
    "the verb first, and CRLF as the last octets": "动词在最前面，CRLF 在最后面",
    "the verb first, then one space": "动词在最前面，后面是一个空格",
    "MAIL FROM:<...> and RCPT TO:<...>": "MAIL FROM:<...> 和 RCPT TO:<...>",
    "<mailbox@domain>, without a route before it": "<mailbox@domain>，前面没有源路由",
    "<mailbox@domain>, without blanks": "<mailbox@domain>，里面没有空格",
    "mailbox@domain, as it was given": "mailbox@domain，与给出的邮箱相同",
    "mailbox@domain, the domain in full": "mailbox@domain，域名要写完整",
    "a domain of letters, digits and hyphens, as it was given": "由字母、数字和连字符组成的域名，与给出的相同",
    "after the path a space, then KEYWORD=value": "路径后面是一个空格，然后是 KEYWORD=value",
    "a full host name, or an address in brackets": "完整的主机名，或写在方括号里的地址",
    "the address in brackets": "写在方括号里的地址",
    "[192.0.2.1] or [IPv6:2001:db8::1]": "[192.0.2.1] 或 [IPv6:2001:db8::1]",
    # --- the order of commands
    "AUTH before MAIL, or after the end of the transaction": "AUTH 在 MAIL 之前，或在事务结束之后",
    "MAIL and RCPT first": "先发送 MAIL 和 RCPT",
    "MAIL first: no transaction is open": "先发送 MAIL：没有进行中的事务",
    "RSET first": "先发送 RSET",
    "RSET first: a transaction is open": "先发送 RSET：有一个事务还没有结束",
    "nothing: QUIT was the last command": "不再发送：QUIT 是最后一条命令",
    "another request, RSET or QUIT": "另一个请求、RSET 或 QUIT",
    "another recipient, RSET or QUIT, and a new attempt later": "另一个收件人、RSET 或 QUIT，过一段时间再重试",
    "no further attempt: the message was refused for good": "不再尝试：邮件已被永久拒绝",
    # --- after a refusal
    "QUIT, or the end of the connection": "QUIT，或关闭连接",
    "QUIT: the job asks for TLS": "QUIT：任务要求使用 TLS",
    "RSET or QUIT, and no content": "RSET 或 QUIT，不发送邮件内容",
    "RSET or QUIT: no recipient was accepted": "RSET 或 QUIT：没有一个收件人被接受",
    "RSET or QUIT: this reply says nothing": "RSET 或 QUIT：收到的不是应答",
    "RSET, another MAIL, or QUIT": "RSET、另一条 MAIL 或 QUIT",
    "a lone dot, which ends the content": "单独的句点，用来结束邮件内容",
    "a lone dot: no recipient was accepted": "单独的句点：没有一个收件人被接受",
    "another mechanism, or QUIT: the job asks for AUTH": "另一种机制，或 QUIT：任务要求使用 AUTH",
    "no RCPT for it": "不为这个地址发送 RCPT",
    # --- TLS and logins
    "TLS first": "先建立 TLS",
    "the TLS handshake": "TLS 握手",
    "AUTH LOGIN alone, and the user name once it is asked for": "单独的 AUTH LOGIN，服务器询问后再发送用户名",
    "AUTH alone: with this mechanism the server speaks first": "单独的 AUTH：这种机制由服务器先说话",
    "AUTH without a response, then the response": "先发送不带响应的 AUTH，再发送响应",
    "HMAC-MD5 of the challenge, keyed with the password": "以口令为密钥，对质询计算 HMAC-MD5",
    "HMAC-MD5 with the MD5 of a password of more than 64 octets as its key": (
        "口令超过 64 个字节时，以口令的 MD5 为密钥计算 HMAC-MD5"
    ),
    "a mechanism that the EHLO reply lists": "EHLO 应答中列出的机制",
    "a response after 334, and none after a refusal": "收到 334 之后才发送响应，被拒绝之后不发送",
    "base64 of NUL, user name, NUL, password": "NUL、用户名、NUL、口令的 base64",
    "base64 of user name, space, 32 lower-case hexadecimal digits": "用户名、空格、32 位小写十六进制数字的 base64",
    "canonical base64 and nothing else": "规范的 base64，没有别的内容",
    "canonical base64, or a single = for nothing": "规范的 base64，没有内容时是单个 =",
    "no AUTH after a successful one": "认证成功之后不再发送 AUTH",
    "nothing before the first NUL": "第一个 NUL 之前没有内容",
    "the user name as SASLprep has it": "经过 SASLprep 的用户名",
    "two NUL octets, and none inside of a field": "正好两个 NUL 字节，各项内部没有 NUL",
    "user name and password in UTF-8": "UTF-8 编码的用户名和口令",
    "AQ==, which is a lone ^A, or *": "AQ==（即单独的 ^A），或 *",
    "a GS2 header, ^A, key=value pairs each with ^A, and one more ^A": (
        "GS2 头、^A、若干个各以 ^A 结尾的 key=value，最后再加一个 ^A"
    ),
    "auth=Bearer, a space, and the token": "auth=Bearer、一个空格和令牌",
    "user=, ^A, auth=Bearer and the token, ^A, ^A": "user=、^A、auth=Bearer 和令牌、^A、^A",
    "the host that the client has connected to, or no host=": "客户端所连接的主机，或者不写 host=",
    "the port that the client has connected to, without leading zeros, or no port=": (
        "客户端所连接的端口，不带前导零，或者不写 port="
    ),
    "`*`: the nonce does not begin with the client's own": "`*`：随机数不是以客户端自己的随机数开头",
    "`*`: the server asks for an extension that is not known": "`*`：服务器要求一个不认识的扩展",
    "`=2C` for a comma in the user name, `=3D` for an equals sign": "用户名中的逗号写成 `=2C`，等号写成 `=3D`",
    "`c=` and the base64 of the GS2 header: `biws` for `n,,`": "`c=` 和 GS2 头的 base64：`n,,` 的是 `biws`",
    "`c=` with the data of this TLS session, as `tls-unique` has them": "`c=` 带有本次 TLS 会话的 `tls-unique` 数据",
    "`n,,`, and then `n=` and `r=`": "`n,,`，然后是 `n=` 和 `r=`",
    "`n,,`: there is no channel to bind to": "`n,,`：没有可以绑定的信道",
    "`n=` and `r=`, then `c=`, `r=` and `p=`, in this order": ("先是 `n=` 和 `r=`，后是 `c=`、`r=` 和 `p=`，顺序不变"),
    "`n=` and the user name": "`n=` 和用户名",
    "`r=` and printable characters without a comma": "`r=` 和可打印字符，不含逗号",
    "`r=` with the whole nonce of the server": "`r=` 带有服务器的完整随机数",
    "`y,,`: the client could bind, and the server lists no -PLUS mechanism": (
        "`y,,`：客户端能够绑定，而服务器没有列出 -PLUS 机制"
    ),
    "a fresh nonce for each exchange": "每次登录都用新的随机数",
    "a new TLS session, or one with the session hash": "新的 TLS 会话，或带有会话散列的会话",
    "an empty line in answer to the server's signature": "用空行回答服务器的签名",
    "the -PLUS mechanism and `p=`, both or neither; both where the server lists it": (
        "-PLUS 机制和 `p=` 要么都用，要么都不用；服务器列出这种机制时都用"
    ),
    "the proof that follows from the password": "由口令计算出的证明",
    "the user name as SASLprep has it, or no login": "经过 SASLprep 的用户名，或者不登录",
    # --- extensions
    "ASCII, unless SMTPUTF8 is offered and stands on MAIL": "ASCII，除非服务器声明 SMTPUTF8 且 MAIL 命令写明",
    "ASCII: SMTPUTF8 is not offered": "ASCII：服务器没有声明 SMTPUTF8",
    "MAIL with BODY=8BITMIME": "MAIL 带有 BODY=8BITMIME",
    "MAIL with SMTPUTF8": "MAIL 带有 SMTPUTF8",
    "MAIL without SMTPUTF8: all is ASCII": "MAIL 不带 SMTPUTF8：内容全是 ASCII",
    "a converted message, or none: 8BITMIME is not offered": "转换后的邮件，或者不发送：服务器没有声明 8BITMIME",
    "a message in ASCII: 8BITMIME is not offered": "只含 ASCII 的邮件：服务器没有声明 8BITMIME",
    "a name in ASCII: A-labels, `xn--...`": "ASCII 的名称：A-label，即 `xn--...`",
    "the domain in UTF-8, as it was given": "UTF-8 的域名，与给出的相同",
    # --- chunks and binary messages
    "`BDAT 1000` or `BDAT 1000 LAST`": "`BDAT 1000` 或 `BDAT 1000 LAST`",
    "BDAT after the replies to MAIL and RCPT": "收到 MAIL 和 RCPT 的应答之后再发送 BDAT",
    "BDAT, or RSET and another transaction": "BDAT，或先发送 RSET 再开始另一次事务",
    "BDAT: MAIL said BODY=BINARYMIME": "BDAT：MAIL 声明了 BODY=BINARYMIME",
    "DATA: CHUNKING is not listed": "DATA：服务器没有列出 CHUNKING",
    "MAIL with BODY=BINARYMIME": "MAIL 带有 BODY=BINARYMIME",
    "MAIL without BODY=BINARYMIME: CHUNKING is not listed": "MAIL 不带 BODY=BINARYMIME：服务器没有列出 CHUNKING",
    "RSET or QUIT: a chunk was refused": "RSET 或 QUIT：有一块被拒绝",
    "a converted message, or none: BINARYMIME is not listed": "转换后的邮件，或者不发送：服务器没有列出 BINARYMIME",
    "another transaction, or QUIT": "另一次事务，或 QUIT",
    "as many octets as the count says": "字节数与声明的相同",
    "base64 for each binary part, and for no multipart": "每个二进制部分都用 base64，multipart 不用",
    "CRLF at the end of every line of a text part": "文本部分的每一行都以 CRLF 结尾",
    "every part octet for octet, text with CRLF": "每个部分的字节都不变，文本以 CRLF 换行",
    "lines that end with CRLF": "每一行都以 CRLF 结尾",
    "the chunk right behind its line": "BDAT 这一行后面紧跟着块",
    "the message as it is": "邮件原样不变",
    # --- the message
    "a message with a header": "有邮件头的邮件",
    "an empty line after the header": "邮件头之后有一个空行",
    "at most 998 octets and CRLF": "最多 998 个字节，再加 CRLF",
    "the header as it was given": "邮件头与给出的相同",
    "the message, then the dot": "邮件之后就是结束句点",
    "trace and resent fields as they were given": "路径字段和 Resent 字段与给出的相同",
    "a date such as `Mon, 23 Nov 2026 10:00:00 +0800`": "形如 `Mon, 23 Nov 2026 10:00:00 +0800` 的日期",
    # --- what a client composes
    "7bit, 8bit or binary": "7bit、8bit 或 binary",
    "<something-unique@host.example.test>": "<唯一的标识@host.example.test>",
    "Content-Transfer-Encoding: 8bit, or an encoding": "Content-Transfer-Encoding: 8bit，或者加以编码",
    "From: with the author's address": "From: 带有作者的地址",
    "MIME-Version: 1.0 and Content-Transfer-Encoding: 8bit": "MIME-Version: 1.0 和 Content-Transfer-Encoding: 8bit",
    "Resent-From: and Resent-Date:": "Resent-From: 和 Resent-Date:",
    "UTF-8 as it stands": "直接书写的 UTF-8",
    "Unicode in NFC": "合成形式（NFC）的 Unicode",
    "a Message-ID of its own for each message": "每封邮件有自己的 Message-ID",
    "a break between addresses": "在两个地址之间折行",
    "a field Sender: with one address": "有 Sender: 字段，其中有一个地址",
    "a name in ASCII": "ASCII 的名称",
    "a name of printable ASCII without blanks, then a colon": "由可打印 ASCII 字符组成、没有空格的名称，后面是冒号",
    "an encoded word outside of quotes and addresses": "编码字在引号和地址之外",
    "encoded words of at most 75 characters, without blanks": "最多 75 个字符、没有空格的编码字",
    "encoded words that can be decoded one by one": "可以逐个解码的编码字",
    "lines of at most 998 octets and no NUL": "每行最多 998 个字节，没有 NUL",
    "lines with something on them": "每一行都有内容",
    "no NUL": "没有 NUL",
    "no control characters but tabs and line ends": "除制表符和行尾外没有控制字符",
    "no field Bcc: in what others get": "别人收到的邮件中没有 Bcc: 字段",
    "no line end in a field but before a blank": "字段中只能在空格之前换行",
    "nothing of a blind recipient in the message": "邮件中没有密送收件人的任何信息",
    "the colon right behind the name": "名称后面紧跟冒号",
    "the local part without quotes": "本地部分不加引号",
    # --- what the client reports
    "a failure": "失败",
    "success": "成功",
}
"""Whole phrases."""

EXPECTED_WITH: Patterns = (
    (re.compile(r"at most ([0-9]+) octets"), r"最多 \1 个字节"),
    (re.compile(r"at most ([0-9]+) characters"), r"最多 \1 个字符"),
    (re.compile(r"at most ([0-9]+) characters of (base64|quoted-printable)"), r"每行最多 \1 个 \2 字符"),
    (re.compile(r"a field ([A-Za-z-]+:)"), r"有 \1 字段"),
    (re.compile(r"one field ([A-Za-z-]+:)"), r"只有一个 \1 字段"),
    (re.compile(r"no field ([A-Za-z-]+:)"), r"没有 \1 字段"),
    (re.compile(r"([A-Z]{4}) and one name"), r"\1 和一个名称"),
    (re.compile(r"one mailbox in each ([A-Z]{4})"), r"每条 \1 只写一个邮箱"),
    (re.compile(r"([A-Z]{4}) without SMTPUTF8: it is not offered"), r"\1 不带 SMTPUTF8：服务器没有声明它"),
    *(
        (
            re.compile(rf"([A-Z]{{4}}) without (\S{{1,60}}), because the reply to (\S{{1,60}}) does not list {listed}"),
            rf"\1 不带 \2，因为 \3 的应答没有列出{chinese}",
        )
        for listed, chinese in (
            ("an extension that brings it", "带有它的扩展"),
            (r"([A-Z0-9-]+)", r" \4"),
            (r"([A-Z0-9-]+) or ([A-Z0-9-]+)", r" \4 或 \5"),
        )
    ),
)
"""Phrases with a value in them."""

GIVEN = frozenset(
    [
        *("message-changed", "message-changed.composed", "conversion"),
        *("dot-stuffing.undotted", "dot-stuffing.overdotted", "dot-stuffing.cut"),
    ]
)
"""Keys of findings that expect a piece of the message that the client was given: it stands as it is."""

_THE_MESSAGE = {"the message": "邮件内容"}
_NO_SUCH_FIELD = {"no such field": "没有这个字段"}

OBSERVED: Mapping[str, Mapping[str, str]] = {
    "8bit-content": {"octets above 127": "大于 127 的字节"},
    "chunk-content": _THE_MESSAGE,
    "composition": {"(blanks)": "（空白）", "(nothing)": "（没有内容）"},
    "content-line-end": {"a lone CR": "单独的 CR", "a lone LF": "单独的 LF"},
    "empty-content": {"nothing but the dot": "只有结束句点"},
    "extra-crlf": {"one empty line more": "多了一个空行"},
    "header-missing": {"none": "没有"},
    "no-quit": {"the connection was closed": "连接被关闭"},
    "quit-unanswered": {"the connection was closed before it had left": "应答还没有发出，连接就被关闭"},
    "silence": {"silence": "没有动静"},
    "stress/differs": {
        "(SASL response)": "（SASL 响应）",
        "(end)": "（结束）",
        "(no TLS)": "（没有 TLS）",
        "(no command)": "（不是命令）",
    },
    "tls-unasked": {"a TLS handshake": "TLS 握手"},
    **dict.fromkeys(("composition.no-message-id", "composition.no-tls-required"), _NO_SUCH_FIELD),
    **dict.fromkeys(
        [
            *("binary.changed", "binary.lost", "binary.not-listed", "binary.text", "binary.undeclared"),
            *("repeated.message", "smtputf8.undeclared", "went-on.batch", "went-on.content", "went-on.no-dot"),
        ],
        _THE_MESSAGE,
    ),
    "dot-stuffing.cut": {"the end of the content": "邮件内容到此结束"},
    "message-changed.composed": {"something else": "别的内容"},
}
"""Whole phrases, by the key of the finding or the rule: under any other key they may be what a client said."""

OBSERVED_WITH: Mapping[str, Patterns] = {
    "composition.control": ((re.compile(r"octet ([0-9]+)"), r"值为 \1 的字节"),),
    "header-invalid.twice": ((re.compile(r"several fields ([A-Za-z-]+:)"), r"多个 \1 字段"),),
    "resumed-at-once": ((re.compile(r"a new connection after (-?[0-9.]+) s"), r"\1 秒之后的新连接"),),
    "stress/differs": (
        (re.compile(r"(.*) \(before the reply\)"), r"\1（在应答之前）"),
        (
            re.compile(r"\(message: (.{0,200}); body of ([0-9]+) octets, ([0-9a-f]{8})\)"),
            r"（邮件：\1；正文 \2 个字节，\3）",
        ),
    ),
    "text-line-length": ((re.compile(r"([0-9]+) octets"), r"\1 个字节"),),
}
"""Phrases with a value in them, by the key or the rule as well."""
