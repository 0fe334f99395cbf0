"""Reads the command, and turns what fails into one line."""

import importlib
import os
import signal
import sys

from . import help, tools
from .refusal import Refusal, reason, visible

# Of each command the module and the function, which takes words and returns a status.
# A module is loaded when its command is given.
COMMANDS = {"run": ("programs", "run"), "serve": ("programs", "serve"), "prepare": ("programs", "prepare"),
            "compile": ("programs", "compile_model"), "pull": ("models", "pull"), "list": ("models", "list_models"),
            "show": ("models", "show"), "rm": ("remove", "remove")}


def main(words=None):
    words = sys.argv[1:] if words is None else words
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda number, _: sys.exit(128 + number))  # Cleans up on the way.
    if sys.stderr is None:  # It is closed; print() would write to standard output.
        sys.stderr = open(os.devnull, "w", encoding="utf-8")
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.reconfigure(errors="surrogateescape")  # Names of files are bytes.
    try:
        status = call(words)
        if sys.stdout:
            sys.stdout.flush()
        return status
    except Refusal as refusal:
        if str(refusal):
            print(f"lfm2: error: {refusal}", file=sys.stderr)
        return refusal.status
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        # What could not be written is not tried again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if not isinstance(error, BrokenPipeError):
            print(f"lfm2: error: {visible(str(error.filename or 'cannot write'))}: {reason(error)}", file=sys.stderr)
        return 1


def call(words):
    """Does what the words say; returns the status of the process."""
    if not words or words[0] in ("-h", "--help", "help"):
        print(help.ALL, end="")
        return 0
    if words[0] == "--version":
        tools.replace(tools.find("lfm2-compile"), ["--version"])
    if words[0] not in COMMANDS:
        raise Refusal(f"expected a command, found '{words[0]}'; `lfm2 --help` lists them", 2)
    if words[1:] in (["-h"], ["--help"]):
        print(help.COMMANDS[words[0]], end="")
        return 0
    module, function = COMMANDS[words[0]]
    return getattr(importlib.import_module("." + module, __package__), function)(words[1:])
