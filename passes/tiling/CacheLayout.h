// Where keys and values lie in a cache.
//
// A cache has the keys of all heads, then the values of all heads: of each head
// granules of 16 positions. CacheForm.h says what a granule holds.

#ifndef LFM2C_PASSES_TILING_CACHELAYOUT_H
#define LFM2C_PASSES_TILING_CACHELAYOUT_H

#include "passes/tiling/CacheForm.h"
#include "passes/tiling/PhaseContext.h"

namespace lfm2c {

/// Writes what tokens of the step leave in the cache of one attention.
class CacheWriter {
public:
  /// `state` is what the scope gives for the cache.
  CacheWriter(PhaseContext &context, mlir::Value state, const CacheForm &form)
      : context(context), e(context.getEmitter()), state(state), form(form) {}

  const CacheForm &getForm() const { return form; }
  /// The keys, f32, of head `head` of token `t` of `run`, from channel
  /// `channel` on; whole blocks where these are quantised.
  void storeKeys(const Run &run, mlir::Value t, mlir::Value head,
                 mlir::Value keys, mlir::Value channel);
  /// The key of one channel.
  void storeKey(const Run &run, mlir::Value t, mlir::Value head,
                mlir::Value key, mlir::Value channel);
  /// The values, f32, of head `head` of `heads`: of all channels, or that of
  /// one, or of some blocks, from channel `channel` on.
  void storeValues(const Run &run, mlir::Value t, mlir::Value head,
                   int64_t heads, mlir::Value values, mlir::Value channel);

private:
  /// The f32 value or vector as elements of the cache.
  mlir::Value rounded(mlir::Value values);
  /// Where the key of the first channel lies.
  mlir::Value keysAt(const Run &run, mlir::Value t, mlir::Value head);
  int64_t elementBytes() const { return form.bits / 8; }

  // Of quantised numbers, in CacheBlocks.cpp.
  /// Where the granule of row `row` of heads has its start.
  mlir::Value granuleAt(const Run &run, mlir::Value position, mlir::Value row);
  /// The numbers, i32, of a block of f32 channels; stores their scale at `at`.
  mlir::Value quantize(mlir::Value channels, mlir::Value at);
  void storeKeyBlocks(const Run &run, mlir::Value t, mlir::Value head,
                      mlir::Value keys, mlir::Value channel);
  void storeValueBlocks(const Run &run, mlir::Value t, mlir::Value row,
                        mlir::Value values, mlir::Value channel);

  PhaseContext &context;
  Emitter &e;
  const mlir::Value state;
  const CacheForm form;
};

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_CACHELAYOUT_H
