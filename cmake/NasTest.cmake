# nas_add_test(NAME name LABEL fast|slow|mpi|gpu SOURCES file... [LIBRARIES lib...] [TIMEOUT s] [PROCESSORS n])
#   a GoogleTest program and its ctest
# nas_add_command_test(NAME name LABEL label COMMAND command... [TIMEOUT s] [PROCESSORS n])
#   a script or program whose exit code is the verdict
find_package(GTest REQUIRED)

set(NAS_TEST_ENVIRONMENT
  "ASAN_OPTIONS=detect_leaks=1"
  "OMPI_ALLOW_RUN_AS_ROOT=1"
  "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1")

function(nas_test_properties name label timeout processors)
  if(NOT timeout)
    set(timeout 60)
  endif()
  if(NOT processors)
    set(processors 1)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT ${timeout} PROCESSORS ${processors}
    ENVIRONMENT "${NAS_TEST_ENVIRONMENT}")
endfunction()

function(nas_add_test)
  cmake_parse_arguments(T "" "NAME;LABEL;TIMEOUT;PROCESSORS" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${T_NAME} ${T_SOURCES})
  target_link_libraries(${T_NAME} PRIVATE nas_flags ${T_LIBRARIES} GTest::gtest GTest::gmock GTest::gtest_main)
  set_target_properties(${T_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${T_NAME} COMMAND ${T_NAME})
  nas_test_properties(${T_NAME} ${T_LABEL} "${T_TIMEOUT}" "${T_PROCESSORS}")
endfunction()

function(nas_add_command_test)
  cmake_parse_arguments(T "" "NAME;LABEL;TIMEOUT;PROCESSORS" "COMMAND" ${ARGN})
  add_test(NAME ${T_NAME} COMMAND ${T_COMMAND})
  nas_test_properties(${T_NAME} ${T_LABEL} "${T_TIMEOUT}" "${T_PROCESSORS}")
endfunction()
