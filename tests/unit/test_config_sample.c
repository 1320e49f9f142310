/*
 * test_config_sample: etc/ttsq.ini, etc/ttsq-minimal.ini and the manual say the same as the
 * tables of keys.
 */
#include "tests/lib/config_rig.h"
#include "tests/lib/read_file.h"

#include "base/buf.h"
#include "base/ini.h"
#include "config/keys.h"

/* ";key = value" and "; key = value" become settings; ";  more" an indented line. */
static void uncomment(const char *text, struct buf *out) {
    for (const char *s = text; *s;) {
        size_t n = strcspn(s, "\n");
        size_t skipped = *s == ';' ? 1 : 0;
        if (skipped && s[1] == ' ' && s[2] != ' ')
            skipped = 2;
        assert_true(buf_add(out, s + skipped, n - skipped) && buf_add_char(out, '\n'));
        s += n + (s[n] == '\n');
    }
}

struct sample { /* which rows of the tables the sample has */
    bool seen[SECTION_KINDS][128];
};

static bool tick_off(void *user, const struct ini_entry *entry, struct err *e) {
    struct sample *sample = user;
    if (!entry->key)
        return true;
    for (int kind = 0; kind < SECTION_KINDS; kind++) {
        const struct section_keys *table = &section_table[kind];
        size_t n = strcspn(entry->section, ":");
        if (strlen(table->name) != n || memcmp(table->name, entry->section, n) != 0)
            continue;
        const struct key *key = key_find((enum section_kind)kind, entry->key);
        if (!key)
            break;
        sample->seen[kind][key - table->keys] = true;
        return true;
    }
    return err_set(e, ERR_CONFIG, "unknown: %s in [%s]", entry->key, entry->section);
}

static void the_sample_has_every_key(void **state) {
    (void)state;
    struct buf text, all;
    buf_init(&all, TEXT_BYTES_MAX);
    read_file(SOURCE_DIR "/etc/ttsq.ini", &text);
    uncomment(buf_str(&text), &all);
    struct sample sample = {0};
    struct err e;
    if (!ini_read_text("ttsq.ini", all.data, all.bytes, tick_off, &sample, &e))
        fail_msg("%s", e.msg);
    for (int kind = 0; kind < SECTION_KINDS; kind++)
        for (size_t i = 0; i < section_table[kind].key_count; i++)
            if (!sample.seen[kind][i])
                fail_msg("etc/ttsq.ini lacks %s of [%s]", section_table[kind].keys[i].name,
                         section_table[kind].name);
    config_free(load_text(buf_str(&text)));
    struct config *c = load_text(buf_str(&all));
    assert_non_null(config_profile(c, "main"));
    config_free(c);
    buf_release(&text);
    buf_release(&all);
}

/* "*text.max*" in the manual, alone or in a list of keys. */
static void the_manual_has_every_key_of_a_profile(void **state) {
    (void)state;
    struct buf text;
    read_file(SOURCE_DIR "/etc/man/ttsq-profile.5.scd", &text);
    for (size_t i = 0; i < section_table[SECTION_PROFILE].key_count; i++) {
        char word[64];
        (void)snprintf(word, sizeof word, "*%s*", section_table[SECTION_PROFILE].keys[i].name);
        if (!strstr(buf_str(&text), word))
            fail_msg("etc/man/ttsq-profile.5.scd lacks %s", word);
    }
    buf_release(&text);
}

/* A commented line of the sample shows the default, unless the table has none. */
static void the_sample_shows_the_defaults(void **state) {
    (void)state;
    struct buf text;
    read_file(SOURCE_DIR "/etc/ttsq.ini", &text);
    for (int kind = 0; kind < SECTION_KINDS; kind++)
        for (size_t i = 0; i < section_table[kind].key_count; i++) {
            const struct key *key = &section_table[kind].keys[i];
            char line[256];
            if (!key->fallback || strcmp(key->name, "concurrency") == 0)
                continue;
            (void)snprintf(line, sizeof line, "\n;%s = %s\n", key->name, key->fallback);
            if (!strstr(buf_str(&text), line) && strcmp(key->name, "text.max") != 0)
                fail_msg("etc/ttsq.ini does not say%s", line);
        }
    buf_release(&text);
}

static void the_minimal_sample_is_small_and_works(void **state) {
    (void)state;
    struct buf text;
    read_file(SOURCE_DIR "/etc/ttsq-minimal.ini", &text);
    struct config *c = load_text(buf_str(&text));
    assert_string_equal(c->profile, "main");
    assert_int_equal(config_account(c, "main")->cap, 20);
    config_free(c);
    buf_release(&text);
}

static void every_row_has_help(void **state) {
    (void)state;
    for (int kind = 0; kind < SECTION_KINDS; kind++)
        for (size_t i = 0; i < section_table[kind].key_count; i++)
            assert_non_null(section_table[kind].keys[i].help);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CONFIG_TEST(the_sample_has_every_key),
        CONFIG_TEST(the_manual_has_every_key_of_a_profile),
        CONFIG_TEST(the_sample_shows_the_defaults),
        CONFIG_TEST(the_minimal_sample_is_small_and_works),
        CONFIG_TEST(every_row_has_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
