# nas_add_test(NAME name LABEL fast|slow|mpi|gpu SOURCES file... [LIBRARIES lib...] [TIMEOUT s] [PROCESSORS n])
#   a GoogleTest program and its ctest
# nas_add_table_test(NAME table_name ...)
#   as nas_add_test, for a test that reads benchmark tables from the environment variable
#   NAS_DATA_DIR; always built, registered only where that was set when CMake ran
# nas_add_command_test(NAME name LABEL label COMMAND command... [TIMEOUT s] [PROCESSORS n])
#   a script or program whose exit code is the verdict
find_package(GTest REQUIRED)

if(DEFINED ENV{NAS_DATA_DIR})
  get_filename_component(NAS_DATA_DIR_ABSOLUTE "$ENV{NAS_DATA_DIR}" ABSOLUTE BASE_DIR ${CMAKE_SOURCE_DIR})
  set(NAS_DATA_DIR ${NAS_DATA_DIR_ABSOLUTE} CACHE PATH "Benchmark tables for tests" FORCE)
endif()
if(NOT NAS_DATA_DIR)
  message(STATUS "NAS_DATA_DIR is not set: the tests on benchmark tables are not registered")
elseif(NOT IS_DIRECTORY ${NAS_DATA_DIR})
  message(FATAL_ERROR "NAS_DATA_DIR=${NAS_DATA_DIR} is no directory; set it to the folder that holds nasbench/, or unset it")
endif()

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

function(nas_add_test_program name sources libraries)
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE nas_flags ${libraries} GTest::gtest GTest::gmock GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
endfunction()

function(nas_add_test)
  cmake_parse_arguments(T "" "NAME;LABEL;TIMEOUT;PROCESSORS" "SOURCES;LIBRARIES" ${ARGN})
  nas_add_test_program(${T_NAME} "${T_SOURCES}" "${T_LIBRARIES}")
  add_test(NAME ${T_NAME} COMMAND ${T_NAME})
  nas_test_properties(${T_NAME} ${T_LABEL} "${T_TIMEOUT}" "${T_PROCESSORS}")
endfunction()

function(nas_add_table_test)
  cmake_parse_arguments(T "" "NAME;LABEL;TIMEOUT;PROCESSORS" "SOURCES;LIBRARIES" ${ARGN})
  nas_add_test_program(${T_NAME} "${T_SOURCES}" "${T_LIBRARIES}")
  if(NAS_DATA_DIR)
    add_test(NAME ${T_NAME} COMMAND ${T_NAME})
    nas_test_properties(${T_NAME} ${T_LABEL} "${T_TIMEOUT}" "${T_PROCESSORS}")
    set_property(TEST ${T_NAME} APPEND PROPERTY ENVIRONMENT "NAS_DATA_DIR=${NAS_DATA_DIR}")
  endif()
endfunction()

function(nas_add_command_test)
  cmake_parse_arguments(T "" "NAME;LABEL;TIMEOUT;PROCESSORS" "COMMAND" ${ARGN})
  add_test(NAME ${T_NAME} COMMAND ${T_COMMAND})
  nas_test_properties(${T_NAME} ${T_LABEL} "${T_TIMEOUT}" "${T_PROCESSORS}")
endfunction()
