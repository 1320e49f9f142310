/* call_list: calls of one phase in a row, linked through themselves. */
#ifndef CALL_CALL_LIST_H
#define CALL_CALL_LIST_H

#include "call.h"

struct call_list {
    struct call *first, *last;
    size_t count;
};

static inline void call_list_add(struct call_list *l, struct call *c) {
    c->next = NULL;
    if (l->last)
        l->last->next = c;
    else
        l->first = c;
    l->last = c;
    l->count++;
}

/* The newest first: what was used last is warm, and what is not needed stays untouched. */
static inline void call_list_push(struct call_list *l, struct call *c) {
    c->next = l->first;
    l->first = c;
    if (!l->last)
        l->last = c;
    l->count++;
}

static inline struct call *call_list_take(struct call_list *l) {
    struct call *c = l->first;
    if (!c)
        return NULL;
    l->first = c->next;
    if (!l->first)
        l->last = NULL;
    l->count--;
    c->next = NULL;
    return c;
}

#endif
