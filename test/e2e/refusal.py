"""What a refusal looks like: a fixed exit status, one line on stderr that says
what was found, within a second, under 200 MB, and nothing left behind."""

import os
import resource
import subprocess
import time


def refused(command, says, leaves=(), status=1, seconds=1.0, megabytes=200):
    """Runs the command, asserts that it is refused in form, and that its line
    holds each word of `says`. `leaves` are paths that must not be there after."""
    start = time.monotonic()
    child = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # One line each way fits in the pipes, so waiting first cannot block; one
    # that writes more than a pipe holds is no refusal either.
    while True:
        pid, wait_status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            break
        if time.monotonic() - start > 30:
            child.kill()
            os.wait4(child.pid, 0)
            raise AssertionError(f"no answer within 30 s: {command}")
        time.sleep(0.002)
    took = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(wait_status)
    with child.stdout, child.stderr:
        out = child.stdout.read().decode(errors="replace")
        err = child.stderr.read().decode(errors="replace")
    lines = err.strip("\n").split("\n")
    assert child.returncode == status, f"exit {child.returncode}, expected {status}: {err or out}"
    assert len(lines) == 1 and lines[0], f"expected one line on stderr, found: {err!r}"
    for word in says:
        assert word.lower() in err.lower(), f"expected {word!r} in: {err}"
    assert out == "", f"stdout of a refusal: {out[:200]!r}"
    assert took < seconds, f"{took:.2f} s"
    # Linux counts what the process that starts a program ever held as the program's.
    inherited = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert usage.ru_maxrss <= max(megabytes * 1024, inherited), f"{usage.ru_maxrss / 1024:.0f} MB"
    for path in leaves:
        folder, name = os.path.split(path)
        left = [entry for entry in os.listdir(folder) if entry.startswith(name)]
        assert not left, f"left behind: {left}"
    return err
