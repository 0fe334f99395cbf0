// Folders of compressed-tensors (llm-compressor, vLLM), and transformers' own
// FP8 in blocks.
//
// config_groups say by targets which modules have which bits, kind of number
// and strategy, which is what shares a scale: all (tensor), a row (channel),
// `group_size` columns of a row (group), or a block of rows and columns.
//
//   float-quantized   weight F8_E4M3, weight_scale
//   pack-quantized    weight_packed, a row a stream of bits of q + 2^(bits-1);
//                     weight_zero_point the same along the outputs
//   int-quantized     weight I8, weight_zero_point I8
//
//   w[o][i] = (q[o][i] - zero_point) * weight_scale

#include "frontends/safetensors/Float8Rows.h"
#include "frontends/safetensors/HFQuantization.h"
#include "frontends/safetensors/IntegerRows.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"

using namespace lfm2c;
using llvm::StringRef;
using llvm::Twine;

namespace {

struct Parameters {
  int64_t bits = 8;
  bool isFloat = false, symmetric = true;
  std::string strategy = "tensor";
  int64_t group = 0;                       // Of strategy group.
  std::vector<int64_t> block = {128, 128}; // Rows and columns.
};

struct ConfigGroup {
  std::vector<std::string> targets;
  std::optional<Parameters> weights; // Nothing: activations alone.
};

class CompressedScheme final : public QuantScheme {
public:
  std::vector<ConfigGroup> groups;

  StringRef name() const override { return "compressed-tensors"; }
  llvm::ArrayRef<StringRef> parts() const override {
    static constexpr StringRef all[] = {
        "weight",       "weight_packed",     "weight_scale",
        "weight_shape", "weight_zero_point", "weight_g_idx"};
    return all;
  }
  llvm::Expected<QuantizedMatrix> read(const MatrixParts &) const override;

private:
  llvm::Expected<Parameters> parametersOf(const MatrixParts &matrix) const;
  llvm::Expected<QuantizedMatrix> readPacked(const MatrixParts &matrix,
                                             const Parameters &p) const;
  llvm::Expected<QuantizedMatrix> readBytes(const MatrixParts &matrix,
                                            const Parameters &p) const;
  llvm::Expected<QuantizedMatrix> readFloats(const MatrixParts &matrix,
                                             const Parameters &p) const;
};

class FineGrainedScheme final : public QuantScheme {
public:
  std::vector<int64_t> block = {128, 128};

  StringRef name() const override { return "FP8"; }
  llvm::ArrayRef<StringRef> parts() const override {
    static constexpr StringRef all[] = {"weight", "weight_scale_inv"};
    return all;
  }
  llvm::Expected<QuantizedMatrix>
  read(const MatrixParts &matrix) const override {
    return readFloat8(matrix, "weight_scale_inv", block[0], block[1]);
  }
};

} // namespace

/// The group whose targets name the module, more closely than others: as it is,
/// by a pattern, by its class.
llvm::Expected<Parameters>
CompressedScheme::parametersOf(const MatrixParts &matrix) const {
  const Parameters *found = nullptr;
  int closest = 0;
  for (const ConfigGroup &group : groups)
    for (StringRef target : group.targets) {
      const bool isPattern = target.starts_with("re:");
      llvm::Expected<bool> matches = matchesModule(target, matrix.module);
      if (!matches)
        return matches.takeError();
      const bool isClass = !isPattern && !target.contains('.');
      const int near = *matches ? (isPattern ? 2 : 3) : isClass ? 1 : 0;
      if (near > closest && group.weights) {
        closest = near;
        found = &*group.weights;
      }
    }
  if (found)
    return *found;
  return matrix.complain("weight_scale",
                         "is there, but no target of config_groups in "
                         "config.json names the module");
}

/// What shares a scale, of `strategy`, as columns and rows; 0 columns: a row.
static std::pair<int64_t, int64_t> shareOf(const Parameters &p, int64_t rows) {
  if (p.strategy == "group")
    return {p.group, 1};
  if (p.strategy == "block")
    return {p.block[1], p.block[0]};
  return {0, p.strategy == "tensor" ? rows : 1};
}

llvm::Expected<QuantizedMatrix>
CompressedScheme::readFloats(const MatrixParts &matrix,
                             const Parameters &p) const {
  const SafetensorsEntry *weight = matrix.find("weight");
  const int64_t rows = weight && !weight->shape.empty() ? weight->shape[0] : 1;
  auto [columns, together] = shareOf(p, rows);
  return readFloat8(matrix, "weight_scale", together, columns);
}

llvm::Expected<QuantizedMatrix>
CompressedScheme::readPacked(const MatrixParts &matrix,
                             const Parameters &p) const {
  auto packed = matrix.require("weight_packed");
  if (!packed)
    return packed.takeError();
  auto shape = matrix.require("weight_shape");
  if (!shape)
    return shape.takeError();
  llvm::ArrayRef<int64_t> words = (*packed)->shape;
  const bool is64 = (*shape)->type == "I64";
  if ((!is64 && (*shape)->type != "I32") || (*shape)->shape.size() != 1 ||
      (*shape)->shape[0] != 2)
    return matrix.complain("weight_shape", "should be two numbers of type I64, "
                                           "but has type " +
                                               (*shape)->type + " and shape " +
                                               formatShape((*shape)->shape));
  const uint8_t *sizes = (*shape)->bytes.data();
  const int64_t size[] = {
      int64_t(is64 ? llvm::support::endian::read64le(sizes)
                   : llvm::support::endian::read32le(sizes)),
      int64_t(is64 ? llvm::support::endian::read64le(sizes + 8)
                   : llvm::support::endian::read32le(sizes + 4))};
  constexpr int64_t most = int64_t(1) << 40;
  if ((*packed)->type != "I32" || words.size() != 2 || size[0] != words[0] ||
      size[1] < 1 || size[1] > most || words[1] != (size[1] * p.bits + 31) / 32)
    return matrix.complain("weight_packed",
                           "of type " + (*packed)->type + " and shape " +
                               formatShape(words) +
                               " should have type I32 and hold " +
                               formatShape(size) + " ('weight_shape') at " +
                               Twine(p.bits) + " bits, as config.json says");
  IntegerMatrix m;
  m.bits = p.bits;
  m.shape = {size[0], size[1]};
  m.zero = 1 << (p.bits - 1);
  m.setInts(**packed, IntegerMatrix::Order::Rows);
  m.others.push_back((*shape)->bytes);
  auto [columns, together] = shareOf(p, size[0]);
  m.group = columns ? columns : size[1];
  if (llvm::Error error = m.setScales(matrix, "weight_scale", together))
    return std::move(error);
  if (!p.symmetric)
    if (llvm::Error error = m.setPackedZeros(matrix, "weight_zero_point"))
      return std::move(error);
  if (matrix.find("weight_g_idx"))
    if (llvm::Error error = m.setGroupOf(matrix, "weight_g_idx"))
      return std::move(error);
  return std::move(m).finish();
}

llvm::Expected<QuantizedMatrix>
CompressedScheme::readBytes(const MatrixParts &matrix,
                            const Parameters &p) const {
  auto weight = matrix.require("weight");
  if (!weight)
    return weight.takeError();
  if ((*weight)->type != "I8" || (*weight)->shape.size() != 2 || p.bits > 8)
    return matrix.complain("weight",
                           "of type " + (*weight)->type + " and shape " +
                               formatShape((*weight)->shape) +
                               " should be a matrix of type I8 for " +
                               Twine(p.bits) + " bits, as config.json says");
  IntegerMatrix m;
  m.bits = 8; // Also of fewer: a byte each.
  m.flip = 0x80;
  m.zero = 128;
  m.shape.assign((*weight)->shape.begin(), (*weight)->shape.end());
  m.setInts(**weight, IntegerMatrix::Order::Rows);
  auto [columns, together] = shareOf(p, m.shape[0]);
  m.group = columns ? columns : m.cols();
  if (llvm::Error error = m.setScales(matrix, "weight_scale", together))
    return std::move(error);
  if (!p.symmetric)
    if (llvm::Error error = m.setByteZeros(matrix, "weight_zero_point"))
      return std::move(error);
  return std::move(m).finish();
}

llvm::Expected<QuantizedMatrix>
CompressedScheme::read(const MatrixParts &matrix) const {
  llvm::Expected<Parameters> p = parametersOf(matrix);
  if (!p)
    return p.takeError();
  if (p->isFloat)
    return readFloats(matrix, *p);
  return matrix.find("weight_packed") ? readPacked(matrix, *p)
                                      : readBytes(matrix, *p);
}

static llvm::Error readWeights(const JSONReader &reader, Parameters &out) {
  std::string type = "int";
  if (llvm::Error error = reader.read("type", type))
    return error;
  out.isFloat = type == "float";
  if (llvm::Error error = reader.read("num_bits", out.bits))
    return error;
  if (llvm::Error error = reader.read("symmetric", out.symmetric))
    return error;
  if (llvm::Error error = reader.read("group_size", out.group))
    return error;
  // As compressed-tensors has it where nothing is said.
  if (out.group > 0)
    out.strategy = "group";
  else if (out.group == -1)
    out.strategy = "channel";
  if (llvm::Error error = reader.read("strategy", out.strategy))
    return error;
  const json::Value *block = reader.find("block_structure");
  if (block && block->kind() != json::Value::Null)
    if (llvm::Error error = reader.read("block_structure", out.block))
      return error;
  if (type != "int" && type != "float")
    return makeError("{0}: type {1} is not supported; supported are 'int' and "
                     "'float'",
                     reader.getFile(), quoted(type));
  if (out.isFloat ? out.bits != 8
                  : out.bits < 2 || out.bits > 8 || out.bits == 7)
    return makeError("{0}: num_bits is {1}; supported are 8 for type float, "
                     "and 2 to 6 and 8 for type int",
                     reader.getFile(), out.bits);
  if (!llvm::is_contained({"tensor", "channel", "group", "block"},
                          StringRef(out.strategy)))
    return makeError("{0}: strategy {1} is not supported; supported are "
                     "'tensor', 'channel', 'group' and 'block'",
                     reader.getFile(), quoted(out.strategy));
  constexpr int64_t most = 1 << 20;
  if (out.strategy == "group" && (out.group < 1 || out.group > most))
    return makeError("{0}: group_size is {1}; expected a count of columns for "
                     "strategy 'group'",
                     reader.getFile(), out.group);
  if (out.block.size() != 2 || out.block[0] < 1 || out.block[1] < 1 ||
      out.block[0] > most || out.block[1] > most)
    return makeError("{0}: block_structure should be a count of rows and one "
                     "of columns",
                     reader.getFile());
  return llvm::Error::success();
}

llvm::Expected<std::shared_ptr<const QuantScheme>>
lfm2c::readCompressedScheme(const json::Object &config, StringRef file) {
  const JSONReader reader(config, file);
  auto scheme = std::make_shared<CompressedScheme>();
  const json::Object *groups = nullptr;
  if (llvm::Error error = reader.require("config_groups", groups))
    return std::move(error);
  std::string format;
  if (llvm::Error error = reader.read("format", format))
    return std::move(error);
  constexpr StringRef supported[] = {"",
                                     "dense",
                                     "float-quantized",
                                     "naive-quantized",
                                     "int-quantized",
                                     "pack-quantized",
                                     "mixed-precision"};
  if (!llvm::is_contained(supported, StringRef(format)))
    return makeError("{0}: format {1} is not supported; supported are "
                     "'float-quantized', 'int-quantized', 'pack-quantized' and "
                     "'mixed-precision' of these",
                     reader.getFile(), quoted(format));
  for (const json::Member &member : *groups) {
    const json::Object *object = member.second.getAsObject();
    const std::string where = (reader.getFile() + ", " + member.first).str();
    if (!object)
      return makeError("{0} should be an object", where);
    const JSONReader group(*object, where);
    ConfigGroup out;
    if (llvm::Error error = group.read("targets", out.targets))
      return std::move(error);
    std::string own = format;
    if (llvm::Error error = group.read("format", own))
      return std::move(error);
    if (!llvm::is_contained(supported, StringRef(own)))
      return makeError("{0}: format {1} is not supported; supported are "
                       "'float-quantized', 'int-quantized' and "
                       "'pack-quantized'",
                       where, quoted(own));
    const json::Object *weights = nullptr;
    if (llvm::Error error = group.read("weights", weights))
      return std::move(error);
    if (weights) {
      out.weights.emplace();
      if (llvm::Error error = readWeights(
              JSONReader(*weights, where + ", weights"), *out.weights))
        return std::move(error);
    }
    scheme->groups.push_back(std::move(out));
  }
  return scheme;
}

llvm::Expected<std::shared_ptr<const QuantScheme>>
lfm2c::readFineGrainedScheme(const json::Object &config, StringRef file) {
  const JSONReader reader(config, file);
  auto scheme = std::make_shared<FineGrainedScheme>();
  if (llvm::Error error = reader.read("weight_block_size", scheme->block))
    return std::move(error);
  if (scheme->block.size() != 2 || scheme->block[0] < 1 || scheme->block[1] < 1)
    return makeError("{0}: weight_block_size should be a count of rows and one "
                     "of columns",
                     reader.getFile());
  return scheme;
}
