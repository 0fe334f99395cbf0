#include "lib/Compiler/TargetChoice.h"

#include "lib/Compiler/Tuning.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/StringExtras.h"

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

StringRef TargetChoice::labelOf(const TargetVariant &variant) const {
  return variants.size() > 1 ? StringRef(variant.name) : "";
}

std::string TargetChoice::suffixOf(const TargetVariant &variant) const {
  if (variants.size() == 1)
    return "";
  std::string suffix = "_" + variant.name;
  for (char &c : suffix)
    c = llvm::isAlnum(c) ? c : '_';
  return suffix;
}

std::string TargetChoice::describeSeveral(StringRef cpu) const {
  const bool hasDevice = variants.front().code != CodeKind::Cpu;
  return llvm::formatv("{0} means {1}; {2}",
                       cpu.empty() ? "no --cpu" : ("--cpu=" + cpu).str(),
                       variants.size(),
                       hasDevice ? "--cpu=none leaves the device alone"
                                 : "name one of them")
      .str();
}

CodeUse lfm2c::getCodeUse(const CompileOptions &options) {
  return options.emit == Emit::Executable ? CodeUse::Program : CodeUse::Library;
}

EmitKind lfm2c::getEmitKind(const CompileOptions &options) {
  return options.emit == Emit::Assembly ? EmitKind::Assembly
         : options.emit == Emit::LLVMIR ? EmitKind::LLVMIR
                                        : EmitKind::Object;
}

/// Whether the target has such an output at all.
static bool makes(const Target &target, Emit emit) {
  return emit == Emit::MLIR || llvm::is_contained(target.getOutputs(), emit);
}

/// Fails where the target has no such output.
static Error checkEmit(const TargetChoice &choice, Emit emit) {
  if (makes(*choice.target, emit))
    return Error::success();
  std::vector<StringRef> words;
  for (const EmitInfo &info : getEmits())
    if (makes(*choice.target, info.value))
      words.push_back(info.word);
  return makeError("--target={0} has no such output as --emit={1}; give one "
                   "of those that it has: {2}",
                   choice.name, getEmitInfo(emit).word,
                   llvm::join(words, ", "));
}

/// What code is made for, and why it is these CPUs where the user did not name
/// them.
static std::string describeChoice(const TargetChoice &choice, StringRef cpu) {
  std::string text = "target " + choice.name;
  std::vector<StringRef> cpus;
  for (const TargetVariant &variant : choice.variants)
    if (variant.code == CodeKind::Cpu)
      cpus.push_back(variant.name);
    else
      text += ", device " + variant.name;
  if (cpus.empty())
    return text + ", no CPU";
  text += ", CPU " + llvm::join(cpus, " | ");
  if (cpu.empty())
    text += llvm::formatv(" ({0}, as no --cpu is given)",
                          choice.target->describeUsualCpus());
  else if (cpu != cpus.front())
    text += llvm::formatv(" ({0})", cpu);
  return text;
}

/// Replaces facts of the CPUs by those of --tuning.
static Error tune(TargetChoice &choice, StringRef path,
                  CompileObserver &observer) {
  auto tuned = applyTuning(path, choice.variants);
  if (!tuned)
    return tuned.takeError();
  if (*tuned == 0)
    observer.warning(llvm::formatv("{0} says nothing of {1}; run lfm2-tune on "
                                   "such a machine",
                                   path, choice.variants.front().name)
                         .str());
  return Error::success();
}

llvm::Expected<TargetChoice> lfm2c::chooseTarget(const CompileOptions &options,
                                                 const TargetRegistry &targets,
                                                 CompileObserver &observer) {
  auto entry = targets.lookup(options.target);
  if (!entry)
    return asUsage(entry.takeError());
  TargetChoice choice;
  choice.name = (*entry)->name;
  choice.target = (*entry)->target.get();
  if (!options.emitsCheckpoint())
    if (Error error = checkEmit(choice, options.emit))
      return asUsage(std::move(error));
  auto selected = choice.target->select(options.cpu);
  if (!selected)
    return asUsage(selected.takeError());
  choice.variants = std::move(*selected);
  if (choice.variants.size() > 1 && options.emitsText() &&
      options.emit != Emit::MLIR)
    return asUsage(makeError("--emit={0} shows the code of one CPU, and {1}",
                             getEmitInfo(options.emit).word,
                             choice.describeSeveral(options.cpu)));
  if (!options.emitsCheckpoint())
    observer.note(describeChoice(choice, options.cpu));
  if (!options.tuningPath.empty())
    if (Error error = tune(choice, options.tuningPath, observer))
      return error;
  return choice;
}
