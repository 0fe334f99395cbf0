#include "frontends/python/engine/Context.h"

#include "frontends/python/engine/Gil.h"
#include "frontends/python/engine/Refusal.h"
#include "lib/Engine/Failure.h"

#include <pybind11/stl.h>

namespace py = pybind11;

namespace lfm2py {

static lfm2rt_context_options optionsOf(uint32_t tokens, uint32_t threads) {
  lfm2rt_context_options options = {};
  options.tokens = tokens;
  options.threads = threads ? threads : lfm2e::usableCores();
  // One for 64 tokens, to go back to.
  options.marks = std::min(tokens / 64 + 1, uint32_t(LFM2RT_MOST_MARKS));
  return options;
}

Context::Context(const Model &model, uint32_t tokens, uint32_t threads,
                 bool keepsHidden)
    : Context(model.get(), optionsOf(tokens, threads), model.turns(),
              keepsHidden) {}

Context::Context(std::shared_ptr<lfm2e::Model> model,
                 const lfm2rt_context_options &options,
                 std::shared_ptr<FairLock> turns, bool keepsHidden)
    : model(std::move(model)), options(options), turns(std::move(turns)),
      keepsHidden(keepsHidden),
      reader(std::make_shared<Reader>(this->model, options, this->turns,
                                      keepsHidden)) {}

void Context::checkAlone() const {
  if (hasAnswer)
    throw Refusal("InUse",
                  "expected a conversation without an answer in the making, "
                  "found one; take that to its end, or close() it");
}

uint32_t Context::position() {
  Guard::Use use(guard);
  return reader->position();
}

uint32_t Context::capacity() {
  Guard::Use use(guard);
  return reader->context()->capacity();
}

std::vector<int32_t> Context::tokens() {
  Guard::Use use(guard);
  return reader->tokens();
}

void Context::read(py::handle list) {
  Guard::Use use(guard);
  checkAlone();
  std::vector<int32_t> ids = idsOf(list, model->vocabulary());
  WithoutGil release;
  reader->goOn();
  reader->append(ids);
}

Floats Context::readForLogits(py::handle list) {
  Guard::Use use(guard);
  checkAlone();
  std::vector<int32_t> ids = idsOf(list, model->vocabulary());
  uint64_t width = model->vocabulary();
  std::shared_ptr<float[]> values(new float[ids.size() * width]);
  {
    WithoutGil release;
    reader->goOn();
    reader->append(ids, values.get());
  }
  return {values, values.get(), {py::ssize_t(ids.size()), py::ssize_t(width)}};
}

void Context::rewind(uint32_t position) {
  Guard::Use use(guard);
  checkAlone();
  WithoutGil release;
  reader->goOn();
  reader->rewind(position);
}

Floats Context::logits() {
  Guard::Use use(guard);
  if (!hasAnswer) {
    WithoutGil release;
    reader->goOn();
    reader->settle();
  }
  const float *values = reader->api().logits(reader->context()->get());
  if (!values)
    throw Refusal("InvalidArgument",
                  "expected a conversation whose last token was just read, "
                  "found one without logits; read a token first");
  return {reader->context(), values, {py::ssize_t(model->vocabulary())}};
}

Floats Context::hidden() {
  Guard::Use use(guard);
  if (!keepsHidden)
    throw Refusal("InvalidArgument",
                  "expected a conversation that keeps hidden states, found "
                  "one that does not; make it with hidden=True");
  if (!hasAnswer) {
    WithoutGil release;
    reader->goOn();
    reader->append({});
  }
  uint32_t count = 0;
  const float *values = reader->api().hidden(reader->context()->get(), &count);
  if (!values)
    throw Refusal("InvalidArgument",
                  "expected a conversation whose last tokens were just read, "
                  "found one without hidden states; read a token first");
  py::ssize_t width = reader->api().model_hidden(&model->model());
  return {reader->hidden(), values, {py::ssize_t(count), width}};
}

std::shared_ptr<Context> Context::fork() {
  Guard::Use use(guard);
  checkAlone();
  WithoutGil release;
  std::shared_ptr<Context> other(
      new Context(model, options, turns, keepsHidden));
  lfm2rt_error error;
  if (reader->api().fork(other->reader->context()->get(),
                         reader->context()->get(), &error))
    throw lfm2e::Failure(error);
  other->reader->pending = reader->pending;
  return other;
}

py::bytes Context::save() {
  Guard::Use use(guard);
  checkAlone();
  uint64_t size = reader->api().save_size(reader->context()->get());
  auto saved = py::reinterpret_steal<py::bytes>(
      PyBytes_FromStringAndSize(nullptr, Py_ssize_t(size)));
  if (!saved)
    throw py::error_already_set();
  {
    char *to = PyBytes_AS_STRING(saved.ptr());
    WithoutGil release;
    reader->api().save(reader->context()->get(), to);
  }
  return saved;
}

std::vector<int32_t> Context::pending() {
  Guard::Use use(guard);
  return reader->pending;
}

void Context::restore(const py::buffer &saved, py::handle pending) {
  Guard::Use use(guard);
  checkAlone();
  std::vector<int32_t> ids = idsOf(pending, model->vocabulary());
  Py_buffer bytes;
  if (PyObject_GetBuffer(saved.ptr(), &bytes, PyBUF_SIMPLE) != 0)
    throw py::error_already_set();
  lfm2rt_error error;
  lfm2rt_status status;
  {
    WithoutGil release;
    status = reader->api().restore(reader->context()->get(), bytes.buf,
                                   uint64_t(bytes.len), &error);
    if (status == LFM2RT_OK)
      reader->pending = std::move(ids);
  }
  PyBuffer_Release(&bytes);
  if (status != LFM2RT_OK)
    throw lfm2e::Failure(error);
}

void Context::close() {
  guard.close();
  // An answer in the making, and arrays, keep what they need.
  reader.reset();
  model.reset();
}

void defineContext(py::module_ &module) {
  py::class_<Floats>(module, "Floats", py::buffer_protocol())
      .def_buffer([](const Floats &self) {
        std::vector<py::ssize_t> strides(self.shape.size(), sizeof(float));
        for (size_t i = strides.size(); i-- > 1;)
          strides[i - 1] = strides[i] * self.shape[i];
        return py::buffer_info(const_cast<float *>(self.data), sizeof(float),
                               py::format_descriptor<float>::format(),
                               py::ssize_t(self.shape.size()), self.shape,
                               strides, /*readonly=*/true);
      });

  py::class_<Context, std::shared_ptr<Context>>(module, "Context")
      .def(py::init<const Model &, uint32_t, uint32_t, bool>(),
           py::arg("model"), py::arg("tokens"), py::arg("threads") = 0,
           py::arg("hidden") = false)
      .def_property_readonly("position", &Context::position)
      .def_property_readonly("capacity", &Context::capacity)
      .def_property_readonly("closed", &Context::isClosed)
      .def("tokens", &Context::tokens)
      .def("read", &Context::read, py::arg("ids"))
      .def("read_for_logits", &Context::readForLogits, py::arg("ids"))
      .def("rewind", &Context::rewind, py::arg("position"))
      .def("logits", &Context::logits)
      .def("hidden", &Context::hidden)
      .def("fork", &Context::fork)
      .def("save", &Context::save)
      .def("pending", &Context::pending)
      .def("restore", &Context::restore, py::arg("saved"), py::arg("pending"))
      .def("close", &Context::close);
}

} // namespace lfm2py
