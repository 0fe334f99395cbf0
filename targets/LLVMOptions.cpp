#include "targets/LLVMOptions.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CommandLine.h"

using namespace lfm2c;

LLVMOptions::LLVMOptions(llvm::ArrayRef<llvm::StringRef> words) {
  auto &known = llvm::cl::getRegisteredOptions();
  for (llvm::StringRef word : words) {
    auto [name, value] = word.split('=');
    auto found = known.find(name);
    if (found == known.end())
      continue;
    llvm::erase_if(settings, [&, name = name](const Setting &s) {
      return s.name == name;
    });
    settings.push_back({found->second, name.str(), value.str()});
  }
}

LLVMOptions::Scope::Scope(const LLVMOptions &options) {
  for (const Setting &setting : options.settings) {
    if (setting.option->getNumOccurrences())
      continue;
    setting.option->addOccurrence(/*pos=*/1, setting.name, setting.value);
    set.push_back(setting.option);
  }
}

LLVMOptions::Scope::~Scope() {
  for (llvm::cl::Option *option : set)
    option->reset();
}
