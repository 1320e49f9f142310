/* test_call_guard: which URLs from outside may be asked, and where their names may lead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "workers/call/guard.c"

static const struct {
    const char *ip;
    bool is_public;
} addresses[] = {
    {"8.8.8.8", true},
    {"1.1.1.1", true},
    {"172.15.255.255", true},
    {"172.32.0.0", true},
    {"223.255.255.255", true},
    {"0.0.0.0", false},
    {"10.1.2.3", false},
    {"100.64.0.1", false},
    {"127.0.0.1", false},
    {"127.255.255.254", false},
    {"169.254.169.254", false},
    {"172.16.0.1", false},
    {"172.31.255.255", false},
    {"192.0.0.1", false},
    {"192.0.2.1", false},
    {"192.168.1.1", false},
    {"198.18.0.1", false},
    {"198.19.255.255", false},
    {"203.0.113.9", false},
    {"224.0.0.1", false},
    {"255.255.255.255", false},
    {"2606:4700::1111", true},
    {"2a00:1450:4001::1", true},
    {"64:ff9b::808:808", true},
    {"2002:808:808::1", true},
    {"::ffff:8.8.8.8", true},
    {"::", false},
    {"::1", false},
    {"::ffff:127.0.0.1", false},
    {"::ffff:10.0.0.1", false},
    {"::127.0.0.1", false},
    {"64:ff9b::a00:1", false},
    {"64:ff9b:1::1", false},
    {"2002:7f00:1::1", false},
    {"2001::1", false},
    {"2001:db8::1", false},
    {"100::1", false},
    {"fc00::1", false},
    {"fd12:3456::1", false},
    {"fe80::1", false},
    {"ff02::1", false},
    {"", false},
    {"localhost", false},
};

static void only_public_addresses_are_asked(void **state) {
    (void)state;
    const struct guard plain = {false, false}, listed = {false, true}, loopback = {true, false};
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
        if (guard_ip(&plain, addresses[i].ip) != addresses[i].is_public)
            fail_msg("%s", addresses[i].ip);
    assert_true(guard_ip(&listed, "10.1.2.3"));
    assert_true(guard_ip(&loopback, "127.1.2.3"));
    assert_true(guard_ip(&loopback, "::1"));
    assert_true(guard_ip(&loopback, "::ffff:127.0.0.1"));
    assert_false(guard_ip(&loopback, "10.1.2.3"));
    assert_false(guard_ip(&loopback, "8.8.8.8")); /* a name of this machine leads nowhere else */
    struct sockaddr local = {.sa_family = AF_UNIX};
    assert_false(guard_address(&listed, &local));
}

static char host[] = "example.org", below[] = "*.cdn.example", number[] = "10.0.0.7",
            here[] = "127.0.0.1";
static char *list[] = {host, below, number, here, NULL};

#define ANY                                                                                        \
    { .allow = NULL }
#define LISTED                                                                                     \
    { .allow = list }
#define LISTED_HTTP                                                                                \
    { .allow = list, .http = true }
#define LOOPBACK                                                                                   \
    { .loopback = true }

static const struct {
    struct guard_policy policy;
    const char *url;
    const char *error; /* NULL = let through */
} urls[] = {
    {ANY, "https://example.org/a?b=c", NULL},
    {ANY, "https://example.org:8443/", NULL},
    {ANY, "HTTPS://EXAMPLE.ORG", NULL},
    {ANY, "https://8.8.8.8/", NULL},
    {ANY, "https://[2606:4700::1111]/", NULL},
    {ANY, "http://example.org/", "not https"},
    {ANY, "ftp://example.org/", "not a URL that begins"},
    {ANY, "file:///etc/passwd", "not a URL that begins"},
    {ANY, "//example.org/", "not a URL that begins"},
    {ANY, "example.org", "not a URL that begins"},
    {ANY, "", "not a URL that begins"},
    {ANY, "https://", "not a URL"},
    {ANY, "https://user@example.org/", "not a URL that can be asked"},
    {ANY, "https://user:word@example.org/", "not a URL that can be asked"},
    {ANY, "https://a b/", "not a URL"},
    {ANY, "https://localhost/", NULL}, /* by its address, later */
    {ANY, "https://127.0.0.1/", "127.0.0.1 is no public address"},
    {ANY, "https://127.1/", "127.0.0.1 is no public address"},
    {ANY, "https://0x7f000001/", "127.0.0.1 is no public address"},
    {ANY, "https://2130706433/", "127.0.0.1 is no public address"},
    {ANY, "https://[::1]/", "::1 is no public address"},
    {ANY, "https://[::ffff:10.0.0.1]/", "is no public address"},
    {ANY, "https://169.254.169.254/latest", "is no public address"},
    {LISTED, "https://example.org/", NULL},
    {LISTED, "https://example.org./", NULL},
    {LISTED, "https://a.b.cdn.example/", NULL},
    {LISTED, "https://cdn.example/", "host cdn.example is not among"},
    {LISTED, "https://evil-example.org/", "is not among"},
    {LISTED, "https://example.org.evil.net/", "is not among"},
    {LISTED, "https://evil.net/?example.org", "is not among"},
    {LISTED, "https://evil.net#@example.org/", "is not among"},
    {LISTED, "https://10.0.0.7/", NULL},
    {LISTED, "https://10.0.0.8/", "is not among"},
    {LISTED, "http://127.0.0.1:81/", "not https"},
    {LISTED_HTTP, "http://127.0.0.1:81/", NULL},
    {LISTED_HTTP, "http://example.org/", NULL},
    {LOOPBACK, "http://127.0.0.1:8890/a", NULL},
    {LOOPBACK, "http://localhost:8890/a", NULL},
    {LOOPBACK, "http://[::1]:8890/a", NULL},
    {LOOPBACK, "https://example.org/", NULL},
    {LOOPBACK, "http://example.org/", "not https"},
    {LOOPBACK, "https://10.0.0.7/", "is no public address"},
};

static void urls_are_judged_as_libcurl_reads_them(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct guard g;
        struct err e = {0};
        bool ok = guard_url(&g, &urls[i].policy, urls[i].url, &e);
        if (ok != (urls[i].error == NULL) || (!ok && !strstr(e.msg, urls[i].error)))
            fail_msg("row %zu, %s: %s", i, urls[i].url, ok ? "let through" : e.msg);
    }
}

static void a_name_of_this_machine_leads_only_here(void **state) {
    (void)state;
    struct guard g;
    struct err e;
    const struct guard_policy any = ANY, loopback = LOOPBACK;
    assert_true(guard_url(&g, &any, "https://localhost/", &e));
    assert_false(guard_ip(&g, "127.0.0.1"));
    assert_true(guard_url(&g, &loopback, "http://localhost/", &e));
    assert_true(guard_ip(&g, "127.0.0.1"));
    assert_false(guard_ip(&g, "192.168.0.1"));
    assert_true(guard_url(&g, &loopback, "https://example.org/", &e));
    assert_false(guard_ip(&g, "127.0.0.1"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_public_addresses_are_asked),
        cmocka_unit_test(urls_are_judged_as_libcurl_reads_them),
        cmocka_unit_test(a_name_of_this_machine_leads_only_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
