// An answer as it comes: markers are found in it, and what is between them goes
// to the reader of text, of reasoning or of calls.
#include "runtime/include/lfm2rt/tool_calls.h"
#include "runtime/src/Message.h"
#include "runtime/src/Model.h"
#include "runtime/src/Utf8Stream.h"
#include "runtime/tools/Calls.h"

using namespace lfm2rt;

namespace {

enum Marker { CallsBegin, CallsEnd, ThinkBegin, ThinkEnd, NumMarkers };
constexpr Text markers[NumMarkers] = {text("<|tool_call_start|>"),
                                      text("<|tool_call_end|>"),
                                      text("<think>"), text("</think>")};
constexpr uint32_t longestMarker = 19, allMarkers = (1 << NumMarkers) - 1;

} // namespace

struct lfm2rt_answer {
  lfm2rt_answer(const lfm2rt_weights *weights, uint32_t longest, uint32_t flags,
                lfm2rt_answer_fn fn, void *user, char *memory);

  int readToken(int32_t token);
  int readText(const char *text, uint64_t bytes, uint32_t spelled);
  int finish();

private:
  enum class Inside : uint8_t {
    Text,
    Reasoning,
    Calls,
    NoCalls // Behind what is no call, up to the end of the calls.
  };

  void start();
  void enter(Inside what);
  void read(uint32_t marker);
  void release();
  void pass(const char *text, uint64_t bytes);
  void passCalls(const char *text, uint64_t bytes);
  void readCalls(bool whole);
  void give(lfm2rt_answer_kind kind, const char *text, uint64_t bytes);

  Utf8Stream characters;
  lfm2rt_answer_fn fn;
  void *user;
  const lfm2rt_weights *weights;
  char *block; // The calls between two markers, as far as they are there.
  uint64_t before = 0;  // Bytes of them that are no more there.
  uint32_t begin, size; // Of the call that is read.
  uint32_t longest;
  uint32_t given; // Bytes of its arguments.
  uint32_t flags;
  uint32_t numCalls, numHeld;
  uint32_t spelled = 0; // Markers for which the model has no token, as bits.
  int stopped;          // What the caller's function returned.
  Inside inside;
  bool blank;               // Nothing but white space yet.
  bool begun;               // The call that is read, in pieces.
  int32_t ids[NumMarkers];  // -1: the model has no such token.
  char held[longestMarker]; // What may become a marker.
  Calls calls;
};

lfm2rt_answer::lfm2rt_answer(const lfm2rt_weights *weights, uint32_t longest,
                             uint32_t flags, lfm2rt_answer_fn fn, void *user,
                             char *memory)
    : characters(
          [](const char *text, size_t bytes, void *user) {
            auto &answer = *static_cast<lfm2rt_answer *>(user);
            answer.give(answer.inside == Inside::Reasoning
                            ? LFM2RT_ANSWER_REASONING
                            : LFM2RT_ANSWER_TEXT,
                        text, bytes);
            return 0;
          },
          this),
      fn(fn), user(user), weights(weights), block(memory), longest(longest),
      flags(flags), calls(Calls::What::Block, memory + longest, 2 * longest) {
  const lfm2_tokenizer *tokenizer = weights ? tokenizerOf(*weights) : nullptr;
  uint32_t vocabulary = tokenizer ? lfm2_tokenizer_vocabulary(tokenizer) : 0;
  for (uint32_t i = 0; i < NumMarkers; ++i) {
    int32_t id = int32_t(vocabulary);
    Text piece = {nullptr, 0};
    while (--id >= 0 && !equal(piece, markers[i]))
      piece.at = lfm2_tokenizer_piece(tokenizer, id, &piece.bytes);
    ids[i] = equal(piece, markers[i]) ? id + 1 : -1;
    spelled |= uint32_t(ids[i] < 0) << i;
  }
  start();
}

void lfm2rt_answer::start() {
  inside = flags & LFM2RT_ANSWER_REASONS ? Inside::Reasoning : Inside::Text;
  blank = true;
  stopped = 0;
  numCalls = numHeld = 0;
}

void lfm2rt_answer::give(lfm2rt_answer_kind kind, const char *text,
                         uint64_t bytes) {
  lfm2rt_answer_part part = {kind,    numCalls, text,    bytes,
                             nullptr, 0,        nullptr, 0};
  if (kind >= LFM2RT_ANSWER_CALL) {
    Text name = calls.name();
    part.name = name.at;
    part.name_length = name.bytes;
  }
  if (kind == LFM2RT_ANSWER_NO_CALL) {
    part.expected = calls.expected();
    part.at = before + bytes;
  }
  if (!stopped)
    stopped = fn(&part, user);
}

int lfm2rt_answer::readToken(int32_t token) {
  for (uint32_t i = 0; i < NumMarkers; ++i)
    if (token == ids[i]) {
      // No spelling goes on behind a token.
      release();
      read(i);
      return stopped;
    }
  if (!weights || lfm2rt_token_is_control(weights, token))
    return stopped;
  size_t bytes = 0;
  const char *text = lfm2rt_token_text(weights, token, &bytes);
  return readText(text, bytes, spelled);
}

int lfm2rt_answer::readText(const char *text, uint64_t bytes,
                            uint32_t spelled) {
  for (const char *end = text + bytes; text < end;) {
    // No marker has a "<" but the first.
    if (numHeld == 0 || *text == '<') {
      release();
      const char *plain = text;
      while (text < end && *text != '<')
        ++text;
      pass(plain, uint64_t(text - plain));
      if (text == end)
        break;
    }
    held[numHeld++] = *text++;
    bool begins = false;
    for (uint32_t i = 0; i < NumMarkers; ++i) {
      if (!(spelled >> i & 1) || numHeld > markers[i].bytes ||
          memcmp(held, markers[i].at, numHeld) != 0)
        continue;
      begins = true;
      if (numHeld == markers[i].bytes) {
        numHeld = 0;
        read(i);
        break;
      }
    }
    if (!begins)
      release();
  }
  return stopped;
}

// What was held is no marker.
void lfm2rt_answer::release() {
  uint32_t bytes = numHeld;
  numHeld = 0;
  pass(held, bytes);
}

void lfm2rt_answer::enter(Inside what) {
  if (inside == Inside::Calls)
    readCalls(true);
  characters.flush();
  inside = what;
  if (what == Inside::Calls) {
    before = begin = size = given = 0;
    begun = false;
    new (At{&calls}) Calls(Calls::What::Block, block + longest, 2 * longest);
  }
}

void lfm2rt_answer::read(uint32_t marker) {
  if (marker >= ThinkBegin && inside >= Inside::Calls)
    // Part of a string, it may be.
    pass(markers[marker].at, markers[marker].bytes);
  else if (marker == ThinkBegin)
    enter(Inside::Reasoning);
  else if (marker == ThinkEnd || inside != Inside::Reasoning)
    // Who reasons about calls makes none.
    enter(marker == CallsBegin ? Inside::Calls : Inside::Text);
}

void lfm2rt_answer::pass(const char *text, uint64_t bytes) {
  for (uint64_t i = 0; inside == Inside::Text && blank && i < bytes; ++i) {
    char c = text[i];
    if (c == ' ' || (c >= '\t' && c <= '\r'))
      continue;
    blank = false;
    if (flags & LFM2RT_ANSWER_IS_CALLS && (c == '[' || c == '{')) {
      characters.feed(text, size_t(i));
      text += i;
      bytes -= i;
      enter(Inside::Calls);
    }
  }
  if (inside == Inside::Calls)
    passCalls(text, bytes);
  else
    characters.feed(text, size_t(bytes));
}

void lfm2rt_answer::passCalls(const char *text, uint64_t bytes) {
  while (bytes > 0 && inside == Inside::Calls) {
    if (size == longest) {
      size -= begin;
      memmove(block, block + begin, size);
      begin = 0;
    }
    auto more = uint32_t(min(bytes, uint64_t(longest - size)));
    if (more == 0)
      calls.giveUp(tooLong);
    memcpy(block + size, text, more);
    size += more;
    text += more;
    bytes -= more;
    readCalls(false);
  }
  if (bytes > 0)
    pass(text, bytes);
}

void lfm2rt_answer::readCalls(bool whole) {
  for (;;) {
    const char *from = block + begin;
    CallStep step = calls.read({from, size - begin, whole});
    const JsonText &arguments = calls.arguments();
    uint32_t taken = calls.position();
    if (flags & LFM2RT_ANSWER_PIECES && calls.isNamed()) {
      if (!begun)
        give(LFM2RT_ANSWER_CALL_BEGIN, from, 0);
      begun = true;
      uint32_t settled = calls.settled();
      if (settled > given)
        give(LFM2RT_ANSWER_ARGUMENTS, arguments.memory + given,
             settled - given);
      given = settled;
    }
    if (step == CallStep::Wrong) {
      give(LFM2RT_ANSWER_NO_CALL, from, taken);
      inside = Inside::NoCalls;
      pass(from + taken, size - begin - taken);
    }
    if (step != CallStep::Call)
      return;
    give(LFM2RT_ANSWER_CALL, arguments.memory, arguments.size);
    ++numCalls;
    begin += taken;
    before += taken;
    calls.drop();
    begun = false;
    given = 0;
  }
}

int lfm2rt_answer::finish() {
  release();
  enter(Inside::Text);
  int result = stopped;
  start();
  return result;
}

extern "C" uint64_t lfm2rt_answer_size(uint64_t longest) {
  return longest >= uint64_t(1) << 30
             ? 0
             : alignUp(sizeof(lfm2rt_answer) + 3 * longest, 8);
}

extern "C" lfm2rt_status
lfm2rt_answer_open(lfm2rt_answer **answer, const lfm2rt_weights *weights,
                   uint64_t longest, uint32_t flags, lfm2rt_answer_fn on_part,
                   void *user, void *memory, uint64_t bytes,
                   lfm2rt_error *error) {
  uint64_t needed = lfm2rt_answer_size(longest);
  if (longest == 0 || needed == 0)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a longest call of 1 byte to 1 GiB, found " << longest;
  if (bytes < needed)
    return Failure(error, LFM2RT_NO_MEMORY, needed)
           << "expected " << needed
           << " bytes of memory for answers with calls of up to " << longest
           << ", found " << bytes << "; ask lfm2rt_answer_size()";
  if (weights && !tokenizerOf(*weights))
    return Failure(error, LFM2RT_NO_TOKENIZER)
           << "expected a model with a tokenizer, found one compiled without; "
              "open the answer without weights and give it text";
  *answer = new (At{memory})
      lfm2rt_answer(weights, uint32_t(longest), flags, on_part, user,
                    static_cast<char *>(memory) + sizeof(lfm2rt_answer));
  return LFM2RT_OK;
}

extern "C" int lfm2rt_answer_token(int32_t token, void *answer) {
  return static_cast<lfm2rt_answer *>(answer)->readToken(token);
}

extern "C" int lfm2rt_answer_text(const char *text, size_t length,
                                  void *answer) {
  return static_cast<lfm2rt_answer *>(answer)->readText(text, length,
                                                        allMarkers);
}

extern "C" int lfm2rt_answer_end(lfm2rt_answer *answer) {
  return answer->finish();
}
