# What the library's own programs share: warnings, optimisation, processor, optional third parties.
include(CheckCXXCompilerFlag)

set(CMAKE_CXX_SCAN_FOR_MODULES OFF)  # there are none, and looking for them doubles the build steps

if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, RelWithDebInfo or MinSizeRel" FORCE)
endif()
set(TAPELESS_MARCH "" CACHE STRING "Processor of the tests and examples as for -march, e.g. native; empty for the compiler's default")
set(TAPELESS_TEST_OPTIMIZATION -O1 CACHE STRING "Optimisation level of the tests in a Release build")
check_cxx_compiler_flag(-march=native TAPELESS_HAS_MARCH_NATIVE)

add_library(tapeless_development INTERFACE)
target_link_libraries(tapeless_development INTERFACE tapeless)
target_compile_options(tapeless_development INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror)

# Makes one of our own programs: warnings on, assertions on, the given optimisation level in a Release build.
function(tapeless_develop target optimization)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "MARCH" "")
  if(NOT DEFINED arg_MARCH)
    set(arg_MARCH "${TAPELESS_MARCH}")
  endif()
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_link_libraries(${target} PRIVATE tapeless_development)
  target_compile_options(${target} PRIVATE "$<$<CONFIG:Release>:${optimization};-UNDEBUG>")
  if(arg_MARCH)
    target_compile_options(${target} PRIVATE -march=${arg_MARCH})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
      # g++ 12 warns about its own AVX-512 intrinsics.
      target_compile_options(${target} PRIVATE -Wno-uninitialized -Wno-maybe-uninitialized)
    endif()
  endif()
endfunction()

# Files whose name says that they need a third party (interop/xtensor.hpp, interop/eigen.cpp) are built where it is found.
find_package(Eigen3 CONFIG QUIET)
set(tapeless_third_parties xtensor eigen blas openmp cuda cublas cudnn thrust)
set(tapeless_target_of_xtensor tapeless::xtensor)
set(tapeless_target_of_eigen Eigen3::Eigen)
set(tapeless_target_of_blas tapeless::blas)
set(tapeless_target_of_openmp tapeless::openmp)
set(tapeless_target_of_cuda tapeless::cuda)
set(tapeless_target_of_cublas tapeless::cuda)
set(tapeless_target_of_cudnn tapeless::cudnn)
set(tapeless_target_of_thrust tapeless::thrust)
set(tapeless_users_of_thrust "(^|/)thrust/")  # all of a folder

# Drops the files whose third party is missing from the list variable; names the targets of the others in <variable>_libraries.
function(tapeless_keep_buildable variable)
  set(kept ${${variable}})
  set(libraries)
  foreach(name IN LISTS tapeless_third_parties)
    set(users ${kept})
    if(NOT DEFINED tapeless_users_of_${name})
      set(tapeless_users_of_${name} "(^|/)${name}[^/]*$")
    endif()
    list(FILTER users INCLUDE REGEX "${tapeless_users_of_${name}}")
    if(users AND TARGET ${tapeless_target_of_${name}})
      list(APPEND libraries ${tapeless_target_of_${name}})
    elseif(users)
      message(STATUS "tapeless: ${name} is not installed, left out: ${users}")
      list(REMOVE_ITEM kept ${users})
    endif()
  endforeach()
  set(${variable} ${kept} PARENT_SCOPE)
  set(${variable}_libraries ${libraries} PARENT_SCOPE)
endfunction()
