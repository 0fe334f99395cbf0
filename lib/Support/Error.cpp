#include "lib/Support/Error.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"

using namespace lfm2c;

/// "\x1B".
static void appendEscaped(std::string &out, unsigned char c) {
  out += "\\x";
  out.push_back(llvm::hexdigit(c >> 4));
  out.push_back(llvm::hexdigit(c & 15));
}

/// Bytes of the character that `text` begins with, if it is UTF-8 and no
/// control character; else 0.
static size_t printableBytes(llvm::StringRef text) {
  const auto *at = text.bytes_begin();
  if (*at < 0x80)
    return *at >= 0x20 && *at != 0x7f;
  const size_t count = llvm::getNumBytesForUTF8(*at);
  if (count > text.size() || !llvm::isLegalUTF8Sequence(at, at + count))
    return 0;
  // U+0080 to U+009F are controls of eight-bit terminals.
  return at[0] == 0xc2 && at[1] < 0xa0 ? 0 : count;
}

std::string lfm2c::printable(llvm::StringRef text) {
  std::string line;
  while (!text.empty()) {
    const size_t count = printableBytes(text);
    if (count > 0)
      line += text.take_front(count);
    else if (text.front() == '\n')
      line += "\\n";
    else
      appendEscaped(line, text.front());
    text = text.drop_front(std::max<size_t>(count, 1));
  }
  return line;
}

llvm::Error lfm2c::makeErrorText(llvm::StringRef message) {
  return llvm::make_error<llvm::StringError>(printable(message),
                                             llvm::inconvertibleErrorCode());
}

std::string lfm2c::quoted(llvm::StringRef text) {
  constexpr size_t limit = 64;
  std::string out = "'";
  for (unsigned char c : text.take_front(limit)) {
    if (c >= 0x20 && c < 0x7f) {
      out.push_back(c);
      continue;
    }
    appendEscaped(out, c);
  }
  if (text.size() > limit)
    out += "...";
  return out + "'";
}

std::string lfm2c::formatShape(llvm::ArrayRef<int64_t> shape) {
  std::string out = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    out += (i ? ", " : "") + std::to_string(shape[i]);
  return out + "]";
}

std::vector<std::string>
lfm2c::nearestWords(llvm::StringRef word,
                    llvm::ArrayRef<llvm::StringRef> candidates) {
  std::vector<std::pair<unsigned, llvm::StringRef>> ranked;
  for (llvm::StringRef candidate : candidates) {
    unsigned distance = word.edit_distance_insensitive(candidate);
    if (distance <= std::max<size_t>(2, candidate.size() / 2))
      ranked.push_back({distance, candidate});
  }
  llvm::sort(ranked);
  std::vector<std::string> words;
  for (const auto &entry : llvm::ArrayRef(ranked).take_front(3))
    words.push_back(entry.second.str());
  return words;
}

std::string lfm2c::nearestNames(llvm::StringRef word,
                                llvm::ArrayRef<llvm::StringRef> names) {
  std::string text;
  for (const std::string &name : nearestWords(word, names))
    text += (text.empty() ? " (did you mean '" : "', '") + name;
  return text.empty() ? text : text + "'?)";
}
