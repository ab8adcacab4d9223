"""What is said of messages that a client composed, and of eight bits and UTF-8. The form is that of `findings`."""

from __future__ import annotations

from collections.abc import Mapping

Words = tuple[str, str, str]

_PARSE_EN = (
    "Each mail program reads such a header in its own way: what is shown and answered differs, and filters object."
)
_PARSE_ZH = "不同的邮件程序对这样的邮件头有不同的理解，显示和回复的内容会不一致，过滤器也会怀疑。"
_UTF8_EN = "A server that does not know UTF-8 in headers refuses the message, or the recipient sees garbage."
_UTF8_ZH = "不支持邮件头 UTF-8 的服务器会拒收，或者收件人看到乱码。"
_EMAIL_EN = "Let `EmailMessage(policy=email.policy.SMTP.clone(max_line_length=76))` of `email.message` write it."
_EMAIL_ZH = "可由 `email.message` 的 `EmailMessage(policy=email.policy.SMTP.clone(max_line_length=76))` 生成。"
_ENCODE_EN = "Encode it: `email.header.Header(text, 'utf-8').encode()`, or let `email.message.EmailMessage` do it."
_ENCODE_ZH = "对文本编码：`email.header.Header(text, 'utf-8').encode()`，或交给 `email.message.EmailMessage`。"
_UNSEEN_EN = "Whoever gets the message can read who was to stay unseen."
_UNSEEN_ZH = "每个收件人都能看到本应保密的收件人。"
_LABEL_EN = (
    "Servers and mail programs trust the label: eighth bits are cut off, or the message is refused or shown wrongly."
)
_LABEL_ZH = "服务器和邮件程序相信这个标签：第八位可能被去掉，邮件可能被拒收或显示错误。"
_LABEL_FIX_EN = "Use `set_content(text)` of `email.message.EmailMessage`: it encodes the text and labels it."
_LABEL_FIX_ZH = "使用 `email.message.EmailMessage` 的 `set_content(text)`，它会编码文本并写上正确的标签。"
_LONG_EN = "Servers may cut such a line or refuse the message."
_LONG_ZH = "服务器可能截断这样的行，或者拒收邮件。"
_DATE_EN = "Write `'Date: ' + email.utils.formatdate(localtime=True)`."
_DATE_ZH = "写成 `'Date: ' + email.utils.formatdate(localtime=True)`。"
_ID_EN = "Write `'Message-ID: ' + email.utils.make_msgid()` into every message."
_ID_ZH = "每封邮件都写入 `'Message-ID: ' + email.utils.make_msgid()`。"

COMPOSITION: Mapping[str, tuple[Words, Words]] = {
    "composition.nul": (
        (
            "The message holds a NUL octet: `{text}`.",
            "Programs written in C take it for the end of the text; servers refuse it.",
            "Find out where it comes from (a buffer sent whole, UTF-16 text), and leave it out or encode with base64.",
        ),
        (
            "邮件中含有 NUL 字节：`{text}`。",
            "用 C 语言写的程序会把它当作文本的结尾；有的服务器会拒收。",
            "查明来源（整个缓冲区被发送、UTF-16 文本等），去掉它或用 base64 编码。",
        ),
    ),
    "composition.control": (
        (
            "The message holds a control character as it stands: {text}.",
            "Some servers and terminals act on such characters, or take them away.",
            "Leave them out, or encode the text with quoted-printable or base64.",
        ),
        (
            "邮件中含有未编码的控制字符：{text}。",
            "有的服务器和终端会对这样的字符作出反应，或者把它们去掉。",
            "去掉这些字符，或用 quoted-printable 或 base64 编码文本。",
        ),
    ),
    "composition.field-name": (
        (
            "`{text}` is no header field: its name holds a blank or another character that no name may have.",
            _PARSE_EN,
            "Use letters, digits and `-` in the name of a field, and check names that a user gives.",
        ),
        (
            "`{text}` 不是合法的邮件头字段：字段名含有空格或其他不允许的字符。",
            _PARSE_ZH,
            "字段名只用字母、数字和 `-`，并检查用户给出的字段名。",
        ),
    ),
    "composition.utf8-name": (
        (
            "`{text}` has a field name beyond ASCII.",
            "UTF-8 may stand in the value of a field, never in its name: the whole header may be misread.",
            "Use letters, digits and `-` in the name of a field, and refuse other names.",
        ),
        (
            "`{text}` 的字段名含有非 ASCII 字符。",
            "UTF-8 只能出现在字段的值中，不能出现在字段名中，否则整个邮件头都可能被误读。",
            "字段名只用字母、数字和 `-`，拒绝其他名称。",
        ),
    ),
    "composition.blank-before-colon": (
        (
            "A blank stands before the colon: `{text}`.",
            "Many programs take such a line for no field, and all that follows for the text.",
            "Write the colon right behind the name: `Subject: ...`.",
        ),
        (
            "冒号前面有空格：`{text}`。",
            "许多程序不认为这样的行是字段，并把后面的内容当作正文。",
            "冒号紧跟在字段名之后：`Subject: ...`。",
        ),
    ),
    "composition.year": (
        (
            "The year in the Date: field has not four digits: `{text}`.",
            "Readers have to guess the century, and sort the message wrongly.",
            _DATE_EN,
        ),
        (
            "Date: 字段中的年份不是四位数：`{text}`。",
            "程序只能猜测世纪，邮件的排序会出错。",
            _DATE_ZH,
        ),
    ),
    "composition.zone": (
        (
            "The Date: field ends with the name of a time zone: `{text}`.",
            "Most names mean nothing to the reader, or something else: it takes the time for UTC.",
            _DATE_EN + " It ends in an offset such as `+0800`; UTC is `+0000`.",
        ),
        (
            "Date: 字段以时区名称结尾：`{text}`。",
            "大多数名称不为对方所知或含义不同，时间会被当作 UTC。",
            _DATE_ZH + "末尾应是 `+0800` 这样的偏移量；UTC 是 `+0000`。",
        ),
    ),
    "composition.no-message-id": (
        (
            "The message has no Message-ID: field.",
            "Replies cannot refer to it, and copies cannot be told from new messages. Not every server adds one.",
            _ID_EN,
        ),
        (
            "邮件没有 Message-ID: 字段。",
            "回复无法引用它，也无法区分副本和新邮件。有的服务器会补上，有的不会。",
            _ID_ZH,
        ),
    ),
    "composition.message-id": (
        (
            "The Message-ID: field holds no message identifier: `{text}`.",
            "Servers replace it or take the message for spam; replies cannot refer to it.",
            _ID_EN + " It is `<left@right>`, without blanks, and its brackets belong to it.",
        ),
        (
            "Message-ID: 字段不是合法的标识：`{text}`。",
            "服务器会替换它，或把邮件当作垃圾邮件；回复无法引用它。",
            _ID_ZH + "格式是 `<left@right>`，没有空格，尖括号是其中的一部分。",
        ),
    ),
    "composition.repeated-id": (
        (
            "Two different messages have the Message-ID `{text}`.",
            "Mail programs take the second for a copy of the first, and throw it away.",
            _ID_EN + " Make a new one for each message.",
        ),
        (
            "两封不同的邮件使用了同一个 Message-ID：`{text}`。",
            "邮件程序会把第二封当作第一封的副本而丢弃。",
            _ID_ZH + "每封邮件都要重新生成。",
        ),
    ),
    "composition.no-author": (
        (
            "The From: field names no address: `{text}`.",
            "Nobody can answer, and servers refuse such mail.",
            "Write `From: Name <name@example.org>`; a name alone is not enough.",
        ),
        (
            "From: 字段没有地址：`{text}`。",
            "收件人无法回复，服务器会拒收这样的邮件。",
            "写成 `From: 姓名 <name@example.org>`，只有姓名是不够的。",
        ),
    ),
    "composition.no-sender": (
        (
            "The From: field names several authors (`{text}`), and no Sender: field says who of them sent it.",
            "Reports of failures and answers about the sending need one address.",
            "Add `Sender: ` with the one address that sends it.",
        ),
        (
            "From: 字段有多个作者（`{text}`），却没有 Sender: 字段说明由谁发送。",
            "退信和有关发送的询问需要一个确定的地址。",
            "加上 `Sender: ` 字段，写明实际发送者的一个地址。",
        ),
    ),
    "composition.needless-sender": (
        (
            "The Sender: field repeats the one author: `{text}`.",
            "It says nothing, and some readers show `on behalf of` for it.",
            "Leave Sender: out where From: names one address and it is the same.",
        ),
        (
            "Sender: 字段重复了唯一的作者：`{text}`。",
            "它没有意义，有的邮件程序会因此显示“代表……发送”。",
            "From: 只有一个地址且与发送者相同时，不要写 Sender:。",
        ),
    ),
    "composition.needless-quotes": (
        (
            "The local part of `{text}` is quoted, and needs no quotes.",
            "It is the same address, but many programs compare it as text and take it for another one.",
            "Quote a local part only where it holds blanks or other characters that may not stand alone.",
        ),
        (
            "`{text}` 的本地部分加了引号，其实不需要。",
            "地址相同，但许多程序按文本比较，会当作另一个地址。",
            "只有本地部分含有空格等特殊字符时才加引号。",
        ),
    ),
    "composition.blank-at-sign": (
        (
            "A blank or a comment stands beside the @: `{text}`.",
            "Only old forms allow it, and many programs find no address there.",
            "Write `local-part@domain` without anything between.",
        ),
        (
            "@ 旁边有空格或注释：`{text}`。",
            "只有过时的格式允许这样写，许多程序找不到其中的地址。",
            "写成 `local-part@domain`，中间不加任何内容。",
        ),
    ),
    "composition.injected": (
        (
            "A line end in what the client was told (the subject, a name) made a field of its own: `{text}`.",
            "Whoever fills in a form on a web page can so add recipients, or write a text of their own into the mail.",
            "Refuse line ends in such values, or put blanks in their place; `EmailMessage` raises ValueError for them.",
        ),
        (
            "任务所给的值（主题、姓名等）中含有换行，变成了一个单独的邮件头字段：`{text}`。",
            "这样，填写网页表单的人就能添加收件人，或在邮件中写入自己的内容。",
            "拒绝含有换行的值，或把换行换成空格；`EmailMessage` 遇到换行会引发 ValueError。",
        ),
    ),
    "composition.apparently-to": (
        (
            "The header has a field Apparently-To: `{text}`.",
            _UNSEEN_EN + " The field is an old mistake.",
            "Leave it out; recipients need not stand in the header at all.",
        ),
        (
            "邮件头中有 Apparently-To 字段：`{text}`。",
            _UNSEEN_ZH + "这个字段是过去的错误做法。",
            "去掉它；收件人不必出现在邮件头中。",
        ),
    ),
    "composition.bcc": (
        (
            "The Bcc: field was left in the message that others get: `{text}`.",
            _UNSEEN_EN,
            "Take the recipients from Bcc: for RCPT, and take the field out before you send: `del message['Bcc']`.",
        ),
        (
            "发给其他人的邮件中保留了 Bcc: 字段：`{text}`。",
            _UNSEEN_ZH,
            "RCPT 使用 Bcc: 中的收件人，发送之前删除这个字段：`del message['Bcc']`。",
        ),
    ),
    "composition.blind-copy": (
        (
            "The header names somebody who was to get a blind copy: `{text}`.",
            _UNSEEN_EN,
            "Name such a recipient in RCPT only, and in no field of the header.",
        ),
        (
            "邮件头中出现了密送收件人：`{text}`。",
            _UNSEEN_ZH,
            "密送收件人只写在 RCPT 中，不写在邮件头的任何字段中。",
        ),
    ),
    "composition.return-path": (
        (
            "The message that the client composed has a Return-Path: field: `{text}`.",
            "The last server writes it from MAIL FROM. One that is there before makes reports of failures go astray.",
            "Leave it out: the address in MAIL FROM is enough.",
        ),
        (
            "客户端撰写的邮件带有 Return-Path: 字段：`{text}`。",
            "这个字段由最后一台服务器根据 MAIL FROM 写入。事先存在会使退信发到错误的地址。",
            "不要写它，MAIL FROM 中的地址就够了。",
        ),
    ),
    "composition.resent": (
        (
            "The message was sent again, and its header lacks {text}.",
            "Readers cannot tell who sent it on and when, and take the fields for broken ones.",
            "Put `Resent-From:`, `Resent-Date:`, `Resent-To:` and `Resent-Message-ID:` before the header.",
        ),
        (
            "转发（resend）的邮件头缺少 {text}。",
            "收件人无法知道由谁、何时重新发送，这组字段也不完整。",
            "在邮件头前面加上 `Resent-From:` 和 `Resent-Date:`，以及 `Resent-To:` 和 `Resent-Message-ID:`。",
        ),
    ),
    "composition.tls-required": (
        (
            "The field TLS-Required stands more than once in the header (`{text}`).",
            "It says one thing for the whole message; servers may take a message that says it twice for a broken one.",
            "Write `TLS-Required: No` once, and look whether it is there before you add it.",
        ),
        (
            "邮件头中 TLS-Required 字段出现了不止一次（`{text}`）。",
            "该字段对整封邮件只说明一件事；重复出现时，服务器可能认为邮件有误。",
            "只写一次 `TLS-Required: No`，添加之前先检查是否已有。",
        ),
    ),
    "composition.no-tls-required": (
        (
            "The sender does not require TLS, and the header does not say so: {text}.",
            "Servers on the way then follow the recipient's policy, and the message may come back for want of TLS.",
            "Add the field `TLS-Required: No` to the header.",
        ),
        (
            "发件人不要求 TLS，而邮件头没有说明（{text}）。",
            "途中的服务器会按收件方的策略处理，邮件可能因为无法使用 TLS 而被退回。",
            "在邮件头中加上 `TLS-Required: No` 字段。",
        ),
    ),
    "composition.blank-line": (
        (
            "The field {text} goes on with a line that holds nothing but blanks.",
            "Many programs take it for the empty line that ends the header: the rest is shown as text.",
            "Fold only where something other than blanks follows. " + _EMAIL_EN,
        ),
        (
            "字段 {text} 的续行中只有空格。",
            "许多程序把它当作结束邮件头的空行，其余字段会显示为正文。",
            "只在后面还有内容的地方折行。" + _EMAIL_ZH,
        ),
    ),
    "composition.fold": (
        (
            "An address is broken over two lines: `{text}`.",
            "Unfolded, a blank stands in the address, and many programs find another address or none.",
            "Break the line after a comma between two addresses. " + _EMAIL_EN,
        ),
        (
            "一个地址被折成了两行：`{text}`。",
            "还原之后地址中有空格，许多程序会得到错误的地址或找不到地址。",
            "在两个地址之间的逗号之后折行。" + _EMAIL_ZH,
        ),
    ),
    "composition.long-line": (
        (
            "A line of the header has more than 78 characters: `{text}`.",
            "Terminals and old programs cut it.",
            "Fold it: a line end and a blank before one of the words. " + _EMAIL_EN,
        ),
        (
            "邮件头中有一行超过 78 个字符：`{text}`。",
            "终端和旧程序会截断它。",
            "折行：在某个词之前换行并加一个空格。" + _EMAIL_ZH,
        ),
    ),
    "composition.too-long": (
        (
            "A line of the header has more than 998 characters: `{text}`.",
            _LONG_EN,
            "Fold it: a line end and a blank before one of the words. " + _EMAIL_EN,
        ),
        (
            "邮件头中有一行超过 998 个字符：`{text}`。",
            _LONG_ZH,
            "折行：在某个词之前换行并加一个空格。" + _EMAIL_ZH,
        ),
    ),
    "composition.too-long-utf8": (
        (
            "A line of the header has at most 998 characters, but more than 998 octets: `{text}`.",
            _LONG_EN + " They count octets, and a Chinese character has three in UTF-8.",
            "Fold by the length of `line.encode('utf-8')`, not by that of the text.",
        ),
        (
            "邮件头中有一行不到 998 个字符，却超过 998 个字节：`{text}`。",
            _LONG_ZH + "长度按字节计算，一个汉字在 UTF-8 中占三个字节。",
            "按 `line.encode('utf-8')` 的长度折行，而不是按字符数。",
        ),
    ),
    "composition.too-long-text": (
        (
            "A line of the text has more than 998 characters: `{text}`.",
            _LONG_EN,
            "Encode such text with quoted-printable or base64, or break its lines. " + _LABEL_FIX_EN,
        ),
        (
            "正文中有一行超过 998 个字符：`{text}`。",
            _LONG_ZH,
            "用 quoted-printable 或 base64 编码，或者折行。" + _LABEL_FIX_ZH,
        ),
    ),
    "composition.raw-header": (
        (
            "The header has octets above 127 (`{text}`), and the server has not offered SMTPUTF8.",
            _UTF8_EN,
            _ENCODE_EN,
        ),
        (
            "邮件头含有大于 127 的字节（`{text}`），而服务器没有声明 SMTPUTF8。",
            _UTF8_ZH,
            _ENCODE_ZH,
        ),
    ),
    "composition.raw-address": (
        (
            "An address field has octets above 127 (`{text}`), and the server has not offered SMTPUTF8.",
            _UTF8_EN,
            "Encode the name before an address, and write the domain as `xn--...`. A local part beyond ASCII needs "
            "SMTPUTF8: where it is not offered, report the failure.",
        ),
        (
            "地址字段含有大于 127 的字节（`{text}`），而服务器没有声明 SMTPUTF8。",
            _UTF8_ZH,
            "对地址前的姓名编码，域名写成 `xn--...`。本地部分超出 ASCII 时需要 SMTPUTF8，没有声明就报告失败。",
        ),
    ),
    "composition.raw-part": (
        (
            "The header of a part has octets above 127 (`{text}`), and the server has not offered SMTPUTF8.",
            _UTF8_EN,
            "Encode a file name as RFC 2231 says: `add_attachment(..., filename=name)` of `EmailMessage` does it.",
        ),
        (
            "某个部分的头含有大于 127 的字节（`{text}`），而服务器没有声明 SMTPUTF8。",
            _UTF8_ZH,
            "文件名按 RFC 2231 编码：`EmailMessage` 的 `add_attachment(..., filename=name)` 会这样做。",
        ),
    ),
    "composition.not-composed": (
        (
            "A field is not in Unicode's composed form (NFC): `{text}`.",
            "The same word has two forms then, and searching and comparing fail.",
            "Write `unicodedata.normalize('NFC', text)`.",
        ),
        (
            "某个字段不是 Unicode 合成形式（NFC）：`{text}`。",
            "同一个词会有两种写法，搜索和比较会失败。",
            "使用 `unicodedata.normalize('NFC', text)`。",
        ),
    ),
    "composition.mixed": (
        (
            "The header has UTF-8 as it stands and an encoded word besides: `{text}`.",
            "The message needs SMTPUTF8 all the same, and the encoded word only makes it harder to read.",
            "Where MAIL says SMTPUTF8, write all fields in UTF-8: `policy=email.policy.SMTPUTF8` does it.",
        ),
        (
            "邮件头既有直接书写的 UTF-8，又有编码字：`{text}`。",
            "邮件仍然需要 SMTPUTF8，编码字只会更难读。",
            "MAIL 写了 SMTPUTF8 时，所有字段都用 UTF-8 书写：`policy=email.policy.SMTPUTF8`。",
        ),
    ),
    "composition.long-word": (
        (
            "An encoded word has more than 75 characters (its line more than 76) or a blank in it: `{text}`.",
            "Readers show such a word as it stands, `=?utf-8?...?=`.",
            "Write `email.header.Header(text, 'utf-8', header_name='Subject').encode()`: it splits a long text.",
        ),
        (
            "编码字超过 75 个字符、含有编码字的行超过 76 个字符，或编码字中有空格：`{text}`。",
            "邮件程序会把它原样显示为 `=?utf-8?...?=`。",
            "写成 `email.header.Header(text, 'utf-8', header_name='Subject').encode()`，它会把长文本分成几个编码字。",
        ),
    ),
    "composition.misplaced-word": (
        (
            "An encoded word stands inside quotes or in an address: `{text}`.",
            "There it is no encoded word: the reader sees `=?utf-8?...?=`.",
            "Write `=?utf-8?...?= <name@example.org>` without quotes: `email.utils.formataddr((name, address))`.",
        ),
        (
            "编码字出现在引号中或地址中：`{text}`。",
            "在这些位置它不是编码字，收件人看到的是 `=?utf-8?...?=`。",
            "写成 `=?utf-8?...?= <name@example.org>`，编码字不加引号：`email.utils.formataddr((name, address))`。",
        ),
    ),
    "composition.cut-word": (
        (
            "An encoded word cannot be decoded by itself: `{text}`.",
            "A character was cut in two, or its encoding is broken: the reader sees garbage.",
            "Split the text between characters, and encode each piece. " + _ENCODE_EN,
        ),
        (
            "这个编码字无法单独解码：`{text}`。",
            "某个字符被分成了两半，或编码有误：收件人看到乱码。",
            "在字符之间拆分文本，再分别编码。" + _ENCODE_ZH,
        ),
    ),
    "composition.mime-version": (
        (
            "The message uses MIME (`{text}`), and has no field `MIME-Version: 1.0`.",
            "Without it readers may show the message as plain ASCII text: encoded, or as garbage.",
            "Add `MIME-Version: 1.0`. " + _EMAIL_EN,
        ),
        (
            "邮件使用了 MIME（`{text}`），却没有 `MIME-Version: 1.0` 字段。",
            "没有它，邮件程序可能按纯 ASCII 文本显示，收件人看到编码或乱码。",
            "加上 `MIME-Version: 1.0`。" + _EMAIL_ZH,
        ),
    ),
    "composition.mislabelled": (
        (
            "The text has octets above 127 (`{text}`), and its label says `7bit` or there is none.",
            _LABEL_EN,
            _LABEL_FIX_EN,
        ),
        (
            "正文含有大于 127 的字节（`{text}`），而标签是 `7bit` 或没有标签。",
            _LABEL_ZH,
            _LABEL_FIX_ZH,
        ),
    ),
    "composition.no-mime": (
        (
            "MAIL said `BODY=8BITMIME`, and the text with octets above 127 (`{text}`) has no label that says `8bit`.",
            "8BITMIME is for MIME messages alone: nobody knows what these octets mean.",
            "Add `MIME-Version: 1.0`, `Content-Type: text/plain; charset=utf-8` and `Content-Transfer-Encoding: 8bit`.",
        ),
        (
            "MAIL 写了 `BODY=8BITMIME`，而含有大于 127 的字节的正文（`{text}`）没有 `8bit` 标签。",
            "8BITMIME 只用于 MIME 邮件：没有标签，谁也不知道这些字节的含义。",
            "加上 `MIME-Version: 1.0`、`Content-Type: text/plain; charset=utf-8` 和 "
            "`Content-Transfer-Encoding: 8bit`。",
        ),
    ),
    "composition.mislabelled-8bit": (
        (
            "Text labelled `8bit` has a line of more than 998 octets or a NUL: `{text}`.",
            _LABEL_EN,
            "Such text is binary: encode it with base64 or quoted-printable.",
        ),
        (
            "标为 `8bit` 的正文有超过 998 字节的行或 NUL：`{text}`。",
            _LABEL_ZH,
            "这样的内容是二进制：用 base64 或 quoted-printable 编码。",
        ),
    ),
    "composition.binary": (
        (
            "MAIL said `BODY=8BITMIME`, and the text has a line of more than 998 octets or a NUL: `{text}`.",
            _LONG_EN + " 8BITMIME lifts the limit of seven bits, not that of the line.",
            "Encode such text with base64 or quoted-printable.",
        ),
        (
            "MAIL 写了 `BODY=8BITMIME`，而正文有超过 998 字节的行或 NUL：`{text}`。",
            _LONG_ZH + "8BITMIME 只取消七位的限制，不取消行长的限制。",
            "用 base64 或 quoted-printable 编码这样的文本。",
        ),
    ),
    "composition.encoded-multipart": (
        (
            "A multipart as a whole has a transfer encoding: {text}.",
            "Readers do not decode it before they look for its parts, and find none.",
            "Encode each part by itself; the multipart is `7bit`, or `8bit` where a part is.",
        ),
        (
            "整个 multipart 使用了传输编码：{text}。",
            "邮件程序在查找各部分之前不会解码，因此找不到任何部分。",
            "分别对每个部分编码；multipart 本身是 `7bit`，某部分是八位时为 `8bit`。",
        ),
    ),
    "composition.base64": (
        (
            "A line of base64 has more than 76 characters, or others than base64 has: `{text}`.",
            "Readers and servers cut long lines, and what was encoded is lost.",
            "Use `base64.encodebytes(octets)`, which breaks lines; `b64encode` does not.",
        ),
        (
            "base64 的一行超过 76 个字符，或含有 base64 以外的字符：`{text}`。",
            "程序和服务器会截断长行，编码的内容就损坏了。",
            "使用会换行的 `base64.encodebytes(octets)`；`b64encode` 不换行。",
        ),
    ),
    "composition.quoted-printable": (
        (
            "No quoted-printable, because it is too long, ends in a blank or is not encoded throughout: `{text}`.",
            "Servers cut long lines and blanks at the end, and the text arrives changed.",
            "Use `quopri.encodestring(octets)`; `EmailMessage` does it right where its policy has max_line_length=76.",
        ),
        (
            "这一行不是合法的 quoted-printable：超过 76 个字符、行末有空格或有未编码的字节：`{text}`。",
            "服务器会截断长行、去掉行末空格，文本会改变。",
            "使用 `quopri.encodestring(octets)`；`EmailMessage` 的 policy 设为 max_line_length=76 时也正确。",
        ),
    ),
    # --- the message on its way
    "empty-content": (
        (
            "Nothing stands between DATA and the final dot.",
            "A message has a header at least. Servers add one, or refuse it, and the recipient wonders.",
            "Look whether there is something to send before you connect; write From: and Date: at least.",
        ),
        (
            "DATA 与结束的句点之间没有任何内容。",
            "邮件至少要有邮件头。服务器会自行补上或拒收，收件人不知所云。",
            "连接之前先检查是否有内容可发；至少写上 From: 和 Date:，以及一个空行。",
        ),
    ),
    "trace-changed": (
        (
            "A Received: field of the message that the client was given is changed or gone: `{text}`.",
            "These fields tell the way that a message came. Loops and forgeries are found by them.",
            "Leave every field of a given message as it is; what you add stands before them.",
        ),
        (
            "交给客户端的邮件中的 Received: 字段被修改或丢失：`{text}`。",
            "这些字段记录邮件经过的路径，用来发现循环转发和伪造。",
            "交给客户端的邮件中的字段应原样保留，新增的字段写在它们前面。",
        ),
    ),
    "trace-changed.order": (
        (
            "Trace or resent fields of the message that the client was given were moved: {text}.",
            "Their order is the way that the message came, and tells which of them belong together.",
            "Keep the fields of a message in a list, and not in a dictionary or in sorted order.",
        ),
        (
            "交给客户端的邮件中的路径字段或 Resent 字段顺序被改变：{text}。",
            "它们的顺序就是邮件经过的路径，也说明哪些字段属于同一组。",
            "用列表保存邮件的字段，不要用字典，也不要排序。",
        ),
    ),
    # --- eight bits and UTF-8 on the way
    "conversion": (
        (
            "The message was made one of seven bits and is no longer the same: `{given}` became `{sent}`.",
            "The recipient reads another text than the sender wrote, or none.",
            "Encode each part's octets with base64 or quoted-printable, and let Content-Transfer-Encoding say which.",
        ),
        (
            "邮件被转换为七位后内容改变了：`{given}` 变成了 `{sent}`。",
            "收件人看到的与发件人写的不一致，或者什么也看不到。",
            "用 base64 或 quoted-printable 编码每个部分的字节，并相应地修改 Content-Transfer-Encoding。",
        ),
    ),
    "smtputf8.hello": (
        (
            "`{line}` names the client with octets above 127.",
            "Nobody knows yet whether the server understands UTF-8: it answers 501.",
            "Write the name in its ASCII form: `name.encode('idna').decode()` makes `xn--...` of it.",
        ),
        (
            "`{line}` 中的主机名含有大于 127 的字节。",
            "此时还不知道服务器是否支持 UTF-8，它会回复 501。",
            "使用主机名的 ASCII 形式：`name.encode('idna').decode()` 得到 `xn--...`。",
        ),
    ),
    "smtputf8.verify": (
        (
            "`{line}` asks for a reply in UTF-8, and the server has not offered SMTPUTF8.",
            "A server that does not know the parameter answers 501.",
            "Add SMTPUTF8 to VRFY and EXPN only where the EHLO reply lists it.",
        ),
        (
            "`{line}` 要求用 UTF-8 应答，而服务器没有声明 SMTPUTF8。",
            "不认识这个参数的服务器会回复 501。",
            "只有 EHLO 应答列出 SMTPUTF8 时，才在 VRFY 和 EXPN 后面加上它。",
        ),
    ),
    "smtputf8.invalid": (
        (
            "`{line}` has octets above 127 that are no UTF-8.",
            "The server cannot know which characters they stand for, and refuses the address or takes another one.",
            "Make octets of the address with `address.encode('utf-8')`, never with `latin-1` or `gbk`.",
        ),
        (
            "`{line}` 含有大于 127 的字节，但不是合法的 UTF-8。",
            "服务器无法知道它们代表什么字符，会拒绝这个地址，或当成另一个地址。",
            "用 `address.encode('utf-8')` 编码地址，不要用 `latin-1` 或 `gbk`。",
        ),
    ),
    "smtputf8.needless": (
        (
            "`{line}` says SMTPUTF8, and neither an address nor the header needs it.",
            "If a later server does not know SMTPUTF8, a message comes back that could have arrived.",
            "Add SMTPUTF8 only where an address or a header field has characters beyond ASCII.",
        ),
        (
            "`{line}` 写了 SMTPUTF8，而地址和邮件头都不需要。",
            "如果后面的服务器不支持 SMTPUTF8，本可送达的邮件会被退回。",
            "只有地址或邮件头字段含有非 ASCII 字符时才加上 SMTPUTF8。",
        ),
    ),
    "smtputf8.undeclared": (
        (
            "The header of the message has octets above 127, and MAIL did not say `SMTPUTF8`.",
            "The server learns from it that the next one must know UTF-8 in headers too.",
            "Send `MAIL FROM:<{{sender}}> SMTPUTF8`, or encode the header in ASCII.",
        ),
        (
            "邮件头含有大于 127 的字节，而 MAIL 命令没有写 `SMTPUTF8`。",
            "服务器由此得知下一台服务器也必须支持邮件头 UTF-8。",
            "发送 `MAIL FROM:<{{sender}}> SMTPUTF8`，或者把邮件头编码为 ASCII。",
        ),
    ),
    "smtputf8.a-label": (
        (
            "`{line}` has a domain as `xn--...`, though MAIL says SMTPUTF8.",
            "With SMTPUTF8 addresses stand in UTF-8 throughout; mixed forms are compared wrongly.",
            "Where MAIL says SMTPUTF8, send the domain as it was given, in UTF-8.",
        ),
        (
            "`{line}` 中的域名写成了 `xn--...`，而 MAIL 写了 SMTPUTF8。",
            "使用 SMTPUTF8 时地址全部用 UTF-8 书写，混用两种形式会导致比较出错。",
            "MAIL 写了 SMTPUTF8 时，域名按给定的 UTF-8 形式发送。",
        ),
    ),
}
