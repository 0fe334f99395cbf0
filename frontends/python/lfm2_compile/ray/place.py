"""A model on this node: compiled into the node's cache, once for all actors that ask."""

import os
import shlex
import subprocess
import sys
from typing import Sequence

from ..command.refusal import Refusal


def words_of(options: str | Sequence[str]) -> list[str]:
    """Words of a command line: "--quantize=q4_0 --kv=q8_0", or a list of them."""
    return shlex.split(options) if isinstance(options, str) else [str(word) for word in options]


def place(model: str | os.PathLike[str], options: str | Sequence[str] = ()) -> str:
    """The path of the compiled library.

    model: what `lfm2 prepare` takes (a path that this node has, a name of the hub, a short name),
    or a library that is compiled already. options: those of lfm2-compile. Actors that ask at the
    same time wait for the one that compiles. Raises Refusal with what `lfm2 prepare` said.
    """
    model = os.fspath(model)
    if model.endswith(".so"):
        return os.path.abspath(os.path.expanduser(model))
    command = [sys.executable, "-m", __package__.rpartition(".")[0], "prepare", "--emit=shared", *words_of(options),
               model]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                          check=False, env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))})
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"`lfm2 prepare` ended with status {done.returncode}"]
        raise Refusal(f"cannot prepare {model} on {os.uname().nodename}: {said[-1]}")
    return done.stdout.strip().splitlines()[-1]
