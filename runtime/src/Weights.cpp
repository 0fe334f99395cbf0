// Opening of archives: in memory, or mapped out of a file. The weights
// themselves are not looked at, so this takes the same time for any size. The
// defaults and what embedding needs are, since nothing else would notice.
#include "runtime/device/Device.h"
#include "runtime/platform/Platform.h"
#include "runtime/src/Archive.h"
#include "runtime/src/Embedding.h"
#include "runtime/src/Message.h"
#include "runtime/src/Model.h"

using namespace lfm2rt;

namespace lfm2rt {

const lfm2_defaults *defaultsOf(const lfm2rt_weights &weights) {
  if (weights.bytes[LFM2_SECTION_DEFAULTS] < sizeof(lfm2_defaults))
    return nullptr;
  return reinterpret_cast<const lfm2_defaults *>(
      weights.section[LFM2_SECTION_DEFAULTS]);
}

static lfm2rt_status openTokenizer(lfm2rt_weights &weights, const char *name,
                                   lfm2rt_error *error) {
  if (weights.bytes[LFM2_SECTION_TOKENIZER] == 0)
    return LFM2RT_OK;
  auto *tokenizer = reinterpret_cast<lfm2_tokenizer *>(weights.tokenizer);
  int outcome =
      lfm2_tokenizer_open(tokenizer, weights.section[LFM2_SECTION_TOKENIZER],
                          weights.bytes[LFM2_SECTION_TOKENIZER]);
  if (outcome != LFM2_TOKENIZER_OK)
    return Failure(error, LFM2RT_BAD_WEIGHTS)
           << "tokenizer in '" << name
           << "': " << lfm2_tokenizer_open_message(outcome)
           << "; the file is damaged: copy it again";
  if (lfm2_tokenizer_vocabulary(tokenizer) == 0)
    memset(weights.tokenizer, 0, sizeof(weights.tokenizer));
  return LFM2RT_OK;
}

// The archive of `footer` starts at `archive`, with bytes of its file before.
static lfm2rt_status open(lfm2rt_weights &weights, const lfm2rt_model &model,
                          const uint8_t *archive, const lfm2_footer &footer,
                          uint64_t before, const char *name,
                          lfm2rt_error *error) {
  memset(&weights, 0, sizeof(weights));
  weights.model = &model;
  for (uint32_t i = 0; i < LFM2_NUM_SECTIONS; ++i) {
    weights.section[i] = archive;
    weights.bytes[i] = footer.section_bytes[i];
    archive += alignUp(footer.section_bytes[i], sectionAlign);
  }
  weights.footer = archive;
  weights.before = before;
  lfm2rt_status status = verifySections(weights, LFM2_SECTION_DEFAULTS, error);
  if (status != LFM2RT_OK)
    return status;
  if (!Embedding::isSound(weights.section[LFM2_SECTION_EMBEDDING],
                          weights.bytes[LFM2_SECTION_EMBEDDING]))
    return Failure(error, LFM2RT_BAD_WEIGHTS)
           << "prompts in '" << name
           << "': expected tables that fill their section, found others; the "
              "file is damaged: copy it again";
  status = openTokenizer(weights, name, error);
  if (Device *device = deviceOf(model))
    if (status == LFM2RT_OK)
      status = device->upload(weights, error);
  return status;
}

// The end of a path tells most; a message has no room for all of a long one.
static const char *shortened(const char *path) {
  constexpr size_t most = 200;
  size_t bytes = length(path);
  return bytes > most ? path + (bytes - most) : path;
}

static lfm2rt_status openMapped(lfm2rt_weights &weights,
                                const lfm2rt_model &model, int64_t file,
                                const char *path, lfm2rt_error *error) {
  int64_t bytes = platform::fileBytes(file);
  lfm2_footer footer;
  if (bytes >= int64_t(sizeof(footer))) {
    uint64_t at = uint64_t(bytes) - sizeof(footer);
    int64_t got = platform::readAt(file, &footer, sizeof(footer), at);
    if (got >= 0 && got < int64_t(sizeof(footer)))
      got = -5; // The file shrank meanwhile.
    bytes = got < 0 ? got : bytes;
  } else if (bytes >= 0) {
    memset(&footer, 0, sizeof(footer));
  }
  if (bytes < 0)
    return Failure(error, LFM2RT_SYSTEM, uint64_t(-bytes))
           << "cannot read '" << path << "': error " << -bytes
           << " of the system; give a readable file of weights";
  lfm2rt_status status =
      checkFooter(footer, *model.program, uint64_t(bytes), path, error);
  if (status != LFM2RT_OK)
    return status;
  void *mapping = nullptr;
  // All of the file: what stands in front of the archive has a hash as well.
  if (!isAddressable(uint64_t(bytes)))
    return Failure(error, LFM2RT_NO_MEMORY, uint64_t(bytes))
           << "cannot map " << bytes << " bytes of '" << path
           << "': addresses have " << uint64_t(sizeof(void *) * 8)
           << " bits on this machine; compile a smaller model for it";
  int64_t result = platform::mapFile(file, 0, uint64_t(bytes), &mapping);
  if (result < 0)
    return Failure(error, LFM2RT_SYSTEM, uint64_t(-result))
           << "cannot map " << bytes << " bytes of '" << path << "': error "
           << -result << " of the system; is there address space left?";
  status = open(weights, model,
                static_cast<uint8_t *>(mapping) + footer.archive_offset, footer,
                footer.archive_offset, path, error);
  if (status != LFM2RT_OK) {
    platform::unmap(mapping, uint64_t(bytes));
    return status;
  }
  weights.mapping = mapping;
  weights.mapping_bytes = uint64_t(bytes);
  return LFM2RT_OK;
}

} // namespace lfm2rt

extern "C" lfm2rt_status lfm2rt_weights_open_memory(lfm2rt_weights *weights,
                                                    const lfm2rt_model *model,
                                                    const void *data,
                                                    uint64_t bytes,
                                                    lfm2rt_error *error) {
  const char *name = "memory";
  if (reinterpret_cast<uintptr_t>(data) % 64 != 0)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "weights in memory: expected an address that is a multiple of 64";
  if (!isAddressable(bytes))
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "weights in memory: expected a size that memory can have, found "
           << bytes << " bytes";
  auto *start = static_cast<const uint8_t *>(data);
  lfm2_footer footer = {};
  if (bytes >= sizeof(footer))
    memcpy(&footer, start + (bytes - sizeof(footer)), sizeof(footer));
  // What is before the archive may have been left out.
  uint64_t before = footer.archive_offset;
  if (isFooter(footer) && footer.archive_bytes == bytes - sizeof(footer))
    before = 0;
  lfm2rt_status status =
      checkFooter(footer, *model->program,
                  bytes + (footer.archive_offset - before), name, error);
  if (status != LFM2RT_OK)
    return status;
  return open(*weights, *model, start + before, footer, before, name, error);
}

extern "C" lfm2rt_status lfm2rt_weights_open_file(lfm2rt_weights *weights,
                                                  const lfm2rt_model *model,
                                                  const char *path,
                                                  lfm2rt_error *error) {
  int64_t file = platform::openForReading(path);
  if (file < 0) {
    constexpr int64_t noSuchFile = -2;
    Failure failure(error, LFM2RT_SYSTEM, uint64_t(-file));
    if (file == noSuchFile)
      return failure
             << "expected weights in '" << shortened(path)
             << "', found no such file; put it there, as lfm2-compile made it";
    return failure << "cannot open '" << shortened(path) << "': error " << -file
                   << " of the system; give a readable file of weights";
  }
  lfm2rt_status status =
      openMapped(*weights, *model, file, shortened(path), error);
  platform::closeFile(file); // The mapping keeps the file.
  return status;
}

extern "C" void lfm2rt_weights_close(lfm2rt_weights *weights) {
  if (weights->uploaded[0])
    deviceOf(*weights->model)->drop(*weights);
  if (weights->mapping)
    platform::unmap(weights->mapping, weights->mapping_bytes);
  memset(weights, 0, sizeof(*weights));
}

extern "C" const char *lfm2rt_weights_info(const lfm2rt_weights *weights,
                                           size_t *length) {
  *length = size_t(weights->bytes[LFM2_SECTION_INFO]);
  return reinterpret_cast<const char *>(weights->section[LFM2_SECTION_INFO]);
}

extern "C" void lfm2rt_sampling_defaults(const lfm2rt_weights *weights,
                                         lfm2rt_sampling *sampling) {
  static const lfm2rt_text breakers[] = {
      {"\n", 1}, {":", 1}, {"\"", 1}, {"*", 1}};
  *sampling = {};
  // Where nothing is recommended: draw from the distribution as it is.
  sampling->temperature = sampling->top_p = sampling->repeat_penalty = 1;
  sampling->repeat_window = 64;
  if (const lfm2_defaults *defaults = defaultsOf(*weights)) {
    sampling->temperature = defaults->temperature;
    sampling->top_p = defaults->top_p;
    sampling->min_p = defaults->min_p;
    sampling->repeat_penalty = defaults->repeat_penalty;
    sampling->top_k = defaults->top_k;
    sampling->repeat_window = defaults->repeat_window;
  }
  sampling->xtc_threshold = sampling->mirostat_eta = 0.1f;
  sampling->dynatemp_exponent = 1;
  sampling->dry_base = 1.75f;
  sampling->dry_allowed_length = 2;
  sampling->dry_window = 64;
  sampling->num_dry_breakers = 4;
  sampling->dry_breakers = breakers;
}
