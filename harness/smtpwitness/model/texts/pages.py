"""What reports and the terminal say around the findings."""

from __future__ import annotations

from collections.abc import Mapping

from .explanations import EXPLANATIONS

_WORDS: Mapping[str, tuple[str, str]] = {
    # --- languages and ways about ---
    "language.en": ("English", "English"),
    "language.zh": ("中文", "中文"),
    "nav.skip": ("Skip to the content", "跳到正文"),
    "nav.label": ("Pages", "页面"),
    "nav.index": ("All cases", "全部用例"),
    "nav.requirements": ("Requirements", "要求一览"),
    "nav.dark": ("dark", "深色"),
    "copy.copy": ("Copy", "复制"),
    "copy.copied": ("Copied", "已复制"),
    "nav.before": ("previous", "上一个"),
    "nav.after": ("next", "下一个"),
    "nav.before-failing": ("previous failing case", "上一个不通过的用例"),
    "nav.after-failing": ("next failing case", "下一个不通过的用例"),
    "foot.made": ("Made by smtpwitness {version}", "由 smtpwitness {version} 生成"),
    "list.colon": (": ", "："),
    "list.comma": (", ", "、"),
    "more.like": ("{count} more like these", "还有 {count} 条与此相同"),
    "more.lines": ("… {count} more", "……另有 {count} 项"),
    "more.octets": ("… {count} more octets", "……另有 {count} 个字节"),
    "more.characters": ("… {count} more characters", "……另有 {count} 个字符"),
    "more.events": ("… {count} more events", "……另有 {count} 个事件"),
    "more.findings": ("… {count} more findings", "……另有 {count} 个问题"),
    # --- verdicts ---
    "verdict.error": ("error", "出错"),
    "verdict.fail": ("fail", "不通过"),
    "verdict.warn": ("warn", "警告"),
    "verdict.inconclusive": ("inconclusive", "无法判定"),
    "verdict.unsupported": ("unsupported", "不支持"),
    "verdict.not-applicable": ("not applicable", "不适用"),
    "verdict.note": ("note", "提示"),
    "verdict.pass": ("pass", "通过"),
    "legend.error": (
        "The harness or the relay failed. The client is not blamed, and nothing was judged.",
        "测试工具或中继服务器出了故障。这不算客户端的错，也没有作出判定。",
    ),
    "legend.fail": (
        "The client broke a MUST or MUST NOT of a published RFC: an absolute requirement or an absolute prohibition.",
        "客户端违反了已发布 RFC 中的一条 MUST 或 MUST NOT，即绝对的要求或绝对的禁止。",
    ),
    "legend.warn": (
        "The client went against a SHOULD or SHOULD NOT: there may exist valid reasons in particular circumstances, "
        "but the full implications must be understood and weighed. Or it did what some servers will not forgive.",
        "客户端违反了一条 SHOULD 或 SHOULD NOT：特定情况下可能有正当理由，但必须充分理解并权衡其后果。"
        "或者它做了某些服务器不会容忍的事。",
    ),
    "legend.inconclusive": (
        "The computer was too busy for a fair verdict. Run the case again.",
        "计算机当时太忙，无法公平判定。请重新运行该用例。",
    ),
    "legend.unsupported": (
        "The client cannot do what the scenario asks, and says so.",
        "客户端不具备该场景所要求的功能，并且如实说明了这一点。",
    ),
    "legend.not-applicable": (
        "The server cannot play this scenario.",
        "该服务器无法演示这个场景。",
    ),
    "legend.note": (
        "Passed, with something worth knowing: what the client did is truly optional (MAY), or the scenario allows it.",
        "通过，但有一点值得了解：客户端的做法完全可选（MAY），或者场景允许这样做。",
    ),
    "legend.pass": (
        "The client did everything that the scenario asks; no MUST and no SHOULD was seen broken.",
        "客户端完成了场景要求的全部内容，没有发现违反 MUST 或 SHOULD 之处。",
    ),
    # --- the baseline and known deviations ---
    "trend.worse": ("worse", "变差"),
    "trend.better": ("better", "变好"),
    "trend.new": ("new", "新增"),
    "trend.gone": ("gone", "消失"),
    "trend.unjudged": ("not judged", "未判定"),
    "trend.was": ("{trend}, was {verdict}", "{trend}，原为{verdict}"),
    "baseline.title": ("Since the baseline", "与基线相比的变化"),
    "baseline.count": ("{count} {trend}", "{count} 个{trend}"),
    "baseline.counts": ("Compared with the run of {when}: {counts}.", "与 {when} 的运行相比：{counts}。"),
    "baseline.same": ("Compared with the run of {when}: nothing changed.", "与 {when} 的运行相比：没有变化。"),
    "compare.title": ("Two runs compared", "两次运行的比较"),
    "known.chip": ("known", "已知"),
    "known.title": ("Known deviations", "已知的偏差"),
    "known.unseen": ("Known deviations that did not show", "没有出现的已知偏差"),
    "known.link": ("link", "链接"),
    # --- headings of tables ---
    "head.case": ("Case", "用例"),
    "head.client": ("Client", "客户端"),
    "head.server": ("Server", "服务器"),
    "head.verdict": ("Verdict", "判定"),
    "head.fate": ("What the server did", "服务器的处理结果"),
    "head.reported": ("What the client reported", "客户端报告的结果"),
    "head.recipient": ("Recipient", "收件人"),
    "head.cause": ("Root cause", "根本原因"),
    "head.requirement": ("Requirement", "要求"),
    "head.asked": ("Asked for", "要求"),
    "head.there": ("In this report", "本报告中"),
    "head.asks": ("What it asks of a client", "对客户端的要求"),
    "head.result": ("Result", "结果"),
    "head.time": ("Time", "时间"),
    "head.change": ("Change", "变化"),
    "head.before": ("Before → now", "之前 → 现在"),
    "head.rules": ("Rules", "规则"),
    "head.reason": ("Reason", "原因"),
    "head.date": ("Date", "日期"),
    "head.link": ("Link", "链接"),
    "head.expected": ("Expected", "期望"),
    "head.observed": ("Observed", "实际"),
    "head.status": ("Status", "状态"),
    # --- index and summary ---
    "index.title": ("SMTP client report", "SMTP 客户端测试报告"),
    "index.took": ("took {time}", "用时 {time}"),
    "index.profile": ("judged as {profile}", "判定方式：{profile}"),
    "index.stress": (
        "Each case was run up to {times} times more, its replies sent otherwise. To repeat this run: "
        "`--stress {times} --seed {seed}`",
        "每个用例最多再运行 {times} 次，应答内容不变，发送方式不同。重现本次运行：`--stress {times} --seed {seed}`",
    ),
    "index.unfinished": (
        "This run was stopped before its end: cases are missing here.",
        "本次运行没有完成，下面的用例不全。",
    ),
    "index.mend": (
        "{client} passed {passed} of {total} cases; first thing to mend: {what}",
        "{client} 通过了 {total} 个用例中的 {passed} 个；首先要改的是：{what}",
    ),
    "index.some": (
        "{client} passed {passed} of {total} cases; nothing in the others is for the client to mend.",
        "{client} 通过了 {total} 个用例中的 {passed} 个；其余用例没有需要客户端修改的地方。",
    ),
    "index.all": ("{client} passed all cases ({total}).", "{client} 通过了全部 {total} 个用例。"),
    "index.tally": ("Cases by verdict", "各判定的用例数"),
    "index.causes": ("What to mend, by root cause", "需要修改的问题（按根本原因）"),
    "index.cause": ("rule `{rule}` · cases: {count} · {clients}", "规则 `{rule}` · 用例数：{count} · {clients}"),
    "index.unjudged": ("Not judged, and why", "未判定的用例与原因"),
    "index.count": ("cases: {count}", "用例数：{count}"),
    "index.board": ("Cases: scenarios and clients", "用例：场景与客户端"),
    "index.marks": (
        "The first mark of a cell is the case's verdict, the second, smaller one that of the closing. The letters are "
        "those of the legend.",
        "每格第一个标记是该用例的判定，第二个较小的标记是关闭阶段的判定。字母的含义见图例。",
    ),
    "grid.title": ("Matrix of scenarios and clients", "场景与客户端的矩阵"),
    "grid.legend": (
        "Each cell is the worst verdict of the scenario's cases:",
        "每格是该场景各用例中最差的判定：",
    ),
    "grid.more": ("… {count} more scenarios, none of them with a worse verdict", "……另有 {count} 个场景，判定都不更差"),
    "grid.clients": ("… {count} more clients", "……另有 {count} 个客户端"),
    "index.again": ("To run it again", "重新运行"),
    "index.again-how": (
        "Of more than a dozen scenarios the command names the suites, so it may run a few cases more. Files of "
        "scenarios or clients that are not part of smtpwitness must be there.",
        "场景超过 12 个时，命令只写出测试套件，因此可能多运行几个用例。不属于 smtpwitness 的场景或客户端文件必须存在。",
    ),
    "index.redaction": ("What was taken out", "隐去的内容"),
    "index.redacted": (
        "Passwords, tokens and what is derived from them were replaced before anything was stored, here in {count} "
        "places: neither their octets nor their length are in this report. Names of this computer, its user and its "
        "folders were taken out, too. What the client said stands as it was sent: addresses, messages, and the name "
        "that it gives itself in EHLO or HELO.",
        "口令、令牌以及由它们导出的内容在保存之前就已替换，本报告中共 {count} 处：既没有保留原内容，也没有保留长度。"
        "这台计算机的名称、用户名和文件夹路径也已去掉。客户端发出的内容保持原样，"
        "包括地址、邮件，以及它在 EHLO 或 HELO 中自报的名称。",
    ),
    "filter.text": ("Text", "文字"),
    "filter.all": ("all", "全部"),
    "filter.level": ("Level", "要求级别"),
    "filter.suite": ("Suite", "测试套件"),
    "filter.reset": ("Show all", "显示全部"),
    "filter.count": ("cases shown: {n}", "显示的用例数：{n}"),
    "index.legend": ("What the verdicts mean", "判定的含义"),
    "legend.words": ("MUST, SHOULD and MAY mean what RFC 2119 says", "MUST、SHOULD 和 MAY 的含义以 RFC 2119 为准"),
    "index.axes": (
        "A case is judged twice: the exchange up to the last message, and the closing of the session. The worse of "
        "the two is its verdict.",
        "每个用例判定两次：一次看到最后一封邮件为止的交互，一次看会话的关闭。两者中较差的一个就是该用例的判定。",
    ),
    "index.clients": ("Clients", "客户端"),
    "index.environment": ("Environment", "运行环境"),
    "index.servers": (
        "A simulated server is a program on this computer that plays the part of a mail server: no message left the "
        "computer. Each page names its server.",
        "“模拟服务器”是在本机上扮演邮件服务器的程序：没有任何邮件离开这台计算机。每个页面都标明了它所用的服务器。",
    ),
    # --- requirements ---
    "requirements.title": ("Requirements, and how clients keep them", "各项要求与客户端的遵守情况"),
    "requirements.counts": (
        "{total} requirements are on clients of this kind. Cases of this run cover {covered} of them; {open} have no "
        "scenario here, and {unseen} cannot be seen from a server.",
        "适用于这类客户端的要求共 {total} 条：本次运行的用例涉及 {covered} 条，{open} 条在这里没有场景，"
        "{unseen} 条无法从服务器一侧观察到。",
    ),
    "requirements.tally": ("Covered requirements by their worst verdict", "各判定的要求数（取最差的判定）"),
    "requirements.not-judged": ("not judged", "未判定"),
    "requirements.covered": ("Requirements and clients, the worst first", "要求与客户端（问题最严重的在前）"),
    "requirements.how": (
        "Each cell has the worst that was found against the requirement with that client. It is a pass where a case "
        "that covers it was judged and nothing was found, and a dash where no case could tell: none was judged, or the "
        "session went wrong and broke off. Rules look at every case, but only what they find is counted here.",
        "每一格是该客户端违反该要求的最差判定。涉及该要求的用例判定后没有发现问题，即为通过；没有用例能够说明时为横线："
        "没有得到判定，或者会话出错而中断。规则检查每一个用例，但这里只计入它们发现的问题。",
    ),
    "requirements.more-clients": ("{count} more clients have no column here.", "另有 {count} 个客户端没有列出。"),
    "requirements.older": (
        "An older version of smtpwitness stored this run: requirements that its cases did not cover are not in it, nor "
        "those that single steps of its scenarios cover.",
        "本次运行由旧版 smtpwitness 保存：其中没有用例未涉及的要求，也没有场景各步骤单独涉及的要求。",
    ),
    "requirements.open": ("No scenario yet", "还没有场景"),
    "requirements.why-open": (
        "No scenario of this run covers these: none was written yet, or it was not selected for this run. "
        "`smtpwitness requirements --uncovered` lists those under which no broken client is caught yet. A rule may "
        "look at some of them in every case all the same.",
        "本次运行没有场景涉及这些要求：可能还没有写，也可能这次没有选中。"
        "`smtpwitness requirements --uncovered` 列出尚未查出任何违规客户端的要求。"
        "其中有些仍可能由规则在每个用例中检查。",
    ),
    "requirements.unproven": (
        "not proven: no client that breaks it has been caught under it yet",
        "尚未证明：还没有违反它的客户端被查出",
    ),
    "requirements.argued": ("not proven: {reason}", "尚未证明：{reason}"),
    "requirements.unseen": ("Not to be seen from a server", "服务器无法观察到的要求"),
    "requirements.why-unseen": (
        "Whether a client keeps these shows neither on the wire nor in its exit status, so no scenario can tell.",
        "客户端是否遵守这些要求，既不体现在线路上，也不体现在退出状态中，因此没有场景能够判定。",
    ),
    "requirements.show": ("Show them", "展开"),
    "requirements.none": ("None.", "无。"),
    "summary.when": ("{when}, {count} cases.", "{when}，共 {count} 个用例。"),
    "env.python": ("Python", "Python 版本"),
    "env.platform": ("Platform", "操作系统平台"),
    # --- servers ---
    "server.simulated": ("simulated server", "模拟服务器"),
    "server.relay": ("real server on this computer", "本机上的真实服务器"),
    "server.remote": ("remote server", "远程服务器"),
    "server.peer": ("{host}:{port}, certificate SHA-256 {fingerprint}", "{host}:{port}，证书 SHA-256 {fingerprint}"),
    "server.peer-in-clear": ("{host}:{port}, without TLS", "{host}:{port}，没有 TLS"),
    "server.named": ("{kind}, {name}", "{kind}（{name}）"),
    # --- fake and relays side by side ---
    "beside.title": ("The fake and the relays", "模拟服务器与真实中继"),
    "beside.how": (
        "Each scenario that a real relay can play was played by the simulated server and by the relays, with the same "
        "clients. What a relay accepted was read back from its mailbox.",
        "凡真实中继服务器能够参与的场景，都由模拟服务器和各中继服务器分别与同样的客户端进行了一遍。中继服务器接收的邮件均已从其邮箱中读回。",
    ),
    "beside.relays": ("The relays", "各中继服务器"),
    "beside.back": ("Read back from the mailboxes", "从邮箱读回的邮件"),
    "beside.same-of": ("{same} of {total} octet for octet", "{total} 份中有 {same} 份逐字节相同"),
    "beside.same": ("the same, octet for octet, but for trace fields", "除跟踪字段外逐字节相同"),
    "beside.none": ("No message was read back.", "没有读回任何邮件。"),
    "beside.logs": ("What the relay logged", "中继服务器的日志"),
    "beside.differences": ("Where a relay did otherwise than the fake", "中继与模拟服务器不同之处"),
    "beside.argued-of": (
        "{argued} of {total} are argued in the relay's file.",
        "共 {total} 处，其中 {argued} 处已在中继服务器的文件中说明理由。",
    ),
    "beside.argued": ("Argued: {why}", "已说明理由：{why}"),
    "beside.alike": (
        "Nowhere: same reply codes, same verdicts, same fate of every message.",
        "没有：应答码、判定以及每封邮件的结局都相同。",
    ),
    "beside.scenarios": ("Scenarios by servers", "各场景与各服务器"),
    "beside.cells": (
        "In each cell, a sign for each client, in the order of their names.",
        "每格中每个客户端一个符号，按客户端名称排序。",
    ),
    "beside.case": ("The same on the other servers", "其他服务器上的同一场景"),
    "beside.fake": ("fake", "模拟服务器"),
    "beside.reply": ("reply", "应答"),
    "beside.verdict": ("verdict", "判定"),
    "beside.fate": ("what became of the message", "邮件的结局"),
    "beside.message": ("the message in the mailbox", "邮箱中的邮件"),
    "head.differs": ("What differs", "不同之处"),
    "head.relay": ("relay", "中继服务器"),
    "head.step": ("Step", "步骤"),
    # --- a client ---
    "client.more": ("its own page", "单独的页面"),
    "client.cases": ("Its cases", "它的用例"),
    "client.mend": ("What to mend", "需要修改的问题"),
    "client.about": ("The client itself", "客户端本身"),
    "client.command": ("Command line", "命令行"),
    "client.takes": ("Message", "邮件来源"),
    "client.raw": ("sent octet for octet as it is given", "按给定的内容逐字节发送"),
    "client.composed": ("written by the client from a subject and a body", "由客户端根据主题和正文生成"),
    "client.fixed": ("the client's own", "客户端自带"),
    "client.supports": ("What it can do", "支持的功能"),
    "client.by-command": ("told by the placeholders of its command line", "由命令行中的占位符得知"),
    "client.learned": (
        "The job in its own text, as it showed in a plain run",
        "写在它源代码里的任务（由一次试运行得知）",
    ),
    "client.recipients": ("{count} recipients", "{count} 个收件人"),
    "client.hints": ("In its source text", "源代码中值得注意之处"),
    # --- a case ---
    "axis.exchange": ("Exchange", "交互"),
    "axis.closing": ("Closing", "关闭"),
    "case.again": ("The command that runs this case again", "重新运行本用例的命令"),
    "case.started": ("Command line of the client:", "客户端的命令行："),
    "case.exit": ("Exit status", "退出状态"),
    "case.root": ("Mend this first", "首先要改的地方"),
    "case.others": ("Other findings; some may follow from the first", "其他问题（有些可能由第一个问题引起）"),
    "case.findings": ("Findings", "发现的问题"),
    "case.fates": ("What became of the message", "邮件的结局"),
    "case.agree": ("✓ agrees", "✓ 一致"),
    "case.disagree": ("✗ does not agree", "✗ 不一致"),
    "case.exchange": ("The exchange, expected and observed", "交互过程：期望与实际"),
    "case.connection": ("Connection {number}", "第 {number} 个连接"),
    "case.finding-link": ("finding {number}", "问题 {number}"),
    "case.not-written": ("not written in the scenario", "场景中没有写"),
    "case.nothing": ("nothing came", "什么也没有收到"),
    "case.how": (
        "Underlined words differ from what was expected. A line's number leads to its octets.",
        "带下划线的词与期望不同。点击行号可查看该行的原始字节。",
    ),
    "case.octets-of": ("{number}: its octets", "{number}：原始字节"),
    "case.hex": ("hexadecimal", "十六进制"),
    "pause.client": ("{time}: the client waited for the server", "{time}：客户端在等待服务器"),
    "pause.server": ("{time}: the server waited for the client", "{time}：服务器在等待客户端"),
    "pause.both": (
        "{time} of stand-off: the client waited for a reply, and the server for the rest of what the client had begun",
        "僵持 {time}：客户端在等待应答，服务器在等待客户端把已开始的内容发完",
    ),
    "case.no-rows": ("Nothing was exchanged.", "没有发生任何交互。"),
    "case.sequence": ("Sequence diagram", "时序图"),
    "case.mermaid": ("The same as Mermaid text", "同一张图的 Mermaid 文本"),
    "case.waits": ("Waits, and the time-outs of RFC 5321", "等待时间与 RFC 5321 的超时规定"),
    "case.waits-how": (
        "The longest wait of each kind, and how long RFC 5321 asks to wait at least before giving up. The client was "
        "told {time}. The bars grow with the ratio, not with the seconds; the stroke is the RFC's time.",
        "每一类中最长的等待，以及 RFC 5321 要求放弃之前至少等待的时间。测试中给客户端的超时时间是 {time}。"
        "横条按比例（对数）绘制，竖线是 RFC 规定的时间。",
    ),
    "head.wait": ("Waiting for", "等待的内容"),
    "head.longest": ("Longest here", "本次最长"),
    "head.limit": ("RFC 5321: at least", "RFC 5321：至少"),
    "wait.greeting": ("client: the greeting", "客户端：问候"),
    "wait.MAIL": ("client: the reply to MAIL", "客户端：MAIL 的应答"),
    "wait.RCPT": ("client: the reply to RCPT", "客户端：RCPT 的应答"),
    "wait.DATA": ("client: the reply to DATA", "客户端：DATA 的应答"),
    "wait.message": ("client: the reply to the message", "客户端：邮件内容的应答"),
    "wait.command": ("server: the client's next words", "服务器：客户端的下一条内容"),
    "wait.vain": ("no reply came", "没有应答"),
    "wait.minutes": ("{count} min", "{count} 分钟"),
    "tls.begun": ("How it began", "如何开始"),
    "tls.starttls": ("with STARTTLS", "通过 STARTTLS"),
    "tls.implicit": ("at once (implicit TLS)", "一开始就用（隐式 TLS）"),
    "tls.version": ("Version", "版本"),
    "tls.suite": ("Cipher suite", "密码套件"),
    "tls.asked": ("Name asked for (SNI)", "请求的主机名（SNI）"),
    "tls.nobody": ("none", "无"),
    "tls.client-certificate": ("The client's certificate", "客户端证书"),
    "tls.resumed": ("Resumed session", "恢复的会话"),
    "tls.no-session-hash": ("No extended master secret", "没有扩展主密钥"),
    "tls.failed": ("Why the handshake failed", "握手失败的原因"),
    "tls.verification": ("Check of the certificate", "证书验证"),
    "tls.yes": ("yes", "是"),
    "tls.accepted": (
        "the client went on: it trusts the certificate, or did not check it",
        "客户端继续了会话：它信任证书，或者没有验证",
    ),
    "tls.refused": ("the client refused the certificate", "客户端拒绝了证书"),
    "tls.open": ("it did not come to that", "没有进行到这一步"),
    "tls.left": (
        "the client broke off after it was shown the certificate, and did not say that this is why",
        "客户端在看到证书之后中断了握手，但没有说明是因为证书",
    ),
    "tls.tap": ("Whose certificate", "谁的证书"),
    "tls.taps": (
        "that of the recording tap between client and relay, made for this run",
        "客户端与中继之间的记录代理的证书，为本次运行而制作",
    ),
    "tls.fault": ("Wrong with it on purpose", "故意设置的错误"),
    "tls.subject": ("Subject", "主体"),
    "tls.names": ("Names (subjectAltName)", "主体备用名称（SAN）"),
    "tls.issuer": ("Issuer", "颁发者"),
    "tls.validity": ("Valid", "有效期"),
    "tls.fingerprint": ("SHA-256 fingerprint", "SHA-256 指纹"),
    "tls.empty": ("empty", "空"),
    "tls-means.tap": (
        "TLS ends at the tap and begins again behind it, so that every octet can be recorded. The tap checks the "
        "certificate of the relay itself.",
        "TLS 在记录代理处终止，再由代理与中继重新建立，这样才能记录每个字节。中继的证书由记录代理验证。",
    ),
    "tls-means.fault": (
        "The certificate was made so for this run: how a client takes it shows whether it checks certificates.",
        "证书是为本次运行特意这样制作的：客户端如何对待它，就能看出它是否验证证书。",
    ),
    "tls-means.subject": (
        "Whom the certificate is for. Its common name (CN) does not count where there are names of hosts (RFC 6125, "
        "6.4.4).",
        "证书的持有者。只要有主机名称，其中的通用名（CN）就不起作用（RFC 6125 第 6.4.4 节）。",
    ),
    "tls-means.names": (
        "The hosts that the certificate holds for: the name that the client wanted must be among them (RFC 7817, 3).",
        "证书适用的主机：客户端要连接的名称必须在其中（RFC 7817 第 3 节）。",
    ),
    "tls-means.issuer": (
        "Who signed it. The client must trust that authority, or one that vouches for it (RFC 5280, 6).",
        "给证书签名的机构。客户端必须信任它，或信任为它担保的上级机构（RFC 5280 第 6 节）。",
    ),
    "tls-means.validity": (
        "Before and after this time the certificate must not be accepted (RFC 5280, 4.1.2.5).",
        "在这段时间之外不得接受该证书（RFC 5280 第 4.1.2.5 节）。",
    ),
    "tls-means.fingerprint": (
        "A hash of the whole certificate: two certificates with the same fingerprint are the same.",
        "整个证书的散列值：指纹相同的两个证书就是同一个证书。",
    ),
    "certificate.good": ("nothing", "没有错误"),
    "certificate.no-common-name": (
        "nothing: its subject is empty, and need not be there beside the names (RFC 5280, 4.1.2.6)",
        "没有错误：主体为空；有备用名称时可以为空（RFC 5280 第 4.1.2.6 节）",
    ),
    "certificate.other-common-name": (
        "nothing: the common name is of another host, and does not count beside the names (RFC 6125, 6.4.4)",
        "没有错误：通用名是另一台主机的；有备用名称时通用名不起作用（RFC 6125 第 6.4.4 节）",
    ),
    "certificate.capital-letters": (
        "nothing: the name is in capital letters, and case does not count in a host's name (RFC 6125, 6.4.1)",
        "没有错误：名称用大写字母书写；主机名不区分大小写（RFC 6125 第 6.4.1 节）",
    ),
    "certificate.expired": ("it has expired", "已过期"),
    "certificate.not-yet-valid": ("it is not valid yet", "尚未生效"),
    "certificate.self-signed": ("it is signed by its own key, by no authority", "自签名，没有证书颁发机构签发"),
    "certificate.unknown-CA": (
        "it is signed by an authority that the client was not told to trust",
        "签发它的证书颁发机构不在客户端的信任范围内",
    ),
    "certificate.wrong-purpose": ("it is for clients, not for servers", "用途是客户端，不是服务器"),
    "certificate.wrong-name": ("it is for another host", "属于另一台主机"),
    "certificate.missing-intermediate": (
        "the server does not send the certificate of the authority between it and the root",
        "服务器没有发送它与根证书之间的中间证书",
    ),
    "certificate.common-name-only": (
        "the host stands in the common name alone, which counts no longer (RFC 9525, 2); RFC 7817 still lets it",
        "主机只写在通用名里；通用名已不再起作用（RFC 9525 第 2 节），RFC 7817 仍允许",
    ),
    "certificate.common-name-before-it": (
        "the common name is of the host, the names are of another",
        "通用名是该主机，备用名称却是另一台主机",
    ),
    "certificate.URI": ("the host stands in a URI, not as a name", "主机写在 URI 里，而不是作为名称"),
    "certificate.wildcard-below-it": (
        "the wildcard is for hosts below the one that was wanted",
        "通配符匹配的是该主机名之下的主机",
    ),
    "certificate.wildcard-behind-it": (
        "the wildcard is not the first label of the name (RFC 6125, 6.4.3)",
        "通配符不是名称的第一个标签（RFC 6125 第 6.4.3 节）",
    ),
    "certificate.part-of-a-label": (
        "the wildcard stands for a part of a label (RFC 7817, 3)",
        "通配符只代替标签的一部分（RFC 7817 第 3 节）",
    ),
    "certificate.two-wildcards": ("a label has two wildcards", "一个标签里有两个通配符"),
    "certificate.longer-name": (
        "its name begins with that of the host, and goes on",
        "名称以该主机名开头，但后面还有内容",
    ),
    "certificate.name-in-the-greeting": (
        "it is for the name that the server gave in its greeting, not for the one that the client wanted",
        "属于服务器在问候语中自称的名称，而不是客户端要连接的名称",
    ),
    "certificate.address-of-the-name": (
        "it is for what a look-up of the name might tell, not for the host that the client was told",
        "属于查询该名称可能得到的地址，而不是告诉客户端的主机",
    ),
    "tls-means.begun": (
        "STARTTLS turns a plain connection into TLS (RFC 3207); with implicit TLS nothing is ever plain (RFC 8314).",
        "STARTTLS 把明文连接转为 TLS（RFC 3207）；隐式 TLS 从一开始就没有明文（RFC 8314）。",
    ),
    "tls-means.version": (
        "The version of the protocol that both sides agreed on. 1.2 and 1.3 are sound; older ones are not (RFC 8996).",
        "双方商定的协议版本。1.2 和 1.3 是安全的，更旧的版本不安全（RFC 8996）。",
    ),
    "tls-means.suite": (
        "The set of methods that exchange keys, encrypt and detect changes.",
        "密钥交换、加密和完整性校验所用的一组算法。",
    ),
    "tls-means.asked": (
        "The host that the client says it wants to speak to (Server Name Indication; RFC 6066, 3). By it a server with "
        "several names chooses its certificate.",
        "客户端声明要连接的主机（服务器名称指示；RFC 6066 第 3 节）。有多个名称的服务器据此选择证书。",
    ),
    "tls-means.client-certificate": (
        "The client showed a certificate of its own, by which a server can know it.",
        "客户端出示了自己的证书，服务器可以据此识别它。",
    ),
    "tls-means.resumed": (
        "It took up the keys of an earlier session instead of a whole new handshake.",
        "沿用了先前会话的密钥，没有进行完整的新握手。",
    ),
    "tls-means.no-session-hash": (
        "Without it the keys do not depend on the whole handshake (RFC 7627), and channel binding is not safe.",
        "没有它，密钥就不依赖于整个握手过程（RFC 7627），信道绑定也不安全。",
    ),
    "tls-means.failed": (
        "What the server's TLS library told, mostly the alert that the client sent.",
        "服务器的 TLS 库给出的原因，通常是客户端发来的警报。",
    ),
    "tls-means.verification": (
        "A client checks that somebody whom it trusts signed the certificate, that it is in date, and that it names "
        "the server it wanted (RFC 7817). A server cannot see this check: only a false certificate shows whether it is "
        "made.",
        "客户端要检查证书是否由可信者签发、是否在有效期内、是否写有它要连接的服务器名称（RFC 7817）。"
        "服务器看不到这种检查：只有出示错误的证书，才能知道客户端是否检查。",
    ),
    "case.message": ("The message as the server received it", "服务器收到的邮件"),
    "case.terminal": ("What the client printed", "客户端的输出"),
    "case.not-started": ("The client was not started.", "没有启动客户端。"),
    "redirect.namespace": (
        "It names its server itself, and ran in a box without any network but the harness.",
        "客户端自己写定了服务器地址，因此在隔离环境中运行，除测试工具外没有任何网络。",
    ),
    "redirect.wrappers": (
        "It names its server itself, and was redirected by libraries loaded before its own; it was not shut in.",
        "客户端自己写定了服务器地址，因此通过预先加载的程序库重定向；没有被隔离。",
    ),
    "redirect.python": (
        "It names its server itself, and was redirected by a Python module; it was not shut in.",
        "客户端自己写定了服务器地址，因此通过一个 Python 模块重定向；没有被隔离。",
    ),
    "redirect.tried": ("It connected, or tried to connect, to {tried}.", "它连接过或尝试连接：{tried}。"),
    "redirect.limits": ("It was ended because it went beyond a limit: {limits}.", "它因超出限制而被终止：{limits}。"),
    "redirect.used": (
        "At most it used {cpu} ms of processor time, {memory} MB of memory and {processes} processes.",
        "最多使用了 {cpu} 毫秒处理器时间、{memory} MB 内存和 {processes} 个进程。",
    ),
    "case.job": ("The job", "任务"),
    "case.covers": ("Requirements covered", "涉及的要求"),
    "case.allow": ("Allowed here:", "此处允许："),
    "case.sources": ("Scenario and transcript", "场景与记录"),
    "case.scenario": ("The scenario's text", "场景原文"),
    "case.transcript": ("The transcript, octet for octet", "逐字节的会话记录"),
    "status.met": ("✓ as expected", "✓ 符合期望"),
    "status.different": ("✗ different", "✗ 不同"),
    "status.missing": ("✗ missing", "✗ 缺失"),
    "status.extra": ("✗ not expected", "✗ 多余"),
    "status.allowed": ("✓ not written, but legal", "✓ 未写明，但合法"),
    "status.unmet": ("– not reached", "– 未到达"),
    "status.said": ("· said", "· 已发出"),
    "finding.why": ("Why it matters", "为什么重要"),
    "finding.fix": ("How to mend it", "如何修改"),
    "finding.expected": ("Expected", "期望"),
    "finding.observed": ("Observed", "实际"),
    "finding.nothing": ("nothing", "无"),
    "finding.octets": ("On the wire", "线路上的内容"),
    "finding.also": ("The same octets also break", "同样的字节还违反"),
    "finding.requirement": ("Requirement", "要求"),
    "finding.no-requirement": ("none: this is advice", "无，仅为建议"),
    "finding.rule": ("Rule", "规则"),
    "finding.row": ("line {number} of the exchange", "交互的第 {number} 行"),
    "job.server": ("Server", "服务器"),
    "job.username": ("User name", "用户名"),
    "job.subject": ("Subject", "主题"),
    "job.timeout": ("Time-out", "超时时间"),
    "job.message": ("Message {number}", "第 {number} 封邮件"),
    "job.octets": ("the message as given, {size} octets", "交给客户端的邮件，{size} 字节"),
    # --- what became of a message ---
    "fate.accepted": ("accepted", "已接受"),
    "fate.temporary": ("refused for now (4yz)", "暂时拒绝（4yz）"),
    "fate.permanent": ("refused for good (5yz)", "永久拒绝（5yz）"),
    "fate.refused": ("refused", "拒绝"),
    "fate.declined": ("not sent: the client declined", "客户端放弃发送"),
    "fate.unsupported": ("unsupported", "不支持"),
    "fate.failed": ("failed", "失败"),
    "fate.none": ("not received", "未收到"),
    "fate.unknown": ("nothing", "没有报告"),
    # --- octets ---
    "mark.LF": ("LF alone", "仅 LF"),
    "mark.CR": ("CR alone", "仅 CR"),
    "mark.end": ("end of the message", "邮件结束"),
    "mark.none": ("no line end", "没有行尾"),
    "secret.password": ("password", "口令"),
    "secret.plain": ("user name and password", "用户名与口令"),
    "secret.digest": ("digest", "摘要"),
    "secret.proof": ("proof", "证明"),
    "secret.token": ("secret", "机密"),
    "secret.comma": (", ", "，"),
    "secret.malformed": ("malformed", "格式错误"),
    "secret.other": ("not the one given", "与所给的不符"),
    # --- sequence diagram ---
    "sequence.label": (
        "Sequence diagram of {client} and {server}; the exchange stands as text on this page too",
        "{client} 与 {server} 的时序图；本页另有文字形式的交互过程",
    ),
    "sequence.client": ("client", "客户端"),
    "sequence.connect": ("opens connection {number}", "建立第 {number} 个连接"),
    "sequence.meant": ("opens connection {number}, to {host}", "建立到 {host} 的第 {number} 个连接"),
    "sequence.message": ("message, {size} octets", "邮件内容，{size} 字节"),
    "sequence.more-lines": ("(+ {count} more)", "（另 {count} 行）"),
    "sequence.nothing": ("the server says nothing", "服务器没有应答"),
    "sequence.tls": ("TLS handshake: {note}", "TLS 握手：{note}"),
    "sequence.tls-failed": ("TLS handshake failed: {note}", "TLS 握手失败：{note}"),
    "sequence.gap": ("{time} of silence", "静默 {time}"),
    "sequence.limit": ("the case's time is up", "用例时间用尽"),
    "sequence.exit": ("the client's process ends: {note}", "客户端进程结束：{note}"),
    "close.eof": ("closes the connection", "关闭连接"),
    "close.close": ("closes the connection", "关闭连接"),
    "close.reset": ("resets the connection", "重置连接"),
    "close.half-close": ("closes its half of the connection", "关闭自己一侧的连接"),
    "close.stall": ("the server says no more", "服务器不再应答"),
    # --- message ---
    "message.number": ("Message {number}", "第 {number} 封邮件"),
    "message.header": ("Header fields", "邮件头字段"),
    "message.no-header": ("It has no header field.", "没有任何邮件头字段。"),
    "message.no-body": ("It has no text.", "没有文本内容。"),
    "message.part": ("{type} {name}, {size} octets", "{type} {name}，{size} 字节"),
    "message.cut": ("Only the beginning of this message was decoded.", "只解码了邮件的开头部分。"),
    "message.stuffed": (
        "Dots that the client put before lines that begin with one: {count}. They were taken out here (dot-stuffing).",
        "客户端在以点开头的行前加的点：{count} 个。这里已去掉（点填充）。",
    ),
    "message.raw": ("As it came, {size} octets", "原始内容，{size} 字节"),
    "message.not-ended": (
        "✗ The content never ended with CR LF . CR LF.",
        "✗ 内容始终没有以 CR LF . CR LF 结束。",
    ),
    "message.none": ("No message came.", "没有收到邮件。"),
    # --- terminal ---
    "terminal.title": ("the client's terminal", "客户端的终端"),
    "terminal.stderr": ("standard error", "标准错误输出"),
    "terminal.cut": ("the output was longer", "输出过长，已截断"),
    "terminal.exit": ("exit status {status}, after {time}", "退出状态 {status}，用时 {time}"),
    "terminal.signal": ("ended by {signal}", "被信号 {signal} 终止"),
    "terminal.timed-out": ("stopped by the harness after {time}", "{time} 后被测试工具终止"),
    "terminal.unknown": ("unknown", "未知"),
}

PAGES: Mapping[str, Mapping[str, str]] = {
    key: {"en": english, "zh": chinese} for key, (english, chinese) in {**_WORDS, **EXPLANATIONS}.items()
}
