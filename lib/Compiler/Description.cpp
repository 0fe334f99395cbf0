#include "lib/Compiler/Description.h"

#include "lfm2rt/abi.h"
#include "lib/Compiler/ConfigDescription.h"
#include "lib/Compiler/Identity.h"
#include "lib/Compiler/ProgramOutputs.h"
#include "lib/Compiler/Version.h"
#include "lib/Model/ChatForm.h"
#include "lib/Weights/Checkpoint.h"
#include "lib/Weights/PackedLayout.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace lfm2c;
namespace json = llvm::json;

static json::Value describeToken(const TokenizerSpec &spec,
                                 std::optional<int32_t> id) {
  if (!id)
    return nullptr;
  const auto index = static_cast<size_t>(*id);
  return json::Object{{"id", *id},
                      {"text", index < spec.tokens.size()
                                   ? json::fixUTF8(spec.tokens[index])
                                   : std::string()}};
}

/// Null for a model without a tokenizer.
static json::Value describeTokenizer(const TokenizerSpec &spec) {
  if (spec.empty())
    return nullptr;
  json::Array splits, stops;
  for (const SplitStep &step : spec.splits)
    splits.push_back(json::fixUTF8(step.pattern));
  for (int32_t id : spec.stop)
    stops.push_back(describeToken(spec, id));
  return json::Object{
      {"kind", "byte-level BPE"},
      {"pre_tokenizer", json::fixUTF8(spec.pre)},
      {"splits", std::move(splits)},
      {"normalizer", spec.normalizer == Normalizer::NFC ? "NFC" : "none"},
      {"tokens", static_cast<int64_t>(spec.tokens.size())},
      {"merges", static_cast<int64_t>(spec.merges.size())},
      {"added_tokens", static_cast<int64_t>(spec.added.size())},
      {"ignore_merges", spec.ignoreMerges},
      {"adds_bos", spec.addBos && spec.bos.has_value()},
      {"bos", describeToken(spec, spec.bos)},
      {"eos", describeToken(spec, spec.eos)},
      {"end", describeToken(spec, spec.end)},
      {"pad", describeToken(spec, spec.pad)},
      {"stop", std::move(stops)}};
}

/// The strings around turns where these are all that the template adds.
static json::Object describeChat(const ChatForm &form) {
  json::Array variables;
  for (const std::string &name : form.variables)
    variables.push_back(name);
  json::Object object{{"derived_from", form.source},
                      {"variables", std::move(variables)},
                      {"turns_only_append", form.appends}};
  if (form.appends) {
    object["starts_with_bos"] = form.startsBos;
    object["user"] = form.strings[LFM2_CHAT_USER_PREFIX];
    object["answer"] = form.strings[LFM2_CHAT_GENERATION];
    object["end"] = form.strings[LFM2_CHAT_ASSISTANT_SUFFIX];
  }
  return object;
}

/// The files that the checkpoint was read from.
static json::Array describeFiles(const Checkpoint &checkpoint) {
  json::Array files;
  for (const Checkpoint::Source &file : checkpoint.sources)
    files.push_back(json::Object{{"name", json::fixUTF8(file.name)},
                                 {"bytes", file.bytes}});
  return files;
}

/// What was merged into the weights.
static json::Array describeAdapters(const Checkpoint &checkpoint) {
  json::Array list;
  for (const MergedAdapter &adapter : checkpoint.adapters)
    list.push_back(json::Object{{"name", json::fixUTF8(adapter.name)},
                                {"kind", adapter.kind},
                                {"scale", adapter.scale},
                                {"weights", adapter.weights}});
  return list;
}

static json::Array describeKernels(llvm::ArrayRef<Kernel> kernels) {
  json::Array list;
  for (const Kernel &kernel : kernels)
    list.push_back(json::Object{
        {"name", kernel.name},
        {"code_bytes", static_cast<int64_t>(kernel.code.size() * 4)},
        {"near_bytes", kernel.nearBytes}});
  return list;
}

static json::Array describeVariants(const ModelDescription &model) {
  json::Array list;
  for (auto [variant, program] :
       llvm::zip(model.variants, model.program.variants)) {
    json::Array features, entries;
    for (const std::string &name : program.featureNames)
      features.push_back(name);
    const bool isDevice = program.code != CodeKind::Cpu;
    for (const ProgramEntry &entry : program.entries) {
      json::Object object{{"tokens", entry.tokens},
                          {"scratch_bytes", entry.scratchBytes},
                          {"near_bytes", entry.nearBytes}};
      if (isDevice)
        object["dispatches"] = static_cast<int64_t>(entry.dispatches.size());
      entries.push_back(std::move(object));
    }
    const TargetFacts &facts = variant.facts;
    json::Object object{{"name", variant.name},
                        {"features", std::move(features)},
                        {"dot", facts.dot},
                        {"vector_bits", facts.vectorBits},
                        {"lanes", facts.lanes},
                        {"near_memory_bytes", facts.nearBytes},
                        {"entries", std::move(entries)}};
    if (isDevice) {
      object["slices"] = facts.slices;
      object["kernels"] = describeKernels(program.kernels);
    }
    list.push_back(std::move(object));
  }
  return list;
}

static json::Array describeOutputs(const ModelDescription &model) {
  json::Array list;
  for (const ProgramOutput &output : listOutputs(model.program)) {
    json::Object entry{{"name", output.name},
                       {"for_each_of", output.rows},
                       {"width", output.width}};
    if (output.rows == "texts")
      entry["pooling"] = getName(model.checkpoint->config.embedding.pooling);
    list.push_back(std::move(entry));
  }
  return list;
}

/// Of each quantised format in use, how its weights lie in the archive: the
/// bits of a stored number, the length of the table that it is looked up in, if
/// any, and the bits of a weight with its share of the scales, here and in
/// files.
static json::Object describePacking(const WeightSummary &weights) {
  json::Object forms;
  for (const auto &[group, bytesByFormat] : weights.bytesByGroup)
    for (const auto &[name, bytes] : bytesByFormat) {
      const std::optional<Format> format = formatFromName(name);
      const FormatInfo *info = format ? &getFormatInfo(*format) : nullptr;
      if (!info || !info->isQuantized())
        continue;
      constexpr int64_t lanes = 16; // With more there is padding, too.
      const PackedLayout layout(*format, lanes);
      forms[name] =
          json::Object{{"bits", info->bits},
                       {"code_table", int64_t(info->codes.size())},
                       {"bits_per_weight", 8.0 * layout.superBytes /
                                               (layout.superElements * lanes)},
                       {"bits_per_weight_in_files",
                        8.0 * info->blockBytes / info->blockElements}};
    }
  return forms;
}

json::Object lfm2c::describeModel(const ModelDescription &model) {
  const ProgramDescription &program = model.program;
  json::Object formats;
  for (const auto &[format, bytes] : model.weights.bytesByFormat)
    formats[format] = bytes;
  int64_t scratch = 0;
  for (const ProgramVariant &variant : program.variants)
    for (const ProgramEntry &entry : variant.entries)
      scratch = std::max(scratch, entry.scratchBytes);
  json::Object groups;
  for (const auto &[group, bytesByFormat] : model.weights.bytesByGroup) {
    json::Object bytes;
    for (const auto &[format, count] : bytesByFormat)
      bytes[format] = count;
    groups[group] = std::move(bytes);
  }
  const Checkpoint &checkpoint = *model.checkpoint;
  json::Object object = describeConfig(checkpoint.config);
  object["outputs"] = describeOutputs(model);
  object["files"] = describeFiles(checkpoint);
  object["adapters"] = describeAdapters(checkpoint);
  object["sampling"] = describeSampling(checkpoint.config.sampling);
  object["tokenizer"] = describeTokenizer(checkpoint.tokenizer);
  object["chat"] = describeChat(*model.chat);
  object["quantize"] = model.quantize;
  object["activations"] = getInfo(model.activations).word;
  object["weight_bytes_by_format"] = std::move(formats);
  object["weight_bytes_by_group"] = std::move(groups);
  object["weight_packing"] = describePacking(model.weights);
  object["weights_bytes"] = program.weightsBytes;
  object["decode_bytes"] = model.decodeBytes;
  object["target"] = model.target;
  object["cpus"] = describeVariants(model);
  object["context_max"] = program.contextMax;
  object["state_fixed_bytes"] = program.stateFixedBytes;
  object["state_bytes_per_token"] = program.stateBytesPerToken;
  // Null where no state outlives a step.
  object["kv"] = program.stateForm.empty() || !checkpoint.config.causal
                     ? json::Value(nullptr)
                     : json::Value(program.stateForm);
  object["scratch_bytes"] = scratch;
  object["compiler"] = ("lfm2-compile " + getCompilerVersion()).str();
  object["abi_version"] = LFM2_ABI_VERSION;
  object["identity"] = formatIdentity(program.identity);
  object["weights_hash"] =
      llvm::formatv("xxh64:{0:x-16}", model.weightsHash).str();
  return object;
}

std::string lfm2c::formatInfo(const ModelDescription &model) {
  std::string text;
  llvm::raw_string_ostream(text)
      << llvm::formatv("{0:2}\n", json::Value(describeModel(model)));
  return text;
}

std::string lfm2c::formatDefaults(const ModelDescription &model,
                                  int64_t context) {
  const SamplingDefaults &sampling = model.checkpoint->config.sampling;
  lfm2_defaults defaults = {};
  defaults.temperature = sampling.temperature;
  defaults.top_p = sampling.topP;
  defaults.min_p = sampling.minP;
  defaults.repeat_penalty = sampling.repeatPenalty;
  defaults.top_k = sampling.topK;
  defaults.repeat_window = sampling.penaltyLastN;
  defaults.context = context;
  defaults.decode_bytes = model.decodeBytes;
  return std::string(reinterpret_cast<const char *>(&defaults),
                     sizeof defaults);
}
