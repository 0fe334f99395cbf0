// The parts that answers in JSON are made of, in one way of writing it:
// strings, numbers, lists, mappings.
#ifndef LFM2RT_GRAMMAR_JSONFORM_H
#define LFM2RT_GRAMMAR_JSONFORM_H

#include "runtime/grammar/Syntax.h"

namespace lfm2rt {
namespace grammar {

class JsonForm {
public:
  // `flags` are LFM2RT_FORM_...
  JsonForm(Syntax &syntax, uint32_t flags) : syntax(syntax), flags(flags) {}

  Syntax &syntax;
  uint32_t flags;
  // Values are written as Python does: True, False, None, and strings in either
  // quotes; what is within a mapping, as JSON.
  bool isPython = false;

  Node *literal(const char *text);
  // Any character of a string, in any way to write it.
  Node *character();
  // One in single quotes, of Python.
  Node *pythonCharacter();
  // A string of so many characters.
  Node *string(uint32_t low, uint32_t high);
  // One whose inside is this.
  Node *quoted(Node *inside);
  Node *number();
  Node *integer();
  // A whole number from `low` to `high`; without one of them, at least or at
  // most.
  Node *integerWithin(const int64_t *low, const int64_t *high);
  Node *naturalWithin(uint64_t low, const uint64_t *high);
  Node *boolean(bool truth);
  Node *null();
  Node *value(); // Any.

  // A mapping's brackets around what `inside` makes, in JSON.
  template <typename F> Node *mapping(const bool &mayBeEmpty, F inside) {
    const bool python = isPython;
    isPython = false;
    Node *content = inside();
    isPython = python;
    return inBrackets("{", content, "}", mayBeEmpty);
  }

  Node *separator(); // Between two values of a list, or members of a mapping.
  Node *colon();
  // In brackets: nothing, or `content`, or only this.
  Node *inBrackets(const char *open, Node *content, const char *close,
                   bool mayBeEmpty);
  // From `low` to `high` items with separators between them; low is above 0.
  Node *list(Node *item, uint32_t low, uint32_t high);
  // A value as it stands in a text.
  Node *written(const Value &value);
  // The bytes of a key in its quotes.
  Text key(Text name);

private:
  Rule *anyValue[2] = {}; // As JSON, and as Python.
  Rule *anyCharacter = nullptr, *anyPython = nullptr, *space = nullptr;
  Rule *anyInteger = nullptr, *anyNumber = nullptr;

  Node *spaces();
  Node *digit(uint32_t low, uint32_t high);
  Node *digits(uint32_t count);
  Node *sameLength(const char *low, const char *high, uint32_t count);
};

} // namespace grammar
} // namespace lfm2rt

#endif // LFM2RT_GRAMMAR_JSONFORM_H
