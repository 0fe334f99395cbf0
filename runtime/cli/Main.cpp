#include "runtime/cli/Main.h"
#include "runtime/cli/Commands.h"
#include "runtime/cli/Devices.h"
#include "runtime/cli/File.h"
#include "runtime/cli/ModelCommands.h"
#include "runtime/cli/ParseOptions.h"
#include "runtime/cli/Profile.h"
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

static const ModelCommands &commands() {
  return isBidirectional(Session::program()) ? lfm2rt_texts : lfm2rt_causal;
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
  if (options.tokenize || options.tokenizeFile)
    return tokenize(session);
  if (options.detokenize)
    return detokenize(session);
  int status = commands().check(session);
  if (status == 0)
    status = session.planThreads();
  if (status == 0)
    status = commands().run(session, started);
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
  uint8_t program =
      uint8_t((isBidirectional(Session::program()) ? OfTexts : OfCausal) |
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
