# What `cmake --install` copies, by component, and the CMake package of the build folder
# (-Dlfm2_DIR=BUILD/lib/cmake/lfm2). Nothing that is installed knows its prefix.
#
#   compiler      bin/lfm2-compile
#   development   include/lfm2rt/, lib/lfm2rt/ (for --emit=obj; the compiler has its own
#                 inside), lib/cmake/lfm2/, lib/pkgconfig/lfm2.pc, samples
#   server        bin/lfm2-serve
#   command       bin/lfm2 with lib/python3/dist-packages/lfm2_compile/
#
# cmake/LFM2Package.cmake makes a .deb of them.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# A wheel has other places for its files.
if(SKBUILD)
  return()
endif()

set(package ${CMAKE_SOURCE_DIR}/cmake/package)
set(documents ${CMAKE_INSTALL_DATADIR}/doc/lfm2-compile)

# Debian keeps LLVM's libraries where the loader does not look.
set_target_properties(lfm2-compile PROPERTIES INSTALL_RPATH ${LLVM_LIBRARY_DIR})
install(TARGETS lfm2-compile RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT compiler)
if(TARGET lfm2-serve)
  install(TARGETS lfm2-serve RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT server OPTIONAL)
endif()

install(DIRECTORY runtime/include/lfm2rt DESTINATION include COMPONENT development FILES_MATCHING PATTERN "*.h")
get_property(runtimes GLOBAL PROPERTY LFM2_RUNTIMES)
install(TARGETS ${runtimes} ARCHIVE DESTINATION lib/lfm2rt COMPONENT development)
install(DIRECTORY runtime/samples/ DESTINATION ${documents}/examples COMPONENT development)

# The package, for the build folder and for an installation: headers lie elsewhere.
set(built ${CMAKE_BINARY_DIR}/lib/cmake/lfm2)
set(LFM2_PACKAGE_INCLUDE_DIR ${CMAKE_SOURCE_DIR}/runtime/include)
configure_file(${package}/lfm2Config.cmake.in ${built}/lfm2Config.cmake @ONLY)
configure_file(${package}/LFM2AddModel.cmake ${built}/LFM2AddModel.cmake COPYONLY)
# Models are compiled for other machines, too: the size of a pointer does not matter.
write_basic_package_version_file(${built}/lfm2ConfigVersion.cmake
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
set(installed ${CMAKE_BINARY_DIR}/package)
set(LFM2_PACKAGE_INCLUDE_DIR "\${_lfm2_prefix}/include")
configure_file(${package}/lfm2Config.cmake.in ${installed}/lfm2Config.cmake @ONLY)
configure_file(${package}/lfm2.pc.in ${installed}/lfm2.pc @ONLY)
install(FILES ${installed}/lfm2Config.cmake ${built}/lfm2ConfigVersion.cmake ${built}/LFM2AddModel.cmake
  DESTINATION lib/cmake/lfm2 COMPONENT development)
install(FILES ${installed}/lfm2.pc DESTINATION lib/pkgconfig COMPONENT development)

# The command of the Python package, where the build has that.
if(TARGET python-package)
  set(modules lib/python3/dist-packages/lfm2_compile)
  install(DIRECTORY frontends/python/lfm2_compile/ DESTINATION ${modules} COMPONENT command
    PATTERN __pycache__ EXCLUDE)
  if(TARGET lfm2Python_compiler)
    set_target_properties(lfm2Python_compiler PROPERTIES INSTALL_RPATH ${LLVM_LIBRARY_DIR})
  endif()
  foreach(module lfm2Python_compiler lfm2Python_engine)
    if(TARGET ${module})
      install(TARGETS ${module} LIBRARY DESTINATION ${modules} COMPONENT command OPTIONAL)
    endif()
  endforeach()
  install(PROGRAMS ${package}/lfm2 DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT command)
endif()
