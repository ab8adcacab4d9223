"""Eats memory, in several processes."""

import os

for _ in range(2):
    os.fork()
eaten = []
while True:
    eaten.append(b"x" * (1 << 24))
