import socket
s = socket.socket()
s.connect(("localhost", 25))
print s.recv(1024)
