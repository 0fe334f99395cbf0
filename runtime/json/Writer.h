// Writes values as Python's json.dumps does, or its repr, byte for byte.
#ifndef LFM2RT_JSON_WRITER_H
#define LFM2RT_JSON_WRITER_H

#include "runtime/json/Value.h"

namespace lfm2rt {

// Takes pieces of text, in order.
using JsonSink = void (*)(const char *text, uint64_t bytes, void *user);

// Named as json.dumps names them, with its defaults.
struct JsonStyle {
  bool ensureAscii = true;
  bool sortKeys = false;
  int32_t indent = -1; // Below 0: all in one line.
  const char *itemSeparator = ", ", *keySeparator = ": ";
  bool python = false; // As Python's repr: None, True, 'text'.

  // Python leaves out the space behind a comma that ends a line.
  static JsonStyle indented(int32_t indent) {
    JsonStyle style;
    style.indent = indent;
    style.itemSeparator = ",";
    return style;
  }
  // Without any space, and in UTF-8.
  static JsonStyle compact() { return {false, false, -1, ",", ":", false}; }
  static JsonStyle repr() { return {false, false, -1, ", ", ": ", true}; }
};

// False where a number is not finite, or more than mostDepth lists and mappings
// stand within each other; the sink then has had the text up to there. A byte
// of a string that is no UTF-8 is written as U+FFFD.
bool writeJson(const Value &value, const JsonStyle &style, JsonSink sink,
               void *user);

// A string with its quotes: as JSON in UTF-8 or in ASCII, or as Python's repr,
// which chooses the quotes.
enum class Spelling { Utf8, Ascii, Python };
void writeString(Text text, Spelling spelling, JsonSink sink, void *user);
inline void writeJsonString(Text text, bool ensureAscii, JsonSink sink,
                            void *user) {
  writeString(text, ensureAscii ? Spelling::Ascii : Spelling::Utf8, sink, user);
}
// What stands between them.
void writeCharacters(Text text, Spelling spelling, char quote, JsonSink sink,
                     void *user);

} // namespace lfm2rt

#endif // LFM2RT_JSON_WRITER_H
