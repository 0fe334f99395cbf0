// Any text as JSON for the runtime: a value or an error, in exactly the memory
// that it asks for; and what is written of a value reads back as the same.

#include "runtime/json/Reader.h"
#include "runtime/json/Writer.h"

#include <cstdlib>
#include <string>
#include <vector>

using namespace lfm2rt;

static void check(bool holds) {
  if (!holds)
    std::abort();
}

static std::string write(const Value &value, const JsonStyle &style) {
  std::string text;
  check(writeJson(
      value, style,
      [](const char *piece, uint64_t bytes, void *user) {
        static_cast<std::string *>(user)->append(piece, bytes);
      },
      &text));
  return text;
}

// Empty where the text is refused.
static std::string readAndWrite(const std::vector<char> &text,
                                const JsonStyle &style) {
  Text view = {text.data(), uint32_t(text.size())};
  JsonError error;
  Arena none(nullptr, 0);
  check(!readJson(none, view, error));
  if (error.expected) {
    check(error.at <= text.size());
    placeOf(view, error.at);
    return "";
  }
  check(none.needed() <= mostJsonBytes(text.size()));
  std::vector<uint64_t> memory(none.needed() / 8);
  Arena arena(memory.data(), none.needed());
  const Value *value = readJson(arena, view, error);
  check(value && !arena.overflowed());
  if (value->kind == Kind::Mapping)
    for (uint32_t i = 0; i < value->size; ++i)
      check(find(*value, value->members[i].name()) == &value->members[i].value);
  write(*value, JsonStyle::repr());
  return write(*value, style);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::vector<char> text(data, data + size);
  for (const JsonStyle &style :
       {JsonStyle(), JsonStyle::compact(), JsonStyle::indented(3)}) {
    std::string once = readAndWrite(text, style);
    if (once.empty())
      return 0;
    check(once == readAndWrite({once.begin(), once.end()}, style));
  }
  return 0;
}
