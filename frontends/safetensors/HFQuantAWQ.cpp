// Folders of AWQ, of the version "gemm".
//
// A weight [out, in] lies transposed, in words of eight outputs: qweight [in,
// out / 8], whose four-bit fields hold the outputs 0, 2, 4, 6, 1, 3, 5, 7 of
// the eight. qzeros [groups, out / 8] are the same; scales [groups, out].
//
//   w[o][i] = (q[i][o] - zeros[g][o]) * scales[g][o],   g = i / group_size

#include "frontends/safetensors/HFQuantization.h"
#include "frontends/safetensors/IntegerRows.h"
#include "lib/Support/Error.h"
#include "llvm/Support/Endian.h"

using namespace lfm2c;
using llvm::StringRef;

namespace {

class AWQScheme final : public QuantScheme {
public:
  int64_t group = 128; // 0: all of a row.

  StringRef name() const override { return "AWQ"; }
  llvm::ArrayRef<StringRef> parts() const override {
    static constexpr StringRef all[] = {"qweight", "qzeros", "scales"};
    return all;
  }
  llvm::Expected<QuantizedMatrix> read(const MatrixParts &) const override;
};

} // namespace

llvm::Expected<QuantizedMatrix>
AWQScheme::read(const MatrixParts &matrix) const {
  auto weight = matrix.require("qweight");
  if (!weight)
    return weight.takeError();
  IntegerMatrix m;
  m.bits = 4;
  llvm::ArrayRef<int64_t> words = (*weight)->shape;
  if ((*weight)->type != "I32" || words.size() != 2)
    return matrix.complain("qweight", "of type " + (*weight)->type +
                                          " and shape " + formatShape(words) +
                                          " should be a matrix of type I32");
  m.shape = {words[1] * 8, words[0]};
  m.group = group ? group : m.cols();
  m.setInts(**weight, IntegerMatrix::Order::Interleaved);
  if (llvm::Error error = m.setScales(matrix, "scales"))
    return std::move(error);
  auto zeros = matrix.require("qzeros");
  if (!zeros)
    return zeros.takeError();
  const int64_t expected[] = {m.groups(), words[1]};
  if ((*zeros)->type != "I32" ||
      llvm::ArrayRef((*zeros)->shape) != llvm::ArrayRef(expected))
    return matrix.complain("qzeros", "of type " + (*zeros)->type +
                                         " and shape " +
                                         formatShape((*zeros)->shape) +
                                         " should have type I32 and shape " +
                                         formatShape(expected));
  m.others.push_back((*zeros)->bytes);
  // The zeros of all groups are a matrix like that of the weights.
  IntegerMatrix z;
  z.bits = 4;
  z.shape = {m.rows(), m.groups()};
  z.setInts(**zeros, IntegerMatrix::Order::Interleaved);
  m.zeros.resize(m.rows() * m.groups());
  for (int64_t row = 0; row < m.rows(); ++row)
    z.readInts(row, m.zeros.data() + row * m.groups());
  return std::move(m).finish();
}

llvm::Expected<std::shared_ptr<const QuantScheme>>
lfm2c::readAWQScheme(const json::Object &config, StringRef file) {
  const JSONReader reader(config, file);
  auto scheme = std::make_shared<AWQScheme>();
  int64_t bits = 4, group = 128;
  // AutoAWQ's own words, beside those of transformers.
  for (StringRef key : {"w_bit", "bits"})
    if (llvm::Error error = reader.read(key, bits))
      return std::move(error);
  for (StringRef key : {"q_group_size", "group_size"})
    if (llvm::Error error = reader.read(key, group))
      return std::move(error);
  if (bits != 4)
    return makeError("{0}: bits is {1}; of AWQ 4 are supported",
                     reader.getFile(), bits);
  if (group != -1 && (group < 1 || group > (1 << 20)))
    return makeError("{0}: group_size is {1}; expected a count of columns, or "
                     "-1 for whole rows",
                     reader.getFile(), group);
  std::string version = "gemm";
  if (llvm::Error error = reader.read("version", version))
    return std::move(error);
  if (StringRef(version).lower() != "gemm")
    return makeError("{0}: version {1} is not supported; supported is 'gemm'",
                     reader.getFile(), quoted(version));
  scheme->group = group == -1 ? 0 : group;
  return scheme;
}
