# A .deb with all components of cmake/LFM2Install.cmake:
#
#   cmake --preset release && ninja -C build package-deb
#
# leaves lfm2-compile_VERSION_ARCHITECTURE.deb in build/. dpkg-shlibdeps says which
# packages its programs need, of this machine's Debian; lld is inside. Who gives the
# package to others says who they are: -DLFM2_MAINTAINER="Name <address>".
if(SKBUILD)
  return()
endif()
set(LFM2_MAINTAINER "lfm2-compile developers <lfm2-compile@localhost.localdomain>" CACHE STRING
  "Who the .deb names as its maintainer")
set(packaging ${CMAKE_SOURCE_DIR}/cmake/package)
set(made ${CMAKE_BINARY_DIR}/package)

# What Debian's policy wants of documents. Equal sources give equal bytes.
find_program(LFM2_GZIP gzip)
# lfm2_zipped(template name): the template, filled in and compressed, in `made`.
function(lfm2_zipped template name)
  configure_file(${packaging}/${template} ${made}/${name} @ONLY)
  if(LFM2_GZIP)
    execute_process(COMMAND ${LFM2_GZIP} -9nc ${made}/${name} OUTPUT_FILE ${made}/${name}.gz)
  endif()
endfunction()
lfm2_zipped(changelog.in changelog)
install(FILES ${packaging}/copyright ${made}/changelog.gz
  DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/lfm2-compile COMPONENT documents EXCLUDE_FROM_ALL)
install(FILES ${packaging}/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides
  RENAME lfm2-compile COMPONENT documents EXCLUDE_FROM_ALL)
set(purpose_lfm2-compile "compiles LFM2 language models to native code")
set(purpose_lfm2-serve "serves compiled language models over HTTP")
set(purpose_lfm2 "runs, serves, downloads and compiles LFM2 language models")
foreach(program lfm2-compile lfm2-serve lfm2)
  set(LFM2_PROGRAM ${program})
  set(LFM2_PURPOSE ${purpose_${program}})
  lfm2_zipped(program.1.in ${program}.1)
  install(FILES ${made}/${program}.1.gz
    DESTINATION ${CMAKE_INSTALL_DATADIR}/man/man1 COMPONENT documents EXCLUDE_FROM_ALL)
endforeach()

# Debian's LLVM lies twice on a machine that builds with it, and the copy that is found
# first belongs to no package of libraries.
set(needs "libllvm${LLVM_VERSION_MAJOR} (>= 1:${LLVM_PACKAGE_VERSION})")
# Modules are made for one version of Python; the command alone is a script.
set(oldest 11)
if(TARGET lfm2Python_compiler)
  get_target_property(suffix lfm2Python_compiler SUFFIX)
  if(suffix MATCHES "cpython-3([0-9]+)")
    set(oldest ${CMAKE_MATCH_1})
    math(EXPR other "${oldest} + 1")
    list(APPEND needs "python3 (<< 3.${other})")
  endif()
endif()
list(APPEND needs "python3 (>= 3.${oldest})")
list(JOIN needs ", " needs)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME lfm2-compile)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT ${LFM2_MAINTAINER})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "compiler of LFM2 language models to native code")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"It makes an executable, or a library for C, of a checkpoint of an LFM2 or
LFM2.5 language model (GGUF, or a folder of Hugging Face's).

Besides the compiler this package has the command lfm2, which runs, serves
and downloads models, the server lfm2-serve, a CMake package that compiles
models as a build runs, and headers and samples for programs that embed one.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "${needs}")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "python3-numpy")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "cmake, gcc, pkgconf, python3-huggingface-hub")
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
# One package of these, without what belongs to a wheel.
set(CPACK_COMPONENTS_ALL compiler development server command documents)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
include(CPack)

add_custom_target(package-deb
  COMMAND ${CMAKE_CPACK_COMMAND} --config ${CMAKE_BINARY_DIR}/CPackConfig.cmake -G DEB
  WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
  USES_TERMINAL VERBATIM)
get_property(runtimes GLOBAL PROPERTY LFM2_RUNTIMES)
add_dependencies(package-deb lfm2-compile ${runtimes})
foreach(part lfm2-serve python-package)
  if(TARGET ${part})
    add_dependencies(package-deb ${part})
  endif()
endforeach()
