// Where keys and values lie in a cache.
//
// A cache has the keys of all heads, then the values of all heads. Keys lie
// [head][position / 16][channel][position % 16], so that those of 16 positions
// are a vector; values lie [head][position][channel].

#ifndef LFM2C_PASSES_TILING_CACHELAYOUT_H
#define LFM2C_PASSES_TILING_CACHELAYOUT_H

#include "passes/tiling/PhaseContext.h"

namespace lfm2c {

/// Writes what tokens of the step leave in the cache of one attention.
class CacheWriter {
public:
  /// `state` is what the scope gives for the cache; `element` f16 or f32.
  CacheWriter(PhaseContext &context, mlir::Value state, mlir::Type element,
              int64_t headSize)
      : context(context), e(context.getEmitter()), state(state),
        element(element), size(headSize) {}

  /// The keys, f32, of head `head` of token `t` of `run`, from channel
  /// `channel` on.
  void storeKeys(const Run &run, mlir::Value t, mlir::Value head,
                 mlir::Value keys, int64_t channel);
  /// The key of one channel.
  void storeKey(const Run &run, mlir::Value t, mlir::Value head,
                mlir::Value key, mlir::Value channel);
  /// The values, f32, of head `head` of `heads`: of all channels, or that of
  /// one from channel `channel` on.
  void storeValues(const Run &run, mlir::Value t, mlir::Value head,
                   int64_t heads, mlir::Value values, mlir::Value channel);

private:
  /// The f32 value or vector as elements of the cache.
  mlir::Value rounded(mlir::Value values);
  /// Where the key of the first channel lies.
  mlir::Value keysAt(const Run &run, mlir::Value t, mlir::Value head);
  int64_t elementBytes() const { return element.getIntOrFloatBitWidth() / 8; }

  PhaseContext &context;
  Emitter &e;
  const mlir::Value state;
  const mlir::Type element;
  const int64_t size;
};

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_CACHELAYOUT_H
