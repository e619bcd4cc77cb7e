/* Firing curves for a small kiln.
 * Temperatures in tenths of a degree. */
#include <stdbool.h>
#include <stdio.h>
#include "kiln.h"

#define STEPS 4
#define MAX(a, b) \
    ((a) > (b) ? (a) : (b))

#ifdef KILN_DEBUG
#  define TRACE(...) fprintf(stderr, __VA_ARGS__)
#else
#  define TRACE(...) ((void)0)
#endif

typedef struct step {
    unsigned int target;   // tenths of a degree
    unsigned short rate;
    const char *name;
} step_t;

static const step_t curve[STEPS] = {
    { 1200u, 100, "dry" },
    { 6000u, 150, "bisque" },
    { 0x2EE0, 300, "glaze \"cone 6\"" },
    { 0, 0, NULL },
};

enum state { IDLE, HEATING = 3, HOLDING };

static bool
reached(const step_t *step,
        unsigned int now)
{
    return step->target && now >= step->target;
}

int fire(unsigned int (*read)(void), void (*heat)(bool on))
{
    enum state state = IDLE;
    size_t at = 0;

    while (curve[at].name != NULL) {
        unsigned int now = read();
        switch (state) {
        case IDLE:
            state = HEATING;
            /* fall through */
        case HEATING:
            heat(true);
            if (reached(&curve[at], now)) {
                TRACE("%s reached at %u.%u\n", curve[at].name, now / 10, now % 10);
                state = HOLDING;
            }
            break;
        default:
            heat(false);
            at++;
            state = IDLE;
        }
        if (now > MAX(13000u, curve[at].target * 2))
            goto fault;
    }
    return 0;

fault:
    heat(false);
    fputs("too hot: '" "\x41\t" "'\n", stderr);
    return -1;
}

#if 0
int unused(void) { return 'a' + 1.5f; }
#endif
