# deb: `cmake --build DIR --target package` makes a Debian package of what `install` installs; the scripts
# that run on the machine are in etc/deb.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ttsq)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
if(TTSQ_FAULT_POINTS)
    string(APPEND CPACK_PACKAGE_VERSION "~test") # not for people
endif()
set(CPACK_PACKAGE_CONTACT "ttsq maintainers <ttsq@localhost>" CACHE STRING "maintainer of the package")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "durable job queue for a capped, paid speech API")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "ttsq turns many texts into audio through a speech service that allows only so\n\
many calls at a time: a queue on SQLite and a fleet of workers that keep the\n\
account's calls full and never exceed them, share them fairly between batches,\n\
lose nothing and pay for nothing twice.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION sound)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles, init-system-helpers (>= 1.52)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS espeak-ng)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "pandoc, ffmpeg")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${CMAKE_SOURCE_DIR}/etc/deb/conffiles ${CMAKE_SOURCE_DIR}/etc/deb/postinst
    ${CMAKE_SOURCE_DIR}/etc/deb/prerm ${CMAKE_SOURCE_DIR}/etc/deb/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON) # /etc/ttsq is an absolute path
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/etc/cmake/deb_run.cmake)
include(CPack)
