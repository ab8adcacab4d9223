"""What the evidence report says: its own words, and one sentence for each command and reply of a session."""

from __future__ import annotations

from collections.abc import Mapping

EXPLANATIONS: Mapping[str, tuple[str, str]] = {
    # --- the evidence report ---
    "evidence.title": ("Evidence of a session", "会话证据报告"),
    "evidence.simulated-head": (
        "Simulated server on this computer; not a delivery to a real mailbox.",
        "本机上的模拟服务器；并非投递到真实邮箱。",
    ),
    "evidence.simulated": (
        "The persona “{name}” played the server's part.",
        "服务器一方由角色“{name}”扮演。",
    ),
    "evidence.relay-head": ("Real server software on this computer.", "本机上的真实服务器软件。"),
    "evidence.relay": (
        "The message was taken by {name} and did not leave the computer.",
        "邮件由 {name} 接收，没有离开这台计算机。",
    ),
    "evidence.remote-head": ("Real remote server.", "真实的远程服务器。"),
    "evidence.remote": (
        "The session with {name} was recorded on its way.",
        "与 {name} 的会话在传输途中被记录。",
    ),
    "evidence.date": ("Date", "日期"),
    "evidence.client": ("What was run", "运行的程序"),
    "evidence.server": ("Against", "所用服务器"),
    "evidence.scenario": ("Scenario", "场景"),
    "evidence.verdict": ("Verdict", "判定"),
    "evidence.sequence": ("Sequence diagram", "时序图"),
    "evidence.caption": ("Recorded session with a {kind}, {name}.", "与{kind}（{name}）的会话记录。"),
    "evidence.exchange": ("The exchange, explained", "交互过程及说明"),
    "evidence.terminal": ("The client's terminal", "客户端的终端窗口"),
    "evidence.message": ("The message as the server received it", "服务器收到的邮件"),
    "evidence.findings": ("Verdict and findings", "判定与发现的问题"),
    "evidence.no-findings": ("Nothing was found wrong.", "没有发现问题。"),
    "evidence.checklist": ("What the assignment asks", "作业要求的内容"),
    "evidence.mailboxes": ("Sent folder and inbox", "已发送文件夹与收件箱"),
    "evidence.agreement": ("Message-ID in DATA, Sent and INBOX", "DATA、已发送与收件箱中的 Message-ID"),
    "evidence.files": ("In the relay's own files", "在中继服务器自己的文件中"),
    "evidence.by-hand": ("No mailbox was read in this run: to be added by hand.", "本次运行没有读取邮箱：需手工补充。"),
    "evidence.slot": ("{what}: room for the student's own", "{what}：此处留给学生自己的截图"),
    "evidence.honesty": ("What this report proves, and what it does not", "本报告能证明什么、不能证明什么"),
    "evidence.hashes": (
        "The sums in evidence.sha256 detect an accidental change (`sha256sum -c evidence.sha256`); they do not prove "
        "who made the files. A teacher judges the stored session again with `smtpwitness judge run.json`, and runs the "
        "case again with this command:",
        "evidence.sha256 中的校验和可以发现意外的改动（`sha256sum -c evidence.sha256`），但不能证明文件由谁制作。"
        "教师可用 `smtpwitness judge run.json` 重新判定保存的会话，并用下面的命令重新运行该用例：",
    ),
    "evidence.redacted": (
        "Passwords, tokens and what is derived from them were replaced before anything was stored. Names of the "
        "computer, its user and its folders were taken out.",
        "口令、令牌以及由它们导出的内容在保存之前就已替换。计算机名、用户名和文件夹路径也已去掉。",
    ),
    "evidence.masked": (
        "Of addresses only the domains are shown.",
        "邮箱地址只显示域名部分。",
    ),
    "cover.name": ("Name", "姓名"),
    "cover.number": ("Student number", "学号"),
    "cover.course": ("Course", "课程"),
    "cover.teacher": ("Teacher", "任课教师"),
    "asked.environment": ("Python version and environment", "Python 版本与运行环境"),
    "asked.sequence": ("Sequence diagram", "时序图"),
    "asked.exchange": ("The exchange, each command explained", "交互过程，逐条命令说明"),
    "asked.terminal": ("The client's terminal, from its captured output", "客户端的终端窗口（由捕获的输出绘制）"),
    "asked.message": ("The message that the server received", "服务器收到的邮件"),
    "asked.sent": ("The message in the Sent folder", "已发送文件夹中的邮件"),
    "asked.inbox": ("The message in the recipient's inbox", "收件人收件箱中的邮件"),
    "own.window": ("Screenshot of the client's window", "客户端窗口的截图"),
    "own.sent": ("Screenshot of the Sent folder", "已发送文件夹的截图"),
    "own.inbox": ("Screenshot of the recipient's inbox", "收件人收件箱的截图"),
    "state.present": ("present", "已有"),
    "state.missing": ("missing", "缺少"),
    "state.by-hand": ("to be added by hand", "需手工补充"),
    "from.terminal": ("Rendered from captured terminal output; not a screenshot.", "由捕获的终端输出绘制，不是截图。"),
    "from.imap": (
        "Rendered from IMAP data, read only, of {server}; not a screenshot.",
        "由 {server} 的 IMAP 数据（只读）绘制，不是截图。",
    ),
    "from.files": (
        "Rendered from the file in which the relay keeps it; neither IMAP data nor a screenshot.",
        "由中继服务器保存邮件的文件绘制，既不是 IMAP 数据，也不是截图。",
    ),
    "from.transcript": ("Drawn from the recorded session.", "由会话记录绘制。"),
    "from.user": ("Screenshot supplied by the user.", "截图由用户提供。"),
    "card.sent-id": ("Message-ID of the message that DATA carried: {id}", "DATA 所发邮件的 Message-ID：{id}"),
    "card.where": ("Folder {folder} of {owner}", "{owner} 的文件夹 {folder}"),
    "card.date": ("Received at (INTERNALDATE)", "收到时间（INTERNALDATE）"),
    "card.size": ("Size in octets", "大小（字节）"),
    "card.uid": ("UID", "UID"),
    "card.flags": ("Flags", "标志"),
    "card.trace": ("Put in front on the way", "途中加在前面的字段"),
    "card.not-there": ("✗ The message was not found: {how}", "✗ 没有找到邮件：{how}"),
    "card.by-content": ("found by its content", "按内容找到"),
    "card.id-none": ("It has no Message-ID; it was found by its content.", "邮件没有 Message-ID，是按内容找到的。"),
    "card.id-agrees": ("✓ Its Message-ID is the same: {id}", "✓ Message-ID 一致：{id}"),
    "card.id-differs": ("✗ Its Message-ID is another: {id}", "✗ Message-ID 不一致：{id}"),
    "card.same": ("The message is what DATA carried, octet for octet.", "邮件与 DATA 所发的内容逐字节相同。"),
    "card.differs": ("The message is not what DATA carried: {how}", "邮件与 DATA 所发的内容不同：{how}"),
    "phase.greeting": ("Connection and greeting", "连接与问候"),
    "phase.hello": ("HELO / EHLO", "HELO / EHLO"),
    "phase.auth": ("AUTH", "AUTH 身份认证"),
    "phase.envelope": ("MAIL and RCPT: the envelope", "MAIL 与 RCPT：信封"),
    "phase.data": ("DATA", "DATA"),
    "phase.message": ("The message", "邮件内容"),
    "phase.close": ("QUIT and close", "QUIT 与关闭"),
    "event.open": ("connection", "连接"),
    "event.line": ("an empty line", "空行"),
    "event.content": ("no content", "没有内容"),
    "event.reply": ("silence", "没有应答"),
    "event.tls": ("TLS handshake", "TLS 握手"),
    "event.tls-failed": ("TLS handshake failed", "TLS 握手失败"),
    "event.close": ("close", "关闭"),
    "event.limit": ("time is up", "时间用尽"),
    # --- connection, TLS, close ---
    "explain.open": (
        "The client opens a TCP connection. It must now wait: the server speaks first.",
        "客户端建立 TCP 连接。此时客户端必须等待，由服务器先说话。",
    ),
    "explain.greeting-reply": (
        "{code}: the server greets and is ready for commands.",
        "{code}：服务器问候客户端，表示可以接收命令。",
    ),
    "explain.tls": (
        "The handshake succeeded; from here everything is encrypted ({note}).",
        "握手成功，此后的内容全部加密（{note}）。",
    ),
    "explain.tls-failed": ("The handshake failed: {note}", "握手失败：{note}"),
    "explain.close-client": ("The client closes the connection.", "客户端关闭连接。"),
    "explain.close-server": ("The server closes the connection.", "服务器关闭连接。"),
    "explain.close-reset": ("The connection was reset instead of closed.", "连接被重置，而不是正常关闭。"),
    "explain.close-half-close": (
        "This side says no more, but still listens.",
        "这一方不再发送，但仍在接收。",
    ),
    "explain.close-stall": (
        "The server falls silent with the connection open.",
        "服务器保持连接，但不再应答。",
    ),
    "explain.limit": ("The time for this case ran out.", "该用例的时间用尽。"),
    # --- commands ---
    "explain.helo": (
        "HELO tells the server the client's name, in the oldest form.",
        "HELO：以最早的形式告诉服务器客户端的名称。",
    ),
    "explain.helo-reply": ("{code}: the server accepts the name.", "{code}：服务器接受该名称。"),
    "explain.ehlo": (
        "EHLO tells the server the client's name and asks which extensions it offers.",
        "EHLO：告诉服务器客户端的名称，并询问它支持哪些扩展。",
    ),
    "explain.ehlo-reply": (
        "{code}: the server accepts the name; each further line is an extension.",
        "{code}：服务器接受该名称；其后每一行是一个扩展。",
    ),
    "explain.starttls": ("STARTTLS asks to go on under TLS.", "STARTTLS：请求改用 TLS 加密。"),
    "explain.starttls-reply": (
        "{code}: the server is ready for the handshake, which the client begins now.",
        "{code}：服务器准备好了，客户端现在开始握手。",
    ),
    "explain.auth-login": (
        "AUTH LOGIN asks to log in; user name and password follow one by one.",
        "AUTH LOGIN：请求登录，随后依次发送用户名和口令。",
    ),
    "explain.auth-plain": (
        "AUTH PLAIN asks to log in with user name and password in one answer.",
        "AUTH PLAIN：请求登录，用户名和口令在一次应答中一起发送。",
    ),
    "explain.auth-cram-md5": (
        "AUTH CRAM-MD5 asks to log in without sending the password itself.",
        "AUTH CRAM-MD5：请求登录，但不直接发送口令。",
    ),
    "explain.auth-scram": (
        "AUTH {mechanism} asks to log in with a proof of knowing the password; the server has to prove it, too.",
        "AUTH {mechanism}：请求登录，并证明自己知道口令；服务器也要证明它知道。",
    ),
    "explain.auth-oauth": (
        "AUTH {mechanism} asks to log in with an access token in place of a password.",
        "AUTH {mechanism}：请求用访问令牌代替口令登录。",
    ),
    "explain.auth-other": ("AUTH asks to log in with {mechanism}.", "AUTH：请求用 {mechanism} 登录。"),
    "explain.signature": (
        "334 brings the server's own proof that it knows the password. It is not kept in this report.",
        "334：服务器证明自己知道口令。本报告不保存这个证明。",
    ),
    "explain.prompt": (
        "334 asks for the next answer: the base64 text {coded} means “{decoded}”.",
        "334：请求下一个回答；base64 文本 {coded} 的含义是“{decoded}”。",
    ),
    "explain.prompt-empty": (
        "334 with nothing behind it: the client may answer now.",
        "334 后面没有内容：客户端现在可以回答。",
    ),
    "explain.challenge": ("334 with a challenge in base64.", "334：带有 base64 编码的质询。"),
    "explain.sasl-username": (
        "The user name in base64; it means “{decoded}”.",
        "base64 编码的用户名，含义是“{decoded}”。",
    ),
    "explain.sasl-password": (
        "The password in base64. It is not kept in this report.",
        "base64 编码的口令。本报告不保存口令。",
    ),
    "explain.sasl-plain": (
        "User name and password together in base64. They are not kept in this report.",
        "用户名和口令一起用 base64 编码。本报告不保存它们。",
    ),
    "explain.sasl-digest": (
        "The user name and a digest made from challenge and password.",
        "用户名，以及由质询和口令算出的摘要。",
    ),
    "explain.sasl-proof": (
        "A proof that the client knows the password, which it does not give away.",
        "证明客户端知道口令，但不泄露口令本身。",
    ),
    "explain.sasl-token": ("A secret answer. It is not kept in this report.", "机密的回答。本报告不保存它。"),
    "explain.sasl-response": ("The client's answer, in base64.", "客户端的回答，base64 编码。"),
    "explain.sasl-broken": ("An answer was due here, but this is not base64.", "这里应当是回答，但它不是 base64。"),
    "explain.sasl-cancel": ("A lone * takes the login back.", "单独的 * 表示取消登录。"),
    "explain.auth-reply": ("{code}: the login succeeded.", "{code}：登录成功。"),
    "explain.mail": (
        "MAIL FROM opens the envelope with the sender's address.",
        "MAIL FROM：用发件人地址打开信封。",
    ),
    "explain.mail-reply": ("{code}: the sender is accepted.", "{code}：接受发件人。"),
    "explain.rcpt": ("RCPT TO adds one recipient to the envelope.", "RCPT TO：在信封上加一个收件人。"),
    "explain.rcpt-reply": ("{code}: the recipient is accepted.", "{code}：接受该收件人。"),
    "explain.data": ("DATA asks leave to send the message.", "DATA：请求发送邮件内容。"),
    "explain.data-reply": (
        "{code}: the server waits for the message and for the line with a single dot that ends it.",
        "{code}：服务器等待邮件内容，直到只有一个点的结束行。",
    ),
    "explain.bdat": ("BDAT sends a counted chunk of the message.", "BDAT：发送一块指明长度的邮件内容。"),
    "explain.bdat-reply": ("{code}: the chunk is accepted.", "{code}：接受该块。"),
    "explain.message": (
        "Header, blank line, body and the line with a single dot: {size} octets.",
        "邮件头、空行、正文，以及只有一个点的结束行，共 {size} 字节。",
    ),
    "explain.message-reply": (
        "{code}: the server takes responsibility for the message.",
        "{code}：服务器接受邮件并对其负责。",
    ),
    "explain.message-queued": (
        "{code}: the server takes responsibility for the message; it is in its queue as {id}.",
        "{code}：服务器接受邮件并对其负责，队列编号为 {id}。",
    ),
    "explain.rset": ("RSET drops the envelope; the session goes on.", "RSET：放弃当前信封，会话继续。"),
    "explain.rset-reply": ("{code}: the envelope is empty again.", "{code}：信封已清空。"),
    "explain.quit": ("QUIT says that the client is done.", "QUIT：客户端表示结束。"),
    "explain.quit-reply": ("{code}: the server says goodbye.", "{code}：服务器告别。"),
    "explain.other": ("A line that changes nothing in the session.", "不影响会话状态的一行。"),
    "explain.unknown": ("This is no SMTP command.", "这不是 SMTP 命令。"),
    "explain.unknown-reply": ("{code}: the server answers it.", "{code}：服务器的应答。"),
    "explain.other-reply": ("{code}: the server answers it.", "{code}：服务器的应答。"),
    # --- replies that are no success ---
    "explain.nothing": ("The server says nothing here.", "服务器在这里没有应答。"),
    "explain.reply-malformed": (
        "This is no well-formed reply, on purpose or by fault of the server.",
        "这不是格式正确的应答（有意为之，或者是服务器的错误）。",
    ),
    "explain.reply-4yz": (
        "{code}: refused for now; the client may try again later.",
        "{code}：暂时拒绝，客户端可以稍后重试。",
    ),
    "explain.reply-5yz": (
        "{code}: refused for good; trying the same again will not help.",
        "{code}：永久拒绝，重复同样的请求没有用。",
    ),
    "explain.reply-503": (
        "{code}: this did not come in its proper order.",
        "{code}：命令的次序不对。",
    ),
    "explain.reply-535": (
        "{code}: the login failed; the client must not go on as if it were logged in.",
        "{code}：登录失败，客户端不能当作已登录继续进行。",
    ),
}
