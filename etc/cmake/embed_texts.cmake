# embed_texts: compiles files into a room as they stand. Every file NAME that fits the pattern becomes
# an entry of the X-macro MACRO(X) as X("NAME", "text") in the generated header, comments and lines
# included, so that messages can name them.
function(embed_texts target pattern macro header)
    file(GLOB files CONFIGURE_DEPENDS ${pattern})
    set(folder ${CMAKE_BINARY_DIR}/generated_${target})
    set(out ${folder}/${header})
    add_custom_command(OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DMACRO=${macro} "-DFILES=${files}"
            -P ${CMAKE_SOURCE_DIR}/etc/cmake/embed_texts_run.cmake
        DEPENDS ${files} ${CMAKE_SOURCE_DIR}/etc/cmake/embed_texts_run.cmake
        VERBATIM COMMENT "embedding ${pattern}")
    add_custom_target(${target}_texts DEPENDS ${out})
    add_dependencies(${target} ${target}_texts)
    target_include_directories(${target} PRIVATE ${folder})
endfunction()
