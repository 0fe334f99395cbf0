# The words the project's CMakeLists.txt files are written in.
#
#   lfm2_library(Name SOURCES ... [LINK_LIBS ...] [DEPENDS ...])   static library lfm2Name
#   lfm2_dialect(Name CPP_NAMESPACE)      TableGen of Name{Ops,Types,Attrs}.td in this folder
#   lfm2_passes(Group)                    TableGen of Passes.td in this folder
#   lfm2_cpu_facts(name)                  TableGen of Facts.td in this folder
#   lfm2_target(name SOURCES ...)         a code generation target; targets/ registers it
#   lfm2_register_targets(file libraries) makes the file that registers those there are by now
#   lfm2_frontend(name SOURCES ...)       a checkpoint reader; frontends/ registers it
#   lfm2_tool(name SOURCES ...)           an executable in bin/
#   lfm2_throws(target)                   it is built with exceptions and RTTI, which
#                                         LLVM's flags turn off
#
# Sources are compiled without RTTI and exceptions, as LLVM is. Headers are
# included from the repository root ("lib/Weights/Format.h"); what TableGen makes
# stands at the same path below the build folder.

include(CMakeParseArguments)

function(lfm2_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK_LIBS;DEPENDS" ${ARGN})
  add_library(lfm2${name} STATIC ${ARG_SOURCES})
  target_link_libraries(lfm2${name} PUBLIC ${ARG_LINK_LIBS} MLIR LLVM)
  target_compile_options(lfm2${name} PRIVATE -Wall -Wextra -Wno-unused-parameter)
  if(ARG_DEPENDS)
    add_dependencies(lfm2${name} ${ARG_DEPENDS})
  endif()
endfunction()

# Adds the target lfm2<Name>TableGen, which makes <Name>Ops.h.inc and the rest,
# and a reference page docs/<Name>Dialect.md in the build folder.
function(lfm2_dialect name dialect_namespace)
  set(LLVM_TARGET_DEFINITIONS ${name}Ops.td)
  mlir_tablegen(${name}Ops.h.inc -gen-op-decls -dialect=${dialect_namespace})
  mlir_tablegen(${name}Ops.cpp.inc -gen-op-defs -dialect=${dialect_namespace})
  mlir_tablegen(${name}Dialect.h.inc -gen-dialect-decls -dialect=${dialect_namespace})
  mlir_tablegen(${name}Dialect.cpp.inc -gen-dialect-defs -dialect=${dialect_namespace})
  mlir_tablegen(${name}Types.h.inc -gen-typedef-decls -typedefs-dialect=${dialect_namespace})
  mlir_tablegen(${name}Types.cpp.inc -gen-typedef-defs -typedefs-dialect=${dialect_namespace})
  mlir_tablegen(${name}Attrs.h.inc -gen-attrdef-decls -attrdefs-dialect=${dialect_namespace})
  mlir_tablegen(${name}Attrs.cpp.inc -gen-attrdef-defs -attrdefs-dialect=${dialect_namespace})
  mlir_tablegen(${name}Enums.h.inc -gen-enum-decls)
  mlir_tablegen(${name}Enums.cpp.inc -gen-enum-defs)
  add_public_tablegen_target(lfm2${name}TableGen)
  set_property(GLOBAL APPEND PROPERTY LFM2_TABLEGEN lfm2${name}TableGen)
  lfm2_reference_page(MLIR ${name}Dialect ${name}Ops.td -gen-dialect-doc -dialect=${dialect_namespace})
endfunction()

function(lfm2_passes group)
  set(LLVM_TARGET_DEFINITIONS Passes.td)
  mlir_tablegen(Passes.h.inc -gen-pass-decls -name LFM2${group})
  add_public_tablegen_target(lfm2${group}PassesTableGen)
  set_property(GLOBAL APPEND PROPERTY LFM2_TABLEGEN lfm2${group}PassesTableGen)
  lfm2_reference_page(MLIR ${group}Passes Passes.td -gen-pass-doc)
endfunction()

# docs/<page>.md below the build folder, made out of the TableGen descriptions by
# the generator of `project`, MLIR or LFM2.
function(lfm2_reference_page project page source)
  set(out ${CMAKE_BINARY_DIR}/docs/${page}.md)
  set(LLVM_TARGET_DEFINITIONS ${source})
  tablegen(${project} ${page}.md ${ARGN} "-I${MLIR_MAIN_SRC_DIR}" "-I${MLIR_INCLUDE_DIRS}")
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_CURRENT_BINARY_DIR}/${page}.md ${out}
    DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/${page}.md)
  add_custom_target(doc-${page} ALL DEPENDS ${out})
endfunction()

# Adds the target lfm2Facts<name>TableGen, which makes Facts.inc of the tables in
# this folder's Facts.td.
function(lfm2_cpu_facts name)
  set(LLVM_TARGET_DEFINITIONS Facts.td)
  set(LLVM_TABLEGEN_EXE ${LLVM_TOOLS_BINARY_DIR}/llvm-tblgen)
  tablegen(LLVM Facts.inc -gen-searchable-tables "-I${LLVM_INCLUDE_DIRS}")
  add_public_tablegen_target(lfm2Facts${name}TableGen)
endfunction()

function(lfm2_target name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK_LIBS;DEPENDS" ${ARGN})
  lfm2_library(Target_${name} SOURCES ${ARG_SOURCES} LINK_LIBS ${ARG_LINK_LIBS} DEPENDS ${ARG_DEPENDS})
  set_property(GLOBAL APPEND PROPERTY LFM2_TARGETS ${name})
endfunction()

# Writes `file`, which defines registerAllTargets(), and sets `libraries` to what it
# needs.
function(lfm2_register_targets file libraries)
  get_property(names GLOBAL PROPERTY LFM2_TARGETS)
  set(LFM2_TARGET_DECLARATIONS)
  set(LFM2_TARGET_CALLS)
  set(found)
  foreach(name IN LISTS names)
    string(APPEND LFM2_TARGET_DECLARATIONS "void registerTarget_${name}(TargetRegistry &registry);\n")
    string(APPEND LFM2_TARGET_CALLS "  registerTarget_${name}(registry);\n")
    list(APPEND found lfm2Target_${name})
  endforeach()
  configure_file(${CMAKE_SOURCE_DIR}/targets/registerAllTargets.cpp.in ${file} @ONLY)
  set(${libraries} ${found} PARENT_SCOPE)
endfunction()

function(lfm2_frontend name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK_LIBS;DEPENDS" ${ARGN})
  lfm2_library(Frontend_${name} SOURCES ${ARG_SOURCES} LINK_LIBS ${ARG_LINK_LIBS} DEPENDS ${ARG_DEPENDS})
  set_property(GLOBAL APPEND PROPERTY LFM2_FRONTENDS ${name})
endfunction()

function(lfm2_throws target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -fexceptions -frtti -Wno-ctad-maybe-unsupported)
endfunction()

function(lfm2_tool name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK_LIBS;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE MLIR LLVM ${ARG_LINK_LIBS})
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wno-unused-parameter)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()
