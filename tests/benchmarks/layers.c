/* Layers of relu and one of loss, steps of BATCH samples: loops blocked for registers by hand.

   The weights of a unit lie side by side, the one that is added behind them, and zeros up to a multiple of 16;
   a sample's numbers lie likewise, a 1 behind them. SIZES are the inputs and the units of every layer; the loss
   is cross-entropy, or HINGE; L2 times the squares of all parameters is added. */

#include <math.h>
#include <string.h>

#ifndef SIZES
#define SIZES 64, 32, 10
#define BATCH 32
#endif
#ifndef L2
#define L2 0.0
#endif

static const int sizes[] = {SIZES};
enum {
    LAYERS = sizeof sizes / sizeof sizes[0] - 1,
    LANES = 8,
    CHUNK = BATCH < 128 ? BATCH : 128, /* so many samples go through at a time, that they stay in the cache */
    TOGETHER = CHUNK % 5 ? 4 : 5
};

#define INLINE static inline __attribute__((always_inline))
#define EACH_LAYER _Pragma("GCC unroll 8") /* that the compiler knows every size */

typedef double vector __attribute__((vector_size(64), aligned(8)));
typedef long long mask __attribute__((vector_size(64)));
typedef double half __attribute__((vector_size(32)));

INLINE int padded(int n) { return (n + 1 + 15) / 16 * 16; }

INLINE vector at(const double *p) { return *(const vector *)p; }

/* The sum of a vector's numbers, by halves. */
INLINE double total(vector x)
{
    half a = __builtin_shufflevector(x, x, 0, 1, 2, 3) + __builtin_shufflevector(x, x, 4, 5, 6, 7);
    a += __builtin_shufflevector(a, a, 2, 3, 0, 1);
    return a[0] + a[1];
}

/* z of up to TOGETHER samples and 4 units, along the inputs. */
INLINE void sums(int samples, int units, const double *x, const double *w, int width, double *z, int stride)
{
    vector sum[TOGETHER][4] = {0};
    for (int i = 0; i < width; i += LANES)
        for (int s = 0; s < samples; s++)
            for (int u = 0; u < units; u++) sum[s][u] += at(x + s * width + i) * at(w + u * width + i);
    for (int s = 0; s < samples; s++)
        for (int u = 0; u < units; u++) z[s * stride + u] = total(sum[s][u]);
}

INLINE void some_sums(int samples, int units, const double *x, const double *w, int width, double *z, int stride)
{
    int u = 0;
    for (; u + 4 <= units; u += 4) sums(samples, 4, x, w + u * width, width, z + u, stride);
    for (; u + 2 <= units; u += 2) sums(samples, 2, x, w + u * width, width, z + u, stride);
    if (u < units) sums(samples, 1, x, w + u * width, width, z + u, stride);
}

INLINE void forward(int n, int units, const double *x, const double *w, int width, double *z, int stride)
{
    int s = 0;
    for (; s + TOGETHER <= n; s += TOGETHER) some_sums(TOGETHER, units, x + s * width, w, width, z + s * stride, stride);
    for (; s + 2 <= n; s += 2) some_sums(2, units, x + s * width, w, width, z + s * stride, stride);
    if (s < n) some_sums(1, units, x + s * width, w, width, z + s * stride, stride);
}

/* w -= lr * (delta of the units) (inputs), or gradient += that where a step has several chunks, up to 4 units and 4 vectors of inputs, over the samples. */
INLINE void moved(int units, int vectors, int n, const double *x, const double *delta, int stride, double *w, int width,
                  double lr)
{
    vector sum[4][4] = {0};
    for (int s = 0; s < n; s++)
        for (int u = 0; u < units; u++)
            for (int k = 0; k < vectors; k++) sum[u][k] += delta[s * stride + u] * at(x + s * width + k * LANES);
    for (int u = 0; u < units; u++)
        for (int k = 0; k < vectors; k++) {
            vector *own = (vector *)(w + u * width + k * LANES);
            if (CHUNK < BATCH) *own += sum[u][k];
            else *own -= lr * (sum[u][k] + 2 * L2 * *own);
        }
}

INLINE void some_moved(int vectors, int n, int units, const double *x, const double *delta, int stride, double *w,
                       int width, double lr)
{
    int u = 0;
    for (; u + 4 <= units; u += 4) moved(4, vectors, n, x, delta + u, stride, w + u * width, width, lr);
    for (; u + 2 <= units; u += 2) moved(2, vectors, n, x, delta + u, stride, w + u * width, width, lr);
    if (u < units) moved(1, vectors, n, x, delta + u, stride, w + u * width, width, lr);
}

INLINE void update(int n, int units, const double *x, const double *delta, int stride, double *w, int width, double lr)
{
    int i = 0;
    for (; i + 4 * LANES <= width; i += 4 * LANES) some_moved(4, n, units, x + i, delta, stride, w + i, width, lr);
    for (; i < width; i += 2 * LANES) some_moved(2, n, units, x + i, delta, stride, w + i, width, lr);
}

/* delta of the layer before, of up to TOGETHER samples and 2 vectors of units at a time: 0 where h is. */
INLINE void returned(int samples, int units, const double *delta, int stride, const double *w, int width,
                     const double *h, double *before)
{
    for (int j = 0; j < width; j += 2 * LANES) {
        vector sum[TOGETHER][2] = {0};
        for (int u = 0; u < units; u++)
            for (int s = 0; s < samples; s++)
                for (int i = 0; i < 2; i++) sum[s][i] += delta[s * stride + u] * at(w + u * width + j + i * LANES);
        for (int s = 0; s < samples; s++)
            for (int i = 0; i < 2; i++) {
                int place = s * width + j + i * LANES;
                mask there = at(h + place) > 0; /* all bits where it is so */
                *(vector *)(before + place) = (vector)((mask)sum[s][i] & there);
            }
    }
}

INLINE void backward(int n, int units, const double *delta, int stride, const double *w, int width, const double *h,
                     double *before)
{
    int s = 0;
    for (; s + TOGETHER <= n; s += TOGETHER)
        returned(TOGETHER, units, delta + s * stride, stride, w, width, h + s * width, before + s * width);
    for (; s < n; s++) returned(1, units, delta + s * stride, stride, w, width, h + s * width, before + s * width);
}

/* The loss of n samples of this share, whose delta takes the place of z. */
INLINE double loss_of(int n, int units, double *z, const int *targets, double share)
{
    double loss = 0;
#ifdef HINGE
    for (int s = 0; s < n; s++) {
        double margin = 1 - targets[s] * z[s];
        loss += margin > 0 ? margin : 0;
        z[s] = margin > 0 ? -targets[s] * share : 0;
    }
#else
    static double all[CHUNK];
    for (int s = 0; s < n; s++) {
        double *own = z + s * units, top = own[0];
        for (int k = 1; k < units; k++) top = own[k] > top ? own[k] : top;
        for (int k = 0; k < units; k++) own[k] -= top;
        loss -= own[targets[s]];
    }
    for (int k = 0; k < n * units; k++) z[k] = exp(z[k]);
    for (int s = 0; s < n; s++) {
        double *own = z + s * units, sum = 0;
        for (int k = 0; k < units; k++) sum += own[k];
        for (int k = 0; k < units; k++) own[k] *= share / sum;
        own[targets[s]] -= share;
        all[s] = sum;
    }
    for (int s = 0; s < n; s++) loss += log(all[s]);
#endif
    return loss;
}

/* Forward, loss and backward for some samples. */
static double through(double *p, double *moving, const double *x, const int *targets, int some, double share, double lr)
{
    static _Alignas(64) double values[CHUNK * SPACE], slopes[CHUNK * SPACE]; /* layer after layer, sample after sample */
    const double *given = x;
    double *w = p, *to = moving, *h = values, *delta = slopes;
    EACH_LAYER for (int l = 0; l < LAYERS - 1; l++) {
        int units = sizes[l + 1], width = padded(sizes[l]), next = padded(units);
        forward(some, units, given, w, width, h, next);
        for (int s = 0; s < some; s++) {
            for (int j = 0; j < units; j++) h[s * next + j] = h[s * next + j] > 0 ? h[s * next + j] : 0;
            h[s * next + units] = 1;
        }
        given = h, w += units * width, to += units * width, h += CHUNK * next, delta += CHUNK * next;
    }
    int outputs = sizes[LAYERS], last = padded(sizes[LAYERS - 1]);
    forward(some, outputs, given, w, last, delta, outputs);
    double loss = loss_of(some, outputs, delta, targets, share);
    EACH_LAYER for (int l = LAYERS - 1; l > 0; l--) {
        int units = sizes[l + 1], width = padded(sizes[l]), stride = l == LAYERS - 1 ? units : padded(units);
        double *before = delta - CHUNK * width;
        h -= CHUNK * width;
        backward(some, units, delta, stride, w, width, h, before);
        update(some, units, h, delta, stride, to, width, lr);
        delta = before, w -= sizes[l] * padded(sizes[l - 1]), to -= sizes[l] * padded(sizes[l - 1]);
    }
    update(some, sizes[1], x, delta, LAYERS > 1 ? padded(sizes[1]) : sizes[1], to, padded(sizes[0]), lr);
    return loss;
}

/* One epoch over n samples. The mean loss, that of every step as it is when it begins. */
double layers_epoch(double *p, const double *x, const int *targets, int n, double lr)
{
    static _Alignas(64) double gradient[PARAMETERS];
    double loss = 0;
    for (int start = 0; start < n; start += BATCH) {
        int count = n - start < BATCH ? n - start : BATCH;
        if (L2 > 0) {
            double squares = 0;
            for (int k = 0; k < PARAMETERS; k++) squares += p[k] * p[k];
            loss += L2 * squares * count;
        }
        for (int k = 0; k < count; k += CHUNK)
            loss += through(p, CHUNK < BATCH ? gradient : p, x + (long)(start + k) * padded(sizes[0]), targets + start + k,
                            count - k < CHUNK ? count - k : CHUNK, 1.0 / count, lr);
        if (CHUNK < BATCH)
            for (int k = 0; k < PARAMETERS; k++) {
                p[k] -= lr * (gradient[k] + 2 * L2 * p[k]);
                gradient[k] = 0;
            }
    }
    return loss / n;
}
