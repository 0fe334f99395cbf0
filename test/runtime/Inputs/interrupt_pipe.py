"""interrupt_pipe.py PROGRAM: interrupts the answer to the first of two lines that PROGRAM
reads from a pipe, and prints how it ended."""
import signal
import subprocess
import sys

# Whoever runs tests in the background may ignore it.
signal.signal(signal.SIGINT, signal.SIG_DFL)
with subprocess.Popen([sys.argv[1], "--temp", "0"], stdin=subprocess.PIPE,
                      stdout=subprocess.PIPE) as chat:
    chat.stdin.write(b"hi\nyou\n")
    chat.stdin.close()
    chat.stdout.read(1)  # The answer has begun.
    chat.send_signal(signal.SIGINT)
    chat.stdout.read()
print("status", chat.returncode)
