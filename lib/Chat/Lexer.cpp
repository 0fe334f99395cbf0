#include "lib/Chat/Lexer.h"

#include "lib/Support/Error.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"

using namespace lfm2c;
using llvm::StringRef;

llvm::Error lfm2c::templateError(unsigned line, const std::string &what) {
  return makeError("line {0} of the chat template: {1}", line, what);
}

namespace {

// Bytes of the white space that `text` starts with, as Python takes it: more
// than Unicode's, by four separators of ASCII.
size_t spaceAt(StringRef text) {
  if (text.empty())
    return 0;
  const uint8_t first = uint8_t(text[0]);
  if ((first >= 9 && first <= 13) || (first >= 28 && first <= 32))
    return 1;
  for (StringRef space :
       {"\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
        "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a",
        "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"})
    if (text.starts_with(space))
      return space.size();
  return 0;
}

StringRef dropSpace(StringRef text) {
  while (const size_t bytes = spaceAt(text))
    text = text.drop_front(bytes);
  return text;
}

StringRef dropTrailingSpace(StringRef text) {
  for (;;) {
    size_t start = text.size();
    while (start > 0 && (uint8_t(text[start - 1]) & 0xc0) == 0x80)
      --start;
    if (start == 0 ||
        spaceAt(text.substr(start - 1)) != text.size() - start + 1)
      return text;
    text = text.take_front(start - 1);
  }
}

bool isNameStart(char c) { return llvm::isAlpha(c) || c == '_'; }
bool isNameCharacter(char c) { return llvm::isAlnum(c) || c == '_'; }

// With line breaks as \n, and without the last.
std::string normalizeLines(StringRef source) {
  std::string text;
  for (size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r') {
      text += '\n';
      i += i + 1 < source.size() && source[i + 1] == '\n';
    } else {
      text += source[i];
    }
  }
  if (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text;
}

class Lexer {
public:
  explicit Lexer(StringRef source) : rest(source) {}

  bool run();
  llvm::Error takeError() { return templateError(errorLine, error); }

  std::vector<Token> tokens;

private:
  // Sets what is wrong, and returns false.
  bool fail(const std::string &what) {
    error = what;
    errorLine = line;
    return false;
  }
  void add(TokenKind kind, StringRef text) {
    tokens.push_back({kind, text.str(), line});
  }
  // Goes on behind the next `bytes` bytes.
  void skip(size_t bytes) {
    line += unsigned(rest.take_front(bytes).count('\n'));
    rest = rest.drop_front(bytes);
  }
  void skipTo(StringRef behind) { skip(rest.size() - behind.size()); }

  bool comment(size_t start);
  bool raw();
  bool inside(TokenKind end, StringRef close);
  bool takesEnd(StringRef close);
  bool token();
  bool number();
  bool string();
  bool escape(StringRef &body, std::string &value);
  bool operation();
  void addData(StringRef text, char sign, bool strips);
  // Behind the end of a block: with trim_blocks, a line break is dropped.
  void trimLine() {
    lineStarts = rest.starts_with("\n");
    if (lineStarts)
      skip(1);
  }

  StringRef rest;
  unsigned line = 1;
  bool lineStarts = true; // What was read last ended a line.
  std::string open;       // Brackets that are to be closed.
  std::string error;
  unsigned errorLine = 0;
};

// Text up to a tag whose sign is '-', '+' or something else; `strips`, where
// lstrip_blocks concerns it.
void Lexer::addData(StringRef text, char sign, bool strips) {
  StringRef kept = text;
  if (sign == '-') {
    kept = dropTrailingSpace(text);
  } else if (sign != '+' && strips) {
    const size_t at = text.rfind('\n') + 1; // npos + 1 is 0.
    const StringRef last = text.substr(at);
    if ((at > 0 || lineStarts) && !last.empty() && dropSpace(last).empty())
      kept = text.take_front(at);
  }
  if (!kept.empty())
    add(TokenKind::Data, kept);
  skip(text.size());
}

bool Lexer::run() {
  for (;;) {
    size_t at = rest.find('{');
    while (at != StringRef::npos &&
           !StringRef("{%#").contains(
               rest.substr(at + 1, 1).empty() ? ' ' : rest[at + 1]))
      at = rest.find('{', at + 1);
    if (at == StringRef::npos)
      break;
    const char kind = rest[at + 1];
    const char sign = rest.substr(at + 2).empty() ? ' ' : rest[at + 2];
    addData(rest.take_front(at), sign, kind != '{');
    lineStarts = false;
    const bool hasSign = sign == '-' || sign == '+';
    if (kind == '#') {
      if (!comment(hasSign ? 3 : 2))
        return false;
      continue;
    }
    // {% raw %} is looked for before anything else.
    StringRef word = dropSpace(rest.drop_front(hasSign ? 3 : 2));
    if (kind == '%' && word.consume_front("raw")) {
      word = dropSpace(word);
      const bool trims = word.consume_front("-%}");
      if (trims || word.consume_front("%}")) {
        skipTo(trims ? dropSpace(word) : word);
        if (!raw())
          return false;
        continue;
      }
    }
    add(kind == '{' ? TokenKind::PrintBegin : TokenKind::BlockBegin, "");
    skip(hasSign ? 3 : 2);
    if (!inside(kind == '{' ? TokenKind::PrintEnd : TokenKind::BlockEnd,
                kind == '{' ? "}}" : "%}"))
      return false;
  }
  if (!rest.empty())
    add(TokenKind::Data, rest);
  skip(rest.size());
  add(TokenKind::End, "");
  return true;
}

// Its text begins `start` bytes further on.
bool Lexer::comment(size_t start) {
  const size_t end = rest.find("#}", start);
  if (end == StringRef::npos)
    return fail("expected the end of a comment, #}, found none");
  const char sign = end > start ? rest[end - 1] : ' ';
  skip(end + 2);
  if (sign == '-')
    skipTo(dropSpace(rest));
  else if (sign != '+')
    trimLine();
  return true;
}

bool Lexer::raw() {
  for (size_t at = rest.find("{%"); at != StringRef::npos;
       at = rest.find("{%", at + 1)) {
    StringRef word = rest.drop_front(at + 2);
    char sign = word.empty() ? ' ' : word[0];
    if (sign == '-' || sign == '+')
      word = word.drop_front();
    word = dropSpace(word);
    if (!word.consume_front("endraw"))
      continue;
    word = dropSpace(word);
    const bool keeps = word.consume_front("+%}");
    const bool trims = !keeps && word.consume_front("-%}");
    if (!keeps && !trims && !word.consume_front("%}"))
      continue;
    addData(rest.take_front(at), sign, true);
    skipTo(trims ? dropSpace(word) : word);
    lineStarts = false;
    if (!keeps && !trims)
      trimLine();
    return true;
  }
  return fail("expected the end of {% raw %}, found none");
}

bool Lexer::takesEnd(StringRef close) {
  StringRef text = rest;
  const bool trims = text.consume_front("-");
  const bool keeps = !trims && close == "%}" && text.consume_front("+");
  if (!text.consume_front(close))
    return false;
  skipTo(text);
  lineStarts = false;
  if (trims)
    skipTo(dropSpace(rest));
  else if (close == "%}" && !keeps)
    trimLine();
  return true;
}

bool Lexer::inside(TokenKind end, StringRef close) {
  const unsigned start = line;
  for (;;) {
    skipTo(dropSpace(rest));
    if (open.empty()) {
      const unsigned at = line;
      if (takesEnd(close)) {
        tokens.push_back({end, close.str(), at});
        return true;
      }
    }
    if (rest.empty()) {
      line = start;
      return fail("expected the end of a tag, " + close.str() + ", found none");
    }
    if (!token())
      return false;
  }
}

bool Lexer::token() {
  const char first = rest[0];
  if (isNameStart(first)) {
    const StringRef name = rest.take_while(isNameCharacter);
    add(TokenKind::Name, name);
    skip(name.size());
    if (!rest.empty() && uint8_t(rest[0]) >= 0x80)
      return fail("expected names in ASCII, found one with other letters");
    return true;
  }
  if (llvm::isDigit(first))
    return number();
  if (first == '"' || first == '\'')
    return string();
  return operation();
}

bool Lexer::number() {
  const StringRef all = rest;
  std::string digits;
  size_t at = 0;
  // Digits, with single underscores between them.
  const auto run = [&](auto isIn) {
    const size_t start = at;
    while (at < all.size() &&
           (isIn(all[at]) || (all[at] == '_' && at > start &&
                              at + 1 < all.size() && isIn(all[at + 1])))) {
      if (all[at] != '_')
        digits += all[at];
      ++at;
    }
    return at > start;
  };
  const auto isDecimal = [](char c) { return llvm::isDigit(c); };
  const char base = all.size() > 2 && all[0] == '0' ? char(all[1] | 0x20) : ' ';
  const unsigned radix = base == 'x'   ? 16
                         : base == 'o' ? 8
                         : base == 'b' ? 2
                                       : 10;
  if (radix != 10) {
    at = all[2] == '_' ? 3 : 2;
    if (!run([&](char c) {
          const unsigned digit = llvm::hexDigitValue(c);
          return digit < radix;
        }))
      return fail("expected digits behind " + all.take_front(2).str());
    uint64_t value;
    if (StringRef(digits).getAsInteger(radix, value) || value >> 63)
      return fail("expected integers of 64 bits, found a larger one");
    add(TokenKind::Integer, std::to_string(value));
    skip(at);
    return true;
  }
  run(isDecimal);
  const size_t whole = at;
  bool isFloat = false;
  const bool behindDot =
      !tokens.empty() && tokens.back().is(TokenKind::Operator, ".");
  if (!behindDot && at + 1 < all.size() && all[at] == '.' &&
      llvm::isDigit(all[at + 1])) {
    digits += '.';
    ++at;
    run(isDecimal);
    isFloat = true;
  }
  if (!behindDot && at < all.size() && (all[at] | 0x20) == 'e') {
    const size_t before = at;
    const std::string kept = digits;
    digits += 'e';
    ++at;
    if (at < all.size() && (all[at] == '+' || all[at] == '-'))
      digits += all[at++];
    if (run(isDecimal)) {
      isFloat = true;
    } else {
      at = before;
      digits = kept;
    }
  }
  if (!isFloat) {
    // 007 is three numbers in Jinja, and so an error behind.
    if (whole > 1 && all[0] == '0' &&
        digits.find_first_not_of('0') != std::string::npos)
      return fail("expected a number, found one with a zero in front");
    int64_t value;
    if (StringRef(digits).getAsInteger(10, value))
      return fail("expected integers of 64 bits, found a larger one");
    digits = std::to_string(value);
  }
  add(isFloat ? TokenKind::Float : TokenKind::Integer, digits);
  skip(at);
  return true;
}

// What stands behind a backslash, as in Python's strings.
bool Lexer::escape(StringRef &body, std::string &value) {
  const char c = body[0];
  body = body.drop_front();
  constexpr StringRef plain = "\\'\"abfnrtv", means = "\\'\"\a\b\f\n\r\t\v";
  if (const size_t at = plain.find(c); at != StringRef::npos) {
    value += means[at];
    return true;
  }
  if (c == '\n')
    return true;
  uint32_t code = 0;
  if (c >= '0' && c <= '7') {
    code = uint32_t(c - '0');
    for (int i = 0; i < 2 && !body.empty() && body[0] >= '0' && body[0] <= '7';
         ++i) {
      code = code * 8 + uint32_t(body[0] - '0');
      body = body.drop_front();
    }
  } else if (c == 'x' || c == 'u' || c == 'U') {
    const size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : 8;
    const StringRef text = body.take_front(digits);
    if (text.size() < digits || text.getAsInteger(16, code) ||
        !llvm::all_of(text, llvm::isHexDigit))
      return fail(llvm::formatv("expected {0} hexadecimal digits behind \\{1}",
                                digits, c)
                      .str());
    body = body.drop_front(digits);
  } else if (c == 'N') {
    return fail("names of characters, \\N{...}, are not supported; write the "
                "character");
  } else {
    value += '\\';
    value += c;
    return true;
  }
  char bytes[4];
  char *end = bytes;
  if ((code >= 0xd800 && code < 0xe000) ||
      !llvm::ConvertCodePointToUTF8(code, end))
    return fail(
        "expected a character in an escape, found a number that is none");
  value.append(bytes, end);
  return true;
}

bool Lexer::string() {
  const char quote = rest[0];
  size_t end = 1;
  while (end < rest.size() && rest[end] != quote)
    end += rest[end] == '\\' ? 2 : 1;
  if (end >= rest.size())
    return fail("expected the end of a string, found none");
  StringRef body = rest.slice(1, end);
  std::string value;
  while (!body.empty()) {
    const char c = body[0];
    body = body.drop_front();
    if (c != '\\')
      value += c;
    else if (!escape(body, value))
      return false;
  }
  add(TokenKind::String, value);
  skip(end + 1);
  return true;
}

bool Lexer::operation() {
  StringRef found;
  for (StringRef spelling : {"//", "**", "==", "!=", ">=", "<="})
    if (rest.starts_with(spelling))
      found = spelling;
  if (found.empty() && StringRef("+-/*%~[](){}><=.:|,;").contains(rest[0]))
    found = rest.take_front(1);
  if (found.empty())
    return fail("expected Jinja, found " + quoted(rest.take_front(1)));
  const size_t opens = StringRef("([{").find(found),
               closes = StringRef(")]}").find(found);
  if (opens != StringRef::npos) {
    open += ")]}"[opens];
  } else if (closes != StringRef::npos) {
    if (open.empty() || open.back() != found[0])
      return fail(open.empty()
                      ? "expected no closing bracket, found " + quoted(found)
                      : "expected " + quoted(StringRef(open).take_back(1)) +
                            ", found " + quoted(found));
    open.pop_back();
  }
  add(TokenKind::Operator, found);
  skip(found.size());
  return true;
}

} // namespace

llvm::Expected<std::vector<Token>> lfm2c::tokenizeTemplate(StringRef source) {
  const auto *bytes = reinterpret_cast<const llvm::UTF8 *>(source.data());
  if (!llvm::isLegalUTF8String(&bytes, bytes + source.size())) {
    const size_t at =
        size_t(bytes - reinterpret_cast<const llvm::UTF8 *>(source.data()));
    return templateError(unsigned(source.take_front(at).count('\n')) + 1,
                         "expected UTF-8, found other bytes");
  }
  const std::string text = normalizeLines(source);
  Lexer lexer(text);
  if (!lexer.run())
    return lexer.takeError();
  return std::move(lexer.tokens);
}
