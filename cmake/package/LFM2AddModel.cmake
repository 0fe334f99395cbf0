# lfm2_add_model(NAME MODEL <file or folder>
#                [QUANTIZE q4_0] [TARGET aarch64-android] [CPU portable] [CONTEXT 4096]
#                [KV q8_0] [WEIGHTS file|join] [SHARED] [OPTIONS <option>...])
#
# makes the library target NAME: the model, compiled when the build runs, and again
# when one of the files that it was made of changes, one comes or goes in its folder,
# or lfm2-compile changes. Whoever links NAME may include "NAME.h".
#
#   MODEL     what lfm2-compile takes, relative to this folder; it need not be there
#             yet where the build makes it
#   TARGET    default: that of the build (CMAKE_SYSTEM_NAME, CMAKE_SYSTEM_PROCESSOR)
#   WEIGHTS   file: beside the library (default); join: in it
#   SHARED    a shared library in place of a static one
#   OPTIONS   more options of lfm2-compile; it runs in this folder
#
# Properties of NAME:
#   LFM2_WEIGHTS   path of the file with the weights; empty where they are joined
#   LFM2_HEADER    path of NAME.h
#   LFM2_PROGRAM   what lfm2rt_model_open() is given the address of, as model_program
cmake_policy(PUSH)
cmake_policy(VERSION 3.20)

# What `--target` is for the build at hand.
function(_lfm2_system_target result)
  string(TOLOWER "${CMAKE_SYSTEM_NAME}" system)
  string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" processor)
  if(system STREQUAL "android" AND CMAKE_ANDROID_ARCH_ABI)
    set(processor "${CMAKE_ANDROID_ARCH_ABI}")
  endif()
  if(processor MATCHES "^(aarch64|arm64|arm64-v8a)$")
    set(processor aarch64)
  elseif(processor MATCHES "^(x86_64|amd64)$")
    set(processor x86_64)
  endif()
  if(system STREQUAL "darwin")
    set(system macos)
  endif()
  set(${result} "${processor}-${system}" PARENT_SCOPE)
endfunction()

# Other files that a change of the model may add, beside those that were read the last
# time (which the compiler's depfile names).
function(_lfm2_model_files result model)
  if(IS_DIRECTORY "${model}")
    file(GLOB_RECURSE files CONFIGURE_DEPENDS FOLLOW_SYMLINKS LIST_DIRECTORIES false "${model}/*")
  else()
    set(files "${model}")
  endif()
  set(${result} "${files}" PARENT_SCOPE)
endfunction()

function(lfm2_add_model name)
  set(one MODEL QUANTIZE TARGET CPU CONTEXT KV WEIGHTS)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "SHARED" "${one}" "OPTIONS")
  set(here "lfm2_add_model(${name})")
  if(DEFINED ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${here}: expected MODEL, QUANTIZE, TARGET, CPU, CONTEXT, KV, WEIGHTS, SHARED or OPTIONS, "
      "found '${ARG_UNPARSED_ARGUMENTS}'")
  endif()
  if(DEFINED ARG_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "${here}: expected a value behind ${ARG_KEYWORDS_MISSING_VALUES}, found none")
  endif()
  if(NOT DEFINED ARG_MODEL)
    message(FATAL_ERROR "${here}: expected MODEL with a GGUF file or a folder, found none")
  endif()
  if(TARGET ${name})
    message(FATAL_ERROR "${here}: there is a target of this name already; give the model another")
  endif()
  if(NOT name MATCHES "^[A-Za-z0-9_.+-]+$")
    message(FATAL_ERROR "${here}: expected a name of letters, digits and _.+-, found '${name}'")
  endif()
  if(NOT DEFINED ARG_WEIGHTS)
    set(ARG_WEIGHTS file)
  elseif(NOT ARG_WEIGHTS MATCHES "^(file|join)$")
    message(FATAL_ERROR "${here}: expected WEIGHTS file or WEIGHTS join, found '${ARG_WEIGHTS}'")
  endif()

  get_filename_component(model "${ARG_MODEL}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  get_source_file_property(generated "${model}" GENERATED)
  if(NOT EXISTS "${model}" AND NOT generated)
    message(FATAL_ERROR "${here}: expected a GGUF file or a folder at ${model}, found nothing; "
      "download the model, or give another MODEL")
  endif()
  _lfm2_model_files(files "${model}")

  if(NOT DEFINED ARG_TARGET)
    _lfm2_system_target(ARG_TARGET)
    set(known x86_64-linux aarch64-linux aarch64-android aarch64-macos)
    if(NOT ARG_TARGET IN_LIST known)
      message(FATAL_ERROR "${here}: expected a build for one of ${known}, found ${ARG_TARGET}; "
        "name another of lfm2-compile's with TARGET")
    endif()
  endif()

  set(folder "${CMAKE_CURRENT_BINARY_DIR}/lfm2/${name}")
  set(kind STATIC)
  set(library "${folder}/${name}.a")
  if(ARG_SHARED)
    set(kind SHARED)
    set(library "${folder}/${name}.so")
  endif()
  string(TOLOWER "${kind}" emit)
  set(words "--emit=${emit}" "--weights=${ARG_WEIGHTS}" "--target=${ARG_TARGET}")
  foreach(option IN ITEMS QUANTIZE CPU CONTEXT KV)
    if(DEFINED ARG_${option})
      string(TOLOWER "${option}" word)
      list(APPEND words "--${word}=${ARG_${option}}")
    endif()
  endforeach()
  set(outputs "${library}" "${folder}/${name}.h")
  set(weights "")
  if(ARG_WEIGHTS STREQUAL "file")
    set(weights "${folder}/${name}.weights")
    list(APPEND outputs "${weights}")
  endif()
  file(MAKE_DIRECTORY "${folder}")
  add_custom_command(OUTPUT ${outputs}
    COMMAND "${LFM2_COMPILER}" "${model}" -o "${library}" ${words} "--depfile=${folder}/${name}.d" ${ARG_OPTIONS}
    DEPENDS ${files} "${LFM2_COMPILER}"
    DEPFILE "${folder}/${name}.d"
    WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
    COMMENT "Compiling the model ${name}"
    VERBATIM)
  add_custom_target(${name}-compile DEPENDS ${outputs})

  # A library that is there before anything links it; only its name has to be known
  # when CMake runs.
  add_library(${name} ${kind} IMPORTED GLOBAL)
  add_dependencies(${name} ${name}-compile)
  # Symbols begin with the name, as a C identifier.
  string(REGEX REPLACE "[^A-Za-z0-9]" "_" prefix "${name}")
  if(prefix MATCHES "^[0-9]")
    set(prefix "lfm2_${prefix}")
  endif()
  set_target_properties(${name} PROPERTIES
    IMPORTED_LOCATION "${library}"
    INTERFACE_INCLUDE_DIRECTORIES "${folder}"
    LFM2_WEIGHTS "${weights}"
    LFM2_HEADER "${folder}/${name}.h"
    LFM2_PROGRAM "${prefix}_program")
  if(ARG_SHARED)
    set_target_properties(${name} PROPERTIES IMPORTED_SONAME "${name}.so")
  elseif(NOT ARG_TARGET MATCHES "bare|hexagon")
    # What the runtime asks of the C library: threads and, for a device's driver, dlopen.
    find_package(Threads REQUIRED)
    set(needs Threads::Threads)
    if(ARG_TARGET MATCHES "^vulkan")
      list(APPEND needs ${CMAKE_DL_LIBS})
    endif()
    set_target_properties(${name} PROPERTIES INTERFACE_LINK_LIBRARIES "${needs}")
  endif()
endfunction()
cmake_policy(POP)
