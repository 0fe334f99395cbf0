#include "runtime/device/vulkan/Choose.h"
#include "runtime/device/vulkan/Features.h"

namespace lfm2rt::vk {
namespace {

// A list of words in a message.
class List {
public:
  explicit List(Message &message) : message(message) {}
  Message &next() { return message << (any++ ? ", " : ""); }

private:
  Message &message;
  uint32_t any = 0;
};

// The most that kernels of a variant need of one thing that devices limit.
struct Needs {
  uint64_t invocations = 0, near = 0, pushed = 0, groups = 0;

  explicit Needs(const lfm2_variant &variant) {
    for (uint32_t k = 0; k < variant.num_kernels; ++k) {
      const lfm2_kernel &kernel = variant.kernels[k];
      invocations = max(invocations, uint64_t(kernel.invocations));
      near = max(near, uint64_t(kernel.near_bytes));
      pushed = max(pushed, (1 + uint64_t(kernel.num_arguments)) * 8);
    }
    for (uint32_t e = 0; e < variant.num_entries; ++e)
      for (uint32_t p = 0; p < variant.entries[e].num_places; ++p)
        groups = max(groups, uint64_t(variant.entries[e].dispatches[p].groups));
  }
};

// Whether it lacks something; says what, where there is a message.
bool lacks(const lfm2_variant &variant, const Physical &physical,
           Message *message) {
  char nowhere[1];
  Message none(nowhere, 0);
  List list(message ? *message : none);
  bool any = false;
  auto want = [&](bool has) { return has ? false : any = true; };
  if (want(physical.properties.apiVersion >= version1_3))
    list.next() << "Vulkan 1.3 (it has "
                << (physical.properties.apiVersion >> 22 & 127) << "."
                << (physical.properties.apiVersion >> 12 & 1023) << ")";
  if (want(physical.family < 16))
    list.next() << "a queue that computes";
  for (uint32_t f = 0; f < variant.num_features; ++f) {
    uint32_t feature = variant.features[f];
    if (!want(feature < 64 && (physical.features >> feature & 1)))
      continue;
    const char *name = featureName(feature);
    if (*name)
      list.next() << name;
    else
      list.next() << "feature " << feature;
  }
  const PhysicalDeviceLimits &limits = physical.properties.limits;
  Needs needs(variant);
  auto atMost = [&](uint64_t needed, uint64_t limit, const char *what) {
    if (want(needed <= limit))
      list.next() << needed << what << " (it has " << limit << ")";
  };
  atMost(needs.invocations,
         min(limits.maxComputeWorkGroupInvocations,
             limits.maxComputeWorkGroupSize[0]),
         " invocations of a workgroup");
  atMost(needs.near, limits.maxComputeSharedMemorySize,
         " bytes of shared memory");
  atMost(needs.pushed, limits.maxPushConstantsSize, " bytes of push constants");
  atMost(needs.groups, limits.maxComputeWorkGroupCount[0], " workgroups");
  return any;
}

bool isFor(const lfm2_variant &variant) {
  return variant.code == LFM2_CODE_VULKAN;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; }

bool contains(const char *text, const char *part) {
  for (; *text; ++text) {
    size_t i = 0;
    while (part[i] && lower(text[i]) == lower(part[i]))
      ++i;
    if (!part[i])
      return true;
  }
  return false;
}

// The number behind "gpu:", 0 for "gpu"; -1 for another name.
int64_t numberOf(const char *name) {
  if (equal(name, "gpu"))
    return 0;
  if (length(name) < 5 || memcmp(name, "gpu:", 4) != 0)
    return -1;
  int64_t number = 0;
  for (const char *at = name + 4; *at; ++at) {
    if (*at < '0' || *at > '9' || number > 999)
      return -1;
    number = number * 10 + (*at - '0');
  }
  return number;
}

} // namespace

const lfm2_variant *variantFor(const lfm2_program &program,
                               const Physical &physical) {
  for (uint32_t i = 0; i < program.num_variants; ++i)
    if (isFor(program.variants[i]) &&
        !lacks(program.variants[i], physical, nullptr))
      return &program.variants[i];
  return nullptr;
}

void listLacking(Message &message, const lfm2_program &program,
                 const Physical &physical) {
  if (variantFor(program, physical))
    return;
  // The last variant asks for the least.
  const lfm2_variant *least = nullptr;
  for (uint32_t i = 0; i < program.num_variants; ++i)
    if (isFor(program.variants[i]))
      least = &program.variants[i];
  if (least)
    lacks(*least, physical, &message);
}

lfm2rt_status noDevice(lfm2rt_error *error) {
  return Failure(error, LFM2RT_NO_DEVICE)
         << "expected a device for Vulkan, found none; install its driver";
}

lfm2rt_status choose(Physical &physical, const lfm2_variant *&variant,
                     const lfm2_program &program, const char *name,
                     const InstanceOf &instance, lfm2rt_error *error) {
  PhysicalDevice devices[InstanceOf::mostDevices];
  uint32_t count = instance.list(devices);
  if (count == 0)
    return noDevice(error);
  bool any = equal(name, "gpu");
  int64_t number = numberOf(name);
  int64_t found = -1;
  for (uint32_t i = 0; i < count; ++i) {
    instance.describe(physical, devices[i]);
    bool isMeant = number >= 0 ? any || number == i
                               : contains(physical.properties.deviceName, name);
    if (!isMeant)
      continue;
    variant = variantFor(program, physical);
    if (variant)
      return LFM2RT_OK;
    if (found < 0)
      found = i;
  }
  if (found >= 0) {
    instance.describe(physical, devices[found]);
    char lacking[256];
    Message list(lacking, sizeof(lacking));
    listLacking(list, program, physical);
    return Failure(error, LFM2RT_NO_DEVICE)
           << "the device '" << physical.properties.deviceName << "' lacks "
           << lacking << "; update its driver, or choose another device";
  }
  Failure failure(error, LFM2RT_NO_DEVICE);
  failure << "expected a device of the name '" << name << "', found";
  for (uint32_t i = 0; i < count; ++i) {
    instance.describe(physical, devices[i]);
    failure << (i ? ", gpu:" : " gpu:") << i << " '"
            << physical.properties.deviceName << "'";
  }
  return failure << "; choose one of these";
}

} // namespace lfm2rt::vk
