// The x86-64 targets as the compiler sees them.
#include "targets/x86/X86Target.h"

#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/TargetParser/X86TargetParser.h"

using namespace lfm2c;
using llvm::StringRef;

bool X86Target::isHost() const {
  const llvm::Triple host(llvm::sys::getProcessTriple()), own(triple);
  return host.getArch() == own.getArch() && host.getOS() == own.getOS();
}

llvm::Expected<std::vector<TargetVariant>>
X86Target::select(StringRef cpu) const {
  initializeBackend();
  return selectX86Cpu(triple, cpu, isHost());
}

void X86Target::listCpus(llvm::raw_ostream &os) const {
  llvm::SmallVector<StringRef> names;
  llvm::X86::fillValidCPUArchList(names, /*Only64Bit=*/true);
  names.insert(names.begin(), {"native", "portable"});
  size_t column = 0;
  for (StringRef name : names) {
    if (column + name.size() + 1 > 78) {
      os << "\n";
      column = 0;
    }
    os << (column == 0 ? "  " : " ") << name;
    column += name.size() + (column == 0 ? 2 : 1);
  }
  os << "\n";
}

void X86Target::initializeBackend() const {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
}

std::vector<std::string> X86Target::getLinkArguments() const {
  // Segments of one 4 KiB page: an x86-64 kernel has no larger base page, and
  // 64 KiB would double a small program.
  return {"-m", "elf_x86_64", "-z", "max-page-size=4096"};
}

namespace lfm2c {
// Called by the generated registerAllTargets().
void registerTarget_x86(TargetRegistry &registry) {
  // It would make trees of the sums of a chain: shorter, but with more alive.
  keepEmittedOrder({"x86-machine-combiner=false"});
  registry.add("x86_64-linux",
               std::make_unique<X86Target>("x86_64-unknown-linux-gnu",
                                           "Linux on x86-64"));
}
} // namespace lfm2c
