// The table of the words of the command line: what parsing, --help and the
// checks of what goes with what know of them.
#ifndef LFM2RT_CLI_WORDS_H
#define LFM2RT_CLI_WORDS_H

#include "runtime/cli/Options.h"

namespace lfm2rt {

// What there is to do, as bits.
enum : uint8_t {
  Chats = 1, // Nothing else was asked for.
  CompletesText = 2,
  CompletesIds = 4,
  Embeds = 8,
  Benches = 16,
  AnswersLines = 32,
  NeedsNoStep = 64, // Of the model: what describes it, or its tokenizer.
};

// What a word needs, where it is not for everything.
enum class Need : uint8_t {
  Nothing,
  Completing,
  Answering,
  Continuing,
  Generating,
  Chatting,
  Conversing,
  ConversingOnce,
  Lines,
  Embedding,
  Steps
};

// In the order of --help.
enum class Group : uint8_t {
  CausalTasks,
  TextTasks,
  Tasks,
  Conversations,
  Answers,
  Limits,
  Sampling,
  Lines,
  Vectors,
  Devices,
  Machine,
  Measuring,
  CausalBench,
  TextBench,
};

enum class WordKind : uint8_t {
  Flag,
  FlagOrText, // The text only behind a '='.
  Text,
  Texts, // One more each time that the word is there.
  Integer,
  Number,
};

// The member of Options that a word sets. Its type says how the word is read.
// Packed, as there are many.
struct __attribute__((packed)) Target {
  union {
    bool Options::*flag;
    MaybeText Options::*flagOrText;
    const char *Options::*text;
    Texts Options::*texts;
    int64_t Options::*integer;
    Number Options::*number;
  };
  WordKind kind;
  constexpr Target(bool Options::*to) : flag(to), kind(WordKind::Flag) {}
  constexpr Target(MaybeText Options::*to)
      : flagOrText(to), kind(WordKind::FlagOrText) {}
  constexpr Target(const char *Options::*to) : text(to), kind(WordKind::Text) {}
  constexpr Target(Texts Options::*to) : texts(to), kind(WordKind::Texts) {}
  constexpr Target(int64_t Options::*to)
      : integer(to), kind(WordKind::Integer) {}
  constexpr Target(Number Options::*to) : number(to), kind(WordKind::Number) {}
};

enum class FileUse : uint8_t { None, Read, Written };
constexpr FileUse reads = FileUse::Read, writes = FileUse::Written;

struct Word {
  // As --help shows it, "--threads N" or "--pin[=0,2,4]": the name is what
  // comes before a space or a bracket. "": what is done without a word.
  const char *usage;
  const char *help; // nullptr: that of the next word is for both.
  Group group;
  Target target;
  Need need = Need::Nothing;
  uint8_t task = 0; // That it asks for.
  // Of an integer. A number with a `least` of 1 has to be above 0.
  int32_t least = 0;
  uint32_t most = 0;
  // Its text is the path of a file. "-" is none.
  FileUse file = FileUse::None;

  // The text that it was given; nullptr where it was not.
  const char *textIn(const Options &options) const {
    return target.kind == WordKind::Text ? options.*target.text
           : target.kind == WordKind::FlagOrText
               ? (options.*target.flagOrText).text
               : nullptr;
  }
  size_t nameBytes() const {
    size_t n = 0;
    while (usage[n] && usage[n] != ' ' && usage[n] != '[')
      ++n;
    return n;
  }
};

constexpr size_t mostWords = 128;
struct WordTable {
  const Word *first, *last; // Behind the last one.
  const Word *begin() const { return first; }
  const Word *end() const { return last; }
};
extern const WordTable words;

struct GroupFacts {
  const char *heading; // nullptr: it goes on where the group before ended.
  uint8_t programs;    // --help of others has no word of it.
  bool shapesAnswers;  // A run that is taken up again must have the same.
};
const GroupFacts &factsOf(Group group);

struct NeedFacts {
  uint8_t tasks; // Those that have it.
  const char *expected, *advice;
};
const NeedFacts &factsOf(Need need);

// That no file is written that is read, and none by two words. Returns the exit
// status.
int checkFiles(const Options &options, Output &output);

// The name of a word, in a message.
class Name {
public:
  explicit Name(const Word &word) {
    Message(text, sizeof(text)).write(word.usage, word.nameBytes());
  }
  operator const char *() const { return text; }

private:
  char text[32];
};

// Two words that need each other, or exclude each other.
struct Pair {
  const char *word, *other;
  bool together;
};
struct PairTable {
  const Pair *first, *last;
  const Pair *begin() const { return first; }
  const Pair *end() const { return last; }
};
extern const PairTable pairs;

// Those of this program.
void printHelp(uint8_t program, Output &output);

} // namespace lfm2rt

#endif // LFM2RT_CLI_WORDS_H
