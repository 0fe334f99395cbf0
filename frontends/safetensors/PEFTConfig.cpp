#include "frontends/safetensors/PEFTConfig.h"

#include "lib/Support/CheckedJSON.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

// Far more than any adapter has; both bound memory and time.
static constexpr size_t maxConfigValues = 1 << 16, longestPattern = 512;
static constexpr int64_t maxRank = 1 << 16;

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

/// What stands for a class of characters behind a backslash in Python.
static StringRef classOf(char c) {
  switch (c) {
  case 'd':
    return "0-9";
  case 'w':
    return "0-9A-Za-z_";
  case 's':
    return " \t";
  default:
    return "";
  }
}

llvm::Expected<PEFTPattern> PEFTPattern::make(StringRef text, StringRef where) {
  auto refuse = [&](StringRef what) {
    return makeError("{0}: the pattern {1} has {2}, which is not supported; "
                     "name the modules instead",
                     where, quoted(text), what);
  };
  if (text.size() > longestPattern)
    return refuse("more than " + std::to_string(longestPattern) + " bytes");
  std::string posix = "^(.*\\.)?(";
  bool inSet = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      if (++i == text.size())
        return refuse("a backslash at its end");
      const StringRef set = classOf(text[i]);
      if (!set.empty())
        posix += inSet ? set.str() : "[" + set.str() + "]";
      else if (llvm::isAlnum(text[i]))
        return refuse(("\\" + text.substr(i, 1)).str());
      else if (inSet)
        posix += text[i]; // A backslash is one of the set in POSIX.
      else
        posix += {'\\', text[i]};
      continue;
    }
    if (inSet) {
      inSet = c != ']';
      posix += c;
      continue;
    }
    const bool isQuantifier = c == '*' || c == '+' || c == '?';
    // Whether a quantifier is greedy decides no whole match.
    if (isQuantifier && i + 1 < text.size() && text[i + 1] == '?')
      ++i;
    if (c == '(' && text.substr(i).starts_with("(?")) {
      if (!text.substr(i).starts_with("(?:"))
        return refuse("a group that looks around or has a name");
      i += 2;
    }
    if (c == '{')
      return refuse("a count of repetitions");
    inSet = c == '[';
    posix += c;
  }
  llvm::Regex regex(posix + ")$");
  std::string problem;
  if (!regex.isValid(problem))
    return refuse("an expression that cannot be read (" + problem + ")");
  return PEFTPattern(std::move(regex));
}

/// The value of the first pattern that fits, as PEFT takes it.
template <typename T>
static T choose(const std::vector<std::pair<PEFTPattern, T>> &patterns,
                StringRef module, T otherwise) {
  for (const auto &[pattern, value] : patterns)
    if (pattern.matches(module))
      return value;
  return otherwise;
}

int64_t PEFTConfig::rankOf(StringRef module) const {
  return choose(ranks, module, rank);
}

double PEFTConfig::scaleOf(StringRef module) const {
  const auto rank = double(rankOf(module));
  return choose(alphas, module, alpha) /
         (isRankStabilised ? std::sqrt(rank) : rank);
}

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

namespace lfm2c {
class PEFTConfigReader {
public:
  PEFTConfigReader(const JSONReader &json, std::vector<std::string> &warnings)
      : json(json), warnings(warnings) {}

  llvm::Expected<PEFTConfig> run() {
    for (auto step :
         {&PEFTConfigReader::checkKind, &PEFTConfigReader::checkVariant,
          &PEFTConfigReader::readNumbers, &PEFTConfigReader::readPatterns,
          &PEFTConfigReader::readRest})
      if (Error error = (this->*step)())
        return error;
    return std::move(config);
  }

private:
  Error checkKind() {
    std::string type;
    if (Error error = json.read("peft_type", type))
      return error;
    if (type.empty())
      return makeError("{0}: peft_type is missing, so it is not known what the "
                       "adapter is; expected one that PEFT saved",
                       json.getFile());
    if (type != "LORA")
      return makeError("{0}: the adapter is of kind {1}, and only LORA can be "
                       "merged; merge it first (merge_and_unload() of PEFT) "
                       "and give the folder of the merged model",
                       json.getFile(), quoted(type));
    return Error::success();
  }

  /// Settings with which an update is no sum of the weight and B A, or is not
  /// for the weights that the file of the base model has.
  Error checkVariant() {
    for (StringRef key :
         {"alora_invocation_tokens", "arrow_config", "kasa_config",
          "layer_replication", "lora_bias", "monteclora_config",
          "trainable_token_indices", "use_bdlora", "use_qalora"}) {
      const json::Value *value = json.find(key);
      if (!value || value->getAsBoolean() == false)
        continue;
      return makeError("{0}: {1} is set, which is not supported; merge the "
                       "adapter first (merge_and_unload() of PEFT) and give "
                       "the folder of the merged model",
                       json.getFile(), key);
    }
    const json::Value *init = json.find("init_lora_weights");
    const std::optional<StringRef> word =
        init ? init->getAsString() : std::nullopt;
    for (StringRef changing : {"corda", "loftq", "lora_ga", "olora", "pissa"})
      if (word && word->starts_with_insensitive(changing))
        return makeError("{0}: init_lora_weights is {1}, which changes the "
                         "base model before training; save the adapter for "
                         "the unchanged one (save_pretrained() of PEFT with "
                         "path_initial_model_for_weight_conversion)",
                         json.getFile(), quoted(*word));
    return Error::success();
  }

  Error outOfRange(StringRef key, double found, int64_t most) const {
    return makeError("{0}: {1} should be from 1 to {2} but is {3}",
                     json.getFile(), key, most, found);
  }

  Error readNumbers() {
    if (Error error = json.require("r", config.rank))
      return error;
    if (config.rank < 1 || config.rank > maxRank)
      return outOfRange("r", double(config.rank), maxRank);
    if (Error error = json.require("lora_alpha", config.alpha))
      return error;
    for (auto [key, flag] :
         {std::make_pair("use_rslora", &config.isRankStabilised),
          std::make_pair("use_dora", &config.isDora),
          std::make_pair("ensure_weight_tying", &config.keepsTie)})
      if (Error error = json.read(key, *flag))
        return error;
    return Error::success();
  }

  /// `key`, an object of patterns and numbers.
  template <typename T>
  Error readPattern(StringRef key,
                    std::vector<std::pair<PEFTPattern, T>> &out) {
    const json::Object *object = nullptr;
    if (Error error = json.read(key, object))
      return error;
    if (!object)
      return Error::success();
    const std::string where = (json.getFile() + ": " + key).str();
    const JSONReader values(*object, where);
    for (const json::Member &member : *object) {
      auto pattern = PEFTPattern::make(member.first, where);
      if (!pattern)
        return pattern.takeError();
      T value{};
      if (Error error = values.require(member.first, value))
        return error;
      out.emplace_back(std::move(*pattern), value);
    }
    return Error::success();
  }

  Error readPatterns() {
    if (Error error = readPattern("rank_pattern", config.ranks))
      return error;
    for (const auto &entry : config.ranks)
      if (entry.second < 1 || entry.second > maxRank)
        return outOfRange("a rank of rank_pattern", double(entry.second),
                          maxRank);
    return readPattern("alpha_pattern", config.alphas);
  }

  Error readRest() {
    if (Error error = json.read("base_model_name_or_path", config.baseName))
      return error;
    if (Error error = json.read("target_parameters", config.targetParameters))
      return error;
    bool fanInFanOut = false;
    if (Error error = json.read("fan_in_fan_out", fanInFanOut))
      return error;
    // PEFT does the same.
    if (fanInFanOut)
      warnings.push_back((json.getFile() +
                          ": fan_in_fan_out is for weights that are "
                          "transposed; no weight of this family is, so it is "
                          "ignored")
                             .str());
    return Error::success();
  }

  const JSONReader &json;
  std::vector<std::string> &warnings;
  PEFTConfig config;
};
} // namespace lfm2c

llvm::Expected<PEFTConfig>
lfm2c::readPEFTConfig(StringRef text, StringRef file,
                      std::vector<std::string> &warnings) {
  llvm::Expected<json::Document> document =
      parseJSONObject(text, file, maxConfigValues);
  if (!document)
    return document.takeError();
  return PEFTConfigReader(JSONReader(*document, file), warnings).run();
}
