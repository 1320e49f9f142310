/*
 * fault: named points at which a test build can be made to die or freeze.
 *
 * In a build with TTSQ_FAULT_POINTS, TTSQ_FAULT=POINT:ACTION:N makes the N-th pass through POINT
 * (counted per process) do ACTION: `kill` (SIGKILL) or `stop` (SIGSTOP) itself. With
 * TTSQ_FAULT_ONCE=FILE it happens only for the process that succeeds in unlinking FILE, so that the
 * replacement lives. In a release the macro is nothing.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#ifdef TTSQ_FAULT_POINTS
void fault_point(const char *name);
#define FAULT_POINT(name) fault_point(name)
#else
#define FAULT_POINT(name) ((void)0)
#endif

#endif
