// What caches of keys and values hold.
//
// Their elements are f16 or f32, or numbers of 8 or 4 bits with a scale for
// some channels of a head: `!lfm2.quant<q8_0>` and `!lfm2.quant<q4_0>`, formats
// that weights have, too.

#ifndef LFM2C_DIALECTS_LFM2_IR_CACHES_H
#define LFM2C_DIALECTS_LFM2_IR_CACHES_H

#include "dialects/lfm2/IR/LFM2Dialect.h"

namespace lfm2c::lfm2 {

/// The words for what a cache can hold: f16, f32, q8_0, q4_0.
llvm::ArrayRef<llvm::StringLiteral> getCacheWords();
/// The element type of a word, or null where it is none.
mlir::Type getCacheElement(mlir::MLIRContext *context, llvm::StringRef word);
/// The word of an element type.
llvm::StringRef getCacheWord(mlir::Type element);
bool isCacheElement(mlir::Type type);

/// How many channels of a head of `headSize` share a scale: the most, up to 32,
/// of an even number that divides half a head, so that channels that are turned
/// together are at the same place of two blocks. 0 for floats, and -1 where
/// there is no such number.
int64_t getCacheBlock(mlir::Type element, int64_t headSize);

} // namespace lfm2c::lfm2

#endif // LFM2C_DIALECTS_LFM2_IR_CACHES_H
