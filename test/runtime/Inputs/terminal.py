"""A program on a terminal of its own."""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time


class Terminal:
    def __init__(self, command, kind="dumb", rows=24, columns=80):
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = kind
            # A shell's jobs in the background ignore some of these.
            for end in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
                signal.signal(end, signal.SIG_DFL)
            self.resize(rows, columns, file=0)
            os.execvp(command[0], command)
        self.shown = b""

    def resize(self, rows, columns, file=None):
        fcntl.ioctl(self.file if file is None else file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys):
        os.write(self.file, keys)

    def read_until(self, text, seconds=60):
        """What is shown from where the last call ended to the end of `text`, or to the
        end of all; something in any case."""
        end = time.time() + seconds
        while not self.shown or text not in self.shown:
            if not select.select([self.file], [], [], max(0, end - time.time()))[0]:
                sys.exit(f"expected {text!r}, found {self.shown!r}")
            try:
                self.shown += os.read(self.file, 1000)
            except OSError:  # The program has ended.
                text = b""
                break
        at = self.shown.find(text) + len(text) if text else len(self.shown)
        seen, self.shown = self.shown[:at], self.shown[at:]
        return seen

    def has_echo(self):
        """Whether it shows what is typed, and gives lines: as a shell wants it."""
        return bool(termios.tcgetattr(self.file)[3] & termios.ECHO)

    def status(self):
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
