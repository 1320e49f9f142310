# lint: `cmake --workflow --preset lint`, which builds with clang -Werror and lets clang-tidy (.clang-tidy
# says what it looks for) and cppcheck read the programs' sources. Packages: clang, clang-tidy, cppcheck.
# Two minutes of work, so it is not one of the tests.
if(NOT TTSQ_LINT)
    return()
endif()
find_program(RUN_CLANG_TIDY run-clang-tidy REQUIRED)
find_program(CPPCHECK cppcheck REQUIRED)
add_custom_target(lint
    COMMAND ${CPPCHECK} --project=${CMAKE_BINARY_DIR}/compile_commands.json --std=c17 -j2 --quiet
        --enable=warning,performance,portability --inline-suppr --error-exitcode=1
        --suppress=uninitvar:*/provider/fingerprint.c # an array is filled by one loop and read by another
    COMMAND ${RUN_CLANG_TIDY} -quiet -j2 -p ${CMAKE_BINARY_DIR} "/(src|workers)/"
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} DEPENDS ttsq ttsq-say VERBATIM)
