"""lfm2_compile.ray without Ray: how answers are passed on, settings, deploy files. Modules that import ray itself are
not loaded; test/cluster/ is with Ray."""

import asyncio
import json
import os

import pytest

from programs import ROOT, run

# --- Requests ---

def request(path="/v1/chat/completions", method="POST", **fields):
    from lfm2_compile.ray.messages import Request
    return Request(method, path, [], json.dumps(fields).encode() if fields else b"")


def talk(*texts):
    roles = ("system", "user", "assistant", "user")
    return [{"role": role, "content": text} for role, text in zip(roles, texts)]


def test_conversations_that_begin_alike_have_a_session():
    first = request(messages=talk("Be kind.", "Hello"))
    later = request(messages=talk("Be kind.", "Hello", "Hi.", "Who are you?"))
    parts = request(messages=talk("Be kind.", [{"type": "text", "text": "Hello"}]))
    assert first.session() == later.session() == parts.session() != ""
    assert first.session() != request(messages=talk("Be kind.", "Goodbye")).session()
    assert first.session() != request(messages=talk("Be kind.", "Hello"), tools=[{"type": "function"}]).session()
    assert request(messages=talk("a", "b"), prompt_cache_key="k").session() == \
        request(messages=talk("c", "d"), prompt_cache_key="k").session()
    assert request("/v1/completions", prompt="x" * 1000 + "y").session() == \
        request("/v1/completions", prompt="x" * 1000 + "z").session()
    assert request("/v1/responses", input="Hello", instructions="Be kind.").session() == \
        request("/v1/responses", input=talk("", "Hello")[1:], instructions="Be kind.").session()


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff", b"[" * 100000, b'{"messages": 1}', b'{"prompt": [1, 2]}',
                                  b'{"messages": [1, {"content": 2}, {"role": "user"}]}', b'{"input": ["a", "b"]}'])
def test_what_has_no_beginning_has_no_session(body):
    from lfm2_compile.ray.messages import Request
    asked = Request("POST", "/v1/embeddings", [], body)
    assert asked.session() == ""
    assert asked.prompt == "/v1/embeddings"  # Routers divide by its length.


def test_only_what_keeps_nothing_may_be_asked_twice():
    assert request(messages=talk("a")).is_pure() and request("/v1/models?x=1", "GET").is_pure()
    assert request("/v1/responses", input="a").is_pure()
    assert not request("/v1/responses", input="a", previous_response_id="r").is_pure()
    assert not request("/api/pull", model="a").is_pure()


def test_headers_of_one_connection_are_not_passed_on():
    from lfm2_compile.ray.messages import passed_on
    assert passed_on([("Host", "a"), ("Content-Length", "1"), ("Transfer-Encoding", "chunked"), ("Connection", "close"),
                      ("Authorization", "Bearer k"), ("X-Request-Id", "r"), ("Accept-Encoding", "br")]) == \
        [("Host", "a"), ("Authorization", "Bearer k"), ("X-Request-Id", "r")]


# --- Passing on ---

SSE, LINES = "text/event-stream", "application/x-ndjson"


class Replicas:
    """The n-th that is asked plays the n-th script: what it sends; an exception is raised."""

    def __init__(self, *scripts):
        self.scripts, self.asked, self.closed = list(scripts), 0, 0

    async def ask(self, _, is_first):
        assert is_first == (self.asked == 0)
        script = self.scripts[self.asked]
        self.asked += 1
        try:
            for part in script:
                if isinstance(part, Exception):
                    raise part
                yield part
        finally:
            self.closed += 1


def head(media_type, status=200):
    from lfm2_compile.ray.messages import Head
    return Head(status, [("Content-Type", f"{media_type}; charset=utf-8"), ("X-Request-Id", "r")])


def gone(**more):
    from lfm2_compile.ray.passing import Gone
    return Gone("the replica is gone", **more)


def passed(replicas, asked=None, repeats=1):
    """(status, pieces that the client gets)"""
    from lfm2_compile.ray.passing import pass_on

    async def run():
        got, parts = await pass_on(asked or request(messages=talk("a")), replicas.ask, repeats)
        return got.status, [part async for part in parts]

    result = asyncio.run(run())
    assert replicas.closed == replicas.asked
    return result


def test_events_go_on_whole():
    replicas = Replicas([head(SSE), b"data: 1", b"\n", b"\ndata: 2\n\nda", b"ta: [DONE]\n\n"])
    assert passed(replicas) == (200, [b"data: 1\n\ndata: 2\n\n", b"data: [DONE]\n\n"])
    assert passed(Replicas([head(LINES), b'{"a":', b'1}\n{"b"', b":2}"])) == (200, [b'{"a":1}\n', b'{"b":2}'])
    assert passed(Replicas([head("application/json", 404), b'{"err', b'or"}'])) == (404, [b'{"error"}'])
    assert passed(Replicas([head(SSE)])) == (200, [b""])


@pytest.mark.parametrize("begun", [[], ["head"], ["head", b"data: 1\n"]], ids=["nothing", "head", "half an event"])
def test_another_replica_is_asked_where_the_client_has_nothing(begun):
    begun = [head(SSE) if part == "head" else part for part in begun]
    replicas = Replicas([*begun, gone()], [head(SSE), b"data: 2\n\n"])
    assert passed(replicas) == (200, [b"data: 2\n\n"])
    assert replicas.asked == 2


def test_an_answer_in_one_piece_is_passed_on_whole_or_not_at_all():
    replicas = Replicas([head("application/json"), b'{"a":', gone()], [head("application/json"), b'{"a":1}'])
    assert passed(replicas) == (200, [b'{"a":1}'])


@pytest.mark.parametrize("media_type,error", [
    (SSE, b'data: {"error": {"message": "the replica is gone; the answer ends here, unfinished", '
          b'"type": "server_error", "param": null, "code": "replica_gone"}}\n\n'),
    (LINES, b'{"error": "the replica is gone; the answer ends here, unfinished"}\n')])
def test_an_answer_that_breaks_off_ends_with_an_error(media_type, error):
    end = b"\n\n" if media_type == SSE else b"\n"
    replicas = Replicas([head(media_type), b"1" + end, b"half", gone()], [head(media_type), b"2" + end])
    assert passed(replicas) == (200, [b"1" + end, error])
    assert replicas.asked == 1


def test_it_is_refused_where_it_may_not_be_repeated():
    for asked, repeats, error, status, code in (
            (request(messages=talk("a")), 1, gone(), 503, "replica_gone"),
            (request(messages=talk("a")), 0, gone(), 503, "replica_gone"),
            (request("/v1/responses", previous_response_id="r"), 1, gone(), 503, "replica_gone"),
            (request(messages=talk("a")), 1, gone(status=429, code="queue_full", may_repeat=False), 429,
             "queue_full")):
        replicas = Replicas([error], [error])
        got, pieces = passed(replicas, asked, repeats)
        refused = json.loads(pieces[0])["error"]
        assert got == status and refused["code"] == code
        assert refused["type"] == ("rate_limit_error" if status == 429 else "server_error")
        assert replicas.asked == 1 + (repeats and asked.is_pure() and error.may_repeat)
    got, pieces = passed(Replicas([gone()], [gone()]), request("/api/chat", messages=talk("a")))
    assert json.loads(pieces[0]) == {"error": "the replica is gone"}


def test_other_errors_are_not_hidden():
    replicas = Replicas([ZeroDivisionError()])
    with pytest.raises(ZeroDivisionError):
        passed(replicas)


def test_a_client_that_leaves_ends_the_answer():
    from lfm2_compile.ray.passing import pass_on
    replicas = Replicas([head(SSE), *[b"data: 1\n\n"] * 100])

    async def run():
        _, parts = await pass_on(request(messages=talk("a")), replicas.ask)
        assert await anext(parts) == b"data: 1\n\n"
        await parts.aclose()

    asyncio.run(run())
    assert replicas.closed == 1


def test_gone_survives_the_way_between_processes():
    import pickle
    one = pickle.loads(pickle.dumps(gone(status=429, code="queue_full", may_repeat=False)))
    assert (str(one), one.status, one.code, one.may_repeat) == ("the replica is gone", 429, "queue_full", False)


# --- Settings ---

def test_settings_are_read_as_words_and_refused_by_name():
    from pydantic import ValidationError

    from lfm2_compile.ray.settings import Settings
    words = Settings.model_validate({"model": "lfm2:350m", "max_replicas": "4", "cpus": "2"})
    assert (words.max_replicas, words.cpus, words.models()) == (4, 2, {"lfm2:350m": "lfm2:350m"})
    assert Settings(model="/a/LFM2-350M-Q4_0.gguf").models() == {"LFM2-350M-Q4_0": "/a/LFM2-350M-Q4_0.gguf"}
    assert Settings(model="/a/m.so", name="n").models() == {"n": "/a/m.so"}
    for wrong, what in (({}, "model"), ({"model": "a", "replicas": 2}, "replicas"),
                        ({"model": "a", "min_replicas": 3}, "min_replicas of at most max_replicas"),
                        ({"model": {"a": "b"}, "name": "n"}, "no name")):
        with pytest.raises(ValidationError, match=what):
            Settings.model_validate(wrong)


# --- deploy/ ---

def manifests(name):
    import yaml
    with open(os.path.join(ROOT, "frontends", "python", "deploy", name), encoding="utf-8") as file:
        return list(yaml.safe_load_all(file))


def test_the_ray_service_has_words_that_the_application_knows():
    import yaml

    from lfm2_compile.ray.settings import Settings
    cluster, = manifests("ray-service.yaml")
    one, = yaml.safe_load(cluster["spec"]["serveConfigV2"])["applications"]
    module, _, name = one["import_path"].partition(":")
    assert module == "lfm2_compile.ray" and name in __import__(module, fromlist=["_PLACES"])._PLACES
    settings = Settings.model_validate(one["args"])
    workers, = cluster["spec"]["rayClusterConfig"]["workerGroupSpecs"]
    # A replica and an ingress for each worker.
    assert settings.cpus < float(workers["rayStartParams"]["num-cpus"]) < settings.cpus + 2
    assert settings.max_replicas == workers["maxReplicas"] and settings.min_replicas == workers["minReplicas"]


def test_the_deployment_has_options_that_the_server_knows(build):
    deployment = manifests("lfm2-serve.yaml")[0]
    pod = deployment["spec"]["template"]["spec"]
    container, = pod["containers"]
    command, _, *options = container["args"]
    assert command == "serve"
    words = dict(option.partition("=")[::2] for option in options)
    known = run([build.tool("lfm2-serve"), "--help"]).stdout
    assert all(f"  {word}=" in known for word in words), words
    assert words["--threads"] == container["resources"]["requests"]["cpu"]
    assert int(words["--port"]) == container["ports"][0]["containerPort"]
    assert pod["terminationGracePeriodSeconds"] > int(words["--grace"]) + 5
