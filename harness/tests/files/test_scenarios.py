"""Scenario files as a whole: what a good one comes to, field by field, and what is said of a wrong one, and where."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scenario_texts import HEAD, PATH, REQUIREMENTS, RULES, WORLD, scenario, scenarios, wrong

from smtpwitness.files.bundled import scenarios_root
from smtpwitness.files.scenarios import ScenarioError, Sources, identity, json_schema, load
from smtpwitness.model.scenario import NOBODY, Command, Content, Envelope, Message, Place, Records, Reply
from smtpwitness.model.template import Placeholder, Template

# --- good files -------------------------------------------------------------------------------------------------


def test_what_is_not_written_has_its_default() -> None:
    made = scenario(HEAD)
    assert (made.id, made.suite, made.name, made.variant) == ("suite/case", "suite", "suite/case", ())
    assert (dict(made.title), made.covers, made.needs, made.never, dict(made.allow)) == ({"en": "t"}, (), (), (), {})
    assert made.job.messages == (Envelope("alice@example.test", ("bob@example.test",), Content()),)
    assert (made.job.tls, made.job.auth, made.job.username) == ("none", "none", "alice@example.test")
    assert (made.job.password, made.job.helo, made.job.timeout) == (None, "client.example.test", 10.0)
    assert (made.server.name, made.server.offers, made.server.offers_in_tls) == ("plain", (), None)
    assert (made.limit, made.place) == (40.0, Place(PATH, 1, 1))
    assert made.outcome.words(0, 0) == {"accepted"}
    (connection,) = made.connections
    assert [type(step).__name__ for step in connection.steps] == [
        "Either",
        "Command",
        "EachRecipient",
        "Command",
        "Message",
        "Optional",
        "Command",
    ]


def test_every_section_is_read() -> None:
    made = scenario(
        """\
        title: {en: One, zh: 一}
        covers: [RFC5321-3.3-a, RFC5321-2.2.1-b]
        needs: timeout
        job:
          tls: starttls
          auth: login
          username: u
          password: secret
          sender: a@example.test
          recipients: [x@example.test, y@example.test]
          message: {size: 2 kB}
          subject: 主题
          helo: me.example.test
          timeout: 2 s
        server: {persona: coremail, offers: [PIPELINING], offers in tls: [], every reply: {delay: 5 ms}}
        never: [AUTH, "MAIL FROM:<{sender}>"]
        allow: {credentials-in-clear: the assignment says so}
        outcome: {recipients: [accepted, [temporary, permanent]]}
        limit: 1 min
        dialogue: [C: QUIT]
        """
    )
    assert dict(made.title) == {"en": "One", "zh": "一"}
    assert (made.covers, made.needs) == (("RFC5321-3.3-a", "RFC5321-2.2.1-b"), ("timeout",))
    recipients = ("x@example.test", "y@example.test")
    assert made.job.messages == (Envelope("a@example.test", recipients, Content(size=2048)),)
    assert (made.job.tls, made.job.auth, made.job.username, made.job.password) == ("starttls", "login", "u", "secret")
    assert (made.job.subject, made.job.helo, made.job.timeout) == ("主题", "me.example.test", 2.0)
    assert (made.server.name, made.server.offers, made.server.offers_in_tls) == ("coremail", ("PIPELINING",), ())
    assert (made.server.reply_delay, made.server.greeting_delay) == (0.005, 0.1)
    assert [str(pattern) for pattern in made.never] == ["AUTH", "MAIL FROM:<{sender}>"]
    assert dict(made.allow) == {"credentials-in-clear": "the assignment says so"}
    assert (made.outcome.words(0, 0), made.outcome.words(0, 1)) == ({"accepted"}, {"temporary", "permanent"})
    assert made.limit == 60.0


def test_a_server_is_laid_over_its_persona_and_that_over_plain() -> None:
    made = scenario("server: {persona: coremail, replies: {MAIL: 250 mine}}")
    said = {moment: [str(line) for line in reply.lines or ()] for moment, reply in made.server.replies.items()}
    assert said == {
        "greeting": ["220 coremail.test"],
        "EHLO": ["250 mail.example.test"],
        "message": ["250 2.0.0 Ok: queued as {queue-id}"],
        "MAIL": ["250 mine"],
    }
    assert made.server.offers == ("AUTH LOGIN",)
    assert scenario("server: coremail").server.name == "coremail"


@pytest.mark.parametrize("length", [30, 63, 82, 83, 84, 85, 86, 250, 254])
def test_recipients_can_be_made_as_long_as_one_may_be(length: int) -> None:
    made = scenario(f"job: {{recipients: {{count: 5, length: {length}}}}}").job.messages[0].recipients
    assert len(set(made)) == 5
    assert {len(one) for one in made} == {length}
    assert all(0 < len(label) <= 63 for one in made for label in one.partition("@")[2].split("."))


def test_recipients_that_are_made_up_are_never_shorter_than_their_names() -> None:
    made = scenario("job: {recipients: {count: 2, length: 1}}").job.messages[0].recipients
    assert made == ("bob@example.test", "carol@example.test")


def test_a_name_system_sends_the_client_by_it() -> None:
    text = (
        "dns:\n  Example.test: {mx: [10 mx.example.test, 0 .]}\n  gone.test: {fails: nxdomain}\n"
        "dialogue:\n  - connection: [use: ordinary]\n    to: mx.example.test\n"
        "  - optional: [{connection: [use: ordinary], to: nobody}]\n"
    )
    one = scenario(text)
    assert one.dns == {
        "example.test": Records(((10, "mx.example.test"), (0, "."))),
        "gone.test": Records(fails="nxdomain"),
    }
    assert one.job.options == {"routing": "mx"}
    assert [(block.to, block.optional) for block in one.connections] == [("mx.example.test", False), (NOBODY, True)]


def test_a_window_of_the_server() -> None:
    assert scenario("server: {window: 4 kB}").server.window == 4096
    assert scenario("").server.window == 0


def test_recipients_and_messages_can_be_made_up() -> None:
    made = scenario("job: {recipients: 4, messages: 2}\noutcome: {messages: [accepted, [temporary, refused]]}")
    recipients = ("bob@example.test", "carol@example.test", "dan@example.test", "rcpt4@example.test")
    assert made.job.messages == (Envelope("alice@example.test", recipients, Content()),) * 2
    assert (made.outcome.words(0, 3), made.outcome.words(1, 0)) == ({"accepted"}, {"temporary", "refused"})


def test_each_message_lays_its_own_over_the_jobs() -> None:
    made = scenario(
        """\
        job:
          sender: s@example.test
          messages:
            - {recipients: [a@example.test, b@example.test]}
            - {sender: t@example.test, message: {raw: "Subject: x\\r\\n\\r\\n"}}
        outcome: {messages: [{recipients: [accepted, permanent]}, any]}
        """
    )
    first, second = made.job.messages
    assert (first.sender, first.recipients) == ("s@example.test", ("a@example.test", "b@example.test"))
    assert (second.sender, second.recipients) == ("t@example.test", ("bob@example.test",))
    assert second.content == Content("raw", Template(("Subject: x\r\n\r\n",)))
    assert (made.outcome.words(0, 1), made.outcome.words(1, 0)) == ({"permanent"}, {"any"})


def test_a_body_in_yaml_gets_the_line_ends_of_a_message() -> None:
    made = scenario("job:\n  body: |\n    one\n    two\n")
    assert made.job.messages[0].content == Content("body", Template(("one\r\ntwo\r\n",)))


def test_filling_of_a_message_waits_for_the_message() -> None:
    made = scenario('job: {message: {body: "{lines to 1024}.x"}}')
    assert made.job.messages[0].content.text == Template((Placeholder("lines to 1024"), ".x"))


def test_a_message_can_lie_in_a_file_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "case.smtp.yaml").write_text(HEAD + "job: {message: {file: mails/m.eml}}\n", "utf-8")
    (tmp_path / "mails").mkdir()
    (tmp_path / "mails" / "m.eml").write_bytes(b"Subject: {x}\r\n\r\n.\r\n")
    (tmp_path / "personas").mkdir()
    (tmp_path / "personas" / "plain.yaml").write_text(WORLD["personas/plain.yaml"], "utf-8")
    (tmp_path / "fragments").mkdir()
    (tmp_path / "fragments" / "ordinary.yaml").write_text("steps: [C: QUIT]\n", "utf-8")
    sources = Sources(tmp_path / "none")
    path = f"{tmp_path.as_posix()}/case.smtp.yaml"
    (made,) = load(sources, path, (), ())
    assert made.job.messages[0].content == Content("raw", Template(("Subject: {x}\r\n\r\n.\r\n",)))
    assert load(Sources.of(sources.texts), path, (), ()) == (made,)


def test_yaml_guesses_no_value() -> None:
    made = scenario("title: on\njob: {username: 0755, password: ~, subject: 12:30, helo: 1e3}\ncovers: []\n")
    assert (made.title["en"], made.job.username, made.job.password) == ("on", "0755", "~")
    assert (made.job.subject, made.job.helo) == ("12:30", "1e3")


def test_variants_are_told_apart_by_name() -> None:
    made = scenarios("variants: {a: [x, y], b: {p: {outcome: any}, q: }}\ndialogue: [C: '{a}']")
    assert [one.name for one in made] == ["suite/case[x,p]", "suite/case[x,q]", "suite/case[y,p]", "suite/case[y,q]"]
    assert [one.outcome.words(0, 0) for one in made] == [{"any"}, {"accepted"}] * 2
    assert [one.connections[0].steps[0] for one in made][2] == Command(Template(("y",)), place=Place(PATH, 4, 12))


@pytest.mark.parametrize(
    ("path", "id_"),
    [
        ("core/happy.smtp.yaml", "core/happy"),
        ("/home/x/my/own.smtp.yaml", "my/own"),
        ("own.smtp.yaml", "here/own"),
        ("../own.smtp.yaml", "here/own"),
        ("a/b.yaml", "a/b"),
    ],
)
def test_identity(path: str, id_: str) -> None:
    assert identity(path) == id_


def test_a_dialogue_as_written() -> None:
    made = scenario(
        """\
        dialogue:
          - S: 220 hi
          - C: "EHLO {helo}"
            S: [250-a, 250 b]
            covers: RFC5321-3.3-a
          - message: any
            within: 0.5 to 3 timeout
          - S: {then: stall}
        """
    )
    (connection,) = made.connections
    command, message = connection.steps
    assert [str(line) for line in connection.head[0].lines or ()] == ["220 hi"]
    assert isinstance(command, Command)
    assert command.pattern == Template(("EHLO ", Placeholder("helo")))
    assert (command.covers, command.place) == ("RFC5321-3.3-a", Place(PATH, 5, 5))
    assert [str(line) for line in command.replies[0].lines or ()] == ["250-a", "250 b"]
    assert isinstance(message, Message)
    assert message.within is not None
    assert (message.kind, message.within.least, message.within.most) == ("any", 5.0, 30.0)
    assert message.replies == (Reply(then="stall", place=Place(PATH, 10, 8)),)


def test_all_that_ship_can_be_loaded() -> None:
    """Whether their requirements and rules exist is `lint`'s to say: here every id will do."""

    class Any(tuple[str, ...]):
        def __contains__(self, word: object) -> bool:
            return True

    root = scenarios_root()
    sources = Sources(root)
    files = sorted(file.relative_to(root).as_posix() for file in root.glob("*/*.smtp.yaml"))
    assert files
    for file in files:
        made = load(sources, file, Any(), Any())
        assert made
        assert {one.id for one in made} == {file.removesuffix(".smtp.yaml")}
        assert load(Sources.of(sources.texts), file, Any(), Any()) == made


def test_the_json_schema_knows_the_sections_and_forbids_others() -> None:
    schema = json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert set(schema["required"]) == {"title", "covers"}
    assert schema["additionalProperties"] is False
    assert {"job", "server", "dialogue", "variants", "limit"} <= set(schema["properties"])
    assert "any order" in schema["$defs"]["AnyOrderStep"]["properties"]
    assert {"type": "string", "pattern": r"^\{[^{}]+\}$"} in schema["properties"]["dialogue"]["anyOf"]


# --- wrong files ------------------------------------------------------------------------------------------------

WRONG = [
    # the file itself
    ("", "1:1", "empty"),
    ("# nothing but a remark\n", "1:1", "empty"),
    ("- title: x\n", "1:1", "must be a map"),
    ("title\n", "1:1", "must be a map"),
    ("title: a\0b\n", "1:9", "NUL"),
    ("title: a\x1bb\n", "1:9", "control character U+001B"),
    (HEAD + "---\ntitle: again\n", "3:1", "second document"),
    (HEAD + "job: " + "[" * 5000, "3:30", "nested too deeply"),
    (HEAD + "# " + "x" * 10_000_000, "1:1", "too large"),
    (HEAD + "needs: [" + "timeout," * 50_000 + "]", "1:1", "too large"),
    (HEAD + "needs: [" + "a," * 25_000 + "]", "3:", "holds too much"),
    (HEAD + "".join(f"x{n}: &x{n} [{f'*x{n - 1},' * 10 if n else 'a'}]\n" for n in range(20)), "7:", "aliases counted"),
    (HEAD + "job: &a {message: *a}\n", "3:19", "stands inside what it repeats"),
    (HEAD + "job: *gone\n", "3:6", "there is no '&gone' before it"),
    (HEAD + "needs: !!set {timeout}\n", "3:8", "tags are not used"),
    (HEAD + "dns: {example.test: {mx: [mx.example.test]}}\n", "3:27", "is no MX record"),
    (HEAD + "dialogue:\n  - {connection: [use: ordinary], to: a.test}\n", "4:39", "there is no 'dns'"),
    (HEAD + "dialogue:\n  - optional: [{connection: [use: ordinary], to: a.test}]\n", "4:50", "there is no 'dns'"),
    # YAML's traps
    (HEAD + "outcome: any\noutcome: any\n", "4:1", f"second time, first at {PATH}:3:1"),
    (HEAD + "job:\n\ttls: none\n", "4:1", "a tab"),
    (HEAD + "job:\n  tls: none\n auth: none\n", "5:2", "indented wrongly"),
    (HEAD + "job:\n  tls: none\n   auth: none\n", "5:8", "indented wrongly"),
    (HEAD + "job\noutcome: any\n", "4:1", "without its ':'"),
    (HEAD + "title2: a: b\n", "3:10", "': ' inside a text"),
    (HEAD + "dialogue:\n  - C: QUIT\n  - S: 250 Ok: queued\n", "5:14", "quote the whole text"),
    (HEAD + "dialogue:\n  - C: QUIT\n    S: [250-Ok: queued, 250 b]\n", "5:9", "quote the whole text"),
    (HEAD + "dialogue:\n  - C: QUIT\n    S:\n      221 Bye: now\n", "6:7", "makes a map of this reply"),
    (HEAD + "dialogue:\n  - C: QUIT\n    S: 250 Ok #12 queued\n", "5:8", "' #' cuts this reply"),
    (HEAD + "dialogue:\n  - C: AUTH\n    S: 334 \n", "5:8", "the blank at the end of '334' is lost"),
    (
        HEAD + "dialogue:\n  - {C: QUIT, S: 221 Bye, friend}\n",
        "4:27",
        "the ',' before 'friend' cuts the text '221 Bye'",
    ),
    (HEAD + "dialogue:\n  - C: QUIT\n    S: [221-Bye, friend, 221 x]\n", "5:18", "does not begin with a reply code"),
    (HEAD + "dialogue:\n  - C: {username:base64}\n", "4:8", 'write "{username:base64}"'),
    (HEAD + "job: {recipients: [{sender}]}\n", "3:20", 'write "{sender}"'),
    (HEAD + "dialogue:\n  - C: {helo} there\n", "4:15", "begins with '{' must be quoted"),
    (HEAD + 'dialogue:\n  - C: "QUIT" now\n', "4:15", "text after a closing quote"),
    (HEAD + "dialogue:\n  - C: *\n", "4:9", "begins with '*'"),
    (HEAD + 'dialogue:\n  - C: "QUIT\n', "4:8", "a quote is not closed"),
    (HEAD + 'dialogue:\n  - C: "\\q"\n', "4:10", "a backslash must be doubled"),
    (HEAD + 'dialogue:\n  - C: "\\UFFFFFFFF"\n', "4:", "not YAML"),
    (HEAD + 'dialogue:\n  - C: "\\ud800"\n', "4:8", "surrogate"),
    (HEAD + "? [a]\n: b\n", "3:3", "cannot be a key"),
    # keys and words
    ("covers: []\n", "1:1", "the key 'title' is missing"),
    ("titel: t\ncovers: []\n", "1:1", "there is no key 'titel' here (did you mean 'title'?)"),
    (HEAD + "job: {tsl: none}\n", "3:7", "did you mean 'tls'?"),
    (HEAD + "job: {tls: startls}\n", "3:12", "did you mean 'starttls'?"),
    (HEAD + "job: [tls]\n", "3:6", "a list where a map belongs"),
    (HEAD + "job:\n", "3:5", "nothing is written here, where a map belongs"),
    (HEAD + "job: {timeout: 10}\n", "3:16", "is no time"),
    (HEAD + "job: {timeout: 0.8 timeout}\n", "3:16", "write a time"),
    (HEAD + "job: {recipients: 0}\n", "3:19", "whole number from 1"),
    (HEAD + "job: {recipients: {count: 2, length: 255}}\n", "3:38", "whole number from 1"),
    (HEAD + "server: {window: small}\n", "3:18", "'small'"),
    (HEAD + "job: {recipients: []}\n", "3:6", "'recipients' is empty"),
    (HEAD + "job: {messages: []}\n", "3:6", "'messages' is empty"),
    (HEAD + "job: {sender: [a]}\n", "3:15", "a list where a text belongs"),
    (HEAD + "job: {sender: '{helo}'}\n", "3:15", "not known before a case is played"),
    (HEAD + "job: {message: {}}\n", "3:16", "a message is one of"),
    (HEAD + "job: {message: {file: ../x}}\n", "3:23", "beside the scenario"),
    (HEAD + "job: {message: {file: x}}\n", "3:23", "not among what was stored"),
    (HEAD + "job: {body: a, message: {body: b}}\n", "3:13", "which is it?"),
    ("title: t\ncovers: [RFC5321-3.3-b]\n", "2:10", "there is no requirement 'RFC5321-3.3-b' (did you mean"),
    ("title: {}\ncovers: []\n", "1:8", "the title has no words"),
    (HEAD + "needs: [starttsl]\n", "3:9", "did you mean 'starttls'?"),
    (HEAD + "allow: {credentials-in-claer: why}\n", "3:9", "did you mean 'credentials-in-clear'?"),
    (HEAD + 'allow: {credentials-in-clear: " "}\n', "3:31", "Write the reason"),
    (HEAD + "outcome: acepted\n", "3:10", "did you mean 'accepted'?"),
    (HEAD + "outcome: []\n", "3:10", "the list is empty"),
    (HEAD + "outcome: {}\n", "3:10", "an outcome is"),
    (HEAD + "outcome: {recipients: [any, any]}\n", "3:10", "tells of 2 recipients, the job has 1"),
    (HEAD + "outcome: {messages: [any, any]}\n", "3:10", "tells of 2 messages, the job has 1"),
    (HEAD + "job: {untold: [sendr]}\n", "3:16", "(did you mean 'sender'?)"),
    (HEAD + "job: {options: {returns: full}}\n", "3:17", "(did you mean 'return'?)"),
    (HEAD + "server: coremial\n", "3:9", "there is no persona 'coremial' (did you mean 'coremail'?)"),
    (HEAD + "server: {replies: {MIAL: 250 Ok}}\n", "3:20", "did you mean 'MAIL'?"),
    (HEAD + "server: {replies: [MAIL]}\n", "3:19", "a list where a map belongs"),
    (HEAD + "dialogue: QUIT\n", "3:11", "the text 'QUIT' where a list belongs"),
    (HEAD + "dialogue: [QUIT]\n", "3:12", "is no step"),
    (HEAD + "dialogue:\n  -\n", "4:4", "nothing is written here, where a step"),
    (HEAD + "dialogue:\n  - mesage: same\n", "4:5", "there is no step 'mesage' (did you mean 'message'?)"),
    (HEAD + "dialogue:\n  - C: QUIT\n    use: hello\n", "4:5", "'C'"),
    (HEAD + "dialogue:\n  - C: QUIT\n    close: client\n", "5:5", "a step of its own"),
    # not supported yet
    (HEAD + "job: {auth: digest-md5}\n", "3:13", "not supported yet: digest-md5"),
    (HEAD + "dialogue: [sasl: {spoil: nonce}]\n", "3:26", "'nonce' is none of: foreign nonce"),
    (HEAD + "dialogue: [tls: {versions: [1.4]}]\n", "3:29", "'1.4' is none of: 1.0, 1.1, 1.2, 1.3"),
    (HEAD + "dialogue:\n  - repeat: [connection: [C: QUIT]]\n", "4:5", "not supported yet: a connection inside"),
    # variants, placeholders, fragments
    (HEAD + "variants: [a]\n", "3:11", "variants is a map"),
    (HEAD + "variants: {at: a}\n", "3:16", "the axis 'at' needs values"),
    (HEAD + "variants: {job: [a]}\n", "3:12", "an axis cannot be named 'job'"),
    (HEAD + "variants: {at: {a: {outcom: any}}}\n", "3:21", "nothing uses {outcom}"),
    (HEAD + "variants:\n" + "".join(f"  a{n}: [x, y]\n" for n in range(60)), "4:3", "more than 200 variants"),
    (HEAD + 'dialogue:\n  - C: "EHLO {hello}"\n', "4:14", "{hello}: no such placeholder (did you mean 'helo'?)"),
    (HEAD + 'dialogue:\n  - C: "EHLO {helo:base46}"\n', "4:14", "did you mean 'base64'?"),
    (HEAD + 'dialogue:\n  - C: "EHLO {helo"\n', "4:14", "a '{' without its '}'"),
    (HEAD + "dialogue:\n  - use: helo\n", "4:10", "there is no fragment 'helo' (did you mean 'hello'?)"),
    (HEAD + "dialogue:\n  - use: ../hello\n", "4:10", "there is no fragment"),
    (HEAD + "dialogue:\n  - use: hello\n    until: MIAL\n", "5:12", "did you mean 'MAIL'?"),
    (HEAD + "dialogue:\n  - use: hello\n    until: DATA\n", "5:12", "there is no DATA in the fragment 'hello'"),
]


@pytest.mark.parametrize(("text", "place", "message"), WRONG, ids=range(len(WRONG)))
def test_wrong(text: str, place: str, message: str) -> None:
    begun = time.process_time()
    told = wrong(text)
    assert time.process_time() - begun < 2
    assert any(one.startswith(place) and message in one for one in told), told


def test_all_problems_are_told_at_once_in_order() -> None:
    told = wrong(
        """\
titel: t
covers: [RFC5321-0-z]
job: {tls: startls, timeout: soon}
needs: [tiemout]
allow: {no-such-rule: because}
server: {offerz: [PIPELINING]}
dialogue:
  - C: EHLO {hello}
  - S: 250 Ok #1
  - use: goodby
outcome: acepted
"""
    )
    assert [one.split(": ")[0] for one in told] == [
        "1:1",
        "2:10",
        "3:12",
        "3:30",
        "4:9",
        "5:9",
        "6:10",
        "8:13",
        "10:10",
        "11:10",
    ]


def test_a_problem_is_told_once_however_many_variants_have_it() -> None:
    assert len(wrong(HEAD + "variants: {a: [x, y, z], b: [p, q]}\noutcome: nil\n")) == 1


def test_what_is_wrong_in_a_fragment_is_told_there() -> None:
    told = wrong(HEAD + "dialogue:\n  - use: own\n", own="steps:\n  - C: QUIT\n    cover: RFC5321-3.3-a\n")
    assert told == ["fragments/own.yaml:3:5: there is no key 'cover' here (did you mean 'covers'?)"]


def test_what_is_no_yaml_in_a_fragment_is_told_there() -> None:
    (told,) = wrong(HEAD + "dialogue:\n  - use: own\n", own="steps:\n  - C: [QUIT\n")
    assert told.startswith("fragments/own.yaml:3:1: ")


def test_too_many_problems_are_not_all_told() -> None:
    begun = time.process_time()
    assert len(wrong(HEAD + "".join(f"wrong{n}: x\n" for n in range(3000)))) == 200
    assert time.process_time() - begun < 2


BOMBS = {
    "placeholders in placeholders": HEAD
    + "variants: {a: {x: {"
    + ", ".join(f"p{n}: '" + f"{{p{n + 1}}}" * 10 + "'" for n in range(9))
    + ", p9: x}}}\ndialogue: [C: '{p0}']\n",
    "placeholders of themselves": HEAD + "variants: {a: {x: {p: '{q}', q: '-{p}'}}}\ndialogue: [C: '{p}']\n",
    "many large variants": HEAD
    + "variants: {a: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], b: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]}\n"
    + "dialogue: ["
    + "C: QUIT," * 2000
    + "]\n",
    "much filling": HEAD + "dialogue: [C: '" + "{filler:1000000}" * 500 + "']\n",
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_do_not_go_off(name: str) -> None:
    begun = time.process_time()
    assert wrong(BOMBS[name])
    assert time.process_time() - begun < 2


def test_fragments_that_multiply_do_not_go_off() -> None:
    fragments = {f"f{n}": f"steps: [{f'use: f{n + 1}, ' * 40}]\n" for n in range(7)}
    begun = time.process_time()
    told = wrong(HEAD + "dialogue: [use: f0]\n", **fragments, f7="steps: [C: QUIT]\n")
    assert time.process_time() - begun < 2
    assert any("grows too large" in one for one in told)


def test_nesting_across_fragments_is_no_harm() -> None:
    deep = "{repeat: [" * 9, "]}" * 9
    fragments = {f"f{n}": f"steps: [{deep[0]}use: f{n + 1}{deep[1]}]\n" for n in range(7)}
    assert wrong(f"{HEAD}dialogue: [{deep[0]}use: f0{deep[1]}]\n", **fragments, f7="steps: [C: QUIT]\n") == []


def test_what_is_too_deep_for_the_stack_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_deep(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr("smtpwitness.files.scenarios.read", too_deep)
    assert wrong(HEAD) == ["1:1: nested too deeply"]


def test_a_broken_persona_is_told() -> None:
    texts = {**WORLD, PATH: HEAD, "personas/plain.yaml": "offers: {a}\n"}
    with pytest.raises(ScenarioError, match=r"personas/plain\.yaml:1:9"):
        load(Sources.of(texts), PATH, REQUIREMENTS, RULES)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "x.smtp.yaml").write_bytes(b"title: a\n\xc3\xa9\xff\n")
    path = f"{tmp_path.as_posix()}/x.smtp.yaml"
    with pytest.raises(ScenarioError, match=r"x\.smtp\.yaml:2:2: .*UTF-8"):
        load(Sources(tmp_path), path, (), ())


# --- whatever is written ----------------------------------------------------------------------------------------

LINES = [
    line for text in (*WORLD.values(), *(wrong_text for wrong_text, _, _ in WRONG)) for line in text[:4000].splitlines()
]
YAMLISH = st.lists(
    st.one_of(st.sampled_from(LINES), st.text("{}[]:,#&*'\"\n \t-?|>!%@`0aS\\~", max_size=12)), max_size=12
)


def _only_scenario_errors(text: str) -> None:
    with contextlib.suppress(ScenarioError):
        scenarios(text)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
@example("%YAML 1." + "9" * 5000 + "\n--- a")
@example('"\\U00110000"')
@example("\ufeff")
@example("a: !<tag:yaml.org,2002:str> b")
def test_no_text_raises_anything_else(text: str) -> None:
    _only_scenario_errors(text)


@settings(max_examples=300, deadline=None)
@given(YAMLISH)
def test_no_lines_of_scenarios_raise_anything_else(lines: list[str]) -> None:
    _only_scenario_errors(HEAD + "\n".join(lines))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_no_octets_raise_anything_else(tmp_path_factory: pytest.TempPathFactory, octets: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "octets.smtp.yaml"
    file.write_bytes(octets)
    with pytest.raises(ScenarioError):
        load(Sources(file.parent), str(file), (), ())
