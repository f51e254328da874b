# Builds and runs consumer/ against the library. WAY is find_package, after an installation into a new prefix, or add_subdirectory.
function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${FOLDER})
set(prefix ${FOLDER}/prefix)
if(WAY STREQUAL "find_package")
  run(${CMAKE_COMMAND} --install ${TAPELESS_BINARY} --prefix ${prefix}/before)
  file(RENAME ${prefix}/before ${prefix}/after)  # the package must not remember where it was installed, nor where it came from
  file(GLOB_RECURSE files ${prefix}/after/*.cmake)
  foreach(file IN LISTS files)
    file(READ ${file} text)
    foreach(folder ${TAPELESS_SOURCE} ${TAPELESS_BINARY} ${prefix}/before)
      string(FIND "${text}" "${folder}/" position)
      if(NOT position EQUAL -1)
        message(FATAL_ERROR "${file} mentions ${folder}")
      endif()
    endforeach()
  endforeach()
endif()

run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/consumer -B ${FOLDER}/build -G ${GENERATOR}
  -D CMAKE_MAKE_PROGRAM=${MAKE} -D CMAKE_CXX_COMPILER=${COMPILER}
  -D CMAKE_PREFIX_PATH=${prefix}/after -D CMAKE_FIND_USE_PACKAGE_REGISTRY=OFF
  -D WAY=${WAY} -D TAPELESS_SOURCE=${TAPELESS_SOURCE})
run(${CMAKE_COMMAND} --build ${FOLDER}/build)
run(${CMAKE_CTEST_COMMAND} --test-dir ${FOLDER}/build --output-on-failure)
