"""A hub on loopback, as far as huggingface_hub asks one: what a repository holds, and
its files with checksums, ranges and the redirect to where large ones are. It fails as
it is told."""

import hashlib
import http.server
import json
import threading
import time
import urllib.parse

COMMIT = "0123456789abcdef0123456789abcdef01234567"
BOUND = 4096  # Files of at least so many bytes are large: kept elsewhere, by SHA-256.


class Hub:
    """Repositories as {"OWNER/NAME": {file: bytes}}. What `fault` says happens: "down"
    (503), "401", "403", "404", "429", "gated", "half" (every answer ends in the middle),
    "half-once", "other" (wrong bytes), "slow" (an answer takes longer than clients wait),
    "slow-file" (a file does), "moves" (there is a new commit behind the listing)."""

    def __init__(self):
        self.repos, self.fault, self.asked, self.ranges = {}, "", [], []
        self.commit = COMMIT
        self.size = None  # What it says of a file, in place of its size.
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"hub": self}))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def downloads(self):
        """The files that were sent, not only asked about."""
        return [path for method, path in self.asked if method == "GET" and "/api/" not in path]


class Handler(http.server.BaseHTTPRequestHandler):
    hub = None
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):  # noqa: N802
        self.answer()

    def do_GET(self):  # noqa: N802
        self.answer()

    def answer(self):
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        self.hub.asked.append((self.command, path))
        fault = self.hub.fault
        if path == "/api/agent-harnesses":
            return self.refuse(404)
        if fault == "slow":
            time.sleep(1.5)
        if fault == "down":
            return self.refuse(503)
        if fault == "gated":
            return self.refuse(403, "GatedRepo")
        if fault.isdigit():
            return self.refuse(int(fault), {"404": "RepoNotFound"}.get(fault))
        parts = path.strip("/").split("/")
        if parts[:2] == ["api", "models"]:
            return self.describe("/".join(parts[2:4]), parts[5] if parts[4:5] == ["revision"] else "main")
        if parts[2:3] == ["resolve"]:
            return self.send_file("/".join(parts[:2]), parts[3], "/".join(parts[4:]))
        if parts[:1] == ["cdn"]:
            return self.send_bytes(self.hub.repos["/".join(parts[1:3])]["/".join(parts[3:])], True)
        return self.refuse(404)

    def refuse(self, status, code=None):
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def describe(self, repo, revision):
        files = self.hub.repos.get(repo)
        if files is None:
            return self.refuse(401, "RepoNotFound")
        if revision not in ("main", self.hub.commit):
            return self.refuse(404, "RevisionNotFound")
        siblings = []
        for name, data in files.items():
            sibling = {"rfilename": name, "size": self.hub.size or len(data), "blobId": checksum(data[:0])}
            if len(data) >= BOUND:
                sibling["lfs"] = {"size": len(data), "sha256": checksum(data), "pointerSize": 100}
            siblings.append(sibling)
        body = json.dumps({"id": repo, "modelId": repo, "sha": self.hub.commit, "siblings": siblings, "private": False,
                           "tags": [], "downloads": 0, "likes": 0}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.write(body)
        if self.hub.fault == "moves":
            self.hub.commit = "e" * 40

    def send_file(self, repo, revision, name):
        data = self.hub.repos.get(repo, {}).get(name)
        if data is None or revision not in ("main", self.hub.commit):
            return self.refuse(404, "EntryNotFound")
        if len(data) < BOUND:
            return self.send_bytes(data, False)
        self.send_response(302)
        self.send_header("X-Repo-Commit", self.hub.commit)
        self.send_header("X-Linked-Etag", f'"{checksum(data)}"')
        self.send_header("X-Linked-Size", str(len(data)))
        self.send_header("Location", f"{self.hub.url}/cdn/{repo}/{name}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def send_bytes(self, data, is_large):
        fault = self.hub.fault
        if fault == "slow-file" and is_large and self.command == "GET":
            time.sleep(1.5)
        sent = bytes(len(data)) if fault == "other" and is_large else data
        start = 0
        wanted = self.headers.get("Range", "")
        if wanted.startswith("bytes="):
            self.hub.ranges.append(wanted)
            start = int(wanted[len("bytes="):].split("-")[0])
        self.send_response(206 if wanted else 200)
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("X-Repo-Commit", self.hub.commit)
        self.send_header("ETag", f'"{checksum(data)}"')
        self.send_header("Content-Length", str(len(sent) - start))
        self.end_headers()
        if self.command == "HEAD":
            return
        sent = sent[start:]
        if fault in ("half", "half-once") and is_large:
            sent = sent[:len(sent) // 2]
            self.close_connection = True
        if fault == "half-once":
            self.hub.fault = ""
        self.write(sent)

    def write(self, data):
        try:
            self.wfile.write(data)
        except OSError:
            pass  # A client that has gone.


def checksum(data):
    """As the hub names files: large ones by SHA-256, small ones as Git does."""
    if len(data) >= BOUND:
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
