"""`python -m lfm2_compile` is the command `lfm2`."""

import sys

from lfm2_compile.command.main import main

if __name__ == "__main__":
    sys.exit(main())
