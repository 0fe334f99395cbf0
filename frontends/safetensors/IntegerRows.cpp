#include "frontends/safetensors/IntegerRows.h"
#include "lib/Support/Error.h"
#include "lib/Weights/AffineFormats.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>
#include <cstring>

// One rounding per written operation, as the libraries have it.
#pragma STDC FP_CONTRACT OFF

using namespace lfm2c;
using llvm::StringRef;
using llvm::Twine;
using llvm::support::endian::read16le;
using llvm::support::endian::read32le;

float ScaleTable::value(int64_t row, int64_t group) const {
  const uint8_t *from = at(row, group);
  switch (type) {
  case ScaleType::F16:
    return halfToFloat(read16le(from));
  case ScaleType::BF16:
    return bfloatToFloat(read16le(from));
  case ScaleType::F32:
    return llvm::bit_cast<float>(read32le(from));
  case ScaleType::E8M0:
    return *from == 255 ? NAN : std::ldexp(1.0f, *from - 127);
  }
  return 0;
}

int64_t IntegerMatrix::rows() const {
  int64_t count = 1;
  for (int64_t size : llvm::ArrayRef(shape).drop_back())
    count *= size;
  return count;
}

void IntegerMatrix::setInts(const SafetensorsEntry &entry, Order where) {
  order = where;
  ints = entry.bytes;
  stride = entry.shape.empty() || entry.shape[0] == 0
               ? 0
               : int64_t(entry.bytes.size());
  for (int64_t size : llvm::ArrayRef(entry.shape).drop_back())
    stride = size ? stride / size : 0;
}

static std::optional<ScaleType> scaleTypeOf(StringRef type, bool exponents) {
  if (exponents)
    return type == "U8" ? std::optional(ScaleType::E8M0) : std::nullopt;
  return llvm::StringSwitch<std::optional<ScaleType>>(type)
      .Case("F16", ScaleType::F16)
      .Case("BF16", ScaleType::BF16)
      .Case("F32", ScaleType::F32)
      .Default(std::nullopt);
}

llvm::Expected<ScaleTable> lfm2c::readScales(const MatrixParts &matrix,
                                             StringRef part,
                                             llvm::ArrayRef<int64_t> shape,
                                             int64_t columns, int64_t rows,
                                             bool transposed, bool exponents) {
  auto entry = matrix.require(part);
  if (!entry)
    return entry.takeError();
  const auto type = scaleTypeOf((*entry)->type, exponents);
  if (!type)
    return matrix.complain(part, "has type " + (*entry)->type + "; expected " +
                                     (exponents ? "U8" : "F32, F16 or BF16"));
  // Of several experts each has rows of its own.
  llvm::SmallVector<int64_t, 4> expected(shape);
  ScaleTable table;
  table.type = *type;
  table.bytes = (*entry)->bytes;
  table.rowsTogether = rows;
  table.groups = llvm::divideCeil(shape.back(), columns);
  expected.back() = table.groups;
  int64_t &height = expected[expected.size() - 2];
  height = llvm::divideCeil(height, rows);
  table.rowStride = table.groups;
  table.groupStride = 1;
  if (transposed) {
    table.rowStride = 1;
    table.groupStride = height;
    std::swap(expected[0], expected[1]);
  }
  llvm::ArrayRef<int64_t> found = (*entry)->shape, wanted = expected;
  const bool isOne = wanted.size() == 2 && wanted[0] == 1 && wanted[1] == 1;
  if (found != wanted && !(wanted.back() == 1 && found == wanted.drop_back()) &&
      !(isOne && found.empty()))
    return matrix.complain(part,
                           "has shape " + formatShape(found) +
                               " but should have " + formatShape(wanted) +
                               ": by config.json one number stands "
                               "for " +
                               Twine(columns) + " columns and " + Twine(rows) +
                               (rows == 1 ? " row" : " rows") +
                               " of a weight of shape " + formatShape(shape));
  return table;
}

llvm::Error IntegerMatrix::setScales(const MatrixParts &matrix, StringRef part,
                                     int64_t together) {
  llvm::Expected<ScaleTable> table =
      readScales(matrix, part, shape, group, together, order != Order::Rows,
                 kind == Kind::MXFP4);
  if (!table)
    return table.takeError();
  scales = *table;
  return llvm::Error::success();
}

llvm::Error IntegerMatrix::setBiases(const MatrixParts &matrix,
                                     StringRef part) {
  llvm::Expected<ScaleTable> table =
      readScales(matrix, part, shape, group, 1, order != Order::Rows);
  if (!table)
    return table.takeError();
  biases = *table;
  if (biases.type == scales.type)
    return llvm::Error::success();
  return matrix.complain(part, "has type " + matrix.find(part)->type +
                                   ", but the scales have another");
}

llvm::Error IntegerMatrix::setPackedZeros(const MatrixParts &matrix,
                                          StringRef part) {
  auto entry = matrix.require(part);
  if (!entry)
    return entry.takeError();
  if ((*entry)->type == "I8") // Of strategy tensor.
    return setByteZeros(matrix, part);
  const int64_t height = rows();
  const int64_t expected[] = {int64_t(llvm::divideCeil(height * bits, 32)),
                              groups()};
  if ((*entry)->type != "I32" ||
      llvm::ArrayRef((*entry)->shape) != llvm::ArrayRef(expected))
    return matrix.complain(part, "of type " + (*entry)->type + " and shape " +
                                     formatShape((*entry)->shape) +
                                     " should have type I32 and shape " +
                                     formatShape(expected));
  others.push_back((*entry)->bytes);
  IntegerMatrix z;
  z.bits = bits;
  z.shape = {groups(), height};
  z.setInts(**entry, Order::Columns);
  zeros.resize(height * groups());
  std::vector<uint8_t> line(height);
  for (int64_t g = 0; g < groups(); ++g) {
    z.readInts(g, line.data());
    for (int64_t row = 0; row < height; ++row)
      zeros[row * groups() + g] = line[row];
  }
  return llvm::Error::success();
}

llvm::Error IntegerMatrix::setByteZeros(const MatrixParts &matrix,
                                        StringRef part) {
  auto entry = matrix.require(part);
  if (!entry)
    return entry.takeError();
  if ((*entry)->type != "I8" ||
      (*entry)->bytes.size() != scales.bytes.size() / scaleBytes(scales.type))
    return matrix.complain(part, "of type " + (*entry)->type + " and shape " +
                                     formatShape((*entry)->shape) +
                                     " should have type I8 and as many numbers "
                                     "as there are scales");
  others.push_back((*entry)->bytes);
  const int64_t height = rows(), middle = int64_t(1) << (bits - 1);
  zeros.resize(height * groups());
  for (int64_t row = 0; row < height; ++row)
    for (int64_t g = 0; g < groups(); ++g)
      zeros[row * groups() + g] =
          uint8_t(int8_t((*entry)->bytes[scales.indexOf(row, g)]) + middle);
  return llvm::Error::success();
}

llvm::Error IntegerMatrix::setGroupOf(const MatrixParts &matrix,
                                      StringRef part) {
  auto entry = matrix.require(part);
  if (!entry)
    return entry.takeError();
  if ((*entry)->type != "I32" || (*entry)->shape.size() != 1 ||
      (*entry)->shape[0] != cols())
    return matrix.complain(part, "of type " + (*entry)->type + " and shape " +
                                     formatShape((*entry)->shape) +
                                     " should have type I32 and shape " +
                                     formatShape({cols()}));
  others.push_back((*entry)->bytes);
  groupOf.resize(cols());
  bool inOrder = true;
  for (int64_t k = 0; k < cols(); ++k) {
    groupOf[k] = int32_t(read32le((*entry)->bytes.data() + 4 * k));
    if (groupOf[k] < 0 || groupOf[k] >= groups())
      return matrix.complain(
          part, "puts column " + Twine(k) + " into group " + Twine(groupOf[k]) +
                    ", but the groups go from 0 to " + Twine(groups() - 1));
    inOrder &= groupOf[k] == k / group;
  }
  if (inOrder)
    groupOf.clear();
  return llvm::Error::success();
}

void IntegerMatrix::readInts(int64_t row, uint8_t *q) const {
  const int64_t columns = cols(), height = rows();
  const uint8_t *base = ints.data();
  const unsigned mask = (1u << bits) - 1;
  switch (order) {
  case Order::Rows:
    unpackBits(base + row * stride, bits, columns, q);
    break;
  case Order::Columns: {
    // Bits of 32 / gcd(32, bits) words in a row lie end to end.
    uint64_t held = 0;
    unsigned have = 0;
    const uint8_t *word = base + row * 4;
    for (int64_t k = 0; k < columns; ++k) {
      if (have < bits) {
        held |= uint64_t(read32le(word)) << have;
        have += 32;
        word += height * 4;
      }
      q[k] = held & mask;
      held >>= bits;
      have -= bits;
    }
    break;
  }
  case Order::Interleaved: {
    constexpr unsigned shifts[] = {0, 16, 4, 20, 8, 24, 12, 28};
    const uint8_t *word = base + row / 8 * 4;
    for (int64_t k = 0; k < columns; ++k, word += stride)
      q[k] = read32le(word) >> shifts[row % 8] & mask;
    break;
  }
  }
  if (flip)
    for (int64_t k = 0; k < columns; ++k)
      q[k] ^= flip;
}

namespace {

class IntegerRows final : public RowSource {
public:
  IntegerRows(IntegerMatrix matrix, Format format,
              std::optional<AffineFormat> affine)
      : m(std::move(matrix)), format(format), affine(affine),
        rowBytes(*formatBytes(format, m.cols())) {}

  void compute(int64_t first, int64_t count, uint8_t *out) const override {
    std::vector<uint8_t> q(m.cols());
    for (int64_t row = first; row < first + count; ++row, out += rowBytes) {
      m.readInts(row, q.data());
      if (affine)
        writeAffine(row, q.data(), out);
      else if (format == Format::MXFP4)
        writeMXFP4(row, q.data(), out);
      else
        writeFloats(row, q.data(), out);
    }
  }

  llvm::SmallVector<llvm::ArrayRef<uint8_t>> inputs() const override {
    llvm::SmallVector<llvm::ArrayRef<uint8_t>> all{m.ints, m.scales.bytes};
    if (!m.biases.empty())
      all.push_back(m.biases.bytes);
    all.append(m.others.begin(), m.others.end());
    return all;
  }

  std::string describe() const override {
    return "integers of " + std::to_string(m.bits) + " bits in groups of " +
           std::to_string(m.group) + ", order " + std::to_string(int(m.order)) +
           ", zero " + std::to_string(m.zero) + ", as " +
           getFormatInfo(format).name.str();
  }

private:
  uint8_t zeroOf(int64_t row, int64_t group) const {
    return m.zeros[row * m.groups() + group];
  }

  void writeAffine(int64_t row, const uint8_t *q, uint8_t *out) const {
    const int64_t block = affine->group;
    const unsigned width = scaleBytes(affine->scale);
    for (int64_t k = 0; k < m.cols(); k += block, out += affine->blockBytes()) {
      const int64_t group = std::min(k / m.group, m.groups() - 1);
      std::memcpy(out, m.scales.at(row, group), width);
      if (affine->minimum == AffineFormat::Minimum::Added)
        std::memcpy(out + width, m.biases.at(row, group), width);
      else if (affine->minimum == AffineFormat::Minimum::ZeroPoint)
        out[width] = zeroOf(row, group);
      packBits(q + k, m.bits, block, out + affine->intsOffset());
    }
  }

  /// Blocks as in GGUF: the exponent, and the two halves' codes in the lower
  /// and the upper bits.
  void writeMXFP4(int64_t row, const uint8_t *q, uint8_t *out) const {
    for (int64_t k = 0; k < m.cols(); k += 32, out += 17) {
      out[0] = *m.scales.at(row, k / 32);
      for (int64_t i = 0; i < 16; ++i)
        out[1 + i] = q[k + i] | q[k + i + 16] << 4;
    }
  }

  void writeFloats(int64_t row, const uint8_t *q, uint8_t *out) const {
    for (int64_t k = 0; k < m.cols(); ++k) {
      const int64_t group =
          m.groupOf.empty() ? k / m.group : int64_t(m.groupOf[k]);
      const int zero = m.zeros.empty() ? m.zero : int(zeroOf(row, group));
      float w = m.scales.value(row, group) * float(int(q[k]) - zero);
      if (!m.biases.empty())
        w = w + m.biases.value(row, group);
      llvm::support::endian::write32le(out + 4 * k,
                                       llvm::bit_cast<uint32_t>(w));
    }
  }

  const IntegerMatrix m;
  const Format format;
  const std::optional<AffineFormat> affine;
  const int64_t rowBytes;
};

} // namespace

/// The largest block that divides the groups, or nothing.
static std::optional<unsigned> blockOf(const IntegerMatrix &m) {
  for (unsigned block : {128u, 64u, 32u})
    if (m.group % block == 0 && m.cols() % block == 0)
      return block;
  return std::nullopt;
}

llvm::Expected<QuantizedMatrix> IntegerMatrix::finish() && {
  const llvm::SmallVector<int64_t, 4> size = shape;
  if (kind == Kind::MXFP4) {
    auto rows = std::make_shared<IntegerRows>(std::move(*this), Format::MXFP4,
                                              std::nullopt);
    return QuantizedMatrix{Format::MXFP4, size, rows};
  }
  // A zero point that is the middle everywhere costs nothing.
  const int middle = 1 << (bits - 1);
  if (!zeros.empty() &&
      llvm::all_of(zeros, [&](uint8_t z) { return z == middle; })) {
    zeros.clear();
    zero = middle;
  }
  std::optional<AffineFormat> affine;
  std::optional<unsigned> block = blockOf(*this);
  if (block && groupOf.empty() &&
      (zeros.empty() ? biases.empty() ? zero == middle : zero == 0
                     : biases.empty()))
    affine = AffineFormat{unsigned(bits), *block, scales.type,
                          !biases.empty()  ? AffineFormat::Minimum::Added
                          : !zeros.empty() ? AffineFormat::Minimum::ZeroPoint
                                           : AffineFormat::Minimum::None};
  const Format format = affine ? affine->get() : Format::F32;
  auto rows = std::make_shared<IntegerRows>(std::move(*this), format, affine);
  return QuantizedMatrix{format, size, rows};
}
