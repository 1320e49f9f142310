# man: manual pages from etc/man/*.scd, where scdoc is there.
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
    add_custom_command(OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/man
        COMMAND sh -c "'${SCDOC}' <'${source}' >'${out}.new' && mv '${out}.new' '${out}'"
        DEPENDS ${source} VERBATIM)
    list(APPEND man_pages ${out})
    install(FILES ${out} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
add_custom_target(man ALL DEPENDS ${man_pages})
