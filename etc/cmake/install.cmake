# install: where things go on a packager's system.
install(TARGETS ttsq ttsq-say RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES etc/ttsq.ini DESTINATION /etc/ttsq) # where the program looks; DESTDIR still applies
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
