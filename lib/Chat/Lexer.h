// Splits the text of a Jinja template into tokens.
//
// White space is treated as transformers sets it: trim_blocks and lstrip_blocks
// are on, and a line break at the end of the template is dropped.

#ifndef LFM2C_LIB_CHAT_LEXER_H
#define LFM2C_LIB_CHAT_LEXER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace lfm2c {

enum class TokenKind {
  Data,       // Text to be printed.
  PrintBegin, // {{
  PrintEnd,   // }}
  BlockBegin, // {%
  BlockEnd,   // %}
  Name,       // With its spelling, like all below.
  String,     // Its value, without quotes and escapes.
  Integer,    // Decimal.
  Float,
  Operator,
  End,
};

struct Token {
  TokenKind kind;
  std::string text;
  unsigned line; // From 1.

  bool is(TokenKind wanted, llvm::StringRef spelling) const {
    return kind == wanted && text == spelling;
  }
};

/// An error about a line of a template, as all of them look.
llvm::Error templateError(unsigned line, const std::string &what);

/// All tokens, an End last. `source` is UTF-8.
llvm::Expected<std::vector<Token>> tokenizeTemplate(llvm::StringRef source);

} // namespace lfm2c

#endif // LFM2C_LIB_CHAT_LEXER_H
