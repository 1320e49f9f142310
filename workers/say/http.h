/*
 * http: MHD's callbacks: which path is whose, and receiving bodies.
 */
#ifndef SAY_HTTP_H
#define SAY_HTTP_H

#include <microhttpd.h>

/* `cls` of all three is the struct server. */
enum MHD_Result http_on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_bytes, void **request);
void http_on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                        enum MHD_ConnectionNotificationCode what);
void http_on_completed(void *cls, struct MHD_Connection *connection, void **request,
                       enum MHD_RequestTerminationCode how);

#endif
