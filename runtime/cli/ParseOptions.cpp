// Reading of the command line, by the table of words.
#include "runtime/cli/ParseOptions.h"
#include "runtime/cli/HashSum.h"
#include "runtime/cli/Words.h"

namespace lfm2rt {

namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }

bool parseInteger(const char *text, int64_t least, int64_t most,
                  int64_t &value) {
  bool negative = *text == '-';
  text += negative;
  if (!isDigit(*text))
    return false;
  value = 0;
  for (; isDigit(*text); ++text) {
    if (value > (INT64_MAX - 9) / 10)
      return false;
    value = value * 10 + (*text - '0');
  }
  value = negative ? -value : value;
  return *text == 0 && value >= least && value <= most;
}

bool parseNumber(const char *text, double &value) {
  bool negative = *text == '-', any = false;
  text += negative;
  value = 0;
  for (; isDigit(*text); ++text, any = true)
    value = value * 10 + (*text - '0');
  if (*text == '.') {
    double place = 1;
    for (++text; isDigit(*text); ++text, any = true)
      value += (place /= 10) * (*text - '0');
  }
  if (any && (*text == 'e' || *text == 'E')) {
    int64_t exponent = 0;
    if (!parseInteger(text + 1 + (text[1] == '+'), -300, 300, exponent))
      return false;
    for (; exponent > 0; --exponent)
      value *= 10;
    for (; exponent < 0; ++exponent)
      value /= 10;
    text = "";
  }
  value = negative ? -value : value;
  return any && *text == 0;
}

bool isNamed(const Word &word, const char *name) {
  size_t n = word.nameBytes();
  return n > 0 && length(name) == n && memcmp(name, word.usage, n) == 0;
}

class Parser {
public:
  Parser(Options &options, uint8_t program, Output &output)
      : options(options), program(program), output(output) {}
  bool read(int argc, char **argv);
  bool check();

private:
  const Word *find(const char *name, const char **value) const;
  bool set(const Word &word, const char *value);
  bool setInteger(const Word &word, const char *value);
  bool setNumber(const Word &word, const char *value);
  bool isGiven(const Word &word) const { return given[&word - words.first]; }
  // nullptr where it is not there.
  const Word *findGiven(const char *name) const;
  bool findTask();
  bool checkNeeds(const Word &word);
  bool checkPair(const Pair &pair);
  bool wrong(const char *line) { return output.fail(line, 2) == 0; }

  Options &options;
  uint8_t program;
  Output &output;
  bool given[mostWords] = {};
  const Word *task = nullptr;
};

uint64_t hashOf(const Word &word, const char *value) {
  HashSum sum;
  sum.add(word.usage, word.nameBytes() + 1); // And what ends it.
  if (value)
    sum.add(value, length(value));
  return sum.sum();
}

// Where several have this name, the one that is of this program.
const Word *Parser::find(const char *argument, const char **value) const {
  const Word *found = nullptr;
  for (const Word &word : words) {
    size_t n = word.nameBytes();
    if (n == 0 || length(argument) < n || memcmp(argument, word.usage, n) != 0)
      continue;
    bool hasValue = argument[n] == '=' && word.usage[1] == '-';
    if (argument[n] && !hasValue)
      continue;
    if (found && !(factsOf(word.group).programs & program))
      continue;
    found = &word;
    *value = hasValue ? argument + n + 1 : nullptr;
  }
  return found;
}

bool Parser::setInteger(const Word &word, const char *value) {
  if (parseInteger(value, word.least, word.most, options.*word.target.integer))
    return true;
  return wrong(Line() << "expected a whole number of " << word.least << " ... "
                      << word.most << " after " << Name(word) << ", found "
                      << Quoted{value});
}

bool Parser::setNumber(const Word &word, const char *value) {
  Number &number = options.*word.target.number;
  number.isGiven = true;
  bool isPositive = word.least > 0;
  // In the precision that it is used with.
  if (parseNumber(value, number.value) &&
      (!isPositive || float(number.value) > 0))
    return true;
  return wrong(Line() << "expected a number" << (isPositive ? " above 0" : "")
                      << " after " << Name(word) << ", found "
                      << Quoted{value});
}

// `value` is nullptr where there is none.
bool Parser::set(const Word &word, const char *value) {
  const Target &target = word.target;
  switch (target.kind) {
  case WordKind::Flag:
    options.*target.flag = true;
    return !value || wrong(Line() << "expected no value for " << Name(word)
                                  << ", found " << Quoted{value});
  case WordKind::FlagOrText:
    (options.*target.flagOrText).isGiven = true;
    if (value)
      (options.*target.flagOrText).text = value;
    return true;
  case WordKind::Text:
    options.*target.text = value;
    return true;
  case WordKind::Texts: {
    Texts &texts = options.*target.texts;
    if (texts.count == Texts::most)
      return wrong(Line() << "expected " << Name(word) << " at most "
                          << Texts::most << " times, found more");
    texts.text[texts.count++] = value;
    return true;
  }
  case WordKind::Integer:
    return setInteger(word, value);
  case WordKind::Number:
    return setNumber(word, value);
  }
  return true;
}

bool Parser::read(int argc, char **argv) {
  for (int i = 1; i < argc; ++i) {
    const char *value = nullptr;
    const Word *word = find(argv[i], &value);
    if (!word)
      return wrong(Line() << "unknown option " << Quoted{argv[i]}
                          << "; see --help");
    bool wantsValue = word->target.kind >= WordKind::Text;
    if (wantsValue && !value && ++i < argc)
      value = argv[i];
    if (wantsValue && !value)
      return wrong(Line() << "expected a value after " << Name(*word)
                          << ", found the end; see --help");
    // "--file -" is as "-" on its own, and as other programs have it.
    if (isNamed(*word, "--file") && equal(value, "-"))
      word = find("-", &value);
    given[word - words.first] = true;
    if (factsOf(word->group).shapesAnswers)
      options.answersHash += hashOf(*word, value);
    if (!set(*word, value))
      return false;
  }
  return true;
}

bool Parser::findTask() {
  for (const Word &word : words) {
    if (!isGiven(word) || !word.task)
      continue;
    if (task)
      return wrong(Line() << "expected one thing to do, found " << Name(*task)
                          << " and " << Name(word) << "; drop one of them");
    task = &word;
  }
  return true;
}

bool Parser::checkNeeds(const Word &word) {
  // What a bidirectional model is asked for in vain is easily told.
  uint8_t programs = factsOf(word.group).programs;
  if (!(programs & program) && programs == OfCausal && !word.task)
    return wrong(Line() << "expected nothing of sampling or chat, as the model "
                           "is bidirectional and continues no text, found "
                        << Name(word) << "; drop it");
  const NeedFacts &need = factsOf(word.need);
  uint8_t asked = task ? task->task : uint8_t(Chats);
  if (!(need.tasks & asked))
    return wrong(Line() << "expected " << need.expected << " with "
                        << Name(word) << ", found "
                        << (task ? Name(*task) : "nothing") << "; "
                        << need.advice);
  return true;
}

const Word *Parser::findGiven(const char *name) const {
  for (const Word &word : words)
    if (isGiven(word) && isNamed(word, name))
      return &word;
  return nullptr;
}

bool Parser::checkPair(const Pair &pair) {
  bool has = findGiven(pair.word), hasOther = findGiven(pair.other);
  if (!has || hasOther == pair.together)
    return true;
  if (pair.together)
    return wrong(Line() << "expected " << pair.other << " with " << pair.word
                        << ", found none; add it");
  return wrong(Line() << "expected " << pair.word << " or " << pair.other
                      << ", found both; drop one of them");
}

bool Parser::check() {
  if (!findTask())
    return false;
  options.task = task ? task->task : uint8_t(Chats);
  for (const Word &word : words) {
    if (isGiven(word) && !checkNeeds(word))
      return false;
    // Whoever has a system text, or tools, talks.
    options.converses |= isGiven(word) && (word.need == Need::Conversing ||
                                           word.need == Need::ConversingOnce);
  }
  options.converses |= options.task == Chats || options.messages;
  for (const Pair &pair : pairs)
    if (!checkPair(pair))
      return false;
  return true;
}

} // namespace

bool parseOptions(Options &options, uint8_t program, int argc, char **argv,
                  Output &output) {
  Parser parser(options, program, output);
  return parser.read(argc, argv) && (options.help || parser.check());
}

bool parseBias(const char *text, uint32_t vocabulary, lfm2rt_bias &bias) {
  int64_t id = 0;
  const char *at = text;
  for (; isDigit(*at) && id < vocabulary; ++at)
    id = id * 10 + (*at - '0');
  if (at == text || id >= vocabulary || (*at != '+' && *at != '-'))
    return false;
  double value = __builtin_inf();
  if (!equal(at + 1, "inf") && (at[1] == '-' || !parseNumber(at + 1, value)))
    return false;
  bias = {int32_t(id), float(*at == '-' ? -value : value)};
  return true;
}

bool parseList(const char *text, int32_t *numbers, uint32_t *count,
               const char *what, Output &output) {
  *count = 0;
  const char *at = text;
  while (*at) {
    int64_t value = 0;
    bool any = false;
    for (; isDigit(*at) && value <= INT32_MAX; ++at, any = true)
      value = value * 10 + (*at - '0');
    if (!any || value > INT32_MAX || (*at && *at != ',') ||
        (*at == ',' && !at[1])) {
      output.fail(Line() << "expected " << what << ", found " << Quoted{text}
                         << " (at its character " << uint64_t(at - text) + 1
                         << ")",
                  2);
      return false;
    }
    numbers[(*count)++] = int32_t(value);
    at += *at == ',';
  }
  if (*count == 0)
    return output.fail(Line() << "expected " << what << ", found none", 2) == 0;
  return true;
}

} // namespace lfm2rt
