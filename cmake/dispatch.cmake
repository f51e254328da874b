# tapeless_dispatch(TARGET SOURCES FILE... [INSTRUCTION_SETS SET...])
#
# Adds SOURCES to TARGET, compiled once for each SET, of which the program takes the best that its processor supports when it
# starts; the environment variable TAPELESS_INSTRUCTION_SET, or tl::dispatch::use() of <tapeless/backend/dispatch.hpp>, takes
# another. On x86-64, SETs are baseline (the target's own flags), sse4, avx, avx2 and avx512; ARM has one, neon, which is the
# baseline of aarch64. Sets of other processors are left out, so that one list does for all; the default is all but avx.
#
# Every function with external linkage that SOURCES define, main included, is dispatched: calls of it jump through a pointer. Its
# parameters and result must not mention types of tapeless, which differ among sets. Variables with external linkage are
# refused. Whatever else SOURCES bring along, such as instances of templates, is private to its set: a linker that kept the
# AVX-512 instance of std::vector<float>::push_back for all would make a program that crashes elsewhere. So are variables
# in functions and inline variables, except those of tapeless::shared.
#
# Call it after the target's own properties are set. It needs ELF, objcopy, and GNU ld or LLVM's of version 19 on, and a
# generator for one configuration; without them SOURCES are compiled for the baseline alone.

# A linker that dissolves section groups: GNU's, or LLVM's from version 19 on.
function(tapeless_find_dispatch_linker)
  if(TAPELESS_DISPATCH_LINKER)
    return()
  endif()
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-prog-name=ld.bfd OUTPUT_VARIABLE gnu OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  foreach(linker ${gnu} ${CMAKE_LINKER})
    execute_process(COMMAND ${linker} --help OUTPUT_VARIABLE help ERROR_QUIET)
    if(help MATCHES "--force-group-allocation")
      set(TAPELESS_DISPATCH_LINKER ${linker} CACHE FILEPATH "Linker that joins the objects of an instruction set")
      mark_as_advanced(TAPELESS_DISPATCH_LINKER)
      return()
    endif()
  endforeach()
endfunction()

function(tapeless_dispatch target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;INSTRUCTION_SETS")
  if(NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "tapeless_dispatch(${target}): expected SOURCES and INSTRUCTION_SETS, found: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_INSTRUCTION_SETS)
    set(arg_INSTRUCTION_SETS baseline sse4 avx2 avx512 neon)
    set(is_default TRUE)
  endif()
  list(REMOVE_DUPLICATES arg_INSTRUCTION_SETS)

  set(known baseline sse4 avx avx2 avx512 neon)
  set(flags_of_baseline)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    set(possible baseline sse4 avx avx2 avx512)
    set(flags_of_sse4 -msse4.2)
    set(flags_of_avx -mavx)
    set(flags_of_avx2 -mavx2 -mfma)
    set(flags_of_avx512 -mavx2 -mfma -mavx512f -mavx512cd -mavx512bw -mavx512dq -mavx512vl)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
      list(APPEND flags_of_avx512 -Wno-uninitialized -Wno-maybe-uninitialized)  # g++ 12 warns about its own intrinsics
    endif()
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm)")
    set(possible baseline neon)
  else()
    set(possible baseline)
  endif()
  set(sets)
  foreach(set IN LISTS arg_INSTRUCTION_SETS)
    if(NOT set IN_LIST known)
      list(JOIN known ", " known)
      message(FATAL_ERROR "tapeless_dispatch(${target}): instruction set: expected one of ${known}, found ${set}")
    elseif(set IN_LIST possible)
      list(APPEND sets ${set})
    elseif(NOT is_default)
      message(STATUS "tapeless_dispatch(${target}): ${set} is no instruction set of ${CMAKE_SYSTEM_PROCESSOR}, left out")
    endif()
  endforeach()
  if(NOT sets)
    message(FATAL_ERROR "tapeless_dispatch(${target}): instruction set: expected one of those of ${CMAKE_SYSTEM_PROCESSOR}: ${possible}, found ${arg_INSTRUCTION_SETS}")
  endif()

  target_link_libraries(${target} PRIVATE tapeless::tapeless)
  tapeless_find_dispatch_linker()
  get_property(multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
  if(NOT "avx2" IN_LIST possible OR APPLE OR WIN32 OR multi_config OR NOT CMAKE_OBJCOPY OR NOT CMAKE_READELF OR NOT TAPELESS_DISPATCH_LINKER)
    if(NOT sets MATCHES "^(baseline|neon|baseline;neon)$")
      message(STATUS "tapeless_dispatch(${target}): compiled for the baseline alone: expected ELF objects, objcopy, readelf, an ld that knows "
        "--force-group-allocation and a generator for one configuration, found system ${CMAKE_SYSTEM_NAME}, objcopy ${CMAKE_OBJCOPY}, "
        "readelf ${CMAKE_READELF}, ld ${TAPELESS_DISPATCH_LINKER}, generator ${CMAKE_GENERATOR}")
    endif()
    set(table ${CMAKE_CURRENT_BINARY_DIR}/${target}.dispatch/table.cpp)
    set(names instruction_set::baseline)
    if("neon" IN_LIST sets)
      set(names instruction_set::neon)
    endif()
    set(initializers "{}")
    set(functions_and_current "0, nullptr, nullptr")
    configure_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/dispatch_table.cpp.in ${table} @ONLY)
    target_sources(${target} PRIVATE ${arg_SOURCES} ${table})
    return()
  endif()

  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target}.dispatch)
  string(MAKE_C_IDENTIFIER "${target}" identifier)
  set(settings "set(target [==[${target}]==])\nset(identifier ${identifier})\nset(sets ${sets})\nset(folder [==[${folder}]==])\n")
  string(APPEND settings "set(linker [==[${TAPELESS_DISPATCH_LINKER}]==])\n"
    "set(objcopy [==[${CMAKE_OBJCOPY}]==])\nset(readelf [==[${CMAKE_READELF}]==])\n")
  set(dependencies)
  set(products ${folder}/table.cpp)
  foreach(set IN LISTS sets)
    set(unit ${target}.${set})
    add_library(${unit} OBJECT EXCLUDE_FROM_ALL ${arg_SOURCES})
    foreach(property CXX_STANDARD CXX_STANDARD_REQUIRED CXX_EXTENSIONS POSITION_INDEPENDENT_CODE CXX_VISIBILITY_PRESET VISIBILITY_INLINES_HIDDEN)
      get_target_property(value ${target} ${property})
      if(NOT value STREQUAL "value-NOTFOUND")
        set_target_properties(${unit} PROPERTIES ${property} "${value}")
      endif()
    endforeach()
    get_target_property(type ${target} TYPE)
    if(type STREQUAL "SHARED_LIBRARY" OR type STREQUAL "MODULE_LIBRARY")
      set_target_properties(${unit} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    endif()
    target_link_libraries(${unit} PRIVATE $<TARGET_PROPERTY:${target},LINK_LIBRARIES>)
    target_include_directories(${unit} PRIVATE $<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>)
    target_compile_definitions(${unit} PRIVATE $<TARGET_PROPERTY:${target},COMPILE_DEFINITIONS>)
    target_compile_features(${unit} PRIVATE $<TARGET_PROPERTY:${target},COMPILE_FEATURES>)
    # What makes private takes machine code only, and leaves alone what is marked unique in the process.
    target_compile_options(${unit} PRIVATE $<TARGET_PROPERTY:${target},COMPILE_OPTIONS> ${flags_of_${set}} -fno-lto
      $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
    set_target_properties(${unit} PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF)
    add_dependencies(${target} ${unit})
    list(APPEND dependencies $<TARGET_OBJECTS:${unit}>)
    list(APPEND products ${folder}/${set}.o)
    string(APPEND settings "set(objects_of_${set} [==[$<TARGET_OBJECTS:${unit}>]==])\n")
  endforeach()
  file(GENERATE OUTPUT ${folder}/settings.cmake CONTENT "${settings}")
  add_custom_command(OUTPUT ${products}
    COMMAND ${CMAKE_COMMAND} -D SETTINGS=${folder}/settings.cmake -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/dispatch_objects.cmake
    DEPENDS ${dependencies} ${folder}/settings.cmake ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/dispatch_objects.cmake
      ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/dispatch_table.cpp.in
    COMMENT "Joining the instruction sets of ${target}" VERBATIM)
  set_source_files_properties(${products} TARGET_DIRECTORY ${target} PROPERTIES GENERATED TRUE)
  foreach(set IN LISTS sets)
    set_source_files_properties(${folder}/${set}.o TARGET_DIRECTORY ${target} PROPERTIES EXTERNAL_OBJECT TRUE)
  endforeach()
  set_source_files_properties(${folder}/table.cpp TARGET_DIRECTORY ${target} PROPERTIES COMPILE_OPTIONS -fno-lto)
  target_sources(${target} PRIVATE ${products})
endfunction()
