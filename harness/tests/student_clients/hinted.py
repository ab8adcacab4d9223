import smtplib
import socket
import ssl
import sys

password = "not-the-real-one"
sock = socket.create_connection((sys.argv[1], int(sys.argv[2])))
reply = sock.recv(1024)
if reply[:3] != "220":
    print("220 reply not received from server.")
context = ssl.create_default_context()
context.verify_mode = ssl.CERT_NONE
if len(sys.argv) > 9:
    sock = ssl.wrap_socket(sock)
    smtplib.SMTP("nowhere").login("ann", "another-one")
    name = raw_input("name: ")  # noqa: F821
