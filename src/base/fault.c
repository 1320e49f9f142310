/* fault.c: see fault.h. */
#include "base/fault.h"

#ifdef TTSQ_FAULT_POINTS
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fault_point(const char *name) {
    static atomic_long passes;
    const char *spec = getenv("TTSQ_FAULT");
    size_t bytes = strlen(name);
    if (!spec || strncmp(spec, name, bytes) != 0 || spec[bytes] != ':')
        return;
    const char *action = spec + bytes + 1;
    const char *count = strchr(action, ':');
    if (!count || atomic_fetch_add(&passes, 1) + 1 != strtol(count + 1, NULL, 10))
        return;
    const char *once = getenv("TTSQ_FAULT_ONCE");
    if (once && unlink(once) != 0)
        return;
    (void)kill(getpid(), strncmp(action, "stop", 4) == 0 ? SIGSTOP : SIGKILL);
}
#else
typedef int fault_is_not_compiled_in; /* ISO C forbids an empty translation unit */
#endif
