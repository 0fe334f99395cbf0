// What answers in JSON are made of, in one way of writing it.
#ifndef LFM2RT_GRAMMAR_JSONFORM_H
#define LFM2RT_GRAMMAR_JSONFORM_H

#include "runtime/grammar/Syntax.h"

namespace lfm2rt {
namespace grammar {

class JsonForm {
public:
  // `flags` are LFM2RT_FORM_...
  JsonForm(Syntax &syntax, uint32_t flags);

  Syntax &syntax;
  uint32_t flags;
  // Values are written as Python does: True, False, None, and strings in either
  // quotes; what is within a mapping, as JSON.
  bool isPython = false;

  Node *literal(const char *text);
  // A rule of those that JSON has: value, number, integer, comma, colon, or, as
  // Python has it, "py-value".
  Node *named(const char *rule);
  Node *value() { return named(isPython ? "py-value" : "value"); }
  // A string of so many characters.
  Node *string(uint32_t low, uint32_t high);
  // The string whose inside this is.
  Node *quoted(Node *inside);
  // From `low` to `high` items with commas between them; low is above 0.
  Node *list(Node *item, uint32_t low, uint32_t high);
  // In brackets: `content`, or nothing if that is nullptr, or may be left out.
  Node *inBrackets(const char *open, Node *content, const char *close,
                   bool mayBeEmpty);
  // A value as it stands in a text.
  Node *written(const Value &value);
  // The bytes of a key in its quotes.
  Text key(Text name);
};

} // namespace grammar
} // namespace lfm2rt

#endif // LFM2RT_GRAMMAR_JSONFORM_H
