"""Fills every folder that it can write in with files, until there is no room."""

import os
import tempfile

written = 0
for folder in (".", tempfile.gettempdir(), os.environ["HOME"], "/tmp", "/var/tmp", "/dev/shm", "/run"):
    for number in range(100):
        try:
            with open(f"{folder}/fill-{number}", "wb") as file:
                for _ in range(30):
                    written += file.write(bytes(1 << 20))
        except OSError:
            break
print("filled", written >> 20)
