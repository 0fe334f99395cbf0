// The rotary positions of config.json, scaled ones included.
//
// The base came under three names: theta, then rope_theta, then rope_theta
// inside of rope_parameters, which was called rope_scaling before. Which of
// them counts is what transformers 5 does with configs that have several.

#include "frontends/safetensors/HFConfig.h"
#include "lib/Support/Error.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace lfm2c;

namespace {

class RopeReader {
public:
  RopeReader(const JSONReader &config, ModelConfig &model,
             std::vector<std::string> &warnings)
      : config(config), model(model), scaling(model.ropeScaling),
        warnings(warnings) {}

  llvm::Error run();

private:
  llvm::Error readTheta(const JSONReader &from, llvm::StringRef key,
                        llvm::StringRef shown);
  llvm::Error findParameters(const json::Object *&out);
  llvm::Error openNested(const json::Object *&out);
  llvm::Error readScaling(const JSONReader &rope);
  llvm::Error readYarn(const JSONReader &rope);
  llvm::Error readLlama3(const JSONReader &rope);
  llvm::Error readOriginalContext(const JSONReader &rope);

  const JSONReader &config;
  ModelConfig &model;
  RopeScaling &scaling;
  std::vector<std::string> &warnings;
  std::string thetaSource; // The key that the base is from; empty: none yet.
  std::string where;       // File and key of the parameters.
  bool nested = false;
};

} // namespace

llvm::Error RopeReader::readTheta(const JSONReader &from, llvm::StringRef key,
                                  llvm::StringRef shown) {
  if (!from.has(key))
    return llvm::Error::success();
  double value = 0;
  if (llvm::Error error = from.read(key, value))
    return error;
  if (!thetaSource.empty() && value != model.ropeTheta)
    warnings.push_back(llvm::formatv("{0} is {1}, but {2} is {3}; using {2}, "
                                     "as transformers does",
                                     thetaSource,
                                     llvm::format("%.9g", model.ropeTheta),
                                     shown, llvm::format("%.9g", value))
                           .str());
  thetaSource = shown.str();
  model.ropeTheta = value;
  return llvm::Error::success();
}

/// Members and values, to be compared.
static std::string textOf(const json::Object &object) {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (const json::Member &member : object) {
    os << member.first << '=';
    if (const json::Object *inner = member.second.getAsObject())
      os << textOf(*inner);
    else
      os << member.second;
    os << ';';
  }
  return text;
}

/// The object that says how positions are rotated; null without one.
llvm::Error RopeReader::findParameters(const json::Object *&out) {
  out = nullptr;
  llvm::StringRef name;
  for (llvm::StringRef key : {"rope_scaling", "rope_parameters"}) {
    const json::Object *found = nullptr;
    if (llvm::Error error = config.read(key, found))
      return error;
    if (!found || found->empty())
      continue;
    if (!out) {
      out = found;
      name = key;
    } else if (textOf(*out) != textOf(*found)) {
      warnings.push_back("rope_scaling and rope_parameters differ; using "
                         "rope_scaling, as transformers does");
    }
  }
  where = (config.getFile() + ", " + name).str();
  return out ? openNested(out) : llvm::Error::success();
}

/// Where the object has one for each kind of layers, attention's counts.
llvm::Error RopeReader::openNested(const json::Object *&out) {
  const json::Object &outer = *out;
  for (const json::Member &member : outer) {
    const bool isKind =
        member.first == "full_attention" || member.first == "conv";
    nested |= isKind;
    if (member.second.getAsObject() && !isKind)
      return makeError("{0}: an entry {1} is not supported; expected the "
                       "parameters themselves, or entries for the kinds of "
                       "layers 'full_attention' and 'conv'",
                       where, quoted(member.first));
  }
  if (!nested)
    return llvm::Error::success();
  for (const json::Member &member : outer)
    if (member.first != "full_attention" && member.first != "conv")
      return makeError("{0}: {1} stands beside entries for kinds of layers; "
                       "expected it inside of 'full_attention'",
                       where, quoted(member.first));
  out = outer.getObject("full_attention");
  if (!out)
    return makeError("{0}: expected an entry 'full_attention' with the "
                     "parameters of the attention layers, but there is none",
                     where);
  where += ".full_attention";
  return llvm::Error::success();
}

llvm::Error RopeReader::readOriginalContext(const JSONReader &rope) {
  scaling.originalContext = model.contextLength;
  if (llvm::Error error = rope.read("original_max_position_embeddings",
                                    scaling.originalContext))
    return error;
  // Beside the parameters it counts more, but not beside those of a kind.
  return nested ? llvm::Error::success()
                : config.read("original_max_position_embeddings",
                              scaling.originalContext);
}

llvm::Error RopeReader::readYarn(const JSONReader &rope) {
  if (llvm::Error error = readOriginalContext(rope))
    return error;
  if (rope.has("factor")) {
    if (llvm::Error error = rope.read("factor", scaling.factor))
      return error;
  } else if (rope.has("original_max_position_embeddings") &&
             scaling.originalContext > 0) {
    scaling.factor =
        double(model.contextLength) / double(scaling.originalContext);
  } else {
    return rope.require("factor", scaling.factor);
  }
  double magnitude = 0, mscale = 0, mscaleAll = 0, fast = 0, slow = 0;
  const struct {
    const char *key;
    double &out;
  } numbers[] = {{"attention_factor", magnitude},
                 {"mscale", mscale},
                 {"mscale_all_dim", mscaleAll},
                 {"beta_fast", fast},
                 {"beta_slow", slow}};
  for (const auto &number : numbers)
    if (llvm::Error error = rope.read(number.key, number.out))
      return error;
  // 0 is as good as absent, but for the magnitude.
  if (fast != 0)
    scaling.betaFast = fast;
  if (slow != 0)
    scaling.betaSlow = slow;
  if (rope.has("attention_factor"))
    scaling.magnitude = magnitude;
  else if (mscale != 0 && mscaleAll != 0)
    scaling.magnitude = yarnMagnitude(scaling.factor, mscale) /
                        yarnMagnitude(scaling.factor, mscaleAll);
  else
    scaling.magnitude = yarnMagnitude(scaling.factor);
  return rope.read("truncate", scaling.truncate);
}

llvm::Error RopeReader::readLlama3(const JSONReader &rope) {
  if (llvm::Error error = readOriginalContext(rope))
    return error;
  if (llvm::Error error = rope.require("factor", scaling.factor))
    return error;
  if (llvm::Error error = rope.require("low_freq_factor", scaling.lowFrequency))
    return error;
  return rope.require("high_freq_factor", scaling.highFrequency);
}

llvm::Error RopeReader::readScaling(const JSONReader &rope) {
  std::string type = "default";
  if (llvm::Error error = rope.read("type", type))
    return error;
  if (llvm::Error error = rope.read("rope_type", type))
    return error;
  if (type == "default")
    return llvm::Error::success();
  double part = 1;
  if (llvm::Error error = config.read("partial_rotary_factor", part))
    return error;
  if (llvm::Error error = rope.read("partial_rotary_factor", part))
    return error;
  if (part != 1)
    return makeError("{0}: partial_rotary_factor is {1}, but only 1, the "
                     "rotation of whole heads, is supported",
                     where, llvm::format("%.9g", part));
  if (type == "linear") {
    scaling.kind = RopeScalingKind::Linear;
    return rope.require("factor", scaling.factor);
  }
  if (type == "yarn") {
    scaling.kind = RopeScalingKind::Yarn;
    return readYarn(rope);
  }
  if (type == "llama3") {
    scaling.kind = RopeScalingKind::Llama3;
    return readLlama3(rope);
  }
  return makeError("{0}: RoPE type {1} is not supported; supported are "
                   "'default', 'linear', 'yarn' and 'llama3'",
                   where, quoted(type));
}

llvm::Error RopeReader::run() {
  model.ropeTheta = 1e6;
  for (llvm::StringRef key : {"theta", "rope_theta"})
    if (llvm::Error error = readTheta(config, key, key))
      return error;
  const json::Object *parameters = nullptr;
  if (llvm::Error error = findParameters(parameters))
    return error;
  if (!parameters)
    return llvm::Error::success();
  JSONReader rope(*parameters, where);
  llvm::StringRef name = llvm::StringRef(where).rsplit(", ").second;
  if (llvm::Error error =
          readTheta(rope, "rope_theta", (name + ".rope_theta").str()))
    return error;
  if (llvm::Error error = readScaling(rope))
    return error;
  // No scaling has one form.
  if (scaling.isNeutral())
    scaling = RopeScaling();
  return llvm::Error::success();
}

llvm::Error lfm2c::readHFRope(const JSONReader &config, ModelConfig &model,
                              std::vector<std::string> &warnings) {
  return RopeReader(config, model, warnings).run();
}
