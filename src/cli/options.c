/* options.c: see options.h. */
#include "cli/options.h"

#include <ctype.h>
#include <limits.h>

static bool is_end(const struct argp_option *o) {
    return !o->name && !o->key && !o->doc && !o->group;
}

static struct option_view view_of(const struct argp_option *o, const struct argp_option *real) {
    bool letter = o->key > 0 && o->key <= UCHAR_MAX && isprint(o->key);
    return (struct option_view){
        .name = o->name,
        .letter = letter ? (char)o->key : '\0',
        .arg = real->arg,
        .arg_optional = real->flags & OPTION_ARG_OPTIONAL,
        .doc = real->doc,
    };
}

static bool is_shown(const struct argp_option *o, const struct argp_option *real) {
    return !((o->flags | real->flags) & (OPTION_HIDDEN | OPTION_DOC)) && (o->name || o->key);
}

static bool walk(const struct argp *argp, bool (*each)(const struct option_view *, void *),
                 void *arg) {
    const struct argp_option *real = argp->options;
    for (const struct argp_option *o = argp->options; o && !is_end(o); o++) {
        if (!(o->flags & OPTION_ALIAS))
            real = o;
        struct option_view view = view_of(o, real);
        if (is_shown(o, real) && !each(&view, arg))
            return false;
    }
    for (const struct argp_child *child = argp->children; child && child->argp; child++)
        if (!walk(child->argp, each, arg))
            return false;
    return true;
}

void options_each(const struct argp *argp,
                  bool (*each)(const struct option_view *option, void *arg), void *arg) {
    (void)walk(argp, each, arg);
}
