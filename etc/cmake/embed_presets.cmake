# embed_presets: compiles etc/providers.d into the provider room. Every file NAME.ini becomes an entry
# of the X-macro PRESETS(X) as X("NAME.ini", "text") in a generated header, comments and lines as they
# stand, so that messages can name them.
function(embed_presets target dir)
    file(GLOB files CONFIGURE_DEPENDS ${dir}/*.ini)
    set(out ${CMAKE_BINARY_DIR}/generated_presets/preset_embedded.h)
    add_custom_command(OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} -DOUT=${out} "-DFILES=${files}"
            -P ${CMAKE_SOURCE_DIR}/etc/cmake/embed_presets_run.cmake
        DEPENDS ${files} ${CMAKE_SOURCE_DIR}/etc/cmake/embed_presets_run.cmake
        VERBATIM COMMENT "embedding etc/providers.d/")
    add_custom_target(${target}_presets DEPENDS ${out})
    add_dependencies(${target} ${target}_presets)
    target_include_directories(${target} PRIVATE ${CMAKE_BINARY_DIR}/generated_presets)
endfunction()
