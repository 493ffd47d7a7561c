"""`python -m eid` is the `eid` command."""

import sys

from .cli import main

sys.exit(main())
