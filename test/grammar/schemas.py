"""Schemas as people write them: by Pydantic, for OpenAI's structured outputs, by hand.

Each is a name, a schema and, where strings have patterns, texts that match them (found
by hand, so that no program under test decides what matches).
"""


def model(properties, required=None, **more):
    """As Pydantic writes a model; `required` names all where it is not given."""
    schema = {"title": "Model", "type": "object",
              "properties": {name: {"title": name.title(), **value} for name, value in properties.items()}}
    required = list(properties) if required is None else required
    if required:
        schema["required"] = required
    return {**schema, **more}


def strict(properties):
    """As OpenAI's structured outputs want it."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


STRING, INTEGER, NUMBER, BOOLEAN, NULL = ({"type": name} for name in ("string", "integer", "number", "boolean", "null"))


def optional(schema):
    return {"anyOf": [schema, NULL], "default": None}


ADDRESS = model({"street": STRING, "city": STRING, "zip": {"type": "string", "pattern": r"^\d{5}$"}})
NODE = strict({"value": INTEGER, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}})
LINKED = strict({"linked_list": {"$ref": "#/$defs/item"}})
LINKED["$defs"] = {"item": strict({"value": NUMBER, "next": {"anyOf": [{"$ref": "#/$defs/item"}, NULL]}})}
CAT = model({"pet_type": {"const": "cat", "type": "string"}, "meows": INTEGER})
DOG = model({"pet_type": {"const": "dog", "type": "string"}, "barks": NUMBER, "name": STRING}, ["pet_type", "barks"])
PETS = {"$defs": {"Cat": CAT, "Dog": DOG}, "title": "Owner", "type": "object", "required": ["pet", "n"], "properties": {
    "pet": {"discriminator": {"mapping": {"cat": "#/$defs/Cat", "dog": "#/$defs/Dog"}, "propertyName": "pet_type"},
            "oneOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}], "title": "Pet"},
    "n": {"title": "N", "type": "integer"}}}

SCHEMAS = [
    # Scalars.
    ("anything", {}),
    ("true", True),
    ("string", STRING),
    ("integer", INTEGER),
    ("number", NUMBER),
    ("boolean", BOOLEAN),
    ("null", NULL),
    ("several types", {"type": ["string", "null", "integer"]}),
    ("nullable", {"type": "string", "nullable": True}),
    ("any object", {"type": "object"}),
    ("any array", {"type": "array"}),
    ("minLength", {"type": "string", "minLength": 3}),
    ("maxLength", {"type": "string", "maxLength": 5}),
    ("lengths", {"type": "string", "minLength": 2, "maxLength": 4}),
    ("no length", {"type": "string", "maxLength": 0}),
    ("from 0", {"type": "integer", "minimum": 0}),
    ("above 0", {"type": "integer", "exclusiveMinimum": 0}),
    ("age", {"type": "integer", "minimum": 0, "maximum": 150}),
    ("around 0", {"type": "integer", "minimum": -12, "maximum": 7}),
    ("below 0", {"type": "integer", "minimum": -250, "exclusiveMaximum": -9}),
    ("at most", {"type": "integer", "maximum": 1000}),
    ("whole within parts", {"type": "integer", "minimum": -2.5, "maximum": 10.5}),
    ("probability", {"type": "number", "minimum": 0, "maximum": 1}),
    ("open probability", {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
    ("temperature", {"type": "number", "minimum": -273.15, "maximum": 1000}),
    ("narrow", {"type": "number", "minimum": 2.45, "maximum": 2.5}),
    ("number at least", {"type": "number", "minimum": 17.25}),
    ("number below", {"type": "number", "exclusiveMaximum": -0.5}),
    ("enum", {"type": "string", "enum": ["red", "green", "blue", "blue-green"]}),
    ("mixed enum", {"enum": ["a\"b", 1, None, True, [1, {"x": "y"}], 2.5]}),
    ("const", {"const": {"kind": "fixed", "list": [1, 2]}}),
    ("empty enum text", {"enum": ["", " "]}),
    # Lists.
    ("list of integers", {"type": "array", "items": INTEGER}),
    ("one to three", {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 1, "maxItems": 3}),
    ("exactly two", {"type": "array", "items": BOOLEAN, "minItems": 2, "maxItems": 2}),
    ("at least two", {"type": "array", "items": NUMBER, "minItems": 2}),
    ("tuple", {"type": "array", "prefixItems": [STRING, INTEGER, BOOLEAN], "minItems": 3, "maxItems": 3}),
    ("open tuple", {"type": "array", "prefixItems": [STRING, INTEGER], "items": NULL}),
    ("closed tuple", {"type": "array", "prefixItems": [INTEGER, INTEGER], "items": False, "minItems": 1}),
    ("lists of lists", {"type": "array", "items": {"type": "array", "items": INTEGER, "maxItems": 2}}),
    ("no items", {"type": "array", "maxItems": 0}),
    # Mappings.
    ("dict of numbers", {"type": "object", "additionalProperties": NUMBER}),
    ("dict with names", {"type": "object", "additionalProperties": INTEGER, "propertyNames": {"enum": ["x", "y", "z"]}}),
    ("short names", {"type": "object", "additionalProperties": BOOLEAN, "propertyNames": {"maxLength": 2, "minLength": 1}}),
    ("any names", {"type": "object", "additionalProperties": INTEGER, "propertyNames": True}),
    ("names that are listed", {"type": "object", "additionalProperties": INTEGER,
                               "propertyNames": {"enum": ["x", 1, None, "y"]}}),
    ("one or two members", {"type": "object", "additionalProperties": NULL, "minProperties": 1, "maxProperties": 2}),
    ("open object", {"type": "object", "properties": {"a": INTEGER, "ab": STRING}, "required": ["a"],
                     "additionalProperties": {"type": "boolean"}}),
    ("open to anything", {"type": "object", "properties": {"é": INTEGER}, "additionalProperties": True}),
    ("empty object", {"type": "object", "properties": {}, "additionalProperties": False}),
    ("all optional", model({"a": INTEGER, "b": STRING, "c": BOOLEAN}, [])),
    ("last required", model({"a": INTEGER, "b": STRING, "c": BOOLEAN}, ["c"])),
    ("middle required", model({"a": NULL, "b": NULL, "c": NULL, "d": NULL}, ["b"])),
    ("strange names", strict({"a b": NULL, "\"q\"": NULL, "\\": NULL, "ü/~": NULL, "": NULL})),
    ("required, not declared", {"type": "object", "properties": {"a": INTEGER}, "required": ["b", "a"]}),
    ("false property", {"type": "object", "properties": {"a": INTEGER, "b": False}}),
    # As Pydantic writes them.
    ("user", model({"name": STRING, "age": {"type": "integer", "minimum": 0}, "email": optional(STRING)}, ["name", "age"])),
    ("address book", {"$defs": {"Address": ADDRESS}, **model({
        "home": {"$ref": "#/$defs/Address"}, "work": optional({"$ref": "#/$defs/Address"})}, ["home"])}, ["90210", "00001"]),
    ("color enum", {"$defs": {"Color": {"enum": ["RED", "GREEN"], "title": "Color", "type": "string"}},
                    **model({"color": {"$ref": "#/$defs/Color"}, "number": {"default": 1, "type": "integer"}}, ["color"])}),
    ("union", model({"value": {"anyOf": [INTEGER, STRING, {"type": "array", "items": STRING}]}})),
    ("literal", model({"kind": {"enum": ["a", "b"], "type": "string"}, "version": {"const": 2, "type": "integer"}})),
    ("discriminated", PETS),
    ("nested defaults", {"$defs": {"Inner": model({"x": {"default": 0, "type": "number"}}, [])},
                         **model({"inner": {"$ref": "#/$defs/Inner", "default": {"x": 0.0}, "description": "the inside"}}, [])}),
    ("allOf of one", {"$defs": {"Kind": {"enum": ["p", "q"]}},
                      **model({"kind": {"allOf": [{"$ref": "#/$defs/Kind"}], "description": "old Pydantic"}})}),
    ("extra forbidden", model({"a": INTEGER}, additionalProperties=False)),
    ("dict of models", {"$defs": {"M": model({"v": INTEGER})},
                        **model({"by_name": {"type": "object", "additionalProperties": {"$ref": "#/$defs/M"}}})}),
    ("tuple field", model({"point": {"type": "array", "prefixItems": [NUMBER, NUMBER], "minItems": 2, "maxItems": 2}})),
    ("bounded", model({"score": {"type": "number", "minimum": 0, "maximum": 10}, "rank": {"type": "integer", "exclusiveMinimum": 0},
                       "tags": {"type": "array", "items": {"type": "string", "maxLength": 8}, "maxItems": 4}})),
    ("ten fields", model({
        "id": INTEGER, "name": {"type": "string", "maxLength": 20}, "active": BOOLEAN, "score": {"type": "number", "minimum": 0},
        "kind": {"enum": ["person", "company"]}, "tags": {"type": "array", "items": {"type": "string", "maxLength": 5}, "maxItems": 3},
        "parent": optional(INTEGER), "place": strict({"x": INTEGER, "y": INTEGER}), "note": optional({"type": "string", "maxLength": 9}),
        "level": {"type": "integer", "minimum": 1, "maximum": 5}})),
    # As OpenAI's documentation has them.
    ("calendar event", strict({"name": STRING, "date": STRING, "participants": {"type": "array", "items": STRING}})),
    ("steps", strict({"steps": {"type": "array", "items": strict({"explanation": STRING, "output": STRING})}, "final_answer": STRING})),
    ("recursive list", LINKED),
    ("tree", {"$ref": "#/$defs/node", "$defs": {"node": NODE}}),
    ("self", strict({"name": STRING, "parts": {"type": "array", "items": {"$ref": "#"}}})),
    ("moderation", strict({"is_violating": BOOLEAN, "category": {"type": ["string", "null"], "enum": ["violence", "sexual", None]},
                           "explanation": {"type": ["string", "null"]}})),
    ("expression", {"$ref": "#/$defs/e", "$defs": {"e": {"anyOf": [
        strict({"op": {"enum": ["+", "*"]}, "left": {"$ref": "#/$defs/e"}, "right": {"$ref": "#/$defs/e"}}),
        strict({"number": NUMBER})]}}}),
    # Combinations.
    ("anyOf of types", {"anyOf": [STRING, {"type": "integer", "minimum": 5}]}),
    ("oneOf of types", {"oneOf": [STRING, BOOLEAN, {"type": "array", "items": NULL}]}),
    ("oneOf of values", {"oneOf": [{"const": 1}, {"const": 2}, {"enum": ["a", "b"]}]}),
    ("oneOf closed", {"oneOf": [strict({"a": INTEGER}), strict({"b": INTEGER})]}),
    ("allOf of objects", {"allOf": [{"type": "object", "properties": {"a": INTEGER}, "required": ["a"]},
                                    {"type": "object", "properties": {"b": STRING}, "required": ["b"]}]}),
    ("allOf of bounds", {"allOf": [{"type": "integer", "minimum": 3}, {"maximum": 9}, {"type": "number", "exclusiveMinimum": 4}]}),
    ("allOf of one property", {"allOf": [{"type": "object", "properties": {"a": {"type": "integer", "minimum": 2}}},
                                         {"type": "object", "properties": {"a": {"maximum": 4}}, "required": ["a"]}]}),
    ("allOf of values", {"allOf": [{"enum": [1, 2, 3, "x"]}, {"enum": [2, 3, "x"]}, {"type": "integer"}]}),
    ("allOf closed", {"allOf": [{"type": "object", "properties": {"a": INTEGER, "b": INTEGER}},
                                {"type": "object", "properties": {"a": {}}, "additionalProperties": False}]}),
    ("anyOf beside", {"type": "object", "properties": {"a": INTEGER}, "required": ["a"],
                      "anyOf": [{"properties": {"b": STRING}, "required": ["b"]}, {"properties": {"c": BOOLEAN}, "required": ["c"]}]}),
    ("two anyOf", {"allOf": [{"anyOf": [INTEGER, STRING, NULL]}, {"anyOf": [BOOLEAN, STRING, INTEGER]}]}),
    ("reference with more", {"$defs": {"n": {"type": "integer"}}, "$ref": "#/$defs/n", "minimum": 10, "maximum": 20}),
    ("pointer", {"type": "object", "properties": {"a/b": {"type": "array", "prefixItems": [{"enum": ["z"]}]},
                                                  "c": {"$ref": "#/properties/a~1b/prefixItems/0"}}, "required": ["c"]}),
    # Strings.
    ("zip code", {"type": "string", "pattern": r"^\d{5}(-\d{4})?$"}, ["12345", "12345-6789", "00000"]),
    ("anywhere", {"type": "string", "pattern": "ab+c"}, ["abc", "xxabbbcyy", "\"abc\\", "abcé"]),
    ("starts with", {"type": "string", "pattern": "^S_"}, ["S_", "S_x", "S_\"\n"]),
    ("alternatives", {"type": "string", "pattern": "^(GET|POST) /[a-z/]*$|^QUIT$"}, ["GET /", "POST /a/b", "QUIT"]),
    ("names of a pattern", {"type": "object", "patternProperties": {"^x[0-9]+$": INTEGER}, "additionalProperties": False}, ["x1", "x20"]),
]
