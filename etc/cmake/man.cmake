# man: manual pages from etc/man/*.scd, where scdoc is there. A line @COMMANDS@, @EXITS@ or @KEYS@ is what
# `ttsq __manual` says of the program's own tables, and @SAY@ is the help of ttsq-say.
find_program(SCDOC scdoc)
if(NOT SCDOC)
    message(WARNING "scdoc is missing: no manual pages (etc/packages.txt)")
    return()
endif()
file(GLOB manuals CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/etc/man/*.scd)
foreach(source IN LISTS manuals)
    get_filename_component(page ${source} NAME_WLE)
    string(REGEX REPLACE ".*\\." "" section ${page})
    set(out ${CMAKE_BINARY_DIR}/man/${page})
    file(STRINGS ${source} marks REGEX "^@[A-Z]+@$")
    set(program "")
    if(marks)
        set(program ttsq ttsq-say)
    endif()
    add_custom_command(OUTPUT ${out}
        COMMAND sh ${CMAKE_SOURCE_DIR}/etc/man/render.sh ${SCDOC} $<TARGET_FILE:ttsq> ${source} ${out}
        DEPENDS ${source} ${CMAKE_SOURCE_DIR}/etc/man/render.sh ${program} VERBATIM)
    list(APPEND man_pages ${out})
    install(FILES ${out} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
add_custom_target(man ALL DEPENDS ${man_pages})
