"""What a page of Markdown gives its readers to run, and a reader who runs all of it.

Blocks of code are commands of a shell, or Python where a fence says so or the first line
is an import; a fence of `text` is what the commands in front of it print. A block that no
test can run has in front of it

    <!-- not run: why -->

and a page of which none can, before all blocks

    <!-- not run on this page: why -->
"""

import dataclasses
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

from markdown_it import MarkdownIt

MARK_ALL = re.compile(r"<!-- not run on this page: (.*?) -->", re.DOTALL)
MARK = re.compile(r"<!-- not run: (.*?) -->", re.DOTALL)
SERVER = re.compile(r"^(\w+=\S+ )*(lfm2 serve|lfm2-serve) (?!.*--help)")
PORT = re.compile(r"(?<=localhost:)\d+|(?<=127\.0\.0\.1:)\d+|(?<=--port=)\d+")
DEFAULT_PORT = "8080"
SECONDS = 120  # Of a block.
# Of curl's answers, those with an error are failures here.
PRELUDE = r"""trap 'echo status $? of: $BASH_COMMAND >&2' ERR
curl() { command curl --fail-with-body --silent --show-error --max-time 60 "$@"; }
"""


@dataclasses.dataclass
class Block:
    line: int  # The first line of its text, from 1.
    heading: str
    text: str
    language: str  # "sh", "python", "text", or what else a fence says.
    not_run: str  # Why, or "".


def blocks(path):
    """The blocks of a page, in order. Refuses a mark without a block behind it."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    of_all = " ".join(word for why in MARK_ALL.findall(text) for word in why.split())
    found, heading, mark = [], "", None
    for before, token in zip([None, *tokens], tokens):
        if token.type == "inline" and before.type == "heading_open":
            heading = token.content
        if token.type in ("fence", "code_block"):
            is_fence = token.type == "fence"
            language = token.info.strip() if is_fence else ""
            if not language:
                language = "python" if re.match(r"(import|from) ", token.content) else "sh"
            found.append(Block(token.map[0] + 1 + is_fence, heading, token.content, language, mark or of_all))
            mark = None
        elif mark is not None and token.level == 0 and not token.type.endswith("_close"):
            raise ValueError(f"{path}: no block stands behind '<!-- not run: {mark} -->'")
        marks = MARK.findall(token.content) if token.type == "html_block" else []
        if marks:
            mark = " ".join(marks[-1].split())
    if mark is not None:
        raise ValueError(f"{path}: no block stands behind '<!-- not run: {mark} -->'")
    return found


def segments(text):
    """[(index of its first line, is a server, commands)]: a line that starts a server goes on its own."""
    lines, found, index = text.split("\n"), [], 0
    while index < len(lines):
        end = index + 1
        while lines[end - 1].endswith("\\"):
            end += 1
        part = "\n".join(lines[index:end])
        is_server = bool(SERVER.match(part))
        if found and not is_server and not found[-1][1]:
            found[-1] = (found[-1][0], False, found[-1][2] + "\n" + part)
        else:
            found.append((index, is_server, re.sub(r"\s+# .*", "", part) if is_server else part))
        index = end
    return found


class Reader:
    """Runs blocks in one folder, with the ports that pages name put in others' place."""

    def __init__(self, folder, environment):
        self.folder, self.environment = str(folder), environment
        self.servers, self.ports, self.printed = {}, {}, ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for port in list(self.servers):
            self.stop(port)

    def here(self, text):
        """The text with free ports of this machine."""
        return PORT.sub(lambda match: self.port(match.group()), text)

    def port(self, named):
        if named not in self.ports:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.ports[named] = str(free.getsockname()[1])
        return self.ports[named]

    def read(self, page):
        """All blocks of a page; Python goes last, as one session."""
        found = [block for block in blocks(page) if not block.not_run]
        for block in found:
            place = f"{page}:{block.line}"
            if block.language == "sh":
                for index, is_server, text in segments(block.text):
                    self.run_server(text) if is_server else self.run_shell(text, f"{page}:{block.line + index}")
            elif block.language == "text":
                assert self.printed.strip() == block.text.strip(), f"{place}: in its place was printed: {self.printed}"
            else:
                assert block.language == "python", f"{place}: nothing runs {block.language}"
        script = [(block.line, self.here(block.text)) for block in found if block.language == "python"]
        if script:
            self.run([sys.executable, "-c", SESSION, page, repr(script)], page)
        return len(found)

    def run_shell(self, text, place):
        if text.strip():
            self.run(["bash", "-euo", "pipefail", "-c", PRELUDE + self.here(text)], place)

    def run(self, command, place):
        with subprocess.Popen(command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                              start_new_session=True) as process:
            try:
                self.printed, said = process.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                self.printed, said = process.communicate()
        assert process.returncode == 0, f"{place}: status {process.returncode}\n{self.printed[-1500:]}{said[-2500:]}"

    def run_server(self, text):
        command = self.here(text)
        if "--port" not in text:
            command += f" --port={self.port(DEFAULT_PORT)}"
        port = re.search(r"--port=(\d+)", command).group(1)
        self.stop(port)
        with open(os.path.join(self.folder, f"server-{port}.log"), "w+", encoding="utf-8") as log:
            process = subprocess.Popen(["bash", "-c", command], cwd=self.folder, env=self.environment, stdout=log,
                                       stdin=subprocess.DEVNULL, stderr=log, start_new_session=True)
            self.servers[port] = process
            for _ in range(600):
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                        return
                except OSError:
                    time.sleep(0.1)
                if process.poll() is not None:
                    break
            log.seek(0)
            raise AssertionError(f"{text}: no answer of {command}\n{log.read()[-2500:]}")

    def stop(self, port):
        """The server at this port, with what started it."""
        process = self.servers.pop(port, None)
        if process and process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


# Blocks of Python one behind the other, with the lines of their page in tracebacks, and `await` outside of functions.
SESSION = """
import ast, asyncio, inspect, sys
names = {"__name__": "__main__"}
for line, text in ast.literal_eval(sys.argv[2]):
    code = compile("\\n" * (line - 1) + text, sys.argv[1], "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if code.co_flags & inspect.CO_COROUTINE:
        asyncio.run(eval(code, names))
    else:
        exec(code, names)
"""
