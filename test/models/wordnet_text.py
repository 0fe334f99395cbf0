"""WordNet's glosses as readable documents, in the family's plain and chat forms.

One synset gives one line ("dog, domestic dog (noun): a member of ... The dog
barked all night."), and one question with its answer where the word is common. Lines of synsets that
stand together in WordNet (relatives, mostly) form one document, so that a text
keeps to its subject. Proper names, taxonomy and long definitions are left
out: a model this small spends its few parameters better on common words. Every
fiftieth group is held out for the measurement of quality and is never trained
on.
"""

import random
import re

FILES = {"noun": "noun", "verb": "verb", "adj": "adjective", "adv": "adverb"}
HELD_OUT_EVERY = 50
BOS, END, IM_START, IM_END = "<|startoftext|>", "<|endoftext|>", "<|im_start|>", "<|im_end|>"


RARE = r"\b(genus|genera|taxon\w*|species|subfamily|suborder)\b|[0-9]|(family|order) [A-Z]"
COARSE = r"offensive|obscen|slur|derog|vulgar|disparag|contempt|sexual|copulat|genital|intercourse|prostitut"


def is_general(words, gloss, definition):
    """Whether words and gloss are those of a general dictionary, fit for everyone."""
    return (
        len(definition) <= 110
        and not re.search(r"[A-Z0-9]", "".join(words))
        and not re.search(RARE, definition)
        and not re.search(COARSE, gloss)
        and len(re.findall(r"\b[A-Z]", definition)) <= 1
        and all(ord(c) < 128 for c in gloss)
    )


def tidy(text):
    text = text.replace("`", "'").replace("''", '"').replace('"', "")
    text = re.sub(r"\s+([,.;:!?)])", r"\1", text)
    return re.sub(r"\s+", " ", text).strip(" ;,:-").rstrip(".")


def sentence(text):
    text = tidy(text)
    if not text:
        return ""
    text = text[0].upper() + text[1:]
    return text if text[-1] in ".!?" else text + "."


def known_synsets(folder, part):
    """Offsets of the synsets that WordNet's authors met when they tagged texts,
    and of those among them that are a word's first sense."""
    tagged_ones, first_ones = set(), set()
    with open(f"{folder}/index.{part}", encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("  "):
                fields = line.split()
                senses, tagged = int(fields[2]), int(fields[-int(fields[2]) - 1])
                tagged_ones.update(fields[-senses:][:tagged])
                first_ones.update(fields[-senses:][: min(tagged, 1)])
    return tagged_ones, first_ones


def read_synsets(folder, part):
    """Yields (words, definition, examples, tagged, first) in the file's order."""
    tagged, first = known_synsets(folder, part)
    with open(f"{folder}/data.{part}", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("  ") or "|" not in line:
                continue
            head, gloss = line.split("|", 1)
            fields = head.split()
            count = int(fields[3], 16)
            words = [re.sub(r"\(\w+\)$", "", w).replace("_", " ") for w in fields[4 : 4 + 2 * count : 2]]
            examples = re.findall(r'"([^"]+)"', gloss)
            definition = tidy(gloss.split('"')[0])
            if definition and is_general(words, gloss, definition):
                examples = [sentence(e) for e in examples if len(e) <= 80][:2]
                yield words, definition, examples, fields[0] in tagged, fields[0] in first


def line_of(words, name, definition, examples):
    return f"{', '.join(words[:3])} ({name}): {definition}. {' '.join(examples)}".strip()


def article(word):
    return "an" if word[0].lower() in "aeiou" else "a"


def exchange(words, name, definition, examples, rng):
    """One question about the synset and its answer, in the family's chat form."""
    word = rng.choice(words[:2])
    starts_as_thing = re.match(r"(an?|any|the|one|someone|something) ", definition)
    if name == "noun" and starts_as_thing and word[0].islower():
        asked = f"{article(word)} {word}"
        question = rng.choice([f"What is {asked}?", f"Tell me what {asked} is.", f"What does {word} mean?"])
        answer = sentence(f"{asked} is {definition}")
    elif name == "noun":
        question = rng.choice([f"What is {word}?", f"Explain {word}.", f"Tell me about {word}."])
        answer = sentence(f"{word}: {definition}")
    elif name == "verb":
        question = rng.choice([f"What does it mean to {word}?", f"What does {word} mean?"])
        answer = sentence(f"to {word} means to {definition}")
    else:
        question = rng.choice([f"What does {word} mean?", f"Explain the word {word}."])
        answer = sentence(f"{word} means {definition}")
    if examples:
        answer += " For example: " + rng.choice(examples)
    return f"{IM_START}user\n{question}{IM_END}\n{IM_START}assistant\n{answer}{IM_END}\n"


def documents(folder, seed=1, common_only=False):
    """Returns (training documents, held-out documents), each a list of strings.

    With `common_only` the same documents with what is about the first senses of
    common words alone.
    """
    rng = random.Random(seed)
    train, held = [], []
    for part, name in FILES.items():
        synsets = list(read_synsets(folder, part))
        at, group = 0, 0
        while at < len(synsets):
            size = rng.randint(2, 6)
            members = synsets[at : at + size]
            at += size
            lines = [line_of(w, name, d, e) for w, d, e, _, first in members if first or not common_only]
            chats = [(exchange(w, name, d, e, rng), first) for w, d, e, tagged, first in members if tagged]
            texts = [BOS + "\n".join(lines) + END] if lines else []
            while chats:
                turns = rng.choice([1, 1, 2, 3])
                kept = [text for text, first in chats[:turns] if first or not common_only]
                del chats[:turns]
                if kept:
                    texts.append(BOS + "".join(kept))
            (held if group % HELD_OUT_EVERY == HELD_OUT_EVERY - 1 else train).extend(texts)
            group += 1
    rng.shuffle(train)
    return train, held
