"""Reads the command, and turns what fails into one line."""

import os
import sys

from . import help
from .refusal import Refusal, reason

def commands():
    """Of each command its function, which takes words and returns a status."""
    from . import models, programs, remove
    return {"run": programs.run, "serve": programs.serve, "pull": models.pull, "list": models.list_models,
            "show": models.show, "rm": remove.remove, "compile": programs.compile_model,
            "prepare": programs.prepare}


def main(words=None):
    words = sys.argv[1:] if words is None else words
    try:
        if not words or words[0] in ("-h", "--help", "help"):
            print(help.ALL, end="")
            return 0
        command = commands().get(words[0])
        if not command:
            raise Refusal(f"expected a command, found '{words[0]}'; `lfm2 --help` lists them", 2)
        if words[1:] in (["-h"], ["--help"]):
            print(help.COMMANDS[words[0]], end="")
            return 0
        return command(words[1:])
    except Refusal as refusal:
        if str(refusal):
            print(f"lfm2: error: {refusal}", file=sys.stderr)
        return refusal.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except OSError as error:
        print(f"lfm2: error: {error.filename or 'input or output'}: {reason(error)}", file=sys.stderr)
        return 1
