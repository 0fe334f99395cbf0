// Where --jsonl writes: standard output, or a file to which a run that was
// interrupted can be taken up again.
//
// Beside OUT there is OUT.resume as long as the run has not ended. It has
// hashes of what the answers depend on: model, input, options; and the seed.
#ifndef LFM2RT_CLI_ANSWERFILE_H
#define LFM2RT_CLI_ANSWERFILE_H

#include "runtime/cli/Session.h"

namespace lfm2rt {

class AnswerFile {
public:
  explicit AnswerFile(Session &session) : session(session) {}
  AnswerFile(const AnswerFile &) = delete;
  ~AnswerFile();

  // `inputHash` is 0 where the input cannot be read twice. Each returns the
  // exit status.
  int open(uint64_t inputHash);
  int write(const char *text, uint64_t bytes);
  int finish();

  // Answers that were there already, and the seed of all.
  uint64_t answered() const { return lines; }
  uint32_t seed() const { return uint32_t(facts[3]); }

private:
  int begin();
  int takeUp();
  int countLines();
  int checkFact(int which, uint64_t now);
  int check(const char *path, int64_t failed);

  Session &session;
  const char *path = nullptr;
  char note[4096 + 8]; // The path of OUT.resume.
  bool isFile = false, isNoted = false;
  uint64_t facts[4] = {}; // Of model, input and options; the seed.
  uint64_t lines = 0;
  int64_t file = -1;
};

} // namespace lfm2rt

#endif // LFM2RT_CLI_ANSWERFILE_H
