// What the elements of a cache of keys or values may be.

#ifndef LFM2C_DIALECTS_LFM2_INTERFACES_CACHEELEMENT_TD
#define LFM2C_DIALECTS_LFM2_INTERFACES_CACHEELEMENT_TD

include "mlir/IR/CommonTypeConstraints.td"

def LFM2_CacheElement
    : Type<CPred<"::lfm2c::lfm2::isCacheElement($_self)">, "f16, f32, q8_0 or q4_0">;

#endif // LFM2C_DIALECTS_LFM2_INTERFACES_CACHEELEMENT_TD
