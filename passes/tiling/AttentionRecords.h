// Partial sums of attention.
//
// What is known of a row of attention (a query head of a token) after some
// positions is a record: weighted values, the largest score, the sum of
// weights. Positions come in segments of a fixed length: what is known of a
// segment is merged into what is known of those before it, in their order. So
// the result does not tell which thread did which.

#ifndef LFM2C_PASSES_TILING_ATTENTIONRECORDS_H
#define LFM2C_PASSES_TILING_ATTENTIONRECORDS_H

#include "passes/tiling/Emitter.h"

namespace lfm2c {

class AttentionRecords {
public:
  /// Records of heads of `size` channels, in scratch.
  AttentionRecords(Emitter &e, int64_t size)
      : e(e), size(size), scratch(e.pointer("scratch")) {}

  /// `size` weighted values, then the largest score, the sum of weights, and
  /// by how much the values are to shrink.
  static int64_t bytes(int64_t size);
  static int64_t maximumAt(int64_t size) { return size * 4; }
  static int64_t totalAt(int64_t size) { return size * 4 + 4; }
  static int64_t shrinkAt(int64_t size) { return size * 4 + 8; }
  /// A score below all.
  static constexpr double lowest = -1e30;

  struct Record {
    mlir::Value values, largest, total;
  };
  /// Of no position.
  Record nothing();
  /// Record `row` of those at `records`.
  mlir::Value addressOf(mlir::Value records, mlir::Value row);
  Record load(mlir::Value at);
  void store(const Record &record, mlir::Value at);
  /// Exact where one of them is of no position.
  Record merge(const Record &a, const Record &c);
  /// Writes the output of a row, at `to` from `base` on: weighted values over
  /// the sum of weights.
  void finish(const Record &record, mlir::Value base, mlir::Value to);

  /// Segments of the positions before `end`, which is not 0.
  static constexpr int64_t mostSegments = 128;
  static mlir::Value segmentsOf(Emitter &e, mlir::Value end);
  /// From and to: the positions of a segment. The last has all that follow.
  static std::pair<mlir::Value, mlir::Value>
  boundsOf(Emitter &e, mlir::Value segment, mlir::Value end);

private:
  Emitter &e;
  const int64_t size;
  const mlir::Value scratch;
};

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_ATTENTIONRECORDS_H
