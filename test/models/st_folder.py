"""What sentence-transformers and PyLate put around a model: modules.json and the folders that it names.

A model of texts has prompts, one of tokens has PyLate's settings. The modules follow each other as in the
published models: pooling, projections, and the norm of the vectors where it is not the search's own.
"""

import os
import string

import numpy as np

from files import DTYPES, packed_header, write_json

MODES = {"cls": "pooling_mode_cls_token", "mean": "pooling_mode_mean_tokens", "last": "pooling_mode_lasttoken"}
MOST_TOKENS = 128


def write_dense(path, kind, tensor, dims, values_of, per_token):
    os.makedirs(path, exist_ok=True)
    settings = {"in_features": dims[1], "out_features": dims[0], "bias": False,
                "activation_function": "torch.nn.modules.linear.Identity"}
    if per_token:
        settings["use_residual"] = False
    write_json(f"{path}/config.json", settings)
    data = np.ascontiguousarray(values_of(tensor, dims, kind)).view(np.uint8).tobytes()
    header = {"linear.weight": {"dtype": DTYPES[kind][0], "shape": list(dims), "data_offsets": [0, len(data)]}}
    with open(f"{path}/model.safetensors", "wb") as file:
        file.write(packed_header(header) + data)
    return len(data)


def texts_settings(shape):
    """config_sentence_transformers.json of a model of texts."""
    return {
        "model_type": "SentenceTransformer",
        "prompts": {"query": "query: ", "document": "document: "},
        "default_prompt_name": "document" if shape.gives == "mean" else None,
        "similarity_fn_name": "dot" if shape.gives == "mean" else "cosine",
    }


def tokens_settings():
    """The same of a model of tokens."""
    return {
        "model_type": "ColBERT",
        "prompts": {"query": "", "document": ""},
        "default_prompt_name": None,
        "similarity_fn_name": "MaxSim",
        "query_prefix": "[Q] ",
        "document_prefix": "[D] ",
        "query_length": 32,
        "document_length": MOST_TOKENS,
        "attend_to_expansion_tokens": False,
        "skiplist_words": list(string.punctuation),
        "do_query_expansion": False,
    }


def write(path, shape, kind, values_of):
    """Beside the model in `path`. Returns bytes of tensors written."""
    per_token = shape.gives == "tokens"
    modules = [("", "sentence_transformers.models.Transformer")]
    total = 0
    if not per_token:
        folder = f"{len(modules)}_Pooling"
        modules.append((folder, "sentence_transformers.models.Pooling"))
        os.makedirs(f"{path}/{folder}", exist_ok=True)
        flags = {flag: mode == shape.gives for mode, flag in MODES.items()}
        write_json(f"{path}/{folder}/config.json",
                   {"word_embedding_dimension": shape.hidden, **flags, "include_prompt": True})
    widths = [shape.hidden, *shape.projections]
    for i, outputs in enumerate(shape.projections):
        folder = f"{len(modules)}_Dense"
        modules.append((folder, "pylate.models.Dense.Dense" if per_token else "sentence_transformers.models.Dense"))
        total += write_dense(f"{path}/{folder}", kind, f"dense_{i + 2}.weight", (outputs, widths[i]), values_of,
                             per_token)
    if shape.gives == "last":
        folder = f"{len(modules)}_Normalize"
        modules.append((folder, "sentence_transformers.models.Normalize"))
        os.makedirs(f"{path}/{folder}", exist_ok=True)
    write_json(f"{path}/modules.json",
               [{"idx": i, "name": str(i), "path": folder, "type": kind} for i, (folder, kind) in enumerate(modules)])
    write_json(f"{path}/config_sentence_transformers.json", tokens_settings() if per_token else texts_settings(shape))
    write_json(f"{path}/sentence_bert_config.json",
               {"max_seq_length": MOST_TOKENS - per_token, "do_lower_case": False})
    return total
