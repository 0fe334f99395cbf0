"""conversation.py PROGRAM [WORD...] -- STEP...: talks to PROGRAM on a terminal, and prints
what that shows and how the program ended. A step is a line to say, ^C or ^D; =TEXT waits for
TEXT, = alone for anything, ... for a moment in which nothing is expected."""
import sys
import time

from terminal import Terminal

split = sys.argv.index("--")
chat = Terminal(sys.argv[1:split])
shown = b""
for step in sys.argv[split + 1:]:
    if step == "...":
        time.sleep(0.3)
    elif step.startswith("="):
        shown += chat.read_until(step[1:].encode())
    elif step.startswith("^"):
        chat.type(bytes([ord(step[1]) - ord("@")]))
    else:
        chat.type(step.encode() + b"\n")
shown += chat.read_until(b"never")
sys.stdout.buffer.write(shown.replace(b"\r", b""))
print("status", chat.status())
