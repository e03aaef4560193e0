# Compiler settings of every target of ours: C++20, warnings as errors, sanitizers on request.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

set(SEQTOOL_SANITIZE "" CACHE STRING "sanitizers to build with: address, undefined, or both as address,undefined")
option(SEQTOOL_FUZZERS "build the fuzzers (clang)" OFF)

add_library(seq_options INTERFACE)
target_compile_options(seq_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(seq_options INTERFACE -Wno-restrict)  # false positives in GCC 12's std::string
endif()
if(SEQTOOL_SANITIZE)
  target_compile_options(seq_options INTERFACE -Wno-maybe-uninitialized)  # false positives of instrumented std::regex
  add_compile_options(-fsanitize=${SEQTOOL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SEQTOOL_SANITIZE})
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_link_options(-fuse-ld=mold)
endif()
