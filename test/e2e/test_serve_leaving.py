"""Who leaves lfm2-serve, in the queue or while an answer is made; and its end while a model is compiled."""

import json
import os
import shutil
import signal
import socket
import stat
import threading

import pytest

from server import Server, shared_library

CHAT = "/v1/chat/completions"
ASK = {"messages": [{"role": "user", "content": "What is a dog?"}], "max_tokens": 1900, "ignore_eos": True}


@pytest.fixture(scope="module")
def library(build, wordnet):
    return shared_library(build, wordnet)


def begin(server, body):
    body = json.dumps(body).encode()
    connection = socket.create_connection(server.address, timeout=60)
    connection.sendall(f"POST {CHAT} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    return connection


def test_a_place_in_the_queue_is_given_up(build, library):
    server = Server(build, library, "--threads=1", "--parallel=1", "--queue=20", "--log=json")
    try:
        first = begin(server, {**ASK, "n": 16, "stream": True})
        server.wait_for(lambda: server.metric("lfm2_waiting") >= 12)
        others = [begin(server, {**ASK, "stream": i % 2 == 0}) for i in range(4)]
        server.wait_for(lambda: server.metric("lfm2_waiting") >= 16)
        for connection in others:
            connection.close()
        server.wait_for(lambda: server.metric("lfm2_answers_cancelled_total") == 4)
        assert server.metric("lfm2_running") == 1 and server.metric("lfm2_waiting") > 4
        assert [line["error"] for line in server.lines() if line["path"] == CHAT] == ["the client left"] * 4
        error = server.error("/v1/completions", {"prompt": ["a"] * 7, "n": 3, "max_tokens": 1})
        assert "at most 20 answers of one request, found 21" in error["message"]
        first.close()
    finally:
        server.close()


@pytest.fixture
def slow(build, tmp_path, library):
    """A server beside a command that takes its time; the command writes down its process and how signals reach it."""
    os.mkdir(tmp_path / "bin")
    shutil.copy(build.tool("lfm2-serve"), tmp_path / "bin")
    command = tmp_path / "bin" / "lfm2"
    command.write_text(f"#!/bin/sh\ngrep SigBlk /proc/self/status >{tmp_path}/signals\n"
                       f"sleep 60 & echo $$ $! >{tmp_path}/made; mv {tmp_path}/made {tmp_path}/processes; wait\n")
    command.chmod(stat.S_IRWXU)

    class Build:
        path = build.path

        @staticmethod
        def tool(name):
            return str(tmp_path / "bin" / name)
    server = Server(Build, "some-model", "--grace=60")
    answer = []
    asking = threading.Thread(target=lambda: answer.append(server.ask(CHAT, ASK)))
    asking.start()
    server.wait_for((tmp_path / "processes").exists)
    server.processes = [int(word) for word in (tmp_path / "processes").read_text().split()]
    server.signals = (tmp_path / "signals").read_text()
    server.answer = lambda: (asking.join(20), answer[0])[1]
    yield server
    server.close()


def is_running(process):
    try:
        with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_end_while_a_model_is_compiled(slow):
    assert int(slow.signals.split()[1], 16) == 0, "signals of the server are blocked in what it starts"
    slow.process.send_signal(signal.SIGTERM)
    assert slow.process.wait(10) == 0
    status, _, text = slow.answer()
    assert status == 503 and json.loads(text)["error"]["code"] == "server_stops"
    slow.wait_for(lambda: not any(is_running(process) for process in slow.processes))


def test_what_compiles_is_killed(slow):
    """What it has started may go on: nobody waits for that."""
    os.kill(slow.processes[0], signal.SIGKILL)
    status, _, text = slow.answer()
    assert status == 503 and json.loads(text)["error"]["code"] == "model_not_loaded"
    os.kill(slow.processes[1], signal.SIGKILL)
