// "pre_tokenizer" of tokenizer.json, brought to splits by patterns.
//
// Each step of the `tokenizers` package that only cuts a text is a split by a
// pattern. ByteLevel ends them: behind it characters are bytes in GPT-2's form.
// A step behind it (Falcon's has two) cuts between bytes, which a split of a
// text cannot say; for tokens it means that no merge reaches across the cut, so
// there the merges that would are taken away.

#include "frontends/safetensors/HFTokenizerParts.h"
#include "lib/Model/ByteLevel.h"
#include "lib/Model/PreTokenizers.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace lfm2c;

namespace {

// What the package asks Rust for, not its engine of regular expressions, is of
// another Unicode than 16.0.

/// Rust's char::is_numeric, of Unicode 17.
constexpr const char *numeric =
    "[\\p{N}\U00011de0-\U00011de9\U00016ff4-\U00016ff6]";
/// Punctuation as of Unicode 8: P without what came later, and two of before.
constexpr const char *punctuation =
    "(?:[!-/:-@\\[-`{-~\u166d\U000111c9]|[^\\P{P}\u061d\u09fd-\u0a76\u0c77-"
    "\u0c84\u1b4e-\u1b4f\u1b7d-\u1b7f\u2e43-\u2e5d\U00010d6e-\U00010f89"
    "\U000113d4-\U0001145d\U00011660-\U000116b9\U0001183b-\U00011fff"
    "\U00012ff1-\U00012ff2\U00016d6d-\U00016fe2\U0001e5ff-\U0001e95f])";
/// Words and runs of symbols. Unlike in Oniguruma, the numbers of Latin-1 that
/// are no digits belong to the latter, joiners to the former.
constexpr const char *wordsAndSymbols =
    "(?:[^\\W\u00b2\u00b3\u00b9\u00bc-\u00be]|[\u200c\u200d])+"
    "|(?:[^\\w\\s\u200c\u200d]|[\u00b2\u00b3\u00b9\u00bc-\u00be])+";

class PreTokenizerReader {
public:
  PreTokenizerReader(llvm::StringRef file, TokenizerSpec &spec)
      : file(file), spec(spec) {}

  llvm::Error read(const json::Object &step, const std::string &place);
  bool seenByteLevel = false;

private:
  llvm::Error readSequence(const json::Object &step, const std::string &place);
  llvm::Error readSplit(const JSONReader &step, const std::string &place);
  llvm::Error readDigits(const JSONReader &step, const std::string &place);
  llvm::Error readByteLevel(const JSONReader &step, const std::string &place);
  llvm::Error readPunctuation(const JSONReader &step, const std::string &place);
  llvm::Error readDelimiter(const JSONReader &step, const std::string &place);
  llvm::Error readBehavior(const JSONReader &step, const std::string &place,
                           SplitBehavior &behavior);
  llvm::Error refuseBehindBytes(const std::string &place,
                                llvm::StringRef type) const;
  llvm::Error splitNumericBytes(bool individual, const std::string &place);
  void add(std::string pattern, SplitBehavior behavior, bool invert = false) {
    spec.splits.push_back({std::move(pattern), behavior, invert});
  }

  llvm::StringRef file;
  TokenizerSpec &spec;
};

} // namespace

/// A pattern that matches `text` and nothing else.
static std::string escape(llvm::StringRef text) {
  std::string out;
  for (char c : text) {
    if (llvm::StringRef("\\.+*?()[]{}|^$#&-~").contains(c))
      out += '\\';
    out += c;
  }
  return out;
}

/// Whether a pattern sees the same before and behind the change to bytes: it
/// asks for letters and digits of ASCII by name alone.
static bool asksForASCII(llvm::StringRef pattern) {
  return llvm::all_of(pattern, [](char c) {
    return llvm::isAlnum(c) || llvm::StringRef("[]{},-+?|():").contains(c);
  });
}

llvm::Error PreTokenizerReader::refuseBehindBytes(const std::string &place,
                                                  llvm::StringRef type) const {
  if (!seenByteLevel)
    return llvm::Error::success();
  return makeError("{0}: {1} of type {2} is not supported behind ByteLevel",
                   file, place, quoted(type));
}

llvm::Error PreTokenizerReader::readBehavior(const JSONReader &step,
                                             const std::string &place,
                                             SplitBehavior &behavior) {
  std::string name;
  if (llvm::Error error = step.read("behavior", name))
    return error;
  std::optional<SplitBehavior> found =
      llvm::StringSwitch<std::optional<SplitBehavior>>(name)
          .Case("", behavior)
          .Case("Isolated", SplitBehavior::Isolated)
          .Case("Removed", SplitBehavior::Removed)
          .Case("MergedWithPrevious", SplitBehavior::MergedWithPrevious)
          .Case("MergedWithNext", SplitBehavior::MergedWithNext)
          .Case("Contiguous", SplitBehavior::Contiguous)
          .Default(std::nullopt);
  if (!found)
    return makeError("{0}: {1} has behavior {2}; expected Isolated, Removed, "
                     "MergedWithPrevious, MergedWithNext or Contiguous",
                     file, place, quoted(name));
  behavior = *found;
  return llvm::Error::success();
}

llvm::Error PreTokenizerReader::readSplit(const JSONReader &step,
                                          const std::string &place) {
  const json::Object *pattern = nullptr;
  if (llvm::Error error = step.require("pattern", pattern))
    return error;
  std::optional<llvm::StringRef> regex = pattern->getString("Regex");
  std::optional<llvm::StringRef> text = pattern->getString("String");
  if (bool(regex) == bool(text))
    return makeError("{0}: {1}.pattern should be a text under 'Regex' or under "
                     "'String'",
                     file, place);
  // The package finds the empty text nowhere.
  if (text && text->empty())
    return llvm::Error::success();
  SplitBehavior behavior = SplitBehavior::Isolated;
  bool invert = false;
  if (llvm::Error error = readBehavior(step, place, behavior))
    return error;
  if (llvm::Error error = step.read("invert", invert))
    return error;
  if (seenByteLevel && (invert || !asksForASCII(regex ? *regex : *text)))
    return refuseBehindBytes(place, "Split");
  add(regex ? regex->str() : escape(*text), behavior, invert);
  return llvm::Error::success();
}

/// Takes away the merges between bytes that are numbers as characters of the
/// byte-level form and bytes that are none.
llvm::Error PreTokenizerReader::splitNumericBytes(bool individual,
                                                  const std::string &place) {
  if (spec.ignoreMerges)
    return refuseBehindBytes(place, "Digits");
  auto isNumeric = [](unsigned char byte) {
    // The digits, and two, three, one above, a quarter, a half, three quarters.
    return (byte >= '0' && byte <= '9') || byte == 0xb2 || byte == 0xb3 ||
           byte == 0xb9 || (byte >= 0xbc && byte <= 0xbe);
  };
  llvm::erase_if(spec.merges, [&](const auto &merge) {
    bool some = false, all = true;
    for (unsigned char byte :
         characterFormToBytes(merge.first + merge.second)) {
      some |= isNumeric(byte);
      all &= isNumeric(byte);
    }
    return some && (individual || !all);
  });
  return llvm::Error::success();
}

llvm::Error PreTokenizerReader::readDigits(const JSONReader &step,
                                           const std::string &place) {
  bool individual = false;
  if (llvm::Error error = step.read("individual_digits", individual))
    return error;
  if (seenByteLevel)
    return splitNumericBytes(individual, place);
  add(std::string(numeric) + (individual ? "" : "+"), SplitBehavior::Isolated);
  return llvm::Error::success();
}

llvm::Error PreTokenizerReader::readByteLevel(const JSONReader &step,
                                              const std::string &place) {
  if (llvm::Error error = refuseBehindBytes(place, "ByteLevel"))
    return error;
  bool prefix = true, regex = true;
  if (llvm::Error error = step.read("add_prefix_space", prefix))
    return error;
  if (llvm::Error error = step.read("use_regex", regex))
    return error;
  if (prefix)
    return makeError("{0}: {1} of type 'ByteLevel' has add_prefix_space, which "
                     "is not supported",
                     file, place);
  if (regex)
    add(gpt2Split, SplitBehavior::Isolated);
  seenByteLevel = true;
  return llvm::Error::success();
}

llvm::Error PreTokenizerReader::readPunctuation(const JSONReader &step,
                                                const std::string &place) {
  if (llvm::Error error = refuseBehindBytes(place, "Punctuation"))
    return error;
  SplitBehavior behavior = SplitBehavior::Isolated;
  if (llvm::Error error = readBehavior(step, place, behavior))
    return error;
  // Matches of one character each: side by side they are one run.
  if (behavior == SplitBehavior::Contiguous)
    add(std::string(punctuation) + "+", SplitBehavior::Isolated);
  else
    add(punctuation, behavior);
  return llvm::Error::success();
}

llvm::Error PreTokenizerReader::readDelimiter(const JSONReader &step,
                                              const std::string &place) {
  if (llvm::Error error = refuseBehindBytes(place, "CharDelimiterSplit"))
    return error;
  std::string delimiter;
  if (llvm::Error error = step.require("delimiter", delimiter))
    return error;
  add(escape(delimiter), SplitBehavior::Removed);
  return llvm::Error::success();
}

llvm::Error PreTokenizerReader::readSequence(const json::Object &step,
                                             const std::string &place) {
  const json::Array *steps = step.getArray("pretokenizers");
  if (!steps)
    return makeError("{0}: {1} of type 'Sequence' should have a list "
                     "'pretokenizers'",
                     file, place);
  for (size_t i = 0; i < steps->size(); ++i) {
    const json::Object *inner = (*steps)[i].getAsObject();
    std::string innerPlace =
        place + ".pretokenizers[" + std::to_string(i) + "]";
    if (!inner)
      return makeError("{0}: {1} should be an object", file, innerPlace);
    if (llvm::Error error = read(*inner, innerPlace))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error PreTokenizerReader::read(const json::Object &object,
                                     const std::string &place) {
  llvm::StringRef type = typeOfHFPart(object);
  JSONReader step(object, file);
  if (type == "Sequence")
    return readSequence(object, place);
  if (type == "Split")
    return readSplit(step, place);
  if (type == "Digits")
    return readDigits(step, place);
  if (type == "ByteLevel")
    return readByteLevel(step, place);
  if (type == "Punctuation")
    return readPunctuation(step, place);
  if (type == "CharDelimiterSplit")
    return readDelimiter(step, place);
  if (type == "Whitespace" || type == "WhitespaceSplit") {
    if (llvm::Error error = refuseBehindBytes(place, type))
      return error;
    if (type == "Whitespace")
      add(wordsAndSymbols, SplitBehavior::Removed, /*invert=*/true);
    else
      add("\\s", SplitBehavior::Removed);
    return llvm::Error::success();
  }
  return makeError("{0}: {1} of type {2} is not supported; supported are "
                   "Split, Digits, ByteLevel, Punctuation, Whitespace, "
                   "WhitespaceSplit, CharDelimiterSplit and a Sequence of them",
                   file, place, quoted(type));
}

llvm::Error lfm2c::readHFPreTokenizer(const JSONReader &reader,
                                      TokenizerSpec &spec) {
  const json::Object *object = nullptr;
  if (llvm::Error error = reader.read("pre_tokenizer", object))
    return error;
  PreTokenizerReader steps(reader.getFile(), spec);
  if (object)
    if (llvm::Error error = steps.read(*object, "pre_tokenizer"))
      return error;
  if (!steps.seenByteLevel)
    return makeError("{0}: pre_tokenizer has no step of type 'ByteLevel'; only "
                     "byte-level BPE is supported",
                     reader.getFile());
  return llvm::Error::success();
}
