// Calls of tools as models write them, made into names and JSON while they
// come:
//   [f(a='x', n=3), g(b=True)]
//   [{"name": "f", "arguments": {"a": "x"}}]
// One machine reads both, since values are the same but for spelling, and
// models mix them: JSON with single quotes, Python with `true`.
//
// It takes a unit at a time: a bracket, a word, a character of a string. A unit
// is taken only when the bytes that decide where it ends are there. So it makes
// no difference in which pieces a text comes.
#ifndef LFM2RT_TOOLS_CALLS_H
#define LFM2RT_TOOLS_CALLS_H

#include "runtime/json/Reader.h"
#include "runtime/json/Value.h"

namespace lfm2rt {

// Longest name of a function, and longest word (a name or a number), in bytes.
constexpr uint32_t mostName = 127, mostWord = 255;

// What was expected, where several places expect it.
inline constexpr char aValue[] = "a value: a string, a number, True, False, "
                                 "None, a list, a tuple or a mapping";
inline constexpr char closingQuote[] = "the closing quote of a string";
inline constexpr char bothHalves[] =
    "both halves of a surrogate pair, as in \\ud83d\\ude00";
inline constexpr char tooLong[] = "a call that fits its memory";

// JSON in memory of the caller's.
struct JsonText {
  char *memory;
  uint32_t capacity, size = 0;
  bool full = false; // Something did not fit.

  void put(const char *text, uint32_t bytes);
  void put(const char *text) { put(text, uint32_t(length(text))); }
  // What is not written as it stands in a JSON string is escaped.
  void putCharacters(Text text);
};

// The text of a block of calls, as far as it is there.
struct CallSource {
  const char *text;
  uint32_t size;
  bool whole; // Nothing comes behind it.
};

enum class CallStep {
  More, // All that can be decided is read.
  Call, // A call is whole: name(), arguments.
  Done, // The block has ended, behind all calls.
  Wrong // expected() is not what stands at position().
};

class Calls {
public:
  // Of a block of calls; or of a single value, of which nothing is left over.
  enum class What { Block, Value };
  Calls(What what, char *memory, uint32_t capacity)
      : out{memory, capacity},
        state(what == What::Block ? State::Block : State::Value) {}

  // Reads on, up to the end of a call. Between two reads the source may grow.
  CallStep read(const CallSource &from);
  // Forgets the call that has ended; the source must no longer have it.
  void drop();

  // No call, whatever follows.
  void giveUp(const char *expected) { problem = expected; }

  uint32_t position() const { return at; }
  const char *expected() const { return problem; }
  const JsonText &arguments() const { return out; }
  Text name() const { return {function, functionBytes}; }
  // Whether the name is known, which of a call as JSON may change until it
  // ends, and then how many bytes of the arguments will not change.
  bool isNamed() const { return functionBytes > 0 && (!isJson || depth == 0); }
  uint32_t settled() const;

private:
  // What comes next.
  enum class State : uint8_t {
    Block,        // "[" or a call
    Call,         // a call
    Parenthesis,  // "(" behind a name
    Argument,     // the name of an argument, or ")"
    Equals,       // "="
    Value,        // a value
    Key,          // a key of a mapping, or "}"
    Colon,        // ":"
    Inside,       // a character of a string
    BehindString, // another string, or what follows a value or a key
    BehindValue,  // "," or a closing bracket
    BehindCall,   // "," or "]" or a call
    End,
  };
  enum class Closed : uint8_t {
    Arguments,
    List,
    Parens, // A tuple, or a value in parentheses.
    Mapping,
    Object, // A call as JSON.
  };
  struct Level {
    uint32_t start; // Of it, or of the member of a call, in the arguments.
    Closed closed;
    bool comma, any; // Whether there was a comma, and an item.
  };
  enum class Member : uint8_t { Other, Name, Arguments };

  bool step();
  // Both return false, for what stops a read to return it.
  bool fail(const char *expected);
  bool wait();
  // Whether so many bytes are there, or will never be.
  bool need(uint32_t bytes);
  // The byte so far ahead; 0 where there is none.
  char look(uint32_t ahead) const;
  void skipSpace();
  bool readWord(Text &word);
  bool readName(Text &name, const char *expected);
  bool beginCall();
  bool beginValue();
  bool beginKey();
  bool beginArgument();
  bool beginBracket(Closed closed, const char *bracket, State next);
  bool beginString(uint32_t prefix);
  void beginItem();
  bool isString(uint32_t &prefix);
  bool readScalar();
  bool readNumber(Text number);
  bool readCharacter();
  bool readEscape();
  bool putCharacter(uint32_t codePoint);
  bool endKey();
  bool endValue();
  bool endBracket();
  bool endMember();
  bool setName(Text name);
  bool setArguments(Text value);

  // Small ones first: they are reached by shorter instructions.
  const char *source = nullptr;
  uint32_t at = 0, end = 0;
  JsonText out;
  const char *problem = nullptr;
  bool whole = false, waits = false, called = false;
  State state;
  bool bracketed = false; // The block has a "[".
  bool isJson = false;    // The call is JSON.
  Member member = Member::Other;
  uint8_t functionBytes = 0;

  // Of a string.
  char quote = 0;
  bool triple = false, raw = false, ofKey = false;
  bool plain = false;    // It stands in `out` as it is, not as JSON.
  uint32_t highHalf = 0; // Of a surrogate pair, whose other half must follow.

  uint32_t depth = 0;
  Level levels[mostDepth];
  char function[mostName];
};

} // namespace lfm2rt

#endif // LFM2RT_TOOLS_CALLS_H
