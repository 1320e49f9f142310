/*
 * begin: what begins with a job's text, as one hears it: nothing (the next line or sentence of the
 * same paragraph), a paragraph, or a chapter, which is a paragraph, too. Stored as the number.
 */
#ifndef QUEUE_BEGIN_H
#define QUEUE_BEGIN_H

enum begin { BEGIN_NOTHING, BEGIN_PARAGRAPH, BEGIN_CHAPTER };

#endif
