// A saved state or a mark with some of its bytes changed and cut anywhere, as
// it came or with hashes that were made anew: refused, and the context goes on;
// or taken, and it goes on from there.

#include "lfm2rt/lfm2rt.h"
#include "test/unit/Runtime/FakeArchive.h"

#include "llvm/Support/xxhash.h"

#include <cstdlib>
#include <cstring>

using namespace fake;

namespace {

constexpr size_t headerBytes = 64, headerHashAt = 56;

void check(bool good) {
  if (!good)
    __builtin_trap();
}

void *take(size_t bytes) {
  void *memory = std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  std::memset(memory, 0, (bytes + 4095) / 4096 * 4096);
  return memory;
}

/// Of this process: a model and a context.
struct Fixture {
  Fixture() {
    const std::vector<uint8_t> bytes = makeArchive();
    void *archive = take(bytes.size());
    std::memcpy(archive, bytes.data(), bytes.size());
    check(lfm2rt_model_open(&model, &program, nullptr) == LFM2RT_OK &&
          lfm2rt_weights_open_memory(&weights, &model, archive, bytes.size(),
                                     nullptr) == LFM2RT_OK);
    lfm2rt_context_options options = {};
    options.tokens = 96;
    options.threads = 1;
    options.marks = 2;
    const uint64_t size = lfm2rt_context_size(&model, &options);
    check(lfm2rt_context_create(&context, &weights, &options, take(size), size,
                                nullptr) == LFM2RT_OK);
    read(70);
    saved.resize(lfm2rt_save_size(context));
    lfm2rt_save(context, saved.data());
    mark.resize(lfm2rt_mark_size(&model));
    lfm2rt_mark(context, mark.data());
  }
  /// Tokens as far as there is room.
  void read(uint32_t most) {
    for (uint32_t i = 0; i < most; ++i) {
      const auto token = int32_t(i * 7 % vocabulary);
      const bool full = lfm2rt_position(context) == lfm2rt_capacity(context);
      check((lfm2rt_eval(context, &token, 1, nullptr, nullptr) == LFM2RT_OK) !=
                full ||
            lfm2rt_position(context) + 1 >= lfm2rt_capacity(context));
    }
  }

  lfm2rt_model model;
  lfm2rt_weights weights;
  lfm2rt_context *context = nullptr;
  std::vector<uint8_t> saved, mark;
};

void put(std::vector<uint8_t> &bytes, size_t at, uint64_t value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

/// Makes the hash of the header fit, as those would who mean harm.
void seal(std::vector<uint8_t> &bytes) {
  if (bytes.size() < headerBytes)
    return;
  put(bytes, headerHashAt, 0);
  put(bytes, headerHashAt,
      llvm::xxHash64(llvm::ArrayRef(bytes).take_front(headerBytes)));
}

} // namespace

// Which of the two, how long, whether sealed; then places and their new values.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static Fixture fixture;
  if (size < 3)
    return 0;
  const bool isMark = data[0] & 1, seals = data[0] & 2;
  std::vector<uint8_t> bytes = isMark ? fixture.mark : fixture.saved;
  const size_t length = size_t(data[1]) | size_t(data[2]) << 8;
  for (size_t i = 3; i + 3 <= size; i += 3)
    bytes[(size_t(data[i]) | size_t(data[i + 1]) << 8) % bytes.size()] =
        data[i + 2];
  // A mark has one size, and nobody says another.
  if (!isMark && length)
    bytes.resize(length % (2 * bytes.size()));
  if (seals)
    seal(bytes);
  check(lfm2rt_restore(fixture.context, fixture.saved.data(),
                       fixture.saved.size(), nullptr) == LFM2RT_OK);
  lfm2rt_error error;
  if (isMark)
    lfm2rt_rewind(fixture.context, bytes.data(), &error);
  else
    lfm2rt_restore(fixture.context, bytes.data(), bytes.size(), &error);
  fixture.read(5);
  lfm2rt_rewind_to(fixture.context, lfm2rt_position(fixture.context) / 2,
                   &error);
  fixture.read(2);
  return 0;
}
