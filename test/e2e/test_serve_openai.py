"""lfm2-serve as OpenAI's own client sees it."""

import json

import numpy
import openai
import pydantic
import pytest

from programs import run
from server import Server, shared_library

TALK = [{"role": "user", "content": "What is a dog?"}]
LIST_END = 76  # "]", so that a list of calls ends soon
WEATHER = {"type": "function", "function": {
    "name": "get_weather", "description": "The weather of a city.", "parameters": {
        "type": "object", "properties": {"city": {"type": "string", "maxLength": 12}}, "required": ["city"]}}}


@pytest.fixture(scope="module")
def server(build, wordnet):
    made = Server(build, shared_library(build, wordnet), f"--name=embed={shared_library(build, 'embed-f32.gguf')}",
                  f"--name=colbert={shared_library(build, 'colbert-f32.gguf')}", "--threads=1", "--log=json")
    yield made
    assert made.close() == 0


@pytest.fixture(scope="module")
def client(server):
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as made:
        yield made


def chat(client, **more):
    return client.chat.completions.create(**{"model": "wordnet-lfm2", "messages": TALK, "temperature": 0,
                                             "max_tokens": 32, **more})


@pytest.fixture(scope="module")
def spoken(build, wordnet):
    """What the executable of the same model answers."""
    done = run([build.compile(wordnet), "--chat", "--prompt", TALK[0]["content"], "--temp", "0", "-n", "32"])
    assert done.returncode == 0, done.stderr
    return done.stdout.strip("\n")


def test_models(client):
    assert [model.id for model in client.models.list()] == ["wordnet-lfm2", "embed", "colbert"]
    assert client.models.retrieve("embed").id == "embed"
    with pytest.raises(openai.NotFoundError) as error:
        client.models.retrieve("nothing")
    assert error.value.code == "model_not_found"


def test_chat_is_what_the_program_says(client, spoken):
    answer = chat(client)
    choice = answer.choices[0]
    assert choice.message.content == spoken and choice.message.role == "assistant"
    assert choice.finish_reason == "stop" and choice.message.tool_calls is None and choice.logprobs is None
    assert answer.usage.prompt_tokens == 14 and answer.usage.total_tokens == 14 + answer.usage.completion_tokens
    assert chat(client, max_tokens=3).choices[0].finish_reason == "length"
    assert chat(client, max_tokens=3).usage.completion_tokens == 3
    parts = [{"type": "text", "text": "What is a"}, {"type": "text", "text": "dog?"}]
    assert chat(client, messages=[{"role": "user", "content": parts}]).choices[0].message.content == \
        chat(client, messages=[{"role": "user", "content": "What is a\ndog?"}]).choices[0].message.content


def test_stream_is_the_same(client, spoken):
    chunks = list(chat(client, stream=True, stream_options={"include_usage": True}))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1]) == spoken
    assert chunks[0].choices[0].delta.role == "assistant" and chunks[-2].choices[0].finish_reason == "stop"
    assert not chunks[-1].choices and chunks[-1].usage.completion_tokens == chat(client).usage.completion_tokens
    assert len({chunk.id for chunk in chunks}) == 1 and len(chunks) > 5
    with client.chat.completions.stream(model="wordnet-lfm2", messages=TALK, temperature=0, max_tokens=32) as stream:
        assert stream.get_final_completion().choices[0].message.content == spoken


def test_second_turn_reads_what_is_new(client, spoken):
    chat(client)
    talk = [*TALK, {"role": "assistant", "content": spoken}, {"role": "user", "content": "And a cat?"}]
    usage = chat(client, messages=talk).usage
    assert usage.prompt_tokens_details.cached_tokens >= 14


def test_stops(client, spoken):
    word = spoken.split()[2]
    for stop in (word, ["xyz", word]):
        choice = chat(client, stop=stop).choices[0]
        assert choice.message.content == spoken[:spoken.index(word)] and choice.finish_reason == "stop"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chat(client, stop=word, stream=True)) == \
        spoken[:spoken.index(word)]


def test_seeds_and_several_answers(client):
    def texts(**more):
        return [choice.message.content for choice in chat(client, temperature=1.5, **more).choices]
    three = texts(seed=5, n=3)
    assert three == texts(seed=5, n=3) and len(set(three)) > 1
    assert texts(seed=5) == three[:1]
    streamed = ["", "", ""]
    for chunk in chat(client, temperature=1.5, seed=5, n=3, stream=True):
        streamed[chunk.choices[0].index] += chunk.choices[0].delta.content or ""
    assert streamed == three
    assert len({texts()[0] for _ in range(4)}) > 1


def test_logprobs(client):
    tokens = chat(client, logprobs=True, top_logprobs=3).choices[0].logprobs.content
    assert "".join(token.token for token in tokens) == chat(client).choices[0].message.content
    for token in tokens:
        assert bytes(token.bytes).decode() == token.token and len(token.top_logprobs) == 3
        best = [other.logprob for other in token.top_logprobs]
        assert best == sorted(best, reverse=True) and token.logprob == best[0] <= 0
    streamed = [token for chunk in chat(client, logprobs=True, top_logprobs=3, stream=True)
                if chunk.choices[0].logprobs for token in chunk.choices[0].logprobs.content]
    assert streamed == tokens


def test_bias(client, server):
    first = chat(client, max_tokens=1).choices[0].message.content
    (token,) = server.json("/tokenize", {"content": first})["tokens"]
    assert chat(client, max_tokens=1, logit_bias={token: -100}).choices[0].message.content != first
    other = server.json("/tokenize", {"content": "river"})["tokens"][0]
    assert chat(client, max_tokens=1, logit_bias={other: 100}, logprobs=True).choices[0].logprobs.content[0].token == \
        server.json("/detokenize", {"tokens": [other]})["content"]


class Animal(pydantic.BaseModel):
    name: str = pydantic.Field(max_length=8)
    legs: int = pydantic.Field(ge=0, le=8)
    tame: bool


def test_structured_answers(client):
    parsed = client.chat.completions.parse(model="wordnet-lfm2", messages=TALK, response_format=Animal, temperature=0)
    assert isinstance(parsed.choices[0].message.parsed, Animal)
    schema = {"type": "object", "properties": {"a": {"enum": [1, 2]}}, "required": ["a"], "additionalProperties": False}
    answer = chat(client, response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": schema}})
    assert json.loads(answer.choices[0].message.content)["a"] in (1, 2)
    assert chat(client, response_format={"type": "json_object"}).choices[0].message.content[0] == "{"
    plain = chat(client, response_format={"type": "text"}).choices[0].message.content
    assert plain == chat(client).choices[0].message.content


def test_tools(client):
    settings = {"tools": [WEATHER], "temperature": 1, "seed": 2, "max_tokens": 200, "logit_bias": {LIST_END: 20}}
    answer = chat(client, tool_choice="required", **settings)
    call = answer.choices[0].message.tool_calls[0]
    assert answer.choices[0].finish_reason == "tool_calls"
    assert call.function.name == "get_weather" and list(json.loads(call.function.arguments)) == ["city"]
    named = {"type": "function", "function": {"name": "get_weather"}}
    one = chat(client, tools=[WEATHER], tool_choice=named, parallel_tool_calls=False, temperature=1, seed=3,
               max_tokens=200).choices[0]
    assert len(one.message.tool_calls) == 1 and one.message.tool_calls[0].function.name == "get_weather"
    plain = chat(client, tools=[WEATHER], tool_choice="none").choices[0].message.content
    assert plain == chat(client).choices[0].message.content
    # The same in pieces.
    calls = {}
    for chunk in chat(client, tool_choice="required", stream=True, **settings):
        for piece in chunk.choices[0].delta.tool_calls or []:
            have = calls.setdefault(piece.index, {"id": piece.id, "name": piece.function.name, "arguments": ""})
            have["arguments"] += piece.function.arguments or ""
    assert [(have["name"], have["arguments"]) for have in calls.values()] == \
        [(one.function.name, one.function.arguments) for one in answer.choices[0].message.tool_calls]
    assert all(have["id"].startswith("call_") for have in calls.values())
    # What was called, and what came of it, is part of the conversation.
    message = answer.choices[0].message
    talk = [*TALK, message.model_dump(exclude_none=True),
            *({"role": "tool", "tool_call_id": call.id, "content": "Rain."} for call in message.tool_calls)]
    assert chat(client, messages=talk, tools=[WEATHER]).usage.prompt_tokens > 14


def test_tools_parsed_by_the_client(client):
    class GetWeather(pydantic.BaseModel):
        city: str = pydantic.Field(max_length=12)
    answer = client.chat.completions.parse(
        model="wordnet-lfm2", messages=TALK, tools=[openai.pydantic_function_tool(GetWeather)],
        tool_choice="required", temperature=1, seed=4, parallel_tool_calls=False)
    assert isinstance(answer.choices[0].message.tool_calls[0].function.parsed_arguments, GetWeather)


def complete(client, **more):
    return client.completions.create(**{"model": "wordnet-lfm2", "prompt": "A dog is", "temperature": 0, **more})


def test_completions(build, client, server, wordnet):
    answer = complete(client)
    assert answer.usage.completion_tokens <= 16
    program = run([build.compile(wordnet), "--prompt", "A dog is", "--temp", "0", "-n", "16"]).stdout
    assert "A dog is" + answer.choices[0].text == program.rstrip("\n") or answer.choices[0].text == program.rstrip("\n")
    tokens = server.json("/tokenize", {"content": "A dog is", "add_special": True})["tokens"]
    assert complete(client, prompt=tokens).choices[0].text == answer.choices[0].text
    many = complete(client, prompt=["A dog is", "A cat is"], n=2, echo=True)
    assert [choice.index for choice in many.choices] == [0, 1, 2, 3]
    assert many.choices[0].text == many.choices[1].text == "A dog is" + answer.choices[0].text
    assert many.choices[2].text.startswith("A cat is")
    streamed = ["", ""]
    for chunk in complete(client, prompt=["A dog is", "A cat is"], stream=True):
        streamed[chunk.choices[0].index] += chunk.choices[0].text
    assert ["A dog is" + streamed[0], "A cat is" + streamed[1]] == [many.choices[0].text, many.choices[2].text]
    logprobs = complete(client, logprobs=2).choices[0].logprobs
    assert "".join(logprobs.tokens) == answer.choices[0].text and len(logprobs.top_logprobs[0]) == 2
    assert logprobs.text_offset[:2] == [0, len(logprobs.tokens[0])]


def test_embeddings(build, client):
    texts = ["What is a river?", "A dog", "x"]
    answer = client.embeddings.create(model="embed", input=texts)
    vectors = numpy.array([one.embedding for one in answer.data], numpy.float32)
    assert numpy.allclose(numpy.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert [one.index for one in answer.data] == [0, 1, 2]
    plain = client.embeddings.create(model="embed", input=texts, encoding_format="float")
    assert numpy.array_equal(numpy.array([one.embedding for one in plain.data], numpy.float32), vectors)
    program = run([build.compile("embed-f32.gguf"), "--embed", texts[0]])
    assert numpy.allclose(json.loads(program.stdout), vectors[0], atol=1e-6)
    one = client.embeddings.create(model="embed", input=texts[0])
    assert numpy.array_equal(numpy.array(one.data[0].embedding, numpy.float32), vectors[0])
    rows = client.embeddings.create(model="colbert", input="What is a river?",
                                    encoding_format="float").data[0].embedding
    assert len(rows) > 3 and len({len(row) for row in rows}) == 1
    with pytest.raises(openai.BadRequestError) as error:
        client.embeddings.create(model="embed", input=texts, dimensions=7)
    assert error.value.param == "dimensions"
    with pytest.raises(openai.BadRequestError) as error:
        client.embeddings.create(model="wordnet-lfm2", input=texts)
    assert "gives vectors" in error.value.message
    with pytest.raises(openai.BadRequestError) as error:
        chat(client, model="embed")
    assert "writes texts" in error.value.message


def respond(client, **more):
    return client.responses.create(**{"model": "wordnet-lfm2", "input": "What is a dog?", "temperature": 0,
                                      "max_output_tokens": 32, **more})


def test_responses(client, spoken):
    answer = respond(client)
    assert answer.output_text == spoken and answer.status == "completed" and answer.usage.input_tokens == 14
    assert respond(client, input=TALK).output_text == spoken
    short = respond(client, max_output_tokens=2)
    assert short.status == "incomplete" and short.incomplete_details.reason == "max_output_tokens"
    with client.responses.stream(model="wordnet-lfm2", input="What is a dog?", temperature=0,
                                 max_output_tokens=32) as stream:
        kinds = [event.type for event in stream]
        assert stream.get_final_response().output_text == spoken
    assert kinds[:4] == ["response.created", "response.in_progress", "response.output_item.added",
                         "response.content_part.added"]
    assert kinds[-4:] == ["response.output_text.done", "response.content_part.done", "response.output_item.done",
                          "response.completed"]
    parsed = client.responses.parse(model="wordnet-lfm2", input="A dog.", text_format=Animal, temperature=0)
    assert isinstance(parsed.output_parsed, Animal)


def test_responses_with_tools(client):
    tool = {"type": "function", **WEATHER["function"], "strict": False}
    settings = {"tools": [tool], "tool_choice": "required", "temperature": 1, "parallel_tool_calls": False,
                "max_output_tokens": 200}
    answer = respond(client, **settings)
    (call,) = answer.output
    assert call.type == "function_call" and call.name == "get_weather" and list(json.loads(call.arguments)) == ["city"]
    talk = [{"role": "user", "content": "What is a dog?"}, call.model_dump(exclude_none=True),
            {"type": "function_call_output", "call_id": call.call_id, "output": "Rain."}]
    assert respond(client, input=talk, tools=[tool]).usage.input_tokens > 14
    events = list(respond(client, stream=True, **settings))
    deltas = "".join(event.delta for event in events if event.type == "response.function_call_arguments.delta")
    (done,) = [event for event in events if event.type == "response.function_call_arguments.done"]
    assert done.arguments == deltas and json.loads(deltas)


def test_errors(client):
    with pytest.raises(openai.NotFoundError) as error:
        chat(client, model="gpt-4")
    assert error.value.code == "model_not_found" and error.value.param == "model"
    assert '"wordnet-lfm2", "embed", "colbert"' in error.value.message
    for field, value in (("temperature", 3), ("temperature", "hot"), ("top_p", -1), ("max_tokens", 0), ("n", 100),
                         ("logit_bias", {"x": 1}), ("logit_bias", {"1": 101}), ("stop", 5), ("seed", "x"),
                         ("messages", []),
                         ("response_format", {"type": "xml"}), ("tool_choice", "perhaps")):
        with pytest.raises(openai.BadRequestError) as error:
            chat(client, extra_body={field: value})
        assert error.value.param.startswith(field), (field, error.value)
        assert error.value.type == "invalid_request_error" and error.value.body["message"].startswith("expected ")
    with pytest.raises(openai.BadRequestError) as error:
        chat(client, messages=[{"role": "user", "content": "x " * 5000}])
    assert error.value.code == "context_length_exceeded"
    with pytest.raises(openai.BadRequestError) as error:
        chat(client, messages=[{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:"}}]}])
    assert error.value.param == "messages[0].content[0].type"
    # Unknown fields are no error.
    assert chat(client, extra_body={"nonsense": {"a": [1]}, "store": False, "user": "me"}).choices[0].message.content
