// MLX's quantised folders.
//
// quantization holds group_size, bits and mode for all matrices, and an object
// of its own for each module that has others, or false for one that is plain. A
// weight is a stream of bits, the lowest first, in words of 32; of affine ones
//
//   w[i] = scales[i / group] * q[i] + biases[i / group]
//
// MXFP4 has codes of four bits in place of integers and a byte of an exponent
// in place of scale and bias.

#include "frontends/safetensors/HFQuantization.h"
#include "frontends/safetensors/IntegerRows.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace lfm2c;
using llvm::StringRef;

namespace {

struct Parameters {
  int64_t bits = 4, group = 64;
  std::string mode = "affine";
};

class MLXScheme final : public QuantScheme {
public:
  Parameters common;
  llvm::StringMap<std::optional<Parameters>> own; // Nothing: plain.

  StringRef name() const override { return "MLX"; }
  llvm::ArrayRef<StringRef> parts() const override {
    static constexpr StringRef all[] = {"weight", "scales", "biases"};
    return all;
  }
  llvm::Expected<QuantizedMatrix> read(const MatrixParts &) const override;
  llvm::Error checkPlain(const MatrixParts &) const override;
};

} // namespace

llvm::Error MLXScheme::checkPlain(const MatrixParts &matrix) const {
  auto it = own.find(matrix.module);
  if (it == own.end() || !it->second)
    return llvm::Error::success();
  return matrix.complain(
      "scales", llvm::Twine("is missing, though quantization in config.json "
                            "says that ") +
                    quoted(matrix.module) + " has " +
                    llvm::Twine(it->second->bits) + " bits");
}

llvm::Expected<QuantizedMatrix>
MLXScheme::read(const MatrixParts &matrix) const {
  Parameters p = common;
  auto it = own.find(matrix.module);
  if (it != own.end() && !it->second)
    return matrix.complain("scales",
                           "is there, but quantization in config.json says "
                           "that the matrix is not quantised (false)");
  if (it != own.end())
    p = *it->second;
  auto weight = matrix.require("weight");
  if (!weight)
    return weight.takeError();
  auto scales = matrix.require("scales");
  if (!scales)
    return scales.takeError();
  IntegerMatrix m;
  m.bits = p.bits;
  m.group = p.group;
  if (p.mode == "mxfp4")
    m.kind = IntegerMatrix::Kind::MXFP4;
  if ((*weight)->type != "U32" || (*weight)->shape.size() < 2 ||
      (*weight)->shape.size() > 3)
    return matrix.complain("weight", "of type " + (*weight)->type +
                                         " and shape " +
                                         formatShape((*weight)->shape) +
                                         " should be a matrix, or one for each "
                                         "expert, of type U32");
  const int64_t words = (*weight)->shape.back();
  m.shape.assign((*weight)->shape.begin(), (*weight)->shape.end());
  m.shape.back() = words * 32 / p.bits;
  const int64_t groups = (*scales)->shape.empty() ? 0 : (*scales)->shape.back();
  if (words * 32 % p.bits != 0 || groups * p.group != m.cols())
    return matrix.complain(
        "weight",
        llvm::Twine("of ") + llvm::Twine(words) + " words a row holds " +
            llvm::Twine(m.cols()) + " columns at " + llvm::Twine(p.bits) +
            " bits, but 'scales' has " + llvm::Twine(groups) + " groups of " +
            llvm::Twine(p.group) + ", by bits and group_size in config.json");
  if (llvm::Error error = m.setScales(matrix, "scales"))
    return std::move(error);
  m.setInts(**weight, IntegerMatrix::Order::Rows);
  if (p.mode == "mxfp4") {
    if (matrix.find("biases"))
      return matrix.complain("biases", "is there, but mode in config.json is "
                                       "'mxfp4', which has none");
    return std::move(m).finish();
  }
  if (llvm::Error error = m.setBiases(matrix, "biases"))
    return std::move(error);
  return std::move(m).finish();
}

static llvm::Error readParameters(const JSONReader &reader, Parameters &out) {
  if (llvm::Error error = reader.read("mode", out.mode))
    return error;
  if (out.mode != "affine" && out.mode != "mxfp4")
    return makeError("{0}: mode {1} is not supported; supported are 'affine' "
                     "and 'mxfp4'",
                     reader.getFile(), quoted(out.mode));
  if (out.mode == "mxfp4") {
    out.bits = 4;
    out.group = 32;
  }
  if (llvm::Error error = reader.read("bits", out.bits))
    return error;
  if (llvm::Error error = reader.read("group_size", out.group))
    return error;
  const bool isAffine = out.mode == "affine";
  if (!llvm::is_contained({2, 3, 4, 5, 6, 8}, out.bits) ||
      (!isAffine && out.bits != 4))
    return makeError("{0}: bits is {1}; supported are {2}", reader.getFile(),
                     out.bits,
                     isAffine ? "2, 3, 4, 5, 6 and 8" : "4 for mode mxfp4");
  if (!llvm::is_contained({32, 64, 128}, out.group) ||
      (!isAffine && out.group != 32))
    return makeError("{0}: group_size is {1}; supported are {2}",
                     reader.getFile(), out.group,
                     isAffine ? "32, 64 and 128" : "32 for mode mxfp4");
  return llvm::Error::success();
}

llvm::Expected<std::shared_ptr<const QuantScheme>>
lfm2c::readMLXScheme(const json::Object &config, StringRef file) {
  const JSONReader reader(config, file);
  auto scheme = std::make_shared<MLXScheme>();
  if (llvm::Error error = readParameters(reader, scheme->common))
    return std::move(error);
  for (const json::Member &member : config) {
    if (std::optional<bool> flag = member.second.getAsBoolean()) {
      if (!*flag)
        scheme->own[member.first] = std::nullopt;
      continue;
    }
    const json::Object *object = member.second.getAsObject();
    if (!object)
      continue;
    const std::string where = (reader.getFile() + ", " + member.first).str();
    // What an object leaves out is as for MLX's own functions.
    Parameters own;
    if (llvm::Error error = readParameters(JSONReader(*object, where), own))
      return std::move(error);
    scheme->own[member.first] = own;
  }
  return scheme;
}
