import socket
s = socket.socket()
s.connect(("localhost", 25))
print s.recv(1024)
for line in ("HELO [127.0.0.1]", "MAIL FROM:<zhang@edu.test>", "RCPT TO:<li@edu.test>", "DATA"):
    s.send(line + "\r\n")
    print s.recv(1024)
s.send("From: zhang@edu.test\r\nDate: Mon, 02 Mar 2026 08:00:00 +0000\r\n\r\nHello\r\n.\r\n")
print s.recv(1024)
s.send("QUIT\r\n")
print s.recv(1024)
