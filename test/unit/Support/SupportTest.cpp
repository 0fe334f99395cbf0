// Errors of one line, numbers and words of messages, files.
#include "lib/Support/Error.h"
#include "lib/Support/InputFiles.h"
#include "lib/Support/MappedFile.h"
#include "lib/Support/OutputFile.h"
#include "lib/Support/StandardStreams.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"
#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace lfm2c;

namespace {

TEST(Error, IsOneLine) {
  EXPECT_EQ(llvm::toString(makeError("a {0}\nb", 1)), "a 1\\nb");
}

TEST(Error, DoesNothingToATerminal) {
  EXPECT_EQ(printable("model \u00fc \u4e2d.gguf"), "model \u00fc \u4e2d.gguf");
  EXPECT_EQ(printable("a\x1b[2Jb\r\x7f"), "a\\x1B[2Jb\\x0D\\x7F");
  EXPECT_EQ(printable(llvm::StringRef("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(printable("\u009b2J\u00a0"), "\\xC2\\x9B2J\u00a0");
  EXPECT_EQ(printable("\xff\xe4\xb8"), "\\xFF\\xE4\\xB8");
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

TEST_F(MappedFiles, CutWhileReadEndTheProcess) {
  write(name("a\nb"), std::string(100000, 'x'));
  auto cut = [&](bool other) {
    MappedFile::exitWhereFilesAreCut("tool");
    auto output = OutputFile::create(name("out"));
    (*output)->os() << "new";
    (*output)->os().flush();
    auto before = MappedFile::open(name("a\nb")); // Its place is used again.
    llvm::consumeError(before.takeError());
    before->reset();
    auto file = MappedFile::open(name("a\nb"));
    truncate(name("a\nb").c_str(), 10);
    if (!other)
      for (uint8_t byte : (*file)->bytes())
        if (byte == 'y')
          return;
    raise(SIGBUS); // No file's: dies as without the handler.
    raise(SIGBUS);
  };
  EXPECT_EXIT(cut(false), testing::ExitedWithCode(1),
              "^tool: error: .*a\\\\nb changed while it was read; run again "
              "when it is whole\n$");
  EXPECT_EQ(count(), 1u);
  // By the signal, or by a sanitizer that was there before.
  auto died = [](int status) { return !WIFEXITED(status) || status != 0; };
  EXPECT_EXIT(cut(true), died, "");
}

TEST_F(MappedFiles, ChangedSinceTheyWereReadAreNamed) {
  write(name("a"), "hello");
  write(name("b"), "hello");
  InputFiles inputs;
  llvm::cantFail(MappedFile::open(name("a")));
  llvm::cantFail(MappedFile::open(name("b")));
  auto says = [] { return llvm::toString(InputFiles::checkUnchanged()); };
  EXPECT_EQ(says(), "");
  const std::string changed =
      name("a") + " changed while it was read; run again when it is whole";
  // Of the same size, in place.
  struct timespec times[2] = {{0, UTIME_OMIT}, {1, 1}};
  ASSERT_EQ(utimensat(AT_FDCWD, name("a").c_str(), times, 0), 0);
  EXPECT_EQ(says(), changed);
  // Another file of the name.
  ASSERT_EQ(rename(name("b").c_str(), name("a").c_str()), 0);
  EXPECT_EQ(says(), changed);
  // What was read of a file that is gone is whole.
  llvm::sys::fs::remove(name("a"));
  EXPECT_EQ(says(), "");
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
  EXPECT_EQ(error(name("no/such")), "cannot write " + name("no/such") +
                                        ": there is no folder " + name("no"));
  EXPECT_EQ(error("/dev/full"),
            "cannot write /dev/full: it is no regular file; name a file");
  EXPECT_EQ(error("/proc/x"),
            "cannot write /proc/x: No such file or directory");
  write(name("file"), "");
  EXPECT_EQ(error(name("file/a")),
            "cannot write " + name("file/a") + ": Not a directory");
  const std::string tooLong = name(std::string(256, 'x').c_str());
  EXPECT_EQ(error(tooLong), "cannot write " + tooLong + ": File name too long");
}

TEST_F(OutputFiles, TakeTheLongestNames) {
  const std::string longest = name(std::string(255, '%').c_str());
  auto file = OutputFile::create(longest);
  ASSERT_TRUE(bool(file));
  (*file)->os() << "new";
  EXPECT_FALSE(bool((*file)->commit()));
  EXPECT_EQ(content(longest), "new");
}

TEST_F(OutputFiles, PassByWhatAKilledProcessLeft) {
  auto first = OutputFile::create(name("a"));
  auto second = OutputFile::create(name("a"));
  ASSERT_TRUE(bool(first) && bool(second));
  EXPECT_NE((*first)->getTemporaryPath(), (*second)->getTemporaryPath());
  EXPECT_FALSE(bool((*first)->commit()));
  EXPECT_FALSE(bool((*second)->commit()));
  EXPECT_EQ(count(), 1u);
}

// By whatever name, and also where the name came in after the file was created.
TEST_F(OutputFiles, ReplaceNothingThatWasRead) {
  InputFiles inputs;
  write(name("a"), "read");
  ASSERT_EQ(link(name("a").c_str(), name("hard").c_str()), 0);
  ASSERT_EQ(symlink("a", name("soft").c_str()), 0);
  ASSERT_EQ(symlink(".", name("here").c_str()), 0);
  write(name("other"), "other");
  llvm::cantFail(MappedFile::open(name("a")));
  for (const char *as : {"a", "./a", "hard", "soft", "here/a"}) {
    auto file = OutputFile::create(name(as));
    ASSERT_FALSE(bool(file)) << as;
    EXPECT_EQ(llvm::toString(file.takeError()),
              "the output " + name(as) + " would replace " + name("a") +
                  ", which was read; name another file");
  }
  auto late = OutputFile::create(name("b"));
  ASSERT_TRUE(bool(late));
  ASSERT_EQ(link(name("a").c_str(), name("b").c_str()), 0);
  EXPECT_NE(llvm::toString((*late)->commit()), "");
  EXPECT_EQ(content(name("b")), "read");
  EXPECT_FALSE(
      bool(llvm::cantFail(OutputFile::create(name("other")))->commit()));
}

TEST_F(OutputFiles, KnowTheFilesOfOneCompilationOnly) {
  write(name("a"), "read");
  {
    InputFiles inputs;
    llvm::cantFail(MappedFile::open(name("a")));
    InputFiles inner;
    EXPECT_FALSE(bool(OutputFile::checkPlace(name("a"))));
  }
  EXPECT_FALSE(bool(OutputFile::checkPlace(name("a"))));
}

// What a shell makes of >/dev/full, >&- and 2>&-.
TEST(StandardStreams, FailWithOneLine) {
  auto print = [](auto prepare) {
    prepare();
    guardStandardStreams("tool");
    llvm::outs() << "text";
    exit(0);
  };
  auto ends = testing::ExitedWithCode(1);
  EXPECT_EXIT(print([] { dup2(open("/dev/full", O_WRONLY), 1); }), ends,
              "^tool: error: cannot write to standard output: No space left on "
              "device\n$");
  EXPECT_EXIT(print([] { close(1); }), ends,
              "^tool: error: cannot write to standard output: Bad file "
              "descriptor\n$");
  EXPECT_EXIT(print([] {
                dup2(open("/dev/null", O_WRONLY), 1);
                close(2);
              }),
              testing::ExitedWithCode(0), "");
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
