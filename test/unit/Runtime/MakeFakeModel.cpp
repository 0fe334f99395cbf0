// MakeFakeModel EXECUTABLE OUT [texts]: writes OUT, the executable with the
// fake archive behind it, OUT.split, without, and OUT.split.weights; OUT.plain
// has an archive without a tokenizer. "texts": that of a bidirectional model.
#include "test/unit/Runtime/FakeArchive.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

using Bytes = std::vector<uint8_t>;

static void write(const std::string &path, const Bytes &a,
                  const Bytes &b = {}) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char *>(a.data()),
             std::streamsize(a.size()));
  file.write(reinterpret_cast<const char *>(b.data()),
             std::streamsize(b.size()));
  file.close();
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

int main(int argc, char **argv) {
  if (argc < 3)
    return 2;
  std::ifstream file(argv[1], std::ios::binary);
  Bytes executable((std::istreambuf_iterator<char>(file)), {});
  const std::string out = argv[2];
  write(out + ".split", executable);
  write(out + ".split.weights", fake::makeArchive());
  executable.resize((executable.size() + LFM2_ARCHIVE_ALIGN - 1) /
                    LFM2_ARCHIVE_ALIGN * LFM2_ARCHIVE_ALIGN);
  fake::ArchiveOptions options;
  options.fileOffset = executable.size();
  options.before = executable;
  options.embedding = argc > 3;
  write(out, executable, fake::makeArchive(options));
  options.tokenizer = false;
  write(out + ".plain", executable, fake::makeArchive(options));
}
