// A program, checked, and the variant of it that this CPU runs.
#include "runtime/src/Model.h"
#include "runtime/cpu/Cpu.h"
#include "runtime/device/Device.h"
#include "runtime/platform/Platform.h"
#include "runtime/src/Hash.h"

using namespace lfm2rt;

static bool isSound(const lfm2_program &program) {
  if (program.vocabulary == 0 || program.num_variants == 0 ||
      program.state_fixed_bytes % hashStep ||
      uint64_t(program.state_head_bytes) * LFM2_CONTEXT_GRANULE % hashStep ||
      (program.state_head_bytes
           ? program.state_bytes_per_token % program.state_head_bytes
           : program.state_bytes_per_token))
    return false;
  for (uint32_t i = 0; i < program.num_variants; ++i) {
    const lfm2_variant &variant = program.variants[i];
    int32_t tokens = 0;
    for (uint32_t e = 0; e < variant.num_entries; ++e) {
      if (variant.entries[e].tokens <= tokens)
        return false;
      tokens = variant.entries[e].tokens;
    }
    // Whole texts have a step of one size, conversations one of one token.
    if (variant.num_entries == 0 ||
        (variant.entries[0].tokens != 1 && !isBidirectional(program)))
      return false;
  }
  return true;
}

static lfm2rt_status check(const lfm2_program *program, lfm2rt_error *error) {
  if (program->abi_version != LFM2_ABI_VERSION)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a program of interface version " << LFM2_ABI_VERSION
           << ", found version " << program->abi_version
           << "; compile the model and the runtime with the same lfm2-compile";
  if (!isSound(*program))
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a program with steps of 1 token and more, found none; "
              "compile the model again";
  return LFM2RT_OK;
}

extern "C" lfm2rt_status lfm2rt_model_open(lfm2rt_model *model,
                                           const lfm2_program *program,
                                           lfm2rt_error *error) {
  if (lfm2rt_status status = check(program, error))
    return status;
  uint64_t present = cpuFeatures(), refused;
  const lfm2_variant *variant =
      acquireVariant(*program, present, refused, platform::useRegisters);
  if (!variant) {
    // The last variant asks for the least, and those for devices stand first.
    const lfm2_variant &least = program->variants[program->num_variants - 1];
    if (least.code != LFM2_CODE_CPU)
      return Failure(error, LFM2RT_UNSUPPORTED_CPU)
             << "the model was compiled for devices alone; open it on one "
                "(--device), or compile it without --cpu=none";
    char missing[256] = "";
    Message list(missing, sizeof(missing));
    listMissing(list, least, present | refused);
    if (missing[0] != 0)
      return Failure(error, LFM2RT_UNSUPPORTED_CPU)
             << "the model was compiled for the CPU '" << least.name
             << "', and this one lacks " << missing
             << "; compile it with --cpu=portable or for this CPU";
    listMissing(list, least, present);
    return Failure(error, LFM2RT_UNSUPPORTED_CPU)
           << "the model was compiled for the CPU '" << least.name
           << "', and the system refuses this process " << missing
           << " of it; allow it (Linux 5.16 or later, no filter on "
              "arch_prctl), or compile the model with --cpu=portable";
  }
  memset(model, 0, sizeof(*model));
  model->program = program;
  model->variant = variant;
  return LFM2RT_OK;
}

static lfm2rt_status noDevices(lfm2rt_error *error) {
  return Failure(error, LFM2RT_NO_DEVICE)
         << "the model was compiled for CPUs alone; compile it with "
            "--target=vulkan for devices";
}

extern "C" lfm2rt_status lfm2rt_devices(const lfm2_program *program,
                                        lfm2rt_device_info *infos,
                                        uint32_t capacity, uint32_t *count,
                                        lfm2rt_error *error) {
  *count = 0;
  if (lfm2rt_status status = check(program, error))
    return status;
  return program->driver
             ? driverOf(*program)->list(*program, infos, capacity, count, error)
             : noDevices(error);
}

extern "C" uint64_t lfm2rt_device_size(const lfm2_program *program) {
  return program->driver ? driverOf(*program)->size(*program) : 0;
}

extern "C" lfm2rt_status lfm2rt_model_open_device(lfm2rt_model *model,
                                                  const lfm2_program *program,
                                                  const char *name,
                                                  void *memory, uint64_t bytes,
                                                  lfm2rt_error *error) {
  if (lfm2rt_status status = check(program, error))
    return status;
  uint64_t needed = lfm2rt_device_size(program);
  if (needed == 0)
    return noDevices(error);
  if (bytes < needed)
    return Failure(error, LFM2RT_NO_MEMORY, needed)
           << "an open device needs " << needed << " bytes, found " << bytes
           << "; give so much";
  if (reinterpret_cast<uintptr_t>(memory) % 64 != 0)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected the memory of a device at a multiple of 64 bytes";
  Device *device = nullptr;
  lfm2rt_status status =
      driverOf(*program)->open(device, *program, name, memory, error);
  if (status != LFM2RT_OK)
    return status;
  memset(model, 0, sizeof(*model));
  model->program = program;
  model->variant = &device->variant();
  model->device = device;
  return LFM2RT_OK;
}

extern "C" void lfm2rt_model_close(lfm2rt_model *model) {
  if (Device *device = deviceOf(*model))
    device->close();
  memset(model, 0, sizeof(*model));
}

extern "C" const char *lfm2rt_model_device(const lfm2rt_model *model) {
  const Device *device = deviceOf(*model);
  return device ? device->name() : nullptr;
}

extern "C" const char *lfm2rt_model_variant(const lfm2rt_model *model) {
  return variantOf(*model).name;
}

extern "C" uint32_t lfm2rt_model_vocabulary(const lfm2rt_model *model) {
  return model->program->vocabulary;
}

extern "C" uint32_t lfm2rt_model_context_max(const lfm2rt_model *model) {
  return model->program->context_max;
}

extern "C" uint32_t lfm2rt_model_chunk(const lfm2rt_model *model) {
  const lfm2_variant &variant = variantOf(*model);
  return uint32_t(variant.entries[variant.num_entries - 1].tokens);
}

extern "C" uint32_t lfm2rt_model_hidden(const lfm2rt_model *model) {
  return model->program->hidden;
}

extern "C" uint32_t lfm2rt_model_gives(const lfm2rt_model *model) {
  static_assert(int(LFM2RT_GIVES_LOGITS) == int(LFM2_OUTPUT_LOGITS) &&
                    int(LFM2RT_GIVES_HIDDEN) == int(LFM2_OUTPUT_HIDDEN) &&
                    int(LFM2RT_GIVES_VECTORS) == int(LFM2_OUTPUT_VECTORS) &&
                    int(LFM2RT_GIVES_TOKEN_VECTORS) ==
                        int(LFM2_OUTPUT_TOKEN_VECTORS),
                "the public names are those of the program");
  return model->program->outputs |
         (isBidirectional(*model->program) ? LFM2RT_IS_BIDIRECTIONAL : 0);
}

extern "C" uint32_t lfm2rt_model_vector(const lfm2rt_model *model) {
  return model->program->vector;
}
