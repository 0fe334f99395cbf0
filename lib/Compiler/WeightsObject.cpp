#include "lib/Compiler/WeightsObject.h"

#include "lib/Support/Error.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Object/ELFTypes.h"
#include <cstring>

using namespace lfm2c;
using llvm::StringRef;

// Code of the small model reaches 2 GiB; the program around it needs a part.
static constexpr uint64_t mostBytes = 1900u << 20;
// From the start of the file; a multiple of the section's alignment.
static constexpr uint64_t dataOffset = 4096;

namespace {
/// Passes bytes on, and counts them from 0: positions in a section.
class SectionStream final : public llvm::raw_ostream {
public:
  explicit SectionStream(llvm::raw_ostream &os)
      : llvm::raw_ostream(/*unbuffered=*/true), os(os), start(os.tell()) {}

private:
  void write_impl(const char *data, size_t size) override {
    os.write(data, size);
  }
  uint64_t current_pos() const override { return os.tell() - start; }

  llvm::raw_ostream &os;
  const uint64_t start;
};
} // namespace

template <typename T>
static void writeRecord(llvm::raw_ostream &os, const T &record) {
  os.write(reinterpret_cast<const char *>(&record), sizeof record);
}

static void padTo(llvm::raw_ostream &os, uint64_t offset) {
  while (os.tell() < offset)
    os.write_zeros(std::min<uint64_t>(offset - os.tell(), 64));
}

template <typename Elf>
static typename Elf::Sym makeSymbol(uint64_t name, uint64_t value,
                                    uint64_t size) {
  typename Elf::Sym symbol = {};
  symbol.st_name = name;
  symbol.setBindingAndType(llvm::ELF::STB_GLOBAL, llvm::ELF::STT_OBJECT);
  symbol.st_shndx = 1;
  symbol.st_value = value;
  symbol.st_size = size;
  return symbol;
}

template <typename Elf>
static typename Elf::Shdr makeSection(uint64_t name, unsigned type,
                                      uint64_t offset, uint64_t size,
                                      uint64_t align) {
  typename Elf::Shdr section = {};
  section.sh_name = name;
  section.sh_type = type;
  section.sh_offset = offset;
  section.sh_size = size;
  section.sh_addralign = align;
  return section;
}

/// Of the class of ELF file that `like` is.
template <typename Elf>
static llvm::Expected<uint64_t>
writeObject(llvm::raw_pwrite_stream &os, StringRef like, StringRef prefix,
            llvm::function_ref<llvm::Error(llvm::raw_ostream &)> write) {
  typename Elf::Ehdr header;
  std::memcpy(&header, like.data(), sizeof header);
  padTo(os, dataOffset);
  SectionStream section(os);
  if (llvm::Error error = write(section))
    return error;
  const uint64_t bytes = os.tell() - dataOffset;
  if (bytes > mostBytes)
    return makeError(
        "an archive of {0} MB is more than the {1} MB that a library can "
        "hold; use --weights=file",
        bytes / 1000000, mostBytes / 1000000);

  // Names of sections and of symbols in one table.
  const std::string symbols = (prefix + "_archive").str();
  std::string names =
      std::string("\0.rodata.lfm2\0.symtab\0.strtab\0.note.GNU-stack\0", 46);
  const uint64_t dataName = 1, symtabName = 14, strtabName = 22, stackName = 30;
  const uint64_t beginName = names.size();
  names += symbols + '\0';
  const uint64_t endName = names.size();
  names += symbols + "_end" + '\0';

  padTo(os, llvm::alignTo(os.tell(), 8));
  const uint64_t symtab = os.tell();
  writeRecord(os, typename Elf::Sym{});
  writeRecord(os, makeSymbol<Elf>(beginName, 0, bytes));
  writeRecord(os, makeSymbol<Elf>(endName, bytes, 0));
  const uint64_t strtab = os.tell();
  os << names;
  padTo(os, llvm::alignTo(os.tell(), 8));

  header.e_type = llvm::ELF::ET_REL;
  header.e_shoff = os.tell();
  header.e_shnum = 5;
  header.e_shstrndx = 3;
  writeRecord(os, typename Elf::Shdr{});
  typename Elf::Shdr data = makeSection<Elf>(dataName, llvm::ELF::SHT_PROGBITS,
                                             dataOffset, bytes, 4096);
  data.sh_flags = llvm::ELF::SHF_ALLOC;
  writeRecord(os, data);
  typename Elf::Shdr table =
      makeSection<Elf>(symtabName, llvm::ELF::SHT_SYMTAB, symtab,
                       3 * sizeof(typename Elf::Sym), 8);
  table.sh_link = 3;
  table.sh_info = 1; // The first global symbol.
  table.sh_entsize = sizeof(typename Elf::Sym);
  writeRecord(os, table);
  writeRecord(os, makeSection<Elf>(strtabName, llvm::ELF::SHT_STRTAB, strtab,
                                   names.size(), 1));
  writeRecord(
      os, makeSection<Elf>(stackName, llvm::ELF::SHT_PROGBITS, strtab, 0, 1));
  os.pwrite(reinterpret_cast<const char *>(&header), sizeof header, 0);
  return bytes;
}

llvm::Expected<uint64_t> lfm2c::writeWeightsObject(
    llvm::raw_pwrite_stream &os, StringRef like, StringRef prefix,
    llvm::function_ref<llvm::Error(llvm::raw_ostream &)> write) {
  using llvm::object::ELF32LE;
  using llvm::object::ELF64LE;
  if (like.starts_with("\177ELF\1\1") && like.size() >= sizeof(ELF32LE::Ehdr))
    return writeObject<ELF32LE>(os, like, prefix, write);
  if (like.starts_with("\177ELF\2\1") && like.size() >= sizeof(ELF64LE::Ehdr))
    return writeObject<ELF64LE>(os, like, prefix, write);
  return makeError("weights can only be joined to a library of ELF objects; "
                   "use --weights=file");
}
