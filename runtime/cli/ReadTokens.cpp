// Tokens are read in pieces, so that whoever waits sees how far it is.
#include "runtime/cli/Median.h"
#include "runtime/cli/Progress.h"
#include "runtime/cli/Session.h"

namespace lfm2rt {
namespace {

void showBar(Progress &progress, uint64_t done, uint64_t all, double seconds) {
  constexpr uint64_t width = 30;
  char bar[width + 1] = {};
  for (uint64_t i = 0; i < width; ++i)
    bar[i] = i < done * width / all ? '#' : '.';
  progress.show(Line() << "reading [" << bar << "] " << done << "/" << all
                       << " tokens, " << uint64_t(double(done) / seconds)
                       << " tokens/s");
}

} // namespace

lfm2rt_status Session::readTokens(const int32_t *ids, uint32_t count,
                                  bool areAll, lfm2rt_error &error) {
  uint32_t at = 0, piece = lfm2rt_model_chunk(&model) * 2;
  uint64_t begun = system::nanoseconds();
  lfm2rt_status status = LFM2RT_OK;
  if (areAll) {
    const int32_t *read = lfm2rt_tokens(context);
    uint32_t most = min(count, lfm2rt_position(context));
    while (at < most && ids[at] == read[at])
      ++at;
    // What has no room has to be refused whole.
    uint32_t first = count > lfm2rt_capacity(context) || count - at <= piece
                         ? count
                         : at + piece;
    status = lfm2rt_read(context, ids, first, nullptr, &error);
    at = first;
  }
  Progress progress(/*shown=*/count - at > piece);
  uint32_t start = at;
  while (status == LFM2RT_OK && at < count) {
    uint32_t n = min(piece, count - at);
    status = lfm2rt_eval(context, ids + at, n, nullptr, &error);
    at += n;
    if (progress.isDue())
      showBar(progress, at - start, count - start, secondsSince(begun));
  }
  return status;
}

} // namespace lfm2rt
