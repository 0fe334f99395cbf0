#include "lib/Support/Error.h"
#include "lib/Support/MappedFile.h"
#include "lib/Support/OutputFile.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"
#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>

using namespace lfm2c;

namespace {

TEST(Error, IsOneLine) {
  EXPECT_EQ(llvm::toString(makeError("a {0}\nb", 1)), "a 1 b");
}

TEST(Error, QuotesForeignText) {
  EXPECT_EQ(quoted("blk.0"), "'blk.0'");
  EXPECT_EQ(quoted("a\nb\xff"), "'a\\x0Ab\\xFF'");
  EXPECT_EQ(quoted(std::string(100, 'x')), "'" + std::string(64, 'x') + "...'");
}

TEST(Error, ShowsShapes) {
  EXPECT_EQ(formatShape({6144, 2048}), "[6144, 2048]");
  EXPECT_EQ(formatShape({}), "[]");
}

TEST(Error, FindsNearWords) {
  llvm::StringRef words[] = {"x86-64", "aarch64", "hexagon", "znver4",
                             "znver5"};
  EXPECT_EQ(nearestWords("znver6", words),
            (std::vector<std::string>{"znver4", "znver5"}));
  EXPECT_EQ(nearestWords("hexogon", words),
            std::vector<std::string>{"hexagon"});
  EXPECT_TRUE(nearestWords("something else", words).empty());
}

class Files : public testing::Test {
protected:
  Files() { llvm::sys::fs::createUniqueDirectory("lfm2-test", directory); }
  ~Files() override { llvm::sys::fs::remove_directories(directory); }

  std::string name(const char *file) const {
    return (directory.str() + "/" + file).str();
  }
  void write(const std::string &path, llvm::StringRef text) {
    std::error_code code;
    llvm::raw_fd_ostream(path, code) << text;
  }
  std::string content(const std::string &path) {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    return buffer ? (*buffer)->getBuffer().str() : "(none)";
  }
  size_t count() {
    std::error_code code;
    size_t files = 0;
    for (llvm::sys::fs::directory_iterator it(directory, code), end; it != end;
         it.increment(code))
      ++files;
    return files;
  }

  llvm::SmallString<128> directory;
};

using MappedFiles = Files;

TEST_F(MappedFiles, ShowTheBytes) {
  write(name("a"), "hello");
  auto file = MappedFile::open(name("a"));
  ASSERT_TRUE(bool(file));
  EXPECT_EQ((*file)->text(), "hello");
  EXPECT_EQ((*file)->getPath(), name("a"));
}

TEST_F(MappedFiles, MayBeEmpty) {
  write(name("a"), "");
  auto file = MappedFile::open(name("a"));
  ASSERT_TRUE(bool(file));
  EXPECT_TRUE((*file)->bytes().empty());
  (*file)->release(0, 10);
}

TEST_F(MappedFiles, KeepTheirBytesAfterRelease) {
  std::string text;
  for (int i = 0; i < 100000; ++i)
    text += char(i % 251);
  write(name("a"), text);
  auto file = MappedFile::open(name("a"));
  ASSERT_TRUE(bool(file));
  (*file)->release(100, 90000);
  (*file)->release(0, UINT64_MAX);
  (*file)->release(UINT64_MAX, UINT64_MAX);
  (*file)->release((*file)->bytes().slice(5000, 50000));
  (*file)->release(llvm::ArrayRef<uint8_t>());
  EXPECT_TRUE((*file)->text() == text);
}

TEST_F(MappedFiles, NameWhatCannotBeRead) {
  auto error = [](llvm::StringRef path) {
    auto file = MappedFile::open(path);
    return file ? "" : llvm::toString(file.takeError());
  };
  EXPECT_EQ(error(name("b")),
            "cannot read " + name("b") + ": No such file or directory");
  EXPECT_EQ(error(directory), "cannot read " + directory.str().str() +
                                  ": expected a regular file, found a "
                                  "directory");
  ASSERT_EQ(mkfifo(name("pipe").c_str(), 0600), 0);
  EXPECT_EQ(error(name("pipe")),
            "cannot read " + name("pipe") + ": expected a regular file");
}

using OutputFiles = Files;

TEST_F(OutputFiles, AppearWhenCommitted) {
  write(name("a"), "old");
  auto file = OutputFile::create(name("a"));
  ASSERT_TRUE(bool(file));
  (*file)->os() << "new";
  (*file)->os().flush();
  EXPECT_EQ(content(name("a")), "old");
  EXPECT_FALSE(bool((*file)->commit(/*executable=*/true)));
  EXPECT_EQ(content(name("a")), "new");
  EXPECT_TRUE(llvm::sys::fs::can_execute(name("a")));
  EXPECT_EQ(count(), 1u);
}

TEST_F(OutputFiles, LeaveNothingWithoutCommit) {
  {
    auto file = OutputFile::create(name("a"));
    ASSERT_TRUE(bool(file));
    (*file)->os() << "new";
  }
  EXPECT_EQ(count(), 0u);
}

TEST_F(OutputFiles, LeaveNothingWhenInterrupted) {
  auto interrupt = [&] {
    auto file = OutputFile::create(name("a"));
    (*file)->os() << "new";
    (*file)->os().flush();
    raise(SIGINT);
  };
  EXPECT_EXIT(interrupt(), testing::KilledBySignal(SIGINT), "");
  EXPECT_EQ(count(), 0u);
}

TEST_F(OutputFiles, NameWhatCannotBeWritten) {
  auto error = [](llvm::StringRef path) {
    auto file = OutputFile::create(path);
    return file ? "" : llvm::toString(file.takeError());
  };
  EXPECT_EQ(error(directory), "cannot write " + directory.str().str() +
                                  ": it is a directory; name a file");
  EXPECT_EQ(error(name("no/such")),
            "cannot write " + name("no/such") + ": No such file or directory");
}

// A limit on the size of files stands for a disk that is full.
TEST_F(OutputFiles, NoticeAFullDisk) {
  struct rlimit before, tight;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  tight = before;
  tight.rlim_cur = 4096;
  auto handler = signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  std::string message;
  {
    auto file = OutputFile::create(name("a"));
    ASSERT_TRUE(bool(file));
    (*file)->os() << std::string(100000, 'x');
    message = llvm::toString((*file)->commit());
  }
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  EXPECT_EQ(message, "cannot write " + name("a") + ": File too large");
  EXPECT_EQ(count(), 0u);
}

} // namespace
