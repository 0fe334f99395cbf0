"""progress.py COMMAND...: prints what COMMAND shows on a terminal, a line for each time that
it was written over."""
import sys

from terminal import Terminal

shown = Terminal(sys.argv[1:], "xterm").read_until(b"never")
sys.stdout.write(shown.decode().replace("\r\x1b[K", "\n") + "\n")
