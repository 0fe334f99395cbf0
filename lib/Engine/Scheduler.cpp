#include "lib/Engine/Scheduler.h"

#include "lib/Engine/ContextPool.h"
#include "lib/Engine/Failure.h"
#include "lib/Engine/FairQueue.h"
#include "lib/Engine/Generation.h"
#include "lib/Engine/StepPace.h"
#include "lib/Engine/StreamQueue.h"

#include <algorithm>
#include <thread>
#include <unistd.h>

namespace lfm2e {
namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Of a request that no answer was begun for.
Event lastEvent(Finish finish, const std::string &message = "") {
  Event event;
  event.finish = finish;
  event.message = message;
  return event;
}

/// A request on its way.
struct Job {
  Job(Request &&asked, std::shared_ptr<EventQueue> queue)
      : request(std::move(asked)), prompt(request.prompt),
        queue(std::move(queue)) {
    usage.promptTokens = uint32_t(prompt.size());
  }

  Request request; ///< Moved from when the answer is begun.
  const std::vector<int32_t> prompt;
  std::shared_ptr<EventQueue> queue;
  ContextPool::Member *member = nullptr;
  std::unique_ptr<Generation> generation;
  /// To be read: of the prompt, later what was drawn.
  std::vector<int32_t> left;
  size_t taken = 0; ///< Of `left`.
  bool answers = false;
  Usage usage;
  Clock::time_point since = Clock::now(); ///< Of its present state.
  uint64_t number = 0;                    ///< In order of beginning.

  uint32_t unread() const { return uint32_t(left.size() - taken); }
};

using JobPointer = std::unique_ptr<Job>;

class Steps final : public Scheduler {
public:
  Steps(std::shared_ptr<Model> model, const Settings &settings);
  ~Steps() override { finish(std::chrono::milliseconds(0)); }

  std::unique_ptr<Stream> submit(Request request) override;
  void finish(std::chrono::milliseconds patience) override;
  const std::shared_ptr<Model> &model() const override { return theModel; }
  uint32_t context() const override { return tokens; }
  Counters counters() const override;

private:
  void check(const Request &request) const;
  void run();
  void admit();
  ContextPool::Found begin(JobPointer &job);
  void dropCancelled();
  void orderTurns();
  uint32_t stepSize(uint32_t answers) const;
  void step();
  void goOn(Job &job);
  void emit(Job &job, Event event);
  void end(Job &job, Event event);
  void endAll(Finish finish, const std::string &message);
  void removeEnded();
  void count(Finish finish);
  uint32_t reserveFor(const Job &job) const;

  const std::shared_ptr<Model> theModel;
  const Settings settings;
  const Functions &api;
  const uint32_t tokens;
  ContextPool pool;
  Context reader; ///< Its threads compute all steps.
  StepPace pace;
  std::vector<JobPointer> running;
  std::vector<lfm2rt_turn> turns;
  uint64_t steps = 0, begun = 0;

  mutable std::mutex mutex; ///< Of what follows.
  std::condition_variable isWanted, isIdle;
  FairQueue<JobPointer> waiting;
  Counters totals;
  bool isEnding = false, hasEnded = false;
  std::atomic<bool> endsNow = false;

  std::thread thread;
};

/// What a conversation has room for.
uint32_t contextOf(const Model &model, uint32_t asked) {
  constexpr uint32_t usual = 32768;
  uint32_t most = model.contextMax();
  if (asked > most)
    throw Failure(LFM2RT_INVALID_ARGUMENT,
                  "expected a context of at most " + std::to_string(most) +
                      " tokens, as the model was compiled for, found " +
                      std::to_string(asked) +
                      "; ask for less, or compile it with a larger --context",
                  most);
  return asked ? asked : std::min(most, usual);
}

uint64_t freeMemory() {
  uint64_t pages = uint64_t(std::max(0L, sysconf(_SC_AVPHYS_PAGES)));
  return pages * uint64_t(sysconf(_SC_PAGESIZE));
}

lfm2rt_context_options readerOptions(const Scheduler::Settings &settings) {
  lfm2rt_context_options options = {};
  options.tokens = 1;
  options.threads = settings.threads ? settings.threads : usableCores();
  options.turns = settings.parallel;
  return options;
}

Scheduler::Settings withDefaults(const Model &model,
                                 Scheduler::Settings settings) {
  uint32_t chunk = model.api().model_chunk(&model.model());
  settings.parallel = std::clamp(settings.parallel, 1u, 256u);
  // A step has a token of each.
  settings.parallel = std::min(settings.parallel, std::max(chunk, 1u));
  if (settings.contextBudget == 0)
    settings.contextBudget = freeMemory() / 2;
  return settings;
}

Steps::Steps(std::shared_ptr<Model> of, const Settings &asked)
    : theModel(std::move(of)), settings(withDefaults(*theModel, asked)),
      api(theModel->api()), tokens(contextOf(*theModel, asked.context)),
      pool(theModel, tokens, settings.contextBudget),
      reader(theModel, readerOptions(settings)), thread([this] { run(); }) {}

void Steps::check(const Request &request) const {
  if (request.prompt.empty())
    throw Failure(LFM2RT_INVALID_ARGUMENT,
                  "expected a prompt of at least one token, found none");
  if (request.prompt.size() > tokens)
    throw Failure(LFM2RT_CONTEXT_FULL,
                  "expected a prompt of at most " + std::to_string(tokens) +
                      " tokens, as a conversation has room for, found " +
                      std::to_string(request.prompt.size()) +
                      "; shorten it, or use a larger context",
                  request.prompt.size());
  for (int32_t token : request.prompt)
    if (uint32_t(token) >= theModel->vocabulary())
      throw Failure(LFM2RT_INVALID_ARGUMENT,
                    "expected ids of 0 ... " +
                        std::to_string(theModel->vocabulary() - 1) +
                        ", found " + std::to_string(token));
}

std::unique_ptr<Stream> Steps::submit(Request request) {
  check(request);
  auto queue = std::make_shared<EventQueue>();
  {
    std::lock_guard lock(mutex);
    if (isEnding)
      throw QueueFull("expected a request before the end, found one while the "
                      "model is being closed");
    if (waiting.size() >= settings.queue)
      throw QueueFull("expected at most " + std::to_string(settings.queue) +
                      " requests that wait, found one more; try again later");
    ++totals.requests;
    totals.promptTokens += request.prompt.size();
    std::string client = request.client;
    waiting.push(client, std::make_unique<Job>(std::move(request), queue));
  }
  isWanted.notify_one();
  return std::make_unique<QueueStream>(std::move(queue));
}

void Steps::finish(std::chrono::milliseconds patience) {
  // In front of the lock, which the steps may take again and again.
  endsNow = patience.count() <= 0;
  {
    std::unique_lock lock(mutex);
    isEnding = true;
    isWanted.notify_one();
    isIdle.wait_for(lock, patience, [this] { return hasEnded; });
  }
  endsNow = true;
  if (thread.joinable())
    thread.join();
}

Counters Steps::counters() const {
  std::lock_guard lock(mutex);
  Counters counters = totals;
  counters.waiting = uint32_t(waiting.size());
  counters.contextBudget = settings.contextBudget;
  return counters;
}

uint32_t Steps::reserveFor(const Job &job) const {
  return uint32_t(std::min<uint64_t>(tokens, uint64_t(job.prompt.size()) +
                                                 job.request.most));
}

/// Begins the answer, if there is a context for it; the job is moved from then.
ContextPool::Found Steps::begin(JobPointer &job) {
  ContextPool::Result result;
  try {
    result = pool.acquire(job->prompt, reserveFor(*job));
    if (result.found != ContextPool::Found::Context)
      return result.found;
    job->member = result.member;
    job->generation = std::make_unique<Generation>(job->member->context,
                                                   std::move(job->request));
  } catch (const std::exception &failure) {
    end(*job, lastEvent(Finish::Failed, failure.what()));
    job.reset();
    return ContextPool::Found::Context;
  }
  job->left.assign(job->prompt.begin() + result.kept, job->prompt.end());
  job->usage.cachedTokens = result.kept;
  job->usage.waited = secondsSince(job->since);
  job->since = Clock::now();
  job->number = ++begun;
  {
    std::lock_guard lock(mutex);
    totals.cachedTokens += result.kept;
  }
  running.push_back(std::move(job));
  return ContextPool::Found::Context;
}

/// Takes those that wait as long as there is room.
void Steps::admit() {
  std::vector<JobPointer> later;
  while (running.size() < settings.parallel) {
    std::optional<JobPointer> next;
    {
      std::lock_guard lock(mutex);
      next = waiting.pop();
    }
    if (!next)
      break;
    JobPointer job = std::move(*next);
    ContextPool::Found found = begin(job);
    if (found == ContextPool::Found::Context)
      continue;
    later.push_back(std::move(job));
    if (found == ContextPool::Found::NoRoom)
      break;
  }
  std::lock_guard lock(mutex);
  while (!later.empty()) {
    std::string client = later.back()->request.client;
    waiting.putBack(client, std::move(later.back()));
    later.pop_back();
  }
  totals.running = uint32_t(running.size());
  totals.kept = pool.kept();
  totals.contextBytes = pool.bytes();
}

void Steps::count(Finish finish) {
  std::lock_guard lock(mutex);
  totals.failed += finish == Finish::Failed;
  totals.cancelled += finish == Finish::Cancelled;
}

/// The context is kept for others, unless what it holds may be wrong.
void Steps::end(Job &job, Event event) {
  Finish finish = event.finish;
  job.generation.reset();
  if (job.member) {
    if (finish == Finish::Failed)
      pool.drop(*job.member);
    else
      pool.release(*job.member);
  }
  job.member = nullptr;
  count(finish);
  emit(job, std::move(event));
}

void Steps::emit(Job &job, Event event) {
  if (!event.tokens.empty()) {
    if (job.answers) {
      job.usage.making = secondsSince(job.since);
    } else {
      job.usage.reading = secondsSince(job.since);
      job.since = Clock::now();
      job.answers = true;
    }
    job.usage.madeTokens += uint32_t(event.tokens.size());
  }
  job.queue->push(std::move(event), job.usage);
}

/// All that was left of the job has been read: draws what comes next.
void Steps::goOn(Job &job) {
  Event event = job.generation->draw();
  {
    std::lock_guard lock(mutex);
    totals.madeTokens += event.tokens.size();
  }
  if (event.finish != Finish::None)
    return end(job, std::move(event));
  job.left.clear();
  job.taken = 0;
  for (const Drawn &drawn : event.tokens)
    job.left.push_back(drawn.token);
  emit(job, std::move(event));
}

void Steps::removeEnded() {
  running.erase(
      std::remove_if(running.begin(), running.end(),
                     [](const JobPointer &job) { return !job->member; }),
      running.end());
}

/// Those that wait, too: nobody else is to be refused for their sake.
void Steps::dropCancelled() {
  std::vector<JobPointer> gone;
  {
    std::lock_guard lock(mutex);
    gone = waiting.takeIf(
        [](const JobPointer &job) { return job->queue->isCancelled(); });
  }
  for (JobPointer &job : gone)
    end(*job, lastEvent(Finish::Cancelled));
  for (JobPointer &job : running)
    if (job->queue->isCancelled())
      end(*job, job->generation->end(Finish::Cancelled));
  removeEnded();
}

/// Answers first. What room is left goes to the prompt with least left, so that
/// short ones need not wait, and every second time to the oldest, so that long
/// ones do not wait for ever.
void Steps::orderTurns() {
  bool oldestFirst = steps % 2;
  auto rank = [&](const JobPointer &job) {
    uint64_t left = job->answers || oldestFirst ? job->number : job->unread();
    return std::make_pair(!job->answers, left);
  };
  std::sort(running.begin(), running.end(),
            [&](const JobPointer &a, const JobPointer &b) {
              return rank(a) < rank(b);
            });
  turns.clear();
  for (const JobPointer &job : running)
    turns.push_back({job->member->context.get(), job->left.data() + job->taken,
                     job->unread(), 0});
}

uint32_t Steps::stepSize(uint32_t answers) const {
  uint32_t chunk = api.model_chunk(&theModel->model());
  if (settings.stepTokens)
    return answers ? std::clamp(settings.stepTokens, answers + 1, chunk)
                   : chunk;
  uint32_t most = answers + pace.promptTokens(answers, chunk);
  return std::min(most, chunk);
}

void Steps::step() {
  orderTurns();
  uint32_t answers = 0, answerTokens = 0;
  for (const JobPointer &job : running)
    if (job->answers) {
      ++answers;
      answerTokens += job->unread();
    }
  Clock::time_point start = Clock::now();
  lfm2rt_error error;
  if (api.eval_turns(reader.get(), turns.data(), uint32_t(turns.size()),
                     std::max(stepSize(answers), answerTokens), &error))
    return endAll(Finish::Failed, error.message);
  uint32_t read = 0;
  for (const lfm2rt_turn &turn : turns)
    read += turn.read;
  pace.measured(answers, read - std::min(read, answerTokens),
                secondsSince(start));
  ++steps;
  {
    std::lock_guard lock(mutex);
    ++totals.steps;
    totals.tokensInSteps += read;
  }
  for (size_t i = 0; i < running.size(); ++i) {
    Job &job = *running[i];
    job.taken += turns[i].read;
    if (job.unread() == 0)
      goOn(job);
  }
  removeEnded();
}

void Steps::endAll(Finish finish, const std::string &message) {
  for (JobPointer &job : running)
    end(*job, job->generation->end(finish, message));
  removeEnded();
}

void Steps::run() {
  for (;;) {
    dropCancelled();
    admit();
    std::unique_lock lock(mutex);
    if (endsNow || (isEnding && running.empty() && waiting.size() == 0))
      break;
    if (!running.empty()) {
      lock.unlock();
      step();
      continue;
    }
    isWanted.wait(lock, [this] { return isEnding || waiting.size() > 0; });
  }
  constexpr char closed[] = "the model is being closed";
  endAll(Finish::Cancelled, closed);
  std::unique_lock lock(mutex);
  std::vector<JobPointer> left;
  while (std::optional<JobPointer> job = waiting.pop())
    left.push_back(std::move(*job));
  lock.unlock();
  for (JobPointer &job : left)
    end(*job, lastEvent(Finish::Cancelled, closed));
  lock.lock();
  totals.running = 0;
  hasEnded = true;
  isIdle.notify_all();
}

} // namespace

std::unique_ptr<Scheduler> Scheduler::create(std::shared_ptr<Model> model,
                                             const Settings &settings) {
  return std::make_unique<Steps>(std::move(model), settings);
}

} // namespace lfm2e
