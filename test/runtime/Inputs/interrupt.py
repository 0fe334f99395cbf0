"""interrupt.py PROGRAM [WORD...]: talks to PROGRAM on a terminal, interrupts its first
answer, hears the second out, and ends the conversation."""
import os
import pty
import signal
import sys
import time

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], [*sys.argv[1:], "--temp", "0"])


def read_until(text, seconds=60):
    seen = b""
    end = time.time() + seconds
    while text not in seen:
        if time.time() > end:
            sys.exit(f"expected {text!r}, found {seen!r}")
        try:
            seen += os.read(terminal, 1000)
        except OSError:
            break
    return seen


read_until(b"> ")
os.write(terminal, b"hi\n")
read_until(b"hi\r\n")
os.read(terminal, 1000)  # The answer has begun.
os.kill(pid, signal.SIGINT)
answer = read_until(b"> ").decode(errors="replace")
print("stopped: the answer was", "shorter" if len(answer) < 20 else "not shorter",
      "than 20 characters")
os.write(terminal, b"x\n")
answer = read_until(b"\n> ").decode(errors="replace")
print("answered again" if len(answer) > 3 else f"found {answer!r}")
os.write(terminal, b"\x04")
read_until(b"never", 10)
print("status", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
