#include "runtime/device/Fits.h"
#include "runtime/src/Context.h"
#include "runtime/src/Message.h"

namespace lfm2rt {

lfm2rt_status checkFits(Device &device, const lfm2rt_context &context,
                        const StepRoom &room, lfm2rt_error *error) {
  uint64_t needed = device.contextBytes(room), available = device.available();
  if (needed <= available)
    return LFM2RT_OK;
  uint64_t ofTokens = room.stateBytes - context.program->state_fixed_bytes,
           ofToken = ofTokens / context.capacity, rest = needed - ofTokens;
  uint64_t fits =
      available > rest && ofToken ? (available - rest) / ofToken : 0;
  fits -= fits % LFM2_CONTEXT_GRANULE;
  Failure failure(error, LFM2RT_NO_MEMORY, needed);
  failure << "a context of " << context.capacity << " tokens takes " << needed
          << " bytes of the device '" << device.name() << "', found "
          << available;
  if (fits == 0)
    return failure << ", too few for any; free some, or choose another device";
  return failure << "; one of " << fits << " tokens would fit";
}

} // namespace lfm2rt
