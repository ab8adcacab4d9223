"""Reads who is on this machine."""

with open("/etc/passwd") as file:
    print(file.read())
