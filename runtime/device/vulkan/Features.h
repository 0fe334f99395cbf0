// Features of features_vulkan.h in the structures that Vulkan asks and answers
// by.
#ifndef LFM2RT_DEVICE_VULKAN_FEATURES_H
#define LFM2RT_DEVICE_VULKAN_FEATURES_H

#include "runtime/device/vulkan/Api.h"

namespace lfm2rt::vk {

class FeatureSet {
public:
  FeatureSet(); // None.
  FeatureSet(const FeatureSet &) = delete;
  // To be asked for what a device has, or to say what is wanted of one.
  PhysicalDeviceFeatures2 *chain() { return &core; }
  // Bit i stands for feature i.
  uint64_t present() const;
  void want(uint32_t feature);

private:
  const uint32_t *flagOf(uint32_t feature) const;

  PhysicalDeviceFeatures2 core = {};
  PhysicalDeviceVulkan11Features of11 = {};
  PhysicalDeviceVulkan12Features of12 = {};
  PhysicalDeviceVulkan13Features of13 = {};
};

// "" for an index that this runtime does not know.
const char *featureName(uint32_t feature);

} // namespace lfm2rt::vk

#endif // LFM2RT_DEVICE_VULKAN_FEATURES_H
