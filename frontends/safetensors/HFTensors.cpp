#include "frontends/safetensors/HFTensors.h"
#include "frontends/safetensors/ComposedRows.h"
#include "frontends/safetensors/HFNames.h"
#include "frontends/safetensors/HFQuantization.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/StringSwitch.h"

using namespace lfm2c;

namespace {

constexpr int64_t maxExperts = 4096;

std::optional<Format> formatFromSafetensors(llvm::StringRef type) {
  return llvm::StringSwitch<std::optional<Format>>(type)
      .Case("F32", Format::F32)
      .Case("F16", Format::F16)
      .Case("BF16", Format::BF16)
      .Default(std::nullopt);
}

llvm::Error occursTwice(const TensorOrigin &first, const TensorOrigin &second) {
  return makeError("{0}: tensor {1} occurs twice in the checkpoint: {2} in {3} "
                   "is the same one; take one of them out",
                   second.file, quoted(second.name), quoted(first.name),
                   first.file);
}

} // namespace

/// Doubles are read as floats: no model has been trained in them.
static void narrowEntry(SafetensorsEntry &entry, Checkpoint &checkpoint) {
  if (entry.type != "F64")
    return;
  entry.bytes = checkpoint.narrowDoubles(entry.bytes);
  entry.type = "F32";
}

llvm::Expected<Tensor> lfm2c::makeHFTensor(SafetensorsEntry entry,
                                           llvm::StringRef path,
                                           llvm::StringRef name,
                                           Checkpoint &checkpoint) {
  narrowEntry(entry, checkpoint);
  std::optional<Format> format = formatFromSafetensors(entry.type);
  if (!format)
    return makeError("{0}: tensor {1} has type {2}, which is not supported; "
                     "supported are F64, F32, F16 and BF16",
                     path, quoted(entry.name), quoted(entry.type));
  if (entry.shape.empty() || entry.bytes.empty())
    return makeError("{0}: tensor {1} of shape {2} is empty or a scalar", path,
                     quoted(entry.name), formatShape(entry.shape));
  Tensor tensor;
  tensor.name = name.str();
  tensor.origins.push_back({entry.name, path.str()});
  tensor.shape.assign(entry.shape.begin(), entry.shape.end());
  tensor.format = *format;
  tensor.pieces.push_back(entry.bytes);
  return std::move(tensor);
}

llvm::Expected<Tensor>
HFTensorReader::makeTensor(const Found &found,
                           llvm::StringRef canonical) const {
  const SafetensorsEntry &entry = found.entry;
  const std::string &path = paths[found.file];
  if (!found.rows)
    return makeHFTensor(entry, path, canonical, checkpoint);
  Tensor tensor;
  tensor.name = canonical.str();
  tensor.origins.push_back({entry.name, path});
  tensor.shape.assign(entry.shape.begin(), entry.shape.end());
  tensor.format = found.format;
  tensor.source = found.rows;
  return std::move(tensor);
}

llvm::Expected<std::vector<SafetensorsEntry>>
HFTensorReader::open(llvm::StringRef path) {
  llvm::Expected<std::unique_ptr<MappedFile>> file = MappedFile::open(path);
  if (!file)
    return file.takeError();
  llvm::Expected<std::vector<SafetensorsEntry>> entries =
      parseSafetensors((*file)->bytes(), path);
  if (!entries)
    return entries.takeError();
  checkpoint.addSource(**file);
  checkpoint.files.push_back(std::move(*file));
  return entries;
}

llvm::Error HFTensorReader::add(llvm::ArrayRef<SafetensorsEntry> added,
                                llvm::StringRef path) {
  for (const SafetensorsEntry &entry : added) {
    if (isAdapterName(entry.name))
      return makeError(
          "{0}: tensor {1} is of an adapter that is not merged into the "
          "weights; save the adapter in a folder of its own "
          "(save_pretrained() of PEFT) and give that by --lora=DIR, or merge "
          "it first (merge_and_unload())",
          path, quoted(entry.name));
    entries.push_back({entry, paths.size()});
  }
  paths.push_back(path.str());
  return llvm::Error::success();
}

llvm::Error HFTensorReader::addOne(Found &found, llvm::StringRef name) {
  narrow(found.entry);
  const TensorNameParts parts = splitTensorName(name, "layers.");
  llvm::StringRef leaf = parts.leaf;
  if (parts.layer >= 0 && leaf == "feed_forward.experts.gate_up_proj")
    return addGateUp(found, parts.layer);
  unsigned expert;
  if (parts.layer >= 0 && leaf.consume_front("feed_forward.experts.") &&
      !leaf.consumeInteger(10, expert) && leaf.consume_front(".") &&
      !canonicalExpertLeaf(leaf).empty())
    return addExpert(
        found, layerTensorName(parts.layer, canonicalExpertLeaf(leaf)), expert);
  std::string canonical = canonicalFromHF(name);
  // What the text model has no place for keeps the check from passing.
  if (canonical.empty())
    canonical = parts.layer >= 0 ? layerTensorName(parts.layer, parts.leaf)
                                 : "output." + name.str();
  return addWhole(found, canonical);
}

llvm::Error HFTensorReader::addWhole(const Found &found,
                                     llvm::StringRef canonical) {
  llvm::Expected<Tensor> tensor = makeTensor(found, canonical);
  if (!tensor)
    return tensor.takeError();
  return insert(std::move(*tensor));
}

llvm::Error HFTensorReader::addNamed(const SafetensorsEntry &entry,
                                     llvm::StringRef path,
                                     llvm::StringRef canonical) {
  Found found{entry, paths.size()};
  paths.push_back(path.str());
  narrow(found.entry);
  return addWhole(found, canonical);
}

void HFTensorReader::narrow(SafetensorsEntry &entry) {
  narrowEntry(entry, checkpoint);
}

llvm::Error HFTensorReader::insert(Tensor tensor) {
  std::string name = tensor.name;
  auto [place, isNew] = checkpoint.tensors.try_emplace(name, tensor);
  if (isNew)
    return llvm::Error::success();
  return occursTwice(place->second.origins.front(), tensor.origins.front());
}

/// [E, 2 * F, h], the gates' rows of each expert before its ups'.
llvm::Error HFTensorReader::addGateUp(const Found &found, int64_t layer) {
  const SafetensorsEntry &entry = found.entry;
  llvm::Expected<Tensor> gate =
      makeTensor(found, layerTensorName(layer, "ffn_gate_exps.weight"));
  if (!gate)
    return gate.takeError();
  if (gate->shape.size() != 3 || gate->shape[0] > maxExperts ||
      gate->shape[1] % 2 != 0)
    return makeError("{0}: tensor {1} should have shape [experts, 2 * size, "
                     "hidden] but has {2}",
                     paths[found.file], quoted(entry.name),
                     formatShape(gate->shape));
  const Tensor both = *gate;
  gate->shape[1] /= 2;
  Tensor up = *gate;
  up.name = layerTensorName(layer, "ffn_up_exps.weight");
  up.firstRow = up.shape[1];
  if (both.source) {
    gate->source = sliceRows(both, 0, up.firstRow);
    up.source = sliceRows(both, up.firstRow, up.firstRow);
  } else {
    gate->pieces.clear();
    up.pieces.clear();
    const size_t slice = entry.bytes.size() / (2 * gate->shape[0]);
    for (int64_t e = 0; e < gate->shape[0]; ++e) {
      gate->pieces.push_back(entry.bytes.slice(2 * e * slice, slice));
      up.pieces.push_back(entry.bytes.slice((2 * e + 1) * slice, slice));
    }
  }
  if (llvm::Error error = insert(std::move(*gate)))
    return error;
  return insert(std::move(up));
}

llvm::Error HFTensorReader::addExpert(const Found &found,
                                      const std::string &canonical,
                                      unsigned expert) {
  const SafetensorsEntry &entry = found.entry;
  const std::string &path = paths[found.file];
  llvm::Expected<Tensor> slice = makeTensor(found, canonical);
  if (!slice)
    return slice.takeError();
  if (slice->shape.size() != 2)
    return makeError("{0}: tensor {1} should be a matrix but has shape {2}",
                     path, quoted(entry.name), formatShape(slice->shape));
  Experts &all =
      experts.try_emplace(canonical, Experts{*slice, {}}).first->second;
  // Rows that are computed can also be so in another format.
  const bool isComputed = all.slice.source || slice->source;
  if ((all.slice.format != slice->format && !isComputed) ||
      all.slice.shape != slice->shape)
    return makeError("{0}: tensor {1} of type {2} and shape {3} should be like "
                     "those of the other experts, {4} is of type {5} and shape "
                     "{6}",
                     path, quoted(entry.name), entry.type,
                     formatShape(entry.shape), all.slice.label(),
                     getFormatInfo(all.slice.format).name.upper(),
                     formatShape(all.slice.shape));
  auto [place, isNew] = all.parts.try_emplace(expert, *slice);
  return isNew ? llvm::Error::success()
               : occursTwice(place->second.origins.front(),
                             slice->origins.front());
}

llvm::Error HFTensorReader::joinExperts() {
  for (auto &[name, all] : experts) {
    const size_t count = all.parts.size();
    const auto &[last, part] = *all.parts.rbegin();
    if (last != count - 1) {
      size_t missing = 0;
      while (all.parts.count(missing))
        ++missing;
      return makeError("{0}: expert {1} is missing, though {2} is there; get "
                       "the whole checkpoint",
                       checkpoint.path, missing, part.label());
    }
    Tensor tensor = all.slice;
    tensor.shape.insert(tensor.shape.begin(), int64_t(count));
    tensor.origins.clear();
    tensor.pieces.clear();
    std::vector<Tensor> slices;
    for (auto &entry : all.parts) {
      tensor.origins.push_back(entry.second.origins.front());
      tensor.pieces.append(entry.second.pieces);
      slices.push_back(std::move(entry.second));
    }
    if (llvm::any_of(slices, [](const Tensor &t) { return bool(t.source); })) {
      tensor.pieces.clear();
      std::tie(tensor.source, tensor.format) = stackRows(std::move(slices));
    }
    if (llvm::Error error = insert(std::move(tensor)))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error HFTensorReader::joinMatrices(const QuantScheme *scheme,
                                         const HFNames &names) {
  // By module as the text model calls it; their order is that of the files.
  std::map<std::string, MatrixParts> matrices;
  std::vector<Found> plain;
  std::vector<std::pair<std::string, size_t>> order; // And a file.
  for (Found &found : entries) {
    const std::string &whole = found.entry.name;
    std::optional<std::string> name = names.inTextModel(whole);
    auto [module, part] =
        (name ? llvm::StringRef(*name) : llvm::StringRef()).rsplit('.');
    if (name && !scheme && isQuantizedPart(whole))
      return makeError("{0}: tensor {1} is of a quantised matrix, but "
                       "config.json has neither quantization nor "
                       "quantization_config; get the config.json of the "
                       "quantised model",
                       paths[found.file], quoted(whole));
    if (!scheme || !llvm::is_contained(scheme->parts(), part)) {
      plain.push_back(std::move(found));
      continue;
    }
    auto [matrix, isNew] = matrices.try_emplace(module.str());
    if (isNew) {
      matrix->second.module = llvm::StringRef(whole).rsplit('.').first.str();
      order.emplace_back(module.str(), found.file);
    }
    auto [place, isFirst] = matrix->second.parts.try_emplace(
        part.str(), MatrixPart{found.entry, paths[found.file]});
    if (!isFirst)
      return occursTwice({place->second.entry.name, place->second.file},
                         {whole, paths[found.file]});
  }
  for (const auto &[module, file] : order) {
    const MatrixParts &matrix = matrices[module];
    if (const SafetensorsEntry *weight = matrix.find("weight");
        weight && matrix.parts.size() == 1) {
      if (llvm::Error error = scheme->checkPlain(matrix))
        return error;
      plain.push_back({*weight, file, nullptr, Format::F32});
      continue;
    }
    llvm::Expected<QuantizedMatrix> read = scheme->read(matrix);
    if (!read)
      return read.takeError();
    SafetensorsEntry entry{matrix.module + ".weight",
                           scheme->name().str(),
                           std::move(read->shape),
                           {}};
    plain.push_back(
        {std::move(entry), file, std::move(read->rows), read->format});
  }
  entries = std::move(plain);
  return llvm::Error::success();
}

void HFTensorReader::dropActivationScales(const HFNames &names) {
  auto isOne = [&](const Found &found) {
    return isActivationScale(found.entry.name) &&
           names.inTextModel(found.entry.name);
  };
  auto first = llvm::find_if(entries, isOne);
  if (first == entries.end())
    return;
  const std::string name = first->entry.name;
  const size_t before = entries.size();
  llvm::erase_if(entries, isOne);
  checkpoint.warnings.push_back(
      llvm::formatv("{0} tensors say how activations are quantised, {1} the "
                    "first; they were left out: programs compute activations "
                    "in their own way",
                    before - entries.size(), quoted(name))
          .str());
}

llvm::Error HFTensorReader::finish(const HFConfig &config) {
  std::vector<llvm::StringRef> all;
  for (const Found &found : entries)
    all.push_back(found.entry.name);
  const HFNames names(all);
  checkpoint.naming = {Wording::HuggingFace, names.getPrefix().str()};
  dropActivationScales(names);
  if (llvm::Error error = joinMatrices(config.quantization.get(), names))
    return error;
  for (Found &found : entries) {
    std::optional<std::string> name = names.inTextModel(found.entry.name);
    if (!name)
      checkpoint.leftOut.push_back(found.entry.name);
    else if (llvm::Error error = addOne(found, *name))
      return error;
  }
  if (llvm::Error error = joinExperts())
    return error;
  // Of a model that is tied, either of the two will do, as for transformers.
  auto head = checkpoint.tensors.find("output.weight");
  if (config.model.tiedHead && head != checkpoint.tensors.end() &&
      !checkpoint.find("token_embd.weight")) {
    Tensor table = head->second;
    table.name = "token_embd.weight";
    checkpoint.tensors.erase(head);
    checkpoint.warnings.push_back(
        llvm::formatv("there is no {0}, but config.json says that it is tied "
                      "to {1}, which is used for both",
                      quoted(checkpoint.naming.spell(table.name)),
                      table.label())
            .str());
    checkpoint.tensors.try_emplace("token_embd.weight", std::move(table));
  }
  for (size_t i = 0; i < config.model.layers.size(); ++i) {
    std::string bias = layerTensorName(i, "exp_probs_b.bias");
    if (!config.useExpertBias)
      checkpoint.tensors.erase(bias);
    else if (checkpoint.find(layerTensorName(i, "ffn_gate_exps.weight")) &&
             !checkpoint.find(bias))
      return makeError("{0}: use_expert_bias is true, but tensor {1} is "
                       "missing; get the whole checkpoint",
                       checkpoint.path, quoted(checkpoint.naming.spell(bias)));
  }
  return llvm::Error::success();
}
