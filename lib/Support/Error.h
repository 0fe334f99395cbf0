// One-line error messages.
//
// Every failure of the compiler that a user can meet is one line: what was
// expected, what was found, what to do. Text that comes out of a file goes
// through quoted(), so that a hostile name can neither break the line nor fill
// the screen. What a user named (a path) is shown as it is, but for what
// controls a terminal.

#ifndef LFM2C_LIB_SUPPORT_ERROR_H
#define LFM2C_LIB_SUPPORT_ERROR_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FormatVariadic.h"
#include <string>
#include <vector>

namespace lfm2c {

/// `text` as one line that does nothing to a terminal: control characters, also
/// those behind ASCII, and what is no UTF-8 are escaped as \xNN, line breaks as
/// \n. All other text stays as it is.
std::string printable(llvm::StringRef text);

/// An error with the printable() form of `message`.
llvm::Error makeErrorText(llvm::StringRef message);

/// An error whose text is llvm::formatv(format, values...).
template <typename... Ts>
llvm::Error makeError(const char *format, Ts &&...values) {
  return makeErrorText(
      llvm::formatv(format, std::forward<Ts>(values)...).str());
}

/// `text` in single quotes, control characters and bytes outside of ASCII
/// escaped, cut after 64 characters.
std::string quoted(llvm::StringRef text);
/// The same; without it, std::quoted would fit a std::string better.
inline std::string quoted(const std::string &text) {
  return quoted(llvm::StringRef(text));
}
inline std::string quoted(const char *text) {
  return quoted(llvm::StringRef(text));
}

/// The shape as messages show it: [6144, 2048].
std::string formatShape(llvm::ArrayRef<int64_t> shape);

/// The `candidates` nearest to `word` by edit distance, at most three and none
/// that has little in common with it, nearest first; for "did you mean".
std::vector<std::string>
nearestWords(llvm::StringRef word, llvm::ArrayRef<llvm::StringRef> candidates);

/// " (did you mean 'a', 'b'?)" for the `names` most like `word`, or nothing
/// where none is alike. For the end of an error message.
std::string nearestNames(llvm::StringRef word,
                         llvm::ArrayRef<llvm::StringRef> names);

} // namespace lfm2c

#endif // LFM2C_LIB_SUPPORT_ERROR_H
