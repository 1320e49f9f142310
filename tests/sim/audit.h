/* audit.h: what the auditor's files share: its connection, and what a row must be worth. */
#ifndef TESTS_SIM_AUDIT_H
#define TESTS_SIM_AUDIT_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

/* Its own SQL; what cannot be prepared or read is a violation. */
sqlite3_stmt *audit_prepare(const char *sql);
bool audit_row(sqlite3_stmt *stmt);       /* false: no more, and it is reset */
int64_t audit_number(sqlite3_stmt *stmt); /* of the first row, 0 without one; resets */

/* audit_call.c: a call has a row before it arrives, and another one of its job has a reason */
struct sim_call;
void audit_call_open(void);
void audit_call(const struct sim_call *c, int64_t batch_id, bool is_repeated); /* by a person */

/* audit_answer.c: a job that is done has the very sound that its text becomes */
void audit_answer_open(void);
void audit_answer(int64_t job_id);
void audit_answer_bytes(int64_t job_id); /* … also in files */

/* audit_money.c: what may have been billed is within the budgets */
void audit_money_open(void);
void audit_batch_may_cost(int64_t batch_id, int64_t micros); /* 0 = any sum */
void audit_account_may_cost(int account, int64_t micros);    /* today; -1 = any sum */
void audit_money_sent(const struct sim_call *c, int64_t batch_id);

/* audit_prune.c: what goes was over, goes whole, and takes nothing of others */
void audit_prune_open(void);
void audit_prune_end(void);

/* audit_ending.c: the ends of batches are told, and nothing else is */
void audit_ending_open(void);
void audit_endings_look(void); /* after a commit */
bool audit_endings_are_told(void);
void audit_ending_end(void);

/* audit.c */
void audit_batch_may_go(int64_t batch_id); /* its jobs may vanish from now on */

#endif
