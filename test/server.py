"""A server that a test started, and what it says."""

import contextlib
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from programs import run, stamp_of


def shared_library(build, model, *options):
    """The library of a model (a small one's name, or a path), compiled once per compiler."""
    source = model if os.path.isabs(model) else build.model(model)
    key = hashlib.sha256("\0".join(["shared", stamp_of(source), *options]).encode()).hexdigest()[:24]
    folder = os.path.join(build.programs, key)
    path = os.path.join(folder, os.path.splitext(os.path.basename(source))[0] + ".so")
    if not os.path.exists(path):
        made = f"{folder}.{os.getpid()}"
        os.makedirs(made)
        done = run([build.tool("lfm2-compile"), source, "--emit=shared", "-o",
                    os.path.join(made, os.path.basename(path)), *options])
        assert done.returncode == 0, done.stderr
        with contextlib.suppress(OSError):  # Another process was faster.
            os.rename(made, folder)
    return path


class Server:
    """Runs until close(). `url` has no slash at its end; standard error is kept in a file."""

    def __init__(self, build, *words, log=None):
        self.log = log or build.path(f"serve-{os.getpid()}-{time.monotonic_ns()}.log")
        with open(self.log, "w", encoding="utf-8") as file:
            self.process = subprocess.Popen([build.tool("lfm2-serve"), "--port=0", *words], stdout=subprocess.PIPE,
                                            stderr=file, text=True)
        line = self.process.stdout.readline()
        ready = re.fullmatch(r"lfm2-serve: listening at (http://\S+)\n", line)
        assert ready, f"found {line!r} instead of an address; {self.said()}"
        self.url = ready.group(1)
        self.address = ("127.0.0.1", int(self.url.rsplit(":", 1)[1]))

    def said(self):
        with open(self.log, encoding="utf-8") as file:
            return file.read()

    def lines(self):
        """Those of a log in JSON."""
        return [json.loads(line) for line in self.said().splitlines() if line.startswith("{")]

    def ask(self, path, body=None, headers=None, method=None, timeout=60):
        """(status, headers, text) of one request; `body` is JSON, or bytes as they are."""
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json", **(headers or {})},
                                         method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()

    def json(self, path, body=None, status=200, **more):
        found, _, text = self.ask(path, body, **more)
        assert found == status, f"{found}: {text}"
        return json.loads(text)

    def error(self, path, body=None, status=400, **more):
        """OpenAI's error of a request that is refused."""
        return self.json(path, body, status, **more)["error"]

    def send(self, data, timeout=30):
        """All that comes back on one connection, until the server closes it."""
        with socket.create_connection(self.address, timeout=timeout) as connection:
            with contextlib.suppress(OSError):  # It may close before it has read all.
                connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            parts = []
            with contextlib.suppress(OSError):
                while part := connection.recv(65536):
                    parts.append(part)
        return b"".join(parts)

    def metric(self, name, **labels):
        """The sum of a metric over what the labels leave open."""
        found = 0
        for line in self.ask("/metrics")[2].splitlines():
            match = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if match and match.group(1) == name and all(f'{key}="{value}"' in (match.group(2) or "")
                                                        for key, value in labels.items()):
                found += float(match.group(3))
        return found

    def wait_for(self, what, timeout=20):
        end = time.monotonic() + timeout
        while not what():
            assert time.monotonic() < end, f"it did not come; {self.said()[-2000:]}"
            time.sleep(0.02)

    def close(self):
        """Stops it as a user does; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(60)
        self.process.stdout.close()
        return status
