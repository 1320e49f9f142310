/*
 * vendor: exchanges that speak in a vendor's shape: what was sent is compared and written down, the
 * answer is dressed as the vendor would, and a case that the text asks for is played.
 *
 * A text that holds [[case:NAME]] gets the shape's case NAME; [[case:NAME/2]] only for the first
 * two requests with this text. A case with a `file_status` is about fetching the sound, any other
 * is an answer of its own.
 */
#ifndef SAY_VENDOR_H
#define SAY_VENDOR_H

#include "exchange.h"

struct vendor_counts; /* how often a text has had its case */

struct vendor_counts *vendor_counts_new(void);
void vendor_counts_free(struct vendor_counts *c);

/* A request on a path of x->shape: its speech, or one of its files. */
enum MHD_Result vendor_handle(struct exchange *x);

/* Notes what came and reads it into x->speech and x->shape_case. false with *error filled when the
 * vendor would not understand it. */
bool vendor_parse(struct exchange *x, struct speech_error *error) MUST_CHECK;

/* Has the text asked for a case that is an answer of its own? Plays it if so. */
bool vendor_has_case(const struct exchange *x);
enum MHD_Result vendor_play_case(struct exchange *x);

/* Turns x->audio into the body of the vendor's answer, and sets x->content_type. */
void vendor_dress(struct exchange *x);

/* Adds the headers of the shape's answer or case to `response`. */
void vendor_add_headers(struct exchange *x, struct MHD_Response *response);

#endif
