# What nvcc compiles: programs of their own from cuda/*.cu and thrust/*.cu, for two generations of cards and, as PTX, for those to
# come. They are built wherever the toolkit is and run wherever a card is: ctest -L gpu.
include(CheckLanguage)
if(NOT DEFINED ENV{CUDACXX} AND NOT CMAKE_CUDA_COMPILER AND TAPELESS_NVCC)
  set(CMAKE_CUDA_COMPILER ${TAPELESS_NVCC})
endif()
if(TARGET tapeless::cuda)
  check_language(CUDA)
endif()
if(NOT CMAKE_CUDA_COMPILER)
  message(STATUS "tapeless: no CUDA compiler, left out: all that runs on a card")
  return()
endif()
if(NOT CMAKE_CUDA_ARCHITECTURES)
  set(CMAKE_CUDA_ARCHITECTURES 80-real 90)
  set(one_card 90)  # of a program that is long to compile and has no kernels that others do not show for each generation
endif()
enable_language(CUDA)
set(CMAKE_CUDA_FLAGS_RELEASE ${TAPELESS_TEST_OPTIMIZATION})  # of the host's part

add_library(device_main OBJECT device_main.cpp)
target_link_libraries(device_main PRIVATE doctest::doctest CUDA::cudart)
tapeless_develop(device_main ${TAPELESS_TEST_OPTIMIZATION})

# Compiles through a script that fails where a kernel spills registers or has memory of its own: see no_spills.sh.
function(add_device_program name source)
  add_executable(${name} ${source} $<TARGET_OBJECTS:device_main>)
  target_link_libraries(${name} PRIVATE tapeless_cuda doctest::doctest ${ARGN})
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  set_target_properties(${name} PROPERTIES CUDA_EXTENSIONS OFF CUDA_COMPILER_LAUNCHER ${CMAKE_CURRENT_SOURCE_DIR}/no_spills.sh)
  target_compile_options(${name} PRIVATE "$<$<COMPILE_LANGUAGE:CUDA>:-UNDEBUG;-Xptxas=-v;-Werror=all-warnings;-Xcompiler=-Wall,-Wextra>")
endfunction()

file(GLOB device_sources RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} CONFIGURE_DEPENDS cuda/*.cu thrust/*.cu)
foreach(source IN LISTS device_sources)
  set(kept ${source})
  tapeless_keep_buildable(kept)
  if(NOT kept)
    continue()
  endif()
  string(REGEX REPLACE "\\.cu$" "" test ${source})
  string(REPLACE "/" "." test ${test})
  string(REPLACE "." "_" program test_${test})
  add_device_program(${program} ${source} ${kept_libraries})
  if(one_card AND source MATCHES "/on_card_oracles\\.cu$")
    set_target_properties(${program} PROPERTIES CUDA_ARCHITECTURES ${one_card})
  endif()
  if(source MATCHES "^thrust/")  # around the calls of its divisions, some kernels of Thrust keep a few bytes in memory
    set_target_properties(${program} PROPERTIES CUDA_COMPILER_LAUNCHER "")
  endif()
  add_test(NAME ${test} COMMAND ${program})
  set_tests_properties(${test} PROPERTIES LABELS gpu SKIP_RETURN_CODE 77 TIMEOUT 600)
endforeach()

# The check itself.
add_test(NAME cuda.no_spills.finds_them COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/no_spills.sh
  ${CMAKE_CUDA_COMPILER} -arch=sm_90 -Xptxas=-v -c ${CMAKE_CURRENT_SOURCE_DIR}/spilling.cu -o ${CMAKE_CURRENT_BINARY_DIR}/spilling.o)
set_tests_properties(cuda.no_spills.finds_them PROPERTIES PASS_REGULAR_EXPRESSION "a kernel has memory of its own")
