// Barriers: what they order, and how steps are given up at them.
#include "runtime/src/Pool.h"
#include "runtime/src/Support.h"
#include "test/unit/Runtime/Fixture.h"

#include <thread>

using namespace lfm2rt;

namespace {

struct Threads {
  explicit Threads(uint32_t count, lfm2rt_parallel_fn parallel = nullptr)
      : lines(Pool::lineBytes(count)), stacks(Pool::stacksBytes(count) + 4096) {
    EXPECT_EQ(pool.start(count, lines.get(), stacks.get(), parallel, nullptr),
              0);
  }
  ~Threads() { pool.stop(); }
  fake::Memory lines, stacks;
  Pool pool;
};

// Each thread sums what all have written before the barrier; plain variables,
// so that a thread sanitizer sees a missing order.
struct Sums {
  Pool *pool;
  int rounds;
  std::vector<uint64_t> values, totals;
  std::vector<int> answers; // Barriers that said 1.
  uint32_t stop = 0;
  int stopAt = -1;

  static void run(void *user, int32_t thread) {
    auto &sums = *static_cast<Sums *>(user);
    for (int round = 0; round < sums.rounds; ++round) {
      sums.values[size_t(thread)] += uint64_t(thread + 1);
      if (thread == 0 && round == sums.stopAt)
        store(&sums.stop, 1u);
      if (sums.pool->barrier(thread, &sums.stop)) {
        ++sums.answers[size_t(thread)];
        return;
      }
      uint64_t total = 0;
      for (uint64_t value : sums.values)
        total += value;
      sums.totals[size_t(thread)] = total;
      if (sums.pool->barrier(thread, &sums.stop)) {
        ++sums.answers[size_t(thread)];
        return;
      }
    }
  }
  Sums(Pool &pool, uint32_t threads, int rounds)
      : pool(&pool), rounds(rounds), values(threads), totals(threads),
        answers(threads) {}
};

TEST(Pool, BarriersOrderWhatThreadsDo) {
  for (uint32_t count : {1u, 2u, 3u, 7u, 64u}) {
    Threads threads(count);
    Sums sums(threads.pool, count, 200);
    for (int i = 0; i < 5; ++i)
      threads.pool.run(Sums::run, &sums);
    EXPECT_FALSE(threads.pool.wasGivenUp());
    for (uint64_t total : sums.totals)
      EXPECT_EQ(total, 1000u * count * (count + 1) / 2);
  }
}

TEST(Pool, AllThreadsGiveUpAtTheSameBarrier) {
  Threads threads(4);
  for (int at = 0; at < 50; ++at) {
    Sums sums(threads.pool, 4, 60);
    sums.stopAt = at;
    threads.pool.run(Sums::run, &sums);
    EXPECT_TRUE(threads.pool.wasGivenUp());
    for (size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(sums.answers[i], 1);
      EXPECT_EQ(sums.values[i], uint64_t(at + 1) * (i + 1));
    }
  }
}

TEST(Pool, StoppedFromOutside) {
  Threads threads(2);
  Sums sums(threads.pool, 2, INT32_MAX);
  std::thread other([&] { store(&sums.stop, 1u); });
  threads.pool.run(Sums::run, &sums);
  other.join();
  EXPECT_TRUE(threads.pool.wasGivenUp());
  EXPECT_EQ(sums.answers[0], sums.answers[1]);
}

TEST(Pool, WakesThreadsThatSleep) {
  Threads threads(3);
  Sums sums(threads.pool, 3, 1);
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    threads.pool.run(Sums::run, &sums);
  }
  EXPECT_EQ(sums.totals[2], 30u);
}

TEST(Pool, OfTheApplication) {
  Threads threads(3, [](void (*task)(void *, int32_t), void *argument,
                        int32_t count, void *) {
    std::vector<std::thread> own;
    for (int32_t i = 1; i < count; ++i)
      own.emplace_back(task, argument, i);
    task(argument, 0);
    for (std::thread &thread : own)
      thread.join();
  });
  Sums sums(threads.pool, 3, 20);
  threads.pool.run(Sums::run, &sums);
  EXPECT_EQ(sums.totals[1], 120u);
}

} // namespace
