"""interrupt.py PROGRAM [WORD...]: talks to PROGRAM on a terminal, interrupts its first
answer, hears the second out, and ends the conversation."""
import sys

from terminal import Terminal

chat = Terminal([*sys.argv[1:], "--temp", "0"])
chat.read_until(b"> ")
chat.type(b"hi\n")
chat.read_until(b"hi\r\n")
chat.read_until(b"")  # The answer has begun.
chat.type(b"\x03")
# Behind it stands how fast it came.
answer = chat.read_until(b"> ").decode(errors="replace").split("[")[0]
print("stopped: the answer was", "shorter" if len(answer) < 20 else "not shorter",
      "than 20 characters")
chat.type(b"x\n")
answer = chat.read_until(b"\n> ").decode(errors="replace")
print("answered again" if len(answer) > 3 else f"found {answer!r}")
chat.type(b"\x04")
chat.read_until(b"never", 10)
print("status", chat.status())
