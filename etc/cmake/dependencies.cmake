# dependencies: the libraries of etc/packages.txt under short target names.
find_package(PkgConfig REQUIRED)

# dependency NAME MODULE: target NAME that links the pkg-config module
function(dependency name module)
    pkg_check_modules(${name}_pc REQUIRED IMPORTED_TARGET GLOBAL ${module})
    add_library(dep_${name} INTERFACE)
    target_link_libraries(dep_${name} INTERFACE PkgConfig::${name}_pc)
    add_library(${name} ALIAS dep_${name})
endfunction()

if(TTSQ_SQLITE_ROOT)
    set(ENV{PKG_CONFIG_PATH} "${TTSQ_SQLITE_ROOT}/lib/pkgconfig:$ENV{PKG_CONFIG_PATH}")
endif()
dependency(sqlite3 sqlite3)
dependency(curl libcurl)
dependency(uv libuv)
dependency(inih inih)
dependency(jansson jansson)
dependency(crypto libcrypto)
dependency(microhttpd libmicrohttpd)
dependency(sndfile sndfile)
dependency(icu icu-uc)
find_package(Threads REQUIRED)
