// Rows of quantised integers, whichever order the files have them in.
//
// A scheme says where integers, scales and minima lie; from that a format is
// chosen that holds them as they are, and rows are computed in it one after the
// other. Where no format can (columns in an order of their own, groups of other
// sizes), rows are floats of the same values.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_INTEGERROWS_H
#define LFM2C_FRONTENDS_SAFETENSORS_INTEGERROWS_H

#include "frontends/safetensors/HFQuantization.h"

namespace lfm2c {

/// Numbers of groups of weights, by row and group.
struct ScaleTable {
  llvm::ArrayRef<uint8_t> bytes;
  ScaleType type = ScaleType::F32;
  int64_t groups = 0;                     // In a row.
  int64_t rowStride = 0, groupStride = 0; // In elements.
  int64_t rowsTogether = 1;               // Rows that share a number.

  bool empty() const { return bytes.empty(); }
  int64_t indexOf(int64_t row, int64_t group) const {
    return row / rowsTogether * rowStride + group * groupStride;
  }
  const uint8_t *at(int64_t row, int64_t group) const {
    return bytes.data() + indexOf(row, group) * scaleBytes(type);
  }
  float value(int64_t row, int64_t group) const;
};

/// The numbers of `part` for a matrix, or one for each expert, of `shape`: one
/// for `rows` rows and `columns` columns. F32, F16 or BF16, or U8 where
/// `exponents`. Of 1 column the last dimension may be missing, of 1 row the
/// others, too.
llvm::Expected<ScaleTable>
readScales(const MatrixParts &matrix, llvm::StringRef part,
           llvm::ArrayRef<int64_t> shape, int64_t columns, int64_t rows,
           bool transposed = false, bool exponents = false);

struct IntegerMatrix {
  enum class Kind {
    Integers,
    MXFP4,
  };
  enum class Order {
    Rows,        // A row is a stream of bits, padded to whole words.
    Columns,     // A column of the words holds one row.
    Interleaved, // Words of eight rows, four bits each, first 0, 2, 4, 6, then
                 // 1, 3, 5, 7.
  };

  Kind kind = Kind::Integers;
  Order order = Order::Rows;
  int64_t bits = 0;
  int64_t group = 0; // Columns that share a scale.
  llvm::SmallVector<int64_t, 4> shape;
  llvm::ArrayRef<uint8_t> ints;
  int64_t stride = 0; // Bytes from a row of words to the next.
  uint8_t flip = 0;   // XORed to integers.
  ScaleTable scales, biases;
  // Subtracted from integers: one for all, or one for each row and group.
  int zero = 0;
  std::vector<uint8_t> zeros;
  // The group of each column, where it is not the next for each `group`.
  std::vector<int32_t> groupOf;
  std::vector<llvm::ArrayRef<uint8_t>> others; // Further parts of the file.

  int64_t cols() const { return shape.back(); }
  int64_t rows() const;
  int64_t groups() const { return scales.groups; }

  void setInts(const SafetensorsEntry &entry, Order order);
  /// Takes scales [rows, groups], by experts where the shape has them; or, of
  /// another order than Rows, [groups, rows]. Shape, order and group are known.
  /// `together` rows share one.
  llvm::Error setScales(const MatrixParts &matrix, llvm::StringRef part,
                        int64_t together = 1);
  llvm::Error setBiases(const MatrixParts &matrix, llvm::StringRef part);
  /// Takes zero points, which scales stand beside already: words of a stream
  /// of bits down the rows for each group, or a signed byte each.
  llvm::Error setPackedZeros(const MatrixParts &matrix, llvm::StringRef part);
  llvm::Error setByteZeros(const MatrixParts &matrix, llvm::StringRef part);
  /// Takes the group of each column, of type I32.
  llvm::Error setGroupOf(const MatrixParts &matrix, llvm::StringRef part);
  /// The integers of a row, as many as there are columns.
  void readInts(int64_t row, uint8_t *q) const;
  /// Chooses the format.
  llvm::Expected<QuantizedMatrix> finish() &&;
};

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_INTEGERROWS_H
