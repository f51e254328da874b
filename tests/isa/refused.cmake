# What tapeless_dispatch() must refuse, each for its own reason, and what it must not.
set(failures 0)
file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER})

function(check what expected result output)
  string(REGEX REPLACE "[ \n]+" " " said "${output}")
  if((expected STREQUAL "accepted" AND NOT result EQUAL 0) OR (NOT expected STREQUAL "accepted" AND (result EQUAL 0 OR NOT said MATCHES "${expected}")))
    message(SEND_ERROR "${what}\nwanted: ${expected}\ngot: ${result} ${output}")
  endif()
endfunction()

# Joins the source compiled for SSE2 and for AVX2.
function(join expected source)
  file(WRITE ${FOLDER}/source.cpp "${source}")
  set(flags_of_baseline -march=x86-64)
  set(flags_of_avx2 -march=x86-64 -mavx2 -mfma)
  foreach(set baseline avx2)
    execute_process(COMMAND ${COMPILER} -std=c++20 -O1 -I${INCLUDE} ${flags_of_${set}} -c ${FOLDER}/source.cpp -o ${FOLDER}/${set}.cpp.o COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
  file(WRITE ${FOLDER}/settings.cmake "set(target program)\nset(identifier program)\nset(sets baseline avx2)\nset(folder ${FOLDER})
set(linker ${LINKER})\nset(objcopy ${OBJCOPY})\nset(readelf ${READELF})
set(objects_of_baseline ${FOLDER}/baseline.cpp.o)\nset(objects_of_avx2 ${FOLDER}/avx2.cpp.o)\n")
  execute_process(COMMAND ${CMAKE_COMMAND} -D SETTINGS=${FOLDER}/settings.cmake -P ${CMAKE}/dispatch_objects.cmake
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  check("${source}" "${expected}" "${result}" "${output}")
endfunction()

join("accepted" "static int calls; int f() { return ++calls; } struct s { virtual ~s(); }; s::~s() {}")
join("found variables with external linkage, .*: calls Make them static" "int calls; int f() { return ++calls; }")
join("expected functions with external linkage, found none" "inline int f() { return 1; } static int g = f();")
join("found init_priority 0*300, for which each" "static volatile int n; __attribute__((constructor(300))) static void g() { n = 1; } int f() { return n; }")
join("accepted" "static volatile int n; __attribute__((constructor)) static void g() { n = 1; } int f() { return n; }")
join("the same functions for avx2 and baseline, found for avx2 only: f\\(tapeless::for_avx2_fma::feed_error const&\\) Types of tapeless differ"
  "#include <tapeless/core/error.hpp>\nvoid f(const tapeless::feed_error&) {}")

# Asks for instruction sets where no processor is known.
function(ask expected)
  string(REPLACE ";" " " sets "${ARGN}")
  file(WRITE ${FOLDER}/CMakeLists.cmake "cmake_minimum_required(VERSION 3.21...3.31)\ninclude(${CMAKE}/dispatch.cmake)\ntapeless_dispatch(program SOURCES source.cpp INSTRUCTION_SETS ${sets})\n")
  execute_process(COMMAND ${CMAKE_COMMAND} -P ${FOLDER}/CMakeLists.cmake RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  check("${sets}" "${expected}" "${result}" "${output}")
endfunction()

ask("instruction set: expected one of baseline, sse4, avx, avx2, avx512, neon, found sse9" baseline sse9)
ask("avx2 is no instruction set of [^,]*, left out.*instruction set: expected one of those of .*: baseline, found avx2" avx2)
