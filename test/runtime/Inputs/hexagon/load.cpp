// load OBJECT WEIGHTS TOKENS: loads a shared object as a DSP's process would,
// with nothing to offer to it, and talks to the model in it through the entries
// of samples/dsp.h.
#include "process.h"
#include "runtime/samples/dsp.h"

namespace {

struct FileHeader {
  uint8_t identity[16];
  uint16_t type, machine;
  uint32_t version, entry, programHeaders, sectionHeaders, flags;
  uint16_t size, programHeaderSize, numProgramHeaders, sectionHeaderSize,
      numSections, names;
};
struct Segment {
  uint32_t type, offset, address, physical, fileBytes, bytes, flags, alignment;
};
struct Symbol {
  uint32_t name, value, size;
  uint8_t info, other;
  uint16_t section;
};
struct Relocation {
  uint32_t offset, info;
  int32_t addend;
};
struct Entry {
  uint32_t tag, value;
};

struct Object {
  uint8_t *base;
  uint32_t tags[40]; // Of the dynamic section, by their numbers.

  Symbol *symbols() { return reinterpret_cast<Symbol *>(base + tags[6]); }

  void relocate(uint32_t table, uint32_t bytes) {
    auto *list = reinterpret_cast<Relocation *>(base + table);
    for (uint32_t i = 0; i < bytes / sizeof(Relocation); ++i) {
      auto &word = *reinterpret_cast<uint32_t *>(base + list[i].offset);
      uint32_t own = uint32_t(reinterpret_cast<uintptr_t>(base));
      const Symbol &symbol = symbols()[list[i].info >> 8];
      constexpr uint32_t absolute = 6, globalData = 33, jumpSlot = 34,
                         relative = 35;
      switch (list[i].info & 255) {
      case relative:
        word = own + uint32_t(list[i].addend);
        break;
      case absolute:
      case globalData:
      case jumpSlot:
        if (symbol.section == 0) {
          print("the object asks for a symbol of the process\n");
          end(1);
        }
        word = own + symbol.value + uint32_t(list[i].addend);
        break;
      default:
        print("a relocation that is not known\n");
        end(1);
      }
    }
  }

  template <typename Function> Function find(Function, const char *name) {
    auto *names = reinterpret_cast<const char *>(base + tags[5]);
    // The table of hashes knows how many symbols there are.
    uint32_t count = reinterpret_cast<uint32_t *>(base + tags[4])[1];
    for (uint32_t i = 0; i < count; ++i)
      if (symbols()[i].section && equal(names + symbols()[i].name, name))
        return reinterpret_cast<Function>(base + symbols()[i].value);
    print("no entry of that name\n");
    end(1);
  }
};

Object load(const char *path) {
  uint64_t bytes;
  uint8_t *file = readWhole(path, bytes);
  auto &header = *reinterpret_cast<FileHeader *>(file);
  Object object = {};
  object.base = pages(4 << 20);
  for (uint32_t i = 0; i < header.numProgramHeaders; ++i) {
    auto &segment =
        reinterpret_cast<Segment *>(file + header.programHeaders)[i];
    constexpr uint32_t loaded = 1, dynamic = 2;
    if (segment.type == loaded)
      memcpy(object.base + segment.address, file + segment.offset,
             segment.fileBytes);
    if (segment.type == dynamic)
      for (auto *entry = reinterpret_cast<Entry *>(file + segment.offset);
           entry->tag; ++entry)
        if (entry->tag < 40)
          object.tags[entry->tag] = entry->value;
  }
  object.relocate(object.tags[7], object.tags[8]);
  object.relocate(object.tags[23], object.tags[2]);
  return object;
}

// The caller's threads: two, each of them started for one task.
struct Share {
  void (*task)(void *, int32_t);
  void *argument;
  int32_t number;
};
uint8_t *stack;
int tasks;

void inParallel(void (*task)(void *, int32_t), void *argument, int32_t threads,
                void *) {
  Share second = {task, argument, 1};
  platform::Thread thread = {};
  thread.function = [](void *share) {
    auto &mine = *static_cast<Share *>(share);
    mine.task(mine.argument, mine.number);
  };
  thread.argument = &second;
  if (threads != 2 || platform::startThread(thread, stack, 65536) < 0) {
    print("cannot start the second thread\n");
    end(1);
  }
  task(argument, 0);
  platform::joinThread(thread);
  ++tasks;
}

} // namespace

extern "C" [[noreturn]] void start(long *words) {
  auto **arguments = reinterpret_cast<char **>(words + 1);
  Object object = load(arguments[1]);
#define ENTRY(name) auto *my_##name = object.find(&name, #name)
  ENTRY(dsp_memory);
  ENTRY(dsp_vocabulary);
  ENTRY(dsp_near);
  ENTRY(dsp_lend_near);
  ENTRY(dsp_open);
  ENTRY(dsp_read);
  ENTRY(dsp_next);
  ENTRY(dsp_reset);
  ENTRY(dsp_close);
  ENTRY(dsp_message);
  auto check = [&](int status) {
    if (status == 0)
      return;
    print(my_dsp_message());
    print("\n");
    end(1);
  };

  int wanted = arguments[3][0] - '0'; // 1 to 9.
  uint64_t archiveBytes;
  uint8_t *archive = readWhole(arguments[2], archiveBytes);
  auto *logits =
      reinterpret_cast<float *>(pages(my_dsp_vocabulary() * sizeof(float)));
  stack = pages(65536);
  char text[4096];
  // One thread has near memory of the conversation's own, two have the
  // caller's.
  uint64_t nearBytes = my_dsp_near(2);
  uint8_t *near = pages(nearBytes);
  for (uint32_t threads = 1; threads <= 2; ++threads) {
    if (threads > 1)
      my_dsp_lend_near(near, nearBytes);
    uint64_t bytes = my_dsp_memory(64, threads);
    check(my_dsp_open(archive, archiveBytes, pages(bytes), bytes, 64, threads,
                      threads > 1 ? inParallel : nullptr, nullptr));
    Message line(text, sizeof(text));
    for (int again = 0; again < 2; ++again) {
      const int32_t prompt[] = {1, 2, 3};
      check(my_dsp_read(prompt, 3, logits, my_dsp_vocabulary()));
      int32_t token = -1;
      for (int i = 0; i < wanted; ++i) {
        check(my_dsp_next(&token));
        // It is the first of the highest logits.
        for (uint32_t v = 0; v < my_dsp_vocabulary(); ++v)
          if (logits[v] > logits[token])
            print("a higher logit\n");
        line << (i ? "," : "") << token;
        check(my_dsp_read(&token, 1, logits, my_dsp_vocabulary()));
      }
      line << "\n";
      check(my_dsp_reset());
    }
    check(my_dsp_close());
    print(text);
  }
  print(tasks ? "on two threads as well\n" : "on one thread only\n");
  bool isUsed[2] = {};
  for (uint64_t i = 0; i < nearBytes; ++i)
    isUsed[i / (nearBytes / 2)] |= near[i] != 0;
  print(isUsed[0] && isUsed[1] ? "with weights in near memory\n"
                               : "without weights in near memory\n");
  my_dsp_lend_near(near, nearBytes - 1);
  uint64_t needed = my_dsp_memory(64, 2);
  print(my_dsp_open(archive, archiveBytes, pages(needed), needed, 64, 2,
                    inParallel, nullptr)
            ? my_dsp_message()
            : "opened");
  print("\n");
  // What is wrong is said, not done.
  print(my_dsp_read(nullptr, 0, nullptr, 0) ? my_dsp_message() : "read");
  print("\n");
  print(my_dsp_open(archive, archiveBytes - 64, pages(4096), 4096, 64, 1,
                    nullptr, nullptr)
            ? my_dsp_message()
            : "opened");
  print("\n");
  end(0);
}
