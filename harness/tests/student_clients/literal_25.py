"""Its server and port stand in its text. The letter has no header, as in the book's exercise."""

import base64
from socket import AF_INET, SOCK_STREAM, socket

sock = socket(AF_INET, SOCK_STREAM)
sock.connect(("smtp.qq.com", 25))
print(sock.recv(1024).decode())


def say(line):
    sock.send((line + "\r\n").encode())
    answer = sock.recv(1024).decode()
    print(answer)
    return answer


say("HELO alice")
say("AUTH LOGIN")
say(base64.b64encode(b"alice@qq.com").decode())
say(base64.b64encode(b"authcode12345").decode())
say("MAIL FROM:<alice@qq.com>")
say("RCPT TO:<bob@163.com>")
say("DATA")
sock.send(b"\r\n I love computer networks!")
say("\r\n.")
say("QUIT")
sock.close()
