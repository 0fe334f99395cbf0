#include "tools/lfm2-serve/Log.h"

#include "tools/lfm2-serve/Json.h"
#include <cmath>
#include <cstdio>
#include <ctime>

namespace lfm2s {
namespace {

std::string now() {
  timespec time = {};
  clock_gettime(CLOCK_REALTIME, &time);
  tm parts = {};
  gmtime_r(&time.tv_sec, &parts);
  char text[64];
  size_t bytes = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
  snprintf(text + bytes, sizeof(text) - bytes, ".%03dZ",
           int(time.tv_nsec / 1000000));
  return text;
}

double rounded(double seconds) { return std::round(seconds * 1e4) / 1e4; }

std::string jsonLine(const Record &record) {
  Json line = {{"time", now()},
               {"id", record.id},
               {"client", record.client},
               {"method", record.method},
               {"path", record.endpoint},
               {"status", record.status},
               {"seconds", rounded(record.seconds())}};
  auto add = [&](const char *name, const std::string &text) {
    if (!text.empty())
      line[name] = text;
  };
  add("key", record.key);
  add("model", record.model);
  add("user", record.user);
  if (record.promptTokens) {
    line["stream"] = record.isStream;
    line["prompt_tokens"] = record.promptTokens;
    line["cached_tokens"] = record.cachedTokens;
    line["completion_tokens"] = record.madeTokens;
    line["waited"] = rounded(record.waited);
    line["first_token"] = rounded(record.first);
  }
  add("error", record.error);
  return writeJson(line) + "\n";
}

/// Of what clients choose, nothing but printable ASCII.
std::string plain(std::string text) {
  for (char &c : text)
    if (c < ' ' || c > '~')
      c = '?';
  return text;
}

std::string textLine(const Record &record) {
  char head[160];
  snprintf(head, sizeof(head), "%s %d %.3fs", now().c_str(), record.status,
           record.seconds());
  std::string line =
      std::string(head) + " " + record.method + " " + record.endpoint;
  if (!record.model.empty())
    line += " " + record.model;
  if (record.promptTokens) {
    char cost[160];
    snprintf(cost, sizeof(cost),
             ": %u tokens read (%u cached), %u made, first after %.3fs",
             record.promptTokens, record.cachedTokens, record.madeTokens,
             record.first);
    line += cost;
  }
  if (!record.error.empty())
    line += "; " + record.error;
  return plain(line) + "\n";
}

} // namespace

void Log::write(const Record &record) {
  if (form == LogForm::None)
    return;
  std::string line =
      form == LogForm::Json ? jsonLine(record) : textLine(record);
  std::lock_guard<std::mutex> lock(mutex);
  fwrite(line.data(), 1, line.size(), stderr);
}

void Log::say(const std::string &text) {
  std::string line = form == LogForm::Json
                         ? writeJson({{"time", now()}, {"message", text}})
                         : "lfm2-serve: " + text;
  line += "\n";
  std::lock_guard<std::mutex> lock(mutex);
  fwrite(line.data(), 1, line.size(), stderr);
}

} // namespace lfm2s
