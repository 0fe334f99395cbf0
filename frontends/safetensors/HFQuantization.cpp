#include "frontends/safetensors/HFQuantization.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Regex.h"

using namespace lfm2c;
using llvm::StringRef;

const SafetensorsEntry *MatrixParts::find(StringRef part) const {
  auto it = parts.find(part.str());
  return it == parts.end() ? nullptr : &it->second.entry;
}

llvm::Error MatrixParts::complain(StringRef part,
                                  const llvm::Twine &why) const {
  auto it = parts.find(part.str());
  if (it == parts.end())
    it = parts.begin();
  return makeErrorText(it->second.file + ": tensor " +
                       quoted(module + "." + part.str()) + " " + why.str());
}

llvm::Expected<const SafetensorsEntry *>
MatrixParts::require(StringRef part) const {
  if (const SafetensorsEntry *entry = find(part)) {
    if (!entry->bytes.empty())
      return entry;
    return complain(part,
                    "of shape " + formatShape(entry->shape) + " is empty");
  }
  return complain(part, "is missing, though " +
                            quoted(parts.begin()->second.entry.name) +
                            " is there; get the whole checkpoint");
}

bool lfm2c::isQuantizedPart(StringRef name) {
  constexpr StringRef endings[] = {
      ".scales",           ".biases",       ".qweight",
      ".qzeros",           ".g_idx",        ".weight_packed",
      ".weight_scale",     ".weight_shape", ".weight_zero_point",
      ".weight_scale_inv", ".weight_g_idx"};
  return llvm::any_of(endings,
                      [&](StringRef end) { return name.ends_with(end); });
}

bool lfm2c::isActivationScale(StringRef name) {
  constexpr StringRef endings[] = {
      ".input_scale",  ".input_zero_point",  ".input_global_scale",
      ".output_scale", ".output_zero_point", ".activation_scale",
      ".k_scale",      ".v_scale",           ".q_scale",
      ".kv_scale",     ".input_scale_ub"};
  return llvm::any_of(endings,
                      [&](StringRef end) { return name.ends_with(end); });
}

/// A pattern of Python as POSIX's extended ones, where it can be one.
static std::optional<std::string> asPosix(StringRef pattern) {
  constexpr size_t longest = 256;
  if (pattern.size() > longest)
    return std::nullopt;
  std::string out = "^(";
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i],
               next = i + 1 < pattern.size() ? pattern[i + 1] : 0;
    if (c == '\\') {
      ++i;
      if (next == 'd')
        out += "[0-9]";
      else if (next == 'w')
        out += "[A-Za-z0-9_]";
      else if (llvm::isAlnum(next) || next == 0)
        return std::nullopt;
      else
        out += {c, next};
    } else if (c == '(' && next == '?') {
      if (i + 2 >= pattern.size() || pattern[i + 2] != ':')
        return std::nullopt;
      out += '(';
      i += 2;
    } else if (c == '{') { // Copies, which nested ones multiply.
      return std::nullopt;
    } else {
      out += c;
    }
  }
  return out + ")";
}

llvm::Expected<bool> lfm2c::matchesModule(StringRef pattern, StringRef name) {
  if (!pattern.consume_front("re:"))
    return pattern == name;
  std::optional<std::string> posix = asPosix(pattern);
  std::string why;
  if (!posix || !llvm::Regex(*posix).isValid(why))
    return makeError("config.json: the pattern {0} is not supported; expected "
                     "a regular expression of letters, '.', '*', '+', '?', "
                     "'|', sets and groups",
                     quoted(pattern));
  return llvm::Regex(*posix).match(name);
}

llvm::Expected<std::shared_ptr<const QuantScheme>>
lfm2c::readHFQuantization(const JSONReader &config) {
  // MLX writes its object under both keys, the second time for others.
  const json::Object *own = nullptr, *common = nullptr;
  if (llvm::Error error = config.read("quantization", own))
    return std::move(error);
  if (llvm::Error error = config.read("quantization_config", common))
    return std::move(error);
  // compressed-tensors called it so before.
  if (!common)
    if (llvm::Error error = config.read("compression_config", common))
      return std::move(error);
  if (own) {
    const std::string where = (config.getFile() + ", quantization").str();
    return readMLXScheme(*own, where);
  }
  if (!common)
    return nullptr;
  const std::string where = (config.getFile() + ", quantization_config").str();
  const JSONReader reader(*common, where);
  std::string method;
  if (llvm::Error error = reader.read("quant_method", method))
    return std::move(error);
  if (method.empty() && reader.has("group_size") && reader.has("bits"))
    return readMLXScheme(*common, where);
  using Read = SchemeReader *;
  const Read read = llvm::StringSwitch<Read>(method)
                        .Case("gptq", readGPTQScheme)
                        .Case("awq", readAWQScheme)
                        .Case("compressed-tensors", readCompressedScheme)
                        .Case("fp8", readFineGrainedScheme)
                        .Default(nullptr);
  if (!read)
    return makeError("{0}: quant_method {1} is not supported; supported are "
                     "'gptq', 'awq', 'compressed-tensors', 'fp8' and MLX's "
                     "(quantization); give the model before it was quantised",
                     where, quoted(method));
  return read(*common, where);
}
