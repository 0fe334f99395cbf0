// What a user sees of a compilation: a line with a bar on a terminal, notes and
// warnings anywhere, all on stderr.
#ifndef LFM2C_TOOLS_LFM2_COMPILE_PROGRESS_H
#define LFM2C_TOOLS_LFM2_COMPILE_PROGRESS_H

#include "lib/Compiler/Observer.h"
#include <chrono>

namespace lfm2c {

class Progress final : public CompileObserver {
public:
  explicit Progress(bool isTerminal) : isTerminal(isTerminal) {}
  ~Progress() override { clear(); }

  void stageBegins(const StageInfo &stage, llvm::StringRef detail) override;
  void weightsPacked(uint64_t done, uint64_t total) override;
  void calibrated(uint64_t done, uint64_t total) override;
  /// The module goes to stderr, behind a line that names the stage.
  llvm::Error dump(const StageInfo &stage, llvm::StringRef module) override;
  void note(llvm::StringRef line) override;
  void warning(llvm::StringRef line) override;
  /// Removes the progress line, so that an error stands alone.
  void abandon() { clear(); }
  /// Prints the notes, which a failed compilation keeps to itself: its error is
  /// one line.
  void succeed();

private:
  void draw(llvm::StringRef tail);
  /// With a bar of what is done, in the words `of`. Not too often.
  void drawBar(uint64_t done, uint64_t total, llvm::StringRef of);
  void clear();

  const bool isTerminal;
  bool drawn = false;
  std::string stageLine;
  std::vector<std::string> notes;
  std::chrono::steady_clock::time_point lastDraw;
};

} // namespace lfm2c

#endif // LFM2C_TOOLS_LFM2_COMPILE_PROGRESS_H
