#include "test/unit/Runtime/FakeDevice.h"

#include "runtime/device/Device.h"
#include "runtime/include/lfm2rt/features_vulkan.h"
#include "test/unit/Runtime/FakeKernels.inc"

namespace fake {
namespace {

const lfm2_kernel kernels[] = {
    {"fake.state", kernel0, sizeof(kernel0), 16, 0, 2},
    {"fake.attend", kernel1, sizeof(kernel1), 16, 0, 2},
    {"fake.head", kernel2, sizeof(kernel2), 16, 0, 2}};
const uint64_t arguments[] = {7, vocabulary, hidden};
const lfm2_stretch stretches[] = {
    {"mix", "state", 1000, 0, 10, 0, 0, 0, 0, 0, 0},
    {"mix", "attend", 0, 100, 0, 16, 2, 8, 2, 0, 0},
    {"", "head", 500, 0, 300, 0, 0, 0, 0, LFM2_STRETCH_LOGITS, 0}};
constexpr lfm2_dispatch state = {0, 1, 1, 0}, attend = {1, 2, 1, 0},
                        head = {2, 5, 1, 0};
constexpr lfm2_place stateAt = {0, 5}, attendAt = {1, 5}, headAt = {2, -1};
const lfm2_dispatch dispatches[] = {state, attend, head};
const lfm2_place places[] = {stateAt, attendAt, headAt};
// Long enough to be given up in the middle: what is done again changes nothing.
const lfm2_dispatch longList[] = {state,  attend, attend, attend,
                                  attend, attend, attend, attend,
                                  attend, attend, head};
const lfm2_place longPlaces[] = {stateAt,  attendAt, attendAt, attendAt,
                                 attendAt, attendAt, attendAt, attendAt,
                                 attendAt, attendAt, headAt};
const lfm2_entry deviceEntries[] = {
    {1, 3, chunk * 8, nullptr, stretches, places, 3, 0, dispatches, arguments},
    {4, 3, chunk * 8, nullptr, stretches, places, 3, 0, dispatches, arguments},
    {chunk, 11, chunk * 8, nullptr, stretches, longPlaces, 3, 0, longList,
     arguments}};
const uint32_t features[] = {LFM2_VULKAN_BUFFER_DEVICE_ADDRESS,
                             LFM2_VULKAN_INT64, LFM2_VULKAN_STORAGE8};
const lfm2_variant variants[] = {
    {"vulkan", features, 3, 3, deviceEntries, kernels, 3, LFM2_CODE_VULKAN},
    {"any", nullptr, 0, numEntries, entries, nullptr, 0, LFM2_CODE_CPU}};

} // namespace

const lfm2_program deviceProgram = {
    LFM2_ABI_VERSION,
    vocabulary,
    {'f', 'a', 'k', 'e', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
    1000,
    sizeof(variants) / sizeof(variants[0]),
    variants,
    fixedBytes,
    bytesPerToken,
    weightBytes,
    hidden,
    0,
    LFM2_OUTPUT_LOGITS | LFM2_OUTPUT_HIDDEN,
    0,
    bytesPerToken,
    0,
    &lfm2rt_vulkan};

} // namespace fake
