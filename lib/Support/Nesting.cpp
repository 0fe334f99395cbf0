#include "lib/Support/Nesting.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/StringExtras.h"

using namespace lfm2c;
using llvm::StringRef;

namespace {
/// Modules nest some ten levels deep; MLIR's parser needs about 1 KiB of stack
/// for each.
constexpr size_t mostLevels = 256;
/// Words and signs in a row in parentheses: a term of a sum takes a level, too.
constexpr unsigned mostInARow = 512;

struct Level {
  char open;
  unsigned inARow = 0;
};
} // namespace

llvm::Error lfm2c::checkNesting(StringRef text, StringRef path) {
  std::vector<Level> levels;
  auto refuse = [&](size_t at) {
    return makeError("{0}:{1}: expected brackets to nest at most {2} levels "
                     "deep, found more; it is no module of this compiler",
                     path, text.take_front(at).count('\n') + 1, mostLevels);
  };
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    switch (c) {
    case '"':
      for (++at; at < text.size() && text[at] != '"' && text[at] != '\n'; ++at)
        at += text[at] == '\\';
      break;
    case '/':
      if (text.substr(at, 2) == "//")
        at = std::min(text.find('\n', at), text.size());
      break;
    case '(':
    case '[':
    case '{':
    case '<':
      levels.push_back({c});
      if (levels.size() > mostLevels)
        return refuse(at);
      break;
    case '>':
      // An arrow and "at least" close nothing.
      if ((at > 0 && text[at - 1] == '-') || text.substr(at, 2) == ">=")
        break;
      [[fallthrough]];
    case ')':
    case ']':
    case '}':
      // A bracket that does not fit is where the parser stops.
      if (!levels.empty())
        levels.pop_back();
      break;
    case ',':
      if (!levels.empty())
        levels.back().inARow = 0;
      break;
    case '+':
    case '-':
    case '*':
    case ' ':
    case '\n':
    case '\t':
    case '\r':
      // In a region, operations follow each other without commas.
      if (!levels.empty() && levels.back().open != '{' &&
          !(llvm::isSpace(c) && llvm::isSpace(text[at - 1])) &&
          text.substr(at, 2) != "->" && ++levels.back().inARow > mostInARow)
        return refuse(at);
      break;
    default:
      break;
    }
  }
  return llvm::Error::success();
}
