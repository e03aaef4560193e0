# Third-party libraries as targets; what each is for stands in docs/dependencies.md.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(Boost REQUIRED CONFIG)
find_package(ZLIB REQUIRED)
pkg_check_modules(libarchive REQUIRED IMPORTED_TARGET libarchive)
pkg_check_modules(icu REQUIRED IMPORTED_TARGET icu-i18n icu-uc)
find_package(simdjson REQUIRED)
find_path(PROTOZERO_INCLUDE_DIR protozero/pbf_writer.hpp REQUIRED)

add_library(seq_protozero INTERFACE)
target_include_directories(seq_protozero SYSTEM INTERFACE ${PROTOZERO_INCLUDE_DIR})

find_path(DIVSUFSORT_INCLUDE_DIR divsufsort.h REQUIRED)
find_library(DIVSUFSORT_LIBRARY divsufsort REQUIRED)
find_path(LIBCSV_INCLUDE_DIR csv.h REQUIRED)
find_library(LIBCSV_LIBRARY csv REQUIRED)
add_library(seq_libcsv INTERFACE)
target_include_directories(seq_libcsv SYSTEM INTERFACE ${LIBCSV_INCLUDE_DIR})
target_link_libraries(seq_libcsv INTERFACE ${LIBCSV_LIBRARY})

add_library(seq_divsufsort INTERFACE)
target_include_directories(seq_divsufsort SYSTEM INTERFACE ${DIVSUFSORT_INCLUDE_DIR})
target_link_libraries(seq_divsufsort INTERFACE ${DIVSUFSORT_LIBRARY})

# LibTorch: CMAKE_PREFIX_PATH or Torch_DIR, else the torch of the python3 at hand (scripts/setup makes one in .venv).
find_package(Torch QUIET)
if(NOT Torch_FOUND)
  foreach(python ${CMAKE_SOURCE_DIR}/.venv/bin/python3 python3)
    execute_process(  # importing it would take seconds
      COMMAND ${python} -c "from importlib.util import find_spec as f; print(f('torch').submodule_search_locations[0])"
      OUTPUT_VARIABLE torch_prefix OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
    if(NOT failed)
      list(APPEND CMAKE_PREFIX_PATH ${torch_prefix}/share/cmake)
      break()
    endif()
  endforeach()
  find_package(Torch QUIET)
endif()
if(NOT Torch_FOUND)
  message(FATAL_ERROR "LibTorch is missing: run scripts/setup, or set CMAKE_PREFIX_PATH or Torch_DIR")
endif()

# Installed programs find LibTorch where it was found now; CMAKE_INSTALL_RPATH_USE_LINK_PATH would leave out a .venv
# inside the checkout.
set(CMAKE_INSTALL_RPATH ${TORCH_INSTALL_PREFIX}/lib)

# The wheel's include folder carries a newer fmt than the one that spdlog was built with; a folder that comes
# first and holds nothing but Debian's fmt keeps the two apart.
find_path(FMT_INCLUDE_DIR fmt/core.h REQUIRED PATHS /usr/include NO_DEFAULT_PATH)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/fmt_first)
file(CREATE_LINK ${FMT_INCLUDE_DIR}/fmt ${CMAKE_BINARY_DIR}/fmt_first/fmt SYMBOLIC)
add_library(seq_torch INTERFACE)
target_include_directories(seq_torch SYSTEM BEFORE INTERFACE ${CMAKE_BINARY_DIR}/fmt_first)
target_link_libraries(seq_torch INTERFACE spdlog::spdlog torch)
target_compile_options(seq_torch INTERFACE ${TORCH_CXX_FLAGS})

# at::parallel_for is a header: without OpenMP it runs on one thread and says nothing. The library that is loaded is
# the wheel's own libgomp.so.1, which LibTorch uses too.
find_package(OpenMP REQUIRED COMPONENTS CXX)
target_compile_options(seq_torch INTERFACE ${OpenMP_CXX_FLAGS})
target_link_options(seq_torch INTERFACE ${OpenMP_CXX_FLAGS})
