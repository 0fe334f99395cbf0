"""What a refusal looks like: a fixed exit status, one line on stderr that says
what was found, within a second, under 200 MB, and nothing left behind."""

import json
import os
import signal
import subprocess
import sys
from typing import NamedTuple

# Linux counts what the process that starts a program ever held as the program's, so a
# small one of its own starts it. What it found goes to a pipe, as [status, s, kB].
STARTER = """
import json, os, sys, time
report = int(sys.argv[1])
os.set_inheritable(report, False)
start = time.monotonic()
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
answer = os.waitstatus_to_exitcode(status), time.monotonic() - start, usage.ru_maxrss
os.write(report, json.dumps(answer).encode())
"""


class Answer(NamedTuple):
    status: int
    seconds: float
    kilobytes: int  # At most, resident.


def run_alone(command, most_seconds=30):
    """Runs the command; gives its answer, stdout and stderr."""
    reader, writer = os.pipe()
    starter = subprocess.Popen([sys.executable, "-ISc", STARTER, str(writer), *command], pass_fds=[writer],
                               start_new_session=True, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    os.close(writer)
    with open(reader, "rb") as report:
        try:
            out, err = starter.communicate(timeout=most_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(starter.pid, signal.SIGKILL)
            starter.communicate()
            raise AssertionError(f"no answer within {most_seconds} s: {command}") from None
        assert starter.returncode == 0, err.decode(errors="replace")
        return Answer(*json.load(report)), out.decode(errors="replace"), err.decode(errors="replace")


def refused(command, says, leaves=(), status=1, seconds=1.0, megabytes=200):
    """Runs the command, asserts that it is refused in form, and that its line
    holds each word of `says`. `leaves` are paths that must not be there after."""
    answer, out, err = run_alone([str(word) for word in command])
    lines = err.strip("\n").split("\n")
    assert answer.status == status, f"exit {answer.status}, expected {status}: {err or out}"
    assert len(lines) == 1 and lines[0], f"expected one line on stderr, found: {err!r}"
    for word in says:
        assert word.lower() in err.lower(), f"expected {word!r} in: {err}"
    assert out == "", f"stdout of a refusal: {out[:200]!r}"
    assert answer.seconds < seconds, f"{answer.seconds:.2f} s"
    assert answer.kilobytes < megabytes * 1024, f"{answer.kilobytes / 1024:.0f} MB"
    for path in leaves:
        folder, name = os.path.split(path)
        left = [entry for entry in os.listdir(folder) if entry.startswith(name)]
        assert not left, f"left behind: {left}"
    return err
