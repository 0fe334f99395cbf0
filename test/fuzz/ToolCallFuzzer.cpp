// Any text as an answer with calls of tools: the parts are the same at once,
// byte by byte and in pieces, no marker is among them, arguments are JSON, and
// no byte is written outside of the memory that was asked for.
//
// The first byte has the flags, the second the longest call, the third where
// the text is cut. What follows stands between markers, unless the highest flag
// is set.

#include "runtime/include/lfm2rt/tool_calls.h"
#include "runtime/json/Reader.h"

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

using namespace lfm2rt;

static void check(bool holds) {
  if (!holds)
    std::abort();
}

/// What an answer said, pieces joined.
struct Parts {
  std::string all;
  int last = -1;
  uint32_t calls = 0;
  std::string pieces;
};

static int take(const lfm2rt_answer_part *part, void *user) {
  auto &parts = *static_cast<Parts *>(user);
  std::string text(part->text, part->length);
  std::string name(part->name ? part->name : "", part->name_length);
  check(part->call == parts.calls);
  switch (part->kind) {
  case LFM2RT_ANSWER_CALL: {
    std::vector<uint64_t> memory(mostJsonBytes(text.size()) / 8 + 1);
    Arena arena(memory.data(), memory.size() * 8);
    JsonError error;
    const Value *value =
        readJson(arena, {text.data(), uint32_t(text.size())}, error);
    // A number is in as many digits as the model gave it, but finite or not.
    bool isLarge =
        error.expected && std::strncmp(error.expected, "a number up", 11) == 0;
    check(isLarge || (value && value->kind == Kind::Mapping));
    check(!name.empty() && name.size() < 128);
    check(parts.pieces.empty() || parts.pieces == text);
    parts.pieces.clear();
    ++parts.calls;
    break;
  }
  case LFM2RT_ANSWER_ARGUMENTS:
    check(!text.empty());
    parts.pieces += text;
    break;
  case LFM2RT_ANSWER_NO_CALL:
    parts.pieces.clear();
    check(part->expected && part->at >= part->length);
    break;
  default:
    check(part->kind == LFM2RT_ANSWER_CALL_BEGIN || !text.empty());
    break;
  }
  if (part->kind != parts.last || part->kind >= LFM2RT_ANSWER_CALL)
    parts.all += "\n" + std::to_string(part->kind) + " " + name + " " +
                 std::to_string(part->at) + " ";
  parts.last = part->kind;
  parts.all += text;
  // Pieces are one line, too.
  if (part->kind == LFM2RT_ANSWER_ARGUMENTS)
    parts.all.resize(parts.all.rfind('\n'));
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 3)
    return 0;
  uint32_t flags = data[0] & 7;
  uint64_t longest = 1 + data[1];
  std::string text(data + 3, data + size);
  if (data[0] < 128)
    text = "<|tool_call_start|>" + text + "<|tool_call_end|>";
  std::string first;
  for (size_t way = 0; way < 3; ++way) {
    std::vector<uint64_t> memory(lfm2rt_answer_size(longest) / 8);
    lfm2rt_answer *answer = nullptr;
    Parts parts;
    check(lfm2rt_answer_open(&answer, nullptr, longest, flags, take, &parts,
                             memory.data(), memory.size() * 8,
                             nullptr) == LFM2RT_OK);
    size_t piece = way == 0 ? text.size() : way == 1 ? 1 : 1 + data[2];
    for (size_t at = 0; at < text.size(); at += piece) {
      std::vector<char> bytes(text.begin() + ptrdiff_t(at),
                              text.begin() +
                                  ptrdiff_t(std::min(text.size(), at + piece)));
      lfm2rt_answer_text(bytes.data(), bytes.size(), answer);
    }
    lfm2rt_answer_end(answer);
    if (way == 0)
      first = parts.all;
    check(parts.all == first);
  }
  return 0;
}
