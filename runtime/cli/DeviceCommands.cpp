// --device, --devices, and what --info says of devices.
#include "runtime/cli/Devices.h"
#include "runtime/cli/Session.h"

namespace lfm2rt {
namespace {

constexpr uint32_t mostDevices = 16;

bool hasCpuCode(const lfm2_program &program) {
  for (uint32_t i = 0; i < program.num_variants; ++i)
    if (program.variants[i].code == LFM2_CODE_CPU)
      return true;
  return false;
}

// Nothing was asked for, or only that a device be chosen.
bool isFree(const Session &session) {
  return !session.options.device || equal(session.options.device, "auto");
}

// With code for CPUs beside it, a device that is one itself is no gain.
bool isWorse(const lfm2rt_device_info &info) { return equal(info.kind, "CPU"); }

int openOn(Session &session, const char *name, lfm2rt_error &error) {
  uint64_t bytes = lfm2rt_device_size(&Session::program());
  if (!session.deviceMemory.grow(bytes))
    return session.noMemory(bytes);
  lfm2rt_model_open_device(&session.model, &Session::program(), name,
                           session.deviceMemory.data(),
                           session.deviceMemory.size(), &error);
  return 0;
}

bool openCpu(Session &session, const char *why) {
  session.output.note(Line() << why << "; the CPU runs it");
  return session.openCpu() == 0;
}

int openModel(Session &session) {
  const lfm2_program &program = Session::program();
  const char *name = session.options.device;
  bool isChoice = isFree(session) && hasCpuCode(program);
  if (name && equal(name, "cpu"))
    return session.openCpu();
  if (isFree(session))
    name = "gpu";
  lfm2rt_error error = {};
  if (isChoice) {
    lfm2rt_device_info infos[mostDevices];
    uint32_t count = 0;
    lfm2rt_status status =
        lfm2rt_devices(&program, infos, mostDevices, &count, &error);
    if (status != LFM2RT_OK)
      return openCpu(session, error.message) ? 0 : 1;
    if (isWorse(infos[0]))
      return openCpu(session, Line() << "the only device is '" << infos[0].name
                                     << "', which is a CPU itself")
                 ? 0
                 : 1;
  }
  if (int status = openOn(session, name, error))
    return status;
  if (!session.model.program)
    return isChoice && openCpu(session, error.message)
               ? 0
               : session.output.fail(error);
  if (hasCpuCode(program))
    session.output.note(
        Line() << "the device '" << lfm2rt_model_device(&session.model)
               << "' runs it" << (isChoice ? ", the first that can" : ""));
  return 0;
}

bool fallBack(Session &session, const lfm2rt_error &error) {
  if (!lfm2rt_model_device(&session.model) || !isFree(session) ||
      !hasCpuCode(Session::program()))
    return false;
  lfm2rt_weights_close(&session.weights);
  lfm2rt_model_close(&session.model);
  return openCpu(session, error.message);
}

int list(Session &session) {
  lfm2rt_device_info infos[mostDevices];
  uint32_t count = 0;
  lfm2rt_error error;
  if (lfm2rt_devices(&Session::program(), infos, mostDevices, &count, &error) !=
      LFM2RT_OK)
    return session.output.fail(error);
  for (uint32_t i = 0; i < min(count, mostDevices); ++i) {
    const lfm2rt_device_info &info = infos[i];
    Line line;
    line << "gpu:" << i << "  " << info.name << ", " << info.kind << ", "
         << (info.memory >> 20) << " MiB; ";
    if (info.variant)
      line << "runs " << info.variant << "\n";
    else
      line << "lacks " << info.lacks << "\n";
    session.output.write(line);
  }
  if (hasCpuCode(Session::program()))
    session.output.write("cpu\n");
  return session.output.finish();
}

// A model of its own: the session's needs no device for it.
int info(Session &session) {
  size_t bytes = 0;
  const char *text = lfm2rt_weights_info(&session.weights, &bytes);
  while (bytes > 0 && text[bytes - 1] != '}')
    --bytes;
  uint64_t room = lfm2rt_device_size(&Session::program());
  Buffer memory;
  if (bytes == 0 || !memory.grow(room))
    return session.noMemory(room);
  const char *name = session.options.device;
  lfm2rt_error error = {};
  lfm2rt_model model;
  bool isOpen = lfm2rt_model_open_device(
                    &model, &Session::program(),
                    isFree(session) || equal(name, "cpu") ? "gpu" : name,
                    memory.data(), memory.size(), &error) == LFM2RT_OK;
  if (!isOpen && !isFree(session))
    return session.output.fail(error);
  --bytes;
  while (bytes > 0 && (text[bytes - 1] == '\n' || text[bytes - 1] == ' '))
    --bytes;
  session.output.write(text, bytes);
  Line json;
  json << ",\n  \"device\": ";
  if (isOpen) {
    lfm2rt_context_options options = {};
    options.tokens = uint32_t(session.contextTokens());
    options.threads = 1;
    json << "{\"name\": \"" << lfm2rt_model_device(&model)
         << "\", \"variant\": \"" << lfm2rt_model_variant(&model)
         << "\", \"weights_bytes\": " << lfm2rt_device_bytes(&model, nullptr)
         << ", \"context_tokens\": " << options.tokens
         << ", \"context_bytes\": " << lfm2rt_device_bytes(&model, &options)
         << "}\n}\n";
    lfm2rt_model_close(&model);
  } else {
    json << "null\n}\n";
    session.output.note(error.message);
  }
  session.output.write(json);
  return session.output.finish();
}

} // namespace

const DeviceCommands deviceCommands = {list, openModel, fallBack, info};

} // namespace lfm2rt
