// Folders of GPTQ, as AutoGPTQ and GPTQModel write them.
//
// A weight [out, in] lies transposed, in words of 32 bits along the inputs:
// qweight [in * bits / 32, out]. scales [groups, out]; qzeros [groups, out *
// bits / 32], along the outputs, less 1 in all but version 2 of the format.
// g_idx says the group of each input: with act-order (desc_act) any.
//
//   w[o][i] = scales[g][o] * (q[i][o] - zeros[g][o]),   g = g_idx[i]

#include "frontends/safetensors/HFQuantization.h"
#include "frontends/safetensors/IntegerRows.h"
#include "lib/Support/Error.h"
#include "lib/Weights/AffineFormats.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"

using namespace lfm2c;
using llvm::StringRef;
using llvm::Twine;

namespace {

struct Parameters {
  int64_t bits = 4, group = 128; // 0: all of a row.
};

class GPTQScheme final : public QuantScheme {
public:
  Parameters common;
  bool storesLess = true; // Zeros are stored less 1.
  // By pattern, in order, first match; nothing: plain.
  std::vector<std::pair<std::string, std::optional<Parameters>>> own;

  StringRef name() const override { return "GPTQ"; }
  llvm::ArrayRef<StringRef> parts() const override {
    static constexpr StringRef all[] = {"qweight", "qzeros", "scales", "g_idx"};
    return all;
  }
  llvm::Expected<QuantizedMatrix> read(const MatrixParts &) const override;

private:
  llvm::Expected<Parameters> parametersOf(const MatrixParts &matrix) const;
  llvm::Error readZeros(const MatrixParts &matrix, IntegerMatrix &m) const;
};

} // namespace

llvm::Expected<Parameters>
GPTQScheme::parametersOf(const MatrixParts &matrix) const {
  for (const auto &[pattern, parameters] : own) {
    llvm::Expected<bool> matches =
        matchesModule("re:" + pattern, matrix.module);
    if (!matches)
      return matches.takeError();
    if (!*matches)
      continue;
    if (parameters)
      return *parameters;
    return matrix.complain("qweight", "is there, but dynamic in config.json "
                                      "says that the matrix is not quantised");
  }
  return common;
}

llvm::Error GPTQScheme::readZeros(const MatrixParts &matrix,
                                  IntegerMatrix &m) const {
  auto entry = matrix.require("qzeros");
  if (!entry)
    return entry.takeError();
  const int64_t rows = m.rows(), groups = m.groups();
  const int64_t expected[] = {groups, rows * m.bits / 32};
  if ((*entry)->type != "I32" || rows * m.bits % 32 != 0 ||
      llvm::ArrayRef((*entry)->shape) != llvm::ArrayRef(expected))
    return matrix.complain(
        "qzeros",
        "of type " + (*entry)->type + " and shape " +
            formatShape((*entry)->shape) + " should have type I32 and shape " +
            formatShape(expected) + " for " + Twine(rows) + " outputs and " +
            Twine(groups) + " groups of " + Twine(m.bits) + " bits");
  m.others.push_back((*entry)->bytes);
  m.zeros.resize(rows * groups);
  std::vector<uint8_t> line(rows);
  // One more than all bits is 0 again, but not for 3 bits in AutoGPTQ.
  const unsigned mask = m.bits == 3 ? 15 : (1u << m.bits) - 1;
  for (int64_t g = 0; g < groups; ++g) {
    unpackBits((*entry)->bytes.data() + g * rows * m.bits / 8, m.bits, rows,
               line.data());
    for (int64_t row = 0; row < rows; ++row)
      m.zeros[row * groups + g] = (line[row] + storesLess) & mask;
  }
  return llvm::Error::success();
}

llvm::Expected<QuantizedMatrix>
GPTQScheme::read(const MatrixParts &matrix) const {
  llvm::Expected<Parameters> parameters = parametersOf(matrix);
  if (!parameters)
    return parameters.takeError();
  auto weight = matrix.require("qweight");
  if (!weight)
    return weight.takeError();
  IntegerMatrix m;
  m.bits = parameters->bits;
  llvm::ArrayRef<int64_t> words = (*weight)->shape;
  if ((*weight)->type != "I32" || words.size() != 2 ||
      words[0] * 32 % m.bits != 0)
    return matrix.complain("qweight", "of type " + (*weight)->type +
                                          " and shape " + formatShape(words) +
                                          " should be a matrix of type I32 "
                                          "of words of whole weights of " +
                                          Twine(m.bits) +
                                          " bits, as config.json says");
  m.shape = {words[1], words[0] * 32 / m.bits};
  m.group = parameters->group ? parameters->group : m.cols();
  m.setInts(**weight, IntegerMatrix::Order::Columns);
  if (llvm::Error error = m.setScales(matrix, "scales"))
    return std::move(error);
  if (llvm::Error error = readZeros(matrix, m))
    return std::move(error);
  if (matrix.find("g_idx"))
    if (llvm::Error error = m.setGroupOf(matrix, "g_idx"))
      return std::move(error);
  return std::move(m).finish();
}

static llvm::Error readParameters(const JSONReader &reader, Parameters &out) {
  if (llvm::Error error = reader.read("bits", out.bits))
    return error;
  if (!llvm::is_contained({2, 3, 4, 8}, out.bits))
    return makeError("{0}: bits is {1}; supported are 2, 3, 4 and 8",
                     reader.getFile(), out.bits);
  int64_t group = out.group ? out.group : -1;
  if (llvm::Error error = reader.read("group_size", group))
    return error;
  if (group != -1 && (group < 1 || group > (1 << 20)))
    return makeError("{0}: group_size is {1}; expected a count of columns, or "
                     "-1 for whole rows",
                     reader.getFile(), group);
  out.group = group == -1 ? 0 : group;
  return llvm::Error::success();
}

llvm::Expected<std::shared_ptr<const QuantScheme>>
lfm2c::readGPTQScheme(const json::Object &config, StringRef file) {
  const JSONReader reader(config, file);
  auto scheme = std::make_shared<GPTQScheme>();
  if (!reader.has("bits"))
    return makeError("{0}: key 'bits' is missing", reader.getFile());
  if (llvm::Error error = readParameters(reader, scheme->common))
    return std::move(error);
  std::string form = "gptq";
  if (llvm::Error error = reader.read("checkpoint_format", form))
    return std::move(error);
  if (form != "gptq" && form != "gptq_v2")
    return makeError("{0}: checkpoint_format {1} is not supported; supported "
                     "are 'gptq' and 'gptq_v2'",
                     reader.getFile(), quoted(form));
  scheme->storesLess = form == "gptq";
  const json::Object *dynamic = nullptr;
  if (llvm::Error error = reader.read("dynamic", dynamic))
    return std::move(error);
  if (!dynamic)
    return scheme;
  for (const json::Member &member : *dynamic) {
    StringRef pattern = member.first;
    const bool plain = pattern.consume_front("-:");
    pattern.consume_front("+:");
    const json::Object *object = member.second.getAsObject();
    std::optional<Parameters> own;
    if (!plain && object) {
      own = scheme->common;
      const std::string where =
          (reader.getFile() + ", dynamic, " + member.first).str();
      if (llvm::Error error = readParameters(JSONReader(*object, where), *own))
        return std::move(error);
    }
    if (plain || object)
      scheme->own.emplace_back(pattern.str(), own);
  }
  return scheme;
}
