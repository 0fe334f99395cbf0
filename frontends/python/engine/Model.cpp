#include "frontends/python/engine/Model.h"

#include "frontends/python/engine/Gil.h"
#include "frontends/python/engine/Refusal.h"

#include <pybind11/stl.h>

namespace py = pybind11;

namespace lfm2py {
namespace {

std::shared_ptr<lfm2e::Model> open(const std::string &path,
                                   const std::string &weights,
                                   const std::string &device) {
  WithoutGil release;
  return lfm2e::Model::open(path, {weights, device});
}

lfm2e::Talk talkOf(py::handle messages, py::handle tools, py::handle variables,
                   uint32_t flags) {
  return {utf8Of(messages), utf8Of(tools), utf8Of(variables), flags};
}

std::vector<std::string> promptNames(const Model &self) {
  auto model = self.get();
  std::vector<std::string> names;
  size_t length = 0;
  while (const char *name = model->api().prompt_name(
             &model->weights(), uint32_t(names.size()), &length))
    names.emplace_back(name, length);
  return names;
}

py::dict describe(const Model &self) {
  auto model = self.get();
  const lfm2e::Functions &api = model->api();
  const lfm2rt_model *of = &model->model();
  const char *device = api.model_device(of);
  py::dict facts;
  facts["gives_logits"] = bool(model->gives() & LFM2RT_GIVES_LOGITS);
  facts["gives_hidden"] = bool(model->gives() & LFM2RT_GIVES_HIDDEN);
  facts["gives_vectors"] = bool(model->gives() & LFM2RT_GIVES_VECTORS);
  facts["gives_token_vectors"] =
      bool(model->gives() & LFM2RT_GIVES_TOKEN_VECTORS);
  facts["is_bidirectional"] = model->isBidirectional();
  facts["has_chat_template"] = model->hasChatTemplate();
  facts["vocabulary"] = model->vocabulary();
  facts["hidden"] = api.model_hidden(of);
  facts["vector"] = api.model_vector(of);
  facts["context_max"] = model->contextMax();
  facts["variant"] = textOf(api.model_variant(of));
  facts["device"] = device ? py::object(textOf(device)) : py::none();
  return facts;
}

} // namespace

Model::Model(const std::string &path, const std::string &weights,
             const std::string &device)
    : model(open(path, weights, device)) {}

std::shared_ptr<Model> Model::share() const {
  return std::shared_ptr<Model>(new Model(get(), lock));
}

std::shared_ptr<lfm2e::Model> Model::get() const {
  guard.check();
  return model;
}

void Model::close() {
  guard.close();
  model.reset();
}

std::vector<int32_t> idsOf(py::handle list, uint32_t vocabulary) {
  if (py::isinstance<py::str>(list) || !PySequence_Check(list.ptr()))
    refuseValue("a text or a list of token ids", list);
  auto items = py::reinterpret_borrow<py::sequence>(list);
  std::vector<int32_t> ids(items.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    py::object item = items[i];
    Py_ssize_t id = PyNumber_AsSsize_t(item.ptr(), nullptr);
    if (id == -1 && PyErr_Occurred())
      PyErr_Clear();
    if (id < 0 || id >= Py_ssize_t(vocabulary))
      refuseValue("token ids of 0 ... " + std::to_string(vocabulary - 1), item);
    ids[i] = int32_t(id);
  }
  return ids;
}

void defineModel(py::module_ &module) {
  py::class_<Model, std::shared_ptr<Model>>(module, "Model")
      .def(py::init<const std::string &, const std::string &,
                    const std::string &>(),
           py::arg("path"), py::arg("weights") = "", py::arg("device") = "")
      .def("check", [](const Model &self) { self.get(); })
      .def("share", &Model::share)
      .def("close", &Model::close)
      .def_property_readonly("closed", &Model::isClosed)
      .def("describe", &describe)
      .def("info", [](const Model &self) { return textOf(self.get()->info()); })
      .def("prompt_names", &promptNames)
      .def_property_readonly(
          "form_flags",
          [](const Model &self) { return self.get()->answerFormFlags(); })
      .def(
          "tokenize",
          [](const Model &self, py::handle text, uint32_t flags) {
            return self.get()->tokenize(utf8Of(text), flags);
          },
          py::arg("text"), py::arg("flags"))
      .def(
          "tokenize_for_vector",
          [](const Model &self, const std::string &text,
             const std::optional<std::string> &prompt) {
            return self.get()->tokenizeForVector(text, prompt ? prompt->c_str()
                                                              : nullptr);
          },
          py::arg("text"), py::arg("prompt"))
      .def(
          "detokenize",
          [](const Model &self, py::handle ids, bool withControl) {
            auto model = self.get();
            return textOf(model->detokenize(idsOf(ids, model->vocabulary()),
                                            withControl));
          },
          py::arg("ids"), py::arg("with_control"))
      .def(
          "token_bytes",
          [](const Model &self, int32_t id) {
            std::string_view bytes = self.get()->textOf(id);
            return py::bytes(bytes.data(), bytes.size());
          },
          py::arg("id"))
      .def(
          "encode",
          [](const Model &self, py::handle messages, py::handle tools,
             py::handle variables, uint32_t flags) {
            return self.get()->encode(
                talkOf(messages, tools, variables, flags));
          },
          py::arg("messages"), py::arg("tools"), py::arg("variables"),
          py::arg("flags"))
      .def(
          "render",
          [](const Model &self, py::handle messages, py::handle tools,
             py::handle variables, uint32_t flags) {
            return textOf(
                self.get()->render(talkOf(messages, tools, variables, flags)));
          },
          py::arg("messages"), py::arg("tools"), py::arg("variables"),
          py::arg("flags"));
}

} // namespace lfm2py
