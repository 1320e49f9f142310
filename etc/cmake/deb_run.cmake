# deb_run: between install and pack: what Debian's policy asks of the files (gzip, a changelog, a copyright).
set(doc ${CPACK_TEMPORARY_DIRECTORY}/usr/share/doc/ttsq)
file(RENAME ${doc}/LICENSE ${doc}/copyright)
file(RENAME ${doc}/CHANGELOG.md ${doc}/NEWS.md)
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC) # heeds SOURCE_DATE_EPOCH
file(WRITE ${doc}/changelog "ttsq (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * See NEWS.md.gz.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
file(GLOB manuals ${CPACK_TEMPORARY_DIRECTORY}/usr/share/man/man*/*)
execute_process(COMMAND gzip -9nf ${doc}/changelog ${doc}/NEWS.md ${manuals} COMMAND_ERROR_IS_FATAL ANY)
