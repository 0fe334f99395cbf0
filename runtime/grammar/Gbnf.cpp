#include "runtime/grammar/Gbnf.h"
#include "runtime/grammar/Scanner.h"
#include "runtime/grammar/Tools.h"
#include "runtime/json/Utf8.h"

namespace lfm2rt {
namespace grammar {

namespace {

bool isOfName(char c) {
  return isDigit(c) || c == '-' || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z');
}

class GbnfReader : Scanner {
public:
  GbnfReader(Syntax &syntax, Text text, const lfm2_tokenizer *tokenizer,
             lfm2rt_error *error)
      : Scanner(syntax, text, "grammar", true, error), tokenizer(tokenizer) {}

  void readAll() {
    skipSpace(true);
    while (ok() && at < end)
      readRule();
  }

  Rule *read() {
    readAll();
    Rule *root = nullptr;
    for (Rule *rule = syntax.first; rule && ok(); rule = rule->next) {
      if (!rule->body)
        refuse(text.at + rule->at, "the name of a rule",
               "define a rule of this name", rule->name);
      else if (!root && equal(rule->name, lfm2rt::text("root")))
        root = rule;
    }
    if (!root)
      refuse(end, "a rule 'root', which the whole text must be", "define it");
    return ok() ? root : nullptr;
  }

private:
  const lfm2_tokenizer *tokenizer;
  uint32_t nested = 0;

  void skipSpace(bool lines) {
    for (; at < end; ++at) {
      if (*at == '#') {
        while (at < end && *at != '\n' && *at != '\r')
          ++at;
        if (at == end)
          return;
      }
      if (*at != ' ' && *at != '\t' && !(lines && (*at == '\n' || *at == '\r')))
        return;
    }
  }

  Text readName() {
    const char *start = at;
    while (at < end && isOfName(*at))
      ++at;
    if (at == start)
      refuse(at, "the name of a rule",
             "names have letters, digits and '-' in them");
    return {start, uint32_t(at - start)};
  }

  void readRule() {
    const uint64_t place = uint64_t(at - text.at);
    Text name = readName();
    skipSpace(false);
    if (!take(':') || !take(':') || !take('=')) {
      refuse(at, "'::=' behind the name of a rule",
             "write it there, or put what is meant to go on with the rule "
             "before in brackets");
      return;
    }
    skipSpace(true);
    Rule *rule = syntax.rule(name, place);
    Node *body = readChoice();
    // The last one of a name counts, as in llama.cpp.
    rule->body = body;
    if (at < end && *at != '\n' && *at != '\r')
      refuse(at, "the end of the rule",
             *at == ')' ? "remove the bracket, or open it"
                        : "begin what follows on a line of its own");
    skipSpace(true);
  }

  // Calls itself for what stands in brackets.
  Node *readChoice() {
    Node *choice = syntax.choice();
    syntax.add(choice, readSequence());
    while (ok() && take('|')) {
      skipSpace(true);
      syntax.add(choice, readSequence());
    }
    return choice->child && !choice->child->next ? choice->child : choice;
  }

  Node *readSequence() {
    Node *sequence = syntax.sequence();
    while (ok()) {
      Node *item = readItem();
      if (!item)
        break;
      item = readRepeats(item);
      syntax.add(sequence, item);
    }
    return sequence->child && !sequence->child->next ? sequence->child
                                                     : sequence;
  }

  Node *readRepeats(Node *item) {
    while (ok()) {
      skipSpace(nested > 0);
      uint32_t low = 0, high = noLimit;
      if (take('+'))
        low = 1;
      else if (take('?'))
        high = 1;
      else if (take('{'))
        readBounds(low, high, true);
      else if (!take('*'))
        break;
      item = syntax.repeat(item, low, high);
    }
    return item;
  }

  // nullptr: nothing more of a sequence is there.
  Node *readItem() {
    if (at == end)
      return nullptr;
    switch (*at) {
    case '"':
      return readLiteral();
    case '[':
      return readSet();
    case '(':
      return readGroup();
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
    }
    if (!isOfName(*at))
      return nullptr;
    const uint64_t place = uint64_t(at - text.at);
    return syntax.call(syntax.rule(readName(), place));
  }

  // A character of a literal or of a set.
  uint32_t readEscaped() {
    const char *start = at;
    if (!take('\\'))
      return readCharacter();
    const char c = at < end ? *at++ : 0;
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
    }
    refuse(start,
           "an escape that grammars have, \\t \\r \\n \\\\ \\\" \\[ \\] \\- "
           "\\xXX \\uXXXX or \\UXXXXXXXX",
           "write one of these, or the character itself",
           {start, uint32_t(at - start)});
    return 0;
  }

  Node *readLiteral() {
    const char *start = at++;
    // It takes no more bytes than its text, but for \uXXXX in UTF-8, which
    // takes less.
    auto *bytes = static_cast<char *>(
        syntax.arena.take(uint64_t(literalEnd(at) - at), 1));
    if (!bytes)
      return syntax.never();
    uint32_t count = 0;
    while (ok() && !isAt('"')) {
      if (at == end)
        return refuse(start, "a literal that ends with '\"'", "end it");
      count += encodeCharacter(readEscaped(), bytes + count);
    }
    ++at;
    return syntax.bytes({bytes, count});
  }
  const char *literalEnd(const char *from) const {
    while (from < end && *from != '"')
      from += *from == '\\' && end - from > 1 ? 2 : 1;
    return from;
  }

  Node *readSet() {
    const char *start = at++;
    const bool others = take('^');
    auto *ranges = static_cast<Range *>(syntax.arena.take(0, alignof(Range)));
    uint32_t count = 0;
    while (ok() && !isAt(']')) {
      if (at == end)
        return refuse(start, "a set that ends with ']'", "end it");
      const char *first = at;
      Range range;
      range.low = range.high = readEscaped();
      if (isAt('-') && end - at > 1 && at[1] != ']') {
        ++at;
        range.high = readEscaped();
        if (range.low > range.high)
          return refuse(first, "a range that rises", "swap its ends",
                        {first, uint32_t(at - first)});
      }
      if (!syntax.arena.take(sizeof(Range), alignof(Range)))
        return syntax.never();
      ranges[count++] = range;
    }
    ++at;
    if (count == 0)
      return refuse(start, "a set of at least one character",
                    "put characters into it, or write '.' for any",
                    {start, uint32_t(at - start)});
    Node *node = syntax.set(ranges, count, others);
    return node;
  }

  Node *readGroup() {
    const char *start = at++;
    if (++nested > mostNested)
      return refuse(start, "at most 100 brackets within each other",
                    "make rules of what stands in them");
    skipSpace(true);
    Node *body = readChoice();
    if (ok() && !take(')'))
      return refuse(at, "')'", "close the bracket");
    --nested;
    return body;
  }

  // <[id]>, or <text> of the token; a '!' in front: any but it.
  Node *readToken() {
    const char *start = at;
    const bool others = take('!');
    const char *name = at;
    if (!take('<'))
      return refuse(at, "a token behind '!', as <[7]> or <think>",
                    "write one, or brackets with '^' for characters");
    uint64_t id = 0;
    if (take('[')) {
      const char *digits = at;
      while (at < end && isDigit(*at) && id < (1u << 30))
        id = id * 10 + uint64_t(*at++ - '0');
      if (at == digits || !take(']') || !take('>'))
        return refuse(at, "the number of a token, as in <[7]>", "write it so");
    } else {
      while (at < end && *at != '>' && *at != '\n')
        ++at;
      if (!take('>'))
        return refuse(at, "'>' behind the text of a token", "end it");
      id = tokenOf(tokenizer, {name, uint32_t(at - name)});
    }
    if (!tokenizer || id >= lfm2_tokenizer_vocabulary(tokenizer))
      return refuse(start, "a token that the model has",
                    "name one of its tokens, or write text as a literal",
                    {start, uint32_t(at - start)});
    return syntax.token(uint32_t(id), others);
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
