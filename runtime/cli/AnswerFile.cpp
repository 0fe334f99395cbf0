#include "runtime/cli/AnswerFile.h"
#include "runtime/cli/CpuQuota.h"

namespace lfm2rt {
namespace {

constexpr char mark[] = "lfm2rt-resume 1";
constexpr int numFacts = 4;

bool isThere(const char *path) {
  int64_t file = platform::openForReading(path);
  if (file >= 0)
    platform::closeFile(file);
  return file >= 0;
}

// Reads "lfm2rt-resume 1 MODEL INPUT OPTIONS SEED".
bool readFacts(const char *text, uint64_t bytes, uint64_t *facts) {
  const char *at = text + sizeof(mark) - 1, *end = text + bytes;
  if (bytes < sizeof(mark) || memcmp(text, mark, sizeof(mark) - 1) != 0)
    return false;
  for (int i = 0; i < numFacts; ++i) {
    if (at == end || *at != ' ')
      return false;
    const char *digits = ++at;
    facts[i] = readDigits(at, end);
    if (at == digits)
      return false;
  }
  return at < end && *at == '\n';
}

} // namespace

AnswerFile::~AnswerFile() {
  if (file >= 0)
    platform::closeFile(file);
}

int AnswerFile::check(const char *to, int64_t failed) {
  return failed < 0 ? session.cannotWrite("answers", to, failed) : 0;
}

int AnswerFile::open(uint64_t inputHash) {
  const Options &options = session.options;
  path = options.out;
  auto *footer = static_cast<const lfm2_footer *>(session.weights.footer);
  facts[0] = footer->hash;
  facts[1] = inputHash;
  facts[2] = options.answersHash + session.filesHash;
  facts[3] = options.seed >= 0 ? uint64_t(options.seed) : system::randomSeed();
  if (!path)
    return 0;
  if (length(path) >= 4096)
    return session.longPath("--out");
  (Message(note, sizeof(note)) << path).write(".resume", 7);
  isFile = !system::isSpecial(path);
  isNoted = inputHash && isFile;
  if (options.resume && !isNoted)
    return session.output.fail(
        "expected files of --jsonl and --out with --resume, found a pipe or a "
        "device, which cannot be read again; drop --resume",
        2);
  bool wasNoted = isFile && isThere(note);
  if (wasNoted && options.resume)
    return takeUp();
  if (wasNoted)
    return session.output.fail(
        Line() << "expected no " << Quoted{note}
               << ", found the unfinished run of " << Quoted{path}
               << "; take it up with --resume, or remove this file",
        2);
  file = system::openToAppend(path);
  int64_t bytes = file < 0 ? file : platform::fileBytes(file);
  if (options.resume && bytes > 0)
    return session.output.fail(
        Line() << "expected " << Quoted{note}
               << ", as an unfinished run leaves it, found none; the run of "
               << Quoted{path}
               << " has ended, or it is another's: drop "
                  "--resume to write it anew",
        2);
  return begin();
}

// The file is emptied before the note is there: what the note is beside is of
// this run.
int AnswerFile::begin() {
  int64_t emptied = file < 0 || !isFile ? file : system::cut(file, 0);
  if (int status = check(path, emptied))
    return status;
  if (!isNoted)
    return 0;
  File to;
  if (!to.name(note))
    return session.longPath("--out");
  Line text;
  text << mark;
  for (uint64_t fact : facts)
    text << " " << fact;
  text << "\n";
  int64_t failed = to.create();
  if (failed == 0)
    failed = to.write(text, length(text));
  return check(note, failed ? failed : to.finish());
}

int AnswerFile::checkFact(int which, uint64_t now) {
  static constexpr const char *names[] = {"model", "input", "options"};
  if (facts[which] == now)
    return 0;
  return session.output.fail(
      Line() << "expected the " << names[which] << " of the run that "
             << Quoted{path} << " is of, found another; give the same, or "
             << "remove " << Quoted{note} << " to begin anew",
      2);
}

int AnswerFile::takeUp() {
  Buffer text;
  uint64_t bytes = 0, now[numFacts];
  memcpy(now, facts, sizeof(now));
  if (int status = session.readFile(note, text, bytes))
    return status;
  if (!readFacts(text.data(), bytes, facts))
    return session.output.fail(
        Line() << "expected " << Quoted{note}
               << " as an unfinished run leaves it, found something else; "
                  "remove it to begin anew");
  for (int i = 0; i < numFacts - 1; ++i)
    if (int status = checkFact(i, now[i]))
      return status;
  return countLines();
}

// Whole lines are answers; a part of one that is behind them is not.
int AnswerFile::countLines() {
  char block[4096];
  uint64_t at = 0, whole = 0;
  int64_t from = platform::openForReading(path), n = from;
  constexpr int64_t noSuchFile = -2;
  while (from >= 0 &&
         (n = platform::readAt(from, block, sizeof(block), at)) > 0) {
    for (int64_t i = 0; i < n; ++i)
      if (block[i] == '\n') {
        ++lines;
        whole = at + uint64_t(i) + 1;
      }
    at += uint64_t(n);
  }
  if (from >= 0)
    platform::closeFile(from);
  if (n < 0 && n != noSuchFile)
    return session.cannotRead(path, n);
  file = system::openToAppend(path);
  return check(path, file < 0 ? file : system::cut(file, whole));
}

int AnswerFile::write(const char *text, uint64_t bytes) {
  if (path)
    return check(path, system::writeAll(file, text, bytes));
  session.output.write(text, bytes);
  return session.output.finish();
}

int AnswerFile::finish() {
  if (isNoted)
    system::remove(note);
  return 0;
}

} // namespace lfm2rt
