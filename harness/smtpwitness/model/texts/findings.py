"""What a finding says: `<key>.what` happened, `<key>.why` it matters, `<key>.fix` how to mend it.

Values in braces are the finding's facts. Each entry is English, then Chinese: what, why, fix.
"""

from __future__ import annotations

from collections.abc import Mapping

from .composition import COMPOSITION

Words = tuple[str, str, str]

_ONE_BEHIND_EN = (
    "The replies are then counted wrongly: a refusal is taken for the answer to another command, and mail is lost "
    "or the session stands still. On a fast network it may seem to work."
)
_ONE_BEHIND_ZH = "这样应答就会对错位：拒绝被当成另一条命令的应答，邮件丢失或会话卡住。在快速网络上可能看似正常。"
_CRLF_WHY_EN = (
    "The server goes on reading until CRLF comes. While it waits for the end of the line, you wait for a reply."
)
_CRLF_WHY_ZH = "服务器要读到 CRLF 才算一行结束。它在等行尾，而你在等应答，双方都停住。"
_SYNTAX_WHY_EN = "Many servers forgive it, strict ones answer 501 and take no mail."
_SYNTAX_WHY_ZH = "不少服务器会宽容处理，严格的服务器则回复 501 并拒收邮件。"
_PARAMETER_WHY_EN = "The server answers 501, so that the mail is not sent, or it overlooks what you wish for."
_PARAMETER_WHY_ZH = "服务器会回复 501，邮件发不出去，或者忽略你的要求。"
_DECLARED_WHY_EN = "A server decides by SIZE whether it has room. It may refuse a larger one when all of it was sent."
_DECLARED_WHY_ZH = "服务器根据 SIZE 判断是否有空间。邮件更大时，可能在全部发送之后才被拒收。"
_TEST_CODE_EN = "Test the reply code after every command, and leave the normal path when it begins with 4 or 5: "
_TEST_CODE_ZH = "每条命令之后都检查应答码，以 4 或 5 开头就不要继续正常流程："
_EIGHT_BIT_WHY_EN = "Such a server may take the eighth bit off, or refuse the message: garbage arrives, or nothing."
_EIGHT_BIT_WHY_ZH = "这样的服务器可能去掉第八位或拒收邮件：收件人看到乱码，或者什么也收不到。"
_EIGHT_BIT_FIX_EN = (
    "Encode text beyond ASCII with base64 or quoted-printable, and header fields as encoded words: "
    "`message = EmailMessage()`, `message.set_content(text)`, and then "
    "`message.as_bytes(policy=email.policy.SMTP.clone(cte_type='7bit'))` does both."
)
_EIGHT_BIT_FIX_ZH = (
    "非 ASCII 文本用 base64 或 quoted-printable 编码，邮件头字段用编码字："
    "`message = EmailMessage()`、`message.set_content(text)`，再用 "
    "`message.as_bytes(policy=email.policy.SMTP.clone(cte_type='7bit'))`，两者都能做到。"
)
_PATIENCE_WHY_EN = "A busy server answers late, and a client that gives up at once gets no mail through."
_PATIENCE_WHY_ZH = "繁忙的服务器会很晚才应答；立刻放弃的客户端发不出邮件。"
_PATIENCE_FIX_EN = "Wait minutes for a reply, not fractions of a second (RFC 5321, 4.5.3.2)."
_PATIENCE_FIX_ZH = "等待应答的时间应以分钟计，而不是零点几秒（RFC 5321 第 4.5.3.2 节）。"
_BORDERS_WHY_EN = "TCP has no borders: how replies are cut on their way differs from network to network."
_BORDERS_WHY_ZH = "TCP 没有消息边界：应答在路上怎样分段，每个网络都不一样。"
_BORDERS_FIX_EN = (
    "Put what `recv` gives into a buffer, take whole lines out of it, and leave the rest there for the next reply; "
    "`file = sock.makefile('rb')` and `file.readline()` do so."
)
_BORDERS_FIX_ZH = (
    "把 `recv` 得到的数据放进缓冲区，按整行取出，剩下的留给下一个应答；"
    "`file = sock.makefile('rb')` 和 `file.readline()` 就是这样做的。"
)
_REPEAT_EN = " Drawn from seed {seed}; to repeat it: `{command}`"
_REPEAT_ZH = "随机种子为 {seed}；重现的命令：`{command}`"

ENTRIES: Mapping[str, tuple[Words, Words]] = {
    # --- timing
    "early-talker": (
        (
            "The client sent `{line}` before the greeting had come.",
            "A server may refuse mail with its greeting, and many take clients that talk first for spammers.",
            "After connect, read lines until one has a space after its code (`220 `), and only then send EHLO.",
        ),
        (
            "客户端在收到问候语之前就发送了 `{line}`。",
            "服务器可能在问候语中就拒绝服务；许多服务器把抢先说话的客户端当作垃圾邮件程序。",
            "连接之后先逐行读取，直到某行代码后面是空格（`220 `），然后再发送 EHLO。",
        ),
    ),
    "sent-before-reply": (
        (
            "`{line}` was sent before the reply to {previous} had come ({early}; {count} times in this connection).",
            _ONE_BEHIND_EN,
            "Read one whole reply after each command before you send the next. One `recv` is not one reply: read line "
            "by line with `file = sock.makefile('rb')` until a line has a space after its three digits.",
        ),
        (
            "在 {previous} 的应答到达之前就发送了 `{line}`（{early}；本连接中共 {count} 次）。",
            _ONE_BEHIND_ZH,
            "每条命令之后先读完一个完整的应答，再发送下一条。一次 `recv` 不等于一个应答：用 "
            "`file = sock.makefile('rb')` 逐行读取，直到三位代码后面是空格的那一行。",
        ),
    ),
    "resumed-at-once": (
        (
            "A transaction that had broken off was taken up again at once, in a new connection.",
            "The server must first notice that the old connection is gone, and set the transaction free.",
            "Wait before you connect again: some minutes in real life, more each time.",
        ),
        (
            "事务中断之后，客户端立即在新连接中继续该事务。",
            "服务器要先发现旧连接已经断开，才能释放该事务。",
            "重新连接之前先等待：实际使用中应等几分钟，并且每次延长。",
        ),
    ),
    "sent-before-reply.multiline": (
        (
            "`{line}` was sent in the middle of the reply to {previous}, which has several lines ({count} times in "
            "this connection).",
            "A line with `-` after its code is not the last one. Whoever stops there reads the next line as the "
            "answer to another command. " + _ONE_BEHIND_EN,
            "Read on while the fourth character is `-`: `while line[3:4] == b'-': line = file.readline()`.",
        ),
        (
            "{previous} 的应答有好几行，还没有读完就发送了 `{line}`（本连接中共 {count} 次）。",
            "代码后面是 `-` 的行不是最后一行。读到这里就停，下一行会被当成另一条命令的应答。" + _ONE_BEHIND_ZH,
            "只要第四个字符是 `-` 就继续读：`while line[3:4] == b'-': line = file.readline()`。",
        ),
    ),
    "sent-before-reply.batch": (
        (
            "`{line}` was sent before the reply to {previous} had come ({early}). PIPELINING does not allow this here.",
            "A batch ends with {previous}: what follows depends on its reply. " + _ONE_BEHIND_EN,
            "Let a batch end with {previous}, and read every reply to it before you send anything more.",
        ),
        (
            "在 {previous} 的应答到达之前就发送了 `{line}`（{early}）。即使有 PIPELINING 也不允许。",
            "一批命令到 {previous} 为止，后面发什么取决于它的应答。" + _ONE_BEHIND_ZH,
            "让一批命令以 {previous} 结束，读完这一批的所有应答之后再继续发送。",
        ),
    ),
    # --- lines
    "line-end.bare-lf": (
        (
            "`{line}` ended with LF alone ({count} lines did).",
            "SMTP lines end with CRLF and nothing else. Some servers wait for the CR, some refuse the line.",
            r"End every line with both octets: `sock.sendall(line.encode() + b'\r\n')`. `print` and text files write "
            r"`\n` only.",
        ),
        (
            "`{line}` 仅以 LF 结尾（共 {count} 行）。",
            "SMTP 的行只能以 CRLF 结尾。有的服务器会一直等待 CR，有的会拒绝这一行。",
            r"每一行都要以两个字节结尾：`sock.sendall(line.encode() + b'\r\n')`。`print` 和文本文件只写 `\n`。",
        ),
    ),
    "line-end.lone-cr": (
        (
            "There is a CR inside `{line}` that no LF follows.",
            "CR and LF stand only together, at the end of a line. Servers differ in what they make of a lone CR, and "
            "attackers live on that difference.",
            r"Look for `\r` in the values that you put into commands, and for a line end that is written as `\r\r\n`.",
        ),
        (
            "`{line}` 中有一个后面没有 LF 的 CR。",
            "CR 和 LF 只能成对出现在行尾。各服务器对单独的 CR 解释不同，攻击者正是利用这种差异。",
            r"检查放进命令里的值是否含有 `\r`，以及行尾是否被写成了 `\r\r\n`。",
        ),
    ),
    "line-end.none": (
        (
            "`{line}` had no line end.",
            _CRLF_WHY_EN,
            r"Add `\r\n` to every command, also to QUIT and to the lone dot: `sock.sendall(b'QUIT\r\n')`.",
        ),
        (
            "`{line}` 没有行尾。",
            _CRLF_WHY_ZH,
            r"给每条命令都加上 `\r\n`，包括 QUIT 和单独的句点：`sock.sendall(b'QUIT\r\n')`。",
        ),
    ),
    "content-line-end": (
        (
            "In the message there is a lone {octet}, on line {number}.",
            "A server that takes it for a line end sees other lines than you do. A forged message can be hidden in "
            "yours that way (SMTP smuggling), so many servers refuse it.",
            r"Make all line ends CRLF before you send: "
            r"`re.sub(rb'\r\n|\r|\n', b'\r\n', message)`, and open files in binary mode (`'rb'`).",
        ),
        (
            "邮件内容第 {number} 行有一个单独的 {octet}。",
            "把它当作行尾的服务器看到的行与你不同，邮件里因此可以藏进另一封伪造的邮件"
            "（SMTP smuggling），所以许多服务器会拒收。",
            r"发送前把所有行尾统一成 CRLF：`re.sub(rb'\r\n|\r|\n', b'\r\n', message)`，"
            r"并以二进制方式（`'rb'`）打开文件。",
        ),
    ),
    "command-length": (
        (
            "`{line}` is longer than {limit} octets.",
            "A server need not take a longer command line, and may answer 500.",
            "Keep command lines at {limit} octets with CRLF. Long lists belong in several RCPT commands.",
        ),
        (
            "`{line}` 超过 {limit} 个字节。",
            "服务器不必接受更长的命令行，可以回复 500。",
            "命令行连同 CRLF 不超过 {limit} 个字节。多个收件人应分成多条 RCPT 命令。",
        ),
    ),
    "command-length.auth": (
        (
            "The AUTH line with its response is longer than {limit} octets.",
            "A server need not take a longer command line; a response on a line of its own may be longer.",
            "Send `AUTH` and the mechanism alone, wait for 334, and then send the response.",
        ),
        (
            "带响应的 AUTH 行超过 {limit} 个字节。",
            "服务器不必接受更长的命令行；单独成行的响应则可以更长。",
            "先只发送 `AUTH` 和机制名，等到 334 之后再发送响应。",
        ),
    ),
    "text-line-length": (
        (
            "A line of the message is {length} octets long; 998 and CRLF are the limit (`{text}`).",
            "Servers may cut such a line, break it anywhere, or refuse the message.",
            "Encode long text with base64 or quoted-printable, or fold it; `email.message.EmailMessage` does so.",
        ),
        (
            "邮件中有一行长 {length} 个字节，上限是 998 个字节加 CRLF（`{text}`）。",
            "服务器可能截断这一行、在任意位置断开，或拒收邮件。",
            "用 base64 或 quoted-printable 编码长文本，或者折行；`email.message.EmailMessage` 会自动处理。",
        ),
    ),
    # --- how commands are written
    "angle-brackets": (
        (
            "The address in `{line}` does not stand in angle brackets.",
            _SYNTAX_WHY_EN,
            "Write `MAIL FROM:<{{sender}}>` and `RCPT TO:<{{recipient}}>`, with `<` and `>`.",
        ),
        (
            "`{line}` 中的地址没有用尖括号括起来。",
            _SYNTAX_WHY_ZH,
            "写成 `MAIL FROM:<{{sender}}>` 和 `RCPT TO:<{{recipient}}>`，带上 `<` 和 `>`。",
        ),
    ),
    "space-after-colon": (
        (
            "There is a space beside the colon in `{line}`.",
            "RFC 5321 forbids it. Most servers forgive it, strict ones answer 501.",
            "Write `MAIL FROM:<...>` and `RCPT TO:<...>` without a space after (or before) the colon.",
        ),
        (
            "`{line}` 的冒号旁边有空格。",
            "RFC 5321 禁止这样写。多数服务器会宽容，严格的服务器回复 501。",
            "写成 `MAIL FROM:<...>` 和 `RCPT TO:<...>`，冒号前后都不要有空格。",
        ),
    ),
    "command-syntax.trailing-blanks": (
        (
            "`{line}` has blanks before its line end.",
            _SYNTAX_WHY_EN,
            "Send CRLF right after the last word: take blanks off with `line.rstrip()` before you add it.",
        ),
        (
            "`{line}` 的行尾之前有空格。",
            _SYNTAX_WHY_ZH,
            "最后一个词之后直接发送 CRLF：先用 `line.rstrip()` 去掉空格再加行尾。",
        ),
    ),
    "command-syntax.blank": (
        (
            "In `{line}` the verb does not stand first, or no single space follows it.",
            _SYNTAX_WHY_EN,
            "Begin the line with the verb, and put one space (no tab) between it and its argument.",
        ),
        (
            "`{line}` 没有以命令动词开头，或动词后面不是一个空格。",
            _SYNTAX_WHY_ZH,
            "以动词开头，动词与参数之间用一个空格（不是制表符）。",
        ),
    ),
    "command-syntax.argument": (
        (
            "`{line}`: {verb} takes no argument.",
            _SYNTAX_WHY_EN,
            "Send `{verb}` and CRLF, nothing else on the line.",
        ),
        (
            "`{line}`：{verb} 不带参数。",
            _SYNTAX_WHY_ZH,
            "只发送 `{verb}` 和 CRLF，这一行不要有别的内容。",
        ),
    ),
    "command-syntax.hello": (
        (
            "`{line}`: {verb} takes exactly one name.",
            _SYNTAX_WHY_EN,
            "Send `EHLO` and one host name, e.g. `'EHLO ' + socket.getfqdn()`; with no name, an address in brackets: "
            "`EHLO [192.0.2.1]`.",
        ),
        (
            "`{line}`：{verb} 后面必须正好是一个名称。",
            _SYNTAX_WHY_ZH,
            "发送 `EHLO` 加一个主机名，例如 `'EHLO ' + socket.getfqdn()`；"
            "没有主机名时用方括号中的地址：`EHLO [192.0.2.1]`。",
        ),
    ),
    "command-syntax.mailbox": (
        (
            "`{line}` names more than one mailbox.",
            "A path holds one mailbox: the server answers 501 or 553, and nobody gets the mail.",
            "Send one `RCPT TO:<...>` for each recipient, with one address in it: `for address in recipients:`.",
        ),
        (
            "`{line}` 中写了不止一个邮箱地址。",
            "一条路径只能写一个邮箱地址：服务器会回复 501 或 553，谁也收不到邮件。",
            "为每个收件人发送一条 `RCPT TO:<...>`，里面只写一个地址：`for address in recipients:`。",
        ),
    ),
    "command-syntax.quoted": (
        (
            "The address in `{line}` has quotes or backslashes that it does not need.",
            "It is the same mailbox, but servers that compare addresses letter by letter do not find it.",
            "Quote a local part only where it holds a blank, two dots in a row or another special character.",
        ),
        (
            "`{line}` 中的地址带有不必要的引号或反斜杠。",
            "它仍是同一个邮箱，但逐字符比较地址的服务器会找不到它。",
            "只有本地部分含有空格、连续的点或其他特殊字符时，才需要加引号。",
        ),
    ),
    "command-syntax.address": (
        (
            "`{line}` is not written as `MAIL FROM:<...>` or `RCPT TO:<...>`.",
            "Servers answer 501 or 500: they look for exactly these words and the colon.",
            "Write `MAIL FROM:<{{sender}}>` and `RCPT TO:<{{recipient}}>`, colon and angle brackets included.",
        ),
        (
            "`{line}` 没有写成 `MAIL FROM:<...>` 或 `RCPT TO:<...>`。",
            "服务器会回复 501 或 500：它们只认这几个词和冒号。",
            "写成 `MAIL FROM:<{{sender}}>` 和 `RCPT TO:<{{recipient}}>`，包括冒号和尖括号。",
        ),
    ),
    "command-syntax.route": (
        (
            "The path in `{line}` begins with a source route.",
            "Source routes are a thing of the past (RFC 5321, appendix C): servers ignore or refuse them, and some "
            "take who uses them for somebody that looks for an open relay.",
            "Write the mailbox alone: `{verb}` with `<mailbox@domain>`. Which host to send through is decided by "
            "whom you connect to.",
        ),
        (
            "`{line}` 中的路径以源路由开头。",
            "源路由早已过时（RFC 5321 附录 C）：服务器会忽略或拒绝它，有的还会把使用者当作在寻找开放中继的人。",
            "只写邮箱本身：`{verb}` 加 `<邮箱@域名>`。经过哪台主机发送，取决于你连接到谁。",
        ),
    ),
    "command-syntax.domain": (
        (
            "`{line}` has no full domain behind its @.",
            "Only a full name in letters, digits and hyphens can be looked up. A local name, an underscore or a "
            "number after `#` means nothing to another host, and the mail comes back.",
            "Send the mailbox as it was given, its domain in full: `bob@example.org`.",
        ),
        (
            "`{line}` 中 @ 后面不是完整的域名。",
            "只有由字母、数字和连字符组成的完整域名才能查到。本地简称、下划线或 `#` 加数字对别的主机毫无意义，"
            "邮件会被退回。",
            "原样发送给定的邮箱地址，域名要写完整：`bob@example.org`。",
        ),
    ),
    "unknown-verb": (
        (
            "`{line}` begins with no command that there is.",
            "Servers answer 500, and many end the session after a few of those.",
            "Use the commands of RFC 5321, and those of extensions that the reply to EHLO lists.",
        ),
        (
            "`{line}` 开头的词不是任何已有的命令。",
            "服务器会回复 500，出现几次之后往往会断开连接。",
            "只使用 RFC 5321 的命令，以及 EHLO 应答中列出的扩展的命令。",
        ),
    ),
    "unknown-verb.obsolete": (
        (
            "`{line}` is a command of the past.",
            "SEND, SOML and SAML wrote to a user's terminal, TURN swapped client and server. Nobody serves them now, "
            "and TURN hands mail to whoever asks (RFC 5321, appendix F).",
            "Begin a transaction with `MAIL FROM:<...>`.",
        ),
        (
            "`{line}` 是早已过时的命令。",
            "SEND、SOML、SAML 用来向用户的终端写字，TURN 让客户端与服务器互换角色。如今没有服务器提供它们，"
            "而 TURN 会把邮件交给任何来要的人（RFC 5321 附录 F）。",
            "用 `MAIL FROM:<...>` 开始一次事务。",
        ),
    ),
    "command-syntax.parameters": (
        (
            "What follows the address in `{line}` is no list of parameters.",
            _SYNTAX_WHY_EN,
            "After `>` comes the end of the line, or one space and `KEYWORD=value`, such as `SIZE=1234`.",
        ),
        (
            "`{line}` 中地址后面的内容不是参数列表。",
            _SYNTAX_WHY_ZH,
            "`>` 之后要么结束，要么是一个空格加 `KEYWORD=value`，例如 `SIZE=1234`。",
        ),
    ),
    "command-syntax.path": (
        (
            "In `{line}` a blank stands inside the angle brackets.",
            _SYNTAX_WHY_EN,
            "Put nothing but the address between `<` and `>`: take blanks off with `address.strip()` first.",
        ),
        (
            "`{line}` 的尖括号里有空格。",
            _SYNTAX_WHY_ZH,
            "`<` 和 `>` 之间只写地址：先用 `address.strip()` 去掉空格。",
        ),
    ),
    "parameter-value.form": (
        (
            "In {verb}, `{written}` is not written as its extension says.",
            _PARAMETER_WHY_EN,
            "Write it like this: `{example}`.",
        ),
        (
            "{verb} 中的 `{written}` 不符合该扩展规定的格式。",
            _PARAMETER_WHY_ZH,
            "照这样写：`{example}`。",
        ),
    ),
    "parameter-value.twice": (
        (
            "{verb} carries {parameter} more than once, the second time as `{written}`.",
            _PARAMETER_WHY_EN,
            "Write each parameter once: collect them in a dictionary, not in a list.",
        ),
        (
            "{verb} 中 {parameter} 出现了不止一次，第二次写作 `{written}`。",
            _PARAMETER_WHY_ZH,
            "每个参数只写一次：用字典收集参数，不要用列表。",
        ),
    ),
    "parameter-value.command": (
        (
            "{verb} carries `{written}`, but {parameter} is a parameter of {other}.",
            _PARAMETER_WHY_EN,
            "Put `{example}` behind the address of {other}.",
        ),
        (
            "{verb} 带有 `{written}`，而 {parameter} 是 {other} 的参数。",
            _PARAMETER_WHY_ZH,
            "把 `{example}` 写在 {other} 的地址之后。",
        ),
    ),
    "parameter-value.long": (
        (
            "In {verb}, the value of {parameter} has more than {other} characters: `{written}`.",
            "Servers need not take a longer one: they may refuse the command or cut the value.",
            "Use a shorter value, or leave {parameter} off.",
        ),
        (
            "{verb} 中 {parameter} 的值超过 {other} 个字符：`{written}`。",
            "服务器不必接受更长的值：可能拒绝这条命令，也可能截断它。",
            "换一个更短的值，或者不写 {parameter}。",
        ),
    ),
    "parameter-value.characters": (
        (
            "In {verb}, the value of `{written}` stands for characters that are not printable ASCII.",
            "The value is copied into delivery reports, which have no room for such characters.",
            "Use printable ASCII only, or leave {parameter} off.",
        ),
        (
            "{verb} 中 `{written}` 的值解码后含有不可打印或非 ASCII 的字符。",
            "这个值会被抄进投递报告，而报告里不能有这样的字符。",
            "只用可打印的 ASCII 字符，或者不写 {parameter}。",
        ),
    ),
    "parameter-value.beyond": (
        (
            "`{written}` in {verb} asks for something outside the limit that the server has named: `{other}`.",
            "The server refuses the command, so the mail is not sent.",
            "Compare the wish with the limit in the EHLO reply first, and tell the user if it cannot be met.",
        ),
        (
            "{verb} 中的 `{written}` 超出了服务器声明的限度：`{other}`。",
            "服务器会拒绝这条命令，邮件发不出去。",
            "先把要求与 EHLO 应答中的限度比较；不能满足时告诉用户。",
        ),
    ),
    "parameter-value.together": (
        (
            "In {verb}, `{written}` and {other} do not go together.",
            "The server cannot do both, and refuses the command.",
            "Write only one of HOLDFOR and HOLDUNTIL, and let the time of BY lie behind the release.",
        ),
        (
            "{verb} 中 `{written}` 与 {other} 互相矛盾。",
            "服务器无法同时满足两者，会拒绝这条命令。",
            "HOLDFOR 与 HOLDUNTIL 只写一个；BY 的期限必须晚于放行时间。",
        ),
    ),
    "parameter-value.recipient": (
        (
            "`{written}` names another address than the RCPT that it stands in.",
            "Delivery reports would then speak of a recipient whom the sender never wrote to.",
            "When you send a message for the first time, put the address of RCPT into ORCPT, encoded as xtext: "
            "`{example}`.",
        ),
        (
            "`{written}` 的地址与它所在的 RCPT 的地址不同。",
            "这样投递报告里说的收件人，发件人从来没有写过。",
            "首次发送邮件时，ORCPT 写 RCPT 的地址，并按 xtext 编码：`{example}`。",
        ),
    ),
    "declared-size.small": (
        (
            "`{line}` declares {declared} octets, but the message had {size}.",
            _DECLARED_WHY_EN,
            "Count the octets of the message as it is sent, each line with its CRLF, after every conversion.",
        ),
        (
            "`{line}` 声明 {declared} 个字节，而邮件有 {size} 个字节。",
            _DECLARED_WHY_ZH,
            "按实际发送的字节计数：每行都算上 CRLF，并在所有转换之后再数。",
        ),
    ),
    "declared-size.line-ends": (
        (
            "`{line}` declares {declared} octets, but the message had {size}: each line end was counted as one octet.",
            _DECLARED_WHY_EN,
            "Turn line ends into CRLF first, then count: `len(message.replace(b'\\n', b'\\r\\n'))` where they are LF.",
        ),
        (
            "`{line}` 声明 {declared} 个字节，而邮件有 {size} 个字节：每个行尾只算了一个字节。",
            _DECLARED_WHY_ZH,
            "先把行尾换成 CRLF 再计数：行尾是 LF 时用 `len(message.replace(b'\\n', b'\\r\\n'))`。",
        ),
    ),
    "declared-size.dots": (
        (
            "`{line}` declares {declared} octets, but the message had {size}: the dots that were added to its lines "
            "were counted.",
            "The size of a message is what the receiver has in the end. A message near the limit may be refused.",
            "Count first, with `len(message)`, and only then put a dot before each line that begins with one.",
        ),
        (
            "`{line}` 声明 {declared} 个字节，而邮件有 {size} 个字节：为行首的点添加的点也被计入。",
            "邮件的大小是收件方最后得到的字节数。接近上限的邮件可能因此被拒。",
            "在添加点之前计数：先取 `len(message)`，再给以点开头的行加点。",
        ),
    ),
    "parameter-not-offered": (
        (
            "`{line}` carries the parameter {parameter}, but the reply to {hello} did not list {keyword}.",
            "A parameter belongs to an extension. A server without it answers 555 or 501, and the mail is not sent. "
            "After HELO there are no extensions at all.",
            "Keep the keywords of the last EHLO reply in a dictionary, and add a parameter only if its keyword is in "
            "it: `if 'SIZE' in offers: command += f' SIZE={{size}}'`.",
        ),
        (
            "`{line}` 带有参数 {parameter}，但 {hello} 的应答没有列出 {keyword}。",
            "参数属于扩展。没有该扩展的服务器会回复 555 或 501，邮件发不出去。HELO 之后则没有任何扩展可用。",
            "把最近一次 EHLO 应答的关键字存入字典，只有关键字在其中才添加参数："
            "`if 'SIZE' in offers: command += f' SIZE={{size}}'`。",
        ),
    ),
    "8bit-content": (
        (
            "Line {number} of the message has octets above 127 (`{text}`), and the server has not offered 8BITMIME.",
            _EIGHT_BIT_WHY_EN,
            _EIGHT_BIT_FIX_EN,
        ),
        (
            "邮件第 {number} 行含有大于 127 的字节（`{text}`），而服务器没有声明 8BITMIME。",
            _EIGHT_BIT_WHY_ZH,
            _EIGHT_BIT_FIX_ZH,
        ),
    ),
    "8bit-content.given": (
        (
            "Line {number} of the message that the client was given has octets above 127 (`{text}`). It was sent as it "
            "is, though the server has not offered 8BITMIME.",
            _EIGHT_BIT_WHY_EN,
            "Look at the EHLO reply before you send such a message: where 8BITMIME is missing, convert it to base64 or "
            "quoted-printable, or refuse it and say so.",
        ),
        (
            "交给客户端的邮件第 {number} 行含有大于 127 的字节（`{text}`）。"
            "服务器没有声明 8BITMIME，客户端仍原样发送。",
            _EIGHT_BIT_WHY_ZH,
            "发送这种邮件之前先查看 EHLO 应答：没有 8BITMIME 时转换为 base64 或 quoted-printable，"
            "或者拒绝发送并说明原因。",
        ),
    ),
    "8bit-content.undeclared": (
        (
            "Line {number} of the message has octets above 127 (`{text}`), and MAIL did not say `BODY=8BITMIME`.",
            "The server learns from it that the next server must take eight bits too, or that it has to convert.",
            "Where 8BITMIME is offered, send `MAIL FROM:<{{sender}}> BODY=8BITMIME`; or encode the text with base64.",
        ),
        (
            "邮件第 {number} 行含有大于 127 的字节（`{text}`），而 MAIL 命令没有写 `BODY=8BITMIME`。",
            "服务器由此得知下一台服务器也必须接受八位内容，否则需要转换。",
            "服务器声明 8BITMIME 时发送 `MAIL FROM:<{{sender}}> BODY=8BITMIME`；或者用 base64 编码文本。",
        ),
    ),
    "8bit-content.command": (
        (
            "`{text}` has octets above 127. In a command they may stand only where SMTPUTF8 is offered and MAIL asks "
            "for it.",
            "Without SMTPUTF8 servers refuse such an address, or make another one of it.",
            "Write the domain in its ASCII form (`xn--...`). For a local part beyond ASCII look for SMTPUTF8 in the "
            "EHLO reply and add ` SMTPUTF8` to MAIL; where it is not offered, report the failure.",
        ),
        (
            "`{text}` 含有大于 127 的字节。只有服务器声明 SMTPUTF8 且 MAIL 命令写明时，命令中才可以这样写。",
            "没有 SMTPUTF8，服务器会拒绝这样的地址，或者把它变成另一个地址。",
            "域名写成 ASCII 形式（`xn--...`）。本地部分超出 ASCII 时，先在 EHLO 应答中查找 SMTPUTF8，"
            "并在 MAIL 后面加上 ` SMTPUTF8`；没有声明则报告失败。",
        ),
    ),
    "hello-name.literal": (
        (
            "`{line}`: what stands after the verb is an address that is not written as one.",
            "An address literal is `[192.0.2.1]`, or `[IPv6:2001:db8::1]` with its tag; otherwise it is neither a "
            "name nor an address, and servers answer 501.",
            "Put brackets around the address, `IPv6:` before one of IP version 6, and no zone (`%eth0`) behind it.",
        ),
        (
            "`{line}`：动词后面的地址写法不对。",
            "地址要写成 `[192.0.2.1]`，IPv6 地址要带标记：`[IPv6:2001:db8::1]`；否则既不是域名也不是地址，"
            "服务器会回复 501。",
            "给地址加上方括号；IPv6 地址前面写 `IPv6:`，后面不要带区域标识（`%eth0`）。",
        ),
    ),
    "hello-name.address": (
        (
            "`{line}`: the address stands without brackets.",
            "Four numbers with dots read like a host name that cannot exist. Many servers refuse such a hello, or "
            "take its sender for a spammer.",
            "Send a host name, or put the address in brackets: `EHLO [192.0.2.1]`.",
        ),
        (
            "`{line}`：地址没有写在方括号里。",
            "四个用点隔开的数字会被当作不可能存在的主机名。许多服务器会拒绝这样的问候，或者把对方当作垃圾邮件程序。",
            "发送主机名，或者把地址写在方括号里：`EHLO [192.0.2.1]`。",
        ),
    ),
    "hello-name": (
        (
            "`{line}` does not name the client's host in full.",
            "It often is the host that decides this, so it is no fault here; real servers may count it against you.",
            "Use a full name (`mail.example.org`), or the address in brackets: `[192.0.2.1]`.",
        ),
        (
            "`{line}` 中的主机名不完整。",
            "这往往由运行环境决定，因此这里不算错误；但真实服务器可能因此降低信任。",
            "使用完整主机名（`mail.example.org`），或方括号中的地址：`[192.0.2.1]`。",
        ),
    ),
    "hello-first": (
        (
            "`{line}` came before EHLO or HELO.",
            "A session begins with a hello, and inside TLS it begins anew. Servers answer 503 to MAIL without it.",
            "Send EHLO after the greeting, and once more after the TLS handshake, and read the reply.",
        ),
        (
            "`{line}` 出现在 EHLO 或 HELO 之前。",
            "会话以 EHLO/HELO 开始，TLS 建立后要重新开始。没有它，服务器对 MAIL 回复 503。",
            "收到问候语后发送 EHLO，TLS 握手之后再发送一次，并读取应答。",
        ),
    ),
    # --- TLS and AUTH
    "clear-text-before-tls": (
        (
            "`{line}` was sent in clear after the 220 to STARTTLS, where the TLS handshake was due.",
            "After its 220 the server listens for TLS alone: it takes the text for a broken handshake and ends the "
            "connection. Whatever stood in it can be read on the way.",
            "Between the 220 and `context.wrap_socket(...)` send nothing at all, not even an empty line.",
        ),
        (
            "在 STARTTLS 得到 220 之后、本该开始 TLS 握手时，客户端明文发送了 `{line}`。",
            "服务器回复 220 之后只等待 TLS 握手：它会把这段明文当成损坏的握手并断开连接。明文内容也会在途中被人看到。",
            "从收到 220 到 `context.wrap_socket(...)` 之间什么都不要发送，连空行也不行。",
        ),
    ),
    "clear-text-before-tls.batch": (
        (
            "`{line}` was sent in clear behind STARTTLS, before its reply had come.",
            "STARTTLS is the last command of a batch, because what follows its 220 is TLS. A server that forgets the "
            "rest never answers it, and one that keeps it can be fooled by whoever sits on the way.",
            "Send STARTTLS alone, wait for its reply, and after a 220 begin the handshake at once.",
        ),
        (
            "在 STARTTLS 的应答到达之前，客户端又明文发送了 `{line}`。",
            "STARTTLS 必须是一批命令中的最后一条，因为 220 之后就是 TLS。服务器若丢弃后面的内容，就不会再应答；"
            "若保留下来，途中的人就能借此欺骗它。",
            "单独发送 STARTTLS，等待它的应答；收到 220 后立即开始握手。",
        ),
    ),
    "no-ehlo-after-starttls": (
        (
            "The first command inside TLS was `{line}`, not EHLO.",
            "What the server offered before TLS does not hold any more: somebody on the way may have changed it, and "
            "many servers offer AUTH only now.",
            "After `context.wrap_socket(...)`, forget the old EHLO reply, send EHLO again, and use the new one.",
        ),
        (
            "TLS 建立后的第一条命令是 `{line}`，而不是 EHLO。",
            "TLS 之前服务器声明的扩展已经作废：途中可能被人篡改，而且许多服务器此时才提供 AUTH。",
            "在 `context.wrap_socket(...)` 之后丢弃旧的 EHLO 应答，重新发送 EHLO，并使用新的应答。",
        ),
    ),
    "tls-unasked": (
        (
            "The client began a TLS handshake where the server speaks in the clear.",
            "Implicit TLS (port 465) and STARTTLS (port 587) begin differently: the server sees only noise.",
            "Begin with TLS only if the job says `implicit`; for `starttls` read the greeting and send EHLO first.",
        ),
        (
            "服务器以明文开始会话，客户端却直接开始 TLS 握手。",
            "隐式 TLS（端口 465）与 STARTTLS（端口 587）的开始方式不同：服务器看到的只是乱码。",
            "只有任务要求 `implicit` 时才直接开始 TLS；`starttls` 要先读问候语并发送 EHLO。",
        ),
    ),
    "credentials-in-clear": (
        (
            "The credentials for AUTH {mechanism} were sent without TLS.",
            "base64 is no encryption: whoever can listen on the way has the password.",
            "Send STARTTLS and make the handshake first (`ssl.create_default_context().wrap_socket(sock, "
            "server_hostname=...)`), or use implicit TLS.",
        ),
        (
            "AUTH {mechanism} 的凭据在没有 TLS 的情况下发送。",
            "base64 不是加密：任何能在途中监听的人都能得到口令。",
            "先发送 STARTTLS 并完成握手"
            "（`ssl.create_default_context().wrap_socket(sock, server_hostname=...)`），或使用隐式 TLS。",
        ),
    ),
    "helo-then-auth": (
        (
            "AUTH {mechanism} was used, but no EHLO reply in this session has listed it (the session began with "
            "{hello}).",
            "Extensions are for those who said EHLO and were offered them. Some servers take it, others answer 503 or "
            "504.",
            "Send EHLO, look for the line `250-AUTH ...`, and use a mechanism that stands there.",
        ),
        (
            "使用了 AUTH {mechanism}，但本会话中没有任何 EHLO 应答列出它（会话以 {hello} 开始）。",
            "扩展只提供给发送过 EHLO 并得到声明的客户端。有的服务器接受，有的回复 503 或 504。",
            "发送 EHLO，查找 `250-AUTH ...` 这一行，使用其中列出的机制。",
        ),
    ),
    "auth-response.initial": (
        (
            "The response in the line AUTH {mechanism} is not canonical base64.",
            "What follows the mechanism is base64, with its padding, or a single `=` where there is nothing to say.",
            "`base64.b64encode(value).decode() or '='`, and no line ends or blanks inside.",
        ),
        (
            "AUTH {mechanism} 这一行中的响应不是规范的 base64。",
            "机制名之后必须是带填充字符的 base64；没有内容时写一个 `=`。",
            "用 `base64.b64encode(value).decode() or '='`，其中不要有换行或空格。",
        ),
    ),
    "auth-response.early": (
        (
            "AUTH {mechanism} carries a response, but the server speaks first with this mechanism.",
            "A response that answers no challenge cannot be right. Servers answer 501, and the login fails.",
            r"Send `AUTH {mechanism}\r\n` alone, wait for 334, and answer its challenge.",
        ),
        (
            "AUTH {mechanism} 这一行带有响应，但这种机制由服务器先说话。",
            "没有质询就没有正确的响应。服务器回复 501，登录失败。",
            r"单独发送 `AUTH {mechanism}\r\n`，等到 334 之后再回答其中的质询。",
        ),
    ),
    "auth-response.base64": (
        (
            "A response to AUTH {mechanism} is not canonical base64.",
            "Responses travel as base64, with its padding and nothing else on the line. Servers answer 501.",
            "`base64.b64encode(value.encode()).decode()`: not `encodebytes`, which adds a line end, and no blanks.",
        ),
        (
            "AUTH {mechanism} 的响应不是规范的 base64。",
            "响应必须以 base64 传送，带填充字符，且这一行没有别的内容。否则服务器回复 501。",
            "用 `base64.b64encode(value.encode()).decode()`；不要用会添加换行的 `encodebytes`，也不要有空格。",
        ),
    ),
    "auth-response.plain": (
        (
            "The PLAIN response is not made of NUL, user name, NUL and password.",
            "The server takes the message apart at its two NUL octets. Without them it finds no password.",
            r"`base64.b64encode(b'\0' + user.encode() + b'\0' + password.encode())`",
        ),
        (
            "PLAIN 响应不是由 NUL、用户名、NUL、口令组成。",
            "服务器按两个 NUL 字节拆分这条消息。缺少它们就找不到口令。",
            r"`base64.b64encode(b'\0' + user.encode() + b'\0' + password.encode())`",
        ),
    ),
    "auth-response.charset": (
        (
            "The PLAIN response is not UTF-8.",
            "User name and password travel as UTF-8. In another encoding the server finds other octets, and refuses.",
            "`user.encode('utf-8')`, and the same for the password, before base64.",
        ),
        (
            "PLAIN 响应不是 UTF-8。",
            "用户名和口令都以 UTF-8 传送。用其他编码时，服务器比较的字节不同，因而拒绝。",
            "做 base64 之前，对用户名和口令都使用 `.encode('utf-8')`。",
        ),
    ),
    "auth-response.login-charset": (
        (
            "A response to AUTH LOGIN is not UTF-8.",
            "User name and password travel as UTF-8. In another encoding the server finds other octets, and refuses.",
            "`user.encode('utf-8')`, and the same for the password, before base64.",
        ),
        (
            "AUTH LOGIN 的响应不是 UTF-8。",
            "用户名和口令都以 UTF-8 传送。用其他编码时，服务器比较的字节不同，因而拒绝。",
            "做 base64 之前，对用户名和口令都使用 `.encode('utf-8')`。",
        ),
    ),
    "auth-response.nul": (
        (
            "The PLAIN response has more than two NUL octets.",
            "NUL separates the three fields and stands nowhere else. With one more the server finds another password.",
            r"`b'\0' + user + b'\0' + password`, and nothing behind it: no terminator of a C string.",
        ),
        (
            "PLAIN 响应中有两个以上的 NUL 字节。",
            "NUL 只用来分隔三个字段。多出一个，服务器得到的口令就不同了。",
            r"用 `b'\0' + user + b'\0' + password`，后面什么都不加，也不要 C 字符串的结束符。",
        ),
    ),
    "auth-response.authzid": (
        (
            "The PLAIN response names an identity to act as, before the first NUL.",
            "It is for acting on behalf of somebody else. Many servers refuse it, even where it is the user itself.",
            r"Begin the message with the NUL: `b'\0' + user + b'\0' + password`.",
        ),
        (
            "PLAIN 响应在第一个 NUL 之前写了授权身份。",
            "它用于代表他人操作。许多服务器会拒绝，即使写的就是用户自己。",
            r"消息应以 NUL 开头：`b'\0' + user + b'\0' + password`。",
        ),
    ),
    "auth-response.unprepared": (
        (
            "The user name was sent as it was typed, and SASLprep makes another of it.",
            "The same name can be typed in several ways. Prepared, it is the one that the server has stored.",
            "Map and normalise the name first, as RFC 4013 has it.",
        ),
        (
            "用户名按输入原样发送，而经过 SASLprep 后会变成另一个名字。",
            "同一个名字可以有几种输入方式。处理之后才与服务器保存的一致。",
            "先按 RFC 4013 映射并规范化用户名。",
        ),
    ),
    "auth-response.cram": (
        (
            "The {mechanism} response is not `user name`, a space, and 32 lower-case hexadecimal digits.",
            "The server compares the digest as text, so another spelling fails.",
            "`user + ' ' + hmac.new(password, challenge, 'md5').hexdigest()`, then base64.",
        ),
        (
            "{mechanism} 响应不是“用户名、一个空格、32 位小写十六进制数字”。",
            "服务器按文本比较摘要，写法不同就会失败。",
            "`user + ' ' + hmac.new(password, challenge, 'md5').hexdigest()`，然后做 base64。",
        ),
    ),
    "auth-response.cram-digits": (
        (
            "The {mechanism} digest is not written in lower-case hexadecimal digits.",
            "The server compares the digest as text, so capitals fail although the number is right.",
            "`hmac.new(password, challenge, 'md5').hexdigest()` is in lower case already.",
        ),
        (
            "{mechanism} 的摘要没有用小写十六进制书写。",
            "服务器按文本比较摘要，大写字母即使数值正确也会失败。",
            "`hmac.new(password, challenge, 'md5').hexdigest()` 本来就是小写。",
        ),
    ),
    "auth-response.cram-key": (
        (
            "The password is longer than 64 octets, and only its first 64 were used for the {mechanism} digest.",
            "HMAC replaces a key that is longer than a block by its MD5; with a cut key the digest is another one.",
            "Leave it to a library: `hmac.new(password.encode(), challenge, 'md5')`.",
        ),
        (
            "口令超过 64 字节，而 {mechanism} 的摘要只用了前 64 字节。",
            "HMAC 会用 MD5 值代替超过一个分组的密钥；截断密钥得到的摘要不同。",
            "交给库来做：`hmac.new(password.encode(), challenge, 'md5')`。",
        ),
    ),
    "auth-response.digest": (
        (
            "The {mechanism} digest, or the user name before it, is not what the challenge and the job ask for.",
            "The digest is computed from the whole decoded challenge, `<` and `>` included; anything else fails.",
            "`challenge = base64.b64decode(reply_text)`, then `hmac.new(password.encode(), challenge, 'md5')`.",
        ),
        (
            "{mechanism} 的摘要或其前面的用户名与质询和任务要求的不一致。",
            "摘要由解码后的整个质询计算，包括 `<` 和 `>`；其他算法都会失败。",
            "`challenge = base64.b64decode(reply_text)`，再用 `hmac.new(password.encode(), challenge, 'md5')`。",
        ),
    ),
    "login-initial-response": (
        (
            "The user name was sent in the same line as AUTH LOGIN, before it was asked for.",
            "Servers take it, but the draft that describes LOGIN has the client wait for the first challenge.",
            r"Send `AUTH LOGIN\r\n` alone, and the user name after the first 334.",
        ),
        (
            "用户名与 AUTH LOGIN 写在同一行发出，服务器还没有询问。",
            "服务器都能接受，但描述 LOGIN 的草案要求客户端先等待第一个质询。",
            r"单独发送 `AUTH LOGIN\r\n`，收到第一个 334 之后再发送用户名。",
        ),
    ),
    "auth-response.again": (
        (
            "AUTH was sent again although the session was authenticated already.",
            "After a successful AUTH the server answers 503 to another one.",
            "Leave the loop over mechanisms when the reply is 235.",
        ),
        (
            "会话已经通过认证，却又发送了 AUTH。",
            "认证成功后再次 AUTH，服务器回复 503。",
            "收到 235 之后就退出尝试各种机制的循环。",
        ),
    ),
    "auth-response.unasked": (
        (
            "AUTH was refused, and the client sent the credentials all the same.",
            "Only 334 asks for a response. The server takes these lines for commands, answers 500, and has seen a "
            "password that it did not ask for.",
            _TEST_CODE_EN + "send the user name and the password only after a reply that begins with `334`.",
        ),
        (
            "AUTH 已被拒绝，客户端仍然发送了用户名或口令。",
            "只有 334 才是在请求响应。服务器会把这些行当作命令并回复 500，而且看到了它没有要求的口令。",
            _TEST_CODE_ZH + "只有应答以 `334` 开头时，才发送用户名和口令。",
        ),
    ),
    # --- SCRAM and OAuth
    "scram.header": (
        (
            "The first message of SCRAM does not begin with a GS2 header.",
            "It begins with `n`, `y` or `p`, two commas, then `n=` and `r=`. Servers refuse anything else.",
            "`'n,,n=' + user + ',r=' + nonce`, then base64.",
        ),
        (
            "SCRAM 的第一条消息不是以 GS2 头开始的。",
            "它以 `n`、`y` 或 `p` 开头，有两个逗号，然后是 `n=` 和 `r=`。其他写法服务器会拒绝。",
            "`'n,,n=' + user + ',r=' + nonce`，然后做 base64。",
        ),
    ),
    "scram.flag": (
        (
            "The first message of SCRAM announces channel binding, and there is no TLS to bind to.",
            "`p=` is for the -PLUS mechanisms inside TLS. Here the login must fail.",
            "Without TLS begin the message with `n,,`.",
        ),
        (
            "SCRAM 的第一条消息声明了信道绑定，但没有 TLS 可供绑定。",
            "`p=` 只用于 TLS 中的 -PLUS 机制。在这里登录必然失败。",
            "没有 TLS 时，消息以 `n,,` 开头。",
        ),
    ),
    "scram.order": (
        (
            "The attributes of a SCRAM message do not come in their order.",
            "Both sides hash the messages as they are, so their order is fixed: `n r`, then `c r p`.",
            "Write the attributes as RFC 5802, section 7 has them, with nothing between.",
        ),
        (
            "SCRAM 消息中的属性顺序不对。",
            "双方都对消息原文做散列，因此顺序固定：先 `n r`，后 `c r p`。",
            "按 RFC 5802 第 7 节的顺序书写各属性，中间不加其他内容。",
        ),
    ),
    "scram.user": (
        (
            "The first message of SCRAM names no user.",
            "Without `n=` the server has no salt to send.",
            "`n=` and the user name come right behind the GS2 header.",
        ),
        (
            "SCRAM 的第一条消息没有用户名。",
            "没有 `n=`，服务器就不知道该发送哪个盐。",
            "GS2 头之后紧跟 `n=` 和用户名。",
        ),
    ),
    "scram.name": (
        (
            "The user name stands in a SCRAM message with a raw comma or equals sign.",
            "A comma ends the attribute, so the server reads another name, or refuses.",
            "`user.replace('=', '=3D').replace(',', '=2C')`, in this order.",
        ),
        (
            "SCRAM 消息中的用户名含有未转义的逗号或等号。",
            "逗号会结束该属性，服务器读到的是另一个名字，或者直接拒绝。",
            "`user.replace('=', '=3D').replace(',', '=2C')`，顺序不能反。",
        ),
    ),
    "scram.unprepared": (
        (
            "The user name was sent as it was typed, and SASLprep makes another of it, or none at all.",
            "The same name can be typed in several ways. Prepared, it is the one that the server has stored.",
            "Map and normalise the name (RFC 4013) first; if that fails, or nothing is left, do not log in with it.",
        ),
        (
            "用户名按输入原样发送，而经过 SASLprep 后会变成另一个名字，或者根本不允许。",
            "同一个名字可以有几种输入方式。处理之后才与服务器保存的一致。",
            "先按 RFC 4013 映射并规范化用户名；如果失败或结果为空，就不要用它登录。",
        ),
    ),
    "scram.nonce": (
        (
            "The nonce in the first message of SCRAM is missing, or is not made of printable characters.",
            "It is copied into the messages that follow, where a comma or a blank would be read otherwise.",
            "`secrets.token_urlsafe(24)` gives a nonce that will do.",
        ),
        (
            "SCRAM 第一条消息中的随机数缺失，或含有不可打印字符。",
            "它会被抄进后面的消息，逗号或空白会被误读。",
            "用 `secrets.token_urlsafe(24)` 生成随机数即可。",
        ),
    ),
    "scram.repeated": (
        (
            "The same SCRAM nonce was used in two logins.",
            "The nonce keeps an old login from being played again. Used twice, it keeps nothing.",
            "Make a new one for each AUTH: `secrets.token_urlsafe(24)`.",
        ),
        (
            "两次登录使用了同一个 SCRAM 随机数。",
            "随机数用来防止旧的登录被重放。重复使用就失去了作用。",
            "每次 AUTH 都重新生成：`secrets.token_urlsafe(24)`。",
        ),
    ),
    "scram.binding": (
        (
            "`c=` in the last message of SCRAM is not the base64 of the GS2 header.",
            "The server compares it with the header of the first message, so as to see whether somebody changed it.",
            "`base64.b64encode(b'n,,')` is `biws`; with another header it is another text.",
        ),
        (
            "SCRAM 最后一条消息中的 `c=` 不是 GS2 头的 base64。",
            "服务器把它与第一条消息的头比较，以发现是否有人改动。",
            "`base64.b64encode(b'n,,')` 是 `biws`；头不同，结果也不同。",
        ),
    ),
    "scram.plus": (
        (
            "What SCRAM says of channel binding does not go with the mechanism, or with what the server offers.",
            "`p=` belongs to the -PLUS mechanisms and to no others. Who says `y` could bind, and saw none in the list.",
            "Where the server lists the -PLUS mechanism take it, with `p=tls-unique,,`; else begin with `y,,`.",
        ),
        (
            "SCRAM 中关于信道绑定的声明与所用机制或服务器提供的机制不一致。",
            "`p=` 只用于 -PLUS 机制。`y` 表示客户端支持绑定，但列表中没有 -PLUS 机制。",
            "服务器列出 -PLUS 机制时就用它，并以 `p=tls-unique,,` 开头；否则以 `y,,` 开头。",
        ),
    ),
    "scram.unsaid": (
        (
            "The client can bind SCRAM to the TLS channel, and says that it cannot.",
            "`y` says that no -PLUS mechanism was seen. If somebody took it out of the list, the server knows then.",
            "Begin the message with `y,,` where the server lists no -PLUS mechanism.",
        ),
        (
            "客户端支持把 SCRAM 绑定到 TLS 信道，却声明不支持。",
            "`y` 告诉服务器：客户端没有看到 -PLUS 机制。如果有人把它从列表中删掉，服务器就会发现。",
            "服务器没有列出 -PLUS 机制时，消息以 `y,,` 开头。",
        ),
    ),
    "scram.unbound": (
        (
            "`c=` in the last message of SCRAM holds other data than those of this TLS session.",
            "Channel binding shows that client and server are at the two ends of one TLS session, with nobody between.",
            "`sock.get_channel_binding('tls-unique')` behind the header, then base64 of both.",
        ),
        (
            "SCRAM 最后一条消息的 `c=` 中不是本次 TLS 会话的数据。",
            "信道绑定用来证明客户端和服务器处在同一个 TLS 会话的两端，中间没有别人。",
            "把 `sock.get_channel_binding('tls-unique')` 接在头后面，再对整体做 base64。",
        ),
    ),
    "scram.resumed": (
        (
            "SCRAM was bound to a resumed TLS session without the session hash.",
            "In such a session `tls-unique` can be made the same on two connections, so it proves nothing.",
            "For a -PLUS mechanism make a new TLS session, or use TLS 1.2 with the extended master secret.",
        ),
        (
            "SCRAM 绑定到了一个恢复的、没有会话散列的 TLS 会话上。",
            "在这样的会话中，两个连接的 `tls-unique` 可以被弄成相同，因此什么也证明不了。",
            "使用 -PLUS 机制时建立新的 TLS 会话，或使用带扩展主密钥的 TLS 1.2。",
        ),
    ),
    "scram.same-nonce": (
        (
            "The last message of SCRAM does not carry the server's nonce.",
            "`r=` holds the client's nonce with the server's behind it, as the server sent it.",
            "Take `r=` from the server's first message, whole.",
        ),
        (
            "SCRAM 最后一条消息没有带上服务器的随机数。",
            "`r=` 是客户端随机数加上服务器的部分，与服务器发送的完全一样。",
            "直接使用服务器第一条消息中的整个 `r=`。",
        ),
    ),
    "scram.foreign-nonce": (
        (
            "The server's nonce does not go on from the client's, and the client went on all the same.",
            "An answer that was recorded in another login looks like this. The client must stop here.",
            "Check `server_nonce.startswith(client_nonce)`; otherwise send `*`.",
        ),
        (
            "服务器的随机数不是在客户端随机数之后接续的，客户端却继续了。",
            "从另一次登录录下的应答就是这样。客户端必须在此停止。",
            "检查 `server_nonce.startswith(client_nonce)`；否则发送 `*`。",
        ),
    ),
    "scram.extension": (
        (
            "The server asked for an extension with `m=`, and the client went on as if it knew it.",
            "What the extension would change is not known, so the login must fail.",
            "Stop with `*` where the server's message begins with `m=`.",
        ),
        (
            "服务器用 `m=` 要求一个扩展，客户端却当作认识它而继续。",
            "不知道该扩展会改变什么，所以登录必须失败。",
            "服务器消息以 `m=` 开头时，用 `*` 停止。",
        ),
    ),
    "scram.proof": (
        (
            "The proof in the last message of SCRAM does not follow from the password.",
            "Salt, iterations and every message before it go into it; one octet off, and it is wrong.",
            "Compare each step with the example in RFC 5802, section 5, or RFC 7677, section 3.",
        ),
        (
            "SCRAM 最后一条消息中的证明与口令不符。",
            "盐、迭代次数、双方的第一条消息和不含证明的最后一条消息都参与计算，差一个字节就错。",
            "与 RFC 5802 第 5 节或 RFC 7677 第 3 节的例子逐步比较。",
        ),
    ),
    "scram.proof-sha-1": (
        (
            "The proof in the last message of SCRAM does not follow from the password.",
            "Salt, iterations and every message before it go into it; one octet off, and it is wrong.",
            "Compare each step with the example in RFC 5802, section 5, or RFC 7677, section 3.",
        ),
        (
            "SCRAM 最后一条消息中的证明与口令不符。",
            "盐、迭代次数、双方的第一条消息和不含证明的最后一条消息都参与计算，差一个字节就错。",
            "与 RFC 5802 第 5 节或 RFC 7677 第 3 节的例子逐步比较。",
        ),
    ),
    "scram.answer": (
        (
            "The server's signature was answered with something.",
            "SMTP has no place for it in the 235, so it comes as a challenge, and an empty line lets the server go on.",
            "Send `\\r\\n` alone after the last 334, and wait for 235.",
        ),
        (
            "对服务器签名的回答不是空行。",
            "SMTP 的 235 中放不下签名，所以它作为质询到来，回答一个空行，服务器才能继续。",
            "在最后一个 334 之后只发送 `\\r\\n`，等待 235。",
        ),
    ),
    "oauth.format": (
        (
            "The OAUTHBEARER message is not a GS2 header and pairs that end with ^A.",
            "Servers take it apart at its ^A octets. In the form of XOAUTH2 it is refused.",
            "`f'n,a={{user}},\\x01auth=Bearer {{token}}\\x01\\x01'`, then base64.",
        ),
        (
            "OAUTHBEARER 消息不是 GS2 头加上以 ^A 结尾的键值对。",
            "服务器按 ^A 字节拆分消息。XOAUTH2 的写法会被拒绝。",
            "`f'n,a={{user}},\\x01auth=Bearer {{token}}\\x01\\x01'`，然后做 base64。",
        ),
    ),
    "oauth.xformat": (
        (
            "The XOAUTH2 message is not made of `user=` and `auth=Bearer`, each with ^A, and one more ^A.",
            "Servers take it apart at its ^A octets.",
            "`f'user={{user}}\\x01auth=Bearer {{token}}\\x01\\x01'`, then base64.",
        ),
        (
            "XOAUTH2 消息不是由 `user=` 和 `auth=Bearer` 组成、各以 ^A 结尾并再加一个 ^A。",
            "服务器按 ^A 字节拆分消息。",
            "`f'user={{user}}\\x01auth=Bearer {{token}}\\x01\\x01'`，然后做 base64。",
        ),
    ),
    "oauth.auth": (
        (
            "The OAUTHBEARER message carries no `auth=Bearer` with a token.",
            "Only this pair says who logs in, and the server cannot go on without.",
            "Add `auth=Bearer ` and the token, then ^A.",
        ),
        (
            "OAUTHBEARER 消息没有带令牌的 `auth=Bearer`。",
            "只有这一对能说明是谁登录，没有它服务器无法继续。",
            "加上 `auth=Bearer ` 和令牌，再加 ^A。",
        ),
    ),
    "oauth.host": (
        (
            "`host=` of the OAUTHBEARER message is not the server that the client has connected to.",
            "A server that knows its name refuses a message that was made for another one.",
            "Write the host of the connection, or leave the pair out.",
        ),
        (
            "OAUTHBEARER 消息的 `host=` 不是客户端所连接的服务器。",
            "知道自己名字的服务器会拒绝为别处准备的消息。",
            "写连接所用的主机名，或者省略这一对。",
        ),
    ),
    "oauth.port": (
        (
            "`port=` of the OAUTHBEARER message is not the port that the client has connected to.",
            "It is a decimal number without leading zeros; another one is meant for another server.",
            "Write the port of the connection, or leave the pair out.",
        ),
        (
            "OAUTHBEARER 消息的 `port=` 不是客户端所连接的端口。",
            "它是不带前导零的十进制数；写成别的就是给另一台服务器的。",
            "写连接所用的端口，或者省略这一对。",
        ),
    ),
    "oauth.answer": (
        (
            "The server's OAuth error was answered with something else than a lone ^A or `*`.",
            "The error comes as a challenge. Only after this answer can the server end the login with 535.",
            "Send `AQ==`, then read the 535.",
        ),
        (
            "对服务器的 OAuth 错误，回答的既不是单独的 ^A 也不是 `*`。",
            "错误以质询的形式到来。收到这个回答后，服务器才能用 535 结束登录。",
            "发送 `AQ==`，再读取 535。",
        ),
    ),
    # --- after a refusal
    "went-on.greeting": (
        (
            "The server refused the connection with {reply}, and the client sent {then} all the same.",
            "A greeting of 4yz or 5yz says that no mail is taken here. Whatever follows fails.",
            _TEST_CODE_EN + "here, send QUIT, close, and report the failure.",
        ),
        (
            "服务器用 {reply} 拒绝了连接，客户端却仍然发送了 {then}。",
            "4yz 或 5yz 的问候语表示此处不接收邮件，后面的一切都会失败。",
            _TEST_CODE_ZH + "此时应发送 QUIT，关闭连接并报告失败。",
        ),
    ),
    "went-on.hello": (
        (
            "{refused} was refused with {reply}, and the client sent {then} all the same.",
            "Without an accepted hello there is no session in which mail could be sent.",
            _TEST_CODE_EN + "if EHLO is refused, try HELO; if that is refused too, QUIT and report the failure.",
        ),
        (
            "{refused} 被 {reply} 拒绝，客户端却仍然发送了 {then}。",
            "没有被接受的 EHLO/HELO，就没有可以发送邮件的会话。",
            _TEST_CODE_ZH + "EHLO 被拒绝就尝试 HELO；也被拒绝则 QUIT 并报告失败。",
        ),
    ),
    "went-on.starttls": (
        (
            "STARTTLS was refused with {reply}, and the client went on in the clear with {then}, though it was told "
            "to use TLS.",
            "Somebody on the way can make STARTTLS fail. Who goes on then hands over password and mail.",
            "Where TLS is asked for, a refused STARTTLS ends the session: QUIT, and report the failure.",
        ),
        (
            "STARTTLS 被 {reply} 拒绝，客户端被要求使用 TLS，却仍以明文继续发送 {then}。",
            "途中的攻击者可以让 STARTTLS 失败，此时继续就等于交出口令和邮件。",
            "要求 TLS 时，STARTTLS 被拒绝就必须结束会话：QUIT 并报告失败。",
        ),
    ),
    "went-on.auth": (
        (
            "AUTH was refused with {reply}, and the client sent {then} all the same.",
            "The server does not know who you are: it refuses the mail, or sends it in nobody's name.",
            _TEST_CODE_EN + "after 535 try another mechanism or ask for the password; else QUIT and report it.",
        ),
        (
            "AUTH 被 {reply} 拒绝，客户端却仍然发送了 {then}。",
            "服务器不知道你是谁：它会拒收邮件，或者以匿名身份发送。",
            _TEST_CODE_ZH + "收到 535 后换一种机制或重新询问口令，否则 QUIT 并报告失败。",
        ),
    ),
    "went-on.mail": (
        (
            "MAIL was refused with {reply}, and the client sent {then} all the same.",
            "A refused MAIL opens no transaction: RCPT and DATA then belong to nothing, and the mail is not sent.",
            _TEST_CODE_EN + "`if not reply.startswith(b'250'): raise Refused(reply)`, then QUIT.",
        ),
        (
            "MAIL 被 {reply} 拒绝，客户端却仍然发送了 {then}。",
            "MAIL 被拒绝就没有开始邮件事务：后面的 RCPT 和 DATA 没有归属，邮件不会发出。",
            _TEST_CODE_ZH + "`if not reply.startswith(b'250'): raise Refused(reply)`，然后 QUIT。",
        ),
    ),
    "went-on.no-reply": (
        (
            "The answer to {refused} was `{reply}`, which is no reply, and the client took it for a success: it sent "
            "{then}.",
            "A reply begins with three digits, the first of them 2, 3, 4 or 5. Anything else tells you that "
            "something is wrong at the server, or that you read the wrong line.",
            "Take the three digits with `re.match(rb'[2-5][0-9][0-9]', line)`. Where there are none, give the "
            "message up and tell the user.",
        ),
        (
            "{refused} 得到的是 `{reply}`，这不是应答，客户端却当作成功，接着发送了 {then}。",
            "应答以三位数字开头，首位是 2、3、4 或 5。其他内容说明服务器出了问题，或者你读错了行。",
            "用 `re.match(rb'[2-5][0-9][0-9]', line)` 取出三位代码。取不到就放弃这封邮件，并告诉用户。",
        ),
    ),
    "went-on.rcpt": (
        (
            "Every recipient was refused (the last with {reply}), and the client sent DATA all the same.",
            "There is nobody to whom the message could go. The server answers 503 or 554, or takes a message that it "
            "then throws away.",
            _TEST_CODE_EN + "count the accepted recipients, and with none send RSET or QUIT.",
        ),
        (
            "所有收件人都被拒绝（最后一个为 {reply}），客户端却仍然发送了 DATA。",
            "邮件没有可以投递的对象。服务器会回复 503 或 554，或者收下后丢弃。",
            _TEST_CODE_ZH + "统计被接受的收件人数，为零时发送 RSET 或 QUIT。",
        ),
    ),
    "went-on.content": (
        (
            "Every recipient was refused (the last with {reply}), and the client sent the message all the same.",
            "The message goes to nobody, and the client believes it sent.",
            "Send DATA only if a recipient was accepted. If DATA was on its way already and got 354, send a lone dot.",
        ),
        (
            "所有收件人都被拒绝（最后一个为 {reply}），客户端却仍然发送了邮件内容。",
            "邮件不会到达任何人，而客户端以为已经发出。",
            "至少有一个收件人被接受才发送 DATA。如果 DATA 已经发出并得到 354，就只发送一个单独的句点。",
        ),
    ),
    "went-on.batch": (
        (
            "Every recipient was refused (the last with {reply}), DATA in the same batch got 354, and the message was "
            "sent.",
            "The message goes to nobody, and the client believes it sent. Each command of a batch has a reply of its "
            "own, and 354 says nothing about the recipients.",
            "Read every reply of the batch. If no recipient was accepted and DATA got 354, send a lone dot.",
        ),
        (
            "所有收件人都被拒绝（最后一个为 {reply}），同一批次中的 DATA 得到 354，客户端就发送了邮件内容。",
            "邮件不会到达任何人，而客户端以为已经发出。批次中每条命令各有应答，354 与收件人是否被接受无关。",
            "读完批次中的每个应答。没有收件人被接受而 DATA 得到 354 时，只发送一个单独的句点。",
        ),
    ),
    "went-on.no-dot": (
        (
            "Every recipient was refused (the last with {reply}), DATA in the same batch got 354, and no dot followed: "
            "`{line}` came in its place.",
            "After 354 the server reads content until a line with a dot alone. A command there is text to it, and its "
            "reply never comes.",
            "Look at the reply to DATA too: after 354 send a line with a dot alone, read its reply, and go on then.",
        ),
        (
            "所有收件人都被拒绝（最后一个为 {reply}），同一批次中的 DATA 得到 354，"
            "客户端没有发送句点，而是发送了 `{line}`。",
            "354 之后服务器一直读取内容，直到只有一个句点的行。此时的命令会被当作正文，不会有应答。",
            "也要检查 DATA 的应答：得到 354 就发送只有一个句点的行，读取它的应答，然后再继续。",
        ),
    ),
    "went-on.shutdown": (
        (
            "The server said {reply}, that it closes the connection, and the client sent {then} all the same.",
            "421 may come in answer to any command and ends the session: nothing more is done in it.",
            _TEST_CODE_EN + "on 421 close the connection and try again later.",
        ),
        (
            "服务器回复 {reply} 表示即将关闭连接，客户端却仍然发送了 {then}。",
            "421 可以出现在任何命令之后，表示会话结束：之后的命令不会被执行。",
            _TEST_CODE_ZH + "收到 421 就关闭连接，稍后重试。",
        ),
    ),
    "stray-octets.empty-line": (
        (
            "An empty line was sent where a command was due ({count} times).",
            "The server takes it for a command that it does not know, and answers 500. From then on its replies are "
            "one ahead of your commands.",
            r"End each command with one CRLF: do not add `\r\n` to a line that has it already.",
        ),
        (
            "本该发送命令的地方发送了空行（共 {count} 次）。",
            "服务器会把它当作不认识的命令而回复 500，此后应答就和命令错开一个。",
            r"每条命令只以一个 CRLF 结尾：已经有 `\r\n` 的行不要再加一次。",
        ),
    ),
    "stray-octets.nul": (
        (
            "There is a NUL octet in `{line}` ({count} times).",
            "Commands are plain ASCII text. The server does not know a verb with a NUL before or behind it, and "
            "answers 500.",
            "Send the characters of the string and not the zero that ends it in memory: `strlen(line)` octets, not "
            "`sizeof`.",
        ),
        (
            "`{line}` 中有 NUL 字节（共 {count} 次）。",
            "命令是纯 ASCII 文本。动词前后带有 NUL，服务器就认不出来，会回复 500。",
            "只发送字符串的字符，不要发送内存中结尾的零字节：长度用 `strlen(line)`，不用 `sizeof`。",
        ),
    ),
    "redirected": (
        (
            "The server answered {reply} with another address, and the client sent `{line}` without being asked.",
            "Without TLS anybody on the way can name an address of his own in this reply, and get the mail.",
            "Tell the user the new address and stop. Follow it only when the user agrees, or TLS has proved who the "
            "server is.",
        ),
        (
            "服务器回复 {reply} 并给出另一个地址，客户端没有征得同意就发送了 `{line}`。",
            "没有 TLS，途中的任何人都可以在这个应答里写上自己的地址，把邮件骗走。",
            "把新地址告诉用户，然后停下。只有用户同意，或者 TLS 已证明服务器的身份，才可以改发新地址。",
        ),
    ),
    # --- order
    "out-of-order.mail": (
        (
            "`{line}` came while a transaction was open ({count} times).",
            "MAIL begins a transaction, and one ends with an accepted message or is given up with RSET. The server "
            "answers "
            "503, or mixes the recipients of both messages.",
            "Send RSET and read its reply before you begin again with MAIL, above all after a refused RCPT or DATA.",
        ),
        (
            "上一次事务还没有结束，客户端就发送了 `{line}`（共 {count} 次）。",
            "MAIL 开始一次事务；事务要么以邮件被接受而结束，要么用 RSET 放弃。服务器会回复 503，"
            "或者把两封邮件的收件人混在一起。",
            "重新发送 MAIL 之前先发 RSET 并读取应答，尤其是在 RCPT 或 DATA 被拒绝之后。",
        ),
    ),
    "out-of-order.rcpt": (
        (
            "`{line}` came without a MAIL before it ({count} times): no transaction was open.",
            "RCPT adds a recipient to a transaction, which MAIL begins. The end of a message, RSET, EHLO and "
            "STARTTLS make "
            "the server forget the one before, and it answers 503.",
            "Begin every message with `MAIL FROM:<...>`, also the second one in a session and the one after RSET or "
            "EHLO.",
        ),
        (
            "`{line}` 之前没有 MAIL（共 {count} 次）：当时没有进行中的事务。",
            "RCPT 把收件人加进由 MAIL 开始的事务。邮件结束、RSET、EHLO 和 STARTTLS 都会让服务器忘掉之前的事务，"
            "于是回复 503。",
            "每封邮件都从 `MAIL FROM:<...>` 开始，同一会话的第二封、RSET 或 EHLO 之后的也一样。",
        ),
    ),
    "out-of-order.data": (
        (
            "`{line}` came though no recipient had been named in this transaction ({count} times).",
            "The order is MAIL, RCPT, DATA. A message without recipients goes to nobody: the server answers 503 or "
            "554.",
            "Send one `RCPT TO:<...>` for each recipient after MAIL, and DATA only when at least one was accepted.",
        ),
        (
            "这次事务还没有任何收件人，客户端就发送了 `{line}`（共 {count} 次）。",
            "顺序是 MAIL、RCPT、DATA。没有收件人的邮件无处可送：服务器会回复 503 或 554。",
            "MAIL 之后为每个收件人发送一条 `RCPT TO:<...>`，至少有一个被接受之后才发送 DATA。",
        ),
    ),
    "out-of-order.auth": (
        (
            "AUTH came in the middle of a transaction ({count} times).",
            "Who sends a message is settled before it begins: AUTH is not permitted between MAIL and the end of the "
            "message, "
            "and the server answers 503.",
            "Authenticate right after EHLO. If RCPT is answered 530, send RSET, then AUTH, then MAIL again.",
        ),
        (
            "AUTH 出现在事务中间（共 {count} 次）。",
            "由谁发信要在事务开始之前确定：从 MAIL 到邮件结束之间不允许 AUTH，服务器会回复 503。",
            "EHLO 之后立即认证。如果 RCPT 得到 530，先发 RSET，再发 AUTH，然后重新发 MAIL。",
        ),
    ),
    "out-of-order.quit": (
        (
            "`{line}` came after QUIT had been answered ({count} times).",
            "QUIT is the last command of a session: after its reply the server hears no more, and what is sent is "
            "lost.",
            "Close the connection once the reply to QUIT is read. For another message, send it before QUIT or "
            "connect again.",
        ),
        (
            "QUIT 已经得到应答，客户端又发送了 `{line}`（共 {count} 次）。",
            "QUIT 是会话的最后一条命令：应答之后服务器不再接收任何内容，再发送的都会丢失。",
            "读完 QUIT 的应答就关闭连接。要再发一封邮件，就在 QUIT 之前发送，或者重新连接。",
        ),
    ),
    "repeated": (
        (
            "`{line}` was sent again just as it was, after the server had answered {reply} ({count} times).",
            "A reply that begins with 5 is for good: the same request gets the same answer. Servers count such "
            "repetitions and shut the client out.",
            "After 5yz change the request, go on with something else, or end with QUIT and tell the user. Take no "
            "5yz into a loop of retries.",
        ),
        (
            "服务器已经回复 {reply}，客户端又原样发送了 `{line}`（共 {count} 次）。",
            "以 5 开头的应答是永久性的：同样的请求只会得到同样的回答。服务器会统计这种重复，并把客户端拒之门外。",
            "收到 5yz 之后，修改请求、继续做别的，或者用 QUIT 结束并告诉用户。不要把 5yz 放进重试循环。",
        ),
    ),
    "repeated.message": (
        (
            "The message was sent again after the server had refused it with {reply} ({count} times).",
            "A message that is refused with 5yz after its last dot is refused for good: another attempt at the same "
            "server is for a person to decide.",
            "After 5yz to the message report a permanent failure, and do not send it again by yourself.",
        ),
        (
            "服务器已用 {reply} 拒绝这封邮件，客户端又发送了一次（共 {count} 次）。",
            "结束点之后得到 5yz，表示邮件被永久拒绝：是否再向同一服务器发送，应由人来决定。",
            "邮件得到 5yz 之后报告永久失败，不要自动重发。",
        ),
    ),
    "repeated.at-once": (
        (
            "`{line}` was sent again at once, in the same transaction, after the server had answered {reply} "
            "({count} times).",
            "A reply that begins with 4 means later: nothing has changed a moment afterwards, and servers that put "
            "unknown clients off take haste for spam.",
            "After 4yz go on with the other recipients or end the transaction, tell the user `try again later`, and "
            "then begin with MAIL.",
        ),
        (
            "服务器已经回复 {reply}，客户端在同一事务中又立即发送了 `{line}`（共 {count} 次）。",
            "以 4 开头的应答表示“以后再试”：片刻之后情况并没有变。使用灰名单的服务器会把这种急躁当成垃圾邮件的特征。",
            "收到 4yz 之后，继续处理其他收件人或结束这次事务，告诉用户稍后再试；再试时从 MAIL 重新开始。",
        ),
    ),
    "content-after-refused-data": (
        (
            "DATA was answered {reply}, and the client sent the message all the same (`{line}`).",
            "Without 354 the server reads each line of the message as a command. The mail is lost, and a line of it "
            "may do something that nobody wanted.",
            _TEST_CODE_EN + "send the message only `if reply.startswith(b'354')`, else RSET or QUIT.",
        ),
        (
            "DATA 得到的应答是 {reply}，客户端却仍然发送了邮件内容（`{line}`）。",
            "没有 354，服务器会把邮件的每一行当作命令。邮件丢失，某些行还可能引起意外的动作。",
            _TEST_CODE_ZH + "只有 `if reply.startswith(b'354')` 才发送内容，否则 RSET 或 QUIT。",
        ),
    ),
    # --- chunks
    "chunk-not-listed": (
        (
            "`{line}` was sent, but the reply to EHLO has not listed CHUNKING.",
            "A server without CHUNKING reads the octets of the message as commands.",
            "Use BDAT only where `CHUNKING` stands in the reply to EHLO, else DATA.",
        ),
        (
            "发送了 `{line}`，但 EHLO 的应答中没有列出 CHUNKING。",
            "不支持 CHUNKING 的服务器会把邮件内容当作命令来读。",
            "只有 EHLO 的应答中有 `CHUNKING` 时才使用 BDAT，否则使用 DATA。",
        ),
    ),
    "chunk-syntax": (
        (
            "`{line}` is no right BDAT line.",
            "The server cannot tell how many octets follow, or takes the wrong number.",
            "Write `BDAT`, a space, the count in decimal digits, and for the last chunk a space and `LAST`.",
        ),
        (
            "`{line}` 不是正确的 BDAT 命令行。",
            "服务器无法知道后面有多少字节，或者会数错。",
            "写 `BDAT`、一个空格、十进制字节数，最后一块再加一个空格和 `LAST`。",
        ),
    ),
    "chunk-size": (
        (
            "`{line}`: another number of octets came than the count says.",
            "The server takes commands for a piece of the message, or a piece of the message for commands.",
            "Count the octets that go over the wire, after line ends were made CRLF and the text was encoded: "
            "`len(octets)`.",
        ),
        (
            "`{line}`：实际发送的字节数与声明的不同。",
            "服务器会把命令当成邮件内容，或把邮件内容当成命令。",
            "要数真正发送的字节：先把行尾变成 CRLF 并完成编码，再取 `len(octets)`。",
        ),
    ),
    "chunk-size.waits": (
        (
            "`{line}` was sent, and no octet of the chunk came after it.",
            "The server says nothing before it has the whole chunk: both sides wait.",
            "Send the octets right after the BDAT line, and read the reply then. BDAT has no 354.",
        ),
        (
            "发送了 `{line}`，之后却没有发送该块的任何字节。",
            "服务器收齐整块之前不会应答：双方互相等待。",
            "在 BDAT 行之后立即发送内容，然后再读应答。BDAT 没有 354 应答。",
        ),
    ),
    "chunk-order.early": (
        (
            "`{line}` was sent before the replies to MAIL and RCPT had come.",
            "If no recipient is accepted, nobody takes the message, and the replies to its chunks come all the same.",
            "Read the replies to MAIL and to every RCPT, then begin with BDAT.",
        ),
        (
            "在 MAIL 和 RCPT 的应答到达之前就发送了 `{line}`。",
            "如果没有收件人被接受，就没有人接收邮件，而每一块仍会有应答。",
            "先读完 MAIL 和每个 RCPT 的应答，再开始发送 BDAT。",
        ),
    ),
    "chunk-order.no-recipient": (
        (
            "`{line}` was sent, though every recipient was refused.",
            "There is nobody whom the message could be for.",
            "Look at the reply to every RCPT; if none is 2yz, send RSET or QUIT.",
        ),
        (
            "所有收件人都被拒绝，却仍然发送了 `{line}`。",
            "这封邮件已经没有可以投递的对象。",
            "检查每个 RCPT 的应答；没有一个是 2yz 时，发送 RSET 或 QUIT。",
        ),
    ),
    "chunk-order.refused": (
        (
            "`{line}` was sent after a chunk had been refused.",
            "The transaction has failed. What more is sent of it is thrown away.",
            "Read the reply to every chunk; if it is 4yz or 5yz, send RSET and no more BDAT.",
        ),
        (
            "前一块已被拒绝，却仍然发送了 `{line}`。",
            "该事务已经失败，之后发送的内容都会被丢弃。",
            "每一块之后都读应答；若为 4yz 或 5yz，发送 RSET，不再发送 BDAT。",
        ),
    ),
    "chunk-order.no-reset": (
        (
            "After a refused BDAT came `{line}`, and no RSET before it.",
            "Nobody knows in which state the server is then: chunks of the old message may get into the new one.",
            "Send RSET after a refused chunk, also after the last one; then begin with MAIL.",
        ),
        (
            "BDAT 被拒绝之后没有先发送 RSET，就发送了 `{line}`。",
            "这时服务器处于什么状态是不确定的：旧邮件的内容可能混进新邮件。",
            "任何一块（包括最后一块）被拒绝后先发送 RSET，再从 MAIL 开始。",
        ),
    ),
    "chunk-order.after-last": (
        (
            "`{line}` was sent after BDAT LAST.",
            "The message was complete with LAST; what comes after it belongs to none.",
            "Say `LAST` only with the chunk that is the last one, and begin another message with MAIL.",
        ),
        (
            "在 BDAT LAST 之后又发送了 `{line}`。",
            "发送 LAST 时邮件已经完整，之后的内容不属于任何邮件。",
            "只在真正的最后一块写 `LAST`；另一封邮件要从 MAIL 开始。",
        ),
    ),
    "chunk-order.mixed": (
        (
            "DATA was sent in a transaction that had begun with BDAT.",
            "The two ways cannot be mixed: the server answers 503, and nothing is delivered.",
            "Send the whole message by BDAT; or send RSET, and begin another transaction with DATA.",
        ),
        (
            "已经用 BDAT 开始的事务中又发送了 DATA。",
            "两种方式不能混用：服务器会回复 503，邮件不会被投递。",
            "整封邮件都用 BDAT 发送；或者先发送 RSET，再用 DATA 开始新的事务。",
        ),
    ),
    "chunk-order.binary-data": (
        (
            "DATA was sent after MAIL with `BODY=BINARYMIME`.",
            "DATA cannot carry binary octets: it ends at a line with one dot. The server answers 503.",
            "Send such a message by BDAT.",
        ),
        (
            "MAIL 声明了 `BODY=BINARYMIME`，之后却发送了 DATA。",
            "DATA 无法传送二进制内容，因为只含一个点的行就是结尾。服务器会回复 503。",
            "这样的邮件要用 BDAT 发送。",
        ),
    ),
    "chunk-content.line-end": (
        (
            "The message in chunks has a CR or LF that stands alone.",
            "In chunks nobody mends line ends: the receiver sees one long line, or another text than was signed.",
            "Make every line end CRLF first, then count and cut the octets into chunks.",
        ),
        (
            "分块发送的邮件中有单独的 CR 或 LF。",
            "分块内容的行尾没有人修正：收件人看到的可能是一整行，或与签名不符的文本。",
            "先把所有行尾变成 CRLF，再计算字节数并分块。",
        ),
    ),
    "chunk-content.dots": (
        (
            "The message in chunks has a dot too many: one was doubled, or a line with a dot ends it.",
            "Chunks are counted, so nobody takes such a dot off: it arrives with the message.",
            "Double dots and send the last dot only after DATA, never with BDAT.",
        ),
        (
            "分块发送的邮件中多了点：行首的点被加倍，或末尾多了只含一个点的行。",
            "分块内容按字节数读取，没有人会去掉这个点，它会留在邮件里。",
            "只有使用 DATA 时才把行首的点加倍并以单独的点结束，使用 BDAT 时都不要做。",
        ),
    ),
    "binary.alone": (
        (
            "`{line}`: BODY=BINARYMIME was used, and the server has not listed CHUNKING.",
            "Binary content can go by BDAT only.",
            "Use BODY=BINARYMIME only where both BINARYMIME and CHUNKING are listed; else encode with base64.",
        ),
        (
            "`{line}`：使用了 BODY=BINARYMIME，而服务器没有列出 CHUNKING。",
            "二进制内容只能用 BDAT 发送。",
            "只有同时列出 BINARYMIME 和 CHUNKING 时才使用 BODY=BINARYMIME，否则用 base64 编码。",
        ),
    ),
    "binary.not-listed": (
        (
            "The message has binary content, and the server has not listed BINARYMIME.",
            "Octets are lost or changed on the way, and line ends in the middle of a file are taken for ends of lines.",
            "Encode the binary parts with base64, or give the message up.",
        ),
        (
            "邮件含有二进制内容，而服务器没有列出 BINARYMIME。",
            "途中可能丢失或改变字节，文件中间的换行也会被当作行尾。",
            "把二进制部分用 base64 编码，或者放弃发送。",
        ),
    ),
    "binary.lost": (
        (
            "The binary message was turned into another one, and its parts do not come out of it again.",
            "The receiver gets broken attachments, or one that no program can read.",
            "Encode each binary part alone with base64, octet for octet, and leave `multipart` without an encoding.",
        ),
        (
            "二进制邮件被转换成了另一封邮件，无法还原出原来的各个部分。",
            "收件人得到的附件会损坏，或者任何程序都无法读取。",
            "对每个二进制部分单独、逐字节地做 base64 编码，`multipart` 本身不加编码。",
        ),
    ),
    "binary.changed": (
        (
            "Octets of a binary part were changed, though MAIL said `BODY=BINARYMIME`.",
            "What looks like a line end in an image or an archive is none: the receiver gets a broken file.",
            "Read the file in binary mode, and touch line ends in text parts only.",
        ),
        (
            "MAIL 声明了 `BODY=BINARYMIME`，但二进制部分的字节被改动了。",
            "图片或压缩包中看似行尾的字节并不是行尾：收件人得到的文件会损坏。",
            "以二进制方式读取文件，只修改文本部分的行尾。",
        ),
    ),
    "binary.undeclared": (
        (
            "The message has binary content, and MAIL did not say `BODY=BINARYMIME`.",
            "The server learns from it that no octet may be changed, and whether it can send the message on.",
            "Where BINARYMIME and CHUNKING are listed, send `MAIL FROM:<{{sender}}> BODY=BINARYMIME`.",
        ),
        (
            "邮件含有二进制内容，而 MAIL 没有声明 `BODY=BINARYMIME`。",
            "服务器据此知道任何字节都不能改变，以及能否继续转发。",
            "列出 BINARYMIME 和 CHUNKING 时，发送 `MAIL FROM:<{{sender}}> BODY=BINARYMIME`。",
        ),
    ),
    "binary.text": (
        (
            "A text part of the binary message has line ends that are not CRLF.",
            "In a binary message nobody mends line ends: the receiver may see one long line.",
            "Give text parts CRLF line ends before you count; leave other parts as they are.",
        ),
        (
            "二进制邮件的文本部分中，行尾不是 CRLF。",
            "二进制邮件的行尾没有人修正：收件人看到的可能是一整行。",
            "计算字节数之前把文本部分的行尾变成 CRLF，其他部分保持不变。",
        ),
    ),
    # --- content
    "end-of-data": (
        (
            "The message does not end with CRLF . CRLF (its last octets: `{tail}`).",
            "Only these five octets end a message. After anything else the server goes on reading.",
            r"Send `b'\r\n.\r\n'` after the last line, or `b'.\r\n'` if the message ends with CRLF already.",
        ),
        (
            "邮件内容没有以 CRLF . CRLF 结束（最后的字节：`{tail}`）。",
            "只有这五个字节表示邮件结束，否则服务器会继续读下去。",
            r"最后一行之后发送 `b'\r\n.\r\n'`；如果邮件已经以 CRLF 结尾，则发送 `b'.\r\n'`。",
        ),
    ),
    "end-of-data.glued": (
        (
            "The final dot stands at the end of the last line, not on a line of its own (last octets: `{tail}`).",
            "The message has no line end of its own at its end. The server takes the dot for text and goes on reading.",
            r"Add `b'\r\n'` to a message that does not end with it, then send `b'.\r\n'`.",
        ),
        (
            "结束句点接在最后一行末尾，没有单独成行（最后的字节：`{tail}`）。",
            "邮件末尾没有换行。服务器会把这个句点当作正文，继续读下去。",
            r"如果邮件不以 `b'\r\n'` 结尾，先补上它，再发送 `b'.\r\n'`。",
        ),
    ),
    "end-of-data.unterminated": (
        (
            "The client stopped in the middle of the message, without the final dot (last octets: `{tail}`).",
            "The server waits for CRLF . CRLF. Without it the message is thrown away.",
            r"Send `b'\r\n.\r\n'` after the last line, and read the reply before you close.",
        ),
        (
            "客户端在邮件内容中途停止，没有发送结束句点（最后的字节：`{tail}`）。",
            "服务器在等待 CRLF . CRLF。没有它，邮件会被丢弃。",
            r"最后一行之后发送 `b'\r\n.\r\n'`，读到应答后再关闭连接。",
        ),
    ),
    "dot-stuffing.undotted": (
        (
            "Line {number} of the message begins with a dot, and the dot was not doubled: `{sent}`.",
            "The server takes one dot off every line that begins with one: the reader gets another text. A line that "
            "is a lone dot even ends the message.",
            "Double it: `if line.startswith(b'.'): line = b'.' + line`, for every line of the message.",
        ),
        (
            "邮件第 {number} 行以句点开头，但句点没有加倍：`{sent}`。",
            "服务器会从每个以句点开头的行去掉一个句点，收件人看到的文本就变了；单独一个句点的行甚至会结束邮件。",
            "加倍句点：对每一行执行 `if line.startswith(b'.'): line = b'.' + line`。",
        ),
    ),
    "dot-stuffing.overdotted": (
        (
            "Line {number} of the message got a dot too many: `{sent}` for `{given}`.",
            "The server takes only one dot off, so the reader gets a dot that nobody wrote.",
            "Add one dot to lines that begin with a dot, and to no other; take care not to do it twice.",
        ),
        (
            "邮件第 {number} 行多了一个句点：`{given}` 发成了 `{sent}`。",
            "服务器只去掉一个句点，收件人会看到多余的句点。",
            "只给以句点开头的行加一个句点，其他行不加；注意不要处理两遍。",
        ),
    ),
    "dot-stuffing.cut": (
        (
            "Line {number} of the message is a lone dot. It was sent as it is, and the message ended there.",
            "The rest of the message is lost, or is taken for commands.",
            "Double the dot at the head of a line: `if line.startswith(b'.'): line = b'.' + line`.",
        ),
        (
            "邮件第 {number} 行是一个单独的句点，客户端原样发送，邮件就在那里结束了。",
            "邮件的其余部分会丢失，或被当作命令。",
            "把行首的句点加倍：`if line.startswith(b'.'): line = b'.' + line`。",
        ),
    ),
    "extra-crlf": (
        (
            "There is one empty line more before the final dot than the message has.",
            "The message changes on its way, and a signature (DKIM, PGP) over it may break.",
            r"If the message ends with CRLF, send only `b'.\r\n'` after it.",
        ),
        (
            "结束句点之前比原邮件多了一个空行。",
            "邮件在途中被改变，其上的签名（DKIM、PGP）可能失效。",
            r"如果邮件已经以 CRLF 结尾，之后只发送 `b'.\r\n'`。",
        ),
    ),
    "message-changed": (
        (
            "From line {number} on, the message is not the one that the client was given: `{sent}` for `{given}`.",
            "What a program is given octet for octet should arrive so.",
            "Open the file with `'rb'` and send its octets; only line ends and dots need care.",
        ),
        (
            "从第 {number} 行起，发送的邮件与交给客户端的不同：`{given}` 变成了 `{sent}`。",
            "按字节交给程序的邮件应当原样送达。",
            "用 `'rb'` 打开文件并发送其中的字节，只需处理行尾和句点。",
        ),
    ),
    "message-changed.header": (
        (
            "The client added to the header of the message that it was given: {fields}.",
            "The message was complete. Whoever signed it (DKIM) signed another header, and a second Date or "
            "Message-ID makes it no valid message.",
            "Send a message that you are given as it is, and add only a Date, From or Message-ID that is missing.",
        ),
        (
            "客户端给交给它的邮件增加了邮件头字段：{fields}。",
            "邮件本来就是完整的。签名（DKIM）针对的是原来的邮件头；第二个 Date 或 Message-ID 会使邮件无效。",
            "交给客户端的邮件应原样发送，只补上缺少的 Date、From 或 Message-ID。",
        ),
    ),
    "message-changed.composed": (
        (
            "The {part} of the message is not what the client was told: `{given}`.",
            "The recipient reads something else than the sender wrote.",
            "Read subject and body from where the job gives them; beyond ASCII use `email.message.EmailMessage`.",
        ),
        (
            "邮件的 {part} 与交给客户端的不同：`{given}`。",
            "收件人看到的与发件人写的不一致。",
            "从任务指定的位置读取主题和正文；非 ASCII 文本请用 `email.message.EmailMessage`。",
        ),
    ),
    "header-missing.date": (
        (
            "The message has no Date: field.",
            "Every message needs one. Mail programs sort by it, and filters distrust mail without it.",
            "Add `'Date: ' + email.utils.formatdate(localtime=True)` to the header.",
        ),
        (
            "邮件没有 Date: 字段。",
            "每封邮件都必须有。邮件程序按它排序，没有它的邮件会被过滤器怀疑。",
            "在邮件头加入 `'Date: ' + email.utils.formatdate(localtime=True)`。",
        ),
    ),
    "header-missing.from": (
        (
            "The message has no From: field.",
            "MAIL FROM is for the servers; the reader sees From:. Servers refuse mail without it.",
            "Begin the message with `From: <sender>`, `To: <recipient>`, `Subject: ...`, an empty line, and the text.",
        ),
        (
            "邮件没有 From: 字段。",
            "MAIL FROM 是给服务器看的，收件人看到的是 From:。没有它的邮件会被拒收。",
            "邮件以 `From: <发件人>`、`To: <收件人>`、`Subject: ...`、一个空行和正文组成。",
        ),
    ),
    "header-invalid.date": (
        (
            "The Date: field holds no valid date: `{text}`.",
            "Mail programs cannot sort by it, and show 1970 or nothing; filters distrust such mail.",
            "Write `'Date: ' + email.utils.formatdate(localtime=True)`: `time.ctime()`, `str(datetime.now())` and "
            "names of days in another language make another form.",
        ),
        (
            "Date: 字段不是有效的日期：`{text}`。",
            "邮件程序无法据此排序，会显示 1970 年或空白；过滤器也会怀疑这样的邮件。",
            "写成 `'Date: ' + email.utils.formatdate(localtime=True)`；`time.ctime()`、`str(datetime.now())` "
            "以及中文星期名的格式都不对。",
        ),
    ),
    "header-invalid.twice": (
        (
            "The header has the field {field} more than once.",
            "Each reader picks another of them, so what is shown, checked and answered differs; servers refuse it.",
            "Put several addresses into one field, with commas; with `EmailMessage`, `del message[name]` before you "
            "set a field again.",
        ),
        (
            "邮件头中的字段 {field} 出现了不止一次。",
            "不同的程序会取不同的一个，显示、检查和回复的对象就不一致；有的服务器会拒收。",
            "多个地址写在同一个字段里，用逗号分隔；使用 `EmailMessage` 时，重新设置字段之前先 `del message[name]`。",
        ),
    ),
    "missing-blank-line": (
        (
            "No empty line stands between header and body: `{text}` is read as a header field.",
            "The text is taken for a broken header, and the reader sees an empty message or a part of it.",
            r"Put `b'\r\n\r\n'` after the last header field: its line end, and an empty line.",
        ),
        (
            "邮件头与正文之间没有空行：`{text}` 被当成了邮件头字段。",
            "正文会被当作损坏的邮件头，收件人看到空邮件或残缺的邮件。",
            r"在最后一个邮件头字段之后写 `b'\r\n\r\n'`：它的行尾加一个空行。",
        ),
    ),
    # --- how a client composes
    **COMPOSITION,
    # --- what the client says of it
    "reported.false-success": (
        (
            "The client reports success ({said}), but the server did not take the message for {who} (fate: {fate}, "
            "reply: {reply}).",
            "The user believes the mail sent, and it is lost.",
            "Report success only after 250 to the final dot, for accepted recipients; else end with "
            "`sys.exit(75)` (try again later) or `sys.exit(69)` (for good).",
        ),
        (
            "客户端报告成功（{said}），但服务器并没有收下给 {who} 的邮件（结果：{fate}，应答：{reply}）。",
            "用户以为邮件已发出，实际上已经丢失。",
            "只有结束句点得到 250、且收件人被接受时才报告成功；否则以 "
            "`sys.exit(75)`（稍后重试）或 `sys.exit(69)`（永久失败）结束。",
        ),
    ),
    "reported.false-failure": (
        (
            "The client reports a failure ({said}), but the server took the message for {who} (reply: {reply}).",
            "The user sends it again, and the recipient gets it twice.",
            "After 250 to the final dot the message is sent, whatever becomes of QUIT: exit with 0.",
        ),
        (
            "客户端报告失败（{said}），但服务器已经收下给 {who} 的邮件（应答：{reply}）。",
            "用户会再发一次，收件人就收到两封。",
            "结束句点得到 250 之后邮件就已发出，不论 QUIT 结果如何，都应以 0 退出。",
        ),
    ),
    "reported.wrong-class": (
        (
            "The client reports {said}, but the refusal was {fate} (reply: {reply}).",
            "4yz asks to try again later, 5yz not to: with the wrong word mail is given up too soon, or sent for ever.",
            "Look at the first digit of the code: 4 is temporary (75), 5 is permanent (69).",
        ),
        (
            "客户端报告 {said}，但实际的拒绝是 {fate}（应答：{reply}）。",
            "4yz 表示稍后重试，5yz 表示不要重试：报错类别会使邮件过早放弃或无休止地重发。",
            "看应答码的第一位：4 是暂时失败（75），5 是永久失败（69）。",
        ),
    ),
    # --- silence
    "silence.half-line": (
        (
            "The client sent `{line}` without CRLF and then waited, {seconds} s in all.",
            _CRLF_WHY_EN,
            r"Add `\r\n` to every line: `sock.sendall(line.encode() + b'\r\n')`.",
        ),
        (
            "客户端发送了没有 CRLF 的 `{line}`，然后一直等待（共 {seconds} 秒）。",
            _CRLF_WHY_ZH,
            r"给每一行加上 `\r\n`：`sock.sendall(line.encode() + b'\r\n')`。",
        ),
    ),
    "silence.half-content": (
        (
            "The client waited for a reply to a message that it had not ended ({seconds} s).",
            "The server waits for CRLF . CRLF, the client for a reply: both stand still.",
            r"Send `b'\r\n.\r\n'` after the last line of the message, then read the reply.",
        ),
        (
            "邮件内容还没有结束，客户端就开始等待应答（{seconds} 秒）。",
            "服务器在等 CRLF . CRLF，客户端在等应答，双方都停住。",
            r"邮件最后一行之后发送 `b'\r\n.\r\n'`，然后再读取应答。",
        ),
    ),
    "silence.waiting": (
        (
            "The server had answered `{line}` with {reply}. It was the client's turn, but nothing came ({seconds} s).",
            "Most often the client waits for a reply that is not due, because it reads one too many: each command "
            "(and the greeting, and the final dot) has exactly one.",
            "Read exactly one reply for each command, and a multi-line one to its end (a space after the code), not "
            "further. Lines of the message and the header have no reply.",
        ),
        (
            "服务器已经用 {reply} 回答了 `{line}`。轮到客户端了，但 {seconds} 秒内什么也没有发来。",
            "最常见的原因是客户端多读了一个应答：每条命令（以及问候语和结束句点）正好有一个应答。",
            "每条命令只读一个应答，多行应答读到末行（代码后是空格）为止，不要多读。邮件内容的各行没有应答。",
        ),
    ),
    "silence.no-timeout": (
        (
            "The server said nothing after `{line}`, and the client never gave up: none seen in {seconds} s.",
            "Networks and servers fail without a word. A client without a time-out then hangs for ever.",
            "`sock = socket.create_connection((host, port), timeout=seconds)`; it holds for every later `recv` too.",
        ),
        (
            "服务器在 `{line}` 之后没有任何应答，客户端也一直没有放弃：{seconds} 秒内未见超时。",
            "网络和服务器会无声地失效。没有超时的客户端会永远挂起。",
            "`sock = socket.create_connection((host, port), timeout=seconds)`；它对之后的每次 `recv` 也有效。",
        ),
    ),
    "silence.after-end": (
        (
            "The session was over (`{line}`, {reply}), but the program did not end within {seconds} s.",
            "The mail is sent; who waits for the program to end waits in vain.",
            "Close the socket after the reply to QUIT, and look for a thread or an `input()` that still waits.",
        ),
        (
            "会话已经结束（`{line}`，{reply}），但程序在 {seconds} 秒内没有退出。",
            "邮件已发出，但等待程序结束的人会一直等下去。",
            "收到 QUIT 的应答后关闭套接字，并检查是否有线程或 `input()` 仍在等待。",
        ),
    ),
    "silence.endless": (
        (
            "The client was still sending commands (`{line}`, reply: {reply}) when its {seconds} s were over.",
            "It does the same over and over, or never comes to an end: nobody is told what became of the mail.",
            "Count the tries and give up after a few: look for a loop that begins again after an error.",
        ),
        (
            "{seconds} 秒用完时客户端仍在发送命令（`{line}`，应答：{reply}）。",
            "它在不断重复，或者永远不会结束：没有人知道邮件的结果。",
            "给尝试计数，几次之后就放弃；检查出错后是否有重新开始的循环。",
        ),
    ),
    # --- the end of the connection
    "no-quit": (
        (
            "The client closed the connection without QUIT (last: `{last}`, reply: {reply}).",
            "A client must not leave without QUIT: a server may take it for a broken connection.",
            r"Send `QUIT\r\n`, read the 221, and close then, also after a refusal (`try: ... finally:`).",
        ),
        (
            "客户端没有发送 QUIT 就关闭了连接（最后一步：`{last}`，应答：{reply}）。",
            "客户端不得不经 QUIT 就离开：服务器可能把它当作连接中断。",
            r"发送 `QUIT\r\n`，读到 221 之后再关闭；被拒绝之后也一样（`try: ... finally:`）。",
        ),
    ),
    "no-quit.unopened": (
        (
            "The client left without QUIT after its hello was refused (last: `{last}`, reply: {reply}).",
            "QUIT is the polite end even of a session that was never opened.",
            r"Send `QUIT\r\n` and read the reply before you close.",
        ),
        (
            "问候被拒绝后，客户端没有发送 QUIT 就离开了（最后一条：`{last}`，应答：{reply}）。",
            "即使会话没有真正开始，也应以 QUIT 礼貌地结束。",
            r"关闭之前先发送 `QUIT\r\n` 并读取应答。",
        ),
    ),
    "no-quit.greeting": (
        (
            "The client left right after the greeting without QUIT (reply: {reply}).",
            "QUIT is the polite end even of a session that never began.",
            r"Send `QUIT\r\n` and read the reply before you close.",
        ),
        (
            "客户端在问候语之后没有发送 QUIT 就离开（应答：{reply}）。",
            "即使会话没有真正开始，也应以 QUIT 结束。",
            r"发送 `QUIT\r\n` 并读取应答，然后再关闭。",
        ),
    ),
    "quit-unanswered": (
        (
            "The client closed the connection before the reply to QUIT had come.",
            "The server may still have something to say, and finds a broken connection.",
            "Read the 221 after QUIT, then close.",
        ),
        (
            "客户端在收到 QUIT 的应答之前就关闭了连接。",
            "服务器可能还有话要说，却发现连接已断开。",
            "发送 QUIT 后先读到 221，再关闭连接。",
        ),
    ),
    "reset-by-client": (
        (
            "The client ended the connection with RST, not FIN (last: `{last}`).",
            "This happens when a socket is closed while octets of the server are still unread.",
            "Read what the server has sent (the 221 last), then close.",
        ),
        (
            "客户端用 RST 而不是 FIN 结束连接（最后一步：`{last}`）。",
            "关闭套接字时还有服务器发来的字节没有读取，就会出现这种情况。",
            "先读完服务器发来的内容（最后是 221），再关闭。",
        ),
    ),
    # --- differences from the scenario's dialogue
    "dialogue/different": (
        (
            "`{observed}` came where `{expected}` was expected.",
            "The step is the right one, but it says something else than the job or the scenario asks.",
            "Compare both lines; the nearest step of the scenario is `{nearest}`.",
        ),
        (
            "预期 `{expected}`，实际收到 `{observed}`。",
            "这一步的位置正确，但内容与任务或场景的要求不同。",
            "对比两行；场景中最接近的一步是 `{nearest}`。",
        ),
    ),
    "dialogue/missing": (
        (
            "`{expected}` never came; the client went on with `{observed}`.",
            "A step of the exchange was left out.",
            "Send `{nearest}` first, and read its reply.",
        ),
        (
            "没有收到 `{expected}`，客户端直接发送了 `{observed}`。",
            "会话中缺少了一步。",
            "先发送 `{nearest}` 并读取应答。",
        ),
    ),
    "dialogue/extra": (
        (
            "`{observed}` came, and nothing of the kind was expected (next was `{expected}`).",
            "A command that does not belong here may undo the session's state, or be refused.",
            "Leave it out, or send it where it belongs; the nearest step of the scenario is `{nearest}`.",
        ),
        (
            "收到了预期之外的 `{observed}`（下一步应为 `{expected}`）。",
            "不属于此处的命令可能破坏会话状态，或被拒绝。",
            "去掉它，或放到正确的位置；场景中最接近的一步是 `{nearest}`。",
        ),
    ),
    "dialogue/never": (
        (
            "`{observed}` came, which must not come here (`{expected}`).",
            "The scenario tests exactly this: at this point the command does harm or gives something away.",
            "Look at the reply before it, and end or change the session as that reply asks.",
        ),
        (
            "收到了此处绝不应出现的 `{observed}`（`{expected}`）。",
            "场景检验的正是这一点：此时这条命令会造成危害或泄露信息。",
            "查看它之前的应答，并按应答的要求结束或改变会话。",
        ),
    ),
    "dialogue/breaks": (
        (
            "The client said `{observed}`, and the requirement is: {expected}",
            "The scenario lets it pass, so that the rest of the session can be seen, but another way is right.",
            "Do as the requirement says: {expected}",
        ),
        (
            "客户端发送了 `{observed}`，而要求是：{expected}",
            "场景允许它继续，以便观察会话的其余部分，但正确的做法是另一种。",
            "按要求去做：{expected}",
        ),
    ),
    "dialogue/message": (
        (
            "The message that came, {observed}, is not the one expected: {expected}.",
            "The recipient gets another message than the one that was given to the client.",
            "Compare line by line: line ends, dots at line heads, missing or added lines.",
        ),
        (
            "收到的邮件 {observed} 与预期的 {expected} 不符。",
            "收件人得到的邮件与交给客户端的不同。",
            "逐行比较：行尾、行首的句点、缺少或多出的行。",
        ),
    ),
    "dialogue/within": (
        (
            "The step came after {observed}; the scenario expects {expected}.",
            "A client that gives up too soon loses mail, one that waits too long blocks its user.",
            "Look at the client's time-outs: they count from the last thing that happened, for each command anew.",
        ),
        (
            "这一步在 {observed} 之后才到来，场景要求 {expected}。",
            "过早放弃会丢失邮件，等待过久会阻塞用户。",
            "检查客户端的超时设置：每条命令都从上一个事件重新计时。",
        ),
    ),
    "dialogue/outcome": (
        (
            "What came of the message is not what should have: {observed}; expected: {expected}.",
            "The scenario is about this outcome; it follows from the session, or from how the client reports it.",
            "Look for steps that were not reached, such as a recipient that was never named after another was refused; "
            "with none, look at how the client treats the last reply.",
        ),
        (
            "邮件的结果与应有的不同：{observed}；预期：{expected}。",
            "场景关注的就是这个结果，它取决于会话过程或客户端的报告方式。",
            "先看哪些步骤没有执行，例如某个收件人被拒绝后，其余收件人再也没有写出；如果没有，就看客户端如何处理最后一个应答。",
        ),
    ),
    "dialogue/closed": (
        (
            "The session ended where `{expected}` was still to come.",
            "The client stopped before its job was done.",
            "Look at the last reply before the end and at the client's own error message; next comes `{nearest}`.",
        ),
        (
            "会话在 `{expected}` 之前就结束了。",
            "客户端没有完成任务就停止了。",
            "查看结束前的最后一个应答和客户端自己的错误信息；下一步应为 `{nearest}`。",
        ),
    ),
    "dialogue/tls": (
        (
            "The TLS handshake did not succeed: {observed}; expected: {expected}.",
            "Without TLS the session cannot go on.",
            "Trust the certificate authority that the job names (`ssl.create_default_context(cafile=...)`), and give "
            "`server_hostname`.",
        ),
        (
            "TLS 握手没有成功：{observed}；预期：{expected}。",
            "没有 TLS，会话无法继续。",
            "信任任务给出的证书颁发机构（`ssl.create_default_context(cafile=...)`），并给出 `server_hostname`。",
        ),
    ),
    "dialogue/unconnected": (
        (
            "The client did not open a connection for `{expected}`.",
            "The scenario expects another connection than those that came.",
            "Look at how the client ended: it may have given up, or not have seen that there is more to send.",
        ),
        (
            "客户端没有为 `{expected}` 建立连接。",
            "场景要求的连接比实际建立的多。",
            "查看客户端如何结束：它可能已经放弃，或没有发现还有内容要发送。",
        ),
    ),
    "dialogue/elsewhere": (
        (
            "The client connected to `{observed}` in place of `{expected}`.",
            "MX records say which hosts take mail for a domain, and in which order they are to be asked. "
            "Any other host may take nothing, or take it and lose it.",
            "Ask for the domain's MX records, sort them by preference, the lowest first, and connect to one host after "
            "the other. The domain's own address counts only where it has none.",
        ),
        (
            "客户端连接的是 `{observed}`，应当是 `{expected}`。",
            "MX 记录规定哪些主机接收一个域名的邮件，以及连接的先后顺序。其他主机可能不接收，或者接收之后丢失邮件。",
            "查询域名的 MX 记录，按优先值从小到大排序，依次连接。只有在没有 MX 记录时才使用域名自己的地址。",
        ),
    ),
    # --- the same replies, sent otherwise
    "stress/differs.slow": (
        (
            "When the same replies came a little later, the client did `{observed}` in place of `{expected}`.",
            _PATIENCE_WHY_EN,
            _PATIENCE_FIX_EN + _REPEAT_EN,
        ),
        (
            "内容相同的应答，当应答稍微晚到时，客户端做的是 `{observed}`，平常做的是 `{expected}`。",
            _PATIENCE_WHY_ZH,
            _PATIENCE_FIX_ZH + _REPEAT_ZH,
        ),
    ),
    "stress/differs.split": (
        (
            "When the same replies came in pieces, the client did `{observed}` in place of `{expected}`.",
            _BORDERS_WHY_EN,
            _BORDERS_FIX_EN + _REPEAT_EN,
        ),
        (
            "内容相同的应答，当应答分成几段到达时，客户端做的是 `{observed}`，平常做的是 `{expected}`。",
            _BORDERS_WHY_ZH,
            _BORDERS_FIX_ZH + _REPEAT_ZH,
        ),
    ),
    "stress/differs.drip": (
        (
            "When the same replies came octet by octet, the client did `{observed}` in place of `{expected}`.",
            _BORDERS_WHY_EN,
            _BORDERS_FIX_EN + _REPEAT_EN,
        ),
        (
            "内容相同的应答，当应答逐字节到达时，客户端做的是 `{observed}`，平常做的是 `{expected}`。",
            _BORDERS_WHY_ZH,
            _BORDERS_FIX_ZH + _REPEAT_ZH,
        ),
    ),
    "stress/differs.together": (
        (
            "When the same replies came in one segment, the client did `{observed}` in place of `{expected}`.",
            _BORDERS_WHY_EN,
            _BORDERS_FIX_EN + _REPEAT_EN,
        ),
        (
            "内容相同的应答，当一批命令的应答同时到达时，客户端做的是 `{observed}`，平常做的是 `{expected}`。",
            _BORDERS_WHY_ZH,
            _BORDERS_FIX_ZH + _REPEAT_ZH,
        ),
    ),
}

PARTS = ("what", "why", "fix")

FINDINGS: Mapping[str, Mapping[str, str]] = {
    f"{key}.{part}": {"en": english[number], "zh": chinese[number]}
    for key, (english, chinese) in ENTRIES.items()
    for number, part in enumerate(PARTS)
}
