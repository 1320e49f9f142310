/*
 * store: the durable queue, in the words of src/README.md. The contract; src/store/sqlite keeps it.
 *
 * One handle belongs to one thread. Every changing function is one transaction, durable when it
 * returns true (power loss included), and takes the write turn, so it may block while other
 * processes write: milliseconds in a healthy fleet, up to STORE_BUSY_MS before ERR_DB_LOCKED. No
 * function needs or leaves an open transaction. Times named *_boot_ms are CLOCK_BOOTTIME of the
 * store's boot; *_ms are wall clock, for people. Errors: ERR_DB_LOCKED (nothing changed), ERR_SPACE
 * (nothing changed), ERR_CORRUPT, and ERR_IO, after which the outcome of the transaction is
 * unknown: close the handle, open a new one and say it again; settling twice changes nothing the
 * second time.
 *
 *   open.h       a database as a handle
 *   configure.h  accounts and profiles
 *   produce.h    batches come in
 *   turn.h       a worker settles what is over and claims what is next
 *   keep.h       the dead, what is due, the log of the database
 *   read.h       accounts, batches, jobs, and what they cost
 *   event.h      what happened, for people
 *   change.h     what people do to jobs, accounts and batches
 *   prune.h      batches that go
 *   audit.h      what is proved, checked, copied
 *   ending.h     what the end of a batch sets off; included by those who see to it
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "store/audit.h"
#include "store/change.h"
#include "store/configure.h"
#include "store/event.h"
#include "store/keep.h"
#include "store/open.h"
#include "store/produce.h"
#include "store/prune.h"
#include "store/read.h"
#include "store/turn.h"

#endif
