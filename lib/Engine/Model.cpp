#include "lib/Engine/Model.h"

#include "lib/Engine/Failure.h"
#include "lib/Engine/Form.h"

#include <cstdlib>
#include <ctime>
#include <dlfcn.h>
#include <unistd.h>

namespace lfm2e {
namespace {

/// Work memory of a call, at a multiple of 8; most of it stays untouched.
class Work {
public:
  explicit Work(uint64_t bytes)
      : words(new uint64_t[(bytes + 7) / 8]), size((bytes + 7) / 8 * 8) {}
  void *get() const { return words.get(); }
  uint64_t bytes() const { return size; }

private:
  std::unique_ptr<uint64_t[]> words;
  uint64_t size;
};

std::string weightsOf(const std::string &library) {
  constexpr std::string_view ending = ".so";
  std::string stem = library;
  if (stem.size() > ending.size() &&
      stem.compare(stem.size() - ending.size(), ending.size(), ending) == 0)
    stem.resize(stem.size() - ending.size());
  std::string beside = stem + ".weights";
  return access(beside.c_str(), F_OK) == 0 ? beside : library;
}

void check(lfm2rt_status status, const lfm2rt_error &error) {
  if (status != LFM2RT_OK)
    throw Failure(error);
}

/// Seconds that local time is ahead of UTC.
int32_t utcOffset(time_t now) {
  tm local = {};
  localtime_r(&now, &local);
  return int32_t(local.tm_gmtoff);
}

} // namespace

std::shared_ptr<Model> Model::open(const std::string &library,
                                   const Settings &settings) {
  std::shared_ptr<Model> model(new Model);
  model->libraryPath = library;
  // With a slash, so that it is not looked for in the folders of libraries.
  std::string path =
      library.find('/') == std::string::npos ? "./" + library : library;
  model->handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!model->handle)
    throw Failure(LFM2RT_INVALID_ARGUMENT,
                  "expected a library that lfm2-compile made with "
                  "--emit=shared, found none: " +
                      std::string(dlerror()));
  findFunctions(model->handle, path.c_str(), model->functions);
  const auto *program =
      static_cast<const lfm2_program *>(dlsym(model->handle, "lfm2_program"));
  if (!program)
    throw Failure(LFM2RT_INVALID_ARGUMENT,
                  path + ": expected the program lfm2_program, found none; "
                         "compile the model again with --emit=shared");
  const Functions &api = model->functions;
  lfm2rt_error error;
  if (settings.device.empty()) {
    check(api.model_open(&model->opened, program, &error), error);
  } else {
    uint64_t bytes = (api.device_size(program) + 63) / 64 * 64;
    model->deviceMemory = {
        static_cast<char *>(std::aligned_alloc(64, bytes ? bytes : 64)),
        [](char *memory) { std::free(memory); }};
    check(api.model_open_device(&model->opened, program,
                                settings.device.c_str(),
                                model->deviceMemory.get(), bytes, &error),
          error);
  }
  model->isOpen = true;
  std::string weights =
      settings.weights.empty() ? weightsOf(path) : settings.weights;
  check(api.weights_open_file(&model->archive, &model->opened, weights.c_str(),
                              &error),
        error);
  model->hasWeights = true;
  model->forms = std::make_unique<Forms>(model->functions, model->archive);
  if (model->reasonsFirst())
    model->formFlags = LFM2RT_FORM_AFTER_THINKING;
  return model;
}

/// A template that refuses so short a conversation tells nothing.
bool Model::reasonsFirst() const {
  if (!hasChatTemplate())
    return false;
  Talk talk;
  talk.messages = R"([{"role": "user", "content": "x"}])";
  try {
    return opensReasoning(encode(talk));
  } catch (const Failure &) {
    return false;
  }
}

Model::~Model() {
  forms.reset();
  if (hasWeights)
    functions.weights_close(&archive);
  if (isOpen)
    functions.model_close(&opened);
  // Drivers of devices may have threads and handlers left in the library.
  if (handle && !deviceMemory)
    dlclose(handle);
}

std::string_view Model::info() const {
  size_t length = 0;
  const char *text = functions.weights_info(&archive, &length);
  return {text, length};
}

std::vector<int32_t> Model::tokenize(std::string_view text,
                                     uint32_t flags) const {
  Work work(functions.text_work_size(&archive, text.size()));
  std::vector<int32_t> ids(3 * text.size() + 2);
  uint64_t count = 0;
  lfm2rt_error error;
  check(functions.tokenize(&archive, text.data(), text.size(), flags,
                           ids.data(), ids.size(), &count, work.get(),
                           work.bytes(), &error),
        error);
  ids.resize(count);
  return ids;
}

std::vector<int32_t> Model::tokenizeForVector(std::string_view text,
                                              const char *prompt) const {
  Work work(functions.embed_work_size(&archive, text.size()));
  std::vector<int32_t> ids(functions.embed_most_tokens(&archive, text.size()));
  uint64_t count = 0;
  lfm2rt_error error;
  check(functions.embed_tokens(&archive, prompt, text.data(), text.size(),
                               ids.data(), ids.size(), &count, work.get(),
                               work.bytes(), &error),
        error);
  ids.resize(count);
  return ids;
}

/// Calls `make(conversation, work, error)` with as much memory as it takes.
template <typename Make>
static void withTalk(const Functions &api, const lfm2rt_weights &weights,
                     const Talk &talk, Make make) {
  lfm2rt_conversation conversation = {};
  auto give = [](const std::string &text, const char *&to, uint64_t &bytes) {
    to = text.empty() ? nullptr : text.data();
    bytes = text.size();
  };
  give(talk.messages, conversation.messages, conversation.messages_bytes);
  give(talk.tools, conversation.tools, conversation.tools_bytes);
  give(talk.variables, conversation.variables, conversation.variables_bytes);
  conversation.flags = talk.flags;
  time_t now = time(nullptr);
  conversation.now = now;
  conversation.utc_offset = utcOffset(now);
  uint64_t bytes = api.chat_work_size(&weights, &conversation);
  for (;;) {
    Work work(bytes);
    lfm2rt_error error;
    lfm2rt_status status = make(conversation, work, error);
    if (status == LFM2RT_OK)
      return;
    if (status != LFM2RT_NO_MEMORY)
      throw Failure(error);
    bytes = error.needed;
  }
}

std::vector<int32_t> Model::encode(const Talk &talk) const {
  std::vector<int32_t> result;
  withTalk(functions, archive, talk,
           [&](const lfm2rt_conversation &conversation, const Work &work,
               lfm2rt_error &error) {
             const int32_t *ids = nullptr;
             uint64_t count = 0;
             lfm2rt_status status =
                 functions.chat_encode(&archive, &conversation, work.get(),
                                       work.bytes(), &ids, &count, &error);
             if (status == LFM2RT_OK)
               result.assign(ids, ids + count);
             return status;
           });
  return result;
}

std::string Model::render(const Talk &talk) const {
  std::string result;
  withTalk(functions, archive, talk,
           [&](const lfm2rt_conversation &conversation, const Work &work,
               lfm2rt_error &error) {
             const char *text = nullptr;
             uint64_t length = 0;
             lfm2rt_status status =
                 functions.chat_render(&archive, &conversation, work.get(),
                                       work.bytes(), &text, &length, &error);
             if (status == LFM2RT_OK)
               result.assign(text, length);
             return status;
           });
  return result;
}

std::vector<std::string_view> Model::templateVariables() const {
  std::vector<std::string_view> names;
  size_t length = 0;
  for (uint32_t i = 0;
       const char *name = functions.chat_variable(&archive, i, &length); ++i)
    names.emplace_back(name, length);
  return names;
}

std::string_view Model::textOf(int32_t token) const {
  size_t length = 0;
  const char *text = functions.token_text(&archive, token, &length);
  return {text, length};
}

std::string Model::detokenize(const std::vector<int32_t> &ids,
                              bool withControl) const {
  std::string text;
  for (int32_t id : ids)
    if (withControl || !isControl(id))
      text += textOf(id);
  return text;
}

lfm2rt_sampling Model::recommendedSampling() const {
  lfm2rt_sampling sampling;
  functions.sampling_defaults(&archive, &sampling);
  return sampling;
}

bool Model::opensReasoning(const std::vector<int32_t> &prompt) const {
  return functions.opens_reasoning(&archive, prompt.data(),
                                   uint32_t(prompt.size()));
}

std::shared_ptr<const Form> Model::form(uint32_t kind, uint32_t flags,
                                        const std::string &tool,
                                        std::string_view text) const {
  return forms->get(kind, flags, tool, text);
}

std::shared_ptr<const Form> Model::ownForm() const { return forms->own(); }

} // namespace lfm2e
