// rope.scaling.* keys, with the meaning that llama.cpp gives them.
//
// A factor without a type is linear; a factor of 0 is none. YaRN's frequencies
// are mixed by the betas, and the magnitude that belongs to the factor is
// multiplied by attn_factor.

#include "frontends/gguf/GGUFConfig.h"
#include "lib/Support/Error.h"
#include "llvm/Support/Format.h"
#include <cmath>

using namespace lfm2c;

namespace {

class RopeReader {
public:
  RopeReader(const GGUFFile &file, ModelConfig &config,
             std::vector<std::string> &warnings)
      : file(file), config(config), scaling(config.ropeScaling),
        warnings(warnings) {}

  llvm::Error run();

private:
  std::string key(llvm::StringRef leaf) const {
    return config.architecture + ".rope.scaling." + leaf.str();
  }
  llvm::Error readKind();
  llvm::Error readFactor();
  llvm::Error readYarn();
  /// Leaves `out` without the key.
  llvm::Error number(const std::string &name, double &out) const {
    llvm::Expected<std::optional<double>> value = file.getFloat(name);
    if (!value)
      return value.takeError();
    out = value->value_or(out);
    return llvm::Error::success();
  }

  const GGUFFile &file;
  ModelConfig &config;
  RopeScaling &scaling;
  std::vector<std::string> &warnings;
};

} // namespace

llvm::Error RopeReader::readKind() {
  auto type = file.getString(key("type"));
  if (!type)
    return type.takeError();
  llvm::StringRef name = type->value_or("linear");
  for (RopeScalingKind kind :
       {RopeScalingKind::None, RopeScalingKind::Linear, RopeScalingKind::Yarn})
    if (name == getName(kind)) {
      scaling.kind = kind;
      return llvm::Error::success();
    }
  return makeError("{0}: {1} is {2}, which is not supported; supported are "
                   "'none', 'linear' and 'yarn'",
                   file.getPath(), key("type"), quoted(name));
}

llvm::Error RopeReader::readFactor() {
  // The key of older files.
  std::string name = key("factor");
  if (!file.has(name))
    name = config.architecture + ".rope.scale_linear";
  scaling.factor = 0;
  if (llvm::Error error = number(name, scaling.factor))
    return error;
  if (scaling.factor == 0 || scaling.kind == RopeScalingKind::None)
    scaling.factor = 1;
  return llvm::Error::success();
}

llvm::Error RopeReader::readYarn() {
  scaling.originalContext = config.contextLength;
  auto original = file.getInt(key("original_context_length"));
  if (!original)
    return original.takeError();
  scaling.originalContext = original->value_or(config.contextLength);

  double multiplier = 0, extrapolation = -1;
  const struct {
    const char *leaf;
    double &out;
  } numbers[] = {{"yarn_beta_fast", scaling.betaFast},
                 {"yarn_beta_slow", scaling.betaSlow},
                 {"yarn_ext_factor", extrapolation},
                 {"yarn_log_multiplier", multiplier}};
  for (const auto &entry : numbers)
    if (llvm::Error error = number(key(entry.leaf), entry.out))
      return error;
  if (!(extrapolation < 0)) // Below 0 is its word for unset.
    scaling.extrapolation = extrapolation;
  double stated = 1;
  if (llvm::Error error = number(key("yarn_attn_factor"), stated))
    return error;
  if (scaling.extrapolation == 0) {
    scaling.magnitude *= stated;
    return llvm::Error::success();
  }
  double own = yarnMagnitude(scaling.factor);
  if (multiplier != 0)
    own /= yarnMagnitude(scaling.factor, multiplier);
  if (file.has(key("yarn_attn_factor")) && std::fabs(stated - own) > 1e-4)
    warnings.push_back(
        llvm::formatv("{0} is {1}, but the factor gives {2}; using {2}, as "
                      "llama.cpp does",
                      key("yarn_attn_factor"), llvm::format("%.9g", stated),
                      llvm::format("%.9g", own))
            .str());
  scaling.magnitude *= own;
  return llvm::Error::success();
}

llvm::Error RopeReader::run() {
  if (llvm::Error error = readKind())
    return error;
  if (llvm::Error error = readFactor())
    return error;
  if (llvm::Error error = number(key("attn_factor"), scaling.magnitude))
    return error;
  if (scaling.kind == RopeScalingKind::Yarn)
    if (llvm::Error error = readYarn())
      return error;
  // No scaling has one form.
  if (scaling.isNeutral())
    scaling = RopeScaling();
  return llvm::Error::success();
}

llvm::Error lfm2c::readGGUFRopeScaling(const GGUFFile &file,
                                       ModelConfig &config,
                                       std::vector<std::string> &warnings) {
  return RopeReader(file, config, warnings).run();
}
