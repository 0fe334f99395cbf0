// --jsonl: lines are answered by several conversations that share their steps,
// and written in the order in which they came.
//
// What an answer is depends on its line alone: each has a seed of its own, and
// steps of several conversations do not change the bits of one.
#include "runtime/cli/AnswerFile.h"
#include "runtime/cli/Commands.h"
#include "runtime/cli/HashSum.h"
#include "runtime/cli/LineReader.h"
#include "runtime/cli/Median.h"
#include "runtime/cli/Progress.h"
#include "runtime/cli/Slot.h"

namespace lfm2rt {
namespace {

// More conversations in a step make it faster by little.
constexpr uint32_t usualSlots = 32;

bool isBlank(const char *text, uint64_t bytes) {
  for (uint64_t i = 0; i < bytes; ++i)
    if (text[i] != ' ' && text[i] != '\t')
      return false;
  return true;
}

// Seeds that have nothing to do with each other.
uint32_t seedOf(uint32_t seed, uint64_t number) {
  uint64_t x = (uint64_t(seed) << 32 ^ number) * 0x9e3779b97f4a7c15u;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return uint32_t(x >> 32);
}

class Jsonl {
public:
  explicit Jsonl(Session &session)
      : session(session), answers(session),
        progress(session.options.out || !system::isTerminal(1)) {}
  ~Jsonl();
  int run();

private:
  int openInput();
  int scan();
  int makeSlots();
  Slot *freeSlot();
  bool reserve(Slot &slot);
  int64_t nextLine();
  int admit();
  int step();
  int write();
  int skip();
  void showProgress();

  Session &session;
  AnswerFile answers;
  Form form;
  Vocabulary vocabulary;
  Progress progress;
  int64_t file = 0;
  Buffer readerMemory;
  LineReader *reader = nullptr;
  bool hasEnded = false;

  Buffer slotMemory, answerMemory, turnMemory, activeMemory;
  Slot *slots = nullptr;
  // The busy ones, that of the first line first: it is waited for.
  Slot **active = nullptr;
  lfm2rt_turn *turns = nullptr;
  uint32_t made = 0, numSlots = 0, busy = 0; // Slots; those to be used.
  // Bytes that all may touch together, and that those would touch which have
  // had the longest of their lines.
  uint64_t budget = 0, reserved = 0;
  bool isHeld = false; // The reader's line waits for memory.
  lfm2rt_context_options slotOptions = {};

  // Answers that wait for others to be written before them, in a ring.
  Answer *ring = nullptr;
  uint64_t ringSize = 0;
  uint64_t taken = 0, written = 0; // Lines with something in them.
  uint64_t lineNumber = 0;         // Of all.
  uint64_t total = 0;              // 0 where nobody knows.
  uint64_t tokens = 0, failed = 0, begun = 0;
};

Jsonl::~Jsonl() {
  for (uint32_t i = 0; i < made; ++i)
    slots[i].~Slot();
  for (uint64_t i = 0; i < ringSize; ++i)
    ring[i].~Answer();
  if (reader)
    reader->~LineReader();
  if (file > 0)
    platform::closeFile(file);
}

int Jsonl::openInput() {
  const char *path = session.options.jsonl;
  if (!equal(path, "-")) {
    file = platform::openForReading(path);
    if (file < 0)
      return session.cannotRead(path, file);
  }
  if (!readerMemory.grow(sizeof(LineReader)))
    return session.noMemory(sizeof(LineReader));
  reader = new (At{readerMemory.data()}) LineReader(file);
  return scan();
}

// What is a file is read once before: how many lines it has, and its hash, by
// which it is known again.
int Jsonl::scan() {
  uint64_t inputHash = 0;
  if (file > 0 && !system::isSpecial(session.options.jsonl)) {
    char block[4096];
    HashSum sum;
    uint64_t at = 0;
    bool blank = true;
    int64_t n = 0;
    for (; (n = platform::readAt(file, block, sizeof(block), at)) > 0;
         at += uint64_t(n)) {
      sum.add(block, uint64_t(n));
      for (int64_t i = 0; i < n; ++i) {
        if (block[i] == '\n' && !blank)
          ++total;
        blank = block[i] == '\n' ||
                (blank &&
                 (block[i] == ' ' || block[i] == '\t' || block[i] == '\r'));
      }
    }
    if (n < 0)
      return session.cannotRead(session.options.jsonl, n);
    total += !blank;
    inputHash = sum.sum() | 1;
  }
  return answers.open(inputHash);
}

// As many as half of the free memory holds when all are full, and no more than
int Jsonl::makeSlots() {
  if (int status = session.checkContext(session.contextTokens()))
    return status;
  slotOptions.tokens = uint32_t(session.contextTokens());
  slotOptions.threads = 1;
  slotOptions.zeroed = 1;
  // No more than a step has tokens.
  uint32_t count = min(usualSlots, lfm2rt_model_chunk(&session.model));
  budget = system::availableMemory() / 2;
  if (session.options.parallel) {
    count = uint32_t(session.options.parallel);
    budget = UINT64_MAX;
  }
  // One that reads for all. Its own state is not used.
  if (int status = session.openContext(1, session.threads(), count))
    return status;
  ringSize = count * uint64_t(32);
  if (!slotMemory.grow(count * sizeof(Slot)) ||
      !answerMemory.grow(ringSize * sizeof(Answer)) ||
      !turnMemory.grow(count * sizeof(lfm2rt_turn)) ||
      !activeMemory.grow(count * sizeof(Slot *)))
    return session.noMemory(ringSize * sizeof(Answer));
  slots = reinterpret_cast<Slot *>(slotMemory.data());
  ring = reinterpret_cast<Answer *>(answerMemory.data());
  active = reinterpret_cast<Slot **>(activeMemory.data());
  turns = reinterpret_cast<lfm2rt_turn *>(turnMemory.data());
  for (; made < count; ++made)
    new (At{slots + made}) Slot(session, form, vocabulary);
  numSlots = count;
  for (uint64_t i = 0; i < ringSize; ++i)
    new (At{ring + i}) Answer;
  return 0;
}

// The one that has touched most memory; nullptr where all are busy.
Slot *Jsonl::freeSlot() {
  Slot *found = nullptr;
  for (uint32_t i = 0; i < numSlots; ++i)
    if (slots[i].isFree() && (!found || slots[i].reserved > found->reserved))
      found = &slots[i];
  return found;
}

// Whether the slot has memory for its line, beside what the others may touch.
bool Jsonl::reserve(Slot &slot) {
  lfm2rt_context_options options = slotOptions;
  options.tokens = slot.mostTokens();
  uint64_t bytes = lfm2rt_context_size(&session.model, &options);
  uint64_t more = bytes - min(bytes, slot.reserved);
  if (busy > 0 && more > budget - min(budget, reserved))
    return false;
  reserved += more;
  slot.reserved += more;
  return true;
}

// The next line, as the reader has it. Returns what that does.
int64_t Jsonl::nextLine() {
  while (!isHeld) {
    int64_t got = reader->read(/*waits=*/busy == 0);
    if (got == system::interrupted)
      continue;
    if (got != 1)
      return got;
    ++lineNumber;
    isHeld = !isBlank(reader->data(), reader->size());
  }
  return 1;
}

// Takes lines as long as there are some and somebody is free.
int Jsonl::admit() {
  while (!hasEnded && taken - written < ringSize) {
    Slot *slot = freeSlot();
    if (!slot)
      return 0;
    lfm2rt_error error;
    // Nobody asked for so many: those that there is room for will do.
    if (!slot->isOpen() && !slot->open(session, slotOptions, error)) {
      if (slot == slots || session.options.parallel)
        return session.output.fail(error);
      numSlots = uint32_t(slot - slots);
      continue;
    }
    int64_t got = nextLine();
    if (got < 0)
      return session.cannotRead(session.options.jsonl, got);
    hasEnded = got == 0;
    if (got != 1)
      return 0;
    Answer &answer = ring[taken % ringSize];
    slot->begin(session, lineNumber, seedOf(answers.seed(), taken),
                reader->data(), reader->size(), answer);
    if (!slot->isFree() && !reserve(*slot)) {
      slot->giveBack();
      return 0; // Until somebody is done.
    }
    isHeld = false;
    ++taken;
    if (slot->isFree())
      return 0; // There is something to write.
    active[busy++] = slot;
  }
  return 0;
}

int Jsonl::step() {
  for (uint32_t i = 0; i < busy; ++i)
    turns[i] = active[i]->turn();
  lfm2rt_error error;
  if (lfm2rt_eval_turns(session.context, turns, busy, 0, &error) != LFM2RT_OK)
    return session.output.fail(error);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < busy; ++i) {
    Slot *slot = active[i];
    uint64_t before = slot->made;
    slot->goOn(session, turns[i].read);
    tokens += slot->made - before;
    if (!slot->isFree())
      active[kept++] = slot;
  }
  busy = kept;
  return 0;
}

// What is whole and next.
int Jsonl::write() {
  for (; written < taken; ++written) {
    Answer &answer = ring[written % ringSize];
    if (!answer.isWhole)
      return 0;
    if (answer.text.hasFailed())
      return session.noMemory(answer.text.size());
    failed += answer.hasFailed;
    progress.clear();
    if (int status = answers.write(answer.text.data(), answer.text.size()))
      return status;
  }
  return 0;
}

// Lines that have answers from the time before.
int Jsonl::skip() {
  while (taken < answers.answered()) {
    int64_t got = reader->read();
    if (got < 0)
      return session.cannotRead(session.options.jsonl, got);
    if (got == 0)
      return session.output.fail(
          Line() << "expected at least " << answers.answered() << " lines in "
                 << Quoted{session.options.jsonl}
                 << ", as there are answers, found " << taken
                 << "; give the input that they are of");
    ++lineNumber;
    taken += !isBlank(reader->data(), reader->size());
  }
  written = taken;
  return 0;
}

void Jsonl::showProgress() {
  if (!progress.isDue())
    return;
  Line line;
  line << written;
  if (total)
    line << "/" << total;
  line << " lines, " << tokens << " tokens, "
       << uint64_t(double(tokens) / secondsSince(begun)) << " tokens/s";
  progress.show(line);
}

int Jsonl::run() {
  if (int status = form.open(session, session.tools))
    return status;
  if (int status = makeSlots())
    return status;
  if (int status = openInput())
    return status;
  if (int status = skip())
    return status;
  begun = system::nanoseconds();
  for (;;) {
    if (int status = write())
      return status; // Before somebody is waited for who waits for it.
    if (int status = admit())
      return status;
    if (busy == 0 && hasEnded && written == taken)
      break;
    if (busy > 0)
      if (int status = step())
        return status;
    showProgress();
  }
  progress.clear();
  if (failed)
    session.output.note(Line() << failed << " of " << taken - answers.answered()
                               << " lines have an error in place of a text");
  return answers.finish();
}

} // namespace

int jsonl(Session &session) { return Jsonl(session).run(); }

} // namespace lfm2rt
