#include "runtime/chat/Heap.h"
#include "runtime/json/Utf8.h"

namespace lfm2rt {

// A run that goes beyond these is taken for one without end. A conversation of
// a megabyte takes some tens of megabytes, and a step of the machine for every
// few tens of its bytes.
static constexpr uint64_t mostBytes = 1u << 30;
static constexpr uint64_t mostSteps = 1u << 26;

void *Heap::takeBytes(uint64_t bytes, uint64_t alignment) {
  if (ended())
    return nullptr;
  if (bytes > mostBytes || arena.used() > mostBytes - bytes) {
    fail("expected to need less than 1 GiB of memory, found more");
    return nullptr;
  }
  void *memory = arena.take(bytes, alignment);
  if (!memory)
    status = LFM2RT_NO_MEMORY;
  return memory;
}

Value Heap::fail(const char *what, Text detail, const char *more) {
  if (ended())
    return Value();
  status = LFM2RT_INVALID_ARGUMENT;
  Message message(error ? error->message : nullptr,
                  error ? sizeof(error->message) : 0);
  if (line)
    message << "line " << line << " of the chat template: ";
  message << what;
  if (detail.at) {
    message << "'";
    // Without the marks of foreign characters.
    for (Letters letters(detail); !letters.atEnd();) {
      char bytes[4];
      message.write(bytes, encodeCharacter(letters.next(), bytes));
    }
    message << "'";
  }
  message << more;
  if (error) {
    error->status = status;
    error->needed = 0;
  }
  return Value();
}

Value Heap::expected(const char *what, const Value &found) {
  if (ended())
    return Value();
  char buffer[200];
  Message message(buffer, sizeof(buffer));
  message << "expected " << what << ", found " << describe(found.kind);
  if (found.kind != undefinedKind || found.size == 0)
    return fail(buffer);
  message << " ";
  return fail(buffer, found.text());
}

void Heap::count(uint64_t more) {
  steps += more;
  if (steps > mostSteps)
    fail("expected an end, found none after 67108864 steps");
}

void TextBuilder::put(Text text) {
  if (text.bytes == 0)
    return;
  if (text.bytes > UINT32_MAX - bytes) {
    heap.fail("expected a text of less than 4 GiB, found a longer one");
    return;
  }
  void *to = heap.takeBytes(text.bytes, 1);
  if (!to)
    return;
  memcpy(to, text.at, text.bytes);
  if (!start)
    start = static_cast<char *>(to);
  bytes += text.bytes;
}

void TextBuilder::putLetter(uint32_t code, bool foreign) {
  char letter[4];
  uint32_t count = 2;
  if (foreign && code < 0x80) {
    letter[0] = char(0xc0 | code >> 6);
    letter[1] = char(0x80 | (code & 0x3f));
  } else {
    count = encodeCharacter(code, letter);
  }
  put({letter, count});
}

} // namespace lfm2rt
