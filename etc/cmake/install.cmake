# install: where things go on a packager's system.
install(TARGETS ttsq ttsq-say RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# Every ttsq on the machine reads /etc/ttsq: a private prefix stays out of it, and what a person wrote there stays.
install(CODE "set(sample \"${CMAKE_SOURCE_DIR}/etc/ttsq.ini\")")
install(CODE [[
    if(EXISTS "$ENV{DESTDIR}/etc/ttsq/ttsq.ini")
        message(STATUS "Kept as it is: $ENV{DESTDIR}/etc/ttsq/ttsq.ini")
    elseif(CMAKE_INSTALL_PREFIX MATCHES "^/usr/?$")
        file(INSTALL "${sample}" DESTINATION /etc/ttsq) # below DESTDIR
    endif()
]])
file(GLOB providers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/etc/providers.d/*.ini)
install(FILES ${providers} DESTINATION ${CMAKE_INSTALL_DATADIR}/ttsq/providers.d) # to read; they are built in
install(FILES etc/systemd/ttsq.service etc/systemd/ttsq-say.service
    DESTINATION lib/systemd/system)
install(FILES etc/systemd/ttsq.sysusers DESTINATION lib/sysusers.d RENAME ttsq.conf)
install(FILES etc/systemd/ttsq.tmpfiles DESTINATION lib/tmpfiles.d RENAME ttsq.conf)
install(FILES README.md LICENSE CHANGELOG.md etc/cookbook.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES etc/completion/ttsq.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ttsq)
install(FILES etc/completion/ttsq.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions RENAME _ttsq)
install(FILES etc/completion/ttsq.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
