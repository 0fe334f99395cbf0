#include "runtime/cli/Main.h"
#include "runtime/cli/Commands.h"
#include "runtime/cli/File.h"
#include "runtime/cli/Profile.h"

namespace lfm2rt {

static int info(Session &session) {
  size_t bytes = 0;
  const char *text = lfm2rt_weights_info(&session.weights, &bytes);
  session.output.write(text, bytes);
  if (!session.output.atLineStart())
    session.output.write("\n");
  return session.output.finish();
}

static int verify(Session &session) {
  uint64_t start = system::nanoseconds();
  lfm2rt_error error;
  if (lfm2rt_verify(&session.weights, &error) != LFM2RT_OK)
    return session.output.fail(error);
  char line[96];
  (Message(line, sizeof(line))
   << "verified " << session.weights.mapping_bytes << " bytes in ")
          .fixed(double(system::nanoseconds() - start) / 1e9, 2)
      << " s\n";
  session.output.write(line);
  return session.output.finish();
}

// What takes steps of the model.
static int generate(Session &session, uint64_t started) {
  const Options &options = session.options;
  if (options.bench)
    return bench(session, started);
  if (int status =
          session.openContext(session.contextTokens(), session.threads()))
    return status;
  bool given =
      options.tokens || options.prompt || options.file || options.standardInput;
  return given ? complete(session) : chat(session);
}

static int run(const Options &options, Output &output, uint64_t started) {
  Session session(options, output);
  if (int status = session.checkOutputs())
    return status;
  if (int status = session.openModel())
    return status;
  if (int status = session.openWeights())
    return status;
  if (options.info)
    return info(session);
  if (options.verify)
    return verify(session);
  if (options.tokenize)
    return tokenize(session);
  if (options.detokenize)
    return detokenize(session);
  int status = session.planThreads();
  if (status == 0)
    status = generate(session, started);
  if (status == 0 && options.profile)
    status = reportProfile(session);
  return status;
}

int commandLine(int argc, char **argv) {
  uint64_t started = system::nanoseconds();
  system::failWhereWritingEnds();
  system::onEnd(File::removeUnfinished);
  Output output(argc > 0 ? argv[0] : "program");
  Options options;
  if (!parseOptions(options, argc, argv, output))
    return 2;
  if (options.help) {
    output.write(helpText);
    return output.finish();
  }
  return run(options, output, started);
}

} // namespace lfm2rt
