#include "runtime/grammar/Gbnf.h"
#include "runtime/grammar/Scanner.h"
#include "runtime/grammar/Tokens.h"
#include "runtime/json/Utf8.h"

namespace lfm2rt {
namespace grammar {

namespace {

bool isOfName(char c) {
  const char letter = c | 0x20;
  return isDigit(c) || c == '-' || (letter >= 'a' && letter <= 'z');
}

class GbnfReader final : Scanner {
public:
  GbnfReader(Syntax &syntax, Text text, const lfm2_tokenizer *tokenizer,
             lfm2rt_error *error)
      : Scanner(syntax, text, "grammar", false, false, error),
        tokenizer(tokenizer) {}

  void readAll() {
    skipSpace(true);
    while (ok() && at < end)
      readRule();
  }

  Rule *read() {
    readAll();
    Rule *root = nullptr;
    for (Rule *rule = syntax.first; rule && ok(); rule = rule->next) {
      if (!rule->body) {
        const char *place = text.at + rule->at;
        at = place + rule->name.bytes;
        refuse(place, "the name of a rule", "define a rule of this name");
      } else if (!root && equal(rule->name, lfm2rt::text("root"))) {
        root = rule;
      }
    }
    if (!root)
      refuse(end, "a rule 'root', which the whole text must be", "define it");
    return ok() ? root : nullptr;
  }

private:
  const lfm2_tokenizer *tokenizer;

  void skipSpace(bool lines) override {
    for (; at < end; ++at) {
      if (*at == '#')
        while (at < end && *at != '\n' && *at != '\r')
          ++at;
      const char c = next();
      if (c != ' ' && c != '\t' && !(lines && (c == '\n' || c == '\r')))
        return;
    }
  }

  Text readName() {
    const char *start = at;
    while (isOfName(next()))
      ++at;
    if (at == start)
      refuse(at, "the name of a rule",
             "names have letters, digits and '-' in them");
    return {start, uint32_t(at - start)};
  }

  Rule *readNamed() {
    const uint64_t place = uint64_t(at - text.at);
    return syntax.rule(readName(), place);
  }

  void readRule() {
    Rule *rule = readNamed();
    skipSpace(false);
    const char *sign = at;
    if (!take(':') || !take(':') || !take('=')) {
      at = sign;
      refuse(at, "'::=' behind the name of a rule",
             "write it there; what goes on with the rule before stands behind "
             "'|' or in brackets");
      return;
    }
    // The last one of a name counts, as in llama.cpp.
    rule->body = readChoice(nullptr);
    const char c = next();
    if (at < end && c != '\n' && c != '\r')
      refuse(at, "the end of the rule",
             "begin what follows on a line of its own");
    skipSpace(true);
  }

  Node *readSequence() override {
    Node *sequence = syntax.sequence();
    while (ok())
      if (Node *item = readItem())
        syntax.add(sequence, readRepeats(item));
      else
        break;
    return sequence->child && !sequence->child->next ? sequence->child
                                                     : sequence;
  }

  // nullptr: nothing more of a sequence is there.
  Node *readItem() {
    const char *start = at;
    switch (next()) {
    case '"':
      return readLiteral();
    case '[':
      return readSet();
    case '(':
      ++at;
      return readChoice(start);
    case '.':
      ++at;
      return syntax.set(nullptr, 0, true);
    case '<':
    case '!':
      return readToken();
    case '*':
    case '+':
    case '?':
    case '{':
      return refuse(at, "something that is repeated",
                    "put in front of it what is to be repeated");
    default:
      return isOfName(next()) ? syntax.call(readNamed()) : nullptr;
    }
  }

  bool takeClass(Class &) override { return false; }

  uint32_t readEscape() override {
    const char *start = at++;
    const char c = next();
    at += at < end;
    switch (c) {
    case 'x':
      return readHex(2);
    case 'u':
      return readHex(4);
    case 'U':
      return readHex(8);
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case 'n':
      return '\n';
    case '\\':
    case '"':
    case '[':
    case ']':
    case '-':
      return uint8_t(c);
    default:
      break;
    }
    refuse(start,
           "an escape that grammars have, \\t \\r \\n \\\\ \\\" \\[ \\] \\- "
           "\\xXX \\uXXXX or \\UXXXXXXXX",
           "write one of these, or the character itself");
    return 0;
  }

  Node *readLiteral() {
    const char *start = at++;
    auto *bytes = static_cast<char *>(syntax.arena.take(0, 1));
    uint32_t count = 0;
    while (ok() && !take('"')) {
      if (at == end) {
        at = start + 1;
        return refuse(start, "a literal that ends with '\"'", "end it");
      }
      const uint32_t c = next() == '\\' ? readEscape() : readCharacter();
      const uint32_t size = encodeCharacter(c, nullptr);
      if (syntax.arena.take(size, 1))
        encodeCharacter(c, bytes + count);
      count += size;
    }
    return syntax.bytes({bytes, count});
  }

  // <[id]>, or <text> of the token; a '!' in front: any but it.
  Node *readToken() {
    const char *start = at;
    const bool others = take('!');
    const char *name = at;
    if (!take('<'))
      return refuse(at, "a token behind '!', as <[7]> or <think>",
                    "write one, or brackets with '^' for characters");
    uint32_t id = 0;
    if (take('[')) {
      const char *digits = at;
      while (isDigit(next()) && id < (1u << 24))
        id = id * 10 + uint32_t(*at++ - '0');
      if (at == digits || !take(']') || !take('>'))
        return refuse(start, "the number of a token, as in <[7]>",
                      "write it so");
    } else {
      while (at < end && *at != '>' && *at != '\n')
        ++at;
      if (!take('>'))
        return refuse(start, "'>' behind the text of a token", "end it");
      id = tokenOf(tokenizer, {name, uint32_t(at - name)});
    }
    if (!tokenizer || id >= lfm2_tokenizer_vocabulary(tokenizer))
      return refuse(start, "a token that the model has",
                    "name one of its tokens, or write text as a literal");
    return syntax.token(id, others);
  }
};

} // namespace

Rule *readGbnf(Syntax &syntax, Text text, const lfm2_tokenizer *tokenizer,
               lfm2rt_error *error) {
  return GbnfReader(syntax, text, tokenizer, error).read();
}

void readRules(Syntax &syntax, Text text) {
  GbnfReader(syntax, text, nullptr, nullptr).readAll();
}

} // namespace grammar
} // namespace lfm2rt
