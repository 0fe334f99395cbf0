// States that are rewound, saved, restored and damaged.
#include "test/unit/Runtime/Fixture.h"

#include "llvm/Support/xxhash.h"

#include <fstream>
#include <iterator>

using namespace fake;

namespace {

constexpr size_t headerBytes = 64, positionAt = 48, pendingAt = 52,
                 headerHashAt = 56;

class State : public Runtime {
protected:
  /// Makes the hash of a header fit, as those would who mean harm.
  static void seal(std::vector<char> &bytes) {
    std::memset(bytes.data() + headerHashAt, 0, 8);
    const uint64_t hash = llvm::xxHash64(
        llvm::StringRef(bytes.data(), bytes.size()).take_front(headerBytes));
    std::memcpy(bytes.data() + headerHashAt, &hash, sizeof hash);
  }
  template <typename T>
  static void put(std::vector<char> &bytes, size_t at, T value) {
    std::memcpy(bytes.data() + at, &value, sizeof value);
  }
};

TEST_F(State, RewindGoesOnAsIfNothingHadFollowed) {
  const std::vector<int32_t> start = someTokens(37, 1), one = someTokens(20, 2),
                             other = someTokens(20, 3);
  Context context(model, weights, 128, 2);
  context.eval(start);
  std::vector<char> mark(lfm2rt_mark_size(&model));
  EXPECT_LE(mark.size(), fixedBytes + 128) << "small";
  lfm2rt_mark(context, mark.data());
  const std::vector<float> first = context.eval(one);
  ASSERT_EQ(lfm2rt_rewind(context, mark.data(), &error), LFM2RT_OK)
      << error.message;
  EXPECT_EQ(lfm2rt_position(context), 37u);
  const std::vector<float> second = context.eval(other);
  EXPECT_NE(first, second);
  ASSERT_EQ(lfm2rt_rewind(context, mark.data(), &error), LFM2RT_OK);
  EXPECT_EQ(context.eval(one), first);
}

TEST_F(State, WithoutLogitsThereIsNothingToDraw) {
  Context context(model, weights, 64, 1);
  context.eval(someTokens(5));
  std::vector<char> mark(lfm2rt_mark_size(&model)),
      saved(lfm2rt_save_size(context));
  lfm2rt_mark(context, mark.data());
  lfm2rt_save(context, saved.data());
  const auto expectNone = [&] {
    EXPECT_EQ(lfm2rt_logits(context), nullptr);
    EXPECT_EQ(lfm2rt_sample(context), -1);
    EXPECT_EQ(lfm2rt_generate_tokens(context, nullptr, 0, 1, 0, nullptr,
                                     nullptr, &error),
              LFM2RT_INVALID_ARGUMENT);
  };
  EXPECT_GE(lfm2rt_sample(context), 0);
  ASSERT_EQ(lfm2rt_rewind(context, mark.data(), &error), LFM2RT_OK);
  expectNone();
  context.eval({1});
  ASSERT_EQ(lfm2rt_restore(context, saved.data(), saved.size(), &error),
            LFM2RT_OK);
  expectNone();
  context.eval({1});
  lfm2rt_reset(context);
  expectNone();
}

TEST_F(State, RewindWhereTheTokensAreOthersIsRefused) {
  Context context(model, weights, 128, 1);
  context.eval(someTokens(20, 1));
  std::vector<char> mark(lfm2rt_mark_size(&model));
  lfm2rt_mark(context, mark.data());
  lfm2rt_reset(context);
  EXPECT_EQ(lfm2rt_rewind(context, mark.data(), &error),
            LFM2RT_INVALID_ARGUMENT);
  context.eval(someTokens(30, 2));
  EXPECT_EQ(lfm2rt_rewind(context, mark.data(), &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("not the first of the 30"));
  EXPECT_EQ(lfm2rt_position(context), 30u);
  mark[0] ^= 1;
  EXPECT_EQ(lfm2rt_rewind(context, mark.data(), &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("expected a mark"));
}

TEST_F(State, EveryFlippedBitOfAMarkIsRefused) {
  Context context(model, weights, 128, 1);
  context.generate({1, 2, 3}, 10);
  std::vector<char> mark(lfm2rt_mark_size(&model) + 1);
  char *at = mark.data() + 1; // No alignment is asked for.
  lfm2rt_mark(context, at);
  const std::vector<float> next = context.eval(someTokens(3));
  for (size_t bit = 0; bit < 8 * (mark.size() - 1); ++bit) {
    at[bit / 8] ^= char(1 << bit % 8);
    EXPECT_EQ(lfm2rt_rewind(context, at, &error), LFM2RT_INVALID_ARGUMENT)
        << "bit " << bit;
    if (bit >= 64)
      EXPECT_TRUE(failed("the mark is damaged; make it again"));
    at[bit / 8] ^= char(1 << bit % 8);
  }
  EXPECT_EQ(lfm2rt_rewind(context, at, &error), LFM2RT_OK) << error.message;
  EXPECT_EQ(context.eval(someTokens(3)), next);
}

TEST_F(State, FlippedBitsOfASavedStateAreRefused) {
  Context context(model, weights, 64, 1);
  context.generate({1, 2, 3}, 10);
  std::vector<char> saved(lfm2rt_save_size(context) + 1);
  char *at = saved.data() + 1;
  lfm2rt_save(context, at);
  const std::vector<float> next = context.eval(someTokens(3));
  for (size_t bit = 0; bit < 8 * (saved.size() - 1); bit += 1 + bit % 3) {
    at[bit / 8] ^= char(1 << bit % 8);
    EXPECT_EQ(lfm2rt_restore(context, at, saved.size() - 1, &error),
              LFM2RT_INVALID_ARGUMENT)
        << "bit " << bit;
    if (bit >= 64)
      EXPECT_TRUE(failed("the saved state is damaged; make it again"));
    at[bit / 8] ^= char(1 << bit % 8);
  }
  EXPECT_EQ(lfm2rt_restore(context, at, saved.size() - 1, &error), LFM2RT_OK)
      << error.message;
  EXPECT_EQ(context.eval(someTokens(3)), next);
}

// With hashes that were made anew.
TEST_F(State, NumbersThatCannotBeAreRefused) {
  Context context(model, weights, 64, 1);
  context.generate({1, 2, 3}, 10);
  std::vector<char> mark(lfm2rt_mark_size(&model)),
      saved(lfm2rt_save_size(context));
  lfm2rt_mark(context, mark.data());
  lfm2rt_save(context, saved.data());
  for (std::vector<char> *good : {&mark, &saved}) {
    const auto take = [&](std::vector<char> &bytes) {
      return good == &mark
                 ? lfm2rt_rewind(context, bytes.data(), &error)
                 : lfm2rt_restore(context, bytes.data(), bytes.size(), &error);
    };
    for (int32_t pending : {int32_t(vocabulary), 0x7fffffff}) {
      std::vector<char> bad = *good;
      put(bad, pendingAt, pending), seal(bad);
      EXPECT_EQ(take(bad), LFM2RT_INVALID_ARGUMENT) << pending;
    }
    for (uint32_t position : {13u, 65u, 0x7fffffffu, 0xffffffffu}) {
      std::vector<char> bad = *good;
      put(bad, positionAt, position), seal(bad);
      EXPECT_NE(take(bad), LFM2RT_OK) << position;
    }
    EXPECT_EQ(take(*good), LFM2RT_OK) << error.message;
    context.eval({1});
  }
}

TEST_F(State, OfAnotherVersionOrModel) {
  Context context(model, weights, 64, 1);
  std::vector<char> mark(lfm2rt_mark_size(&model)),
      saved(lfm2rt_save_size(context));
  lfm2rt_mark(context, mark.data());
  lfm2rt_save(context, saved.data());
  std::vector<char> old = mark;
  old[7] = '1';
  EXPECT_EQ(lfm2rt_rewind(context, old.data(), &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("expected a mark of version 3, found version 1; make it "
                     "again"));
  old = saved;
  old[7] = '1';
  EXPECT_EQ(lfm2rt_restore(context, old.data(), old.size(), &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(
      failed("expected a saved state of version 3, found version 1; make "
             "it again"));
  old[7] = '4';
  EXPECT_EQ(lfm2rt_restore(context, old.data(), old.size(), &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("found version 4, which a newer runtime made; compile the "
                     "model with that"));
  saved[10] ^= 1, seal(saved);
  EXPECT_EQ(lfm2rt_restore(context, saved.data(), saved.size(), &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("the saved state is of another model or another "
                     "compilation"));
}

TEST_F(State, TakesNoMoreThanWhatIsUsed) {
  Context small(model, weights, 64, 1), large(model, weights, 960, 1);
  for (Context *context : {&small, &large}) {
    context->eval(someTokens(40));
    EXPECT_EQ(lfm2rt_save_size(*context),
              headerBytes + fixedBytes + 48 * bytesPerToken + 40 * 4);
  }
  std::vector<char> saved[2];
  for (int i : {0, 1}) {
    const Context &context = i ? large : small;
    saved[i].resize(lfm2rt_save_size(context));
    lfm2rt_save(context, saved[i].data());
  }
  EXPECT_EQ(saved[0], saved[1]) << "whatever there is room for";
}

// Files that released versions wrote: saved-N is of version N. The last one is,
// byte for byte, what is written today.
TEST_F(State, SavedByEachVersion) {
  const std::string folder = LFM2_SAVED_STATES;
  Context here(model, weights, 64, 1);
  here.generate(someTokens(20), 15, LFM2RT_IGNORE_STOP);
  std::vector<char> saved(lfm2rt_save_size(here));
  lfm2rt_save(here, saved.data());
  for (const char *name : {"saved-3"}) {
    std::ifstream file(folder + "/" + name, std::ios::binary);
    const std::vector<char> old((std::istreambuf_iterator<char>(file)), {});
    if (old != saved) {
      const std::string path = testing::TempDir() + name;
      std::ofstream(path, std::ios::binary)
          .write(saved.data(), std::streamsize(saved.size()));
      ADD_FAILURE() << "the form has changed: raise its version and keep "
                    << path << " beside those in " << folder;
    }
    Context there(model, weights, 128, 1);
    ASSERT_EQ(lfm2rt_restore(there, old.data(), old.size(), &error), LFM2RT_OK)
        << error.message;
    Context then(model, weights, 64, 1);
    then.generate(someTokens(20), 15, LFM2RT_IGNORE_STOP);
    EXPECT_EQ(there.generate({}, 9), then.generate({}, 9));
  }
}

TEST_F(State, RestoredElsewhereGoesOnAsHere) {
  Context here(model, weights, 128, 2), there(model, weights, 960, 1);
  here.generate({1, 2, 3}, 30);
  there.eval(someTokens(50));
  std::vector<char> saved(lfm2rt_save_size(here));
  lfm2rt_save(here, saved.data());
  ASSERT_EQ(lfm2rt_restore(there, saved.data(), saved.size(), &error),
            LFM2RT_OK)
      << error.message;
  EXPECT_EQ(lfm2rt_position(there), lfm2rt_position(here));
  EXPECT_EQ(std::memcmp(lfm2rt_tokens(there), lfm2rt_tokens(here), 32 * 4), 0);
  EXPECT_EQ(there.generate({}, 5), here.generate({}, 5));
  EXPECT_EQ(there.lastLogits(), here.lastLogits());
}

TEST_F(State, DamagedSavesAreRefused) {
  Context context(model, weights, 64, 1), small(model, weights, 32, 1);
  context.eval(someTokens(10));
  std::vector<char> saved(lfm2rt_save_size(context));
  lfm2rt_save(context, saved.data());
  context.eval(someTokens(30));
  std::vector<char> longer(lfm2rt_save_size(context));
  lfm2rt_save(context, longer.data());
  EXPECT_EQ(lfm2rt_restore(small, longer.data(), longer.size(), &error),
            LFM2RT_CONTEXT_FULL);
  EXPECT_EQ(error.needed, 40u);
  EXPECT_TRUE(failed("the saved state is of 40 tokens, this context has room "
                     "for 32; make a larger one"));
  EXPECT_EQ(lfm2rt_position(small), 0u);
  for (size_t size = 0; size < saved.size(); size += size < 100 ? 1 : 37) {
    const std::vector<char> cut(saved.begin(), saved.begin() + long(size));
    EXPECT_EQ(lfm2rt_restore(context, cut.data(), size, &error),
              LFM2RT_INVALID_ARGUMENT);
  }
  EXPECT_TRUE(failed("cut short or damaged"));
}

TEST_F(State, ForksLiveApart) {
  Context one(model, weights, 128, 1), two(model, weights, 128, 2);
  one.generate({5, 6, 7}, 20);
  ASSERT_EQ(lfm2rt_fork(two, one, &error), LFM2RT_OK) << error.message;
  EXPECT_EQ(two.lastLogits(), one.lastLogits());
  const std::vector<float> a = one.eval(someTokens(9, 1));
  const std::vector<float> b = two.eval(someTokens(9, 2));
  EXPECT_NE(a, b);
  Context alone(model, weights, 128, 1);
  alone.generate({5, 6, 7}, 20);
  EXPECT_EQ(alone.eval(someTokens(9, 2)), b);
  Context other(model, weights, 16, 1);
  EXPECT_EQ(lfm2rt_fork(other, one, &error), LFM2RT_CONTEXT_FULL);
  EXPECT_EQ(error.needed, 32u);
  EXPECT_TRUE(failed("expected a context with room for the 32 tokens that were "
                     "read, found one of 16; make a larger one"));
  lfm2rt_weights again;
  ASSERT_EQ(lfm2rt_weights_open_memory(&again, &model, archive.get(),
                                       bytes.size(), &error),
            LFM2RT_OK);
  Context elsewhere(model, again, 128, 1);
  EXPECT_EQ(lfm2rt_fork(elsewhere, one, &error), LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("of the same opened weights, found others"));
}

} // namespace
