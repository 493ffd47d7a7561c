"""`python -m signing` is the `signing` command."""

import sys

from .cli import main

sys.exit(main())
