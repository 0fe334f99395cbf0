"""lfm2-serve as the clients of Ollama, LangChain and LiteLLM see it."""

import json
import os

import numpy
import ollama
import pydantic
import pytest

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # It would ask the net for a table of prices.

from server import Server, shared_library  # noqa: E402

TALK = [{"role": "user", "content": "What is a dog?"}]
GREEDY = {"temperature": 0, "num_predict": 32}
MODEL = "wordnet-lfm2"
LIST_END = "76"


@pytest.fixture(scope="module")
def server(build, wordnet):
    made = Server(build, shared_library(build, wordnet), f"--name=embed={shared_library(build, 'embed-f32.gguf')}",
                  "--threads=1")
    yield made
    assert made.close() == 0


@pytest.fixture(scope="module")
def client(server):
    return ollama.Client(server.url)


@pytest.fixture(scope="module")
def spoken(server):
    """What OpenAI's endpoint answers."""
    answer = server.json("/v1/chat/completions", {"messages": TALK, "temperature": 0, "max_tokens": 32})
    return answer["choices"][0]["message"]["content"]


def get_weather(city: str) -> str:
    """The weather of a city.

    Args:
      city: Its name.
    """
    return "Rain in " + city


def test_chat(client, spoken):
    answer = client.chat(MODEL, TALK, options=GREEDY)
    assert answer.message.content == spoken and answer.done and answer.done_reason == "stop"
    assert answer.prompt_eval_count == 14 and answer.eval_count > 1 and answer.total_duration > 0
    parts = list(client.chat(f"{MODEL}:latest", TALK, options=GREEDY, stream=True, think=False, keep_alive="5m"))
    assert "".join(part.message.content for part in parts) == spoken and len(parts) > 5
    assert [part.done for part in parts] == [False] * (len(parts) - 1) + [True]
    assert parts[-1].eval_count == answer.eval_count
    assert client.chat(MODEL, TALK, options={**GREEDY, "num_predict": 2}).done_reason == "length"
    assert client.chat(MODEL, []).done_reason == "load"
    word = spoken.split()[2]
    assert client.chat(MODEL, TALK, options={**GREEDY, "stop": [word]}).message.content == spoken[:spoken.index(word)]
    logprobs = client.chat(MODEL, TALK, options=GREEDY, logprobs=True, top_logprobs=2).logprobs
    assert "".join(one.token for one in logprobs) == spoken and len(logprobs[0].top_logprobs) == 2


def test_forms_and_tools(client):
    class Animal(pydantic.BaseModel):
        legs: int = pydantic.Field(ge=0, le=8)
    made = client.chat(MODEL, TALK, format=Animal.model_json_schema(), options={"temperature": 0})
    assert Animal.model_validate_json(made.message.content)
    assert client.chat(MODEL, TALK, format="json", options=GREEDY).message.content[0] == "{"
    calls = []
    for part in client.chat(MODEL, TALK, tools=[get_weather], stream=True,
                            options={"temperature": 0, "num_predict": 40, "logit_bias": {LIST_END: 20}}):
        calls += part.message.tool_calls or []
    assert all(call.function.name == "get_weather" for call in calls)
    assert client.chat(MODEL, [*TALK, {"role": "assistant", "tool_calls": [
        {"function": {"name": "get_weather", "arguments": {"city": "Rome"}}}]},
        {"role": "tool", "content": "Rain", "tool_name": "get_weather"}], options=GREEDY).message.content


def test_generate(client, spoken, server):
    assert client.generate(MODEL, "What is a dog?", options=GREEDY).response == spoken
    parts = list(client.generate(MODEL, "What is a dog?", options=GREEDY, stream=True))
    assert "".join(part.response for part in parts) == spoken and parts[-1].done
    raw = server.json("/v1/completions", {"prompt": "A dog is", "temperature": 0,
                                           "max_tokens": 8})["choices"][0]["text"]
    assert client.generate(MODEL, "A dog is", raw=True, options={**GREEDY, "num_predict": 8}).response == raw
    assert client.generate(MODEL, "").done_reason == "load"


def test_models(client, server):
    assert [model.model for model in client.list().models] == [MODEL, "embed"]
    shown = client.show(MODEL)
    assert "completion" in shown.capabilities and shown.modelinfo["lfm2.context_length"] == 2048
    assert shown.details.quantization_level == "BF16" and "temperature 0.3" in shown.parameters
    assert client.show("embed").capabilities == ["embedding"]
    assert MODEL in [model.model for model in client.ps().models]
    assert int(server.json("/api/version")["version"].split(".")[1]) >= 6
    with pytest.raises(ollama.ResponseError) as error:
        client.chat("llama3", TALK)
    assert error.value.status_code == 404 and MODEL in error.value.error


def test_vectors(client, server):
    made = numpy.array(client.embed("embed", ["A river", "a dog"]).embeddings)
    answer = server.json("/v1/embeddings", {"model": "embed", "input": ["A river", "a dog"]})
    expected = [one["embedding"] for one in answer["data"]]
    assert numpy.allclose(made, expected) and made.shape[0] == 2
    assert numpy.allclose(client.embeddings("embed", "a dog").embedding, made[1])
    assert client.embed("embed", "word " * 3000).prompt_eval_count > 0  # Cut off.
    with pytest.raises(ollama.ResponseError):
        client.embed("embed", "word " * 3000, truncate=False)


@pytest.mark.parametrize("body", [{"options": 5}, {"options": {"temperature": "x"}}, {"format": 5}, {"think": 5},
                                  {"messages": [{"role": "user", "content": "x", "images": ["aGk="]}]}])
def test_errors(server, body):
    answer = server.json("/api/chat", {"model": MODEL, "messages": TALK, **body}, 400)
    assert answer["error"].startswith("expected ")


def test_langchain(server, spoken):
    from langchain_openai import ChatOpenAI, OpenAIEmbeddings

    class Animal(pydantic.BaseModel):
        """An animal."""
        legs: int = pydantic.Field(ge=0, le=8)
    settings = {"base_url": f"{server.url}/v1", "api_key": "none"}
    model = ChatOpenAI(model=MODEL, temperature=0, max_tokens=32, **settings)
    answer = model.invoke("What is a dog?")
    assert answer.content == spoken and answer.usage_metadata["input_tokens"] == 14
    assert "".join(part.content for part in model.stream("What is a dog?")) == spoken
    assert isinstance(model.with_structured_output(Animal).invoke("A dog."), Animal)
    calling = ChatOpenAI(model=MODEL, temperature=0, max_tokens=200, **settings).bind_tools(
        [Animal], tool_choice="any", parallel_tool_calls=False)
    assert [call["name"] for call in calling.invoke("A dog.").tool_calls] == ["Animal"]
    vectors = OpenAIEmbeddings(model="embed", check_embedding_ctx_length=False, **settings)
    assert numpy.isclose(numpy.linalg.norm(vectors.embed_query("A river")), 1, atol=1e-4)


def test_litellm(server, spoken):
    import litellm
    settings = {"api_base": f"{server.url}/v1", "api_key": "none"}
    asked = {"model": f"openai/{MODEL}", "messages": TALK, "temperature": 0, "max_tokens": 32, **settings}
    assert litellm.completion(**asked).choices[0].message.content == spoken
    assert "".join(part.choices[0].delta.content or "" for part in litellm.completion(**asked, stream=True)) == spoken
    assert len(litellm.embedding("openai/embed", input=["a", "b"], encoding_format="float", **settings).data) == 2
    tool = {"type": "function", "function": {"name": "f", "parameters": {
        "type": "object", "properties": {"n": {"type": "integer", "minimum": 0, "maximum": 9}}, "required": ["n"]}}}
    calls = litellm.completion(**{**asked, "max_tokens": 100}, tools=[tool], tool_choice="required",
                               parallel_tool_calls=False).choices[0].message.tool_calls
    assert json.loads(calls[0].function.arguments)["n"] in range(10)
    with pytest.raises(litellm.exceptions.NotFoundError):
        litellm.completion(**{**asked, "model": "openai/nothing"})
