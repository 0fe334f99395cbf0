#include "runtime/cli/Options.h"
#include "runtime/include/lfm2rt/abi.h"

namespace lfm2rt {

namespace {

constexpr char causalHelp[] =
    "Runs the language model that this program was compiled from.\n"
    "\n"
    "  PROGRAM                      chat in a terminal; Ctrl-C stops an "
    "answer\n"
    "  PROGRAM --prompt TEXT        complete TEXT\n"
    "  PROGRAM --file FILE | -      complete the text of a file, of standard "
    "input\n"
    "  PROGRAM --tokens 1,2,3       complete token ids\n";

constexpr char commonHelp[] =
    "  PROGRAM --tokenize TEXT      print the ids of a text\n"
    "  PROGRAM --detokenize 1,2,3   print the text of ids\n"
    "  PROGRAM --bench              measure this machine; JSON\n"
    "  PROGRAM --info               describe the model; JSON\n"
    "  PROGRAM --verify             check every byte of program and weights\n"
    "\n";

constexpr char causalOptions[] =
    "  --chat                the text is what a user says, in the model's chat "
    "form\n"
    "  -n N                  at most N new tokens (default: until the model "
    "ends;\n"
    "                        with --logits and --hidden none)\n"
    "  --temp T              0: the most likely token, without a penalty\n"
    "  --top-k K  --top-p P  --min-p P  --repeat-penalty R\n"
    "                        sampling (default: what the model's makers "
    "recommend)\n"
    "  --seed S              start of the random numbers, 0 ... 4294967295 "
    "(default:\n"
    "                        another each time)\n"
    "  --ignore-eos          go on where the model would end\n"
    "  --print-tokens        print new ids instead of text\n"
    "  --bench-prompt N  --bench-gen N  --bench-depth N\n"
    "                        tokens read and made (512, 128), tokens already "
    "in the\n"
    "                        context (0)\n";

constexpr char commonOptions[] =
    "  --threads N           (default: the cores this process may use)\n"
    "  --pin[=0,2,4]         each thread on a CPU of its own (of these)\n"
    "  --balance             measure the cores first, and give slower ones "
    "less "
    "to do\n"
    "  --shares 3,1          how the threads divide the work; results stay the "
    "same\n"
    "  --context N           room for N tokens, all together\n"
    "  --logits FILE         write the logits of every position, as float32\n"
    "                        [positions, vocabulary], little endian\n"
    "  --hidden FILE         write the hidden states after the last norm, as "
    "float32\n"
    "                        [positions, channels], little endian\n"
    "  --weights FILE        take the weights from there\n"
    "  --profile[=FILE]      at the end, on standard error, where the time "
    "went; in FILE\n"
    "                        a trace as JSON, which Perfetto opens\n"
    "  --bench-repeat N      runs to take the median of (5)\n";

} // namespace

void printHelp(const char *usage, const char *options, const char *devices,
               Output &output) {
  output.write(usage ? usage : causalHelp);
  output.write(commonHelp);
  output.write(options ? options : causalOptions);
  if (devices)
    output.write(devices);
  output.write(commonOptions);
}

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

// One word of the command line: exactly one of the targets is set, or a flag
// and a text, which then only counts behind a '='.
struct Word {
  const char *name;
  bool *flag;
  const char **text;
  int64_t *integer;
  int64_t least, most;
  double *number;
  bool *given; // Set when the word was there; may be nullptr.
};

} // namespace

bool parseOptions(Options &o, int argc, char **argv, Output &output) {
  constexpr int64_t tokens = INT32_MAX;
  const Word words[] = {
      {"--help", &o.help, 0, 0, 0, 0, 0, 0},
      {"-h", &o.help, 0, 0, 0, 0, 0, 0},
      {"--info", &o.info, 0, 0, 0, 0, 0, 0},
      {"--verify", &o.verify, 0, 0, 0, 0, 0, 0},
      {"--bench", &o.bench, 0, 0, 0, 0, 0, 0},
      {"--devices", &o.devices, 0, 0, 0, 0, 0, 0},
      {"--device", 0, &o.device, 0, 0, 0, 0, 0},
      {"--tokenize", 0, &o.tokenize, 0, 0, 0, 0, 0},
      {"--detokenize", 0, &o.detokenize, 0, 0, 0, 0, 0},
      {"--tokens", 0, &o.tokens, 0, 0, 0, 0, 0},
      {"--prompt", 0, &o.prompt, 0, 0, 0, 0, 0},
      {"--file", 0, &o.file, 0, 0, 0, 0, 0},
      {"--embed", 0, &o.embed, 0, 0, 0, 0, 0},
      {"--embed-file", 0, &o.embedFile, 0, 0, 0, 0, 0},
      {"--prompt-name", 0, &o.promptName, 0, 0, 0, 0, 0},
      {"--no-normalize", &o.asGiven, 0, 0, 0, 0, 0, 0},
      {"--truncate", &o.truncate, 0, 0, 0, 0, 0, 0},
      {"--raw", 0, &o.raw, 0, 0, 0, 0, 0},
      {"-", &o.standardInput, 0, 0, 0, 0, 0, 0},
      {"--chat", &o.chat, 0, 0, 0, 0, 0, 0},
      {"--print-tokens", &o.printTokens, 0, 0, 0, 0, 0, 0},
      {"--ignore-eos", &o.ignoreStop, 0, 0, 0, 0, 0, 0},
      {"--logits", 0, &o.logits, 0, 0, 0, 0, 0},
      {"--hidden", 0, &o.hidden, 0, 0, 0, 0, 0},
      {"--profile", &o.profile, &o.trace, 0, 0, 0, 0, 0},
      {"--pin", &o.pin, &o.cpus, 0, 0, 0, 0, 0},
      {"--balance", &o.balance, 0, 0, 0, 0, 0, 0},
      {"--shares", 0, &o.shares, 0, 0, 0, 0, 0},
      {"--weights", 0, &o.weights, 0, 0, 0, 0, 0},
      {"-n", 0, 0, &o.most, 0, tokens, 0, 0},
      {"--temp", 0, 0, 0, 0, 0, &o.temperature, &o.hasTemperature},
      {"--top-k", 0, 0, &o.topK, -1, tokens, 0, &o.hasTopK},
      {"--top-p", 0, 0, 0, 0, 0, &o.topP, &o.hasTopP},
      {"--min-p", 0, 0, 0, 0, 0, &o.minP, &o.hasMinP},
      {"--repeat-penalty", 0, 0, 0, 0, 0, &o.penalty, &o.hasPenalty},
      {"--seed", 0, 0, &o.seed, -1, UINT32_MAX, 0, 0},
      {"--threads", 0, 0, &o.threads, 1, LFM2_MAX_THREADS, 0, 0},
      {"--context", 0, 0, &o.context, 1, tokens, 0, 0},
      {"--bench-prompt", 0, 0, &o.benchPrompt, 1, tokens, 0, 0},
      {"--bench-gen", 0, 0, &o.benchGenerate, 1, tokens, 0, 0},
      {"--bench-depth", 0, 0, &o.benchDepth, 0, tokens, 0, 0},
      {"--bench-repeat", 0, 0, &o.benchRepeat, 1, 999, 0, 0},
      {"--bench-texts", 0, 0, &o.benchTexts, 1, tokens, 0, 0},
      {"--bench-text-tokens", 0, 0, &o.benchText, 1, tokens, 0, 0},
  };
  auto wrong = [&](const char *line) { return output.fail(line, 2) == 0; };
  for (int i = 1; i < argc; ++i) {
    const Word *found = nullptr;
    const char *value = nullptr;
    for (const Word &word : words) {
      size_t n = length(word.name);
      if (equal(argv[i], word.name)) {
        found = &word;
      } else if (length(argv[i]) > n && argv[i][n] == '=' &&
                 word.name[1] == '-' && memcmp(argv[i], word.name, n) == 0) {
        found = &word;
        value = argv[i] + n + 1;
      }
    }
    if (!found)
      return wrong(Line() << "unknown option " << Quoted{argv[i]}
                          << "; see --help");
    if (found->given)
      *found->given = true;
    if (found->flag) {
      *found->flag = true;
      if (value && found->text)
        *found->text = value;
      else if (value)
        return wrong(Line() << "expected no value for " << found->name
                            << ", found " << Quoted{value});
      continue;
    }
    if (!value && ++i < argc)
      value = argv[i];
    if (!value)
      return wrong(Line() << "expected a value after " << found->name
                          << ", found the end; see --help");
    if (found->text) {
      *found->text = value;
    } else if (found->number) {
      if (!parseNumber(value, *found->number))
        return wrong(Line() << "expected a number after " << found->name
                            << ", found " << Quoted{value});
      // By 0 a logit would become infinite.
      if (found->number == &o.penalty && !(float(o.penalty) > 0))
        return wrong(Line() << "expected a number above 0 after " << found->name
                            << ", 1 being off, found " << Quoted{value});
    } else if (!parseInteger(value, found->least, found->most,
                             *found->integer)) {
      return wrong(Line() << "expected a whole number of " << found->least
                          << " ... " << found->most << " after " << found->name
                          << ", found " << Quoted{value});
    }
  }
  // As on its own, and as other programs have it.
  if (o.file && equal(o.file, "-")) {
    o.file = nullptr;
    o.standardInput = true;
  }
  const struct {
    const char *name;
    bool isGiven, completes;
  } tasks[] = {{"--prompt", o.prompt != nullptr, true},
               {"--file", o.file != nullptr, true},
               {"--tokens", o.tokens != nullptr, true},
               {"-", o.standardInput, true},
               {"--embed", o.embed != nullptr, false},
               {"--embed-file", o.embedFile != nullptr, false},
               {"--tokenize", o.tokenize != nullptr, false},
               {"--detokenize", o.detokenize != nullptr, false},
               {"--bench", o.bench, false},
               {"--info", o.info, false},
               {"--devices", o.devices, false},
               {"--verify", o.verify, false}};
  const char *task = nullptr;
  bool completes = false;
  for (const auto &one : tasks) {
    if (!one.isGiven)
      continue;
    if (task)
      return wrong(Line() << "expected one thing to do, found " << task
                          << " and " << one.name << "; drop one of them");
    task = one.name;
    completes = one.completes;
  }
  if (o.tokens && o.chat)
    return wrong(
        "--chat is for text, found it with --tokens; drop one of them");
  const char *idle = o.logits        ? "--logits"
                     : o.hidden      ? "--hidden"
                     : o.printTokens ? "--print-tokens"
                     : o.ignoreStop  ? "--ignore-eos"
                                     : nullptr;
  if (!completes && !o.help && idle)
    return wrong(Line() << "expected something to complete with " << idle
                        << ", found " << (task ? task : "nothing")
                        << "; add --prompt, --file, --tokens or -");
  idle = o.promptName ? "--prompt-name"
         : o.asGiven  ? "--no-normalize"
         : o.truncate ? "--truncate"
         : o.raw      ? "--raw"
                      : nullptr;
  if (!o.embed && !o.embedFile && !o.help && idle)
    return wrong(Line() << "expected texts to embed with " << idle << ", found "
                        << (task ? task : "nothing")
                        << "; add --embed or --embed-file");
  if (o.profile &&
      (o.info || o.devices || o.verify || o.tokenize || o.detokenize))
    return wrong(Line() << "expected steps of the model to measure with "
                           "--profile, found "
                        << task << ", which takes none; drop one of them");
  if (o.balance && o.shares)
    return wrong("--balance finds the shares, found it with --shares; drop one "
                 "of them");
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
