// What Python does with values: operators, comparison, access, printing.
#ifndef LFM2RT_CHAT_OPERATIONS_H
#define LFM2RT_CHAT_OPERATIONS_H

#include "runtime/chat/Heap.h"

namespace lfm2rt {

// Lists and mappings that may stand within each other where they are compared,
// printed or written as JSON.
constexpr uint32_t mostNesting = 200;

// Whether a == b. Undefined values are equal.
bool isEqual(Heap &heap, const Value &a, const Value &b, uint32_t depth = 0);
// Below 0, 0 or above, as a < b; ends the run where these have no order.
int compare(Heap &heap, const Value &a, const Value &b, uint32_t depth = 0);
bool contains(Heap &heap, const Value &all, const Value &one);

Value add(Heap &heap, const Value &a, const Value &b);
Value binary(Heap &heap, uint32_t operation, const Value &a, const Value &b);
Value negate(Heap &heap, const Value &value);

Value attributeOf(Heap &heap, const Value &value, Text name);
Value itemOf(Heap &heap, const Value &value, const Value &key);
Value slice(Heap &heap, const Value &value, const Value bounds[3]);
// What a loop goes through: letters of a text, keys of a mapping.
bool sequenceOf(Heap &heap, const Value &value, Sequence &all);
// The pairs of a mapping; a value to be gone through once where `once`.
Value itemsOf(Heap &heap, const Value &mapping, bool once);
Value makeOnce(Heap &heap, Sequence all);

// As Python's str(), or repr() where `quoted`.
void print(TextBuilder &to, Heap &heap, const Value &value, bool quoted = false,
           uint32_t depth = 0);
Text textOf(Heap &heap, const Value &value);

// A copy of what JSON can say, with all strings rewritten: as foreign ones, but
// for `spared` characters, or as plain ones; `sawForeign` tells whether one was
// not.
struct Rewriter {
  Heap &heap;
  const class Template *form; // Makes ASCII that it spells tokens with foreign;
                              // nullptr: makes all plain.
  bool sawForeign = false;

  Value rewrite(const Value &value, uint32_t depth = 0);
  Text rewrite(Text text);
};

} // namespace lfm2rt

#endif // LFM2RT_CHAT_OPERATIONS_H
