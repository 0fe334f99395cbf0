"""`python -m lfm2_compile` is the command `lfm2`."""

import sys

from lfm2_compile.command.main import main

sys.exit(main())
