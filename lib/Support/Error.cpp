#include "lib/Support/Error.h"
#include "llvm/ADT/StringExtras.h"
#include <algorithm>

using namespace lfm2c;

llvm::Error lfm2c::makeErrorText(llvm::StringRef message) {
  std::string line = message.str();
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::replace(line.begin(), line.end(), '\r', ' ');
  return llvm::make_error<llvm::StringError>(line,
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
    out += "\\x";
    out.push_back(llvm::hexdigit(c >> 4));
    out.push_back(llvm::hexdigit(c & 15));
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
