"""Values for schemas, and what runtime/README.md says of how answers differ from what a
validator takes."""

import copy
import json
import math
import random
import re

import jsonschema

OF_OBJECTS = {"properties", "required", "additionalProperties", "patternProperties", "propertyNames"}
OF_ARRAYS = {"items", "prefixItems", "minItems", "maxItems"}
LETTERS = "abcxyz é日😀\"\\\t/0-"  # No line ends: Python's $ also stands in front of one.


def documented(schema):
    """The schema with what is understood written out: objects whose properties are declared have
    no others unless it says so, and keywords of objects or lists mean objects or lists."""
    if isinstance(schema, list):
        return [documented(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: ({name: documented(one) for name, one in value.items()}
                 if key in ("properties", "$defs", "patternProperties") else
                 value if key in ("enum", "const", "default", "required") else documented(value))
           for key, value in schema.items()}
    if out.pop("nullable", False):
        out["type"] = [out["type"], "null"]
    return out


def closed(schema):
    """Closes objects; not those that are joined with others, which `closes` leaves out."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: ({name: closed(one) for name, one in value.items()} if key in ("properties", "$defs") else
                 value if key in ("enum", "const", "default", "allOf", "patternProperties") or
                 key == "anyOf" and "properties" in schema else closed(value))
           for key, value in schema.items()}
    if "properties" in out and "additionalProperties" not in out and "anyOf" not in out:
        out["additionalProperties"] = False
        out["properties"] = {**out["properties"], **{name: {} for name in out.get("required", ())
                                                     if name not in out["properties"]}}
    return out


def number_within(schema, rng, whole):
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    low = -50 if low is None and (high is None or high > -50) else high - 60 if low is None else low
    high = low + 200 if high is None else high
    low, high = (low, high) if rng.random() < 0.8 else (low - 2, high + 2)
    if whole:
        return rng.randint(math.floor(low), math.ceil(high))
    return rng.choice([low, high, round(rng.uniform(low, high), rng.randint(0, 4)), (low + high) / 2])


class Maker:
    """Random values that mostly meet a schema."""

    def __init__(self, schema, texts, seed):
        self.root, self.texts, self.rng = schema, texts, random.Random(seed)

    def text(self, schema):
        if "pattern" in schema and self.rng.random() < 0.8:
            return self.rng.choice(self.texts)
        low = schema.get("minLength", 0)
        high = schema.get("maxLength", low + 6)
        return "".join(self.rng.choice(LETTERS) for _ in range(self.rng.randint(max(low - 1, 0), high + 1)))

    def target(self, pointer):
        at = self.root
        for key in pointer[1:].split("/")[1:]:
            key = key.replace("~1", "/").replace("~0", "~")
            at = at[int(key)] if isinstance(at, list) else at[key]
        return at

    def merged(self, schema):
        out = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
        parts = schema.get("allOf", []) + ([self.target(schema["$ref"])] if "$ref" in schema else [])
        for part in parts:
            for key, value in self.merged(part).items():
                if key == "properties" and key in out:
                    value = {**out[key], **{n: {"allOf": [out[key][n], v]} if n in out[key] else v for n, v in value.items()}}
                elif key == "required" and key in out:
                    value = out[key] + value
                out[key] = value
        return out

    def make(self, schema, depth=0):
        rng = self.rng
        if schema is True or schema == {} or schema is False:
            schema = {"type": rng.choice(["null", "boolean", "integer", "number", "string"] + ["array", "object"] * (depth < 3))}
        schema = self.merged(schema)
        for key in ("anyOf", "oneOf"):
            if key in schema:
                rest = {k: v for k, v in schema.items() if k != key}
                choices = schema[key]
                if depth > 4:  # So that recursion ends.
                    choices = sorted(choices, key=lambda one: len(json.dumps(self.merged(one))))[:1]
                return self.make({**rest, "allOf": [rng.choice(choices)]}, depth)
        if "const" in schema:
            return copy.deepcopy(schema["const"])
        if "enum" in schema:
            return copy.deepcopy(rng.choice(schema["enum"]))
        kind = schema.get("type")
        if kind is None:
            kind = "object" if OF_OBJECTS & set(schema) else "array" if OF_ARRAYS & set(schema) else "string"
        if isinstance(kind, list):
            kind = rng.choice(kind)
        if kind == "null":
            return None
        if kind == "boolean":
            return rng.random() < 0.5
        if kind in ("integer", "number"):
            return number_within(schema, rng, kind == "integer")
        if kind == "string":
            return self.text(schema)
        if kind == "array":
            first = schema.get("prefixItems", [])
            low, high = schema.get("minItems", 0), schema.get("maxItems", max(len(first), schema.get("minItems", 0)) + 2)
            count = rng.randint(max(low - 1, 0), high + 1) if depth < 5 else low
            return [self.make(first[i] if i < len(first) else schema.get("items", {}), depth + 1) for i in range(count)]
        out, required = {}, schema.get("required", [])
        for name, value in schema.get("properties", {}).items():
            if name in required and rng.random() < 0.95 or name not in required and rng.random() < 0.6:
                out[name] = self.make(value, depth + 1)
        for name in required:
            if name not in out and rng.random() < 0.95 and name not in schema.get("properties", {}):
                out[name] = self.make({}, depth + 1)
        others = schema.get("additionalProperties", not schema.get("properties"))
        patterns = list(schema.get("patternProperties", {}).values())
        if (others or patterns) and depth < 4:
            names = schema.get("propertyNames", True)
            names = {"maxLength": 4} if names is True else names
            for _ in range(rng.randint(0, 3)):
                name = self.rng.choice(self.texts) if patterns else self.make({"type": "string", **names}, depth + 1)
                if isinstance(name, str) and name not in schema.get("properties", {}):
                    out[name] = self.make(patterns[0] if patterns else others, depth + 1)
        return out

    def mutate(self, value):
        """Changes something, anywhere."""
        rng = self.rng
        if isinstance(value, dict) and value and rng.random() < 0.7:
            key = rng.choice(list(value))
            if rng.random() < 0.3:
                return {k: v for k, v in value.items() if k != key}
            return {k: self.mutate(v) if k == key else v for k, v in value.items()}
        if isinstance(value, list) and value and rng.random() < 0.8:
            at = rng.randrange(len(value))
            change = rng.random()
            if change < 0.25:
                return value[:at] + value[at + 1:]
            if change < 0.5:
                return value + [copy.deepcopy(value[at])]
            return value[:at] + [self.mutate(value[at])] + value[at + 1:]
        if isinstance(value, str) and rng.random() < 0.5:
            return value + rng.choice(LETTERS) if rng.random() < 0.5 else value[1:]
        if isinstance(value, (int, float)) and not isinstance(value, bool) and rng.random() < 0.6:
            return rng.choice([value + 1, value - 1, -value, value * 10, value + 0.5])
        return rng.choice([None, True, False, 0, 1, -3, 2.5, "", "a", [], {}, ["a"], {"a": 1}])


def written(value):
    """As answers are written, with numbers that Python writes with exponents or a useless fraction
    left out: None for these."""
    text = json.dumps(value, ensure_ascii=False)
    if re.search(r"\d[eE]", text) or "NaN" in text or "Infinity" in text:
        return None
    return text


def validator(schema):
    return jsonschema.Draft202012Validator(schema)
