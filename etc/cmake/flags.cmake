# flags: every compiler and linker flag of the project, on the INTERFACE target ttsq_flags.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
endif()

include(CheckPIESupported)
check_pie_supported()

add_library(ttsq_flags INTERFACE)
target_include_directories(ttsq_flags INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR})
target_compile_definitions(ttsq_flags INTERFACE _GNU_SOURCE TTSQ_VERSION="${PROJECT_VERSION}"
    $<$<BOOL:${TTSQ_FAULT_POINTS}>:TTSQ_FAULT_POINTS>)
target_compile_options(ttsq_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef -Wformat=2
    -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wcast-align -Wwrite-strings -Wvla
    -Wswitch-enum -Wimplicit-fallthrough -Wnull-dereference
    -Wno-overlength-strings # the embedded schema is one string
    $<$<C_COMPILER_ID:GNU>:-Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wjump-misses-init>
    -fno-strict-aliasing -fno-delete-null-pointer-checks -fstack-protector-strong
    -fstack-clash-protection $<$<C_COMPILER_ID:GNU>:-ftrivial-auto-var-init=zero>
    $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-fcf-protection=full>
    $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3>)
target_link_options(ttsq_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack,-z,nodlopen)

if(TTSQ_SANITIZE)
    target_compile_options(ttsq_flags INTERFACE -fsanitize=${TTSQ_SANITIZE} -fno-omit-frame-pointer
        -fno-sanitize-recover=all)
    target_link_options(ttsq_flags INTERFACE -fsanitize=${TTSQ_SANITIZE})
    if(TTSQ_SANITIZE MATCHES address AND CMAKE_C_COMPILER_ID STREQUAL GNU)
        # one runtime: what UBSan finds is a trap that ASan reports (to its log_path, which libubsan's own reports do
        # not reach), and as part of the program it leaves LD_PRELOAD to the tests
        target_compile_options(ttsq_flags INTERFACE -fsanitize-undefined-trap-on-error)
        target_link_options(ttsq_flags INTERFACE -static-libasan)
    endif()
endif()
if(TTSQ_FUZZ)
    target_compile_options(ttsq_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
