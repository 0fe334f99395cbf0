"""Which files of a repository make the model that was asked for. The same rules hold
for what the hub lists and for what stands in a folder."""

import re

from .names import FORMAT
from .refusal import Refusal

PART = re.compile(r"-(\d{5})-of-(\d{5})$")
USUAL = ("Q4_K_M", "Q4_0")
# Of a repository of safetensors: the files that the compiler reads, at the top and in
# the folders of sentence-transformers' modules, as 1_Pooling.
NEEDED = re.compile(r"(\d_\w+/)?[^/]+\.(safetensors|json|jinja)|merges\.txt|"
                    r"additional_chat_templates/[^/]+\.jinja", re.IGNORECASE)
SPARED = re.compile(r"(.*/)?(consolidated.*|tiktoken.*|.*\.index\.fp\d+\.json)", re.IGNORECASE)


def stem_of(name):
    """Without folder, ending and the number of a part."""
    return PART.sub("", name.rpartition("/")[2][:-len(".gguf")])


def format_of(name):
    """"Q4_0" of LFM2-350M-Q4_0.gguf; of another name its stem."""
    stem = stem_of(name)
    words = re.split(r"[-.]", stem)
    if FORMAT.fullmatch(words[-1]):
        return "-".join(words[-2:] if words[-2:-1] == ["UD"] else words[-1:]).upper()
    return stem


def gguf_models(names):
    """Of each model among these files its parts, sorted; all of them are there."""
    models = {}
    for name in sorted(names):
        if name.lower().endswith(".gguf") and not name.rpartition("/")[2].lower().startswith("mmproj"):
            models.setdefault(PART.sub("", name[:-len(".gguf")]), []).append(name)
    return [parts for parts in models.values() if is_whole(parts)]


def is_whole(parts):
    part = PART.search(parts[0][:-len(".gguf")])
    return not part or len(parts) == int(part[2])


def choose(names, choice, place):
    """The files of the model `choice` of `place`; the first is the one to compile, or
    config.json for a folder. An empty list where there is none and none was named."""
    models = gguf_models(names)
    if choice:
        wanted = [parts for parts in models if choice.lower() in (
            format_of(parts[0]).lower(), *(name.lower() for name in parts), stem_of(parts[0]).lower())]
    else:
        wanted = [parts for usual in USUAL for parts in models if format_of(parts[0]) == usual][:1] or models
    if len(wanted) == 1:
        return wanted[0]
    formats = ", ".join(sorted(format_of(parts[0]) for parts in models))
    if wanted and choice:
        files = ", ".join(parts[0] for parts in wanted)
        raise Refusal(f"{place} has {len(wanted)} files of the format {choice}; give one of them: {files}")
    if wanted:
        raise Refusal(f"{place} has {len(wanted)} models and none in a usual format; give one, as "
                      f"{place}:{format_of(wanted[0][0])}; there are {formats}")
    if models:
        raise Refusal(f"{place} has no model '{choice}'; it has {formats}")
    if choice:
        raise Refusal(f"{place} has no GGUF files, so no '{choice}'; leave it out, or quantise while "
                      f"compiling: --quantize={choice.lower()} before the model")
    files = [name for name in names if NEEDED.fullmatch(name) and not SPARED.fullmatch(name)]
    if "config.json" in files and any(name.endswith(".safetensors") for name in files):
        return ["config.json", *(name for name in files if name != "config.json")]
    return []
