/* features_vulkan.h - features of Vulkan devices that kernels can need, in the order
 * of their indexes (lfm2_variant.features in abi.h), by Vulkan's words for them. */
#ifndef LFM2RT_FEATURES_VULKAN_H
#define LFM2RT_FEATURES_VULKAN_H

#define LFM2_VULKAN_FEATURES(X)                                                \
  X(BUFFER_DEVICE_ADDRESS, "bufferDeviceAddress")                              \
  X(INT64, "shaderInt64")                                                      \
  X(INT16, "shaderInt16")                                                      \
  X(INT8, "shaderInt8")                                                        \
  X(STORAGE8, "storageBuffer8BitAccess")                                       \
  X(STORAGE16, "storageBuffer16BitAccess")                                     \
  X(FLOAT16, "shaderFloat16")                                                  \
  X(FLOAT64, "shaderFloat64")                                                  \
  X(INTEGER_DOT, "shaderIntegerDotProduct")

enum {
#define LFM2_FEATURE_INDEX(id, name) LFM2_VULKAN_##id,
  LFM2_VULKAN_FEATURES(LFM2_FEATURE_INDEX)
#undef LFM2_FEATURE_INDEX
      LFM2_VULKAN_NUM_FEATURES
};

#endif /* LFM2RT_FEATURES_VULKAN_H */
