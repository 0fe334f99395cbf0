#include "frontends/python/engine/Options.h"

#include "frontends/python/engine/Gil.h"
#include "frontends/python/engine/Refusal.h"

#include <climits>
#include <cmath>
#include <pybind11/stl.h>

namespace py = pybind11;

namespace lfm2py {
namespace {

using lfm2e::Request;

constexpr struct {
  const char *name;
  float lfm2rt_sampling::*to;
} numbers[] = {
    {"top_p", &lfm2rt_sampling::top_p},
    {"min_p", &lfm2rt_sampling::min_p},
    {"repeat_penalty", &lfm2rt_sampling::repeat_penalty},
    {"frequency_penalty", &lfm2rt_sampling::frequency_penalty},
    {"presence_penalty", &lfm2rt_sampling::presence_penalty},
    {"top_n_sigma", &lfm2rt_sampling::top_n_sigma},
    {"typical_p", &lfm2rt_sampling::typical_p},
    {"xtc_probability", &lfm2rt_sampling::xtc_probability},
    {"xtc_threshold", &lfm2rt_sampling::xtc_threshold},
    {"dynatemp_range", &lfm2rt_sampling::dynatemp_range},
    {"dynatemp_exponent", &lfm2rt_sampling::dynatemp_exponent},
    {"mirostat_tau", &lfm2rt_sampling::mirostat_tau},
    {"mirostat_eta", &lfm2rt_sampling::mirostat_eta},
    {"dry_multiplier", &lfm2rt_sampling::dry_multiplier},
    {"dry_base", &lfm2rt_sampling::dry_base},
};

constexpr struct {
  const char *name;
  int32_t lfm2rt_sampling::*to;
} integers[] = {
    {"top_k", &lfm2rt_sampling::top_k},
    {"repeat_window", &lfm2rt_sampling::repeat_window},
    {"dry_allowed_length", &lfm2rt_sampling::dry_allowed_length},
    {"dry_window", &lfm2rt_sampling::dry_window},
};

std::string quoted(const std::string &name) { return "\"" + name + "\""; }

// False where the value is no number.
bool readNumber(py::handle value, double &number) {
  number = PyFloat_AsDouble(value.ptr());
  bool failed = PyErr_Occurred() != nullptr;
  PyErr_Clear();
  return !failed && !py::isinstance<py::bool_>(value);
}

float numberOf(const std::string &name, py::handle value) {
  double number = 0;
  if (!readNumber(value, number) || !std::isfinite(float(number)))
    refuseValue("a finite number for " + quoted(name), value);
  return float(number);
}

int64_t integerOf(const std::string &name, py::handle value, int64_t least,
                  int64_t most) {
  Py_ssize_t number = 0;
  bool isOne = PyIndex_Check(value.ptr()) && !py::isinstance<py::bool_>(value);
  if (isOne)
    number = PyNumber_AsSsize_t(value.ptr(), nullptr);
  if (isOne && number >= least && number <= most)
    return number;
  refuseValue("a whole number of " + std::to_string(least) + " ... " +
                  std::to_string(most) + " for " + quoted(name),
              value);
}

std::vector<std::string> textsOf(const std::string &name, py::handle value) {
  std::vector<std::string> texts;
  if (py::isinstance<py::str>(value))
    return {utf8Of(value)};
  bool isList =
      py::isinstance<py::list>(value) || py::isinstance<py::tuple>(value);
  for (py::handle item :
       isList ? py::list(py::reinterpret_borrow<py::object>(value))
              : py::list()) {
    isList &= py::isinstance<py::str>(item);
    if (isList)
      texts.push_back(utf8Of(item));
  }
  if (!isList)
    refuseValue("a text or a list of texts for " + quoted(name), value);
  return texts;
}

std::vector<lfm2rt_bias> biasesOf(py::handle value, uint32_t vocabulary) {
  if (!py::isinstance<py::dict>(value))
    refuseValue("a mapping of token ids to numbers for \"logit_bias\"", value);
  std::vector<lfm2rt_bias> biases;
  for (auto [id, bias] : py::reinterpret_borrow<py::dict>(value)) {
    double number = 0;
    if (!readNumber(bias, number) || std::isnan(number) || number == INFINITY)
      refuseValue("a number or -inf for a token in \"logit_bias\"", bias);
    biases.push_back({int32_t(integerOf("logit_bias", id, 0, vocabulary - 1)),
                      float(number)});
  }
  return biases;
}

bool setSampling(lfm2rt_sampling &values, const std::string &name,
                 py::handle value) {
  for (const auto &number : numbers)
    if (name == number.name)
      return values.*number.to = numberOf(name, value), true;
  for (const auto &integer : integers)
    if (name == integer.name)
      return values.*integer.to =
                 int32_t(integerOf(name, value, INT32_MIN, INT32_MAX)),
             true;
  return false;
}

std::shared_ptr<const lfm2e::Form> formOf(const lfm2e::Model &model,
                                          py::handle value) {
  auto form = py::cast<py::tuple>(value);
  auto kind = py::cast<uint32_t>(form[0]), flags = py::cast<uint32_t>(form[1]);
  std::string tool = utf8Of(form[2]), text = utf8Of(form[3]);
  WithoutGil release;
  return model.form(kind, flags, tool, text);
}

bool setOther(Request &request, const lfm2e::Model &model,
              const std::string &name, py::handle value) {
  if (name == "temperature")
    return true; // Set first.
  if (name == "seed")
    request.sampling.values.seed =
        uint32_t(integerOf(name, value, 0, UINT32_MAX));
  else if (name == "max_tokens")
    request.most = uint32_t(integerOf(name, value, 0, INT32_MAX));
  else if (name == "logprobs")
    request.logprobs = int(integerOf(name, value, 0, 100));
  else if (name == "stop")
    request.stops = textsOf(name, value);
  else if (name == "dry_breakers")
    request.sampling.breakers = textsOf(name, value);
  else if (name == "logit_bias")
    request.sampling.biases = biasesOf(value, model.vocabulary());
  else if (name == "ignore_stop")
    request.ignoresStop = py::bool_(py::reinterpret_borrow<py::object>(value));
  else if (name == "is_answer")
    request.isAnswer = py::bool_(py::reinterpret_borrow<py::object>(value));
  else if (name == "form")
    request.form = formOf(model, value);
  else
    return false;
  return true;
}

} // namespace

Request requestOf(const lfm2e::Model &model, std::vector<int32_t> prompt,
                  const py::dict &options) {
  if (model.isBidirectional() || !(model.gives() & LFM2RT_GIVES_LOGITS))
    throw Refusal("InvalidArgument",
                  "expected a model that goes on with texts, found one that "
                  "reads them whole; Model.embed() gives its vectors");
  Request request;
  request.prompt = std::move(prompt);
  request.form = model.ownForm();
  lfm2rt_sampling &values = request.sampling.values;
  values = model.recommendedSampling();
  py::object temperature = options.attr("get")("temperature");
  if (!temperature.is_none()) {
    values.temperature = numberOf("temperature", temperature);
    // Greedy means the most likely token, unless a penalty is asked for as
    // well.
    if (values.temperature <= 0)
      values.repeat_penalty = 1;
  }
  for (auto [key, value] : options) {
    auto name = py::cast<std::string>(key);
    if (!value.is_none() && !setSampling(values, name, value) &&
        !setOther(request, model, name, value))
      throw Refusal("InvalidArgument",
                    "expected an option of an answer, found " + quoted(name) +
                        "; lfm2_compile.Options lists them");
  }
  if (!(values.repeat_penalty > 0))
    throw Refusal("InvalidArgument",
                  "expected a number above 0 for \"repeat_penalty\", found " +
                      std::to_string(values.repeat_penalty));
  return request;
}

} // namespace lfm2py
