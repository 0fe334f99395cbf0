"""The programs of this project: where they are."""

import os
import signal
import sys

from .refusal import Refusal, reason


def find(name):
    """The path of lfm2-compile or lfm2-serve: in $LFM2_BIN; in the build folder that
    the package is in; beside the command or its Python; in PATH."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    folders = [os.environ.get("LFM2_BIN"), os.path.join(package, "..", "..", "bin"),
               os.path.dirname(os.path.abspath(sys.argv[0])), os.path.dirname(sys.executable),
               *os.environ.get("PATH", "").split(os.pathsep)]
    for folder in folders:
        path = folder and os.path.join(folder, name)
        if path and os.access(path, os.X_OK) and os.path.isfile(path):
            return os.path.realpath(path)
    raise Refusal(f"cannot find {name}: expected it beside lfm2, in $LFM2_BIN or in PATH; install lfm2-compile again, "
                  "or set LFM2_BIN to the folder that has it")


def replace(path, words, name=None):
    """Goes on as the program `path`, which calls itself `name` in what it says; returns
    only by a Refusal."""
    # Python ignores these, and what is ignored stays so in the program.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execv(path, [name or path, *words])
    except OSError as error:
        raise Refusal(f"cannot run {path}: {reason(error)}") from None
