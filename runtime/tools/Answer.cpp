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
  enum class Inside {
    Text,
    Reasoning,
    Calls,
    NoCalls // Behind what is no call, up to the end of the calls.
  };

  void start();
  void enter(Inside what);
  void read(Marker marker);
  void pass(const char *text, uint64_t bytes);
  void passCalls(const char *text, uint64_t bytes);
  void readCalls(bool whole);
  void givePieces();
  void giveUp(const char *expected);
  void give(const lfm2rt_answer_part &part) {
    if (!stopped)
      stopped = fn(&part, user);
  }
  lfm2rt_answer_part partOf(lfm2rt_answer_kind kind, const char *text,
                            uint64_t bytes) const;

  lfm2rt_answer_fn fn;
  void *user;
  const lfm2rt_weights *weights;
  uint32_t flags;
  int32_t ids[NumMarkers]; // -1: the model has no such token.
  uint32_t spelled = 0;    // Those, as bits.

  Utf8Stream characters;
  Inside inside;
  bool blank;  // Nothing but white space yet.
  int stopped; // What the caller's function returned.
  uint32_t numCalls;

  char held[longestMarker]; // What may become a marker.
  uint32_t numHeld;

  // Of the calls between two markers.
  char *block;
  uint32_t longest;
  uint32_t begin, size; // Of the call that is read, in `block`.
  uint64_t before;      // Bytes of the calls that are no more in it.
  bool begun;
  uint32_t given; // Bytes of its arguments.
  JsonText arguments;
  Calls calls;
};

lfm2rt_answer::lfm2rt_answer(const lfm2rt_weights *weights, uint32_t longest,
                             uint32_t flags, lfm2rt_answer_fn fn, void *user,
                             char *memory)
    : fn(fn), user(user), weights(weights), flags(flags),
      characters(
          [](const char *text, size_t bytes, void *user) {
            auto &answer = *static_cast<lfm2rt_answer *>(user);
            answer.give(answer.partOf(answer.inside == Inside::Reasoning
                                          ? LFM2RT_ANSWER_REASONING
                                          : LFM2RT_ANSWER_TEXT,
                                      text, bytes));
            return 0;
          },
          this),
      block(memory), longest(longest), arguments(memory + longest, 2 * longest),
      calls(Calls::What::Block, arguments) {
  const lfm2_tokenizer *tokenizer = weights ? tokenizerOf(*weights) : nullptr;
  uint32_t vocabulary = tokenizer ? lfm2_tokenizer_vocabulary(tokenizer) : 0;
  for (int32_t &id : ids)
    id = -1;
  for (uint32_t id = 0; id < vocabulary; ++id) {
    Text piece;
    piece.at = lfm2_tokenizer_piece(tokenizer, int32_t(id), &piece.bytes);
    for (uint32_t i = 0; i < NumMarkers; ++i)
      if (equal(piece, markers[i]))
        ids[i] = int32_t(id);
  }
  for (uint32_t i = 0; i < NumMarkers; ++i)
    spelled |= uint32_t(ids[i] < 0) << i;
  start();
}

void lfm2rt_answer::start() {
  inside = flags & LFM2RT_ANSWER_REASONS ? Inside::Reasoning : Inside::Text;
  blank = true;
  stopped = 0;
  numCalls = numHeld = 0;
}

lfm2rt_answer_part lfm2rt_answer::partOf(lfm2rt_answer_kind kind,
                                         const char *text,
                                         uint64_t bytes) const {
  Text name = calls.name();
  bool named = kind >= LFM2RT_ANSWER_CALL;
  return {kind,
          numCalls,
          text,
          bytes,
          named ? name.at : nullptr,
          named ? name.bytes : 0,
          nullptr,
          0};
}

int lfm2rt_answer::readToken(int32_t token) {
  for (uint32_t i = 0; i < NumMarkers; ++i)
    if (token == ids[i]) {
      // No spelling goes on behind a token.
      pass(held, numHeld);
      numHeld = 0;
      read(Marker(i));
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
  while (bytes > 0) {
    if (numHeld == 0) {
      uint64_t plain = 0;
      while (plain < bytes && text[plain] != '<')
        ++plain;
      pass(text, plain);
      text += plain;
      bytes -= plain;
      if (bytes == 0)
        break;
    }
    held[numHeld++] = *text++;
    --bytes;
    // What is held is a marker, the beginning of one, or none.
    while (numHeld > 0) {
      bool begins = false;
      uint32_t found = NumMarkers;
      for (uint32_t i = 0; i < NumMarkers; ++i)
        if (spelled >> i & 1 && numHeld <= markers[i].bytes &&
            memcmp(held, markers[i].at, numHeld) == 0) {
          begins = true;
          if (numHeld == markers[i].bytes)
            found = i;
        }
      if (found < NumMarkers) {
        numHeld = 0;
        read(Marker(found));
      }
      if (begins)
        break;
      pass(held, 1);
      memmove(held, held + 1, --numHeld);
    }
  }
  return stopped;
}

void lfm2rt_answer::enter(Inside what) {
  if (inside == Inside::Calls)
    readCalls(true);
  characters.flush();
  inside = what;
  if (what == Inside::Calls) {
    begin = size = before = given = 0;
    begun = false;
    new (At{&calls}) Calls(Calls::What::Block, arguments);
    calls.drop();
  }
}

void lfm2rt_answer::read(Marker marker) {
  switch (marker) {
  case CallsBegin:
    // Who reasons about calls makes none.
    if (inside != Inside::Reasoning)
      enter(Inside::Calls);
    return;
  case CallsEnd:
    if (inside != Inside::Reasoning)
      enter(Inside::Text);
    return;
  case ThinkBegin:
  case ThinkEnd:
  default:
    // In calls these are parts of a string.
    if (inside >= Inside::Calls)
      pass(markers[marker].at, markers[marker].bytes);
    else
      enter(marker == ThinkBegin ? Inside::Reasoning : Inside::Text);
  }
}

void lfm2rt_answer::pass(const char *text, uint64_t bytes) {
  for (uint64_t i = 0; inside == Inside::Text && blank && i < bytes; ++i) {
    char c = text[i];
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t')
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
  else if (bytes > 0)
    characters.feed(text, size_t(bytes));
}

void lfm2rt_answer::passCalls(const char *text, uint64_t bytes) {
  while (bytes > 0) {
    if (size == longest) {
      memmove(block, block + begin, size_t(size - begin));
      size -= begin;
      begin = 0;
    }
    auto more = uint32_t(min(bytes, uint64_t(longest - size)));
    if (more == 0) {
      giveUp(tooLong);
    } else {
      memcpy(block + size, text, size_t(more));
      size += more;
      text += more;
      bytes -= more;
      readCalls(false);
    }
    if (inside != Inside::Calls) {
      pass(text, bytes);
      return;
    }
  }
}

void lfm2rt_answer::readCalls(bool whole) {
  for (;;) {
    CallStep step = calls.read({block + begin, size - begin, whole});
    if (flags & LFM2RT_ANSWER_PIECES)
      givePieces();
    if (step == CallStep::Wrong)
      giveUp(calls.expected());
    if (step != CallStep::Call)
      return;
    give(partOf(LFM2RT_ANSWER_CALL, arguments.memory, arguments.size));
    ++numCalls;
    uint32_t bytes = calls.drop();
    begin += bytes;
    before += bytes;
    begun = false;
    given = 0;
  }
}

void lfm2rt_answer::givePieces() {
  if (!calls.isNamed())
    return;
  if (!begun)
    give(partOf(LFM2RT_ANSWER_CALL_BEGIN, "", 0));
  begun = true;
  uint32_t settled = calls.settled();
  if (settled > given)
    give(partOf(LFM2RT_ANSWER_ARGUMENTS, arguments.memory + given,
                settled - given));
  given = settled;
}

void lfm2rt_answer::giveUp(const char *expected) {
  uint32_t taken = calls.position();
  lfm2rt_answer_part part = partOf(LFM2RT_ANSWER_NO_CALL, block + begin, taken);
  part.expected = expected;
  part.at = before + taken;
  give(part);
  inside = Inside::NoCalls;
  pass(block + begin + taken, size - begin - taken);
}

int lfm2rt_answer::finish() {
  pass(held, numHeld);
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
