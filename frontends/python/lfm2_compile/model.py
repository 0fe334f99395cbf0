"""Compiled models, loaded."""

import json
import os
import threading
from typing import Any, Iterable, Iterator, Literal, Mapping, Sequence, Unpack, overload

from . import _engine
from .asking import ADD_BOS, PARSE_SPECIAL, Asked, Prompt, ask_chat, ask_text, prompt_ids
from .checks import file_of, number_of
from .conversation import Conversation, run, start
from .messages import template_arguments
from .options import Options
from .results import Completion, Delta, Message
from .stream import Stream

_DEFAULT_CONTEXT = 32768
_MOST_IDLE = 4


def load(path: str | os.PathLike[str], weights: str | os.PathLike[str] | None = None, device: str | None = None,
         threads: int | None = None, context: int | None = None, parallel: int | None = None) -> "Model":
    """Loads a library that `lfm2-compile --emit=shared` made.

    path: the .so file. weights: the file with its weights; None: the .weights file beside it.
    device: "gpu", "gpu:1" or a part of a device's name, of a model that was compiled for devices;
    None: this CPU. threads: that compute, 1 ... 64; None: one for each core that the process may
    use. context: tokens that a conversation has room for; None: as many as the model allows,
    32,768 at most. parallel: answers that generate_many() makes at the same time, 1 ... 256;
    None: 32.

    Weights are mapped, not read, and shared by all processes that load them.
    """
    return Model(path, weights, device, threads, context, parallel)


class Model:
    """A model and its weights. Any number of threads may use it: their answers take turns, step by
    step. After close() calls raise Closed; in a process that fork() made, WrongProcess."""

    def __init__(self, path: str | os.PathLike[str], weights: str | os.PathLike[str] | None = None,
                 device: str | None = None, threads: int | None = None, context: int | None = None,
                 parallel: int | None = None):
        self._path = os.fsdecode(file_of("path", path))
        self._threads = number_of("threads", threads, 1, 64, 0)
        self._parallel = number_of("parallel", parallel, 1, 256, 32)
        self._engine = _engine.Model(file_of("path", path), b"" if weights is None else file_of("weights", weights),
                                     device or "")
        self._facts = self._engine.describe()
        most = self._facts["context_max"]
        self._context = number_of("context", context, 1, most, min(most, _DEFAULT_CONTEXT))
        self._lock = threading.Lock()
        self._idle: list[_engine.Context] = []
        self._embedder: Any = None
        self._scheduler: Any = None
        self._info: dict[str, Any] | None = None

    # --- What it is ---

    @property
    def path(self) -> str:
        return self._path

    @property
    def info(self) -> dict[str, Any]:
        """What `--info` of a compiled program prints: shapes, outputs, sampling values, stop
        tokens, tokenizer, formats, sources."""
        if self._info is None:
            self._info = json.loads(self._engine.info())
        return self._info

    @property
    def facts(self) -> dict[str, Any]:
        """What it gives (logits, hidden states, vectors), its sizes, the variant of the program and
        the device that run."""
        return dict(self._facts)

    @property
    def prompt_names(self) -> list[str]:
        """Names of the prompts that embed() can put in front of texts."""
        return self._engine.prompt_names()

    # --- Texts and tokens ---

    def tokenize(self, text: str, *, add_special: bool = True, parse_special: bool = True) -> list[int]:
        """Ids of a text. add_special: with the tokens that the tokenizer puts before and behind a
        text. parse_special: "<|im_end|>" and the like in the text are tokens."""
        return self._engine.tokenize(text, ADD_BOS * add_special | PARSE_SPECIAL * parse_special)

    def detokenize(self, ids: Iterable[int], *, skip_special: bool = False) -> str:
        """The text of ids. Bytes that are no UTF-8 become U+FFFD. skip_special: without tokens that
        steer, as <|im_end|>."""
        return self._engine.detokenize(prompt_ids(self._engine, ids), not skip_special)

    @overload
    def render_chat(self, messages: Any, tools: Any = ..., *, tokenize: Literal[False] = ...,
                    add_generation_prompt: bool = ..., continue_final_message: bool = ...,
                    variables: Mapping[str, Any] | None = ...) -> str: ...
    @overload
    def render_chat(self, messages: Any, tools: Any = ..., *, tokenize: Literal[True],
                    add_generation_prompt: bool = ..., continue_final_message: bool = ...,
                    variables: Mapping[str, Any] | None = ...) -> list[int]: ...

    def render_chat(self, messages: Any, tools: Any = None, *, tokenize: bool = False,
                    add_generation_prompt: bool = True, continue_final_message: bool = False,
                    variables: Mapping[str, Any] | None = None) -> str | list[int]:
        """What the model's chat template makes of a conversation, as transformers'
        apply_chat_template() has it: a text, or ids. In the ids, what users and tools say never
        becomes a control token. variables: what else the template reads, as
        {"enable_thinking": False}."""
        arguments = template_arguments(messages, tools, variables, answer=add_generation_prompt,
                                       continue_final_message=continue_final_message)
        return self._engine.encode(*arguments) if tokenize else self._engine.render(*arguments)

    # --- Answers ---

    def generate(self, prompt: Prompt, *, schema: Any = None, grammar: str | None = None, regex: str | None = None,
                 **options: Unpack[Options]) -> Completion:
        """Goes on with a text, or ids. The token of a start is put in front of a text, in which
        "<|im_end|>" and the like are tokens.

        schema: the answer is JSON that meets this JSON schema (a dict, a text, or a class of
        Pydantic's), and `parsed` what it says. grammar: it is in this grammar, in GBNF. regex: it
        matches this expression. options: see Options. Ctrl-C ends the call.
        """
        return self._run(ask_text(self._engine, prompt, schema=schema, grammar=grammar, regex=regex, **options))

    def stream(self, prompt: Prompt, *, schema: Any = None, grammar: str | None = None, regex: str | None = None,
               **options: Unpack[Options]) -> Stream[str]:
        """generate(), piece by piece: `for piece in model.stream(...)`, or `async for`. Pieces are
        whole characters."""
        return self._start(ask_text(self._engine, prompt, schema=schema, grammar=grammar, regex=regex, **options))

    @overload
    def chat(self, messages: Any, *, tools: Any = ..., tool_choice: Any = ..., schema: Any = ...,
             grammar: str | None = ..., regex: str | None = ..., variables: Mapping[str, Any] | None = ...,
             continue_final_message: bool = ..., stream: Literal[False] = ...,
             **options: Unpack[Options]) -> Message: ...
    @overload
    def chat(self, messages: Any, *, tools: Any = ..., tool_choice: Any = ..., schema: Any = ...,
             grammar: str | None = ..., regex: str | None = ..., variables: Mapping[str, Any] | None = ...,
             continue_final_message: bool = ..., stream: Literal[True],
             **options: Unpack[Options]) -> Stream[Delta]: ...

    def chat(self, messages: Any, *, tools: Any = None, tool_choice: Any = None, schema: Any = None,
             grammar: str | None = None, regex: str | None = None, variables: Mapping[str, Any] | None = None,
             continue_final_message: bool = False, stream: bool = False, **options: Any) -> Message | Stream[Delta]:
        """Answers messages in OpenAI's form (dicts or Messages; a text is what a user says).

        tools: a list of tools in OpenAI's form; the answer may call them, always in their form.
        tool_choice: "auto", "none", "required" (it calls one or more) or the name of the one it
        calls. schema, grammar, regex: as in generate(). variables: see render_chat().
        continue_final_message: the last message is the beginning of the answer. stream: Deltas as
        they come. What begins as the last conversation did is not read again.
        """
        asked = ask_chat(self._engine, messages, tools=tools, tool_choice=tool_choice, schema=schema, grammar=grammar,
                         regex=regex, variables=variables, continue_final_message=continue_final_message, **options)
        return self._start(asked) if stream else self._run(asked)

    @overload
    def generate_many(self, prompts: Iterable[Any], *, as_completed: Literal[False] = ...,
                      errors: Literal["raise", "return"] = ..., **options: Any) -> list[Any]: ...
    @overload
    def generate_many(self, prompts: Iterable[Any], *, as_completed: Literal[True],
                      errors: Literal["raise", "return"] = ..., **options: Any) -> Iterator[tuple[int, Any]]: ...

    def generate_many(self, prompts: Iterable[Any], *, as_completed: bool = False, errors: str = "raise",
                      **options: Any) -> list[Any] | Iterator[tuple[int, Any]]:
        """Answers many prompts in common steps, so that all weights are read once for all of them.

        prompts: texts or ids, as generate() takes them, or lists of messages, as chat() does;
        options as theirs. With a seed, the n-th answer is that of seed + n. Returns the Completions and
        Messages in order of the prompts; or, with as_completed, an iterator of (index, result) as they
        end, of which closing it ends the rest. errors: what cannot be answered, as a prompt that is too
        long, raises; or its exception is the result. An answer does not depend on who is beside it.
        """
        from .many import Many

        many = Many(self._engine, self._get_scheduler(), self._parallel, prompts, errors, options)
        return iter(many) if as_completed else many.in_order()

    def conversation(self, *, hidden: bool = False, context: int | None = None,
                     messages: Iterable[Any] = ()) -> Conversation:
        """A conversation of its own. hidden: it keeps the hidden states of what it reads. context:
        tokens it has room for. messages: what chat() begins with, as a system message."""
        tokens = number_of("context", context, 1, self._facts["context_max"], self._context)
        engine = self._engine.share()
        return Conversation(engine, _engine.Context(engine, tokens, self._threads, hidden), messages)

    # --- Vectors ---

    def embed(self, texts: str | Sequence[str], prompt_name: str | None = None, normalize: bool | None = True,
              *, truncate: bool = False) -> Any:
        """Vectors of texts, float32.

        Of a model with a vector for each text: an array [texts, width], of one text that is not in
        a list [width]. Of a model with a vector for each token (ColBERT): a list of arrays
        [tokens, width], or one such array.

        prompt_name: of the prompt in front of each text, one of prompt_names; "": none; None: the one that
        the model's makers put where none is named. normalize: vectors of length 1; False: as the model
        gives them; None: as its makers do. truncate: cut what is too long, rather than refuse it.
        """
        from .embedding import embed

        return embed(self._engine, self._get_embedder(), texts, prompt_name, normalize, truncate,
                     self._facts["gives_token_vectors"])

    # --- Its end ---

    def close(self) -> None:
        """Ends threads and gives memory back. Conversations that were made keep the model until they
        are closed. Twice is fine."""
        self._engine.close()
        # Without the lock, which somebody may have for good in a process that fork() made.
        parts = (*self._idle, self._embedder, self._scheduler)
        self._idle, self._embedder, self._scheduler = [], None, None
        for part in parts:
            if part is not None:
                part.close()

    def __enter__(self) -> "Model":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Model {self._path}{', closed' if self._engine.closed else ''}>"

    # --- Contexts of answers without a conversation ---

    def _take(self) -> _engine.Context:
        """The one that was used last, since what it read may be the beginning of what is asked."""
        self._engine.check()  # In a fork somebody may have the lock for good.
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return _engine.Context(self._engine, self._context, self._threads)

    def _give(self, context: _engine.Context) -> None:
        with self._lock:
            if len(self._idle) < _MOST_IDLE and not self._engine.closed:
                self._idle.append(context)
                return
        context.close()

    def _get_scheduler(self) -> _engine.Scheduler:
        self._engine.check()
        with self._lock:
            if self._scheduler is None:
                self._scheduler = _engine.Scheduler(self._engine, self._context, self._threads, self._parallel)
            return self._scheduler

    def _get_embedder(self) -> _engine.Embedder:
        self._engine.check()
        with self._lock:
            if self._embedder is None:
                self._embedder = _engine.Embedder(self._engine, self._threads)
            return self._embedder

    def _run(self, asked: Asked) -> Any:
        context = self._take()
        try:
            return run(self._engine, context, asked, becomes=True)
        finally:
            self._give(context)

    def _start(self, asked: Asked) -> Stream[Any]:
        context = self._take()
        try:
            return start(self._engine.share(), context, asked, becomes=True, on_end=lambda source: self._give(context))
        except BaseException:
            self._give(context)
            raise
