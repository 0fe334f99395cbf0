// Which way to a product.

#include "passes/tiling/GroupDots.h"

using namespace mlir;
using namespace lfm2c;

SmallVector<Value> lfm2c::emitGroupDots(Emitter &e, const GroupOperands &in) {
  Format format = in.packed.format;
  if (format == Format::BF16 && in.layout.highOffset >= 0)
    return emitPairDots(e, in);
  if (!getFormatInfo(format).isQuantized())
    return emitFloatDots(e, in);
  return emitQuantizedDots(e, in);
}
