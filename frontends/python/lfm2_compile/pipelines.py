"""`pipeline("text-generation", model=...)`, called and answering as transformers' does."""

import os
from typing import Any

from .errors import InvalidArgument
from .messages import message_list
from .model import Model, load
from .results import Message

# Words of transformers' generate(), and ours.
_WORDS = {"max_new_tokens": "max_tokens", "stop_strings": "stop", "repetition_penalty": "repeat_penalty"}


def pipeline(task: str, model: str | os.PathLike[str] | Model, **settings: Any) -> "Pipeline":
    """A function of inputs. task: "text-generation", or "feature-extraction" of a model that gives
    vectors. model: a loaded Model, or a path for load(), which gets the rest of the settings."""
    loaded = model if isinstance(model, Model) else load(model, **settings)
    if task == "text-generation":
        return TextGeneration(loaded)
    if task == "feature-extraction":
        return FeatureExtraction(loaded)
    raise InvalidArgument(f"expected \"text-generation\" or \"feature-extraction\", found {task!r:.60}")


class Pipeline:
    """A model, to be called. `model` is the Model."""

    def __init__(self, model: Model):
        self.model = model


class FeatureExtraction(Pipeline):
    """Vectors of texts: see Model.embed()."""

    def __call__(self, texts: Any, **options: Any) -> Any:
        return self.model.embed(texts, **options)


class TextGeneration(Pipeline):
    """Texts, or lists of messages, that go on."""

    def __call__(self, inputs: Any, *, return_full_text: bool = True, num_return_sequences: int = 1,
                 do_sample: bool | None = None, **options: Any) -> list[Any]:
        """inputs: a text; a list of messages; or a list of either.

        Returns for each input a list of num_return_sequences dicts with "generated_text": a text, with
        the input in front if return_full_text; or the messages with the answer behind them. do_sample=False: the
        most likely tokens. Other options are Model.generate()'s, under transformers' names or ours.
        """
        if do_sample is False:
            options["temperature"] = 0
        options = {_WORDS.get(name, name): value for name, value in options.items()}
        is_one = isinstance(inputs, str) or bool(inputs) and not isinstance(inputs[0], (str, list, tuple))
        given = [inputs] if is_one else list(inputs)
        asked = [one for one in given for _ in range(num_return_sequences)]
        results = self.model.generate_many(asked, **options)
        texts = [{"generated_text": _full(one, result) if return_full_text else str(result)}
                 for one, result in zip(asked, results)]
        grouped = [texts[at:at + num_return_sequences] for at in range(0, len(texts), num_return_sequences)]
        return grouped[0] if is_one else grouped


def _full(given: Any, result: Any) -> Any:
    if isinstance(result, Message):
        return [*message_list(given), result.to_dict()]
    return given + result.text if isinstance(given, str) else result.text
