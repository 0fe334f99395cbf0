// The commands of models that continue texts.
#include "runtime/cli/Commands.h"
#include "runtime/cli/ModelCommands.h"
#include "runtime/cli/Words.h"

namespace lfm2rt {
namespace {

int check(Session &session) {
  if (!session.options.embed && !session.options.embedFile)
    return 0;
  return session.output.fail(
      "expected a bidirectional model for --embed, found a causal one, which "
      "gives no vectors of texts; --tokens IDS --hidden FILE gives its hidden "
      "states, the last one last",
      2);
}

int run(Session &session, uint64_t started) {
  const Options &options = session.options;
  if (int status = session.readTools())
    return status;
  if (options.jsonl)
    return jsonl(session);
  if (options.bench)
    return bench(session, started);
  if (int status =
          session.openContext(session.contextTokens(), session.threads()))
    return status;
  return options.task == Chats ? chat(session) : complete(session);
}

} // namespace
} // namespace lfm2rt

const lfm2rt::ModelCommands lfm2rt_causal = {lfm2rt::check, lfm2rt::run};
