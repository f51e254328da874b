# Run by tapeless_dispatch() after compiling. For each instruction set: joins its objects to one, in which only the dispatched
# functions, with the set's name behind theirs, can be seen by other objects. Writes table.cpp, with a jump for each function.
cmake_minimum_required(VERSION 3.21...3.31)
include(${SETTINGS})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result ERROR_VARIABLE errors)
  if(NOT result EQUAL 0)
    string(REPLACE ";" " " command "${ARGN}")
    message(FATAL_ERROR "tapeless_dispatch(${target}): ${command}\n${errors}")
  endif()
endfunction()

# Names as a programmer knows them, where c++filt is there.
function(demangle variable)
  find_program(CXXFILT c++filt)
  if(CXXFILT)
    string(REPLACE ";" "\n" names "${${variable}}")
    file(WRITE ${folder}/names "${names}\n")
    execute_process(COMMAND ${CXXFILT} INPUT_FILE ${folder}/names OUTPUT_VARIABLE names OUTPUT_STRIP_TRAILING_WHITESPACE)
    set(${variable} "${names}" PARENT_SCOPE)
  endif()
endfunction()

foreach(set IN LISTS sets)
  set(joined ${folder}/${set}.o)
  # Sections of one group would be dropped in favour of another set's; the option makes of them sections like others.
  run(${linker} -r --force-group-allocation ${objects_of_${set}} -o ${joined})

  execute_process(COMMAND ${readelf} --symbols --wide ${joined} OUTPUT_VARIABLE lines COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "(FUNC|OBJECT|TLS) +(GLOBAL|WEAK|UNIQUE) +[A-Z]+ [^\n]*[0-9]+ [^ \n]+" lines "${lines}")
  set(functions_of_${set})
  set(hidden)
  set(variables)
  set(shared)
  foreach(line IN LISTS lines)
    string(REGEX MATCH "^([A-Z]+) +([A-Z]+) +([A-Z]+) .*([0-9]+) ([^ ]+)$" line "${line}")
    set(type ${CMAKE_MATCH_1})
    set(binding ${CMAKE_MATCH_2})
    set(visibility ${CMAKE_MATCH_3})
    set(name ${CMAKE_MATCH_5})
    if(name MATCHES "^_ZN8tapeless6sharedL?[0-9]" AND NOT type STREQUAL "FUNC")
      list(APPEND shared ${name})
    elseif(binding STREQUAL "GLOBAL" AND type STREQUAL "FUNC")
      list(APPEND functions_of_${set} ${name})
      if(NOT visibility STREQUAL "DEFAULT")
        list(APPEND hidden ${name})
      endif()
    elseif(binding STREQUAL "GLOBAL" AND NOT name MATCHES "^_ZT")
      list(APPEND variables ${name})
    endif()
  endforeach()
  if(variables)
    demangle(variables)
    message(FATAL_ERROR "tapeless_dispatch(${target}): expected functions only, found variables with external linkage, of which each "
      "instruction set would have its own:\n${variables}\nMake them static, or move them to a source that is not dispatched.")
  endif()
  list(SORT functions_of_${set})

  set(renamed)
  set(kept ${shared})
  foreach(name IN LISTS functions_of_${set})
    string(APPEND renamed "${name} ${name}.${set}\n")
    list(APPEND kept ${name}.${set})
  endforeach()
  list(JOIN kept "\n" kept)
  file(WRITE ${folder}/${set}.renamed "${renamed}")
  file(WRITE ${folder}/${set}.kept "${kept}\n")
  # What initializes variables is called by the table, for the set in use.
  run(${objcopy} --redefine-syms=${folder}/${set}.renamed --rename-section .init_array=tapeless_init_${identifier}_${set} ${joined})
  run(${objcopy} --keep-global-symbols=${folder}/${set}.kept ${joined})
endforeach()

list(GET sets 0 first)
foreach(set IN LISTS sets)
  foreach(side "${set} ${first}" "${first} ${set}")
    separate_arguments(side)
    list(GET side 0 one)
    list(GET side 1 other)
    set(alone ${functions_of_${one}})
    list(REMOVE_ITEM alone ${functions_of_${other}} "")
    if(alone)
      demangle(alone)
      message(FATAL_ERROR "tapeless_dispatch(${target}): expected the same functions for ${one} and ${other}, found for ${one} only:\n${alone}\n"
        "Types of tapeless differ among instruction sets: keep them out of parameters and results.")
    endif()
  endforeach()
endforeach()
if(NOT functions_of_${first})
  message(FATAL_ERROR "tapeless_dispatch(${target}): expected functions with external linkage, found none (inline ones do not count)")
endif()

set(known baseline sse4 avx avx2 avx512 neon)
set(current tapeless_current_${identifier})
set(declarations)
set(initial)
set(functions)
set(initializers)
set(jumps)
set(numbers)
foreach(set IN LISTS sets)
  list(FIND known ${set} number)
  string(APPEND numbers "${number}, ")
  set(index 0)
  foreach(name IN LISTS functions_of_${set})
    string(APPEND declarations "function ${set}_${index} asm(\"${name}.${set}\");\n")
    string(APPEND functions "${set}_${index}, ")
    if(set STREQUAL first)
      string(APPEND initial "${set}_${index}, ")
    endif()
    math(EXPR index "${index} + 1")
  endforeach()
  foreach(end start stop)
    string(APPEND declarations "[[gnu::weak, gnu::visibility(\"hidden\")]] extern function* const ${end}_of_${set}[] asm(\"__${end}_tapeless_init_${identifier}_${set}\");\n")
  endforeach()
  string(APPEND initializers "{start_of_${set}, stop_of_${set}}, ")
endforeach()
set(index 0)
foreach(name IN LISTS functions_of_${first})
  math(EXPR offset "8 * ${index}")
  set(hide)
  if(name IN_LIST hidden)
    set(hide "\n.hidden ${name}")
  endif()
  if(processor MATCHES "^(aarch64|arm64)$")
    set(jump "bti c\nadrp x16, ${current}+${offset}\nldr x16, [x16, :lo12:${current}+${offset}]\nbr x16")
    set(function_type "%function")
  else()
    set(jump "endbr64\njmp *${current}+${offset}(%rip)")
    set(function_type "@function")
  endif()
  string(APPEND jumps "asm(R\"(.pushsection .text\n.p2align 4\n.globl ${name}${hide}\n.type ${name}, ${function_type}\n${name}:\n.cfi_startproc\n${jump}\n.cfi_endproc\n.size ${name}, .-${name}\n.popsection\n)\");\n")
  math(EXPR index "${index} + 1")
endforeach()

file(WRITE ${folder}/table.cpp "// Written by tapeless_dispatch().
#include <tapeless/backend/dispatch.hpp>

using tapeless::shared::function;
extern \"C\" {
${declarations}
[[gnu::visibility(\"hidden\")]] extern function* ${current}[];
[[gnu::used]] function* ${current}[]{${initial}};
}

${jumps}
namespace {
constexpr std::uint8_t sets[]{${numbers}};
constexpr function* functions[]{${functions}};
constexpr function* const* bounds[][2]{${initializers}};
[[gnu::constructor(101)]] void start() {
  static std::span<function* const> initializers[std::size(sets)];
  for (std::size_t s = 0; s < std::size(sets); ++s) initializers[s] = {bounds[s][0], bounds[s][1]};
  static tapeless::shared::dispatched_target target{\"${target}\", sets, ${index}, functions, ${current}, initializers};
  tapeless::dispatch::detail::start(target);
}
}
")
