#include "tools/lfm2-serve/Options.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>

namespace lfm2s {
namespace {

constexpr char overview[] =
    R"(usage: lfm2-serve MODEL... [options]

Serves compiled models over HTTP: OpenAI's interface at /v1, Ollama's at /api, a
page to chat at /. MODEL is a library made by lfm2-compile --emit=shared, or
anything that `lfm2 prepare` compiles: a checkpoint, hf.co/NAME, a short name.
It is loaded when it is first asked for.

)";

[[noreturn]] void fail(const std::string &message) {
  fprintf(stderr, "lfm2-serve: error: %s; see lfm2-serve --help\n",
          message.c_str());
  exit(2);
}

struct Option {
  const char *name;
  const char *value; /// What it takes; nullptr: nothing.
  const char *help;
  std::function<void(const std::string &)> take;
};

uint64_t number(const char *name, const std::string &text, uint64_t least,
                uint64_t most) {
  errno = 0;
  char *end = nullptr;
  uint64_t value = strtoull(text.c_str(), &end, 10);
  if (text.empty() || text[0] < '0' || text[0] > '9' || *end || errno ||
      value < least || value > most)
    fail(std::string("expected a whole number of ") + std::to_string(least) +
         " ... " + std::to_string(most) + " for " + name + ", found \"" + text +
         "\"");
  return value;
}

/// A number of bytes, with K, M or G behind it for powers of 1024.
uint64_t size(const char *name, std::string text) {
  static const std::string units = "KMG";
  size_t unit = text.empty() ? std::string::npos : units.find(text.back());
  unsigned shift = unit == std::string::npos ? 0 : unsigned(unit + 1) * 10;
  if (shift)
    text.pop_back();
  return number(name, text, 1, (UINT64_MAX >> 1) >> shift) << shift;
}

void addKey(Options &options, const std::string &key, const char *name) {
  if (key.size() < 8)
    fail(std::string("expected keys of at least 8 characters for ") + name +
         ", found one of " + std::to_string(key.size()));
  options.keys.push_back(key);
}

void readKeys(Options &options, const std::string &path) {
  std::ifstream file(path);
  if (!file)
    fail("expected a file of keys, one a line, at \"" + path + "\", found " +
         strerror(errno));
  size_t before = options.keys.size();
  for (std::string line; std::getline(file, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
      line.pop_back();
    if (!line.empty() && line[0] != '#')
      addKey(options, line, "--api-key-file");
  }
  if (options.keys.size() == before)
    fail("expected a key in \"" + path + "\", found none");
}

/// "LFM2-350M" of a path, of hf.co/LiquidAI/LFM2-350M-GGUF:Q4_0, or a short
/// name as it is.
std::string nameOf(std::string source) {
  while (source.size() > 1 && source.back() == '/')
    source.pop_back();
  size_t slash = source.rfind('/');
  if (slash != std::string::npos)
    source = source.substr(slash + 1);
  for (const char *ending : {".so", ".gguf", ".mlir"}) {
    size_t bytes = strlen(ending);
    if (source.size() > bytes &&
        source.compare(source.size() - bytes, bytes, ending) == 0)
      return source.substr(0, source.size() - bytes);
  }
  return source;
}

void addModel(Options &options, const std::string &name,
              const std::string &source) {
  if (name.empty() || source.empty())
    fail("expected a model with a name, found \"" + name + "\" for \"" +
         source + "\"");
  for (const ModelOption &other : options.models)
    if (other.name == name)
      fail("expected models with different names, found \"" + name +
           "\" twice; name one by --name=NAME=MODEL");
  options.models.push_back({name, source});
}

LogForm logForm(const std::string &word) {
  if (word == "json")
    return LogForm::Json;
  if (word == "text")
    return LogForm::Text;
  if (word != "none")
    fail("expected json, text or none for --log, found \"" + word + "\"");
  return LogForm::None;
}

std::vector<Option> optionsOf(Options &to) {
  auto whole = [](const char *name, auto &field, uint64_t least,
                  uint64_t most) {
    return [name, &field, least, most](const std::string &text) {
      field = std::decay_t<decltype(field)>(number(name, text, least, most));
    };
  };
  return {
      {"--host", "ADDRESS", "Listen there (127.0.0.1; 0.0.0.0: all networks)",
       [&](const std::string &text) { to.host = text; }},
      {"--port", "N", "Listen at this port (8080; 0: any that is free)",
       whole("--port", to.port, 0, 65535)},
      {"--name", "NAME=MODEL", "Serve MODEL by this name",
       [&](const std::string &text) {
         size_t at = text.find('=');
         if (at == std::string::npos)
           fail("expected NAME=MODEL for --name, found \"" + text + "\"");
         addModel(to, text.substr(0, at), text.substr(at + 1));
       }},
      {"--parallel", "N", "Answers made at the same time (32)",
       whole("--parallel", to.parallel, 1, 256)},
      {"--queue", "N", "Requests that may wait beside these (512)",
       whole("--queue", to.queue, 0, 1000000)},
      {"--context", "N",
       "Tokens of a conversation (the model's most, up to 32768)",
       whole("--context", to.context, 1, UINT32_MAX)},
      {"--threads", "N", "Threads that compute (one for each core)",
       whole("--threads", to.threads, 1, 64)},
      {"--cache-bytes", "N",
       "Memory of conversations, also of ended ones that others may go on "
       "with (half of what is free); K, M, G behind it",
       [&](const std::string &text) {
         to.cacheBytes = size("--cache-bytes", text);
       }},
      {"--device", "D", "Run on a device, as gpu or gpu:1 (this CPU)",
       [&](const std::string &text) { to.device = text; }},
      {"--api-key", "KEY",
       "Answer only who gives this key; may be given several times",
       [&](const std::string &text) { addKey(to, text, "--api-key"); }},
      {"--api-key-file", "FILE", "The same with the keys in FILE, one a line",
       [&](const std::string &text) { readKeys(to, text); }},
      {"--cors", "ORIGIN",
       "Let pages of this origin ask from a browser (none; *: all)",
       [&](const std::string &text) { to.cors = text; }},
      {"--max-body", "N", "Most bytes of a request (8M)",
       [&](const std::string &text) { to.maxBody = size("--max-body", text); }},
      {"--max-tokens", "N", "Most tokens of an answer (as the context allows)",
       whole("--max-tokens", to.maxTokens, 1, UINT32_MAX)},
      {"--timeout", "S", "Most seconds of a request (600; 0: any)",
       whole("--timeout", to.timeout, 0, 1000000)},
      {"--grace", "S", "Seconds that answers have when it is to stop (30)",
       whole("--grace", to.grace, 0, 1000000)},
      {"--log", "FORM", "A line a request on standard error: text, json, none",
       [&](const std::string &text) { to.log = logForm(text); }},
      {"--no-page", nullptr, "No page to chat at /",
       [&](const std::string &) { to.hasPage = false; }},
  };
}

[[noreturn]] void help(const std::vector<Option> &options) {
  fputs(overview, stdout);
  for (const Option &option : options) {
    std::string words = option.name;
    if (option.value)
      words += std::string("=") + option.value;
    printf("  %-22s %s\n", words.c_str(), option.help);
  }
  exit(fflush(stdout) ? 1 : 0);
}

} // namespace

Options readOptions(int argc, char **argv) {
  Options to;
  std::vector<Option> options = optionsOf(to);
  bool onlyModels = false;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    if (onlyModels || word.size() < 2 || word[0] != '-') {
      addModel(to, nameOf(word), word);
      continue;
    }
    if (word == "--") {
      onlyModels = true;
      continue;
    }
    if (word == "--help" || word == "-h")
      help(options);
    if (word == "--version") {
      puts("lfm2-serve " LFM2_VERSION);
      exit(fflush(stdout) ? 1 : 0);
    }
    size_t equals = word.find('=');
    std::string name = word.substr(0, equals);
    const Option *found = nullptr;
    for (const Option &option : options)
      if (name == option.name)
        found = &option;
    if (!found)
      fail("expected an option or a model, found \"" + word + "\"");
    bool hasValue = equals != std::string::npos;
    if (!found->value && hasValue)
      fail("expected no value for " + name + ", found \"" +
           word.substr(equals + 1) + "\"");
    if (found->value && !hasValue && i + 1 == argc)
      fail("expected " + name + "=" + found->value + ", found no value");
    found->take(!found->value ? ""
                : hasValue    ? word.substr(equals + 1)
                              : std::string(argv[++i]));
  }
  if (to.models.empty())
    fail("expected a MODEL, found none");
  return to;
}

} // namespace lfm2s
