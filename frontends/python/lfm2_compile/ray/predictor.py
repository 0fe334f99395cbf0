"""Answers and vectors for the rows of a dataset of Ray Data."""

import json
import os
import sys
from typing import Any, Literal, Sequence

from ..errors import ContextFull, InvalidArgument, NoMemory, NotFinite
from .batches import read_column, vectors_of, with_columns
from .place import place

Task = Literal["generate", "chat", "embed"]

# Of each task the column that is read and the one that is made, unless others are named.
_COLUMNS = {"generate": ("prompt", "answer"), "chat": ("messages", "answer"), "embed": ("text", "embedding")}

# Faults of a row. Others are those of the actor, and end the task, so that Ray repeats it.
_OF_A_ROW = (InvalidArgument, ContextFull, NoMemory, NotFinite)


class LFM2Predictor:
    """For `dataset.map_batches(LFM2Predictor, fn_constructor_kwargs={"model": ...}, ...)`.

    model: as in place(). task: "generate" goes on with texts, "chat" answers messages (lists in
    OpenAI's form; a text is what a user says), "embed" makes vectors; None: what the model is for.
    column: the one that is read ("prompt", "messages", "text"); output: the one that is made
    ("answer", "embedding"). compile: options of lfm2-compile. threads: None: as many as the CPUs
    that Ray gave this actor. device, context, parallel: as in lfm2_compile.load(). More options:
    those of Model.generate_many() or Model.embed().

    The rows of a batch are answered in common steps. All columns of the batch stay. Beside the
    output there are finish_reason, prompt_tokens, completion_tokens, of "chat" also reasoning and
    tool_calls (JSON), and error: "", or why this row has no output.
    """

    def __init__(self, model: str | os.PathLike[str], *, task: Task | None = None, column: str | None = None,
                 output: str | None = None, compile: str | Sequence[str] = (), threads: int | None = None,
                 device: str | None = None, context: int | None = None, parallel: int | None = None,
                 **options: Any):
        from ..model import load

        if task is not None and task not in _COLUMNS:
            raise InvalidArgument(f"expected \"generate\", \"chat\" or \"embed\" for \"task\", found {task!r:.60}")
        self.model = load(place(model, compile), device=device, threads=threads or _cpus_of_this_actor(),
                          context=context, parallel=parallel)
        self.task = task or _task_of(self.model.facts)
        read, made = _COLUMNS[self.task]
        self.column, self.output, self.options = column or read, output or made, options

    def __call__(self, batch: Any) -> Any:
        """The batch with the columns that were made, in its own format."""
        values = read_column(batch, self.column)
        made = self._vectors(values) if self.task == "embed" else self._answers(values)
        return with_columns(batch, made)

    def _answers(self, values: list[Any]) -> dict[str, Any]:
        results: list[Any] = [None] * len(values)
        asked = {}
        for index, value in enumerate(values):
            try:
                asked[index] = self._prompt(value)
            except InvalidArgument as error:
                results[index] = error
        found = self.model.generate_many(list(asked.values()), errors="return", **self.options)
        for index, result in zip(asked, found):
            if isinstance(result, Exception) and not isinstance(result, (*_OF_A_ROW, ValueError)):
                raise result
            results[index] = result
        return self._columns(results)

    def _prompt(self, value: Any) -> Any:
        """What generate_many() takes."""
        if self.task == "chat" and isinstance(value, list) and value:
            return value
        if isinstance(value, str):
            return [{"role": "user", "content": value}] if self.task == "chat" else value
        expected = "a text or a list of messages" if self.task == "chat" else "a text"
        raise InvalidArgument(f"expected {expected} in column \"{self.column}\", found {value!r:.60}")

    def _columns(self, results: list[Any]) -> dict[str, Any]:
        failed = [isinstance(result, Exception) for result in results]

        def column(of_result, empty):
            return [empty if bad else of_result(result) for result, bad in zip(results, failed)]

        made = {self.output: column(str, ""), "finish_reason": column(lambda result: result.finish_reason, "")}
        if self.task == "chat":
            made["reasoning"] = column(lambda result: result.reasoning, "")
            made["tool_calls"] = column(
                lambda result: json.dumps(result.to_dict().get("tool_calls", []), ensure_ascii=False), "[]")
        made["prompt_tokens"] = column(lambda result: result.usage.prompt_tokens, 0)
        made["completion_tokens"] = column(lambda result: result.usage.completion_tokens, 0)
        made["error"] = [str(result) if bad else "" for result, bad in zip(results, failed)]
        return made

    def _vectors(self, values: list[Any]) -> dict[str, Any]:
        vectors: list[Any] = [None] * len(values)
        errors = ["" if isinstance(value, str) else
                  f"expected a text in column \"{self.column}\", found {value!r:.60}" for value in values]
        self._embed([index for index, error in enumerate(errors) if not error], values, vectors, errors)
        facts = self.model.facts
        return {self.output: vectors_of(vectors, facts["vector"], facts["gives_token_vectors"]), "error": errors}

    def _embed(self, rows: list[int], values: list[str], vectors: list[Any], errors: list[str]) -> None:
        """All rows at once; where one is refused, each half by itself."""
        if not rows:
            return
        try:
            for row, vector in zip(rows, self.model.embed([values[row] for row in rows], **self.options)):
                vectors[row] = vector
        except _OF_A_ROW as error:
            if len(rows) == 1:
                errors[rows[0]] = str(error)
                return
            middle = len(rows) // 2
            self._embed(rows[:middle], values, vectors, errors)
            self._embed(rows[middle:], values, vectors, errors)


def _task_of(facts: dict[str, Any]) -> Task:
    if facts["gives_vectors"] or facts["gives_token_vectors"]:
        return "embed"
    if not facts["gives_logits"] or facts["is_bidirectional"]:
        raise InvalidArgument("expected a model that makes texts or vectors, found one that does neither; "
                              "choose another model")
    return "chat" if facts["has_chat_template"] else "generate"


def _cpus_of_this_actor() -> int | None:
    """The CPUs that Ray counts as this actor's, rounded up; None outside of an actor."""
    ray = sys.modules.get("ray")  # An actor has loaded it.
    if ray is None or not ray.is_initialized():
        return None
    cpus = ray.get_runtime_context().get_assigned_resources().get("CPU", 0)
    return min(64, max(1, -int(-cpus // 1))) if cpus else None
