#!/usr/bin/env python3
"""Loads a server of OpenAI's interface: streams for some time, beside them clients
that vanish, read slowly, or send what is no request.

    lfm2 serve model.gguf --port 8080 &
    test/bench/serve_load.py --url http://127.0.0.1:8080 --streams 32 --seconds 300 --rude

Answers are greedy, so each is compared with what the server said to the same prompt
when it was alone. Prints JSON: tokens a second of all streams, the time to the first
token and between tokens (seconds), memory of --pid over time (bytes), and what went
wrong. The exit status is 1 where an answer was lost, cut or another one's.

One process and one thread: a client that takes little from the cores that answer.
"""

import argparse
import asyncio
import json
import random
import re
import statistics
import sys
import time
import urllib.parse

WORDS = "river stone house green seven music light paper winter engine copper garden".split()


def prompt_of(number, words):
    generator = random.Random(number)
    return " ".join(generator.choice(WORDS) for _ in range(words))


class Server:
    """Where it is, and the one request that is made of it in many ways."""

    def __init__(self, arguments):
        parts = urllib.parse.urlsplit(arguments.url)
        self.host, self.port = parts.hostname, parts.port or 80
        self.key = arguments.key
        self.tokens = arguments.tokens
        self.words = arguments.words
        self.model = arguments.model

    def body(self, number):
        request = {"prompt": prompt_of(number, self.words), "max_tokens": self.tokens, "temperature": 0,
                   "stream": True, "ignore_eos": True}
        if self.model:
            request["model"] = self.model
        return json.dumps(request).encode()

    async def open(self, body, path="/v1/completions", length=None):
        reader, writer = await asyncio.open_connection(self.host, self.port)
        key = f"Authorization: Bearer {self.key}\r\n" if self.key else ""
        writer.write(f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\n{key}Content-Type: application/json\r\n"
                     f"Content-Length: {len(body) if length is None else length}\r\nConnection: close\r\n\r\n".encode()
                     + body)
        await writer.drain()
        return reader, writer

    async def answer(self, number, pause=0.0, leave_after=None):
        """The text, the times at which its pieces came, and the finish reason."""
        begun = time.perf_counter()
        reader, writer = await self.open(self.body(number))
        text, times, finish = [], [begun], None
        try:
            status = await reader.readline()
            if b" 200 " not in status:
                rest = await reader.read(4000)
                raise RuntimeError(f"{status.decode().strip()}: {rest.decode(errors='replace')[-300:]}")
            async for line in reader:
                line = line.strip()
                if not line.startswith(b"data: {"):
                    continue
                choice = json.loads(line[6:])["choices"]
                if not choice:
                    continue
                if choice[0].get("text"):
                    times.append(time.perf_counter())
                    text.append(choice[0]["text"])
                finish = choice[0].get("finish_reason") or finish
                if leave_after and len(text) >= leave_after:
                    break
                if pause:
                    await asyncio.sleep(pause)
        finally:
            writer.close()
        return "".join(text), times, finish

    async def status(self, body, length=None):
        """What a body that may be no request is answered with."""
        reader, writer = await self.open(body, length=length)
        try:
            line = await asyncio.wait_for(reader.readline(), 30)
            return int(line.split()[1]) if line else 0
        except ConnectionError:
            return 0
        finally:
            writer.close()


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) * 1024


class Load:
    def __init__(self, server, arguments):
        self.server, self.arguments = server, arguments
        self.expected, self.firsts, self.gaps, self.faults = {}, [], [], []
        self.tokens = self.answers = self.rude = 0
        self.memory = []
        self.end = 0.0

    async def learn(self):
        for number in range(self.arguments.prompts):
            self.expected[number], _, _ = await self.server.answer(number)

    def fault(self, text):
        if len(self.faults) < 20:
            self.faults.append(text)

    async def stream(self, which):
        generator = random.Random(which)
        while time.perf_counter() < self.end:
            number = generator.randrange(self.arguments.prompts)
            try:
                text, times, finish = await self.server.answer(number)
            except (OSError, RuntimeError) as error:
                self.fault(f"stream {which}: {error}")
                await asyncio.sleep(0.1)
                continue
            if text != self.expected[number]:
                self.fault(f"stream {which}, prompt {number}: expected {self.expected[number]!r:.80}, found {text!r:.80}")
            if finish != "length":
                self.fault(f"stream {which}: ended by {finish}")
            self.answers += 1
            self.tokens += self.server.tokens
            if len(times) > 1:
                self.firsts.append(times[1] - times[0])
                self.gaps += [after - before for before, after in zip(times[1:], times[2:])]

    async def be_rude(self, which):
        """One kind of client that does not behave, again and again."""
        generator = random.Random(which)
        bodies = [b"{", b"\xff\xfe", b"[]", b"[" * 100000, b'{"prompt": 7}', b'{"prompt": "x", "max_tokens": "many"}',
                  b'{"prompt": "x", "n": -1}', json.dumps({"prompt": "a " * 3000000}).encode(), b""]
        while time.perf_counter() < self.end:
            kind = which % 4
            try:
                if kind == 0:
                    await self.server.answer(generator.randrange(self.arguments.prompts),
                                             leave_after=generator.randrange(1, 5))
                elif kind == 1:
                    number = generator.randrange(self.arguments.prompts)
                    text, _, _ = await self.server.answer(number, pause=0.2)
                    if text != self.expected[number]:
                        self.fault(f"slow reader, prompt {number}: found {text!r:.80}")
                elif kind == 2:
                    body = generator.choice(bodies)
                    status = await self.server.status(body)
                    if not 400 <= status < 500:
                        self.fault(f"a body of {len(body)} bytes, {body[:30]!r}: status {status}")
                else:
                    _, writer = await self.server.open(b'{"prompt"', length=1 << 20)
                    await asyncio.sleep(generator.random() * 3)
                    writer.close()
            except (OSError, RuntimeError, asyncio.TimeoutError) as error:
                if kind == 1:
                    self.fault(f"slow reader: {error}")
            self.rude += 1
            await asyncio.sleep(0.2)

    async def watch(self):
        while time.perf_counter() < self.end:
            self.memory.append(resident(self.arguments.pid))
            await asyncio.sleep(1)

    async def run(self):
        await self.learn()
        begun = time.perf_counter()
        self.end = begun + self.arguments.seconds
        tasks = [self.stream(i) for i in range(self.arguments.streams)]
        if self.arguments.rude:
            tasks += [self.be_rude(i) for i in range(8)]
        if self.arguments.pid:
            tasks.append(self.watch())
        await asyncio.gather(*tasks)
        return self.report(time.perf_counter() - begun)

    def report(self, seconds):
        def spread(values):
            values = sorted(values) or [0.0]
            return {"median": round(statistics.median(values), 5),
                    "p99": round(values[int(len(values) * 0.99)], 5), "most": round(values[-1], 5)}

        found = {"streams": self.arguments.streams, "seconds": round(seconds, 1), "answers": self.answers,
                 "tokens_per_s": round(self.tokens / seconds, 1), "first_token_s": spread(self.firsts),
                 "between_tokens_s": spread(self.gaps), "rude_clients": self.rude, "faults": self.faults}
        if self.memory:
            third = max(1, len(self.memory) // 3)
            found["resident_bytes"] = {"first_third": max(self.memory[:third]), "last_third": max(self.memory[-third:])}
        return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--key", help="API key")
    parser.add_argument("--model", help="name of the model, where the server has several")
    parser.add_argument("--streams", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--tokens", type=int, default=64, help="of each answer")
    parser.add_argument("--words", type=int, default=16, help="of each prompt")
    parser.add_argument("--prompts", type=int, default=16, help="different ones")
    parser.add_argument("--rude", action="store_true", help="clients that do not behave, too")
    parser.add_argument("--pid", type=int, help="process of the server, whose memory is watched")
    arguments = parser.parse_args()
    report = asyncio.run(Load(Server(arguments), arguments).run())
    print(json.dumps(report, indent=1))
    sys.exit(bool(report["faults"]))


if __name__ == "__main__":
    main()
