# embed_sql: compiles sql/ into the store. Every query file Q.sql becomes an entry of the X-macro
# SQL_QUERIES(X) as X(Q, "text"), every schema file NNNN_*.sql an entry of SQL_SCHEMA(X) as
# X(NNNN, "text"), in a generated header. A file that no code uses fails the build (unused enum is
# caught by tests/store), a statement that does not match the schema fails at open.
function(embed_sql target dir)
    file(GLOB queries CONFIGURE_DEPENDS ${dir}/query/*.sql)
    file(GLOB schema CONFIGURE_DEPENDS ${dir}/schema/*.sql)
    set(out ${CMAKE_BINARY_DIR}/generated/sql_embedded.h)
    add_custom_command(OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} -DOUT=${out} "-DQUERIES=${queries}" "-DSCHEMA=${schema}"
            -P ${CMAKE_SOURCE_DIR}/etc/cmake/embed_sql_run.cmake
        DEPENDS ${queries} ${schema} ${CMAKE_SOURCE_DIR}/etc/cmake/embed_sql_run.cmake
        VERBATIM COMMENT "embedding sql/")
    add_custom_target(${target}_sql DEPENDS ${out})
    add_dependencies(${target} ${target}_sql)
    target_include_directories(${target} PUBLIC ${CMAKE_BINARY_DIR}/generated)
endfunction()
