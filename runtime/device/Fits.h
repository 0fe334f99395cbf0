// Whether a context fits on a device.
#ifndef LFM2RT_DEVICE_FITS_H
#define LFM2RT_DEVICE_FITS_H

#include "runtime/device/Device.h"

namespace lfm2rt {

// Fails where a context of so much room does not fit into the memory that the
// device has left, and says which would.
lfm2rt_status checkFits(Device &device, const lfm2rt_context &context,
                        const StepRoom &room, lfm2rt_error *error);

} // namespace lfm2rt

#endif // LFM2RT_DEVICE_FITS_H
