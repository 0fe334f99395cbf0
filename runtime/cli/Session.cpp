#include "runtime/cli/Session.h"
#include "runtime/cli/Devices.h"
#include "runtime/cli/HashSum.h"
#include "runtime/cli/ParseOptions.h"
#include "runtime/platform/Platform.h"
#include "runtime/src/Archive.h"

// The name of C is also that of the type.
extern "C" const lfm2_program compiledProgram __asm__("lfm2_program");

namespace lfm2rt {

bool Buffer::grow(uint64_t bytes) {
  if (bytes <= room)
    return true;
  bytes = alignUp(bytes, 4096);
  void *larger = system::allocate(bytes);
  if (!larger)
    return false;
  if (room)
    memcpy(larger, start, size_t(room));
  system::release(start, room);
  start = larger;
  room = bytes;
  return true;
}

Session::~Session() {
  if (context)
    lfm2rt_context_destroy(context);
  system::release(context, contextBytes);
  lfm2rt_weights_close(&weights);
  lfm2rt_model_close(&model);
}

int Session::noMemory(uint64_t bytes) {
  return output.fail(Line()
                     << "expected " << bytes
                     << " bytes of memory, found less; free some, or use a "
                        "smaller --context");
}

void Session::advise(Line &line) const {
  uint64_t most = lfm2rt_model_context_max(&model);
  if (lfm2rt_capacity(context) < most)
    line << ", or raise --context (up to " << most << ")";
}

int Session::noRoom() {
  Line line;
  line << "the context of " << lfm2rt_capacity(context)
       << " tokens is full; start again";
  advise(line);
  return output.fail(line);
}

int Session::cannotRead(const char *path, int64_t error) {
  return output.fail(
      Line() << "cannot read " << Quoted{path ? path : "standard input"} << ": "
             << system::errorText(error) << "; give a file of text");
}

int Session::longPath(const char *option) {
  return output.fail(Line() << "expected a path of less than 4096 bytes after "
                            << option << ", found a longer one",
                     2);
}

int Session::cannotWrite(const char *what, const char *path, int64_t error) {
  return output.fail(Line() << "cannot write the " << what << " to "
                            << Quoted{path} << ": " << system::errorText(error)
                            << "; choose another place");
}

int Session::openModel() {
  const char *device = options.device;
  if (!devices && device && !equal(device, "cpu") && !equal(device, "auto"))
    return noDevices();
  return devices && needsSteps() ? devices->openModel(*this) : openCpu();
}

int Session::noDevices() {
  return output.fail(
      "expected a program for devices, found one for CPUs alone; "
      "compile the model with --target=vulkan",
      2);
}

int Session::listDevices() {
  return devices ? devices->list(*this) : noDevices();
}

bool Session::needsSteps() const {
  return !options.info && !options.verify && !options.tokenize &&
         !options.tokenizeFile && !options.detokenize;
}

int Session::openCpu() {
  lfm2rt_error error;
  if (lfm2rt_model_open(&model, &compiledProgram, &error) == LFM2RT_OK)
    return 0;
  // What needs no step of the model goes on without a CPU for it.
  if (error.status != LFM2RT_UNSUPPORTED_CPU || needsSteps())
    return output.fail(error);
  model.program = &compiledProgram;
  return 0;
}

// Whether the file has bytes behind those that its ELF headers speak of.
static bool hasTail(const char *path) {
  int64_t file = platform::openForReading(path);
  struct {
    uint8_t identity[16];
    uint16_t type, machine;
    uint32_t version;
    uintptr_t entry, programHeaders, sectionHeaders;
    uint32_t flags;
    uint16_t size, programHeaderSize, numProgramHeaders, sectionHeaderSize,
        numSections, names;
  } elf;
  bool tail = false;
  if (file >= 0 && platform::readAt(file, &elf, sizeof(elf), 0) == sizeof(elf))
    tail = uint64_t(platform::fileBytes(file)) >
           uint64_t(elf.sectionHeaders) +
               elf.numSections * uint64_t(elf.sectionHeaderSize) +
               LFM2_ARCHIVE_ALIGN;
  platform::closeFile(file);
  return tail;
}

static bool endsWithFooter(const char *path) {
  int64_t file = platform::openForReading(path);
  int64_t bytes = file < 0 ? file : platform::fileBytes(file);
  lfm2_footer footer;
  bool is =
      bytes >= int64_t(sizeof(footer)) &&
      platform::readAt(file, &footer, sizeof(footer),
                       uint64_t(bytes) - sizeof(footer)) == sizeof(footer) &&
      isFooter(footer);
  if (file >= 0)
    platform::closeFile(file);
  return is;
}

int Session::openWeights() {
  lfm2rt_error error;
  const char *path = options.weights;
  constexpr char suffix[] = ".weights";
  char own[4096 + sizeof(suffix)];
  if (!path) {
    int64_t n = system::executablePath(own, 4096);
    if (n < 0 || n >= 4096)
      return output.fail(
          "cannot find this program's own file in /proc/self/exe; give "
          "--weights FILE");
    own[n] = 0;
    path = own;
    if (!endsWithFooter(own)) {
      if (hasTail(own))
        return output.fail(
            Line() << "weights in " << Quoted{own}
                   << ": expected to end with an archive's footer, found "
                      "other bytes; the file is cut short or was changed: "
                      "copy it again");
      memcpy(own + n, suffix, sizeof(suffix));
    }
  }
  // A pipe would be waited for.
  if (system::isSpecial(path))
    return output.fail(Line() << "cannot read the weights in " << Quoted{path}
                              << ": expected a regular file; give one with "
                                 "--weights FILE");
  if (lfm2rt_weights_open_file(&weights, &model, path, &error) == LFM2RT_OK)
    return 0;
  if (devices && devices->fallBack(*this, error))
    return openWeights();
  if (error.status != LFM2RT_SYSTEM)
    return output.fail(error);
  int64_t reason = -int64_t(error.needed);
  return output.fail(
      Line() << "cannot read the weights in " << Quoted{path} << ": "
             << system::errorText(reason) << "; "
             << (reason == system::outOfMemory
                     ? "raise the limit of this process's memory (ulimit -v)"
                     : "put the file there that was made with this program, "
                       "or give --weights FILE"));
}

const lfm2_program &Session::program() { return compiledProgram; }

uint64_t Session::contextTokens() const {
  if (options.context)
    return uint64_t(options.context);
  const lfm2_defaults *defaults = defaultsOf(weights);
  uint64_t most = lfm2rt_model_context_max(&model);
  return defaults && defaults->context > 0
             ? min(uint64_t(defaults->context), most)
             : most;
}

int Session::readFile(const char *path, Buffer &to, uint64_t &bytes) {
  int64_t file = path ? platform::openForReading(path) : 0;
  int64_t n = file;
  for (bytes = 0; n >= 0;) {
    if (to.size() < bytes + 65536 &&
        !to.grow(max(bytes + 65536, to.size() * 2)))
      return noMemory(bytes + 65536);
    n = system::readSome(file, to.data() + bytes, to.size() - bytes);
    if (n == system::interrupted)
      n = 0; // Interrupted: nobody handles the signal, so go on.
    else if (n <= 0)
      break;
    bytes += uint64_t(n);
  }
  if (path && file >= 0)
    platform::closeFile(file);
  if (n < 0)
    return cannotRead(path, n);
  return 0;
}

int Session::readText(Text &to) {
  to = {options.prompt, uint32_t(options.prompt ? length(options.prompt) : 0)};
  uint64_t bytes = 0;
  if (options.prompt)
    return 0;
  if (int status = readFile(options.file, text, bytes))
    return status;
  if (bytes > UINT32_MAX)
    return noMemory(bytes);
  to = {text.data(), uint32_t(bytes)};
  return 0;
}

int Session::readTools() {
  uint64_t bytes = 0;
  if (!options.tools)
    return 0;
  int status = readFile(options.tools, toolsText, bytes);
  tools = {toolsText.data(), uint32_t(bytes)};
  filesHash += hashOf(toolsText.data(), bytes);
  return status;
}

int Session::readPrompt(Prompt &prompt) {
  if (options.tokens) {
    if (!work.grow((length(options.tokens) / 2 + 1) * sizeof(int32_t)))
      return noMemory(length(options.tokens) * 2);
    auto *ids = reinterpret_cast<int32_t *>(work.data());
    prompt.ids = ids;
    prompt.closesTurn = false;
    prompt.opening = 0;
    return parseIds(options.tokens, ids, &prompt.count, output) ? 0 : 2;
  }
  Text from;
  if (int status = readText(from))
    return status;
  uint64_t needed = lfm2rt_text_work_size(&weights, from.bytes);
  if (!work.grow(needed))
    return noMemory(needed);
  lfm2rt_error error;
  if (makePrompt(prompt, *context, from.at, from.bytes,
                 LFM2RT_ADD_BOS | LFM2RT_PARSE_SPECIAL, work.data(),
                 work.size(), &error) != LFM2RT_OK)
    return output.fail(error);
  if (prompt.count == 0)
    return output.fail(
        "expected a text of at least one token, found none; write "
        "something to complete",
        2);
  // The ids stay as other programs make them.
  const lfm2_tokenizer *tokenizer = tokenizerOf(weights);
  int32_t bos = lfm2_tokenizer_bos(tokenizer);
  if (lfm2_tokenizer_flags(tokenizer) & LFM2_TOKENIZER_ADD_BOS &&
      prompt.count > 1 && prompt.ids[0] == bos && prompt.ids[1] == bos)
    output.note("the text begins with the start token, which is put before "
                "every text, so there are two; leave it out");
  return 0;
}

} // namespace lfm2rt
