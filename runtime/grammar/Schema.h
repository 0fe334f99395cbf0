// JSON schemas (draft 2020-12, as Pydantic and OpenAI's interface write them).
#ifndef LFM2RT_GRAMMAR_SCHEMA_H
#define LFM2RT_GRAMMAR_SCHEMA_H

#include "runtime/grammar/JsonForm.h"
#include "runtime/grammar/Keywords.h"
#include "runtime/include/lfm2rt/lfm2rt.h"
#include "runtime/src/Message.h"

namespace lfm2rt {
namespace grammar {

// The way to a value within the schema, from its end.
struct Path {
  const Path *up;
  Text key;       // Of a member; without `at`, a value of a list:
  uint32_t index; // this one. isPointer: `key` is all of the way.
  static constexpr uint32_t isPointer = 0xffffffff;
};

// A schema that a value must meet, beside others.
struct Part {
  const Value *schema;
  const Path *path;
  uint8_t done; // Keywords that other parts stand for.
  enum : uint8_t { didReference = 1, didAll = 2, didAny = 4, didOne = 8 };
};
struct Parts {
  Part *list = nullptr;
  uint32_t count = 0, capacity = 0;
};

class SchemaReader {
public:
  // References within the schema are looked up from `root`; `what` is its name
  // in messages, `scope` what its rules are named by where there are other
  // schemas.
  SchemaReader(JsonForm &form, const Value &root, const char *what, Text scope,
               lfm2rt_error *error)
      : form(form), syntax(form.syntax), root(root), what(what), scope(scope),
        error(error) {}

  // What meets the schema. nullptr: `error` says why; or the arena overflowed.
  Rule *read();
  // The properties of the schema as the arguments of a call in Python's form:
  // what stands between its brackets.
  Node *readArguments();

  // Where nothing can meet the schema, why: "#/a: ...", or "".
  const char *conflict() const { return conflictText; }

private:
  JsonForm &form;
  Syntax &syntax;
  const Value &root;
  const char *what;
  Text scope;
  lfm2rt_error *error;
  bool failed = false;
  uint32_t nested = 0;
  uint64_t compared = 0;
  char conflictText[200] = "";

  bool ok() const { return !failed && !syntax.overflowed(); }
  const Path *below(const Path *path, const char *key);
  const Path *below(const Path *path, Text key, uint32_t index = 0);
  // Refuses a keyword of the schema at `path`, or, for nullptr, that schema.
  Node *refuse(const Path *path, const char *keyword, const char *expected,
               const char *advice);
  Node *contradiction(const Path *path, const char *why);

  void add(Parts &parts, const Value &schema, const Path *path,
           uint8_t done = 0);
  bool flatten(Parts &parts);
  const Value *lookUp(const Value &reference);
  const Value *resolve(const Part &part, const Path *&path);
  Node *reference(const Value &target, Text name, const Path *path);

  Node *build(Parts &parts);
  Node *buildOne(Parts &parts);
  Node *buildChoice(const Parts &parts, uint32_t which, bool one);
  Node *buildValues(const Parts &parts, uint32_t types);
  Node *buildString(const Parts &parts);
  Node *buildNumber(const Parts &parts, bool wholeOnly);
  Node *buildArray(const Parts &parts);
  Node *item(const Parts &parts, uint32_t number);
  Node *buildObject(const Parts &parts);
  Node *members(const Parts &parts, bool isCall, bool &mayBeEmpty);
  Node *pattern(Text expression, const Path *path);

  uint32_t typesOf(const Value &schema, const Path *path);
  bool areApart(const Value &first, const Value &second, uint32_t depth);
  uint32_t count(const Parts &parts, const char *keyword, uint32_t otherwise,
                 bool most);
};

// As a JSON pointer.
void write(Message &message, const Path *path);

// The inside of a string that is none of these names, each character written in
// one way. `names` are put into order.
Node *otherNames(Syntax &syntax, Text *names, uint32_t count);

// A regular expression of all strings of a format; nullptr: it is not known.
const char *expressionOfFormat(Text format);

// What schemas say of a number.
struct Bounds {
  const Value *low = nullptr, *high = nullptr;
  bool aboveLow = false, belowHigh = false; // Not equal to them.
};
// Numbers, or whole ones, within bounds; `none`: there are none. nullptr: a
// bound has too many digits.
Node *numbersWithin(JsonForm &form, const Bounds &bounds, bool wholeOnly,
                    bool &none);

} // namespace grammar
} // namespace lfm2rt

#endif // LFM2RT_GRAMMAR_SCHEMA_H
