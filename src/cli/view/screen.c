/* screen.c: see screen.h. */
#include "cli/view/screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/ensure.h"
#include "cli/cli.h"
#include "text/width.h"

#define FRAME_BYTES_MAX (1024 * 1024)
#define ENTER "\033[?1049h\033[?25l" /* the other screen, no cursor */
#define LEAVE "\033[?25h\033[?1049l"
#define FRAME_BEGIN "\033[?2026h\033[H" /* shown at once, where the terminal can */
#define FRAME_END "\033[J\033[?2026l"
#define LINE_END "\033[K\r\n"
#define LAST_LINE_END "\033[K" /* a line feed there would scroll */

static volatile sig_atomic_t end_asked, stop_asked, draw_asked;
static struct termios saved;
static bool has_saved, entered;

size_t screen_columns(FILE *stream) {
    struct winsize size;
    int fd = fileno(stream);
    if (fd < 0 || !isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 0;
    return size.ws_col < SCREEN_COLUMNS_MAX ? size.ws_col : SCREEN_COLUMNS_MAX;
}

static size_t screen_rows(void) {
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0)
        return 24;
    return size.ws_row < SCREEN_ROWS_MAX ? size.ws_row : SCREEN_ROWS_MAX;
}

bool screen_is_live(void) {
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

static bool put(const char *text, size_t bytes) {
    while (bytes > 0) {
        ssize_t n = write(STDOUT_FILENO, text, bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text += n;
        bytes -= (size_t)n;
    }
    return true;
}

static void enter(void) {
    struct termios quiet;
    has_saved = tcgetattr(STDIN_FILENO, &saved) == 0;
    if (has_saved) {
        quiet = saved;
        quiet.c_lflag &= ~(tcflag_t)(ECHO | ICANON);
        quiet.c_cc[VMIN] = 0;
        quiet.c_cc[VTIME] = 0;
        (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &quiet);
    }
    entered = put(ENTER, sizeof ENTER - 1);
}

static void leave(void) {
    if (entered)
        (void)put(LEAVE, sizeof LEAVE - 1);
    if (has_saved)
        (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
    entered = has_saved = false;
}

static void on_signal(int number) {
    if (number == SIGTSTP)
        stop_asked = 1;
    else if (number == SIGWINCH || number == SIGCONT)
        draw_asked = 1;
    else
        end_asked = 1;
}

static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH, SIGCONT};

static void catch_signals(void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++)
        (void)sigaction(caught[i], &action, NULL);
}

/* Ctrl-Z: the terminal is the shell's meanwhile. */
static void stop(void) {
    stop_asked = 0;
    leave();
    catch_signals(SIG_DFL);
    (void)raise(SIGTSTP);
    catch_signals(on_signal);
    enter();
}

/* The lines of `text` as a frame, cut to the screen. */
static bool put_frame(const char *text, size_t columns, size_t rows) {
    struct buf frame;
    bool ok = true;
    buf_init(&frame, FRAME_BYTES_MAX);
    ok = buf_add_str(&frame, FRAME_BEGIN);
    for (size_t row = 1; ok && row <= rows && *text; row++) {
        size_t bytes = strcspn(text, "\n");
        char *line = ensure_strndup(text, bytes);
        ok = buf_add(&frame, line, width_fit(line, columns)) &&
             buf_add_str(&frame, row < rows ? LINE_END : LAST_LINE_END);
        free(line);
        text += bytes + (text[bytes] == '\n');
    }
    ok = ok && buf_add_str(&frame, FRAME_END) && put(buf_str(&frame), frame.bytes);
    buf_release(&frame);
    return ok;
}

static bool draw_once(bool (*draw)(FILE *, size_t, size_t, void *, struct err *), void *arg,
                      struct err *e) {
    char *text = NULL;
    size_t bytes = 0, columns = screen_columns(stdout), rows = screen_rows();
    FILE *out = open_memstream(&text, &bytes);
    ASSERT(out);
    bool ok = draw(out, columns ? columns : 80, rows, arg, e);
    ASSERT(fclose(out) == 0);
    if (ok && !put_frame(text, columns ? columns : 80, rows))
        ok = err_set(e, ERR_IO, "the terminal is gone: %s", strerror(errno));
    free(text);
    return ok;
}

/* Waits for a key, a signal or the next time; false when the view is to end. */
static bool linger(int every_ms) {
    struct pollfd keys = {.fd = has_saved ? STDIN_FILENO : -1, .events = POLLIN};
    char key = 0;
    if (poll(&keys, 1, every_ms) > 0) {
        ssize_t n = read(STDIN_FILENO, &key, 1);
        if (n == 0 || (keys.revents & (POLLHUP | POLLERR)))
            return false;
    }
    return key != 'q' && key != 'Q';
}

bool screen_watch(bool (*draw)(FILE *out, size_t columns, size_t rows, void *arg, struct err *e),
                  void *arg, int every_ms, struct err *e) {
    bool ok = true;
    end_asked = stop_asked = draw_asked = 0;
    catch_signals(on_signal);
    enter();
    do {
        if (stop_asked)
            stop();
        draw_asked = 0;
        ok = draw_once(draw, arg, e);
    } while (ok && !end_asked && (stop_asked || draw_asked || linger(every_ms)) && !end_asked);
    leave();
    catch_signals(SIG_DFL);
    return ok;
}
