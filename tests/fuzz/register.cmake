# The test fuzz_space: builds the preset `fuzz` beside this build and feeds it a few thousand inputs.
# Registered where clang has libFuzzer.
find_program(NAS_CLANG clang++)
set(fuzz_probe ${CMAKE_BINARY_DIR}/fuzz_probe.cpp)
file(WRITE ${fuzz_probe} "extern \"C\" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }\n")
set(no_fuzzer 1)
if(NAS_CLANG)
  execute_process(COMMAND ${NAS_CLANG} -fsanitize=fuzzer,address,undefined ${fuzz_probe} -o ${CMAKE_BINARY_DIR}/fuzz_probe
    RESULT_VARIABLE no_fuzzer OUTPUT_QUIET ERROR_QUIET)
endif()
if(no_fuzzer)
  message(STATUS "no clang++ with libFuzzer (Debian's clang and libclang-rt-dev): the test fuzz_space is not registered")
elseif(NOT NAS_SANITIZE)
  nas_add_command_test(NAME fuzz_space LABEL slow TIMEOUT 1800 PROCESSORS 2
    COMMAND ${CMAKE_COMMAND} -E env FUZZ_BUILD=${CMAKE_BINARY_DIR}/fuzz FUZZ_FRESH=1
            ${CMAKE_SOURCE_DIR}/scripts/fuzz.sh 10000 -verbosity=0)
endif()
