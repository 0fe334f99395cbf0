// What is said of each text that is no grammar, no expression, no schema, no
// tools: what was expected, and where. Each message stands here once.

#include "test/unit/Grammar/SmallModel.h"

#include "gtest/gtest.h"

#include <string>

using namespace lfm2c;

namespace {

struct Case {
  std::string text;
  const char *message; ///< a part of it
};

void expectRefused(uint32_t kind, const std::vector<Case> &cases) {
  for (const Case &one : cases) {
    lfm2rt_form form = {};
    form.kind = kind;
    const CompiledForm compiled(form, one.text);
    EXPECT_EQ(compiled.grammar, nullptr) << one.text;
    EXPECT_NE(std::string(compiled.error.message).find(one.message),
              std::string::npos)
        << one.text << "\n  said: " << compiled.error.message
        << "\n  not: " << one.message;
    // What was expected, what was found, and what to do.
    EXPECT_NE(std::string(compiled.error.message).find("; "), std::string::npos)
        << compiled.error.message;
  }
}

std::string many(const char *text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i)
    all += text;
  return all;
}

TEST(Messages, Gbnf) {
  expectRefused(
      LFM2RT_FORM_GBNF,
      {{"", "line 1, column 1: expected a rule 'root'"},
       {"start ::= \"a\"", "expected a rule 'root', which the whole text"},
       {"root ::= other", "column 10: expected the name of a rule, found 'ot"},
       {"root ::= \"a\"\n\n  $",
        "line 3, column 3: expected the name of a rule, "
        "found '$'; names have"},
       {"root := \"a\"", "column 6: expected '::=' behind the name"},
       {"root ::= \"a\" )", "expected the end of the rule, found ')'; begin"},
       {"root ::= \"a\" $", "expected the end of the rule, found '$'; begin"},
       {"root ::= * \"a\"", "expected something that is repeated"},
       {"root ::= \"\\q\"", "column 11: expected an escape that grammars have"},
       {"root ::= \"a", "column 10: expected a literal that ends with '\"'"},
       {"root ::= [a", "expected a set that ends with ']'"},
       {"root ::= [z-a]", "expected a range that rises, found 'z-a'"},
       {"root ::= []", "expected a set of at least one character"},
       {"root ::= [^]", "expected a set of at least one character"},
       {"root ::= (\"a\"", "expected ')', found the end"},
       {"root ::= " + many("(", 101), "expected at most 100 brackets"},
       {"root ::= !\"a\"", "expected a token behind '!'"},
       {"root ::= <[x]>", "expected the number of a token"},
       {"root ::= <[7>", "expected the number of a token"},
       {"root ::= <think", "expected '>' behind the text of a token"},
       {"root ::= <[9999]>", "column 10: expected a token that the model has, "
                             "found '<[9999]>'"},
       {"root ::= <nonsense>", "expected a token that the model has"},
       {"root ::= \"\\x4\"", "expected a hexadecimal digit, found '\"'"},
       {"root ::= \"\\ud800\"", "expected the number of a character"},
       {"root ::= \"\\U00110000\"", "found '00110000'"},
       {"root ::= \"\xff\"", "expected UTF-8"},
       {"root ::= [a-", "expected a set that ends"},
       {"root ::= [a-\\", "expected an escape that grammars"},
       {"root ::= \"a\"{", "expected a number, found the end"},
       {"root ::= \"a\"{1", "expected '}', found the end"},
       {"root ::= \"a\"{3,2}", "expected a least number of times that is not"},
       {"root ::= \"a\"{1000001}", "expected at most 1000000 times"},
       {"root ::= a\na ::= a \"x\" | \"y\"", "found that 'a' does not"},
       {"root ::= a\na ::= \"q\"? b\nb ::= a | \"y\"", "found that '"},
       {"root ::= (\"x\" root){2}", "found that none ends 'root'"},
       {"root ::= \"a\" | b\nb ::= \"c\" b", "none ends 'b'"},
       {"root ::= " + many("\"a\"{1000000} ", 9), "at most 16 million"}});
}

TEST(Messages, Regex) {
  expectRefused(
      LFM2RT_FORM_REGEX,
      {{"a)", "expression, byte 1: expected the end, found ')'"},
       {"a++", "byte 2: expected no '+' behind a number of times"},
       {"a^b", "byte 1: expected '^' at the start"},
       {"(a$)", "'$' at the end alone"},
       {"*a", "expected something that is repeated"},
       {many("(", 101), "at most 100 brackets"},
       {"(?=a)", "byte 0: expected a group"},
       {"(?<=a)b", "expected a group"},
       {"(?i)a", "expected a group"},
       {"(a", "expected ')'"},
       {"\\bword", "expected an escape that is known, found '\\b'"},
       {"(a)\\1", "expected an escape that is known, found '\\1'"},
       {"\\p{L}", "expected an escape that is known"},
       {"a\\", "expected an escape that is known"},
       {"\\u{1F600", "expected '}'"},
       {"[a", "byte 0: expected a set that ends with ']'"},
       {"[]a]", "expected a set of at least one character, found '[]'"},
       {"[a-\\d]", "expected a range from one character to another"},
       {"[z-a]", "expected a range that rises"},
       {"a{3,2}", "expected a least number of times"},
       {"a{2", "expected '}'"},
       {"[^\\s\\S]", "expected rules that some text ends"}});
}

TEST(Messages, Schemas) {
  std::string deep = "{\"items\": ", properties = "{\"properties\": {";
  for (int i = 0; i <= 1000; ++i)
    properties += (i ? ", \"" : "\"") + std::to_string(i) + "\": {}";
  expectRefused(
      LFM2RT_FORM_JSON_SCHEMA,
      {{"{\"a\": ]}", "schema, line 1, column 7: expected a value"},
       {"3", "schema, #: expected a schema: an object, true or false"},
       {"{\"items\": [3]}", "schema, #/items: expected a schema"},
       {"{\"properties\": {\"a/b\": {\"not\": {}}}}",
        "schema, #/properties/a~1b/not: expected a keyword that answers"},
       {"{\"uniqueItems\": true}", "#/uniqueItems: expected a keyword"},
       {"{\"$ref\": \"other.json\"}", "#/$ref: expected a reference to"},
       {"{\"$ref\": \"#/$defs/a\"}", "#/$ref: expected a reference to"},
       {"{\"$defs\": {\"a\": {\"type\": \"x\"}}, \"$ref\": \"#/$defs/a\"}",
        "#/$defs/a/type: expected the name of a type"},
       {"{\"type\": [\"null\", 1]}", "expected the name of a type, or a list"},
       {"{\"allOf\": 1}", "#/allOf: expected a list of schemas"},
       {"{\"anyOf\": {}}", "#/anyOf: expected a list of schemas"},
       {"{\"oneOf\": [{\"type\": \"integer\"}, {\"type\": \"number\"}]}",
        "#/oneOf/1: expected schemas of which a value can meet one alone"},
       {"{\"allOf\": [" + many("{\"minimum\": 1}, ", 32) + "{}]}",
        "expected at most 32 schemas for one value"},
       {many("{\"items\": ", 65) + "{}" + many("}", 65),
        "expected at most 64 schemas within each other"},
       {"{\"minLength\": -1}", "#/minLength: expected a whole number from 0"},
       {"{\"maxItems\": 1.5}", "#/maxItems: expected a whole number from 0"},
       {"{\"minimum\": \"1\"}", "#/minimum: expected a number"},
       {"{\"minimum\": 1e60}", "#/minimum: expected a number of at most 40"},
       {"{\"pattern\": \"a\", \"maxLength\": 3}",
        "#/pattern: expected one regular expression, without lengths"},
       {"{\"pattern\": \"(a\"}", "schema, #/pattern, byte 2: expected ')'"},
       {"{\"prefixItems\": {}}",
        "#/prefixItems: expected a list of at most 64"},
       {"{\"enum\": [1], \"maximum\": 3}",
        "#/maximum: expected nothing that restricts values"},
       {"{\"properties\": []}", "#/properties: expected an object of schemas"},
       {"{\"required\": \"a\"}", "#/required: expected a list of names"},
       {"{\"required\": [1]}", "#/required: expected a list of names"},
       {properties + "}}", "expected at most 1000 properties"},
       {"{\"patternProperties\": {\"a\": {}, \"b\": {}}}",
        "#/patternProperties: expected an object with one pattern"},
       {"{\"patternProperties\": {\"a\": {}}, \"properties\": {\"b\": {}}}",
        "#/patternProperties: expected properties that are declared, or"},
       {"{\"patternProperties\": {\"a\": {}}, \"additionalProperties\": {}}",
        "#/patternProperties: expected names of this pattern alone"},
       {"{\"properties\": {\"a\": {}}, \"minProperties\": 1}",
        "#/minProperties: expected no such limit beside properties"},
       {"{\"properties\": {\"a\": {}}, \"maxProperties\": 0}",
        "#/maxProperties: expected no such limit"},
       // What contradicts itself.
       {"{\"minLength\": 3, \"maxLength\": 2}",
        "#: minLength is above maxLength"},
       {"{\"items\": {\"minimum\": 3, \"maximum\": 2}, \"minItems\": 1}",
        "#/items/maximum: no number is within its bounds"},
       {"{\"minItems\": 3, \"maxItems\": 2}", "minItems is above maxItems"},
       {"{\"type\": \"string\", \"enum\": [1]}", "no value is left"},
       {"{\"allOf\": [{\"type\": \"null\"}, {\"type\": \"string\"}]}",
        "#: no type is left"},
       {"false", "#: nothing is allowed"},
       {"{\"type\": \"object\", \"additionalProperties\": false, "
        "\"minProperties\": 1}",
        "minProperties is more than there can be"},
       {"{\"$ref\": \"#\"}", "none ends '#'"},
       {"{\"properties\": {\"a\": {\"$ref\": \"#\"}}, \"required\": [\"a\"]}",
        "none ends '#'"}});
}

TEST(Messages, Tools) {
  expectRefused(
      LFM2RT_FORM_TOOLS,
      {{"{}", "expected a list of tools, with one that is to be called"},
       {"[]", "('auto')"},
       {"[{\"name\": \"a b\"}]", "tools, #/0: expected a tool with a name"},
       {"[{\"name\": \"f\"}, {\"type\": \"function\"}]",
        "tools, #/1: expected"},
       {"[{\"name\": \"f\", \"parameters\": {\"properties\": {\"x\": "
        "{\"type\": \"y\"}}}}]",
        "tool 0 (f), #/properties/x/type: expected the name of a type"}});
  lfm2rt_form form = {};
  form.kind = LFM2RT_FORM_TOOLS;
  form.tool = "g";
  EXPECT_NE(std::string(CompiledForm(form, "[{\"name\": \"f\"}]").error.message)
                .find("('g')"),
            std::string::npos);
  // A model without the tokens.
  const SmallModel plain(/*hasTools=*/false);
  form.tool = nullptr;
  EXPECT_NE(std::string(
                CompiledForm(form, "[{\"name\": \"f\"}]", plain).error.message)
                .find("expected a model with the tokens <|tool_call_start|>"),
            std::string::npos);
  form.kind = LFM2RT_FORM_REGEX;
  form.flags = LFM2RT_FORM_AFTER_THINKING;
  EXPECT_NE(std::string(CompiledForm(form, "a", plain).error.message)
                .find("expected a model with the token </think>"),
            std::string::npos);
}

TEST(Messages, OfTheWhole) {
  lfm2rt_form form = {};
  form.kind = 9;
  EXPECT_NE(std::string(CompiledForm(form, "a").error.message)
                .find("expected a kind of grammar"),
            std::string::npos);
  // Whatever the memory, it compiles, or says that it takes more.
  for (const auto &[kind, text] :
       {std::pair<uint32_t, const char *>(LFM2RT_FORM_GBNF,
                                          "root ::= (\"a\" | [b-é]){3} root?"),
        {LFM2RT_FORM_REGEX, "(a|b)*[^c]{2,9}"},
        {LFM2RT_FORM_JSON_SCHEMA,
         "{\"properties\": {\"a\": {\"enum\": [1, \"x\"]}}, \"required\": "
         "[\"b\"], \"additionalProperties\": {\"minimum\": -3.5}}"}}) {
    form.kind = kind;
    bool compiled = false;
    for (uint64_t bytes = 0; bytes < 64 << 10; bytes += 88) {
      const CompiledForm made(form, text, SmallModel::get(), bytes);
      if (made.grammar)
        compiled = true;
      else
        EXPECT_EQ(made.error.status, LFM2RT_NO_MEMORY) << made.error.message;
      EXPECT_FALSE(compiled && !made.grammar) << bytes;
    }
    EXPECT_TRUE(compiled) << text;
  }
}

} // namespace
