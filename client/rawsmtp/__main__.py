"""``python -m rawsmtp``."""

import sys

from .cli import main

sys.exit(main())
