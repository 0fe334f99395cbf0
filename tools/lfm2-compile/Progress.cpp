#include "tools/lfm2-compile/Progress.h"

#include "lib/Support/Error.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace lfm2c;
using llvm::StringRef;

void Progress::draw(StringRef tail) {
  if (!isTerminal)
    return;
  // Back to the first column, and erase to the end of the line.
  llvm::errs() << "\r\x1b[K" << stageLine << tail;
  llvm::errs().flush();
  drawn = true;
}

void Progress::clear() {
  if (drawn)
    llvm::errs() << "\r\x1b[K";
  drawn = false;
}

void Progress::stageBegins(const StageInfo &stage, StringRef detail) {
  stageLine =
      llvm::formatv("[{0}/{1}] {2}: {3}", static_cast<size_t>(stage.stage) + 1,
                    getStages().size(), stage.name, stage.description);
  if (!detail.empty())
    stageLine += " (" + printable(detail) + ")";
  draw("");
}

void Progress::drawBar(uint64_t done, uint64_t total, StringRef of) {
  const auto now = std::chrono::steady_clock::now();
  if (!isTerminal || total == 0 ||
      (done < total && now - lastDraw < std::chrono::milliseconds(50)))
    return;
  lastDraw = now;
  constexpr unsigned width = 24;
  const unsigned filled = done * width / total;
  draw(llvm::formatv(" [{0}{1}] {2,3} % of {3}", std::string(filled, '#'),
                     std::string(width - filled, '.'), done * 100 / total, of)
           .str());
}

void Progress::weightsPacked(uint64_t done, uint64_t total) {
  drawBar(done, total,
          llvm::formatv("{0} MB", (total + 500000) / 1000000).str());
}

void Progress::calibrated(uint64_t done, uint64_t total) {
  stageLine = "reading the calibration text";
  drawBar(done, total, llvm::formatv("{0} windows", total).str());
}

llvm::Error Progress::dump(const StageInfo &stage, StringRef module) {
  clear();
  llvm::errs() << "// after stage '" << stage.name << "'\n" << module << "\n";
  if (!llvm::errs().has_error())
    return llvm::Error::success();
  return makeError("cannot print the module to standard error: {0}",
                   llvm::errs().error().message());
}

void Progress::note(StringRef line) { notes.push_back(line.str()); }

void Progress::warning(StringRef line) {
  clear();
  llvm::errs() << "lfm2-compile: warning: " << printable(line) << "\n";
}

void Progress::succeed() {
  clear();
  for (const std::string &line : notes)
    llvm::errs() << "lfm2-compile: " << printable(line) << "\n";
}
