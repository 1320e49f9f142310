/*
 * guard: which URLs that come from outside (a job's text, a provider's answer) may be asked, and
 * which addresses their names may lead to. Without it such a URL could make this machine ask its
 * own network's inner services (SSRF).
 *
 *   guard_url, when the URL is known ─▶ guard_address, for each address before a socket is opened
 *   to it (a name may lead anywhere, and elsewhere a moment later) and again before sending
 *
 * Pure.
 */
#ifndef CALL_GUARD_H
#define CALL_GUARD_H

#include <sys/socket.h>

#include "provider/profile.h"

#define GUARD_HOST_BYTES_MAX 256

/* What a URL may be. */
struct guard_policy {
    char **allow;  /* hosts, "*.example.org" for all below one; NULL-terminated; NULL = every one */
    bool loopback; /* this machine may be asked, also over http */
    bool http;     /* plain http may be used: nothing secret is sent or expected */
};

/* What the URL that was let through may lead to. */
struct guard {
    bool loopback; /* only addresses of this machine … */
    bool listed;   /* any address: it stands in the allow list itself, as a number */
};

/* Parses as libcurl will. Fails with ERR_INPUT and a line for people: not a URL, not https, a user
 * name, a host that is not allowed. */
bool guard_url(struct guard *g, const struct guard_policy *policy, const char *url,
               struct err *e) MUST_CHECK;

/* Public addresses only, unless the guard knows better: no private, shared, link-local, loopback,
 * multicast, documentation or reserved ones (IANA's special-purpose registries), also when they are
 * wrapped in IPv6. */
bool guard_address(const struct guard *g, const struct sockaddr *address);
/* The same for "192.0.2.1" or "2001:db8::1". */
bool guard_ip(const struct guard *g, const char *ip);

/* True when the URL of this profile's calls is the job's text. */
bool guard_is_needed(const struct profile *p);

#endif
