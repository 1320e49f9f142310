/* guard.c: see guard.h. Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries, RFC 6890;
 * RFC 6052 (NAT64), RFC 3056 (6to4), RFC 4380 (Teredo). */
#include "guard.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- addresses ------------------------------------------------------------------------------- */

static const struct {
    uint32_t address;
    unsigned bits;
} v4_special[] = {
    {0x00000000, 8},  /* this network */
    {0x0a000000, 8},  /* private */
    {0x64400000, 10}, /* shared, behind a carrier's NAT */
    {0x7f000000, 8},  /* loopback */
    {0xa9fe0000, 16}, /* link-local: metadata services of clouds */
    {0xac100000, 12}, /* private */
    {0xc0000000, 24}, /* protocol assignments */
    {0xc0000200, 24}, /* documentation */
    {0xc0586300, 24}, /* 6to4 relays */
    {0xc0a80000, 16}, /* private */
    {0xc6120000, 15}, /* benchmarks */
    {0xc6336400, 24}, /* documentation */
    {0xcb007100, 24}, /* documentation */
    {0xe0000000, 4},  /* multicast */
    {0xf0000000, 4},  /* reserved, broadcast */
};

static bool v4_is_public(uint32_t address) {
    for (size_t i = 0; i < sizeof v4_special / sizeof *v4_special; i++)
        if ((address ^ v4_special[i].address) >> (32 - v4_special[i].bits) == 0)
            return false;
    return true;
}

static uint32_t be32(const unsigned char *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static bool begins(const unsigned char *address, const char *prefix, size_t bytes) {
    return memcmp(address, prefix, bytes) == 0;
}

static bool v6_is_public(const unsigned char *a) {
    static const char nat64[12] = "\x00\x64\xff\x9b", mapped[12] = "\0\0\0\0\0\0\0\0\0\0\xff\xff";
    if (begins(a, nat64, sizeof nat64) || begins(a, mapped, sizeof mapped))
        return v4_is_public(be32(a + 12));
    if (begins(a, "\x20\x02", 2)) /* 6to4 */
        return v4_is_public(be32(a + 2));
    if (begins(a, "\x20\x01\x0d\xb8", 4) ||               /* documentation */
        begins(a, "\x3f\xff", 2) ||                       /* documentation, the larger */
        (begins(a, "\x20\x01", 2) && (a[2] & 0xfe) == 0)) /* Teredo and other assignments */
        return false;
    return (a[0] & 0xe0) == 0x20; /* global unicast: the only part that is given out */
}

static bool is_loopback(const struct sockaddr *address) {
    static const char mapped[12] = "\0\0\0\0\0\0\0\0\0\0\xff\xff";
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)address;
        return ntohl(in->sin_addr.s_addr) >> 24 == 127;
    }
    const struct sockaddr_in6 *in6 = (const void *)address;
    const unsigned char *a = in6->sin6_addr.s6_addr;
    return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr) || (begins(a, mapped, 12) && a[12] == 127);
}

bool guard_address(const struct guard *g, const struct sockaddr *address) {
    if (address->sa_family != AF_INET && address->sa_family != AF_INET6)
        return false;
    if (g->listed)
        return true;
    if (g->loopback)
        return is_loopback(address);
    if (address->sa_family == AF_INET)
        return v4_is_public(
            ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
    return v6_is_public(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
}

static bool parse_ip(const char *ip, struct sockaddr_storage *out) {
    struct sockaddr_in *in = (void *)out;
    struct sockaddr_in6 *in6 = (void *)out;
    *out = (struct sockaddr_storage){0};
    if (inet_pton(AF_INET, ip, &in->sin_addr) == 1)
        out->ss_family = AF_INET;
    else if (inet_pton(AF_INET6, ip, &in6->sin6_addr) == 1)
        out->ss_family = AF_INET6;
    return out->ss_family != 0;
}

bool guard_ip(const struct guard *g, const char *ip) {
    struct sockaddr_storage address;
    return parse_ip(ip, &address) && guard_address(g, (const void *)&address);
}

/* ---- URLs ------------------------------------------------------------------------------------ */

/* "example.org" is itself, "*.example.org" all below it. */
static bool matches(const char *host, const char *entry) {
    if (strncmp(entry, "*.", 2) != 0)
        return strcasecmp(host, entry) == 0;
    size_t host_bytes = strlen(host), tail_bytes = strlen(entry + 1);
    return host_bytes > tail_bytes && strcasecmp(host + host_bytes - tail_bytes, entry + 1) == 0;
}

static bool is_allowed(char **allow, const char *host) {
    if (!allow)
        return true;
    for (size_t i = 0; allow[i]; i++)
        if (matches(host, allow[i]))
            return true;
    return false;
}

static bool names_loopback(const char *host) {
    struct sockaddr_storage address;
    return strcasecmp(host, "localhost") == 0 ||
           (parse_ip(host, &address) && is_loopback((const void *)&address));
}

/* The host as libcurl will use it: lower case, percent-decoded, "[::1]" without its brackets and a
 * last dot. */
static bool take_host(CURLU *parsed, char host[GUARD_HOST_BYTES_MAX]) {
    char *part = NULL;
    if (curl_url_get(parsed, CURLUPART_HOST, &part, CURLU_URLDECODE) != CURLUE_OK)
        return false;
    size_t bytes = strlen(part);
    bool is_v6 = bytes > 2 && part[0] == '[' && part[bytes - 1] == ']';
    if (!is_v6 && bytes > 1 && part[bytes - 1] == '.')
        bytes--;
    int n = snprintf(host, GUARD_HOST_BYTES_MAX, "%.*s", (int)(is_v6 ? bytes - 2 : bytes),
                     part + (is_v6 ? 1 : 0));
    curl_free(part);
    return n > 0 && n < GUARD_HOST_BYTES_MAX;
}

static bool has_user(CURLU *parsed) {
    char *part = NULL;
    bool has = curl_url_get(parsed, CURLUPART_USER, &part, 0) == CURLUE_OK;
    curl_free(part);
    return has;
}

static bool is_https(CURLU *parsed) {
    char *part = NULL;
    bool is =
        curl_url_get(parsed, CURLUPART_SCHEME, &part, 0) == CURLUE_OK && strcmp(part, "https") == 0;
    curl_free(part);
    return is;
}

static bool judge(struct guard *g, const struct guard_policy *policy, CURLU *parsed,
                  struct err *e) {
    char host[GUARD_HOST_BYTES_MAX];
    struct sockaddr_storage address;
    if (!take_host(parsed, host) || has_user(parsed))
        return err_set(e, ERR_INPUT, "not a URL that can be asked");
    bool loopback = policy->loopback && names_loopback(host);
    if (!is_https(parsed) && !policy->http && !loopback)
        return err_set(e, ERR_INPUT, "not https");
    if (!is_allowed(policy->allow, host) && !loopback)
        return err_set(e, ERR_INPUT, "its host %.100s is not among those that are allowed", host);
    *g = (struct guard){.loopback = loopback,
                        .listed = policy->allow && parse_ip(host, &address) && !loopback};
    if (!parse_ip(host, &address) || guard_address(g, (const void *)&address))
        return true;
    return err_set(e, ERR_INPUT, "%.100s is no public address", host);
}

bool guard_url(struct guard *g, const struct guard_policy *policy, const char *url, struct err *e) {
    bool http = strncasecmp(url, "https://", 8) == 0 || strncasecmp(url, "http://", 7) == 0;
    CURLU *parsed = http ? curl_url() : NULL;
    if (!parsed || curl_url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK) {
        curl_url_cleanup(parsed);
        return err_set(e, ERR_INPUT, "not a URL that begins with https://");
    }
    bool ok = judge(g, policy, parsed, e);
    curl_url_cleanup(parsed);
    return ok;
}

bool guard_is_needed(const struct profile *p) {
    return p->fetches;
}
