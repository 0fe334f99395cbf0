"""editor.py PROGRAM FOLDER COUNT: types at the line editor of PROGRAM's chat, and compares what it
shows, on a screen that pyte draws, and what it takes, as its history has it, with what a list of
characters would be. Then COUNT texts of random keys."""
import os
import random
import select
import signal
import sys
import time
import unicodedata

import pyte
import wcwidth
from terminal import Terminal

PROGRAM, FOLDER, COUNT = sys.argv[1], sys.argv[2], int(sys.argv[3])
HISTORY = os.path.join(FOLDER, "history")
UP, DOWN, RIGHT, LEFT = b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D"
WORD_LEFT, WORD_RIGHT, DELETE = b"\x1b[1;5D", b"\x1b[1;5C", b"\x1b[3~"


class Screen:
    """The chat, and what its terminal shows."""

    def __init__(self, rows=24, columns=80):
        self.terminal = Terminal([PROGRAM, "--history", HISTORY, "-n", "1", "--temp", "0"], "xterm", rows, columns)
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.seen = b""
        self.wait(lambda: self.seen.endswith(b"\x1b[2C"))

    def resize(self, rows, columns):
        self.screen.resize(rows, columns)
        self.terminal.resize(rows, columns)

    def read(self, seconds):
        if not select.select([self.terminal.file], [], [], seconds)[0]:
            return False
        try:
            new = os.read(self.terminal.file, 65536)
        except OSError:
            return False
        self.seen += new
        self.stream.feed(new)
        return bool(new)

    def wait(self, condition, seconds=20):
        end = time.time() + seconds
        while not condition():
            if time.time() > end:
                sys.exit(f"shown: {self.lines()}, cursor {self.cursor()}, bytes {self.seen[-400:]!r}")
            self.read(0.05)

    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def cursor(self):
        return self.screen.cursor.y, self.screen.cursor.x

    def expect(self, lines, cursor):
        """The last lines of those that are not empty, and the cursor below the first of them."""
        while not lines[-1] and cursor[0] < len(lines) - 1:
            lines = lines[:-1]

        def holds():
            found = self.lines()[: max(self.cursor()[0] + 1, last_line(self.lines()))]
            start = len(found) - len(lines)
            return start >= 0 and found[start:] == lines and self.cursor() == (start + cursor[0], cursor[1])

        self.wait(holds)

    def enter(self):
        """Takes the text, and waits for the next prompt."""
        self.seen = b""
        self.terminal.type(b"\r")
        self.wait(lambda: self.seen.endswith(b"\x1b[2C") and self.seen.count(b"\x1b[?2004h") == 1)


def last_line(lines):
    return max([number + 1 for number, line in enumerate(lines) if line], default=0)


def saved():
    """Texts of the history."""
    with open(HISTORY, encoding="utf-8", newline="\n") as file:
        return [line.replace("\\\\", "\0").replace("\\n", "\n").replace("\0", "\\") for line in file.read().split("\n")[:-1]]


def columns_of(character):
    return 1 if character in "\t" else wcwidth.wcwidth(character)


def layout(text, cursor, columns):
    """Rows that show a text behind a prompt, and where the cursor is."""
    rows, column, place = ["> "], 2, None
    for number, character in enumerate(text + "\0"):
        if number == cursor:
            place = len(rows) - 1, column
        if number == len(text):
            # pyte joins marks with what they stand on.
            return [unicodedata.normalize("NFC", row.rstrip()) for row in rows], place
        if character == "\n":
            rows.append("  ")
            column = 2
            continue
        width = columns_of(character)
        if column + width > columns:
            rows.append("")
            column = 0
        rows[-1] += " " if character == "\t" else character
        column += width
        if column == columns:
            rows.append("")
            column = 0


class Model:
    """A text and a place in it, as the editor should have them."""

    def __init__(self):
        self.text, self.at = [], 0

    def word(self, step):
        def is_word(character):
            return character.isalnum() or ord(character) > 127 or character == "_"

        at = self.at
        for wanted in (False, True):
            while 0 <= at + min(step, 0) < len(self.text) and is_word(self.text[at + min(step, 0)][0]) == wanted:
                at += step
        return at

    def start(self):
        at = self.at
        while at > 0 and self.text[at - 1] != "\n":
            at -= 1
        return at

    def end(self):
        at = self.at
        while at < len(self.text) and self.text[at] != "\n":
            at += 1
        return at

    def erase(self, begin, end):
        del self.text[begin:end]
        self.at = begin

    def press(self, key):
        if key == LEFT:
            self.at = max(0, self.at - 1)
        elif key == RIGHT:
            self.at = min(len(self.text), self.at + 1)
        elif key in (b"\x01", b"\x1b[H", b"\x1bOH", b"\x1b[1~"):
            self.at = self.start()
        elif key in (b"\x05", b"\x1b[F", b"\x1bOF", b"\x1b[4~"):
            self.at = self.end()
        elif key in (WORD_LEFT, b"\x1bb"):
            self.at = self.word(-1)
        elif key in (WORD_RIGHT, b"\x1bf"):
            self.at = self.word(1)
        elif key == b"\x7f":
            self.erase(max(0, self.at - 1), self.at)
        elif key == DELETE:
            self.erase(self.at, min(len(self.text), self.at + 1))
        elif key in (b"\x17", b"\x1b\x7f"):
            self.erase(self.word(-1), self.at)
        elif key == b"\x1bd":
            self.erase(self.at, self.word(1))
        elif key == b"\x15":
            self.erase(self.start(), self.at)
        elif key == b"\x0b":
            self.erase(self.at, self.end())
        elif key == b"\x1b\r":
            self.insert(["\n"])
        elif key.startswith(b"\x1b[200~"):
            self.insert(list(key[6:-6].decode().replace("\r\n", "\n").replace("\r", "\n")))
        else:
            self.insert([key.decode()])

    def insert(self, characters):
        self.text[self.at : self.at] = characters
        self.at += len(characters)


def random_key(draw):
    kind = draw.random()
    if kind < 0.55:
        # With marks on the one before, a character is several code points.
        return draw.choice(["a", "b", "Z", "0", "_", " ", " ", "-", "é", "世", "界", "한", "😀", "e\u0301", "\u0e01\u0e38"]).encode()
    if kind < 0.6:
        return b"\x1b[200~" + draw.choice(["two\nlines", "tab\there", "crlf\r\nend\r\n", "\x1b[20 é"]).replace("\x1b", "").encode() + \
            b"\x1b[201~"
    return draw.choice([LEFT, LEFT, LEFT, RIGHT, RIGHT, b"\x01", b"\x05", b"\x1b[H", b"\x1b[F", b"\x1bOH", b"\x1bOF",
                        b"\x1b[1~", b"\x1b[4~", WORD_LEFT, WORD_RIGHT, b"\x1bb", b"\x1bf", b"\x7f", b"\x7f", DELETE,
                        b"\x17", b"\x1b\x7f", b"\x1bd", b"\x15", b"\x0b", b"\x1b\r"])


def random_texts():
    draw = random.Random(7)
    chat = Screen(rows=50, columns=30)
    expected = []
    for _ in range(COUNT):
        model = Model()
        for number in range(draw.randint(1, 60)):
            key = random_key(draw)
            model.press(key)
            chat.terminal.type(key)
            if number % 9 == 8:
                text = "".join(model.text)
                place = len("".join(model.text[: model.at]))
                chat.expect(*layout(text, place, 30))
        # At the end something of its own, so that no text is that of before.
        end = f".{len(expected)}"
        chat.terminal.type(RIGHT * len(model.text) + end.encode())
        expected.append("".join(model.text) + end)
        chat.enter()
    found = saved()
    for number, text in enumerate(expected):
        assert found[number] == text, (number, found[number], text)
    chat.terminal.type(b"\x04")
    assert chat.terminal.status() == 0
    print(len(expected), "random texts")


def scenes():
    chat = Screen(rows=10, columns=20)
    terminal = chat.terminal
    assert not terminal.has_echo()
    # Lines that wrap; wide characters do not stand on two rows.
    terminal.type("hello wörld 世界 abcd".encode())
    chat.expect(["> hello wörld 世界 a", "bcd"], (1, 3))
    terminal.type(LEFT * 5 + b"X")
    chat.expect(["> hello wörld 世界X", "abcd"], (0, 19))
    # Another size of the terminal: all of it on one row.
    chat.resize(10, 40)
    chat.wait(lambda: chat.lines()[chat.cursor()[0]] == "> hello wörld 世界X abcd")
    chat.resize(10, 20)
    terminal.type(b"\x15\x0bfirst")
    chat.wait(lambda: "> first" in chat.lines())
    chat.enter()
    # A backslash, Alt-Enter and a block go on in another line.
    terminal.type(b"one\\\rtwo\x1b\rthree")
    chat.wait(lambda: chat.lines()[chat.cursor()[0] - 2 : chat.cursor()[0] + 1] == ["> one", "  two", "  three"])
    chat.enter()
    terminal.type(b'"""\rin a block\r\r"quoted"\\\r"""')
    chat.enter()
    assert saved() == ["first", "one\ntwo\nthree", 'in a block\n\n"quoted"\\'], saved()
    # What was said comes back, line by line of a longer text.
    terminal.type(UP * 3)
    chat.wait(lambda: chat.lines()[chat.cursor()[0]].startswith("> in a block"))
    terminal.type(UP)
    chat.wait(lambda: chat.lines()[chat.cursor()[0]] == "  three")
    terminal.type(UP * 3)
    chat.wait(lambda: chat.lines()[chat.cursor()[0]] == "> first")
    terminal.type(UP)
    terminal.type(b"!")
    chat.wait(lambda: chat.lines()[chat.cursor()[0]] == "> first!")
    terminal.type(DOWN * 9 + b"new")
    chat.wait(lambda: chat.lines()[chat.cursor()[0]] == "> new")
    # Ctrl-C drops it, Ctrl-D deletes, and ends where nothing is left.
    terminal.type(b"\x03")
    chat.wait(lambda: "> new^C" in chat.lines() and chat.lines()[chat.cursor()[0]] == ">")
    terminal.type(b"xy\x01\x04")
    chat.wait(lambda: chat.lines()[chat.cursor()[0]] == "> y")
    # More rows than the terminal has: those around the cursor.
    terminal.type(b"\x0b" + b"\x1b\r".join(b"%d" % i for i in range(30)))
    chat.wait(lambda: chat.lines()[:1] == ["  20"] and chat.lines()[9] == "  29")
    terminal.type(UP * 25)
    chat.wait(lambda: chat.lines()[chat.cursor()[0]] == "  4")
    terminal.type(b"\x03")
    chat.wait(lambda: chat.lines()[chat.cursor()[0]] == ">")
    # Keys that mean nothing, and bytes that are no text.
    terminal.type(b"a\x1b[99~\x1b[1;2;3;4Z\x1bx\xff\x00b")
    chat.wait(lambda: chat.lines()[chat.cursor()[0]] == "> a?b")
    terminal.type(b"\x15\x04")
    chat.wait(lambda: b"\x1b[?2004l" in chat.seen)
    assert terminal.status() == 0
    print("scenes")


def ends():
    """The terminal is as it was, whatever ends the program."""
    for end in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        chat = Screen()
        assert not chat.terminal.has_echo()
        os.kill(chat.terminal.pid, end)
        chat.wait(chat.terminal.has_echo)
        chat.wait(lambda: b"\x1b[?2004l" in chat.seen)
        assert chat.terminal.status() == -end
    # Stopped and continued by a shell, it takes keys again.
    os.environ["PS1"] = "$ "
    shell = Terminal(["sh", "-i"], "xterm")
    shell.read_until(b"$ ")
    shell.type(f"{PROGRAM} -n 1\n".encode())
    shell.read_until(b"\x1b[2C")
    shell.type(b"before\x1a")
    shell.read_until(b"$ ")
    shell.type(b"fg\n")
    shell.read_until(b"> before")
    shell.type(b" after")
    shell.read_until(b"> before after")
    shell.type(b"\x15\x04")
    shell.read_until(b"$ ")
    shell.type(b"exit\n")
    assert shell.status() == 0
    print("ends")


scenes()
os.remove(HISTORY)
random_texts()
ends()
