# seq_library(<name> <layers and libraries it may use>...): the layer made of the sources in and below the current folder.
# A header is included by its path below lib/ (`#include "base/error.h"`), and is found only by a layer that links
# the one that owns it: see the include folder of each, which holds nothing else.
function(seq_library name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(NOT sources)
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/empty.cpp "")
    set(sources ${CMAKE_CURRENT_BINARY_DIR}/empty.cpp)
  endif()
  add_library(${name} STATIC ${sources})
  seq_own_headers(${name})
  target_link_libraries(${name} PUBLIC ${ARGN} PRIVATE seq_options)
  # Headers cost more than our code, hence several units at once. In such a batch GCC takes the helpers of a .cpp for
  # those of a header.
  set_target_properties(${name} PROPERTIES UNITY_BUILD ON)
  target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endfunction()

# Publishes the current folder, and it alone, as `<folder>/…`.
function(seq_own_headers name)
  get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  set(published ${CMAKE_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${published})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${published}/${folder} SYMBOLIC)
  target_include_directories(${name} PUBLIC ${published})
endfunction()

# seq_tests(<folder> <label> <libraries>...): the Catch2 tests of tests/<folder> as one program and one ctest entry
# for each file, so that LibTorch is not loaded for every case. The target <label>_tests builds all of a label.
function(seq_tests folder label)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  set(program seq_${folder}_tests)
  add_executable(${program} ${sources})
  target_link_libraries(${program} PRIVATE seq_test_main ${ARGN} seq_options)
  if(NOT TARGET ${label}_tests)
    add_custom_target(${label}_tests)
  endif()
  add_dependencies(${label}_tests ${program})
  foreach(source ${sources})
    get_filename_component(name ${source} NAME_WE)
    string(REGEX REPLACE "_test$" "" name ${name})
    add_test(NAME ${folder}.${name} COMMAND ${program} "-#" "[#${name}_test]" WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    set_tests_properties(${folder}.${name} PROPERTIES LABELS ${label} TIMEOUT 300)
  endforeach()
endfunction()
