"""lfm2-serve as a child of a replica, on loopback, at a port that is free."""

import os
import queue
import re
import shutil
import subprocess
import threading
from typing import Callable, Sequence

from ..command import tools
from ..command.refusal import Refusal

_START_SECONDS = 120


class Child:
    """Runs until stop(), or until this process ends in whatever way."""

    def __init__(self, words: Sequence[str], when_it_ends: Callable[[int], None] = lambda status: None):
        """words: of the command line, without host and port. Returns when it listens. when_it_ends:
        called, on another thread, with its status where it ends behind that without stop()."""
        self._when_it_ends, self._is_stopping = when_it_ends, False
        command = [tools.find("lfm2-serve"), "--host=127.0.0.1", "--port=0", *words]
        # The system ends the child when the thread that started it ends: _run(), which waits for it.
        if shutil.which("setpriv"):
            command = ["setpriv", "--pdeathsig", "TERM", *command]
        self._said: queue.Queue[str | Exception] = queue.Queue()
        self._process: subprocess.Popen[str] | None = None
        threading.Thread(target=self._run, args=(command,), daemon=True, name="lfm2-serve").start()
        try:
            said = self._said.get(timeout=_START_SECONDS)
        except queue.Empty:
            self.stop(0)
            raise Refusal(f"expected lfm2-serve to listen within {_START_SECONDS} s, found that it does not; "
                          "its log is that of this replica") from None
        if isinstance(said, Exception):
            raise said
        self.url = said

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self, seconds: float) -> None:
        """Lets it end what it answers, for so long. Twice is fine."""
        self._is_stopping = True
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _run(self, command: list[str]) -> None:
        url = ""
        try:
            with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                  env={**os.environ}) as process:
                self._process = process
                for line in process.stdout or ():
                    found = re.search(r"listening at (http://\S+)", line)
                    if found:
                        url = found[1]
                        self._said.put(url)
            self._said.put(Refusal(f"lfm2-serve ended with status {process.returncode}; its log, which is that of "
                                   "this replica, says why"))
            if url and not self._is_stopping:
                self._when_it_ends(process.returncode)
        except OSError as error:
            self._said.put(Refusal(f"cannot start {command[0]}: {error.strerror}"))
