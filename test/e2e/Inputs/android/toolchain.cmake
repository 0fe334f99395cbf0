# Android's, made of clang and lld alone: no NDK, no headers, no libraries. What the
# NDK's own file sets besides matters to CMake's own module for Android alone, which
# this version number leaves out.
set(CMAKE_SYSTEM_NAME Android)
set(CMAKE_SYSTEM_VERSION 1)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER clang-22)
set(CMAKE_C_COMPILER_TARGET aarch64-linux-android28)
set(CMAKE_C_FLAGS_INIT "-nostdlibinc -isystem ${CMAKE_CURRENT_LIST_DIR}")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-nostdlib -fuse-ld=lld")
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
# Threads are bionic's.
set(CMAKE_HAVE_PTHREAD_H 1)
set(CMAKE_HAVE_LIBC_PTHREAD 1)
