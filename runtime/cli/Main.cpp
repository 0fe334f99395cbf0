#include "runtime/cli/Main.h"
#include "runtime/cli/Commands.h"
#include "runtime/cli/Devices.h"
#include "runtime/cli/File.h"
#include "runtime/cli/Profile.h"
#include "runtime/cli/Texts.h"
#include "runtime/cli/Words.h"

namespace lfm2rt {

static int info(Session &session) {
  if (session.devices)
    return session.devices->info(session);
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

// nullptr for a causal model.
static const TextCommands *textCommands() {
  return isBidirectional(Session::program()) ? &lfm2rt_texts : nullptr;
}

// That the model does what is asked for.
static int checkTask(Session &session) {
  if (const TextCommands *texts = textCommands())
    return texts->check(session);
  if (!session.options.embed && !session.options.embedFile)
    return 0;
  return session.output.fail(
      "expected a bidirectional model for --embed, found a causal one, which "
      "gives no vectors of texts; --tokens IDS --hidden FILE gives its hidden "
      "states, the last one last",
      2);
}

// What takes steps of the model.
static int generate(Session &session, uint64_t started) {
  const Options &options = session.options;
  const TextCommands *texts = textCommands();
  if (int status = session.readTools())
    return status;
  if (options.jsonl)
    return jsonl(session);
  if (options.bench)
    return (texts ? texts->bench : bench)(session, started);
  if (int status =
          session.openContext(session.contextTokens(), session.threads()))
    return status;
  if (options.embed || options.embedFile)
    return texts->embed(session);
  return options.task == Chats ? chat(session) : complete(session);
}

static int run(const Options &options, Output &output,
               const DeviceCommands *devices, uint64_t started) {
  Session session(options, output, devices);
  if (options.devices)
    return session.listDevices();
  if (int status = checkFiles(options, output))
    return status;
  if (int status = session.readSampling())
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
  int status = checkTask(session);
  if (status == 0)
    status = session.planThreads();
  if (status == 0)
    status = generate(session, started);
  if (status == 0 && options.profile.isGiven)
    status = reportProfile(session);
  return status;
}

int commandLine(int argc, char **argv, const DeviceCommands *devices) {
  uint64_t started = system::nanoseconds();
  system::setEnvironment(argv);
  system::failWhereWritingEnds();
  system::onEnd(File::removeUnfinished);
  Output output(argc > 0 ? argv[0] : "program");
  uint8_t program = uint8_t((textCommands() ? OfTexts : OfCausal) |
                            (devices ? OfDevices : 0));
  Options options;
  if (!parseOptions(options, program, argc, argv, output))
    return 2;
  if (options.help) {
    printHelp(program, output);
    return output.finish();
  }
  return run(options, output, devices, started);
}

} // namespace lfm2rt
