#include "tools/lfm2-serve/Metrics.h"

#include <algorithm>
#include <sstream>

namespace lfm2s {
namespace {

std::string numeral(double value) {
  std::ostringstream out;
  out.precision(15);
  out << value;
  return out.str();
}

void writeHead(std::string &to, const char *name, const char *kind,
               const char *help) {
  to += std::string("# HELP ") + name + " " + help + "\n# TYPE " + name + " " +
        kind + "\n";
}

/// Of a label.
std::string quoted(const std::string &text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + "\"";
}

/// A value of each scheduler.
struct Gauge {
  const char *name, *kind, *help;
  double (*of)(const lfm2e::Counters &);
};

using C = lfm2e::Counters;
constexpr Gauge gauges[] = {
    {"lfm2_prompt_tokens_total", "counter", "Tokens of prompts.",
     [](const C &c) { return double(c.promptTokens); }},
    {"lfm2_cached_tokens_total", "counter",
     "Tokens of prompts that an earlier request had read.",
     [](const C &c) { return double(c.cachedTokens); }},
    {"lfm2_generated_tokens_total", "counter", "Tokens of answers.",
     [](const C &c) { return double(c.madeTokens); }},
    {"lfm2_answers_total", "counter", "Answers that were begun.",
     [](const C &c) { return double(c.requests); }},
    {"lfm2_answers_failed_total", "counter", "Answers that failed.",
     [](const C &c) { return double(c.failed); }},
    {"lfm2_answers_cancelled_total", "counter",
     "Answers that nobody waited for any more.",
     [](const C &c) { return double(c.cancelled); }},
    {"lfm2_steps_total", "counter", "Steps of the model.",
     [](const C &c) { return double(c.steps); }},
    {"lfm2_step_tokens_total", "counter", "Tokens read in these steps.",
     [](const C &c) { return double(c.tokensInSteps); }},
    {"lfm2_running", "gauge", "Answers in the making.",
     [](const C &c) { return double(c.running); }},
    {"lfm2_waiting", "gauge", "Requests in the queue.",
     [](const C &c) { return double(c.waiting); }},
    {"lfm2_kept_conversations", "gauge",
     "Ended conversations that others may go on with.",
     [](const C &c) { return double(c.kept); }},
    {"lfm2_context_bytes", "gauge", "Memory that conversations may use.",
     [](const C &c) { return double(c.contextBytes); }},
    {"lfm2_context_budget_bytes", "gauge",
     "Most memory that conversations may use.",
     [](const C &c) { return double(c.contextBudget); }},
};

} // namespace

void Histogram::add(double seconds) {
  ++counts[size_t(std::lower_bound(bounds.begin(), bounds.end(), seconds) -
                  bounds.begin())];
  sum += seconds;
}

void Histogram::write(std::string &to, const char *name,
                      const char *help) const {
  writeHead(to, name, "histogram", help);
  uint64_t count = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    count += counts[i];
    to += std::string(name) + "_bucket{le=\"" +
          (i < bounds.size() ? numeral(bounds[i]) : "+Inf") + "\"} " +
          std::to_string(count) + "\n";
  }
  to += std::string(name) + "_sum " + numeral(sum) + "\n";
  to += std::string(name) + "_count " + std::to_string(count) + "\n";
}

void Metrics::add(const Record &record) {
  std::lock_guard<std::mutex> lock(mutex);
  ++requests[{record.endpoint, record.status}];
  whole.add(record.seconds());
  if (record.madeTokens)
    first.add(record.first);
  for (float gap : record.gaps)
    between.add(double(gap));
}

std::string Metrics::text(const ModelTable &models, size_t connections) const {
  std::string text;
  {
    std::lock_guard<std::mutex> lock(mutex);
    writeHead(text, "lfm2_requests_total", "counter",
              "Requests that have ended, by endpoint and status.");
    for (const auto &[key, count] : requests)
      text += "lfm2_requests_total{endpoint=" + quoted(key.first) +
              ",status=\"" + std::to_string(key.second) + "\"} " +
              std::to_string(count) + "\n";
    whole.write(text, "lfm2_request_seconds",
                "From a request to the end of its answer.");
    first.write(text, "lfm2_time_to_first_token_seconds",
                "From a request's place in the queue to its first token.");
    between.write(text, "lfm2_time_between_tokens_seconds",
                  "Between two tokens of an answer.");
  }
  writeHead(text, "lfm2_connections", "gauge", "Connections of clients.");
  text += "lfm2_connections " + std::to_string(connections) + "\n";
  std::vector<std::pair<std::string, C>> counters;
  for (const auto &served : models.loaded())
    if (served->scheduler)
      counters.emplace_back(served->name, served->scheduler->counters());
  for (const Gauge &gauge : gauges) {
    writeHead(text, gauge.name, gauge.kind, gauge.help);
    for (const auto &[name, values] : counters)
      text += std::string(gauge.name) + "{model=" + quoted(name) + "} " +
              numeral(gauge.of(values)) + "\n";
  }
  return text;
}

} // namespace lfm2s
