#include "frontends/python/engine/Batch.h"

#include "frontends/python/engine/Gil.h"
#include "frontends/python/engine/Options.h"
#include "frontends/python/engine/Refusal.h"
#include "lib/Engine/Failure.h"

namespace py = pybind11;

namespace lfm2py {
namespace {

/// Waiting on one stream hides the others for so long.
constexpr auto glance = std::chrono::milliseconds(2);

std::shared_ptr<lfm2e::Scheduler> create(std::shared_ptr<lfm2e::Model> model,
                                         uint32_t context, uint32_t threads,
                                         uint32_t parallel) {
  lfm2e::Scheduler::Settings settings;
  settings.context = context;
  settings.threads = threads;
  settings.parallel = parallel;
  WithoutGil release;
  return lfm2e::Scheduler::create(std::move(model), settings);
}

/// Its thread is in the process that this one is a fork of: nobody could join
/// it.
template <typename T> void abandon(T &object) { new T(std::move(object)); }

} // namespace

Scheduler::Scheduler(const Model &model, uint32_t context, uint32_t threads,
                     uint32_t parallel)
    : scheduler(create(model.get(), context, threads, parallel)) {}

Scheduler::~Scheduler() {
  if (guard.isForeign())
    abandon(scheduler);
}

std::shared_ptr<lfm2e::Scheduler> Scheduler::get() const {
  guard.check();
  return scheduler;
}

void Scheduler::close() {
  guard.close();
  auto ending = std::move(scheduler);
  if (guard.isForeign())
    return abandon(ending);
  WithoutGil release;
  if (ending)
    ending->finish(std::chrono::milliseconds(0));
  ending.reset();
}

Batch::~Batch() {
  if (guard.isForeign()) {
    abandon(entries);
    abandon(scheduler);
  }
}

bool Batch::submit(uint64_t index, const lfm2e::Request &request) {
  try {
    entries.push_back(std::make_unique<Entry>(
        Entry{index, scheduler->submit(request), Result()}));
    return true;
  } catch (const lfm2e::QueueFull &) {
    return false;
  }
}

void Batch::submitWaiting() {
  while (!waiting.empty() &&
         submit(waiting.front().first, waiting.front().second))
    waiting.pop_front();
}

void Batch::add(uint64_t index, py::handle ids, const py::dict &options) {
  Guard::Use use(guard);
  const lfm2e::Model &model = *scheduler->model();
  lfm2e::Request request =
      requestOf(model, idsOf(ids, model.vocabulary()), options);
  if (request.prompt.empty())
    throw Refusal("InvalidArgument",
                  "expected a prompt of one token or more, found none; write "
                  "something to go on with");
  WithoutGil release;
  if (!waiting.empty() || !submit(index, request))
    waiting.emplace_back(index, std::move(request));
}

size_t Batch::size() {
  Guard::Use use(guard);
  return entries.size() + waiting.size();
}

bool Batch::takeEvents(Entry &entry, std::chrono::milliseconds patience) {
  lfm2e::Event event;
  while (!entry.result.hasEnded() && entry.stream->next(event, patience)) {
    entry.result.take(event);
    patience = std::chrono::milliseconds(0);
  }
  return entry.result.hasEnded();
}

/// Waits. nullptr: none ended in time.
std::unique_ptr<Batch::Entry> Batch::nextEnded() {
  auto end = std::chrono::steady_clock::now() + betweenSignals;
  do {
    stayIfEnding();
    submitWaiting();
    for (size_t i = 0; i < entries.size(); ++i) {
      bool isLast = i + 1 == entries.size();
      if (!takeEvents(*entries[i],
                      isLast ? glance : std::chrono::milliseconds(0)))
        continue;
      std::unique_ptr<Entry> ended = std::move(entries[i]);
      entries.erase(entries.begin() + ptrdiff_t(i));
      ended->result.usage = ended->stream->usage();
      return ended;
    }
  } while (std::chrono::steady_clock::now() < end);
  return nullptr;
}

py::object Batch::next() {
  Guard::Use use(guard);
  std::unique_ptr<Entry> ended;
  while (!ended && entries.size() + waiting.size() > 0) {
    {
      WithoutGil release;
      ended = nextEnded();
    }
    checkSignals();
  }
  if (!ended)
    return py::none();
  return py::make_tuple(ended->index, std::move(ended->result));
}

void Batch::close() {
  guard.close();
  WithoutGil release;
  waiting.clear();
  entries.clear();
}

void defineBatch(py::module_ &module) {
  py::class_<Scheduler>(module, "Scheduler")
      .def(py::init<const Model &, uint32_t, uint32_t, uint32_t>(),
           py::arg("model"), py::arg("context"), py::arg("threads"),
           py::arg("parallel"))
      .def("close", &Scheduler::close);
  py::class_<Batch>(module, "Batch")
      .def(py::init<const Scheduler &>(), py::arg("scheduler"))
      .def("add", &Batch::add, py::arg("index"), py::arg("ids"),
           py::arg("options"))
      .def("size", &Batch::size)
      .def("next", &Batch::next)
      .def("close", &Batch::close);
}

} // namespace lfm2py
