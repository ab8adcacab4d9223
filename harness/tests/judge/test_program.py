import pytest

from smtpwitness.judge.program import LONGEST, last_words
from smtpwitness.model.run import Process

PYTHON = """Traceback (most recent call last):
  File "/home/ann/work/client.py", line 31, in <module>
    send()
  File "/home/ann/work/client.py", line 12, in send
    sock.sendall("QUIT")
  File "/usr/lib/python3.11/socket.py", line 9, in sendall
TypeError: a bytes-like object is required, not 'str'
"""
NODE = """/home/ann/client.js:3
    throw new Error("no reply")
    ^

Error: no reply
    at send (/home/ann/client.js:3:11)
    at main (/home/ann/client.js:9:1)
    at Module._compile (node:internal/modules/cjs/loader:1105:14)

Node.js v18.0.0
"""
JAVA = """Exception in thread "main" java.net.ConnectException: Connection refused
\tat java.net.Socket.connect(Socket.java:60)
\tat Client.main(Client.java:14)
"""
OLD = '  File "C:\\\\work\\\\old.py", line 4\n    print "x"\nSyntaxError: Missing parentheses\n'
MISTYPED = "python3: can't open file 'nosuch.py': [Errno 2] No such file or directory\n"


@pytest.mark.parametrize(
    ("stderr", "said"),
    [
        (PYTHON, "TypeError: a bytes-like object is required, not 'str' (client.py, line 12)"),
        (NODE, "Error: no reply (client.js, line 3)"),
        (JAVA, f"{JAVA.splitlines()[0]} (Client.java, line 14)"),
        (MISTYPED, MISTYPED.strip()),
        (OLD, "SyntaxError: Missing parentheses (old.py, line 4)"),
        ("x" * LONGEST, "x" * LONGEST),
        ("x" * (LONGEST + 1), "x" * LONGEST + "…"),
        ("x" * 500, "x" * LONGEST + "…"),
    ],
)
def test_the_last_words_of_a_program_that_failed(stderr: str, said: str) -> None:
    assert last_words(Process(1, stderr=stderr)) == said
    assert last_words(Process(0, stderr=stderr)) == ""


def test_a_prompt_that_nothing_answered_outweighs_all_else() -> None:
    asked = Process(None, timed_out=True, asked="Password:", stderr=PYTHON)
    assert last_words(asked) == "its prompt 'Password:' was not answered"


def test_a_signal_is_told_unless_it_is_ours() -> None:
    assert last_words(Process(None, signal="SIGSEGV")) == "it was ended by SIGSEGV"
    assert last_words(Process(None, signal="SIGTERM", timed_out=True)) == ""
    assert last_words(Process(1)) == ""


def test_a_stranger_s_output_is_looked_at_in_bounds() -> None:
    for hostile in ("x" * 1_000_000, "\n" * 1_000_000, " at x(" * 200_000, 'File "' * 200_000):
        assert len(last_words(Process(1, stderr=hostile))) <= LONGEST + 1
