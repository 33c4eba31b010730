/* A hidden layer of relu, softmax and cross-entropy, steps of BATCH samples: loops blocked for registers by hand.

   The weights of a unit lie side by side, the one that is added behind them, and zeros up to a multiple of 16. */

#include <math.h>
#include <string.h>

#ifndef INPUTS
#define INPUTS 64
#define HIDDEN 32
#define CLASSES 10
#define BATCH 32
#endif

#define PADDED(n) (((n) + 1 + 15) / 16 * 16)
enum { WIDTH1 = PADDED(INPUTS), WIDTH2 = PADDED(HIDDEN), LANES = 8 };

typedef double vector __attribute__((vector_size(64), aligned(8)));

typedef struct {
    double w1[HIDDEN][WIDTH1], w2[CLASSES][WIDTH2];
} Network;

static inline vector at(const double *p) { return *(const vector *)p; }

/* z of 2 samples and 3 units at most, along the inputs. */
static inline __attribute__((always_inline)) void sums(int samples, int units, const double *x, const double *w,
                                                       int width, double *z, int stride)
{
    vector sum[2][3] = {0};
    for (int i = 0; i < width; i += LANES)
        for (int s = 0; s < samples; s++)
            for (int u = 0; u < units; u++) sum[s][u] += at(x + s * width + i) * at(w + u * width + i);
    for (int s = 0; s < samples; s++)
        for (int u = 0; u < units; u++) {
            double total = 0;
            for (int k = 0; k < LANES; k++) total += sum[s][u][k];
            z[s * stride + u] = total;
        }
}

static void forward(int n, int units, const double *x, const double *w, int width, double *z, int stride)
{
    for (int s = 0; s < n; s += 2)
        for (int u = 0; u < units; u += 3) {
            const double *a = x + s * width, *b = w + u * width;
            double *to = z + s * stride + u;
            int some = n - s < 2 ? 1 : 2, few = units - u < 3 ? units - u : 3;
            if (some == 2 && few == 3) sums(2, 3, a, b, width, to, stride);
            else if (some == 2 && few == 2) sums(2, 2, a, b, width, to, stride);
            else if (some == 2) sums(2, 1, a, b, width, to, stride);
            else for (int k = 0; k < few; k++) sums(1, 1, a, b + k * width, width, to + k, stride);
        }
}

/* w -= lr * (delta of the units) (inputs), 2 units and 16 inputs at most, over the samples. */
static inline __attribute__((always_inline)) void moved(int units, int n, const double *x, const double *delta,
                                                        int stride, double *w, int width, double lr)
{
    for (int i = 0; i < width; i += 2 * LANES) {
        vector sum[2][2] = {0};
        for (int s = 0; s < n; s++)
            for (int u = 0; u < units; u++)
                for (int k = 0; k < 2; k++) sum[u][k] += delta[s * stride + u] * at(x + s * width + i + k * LANES);
        for (int u = 0; u < units; u++)
            for (int k = 0; k < 2; k++) *(vector *)(w + u * width + i + k * LANES) -= lr * sum[u][k];
    }
}

static void update(int n, int units, const double *x, const double *delta, int stride, double *w, int width, double lr)
{
    int u = 0;
    for (; u + 2 <= units; u += 2) moved(2, n, x, delta + u, stride, w + u * width, width, lr);
    if (u < units) moved(1, n, x, delta + u, stride, w + u * width, width, lr);
}

/* One epoch over n samples, whose rows have WIDTH1 numbers: INPUTS of them, 1, zeros. The mean loss. */
double layers_epoch(Network *p, const double *x, const int *classes, int n, double lr)
{
    static double h[BATCH][WIDTH2], z[BATCH][CLASSES], delta[BATCH][HIDDEN];
    double loss = 0;
    for (int start = 0; start < n; start += BATCH) {
        int some = n - start < BATCH ? n - start : BATCH;
        const double *own = x + (long)start * WIDTH1;
        memset(h, 0, sizeof h);
        forward(some, HIDDEN, own, p->w1[0], WIDTH1, h[0], WIDTH2);
        for (int s = 0; s < some; s++) {
            for (int j = 0; j < HIDDEN; j++) h[s][j] = h[s][j] > 0 ? h[s][j] : 0;
            h[s][HIDDEN] = 1;
        }
        forward(some, CLASSES, h[0], p->w2[0], WIDTH2, z[0], CLASSES);
        for (int s = 0; s < some; s++) {
            double top = z[s][0], total = 0;
            for (int k = 1; k < CLASSES; k++) top = z[s][k] > top ? z[s][k] : top;
            double right = z[s][classes[start + s]];
            for (int k = 0; k < CLASSES; k++) total += z[s][k] = exp(z[s][k] - top);
            loss += log(total) + top - right;
            for (int k = 0; k < CLASSES; k++) z[s][k] = (z[s][k] / total - (k == classes[start + s])) / some;
            for (int j = 0; j < HIDDEN; j++) delta[s][j] = 0;
            for (int k = 0; k < CLASSES; k++)
                for (int j = 0; j < HIDDEN; j++) delta[s][j] += z[s][k] * p->w2[k][j];
            for (int j = 0; j < HIDDEN; j++) delta[s][j] = h[s][j] > 0 ? delta[s][j] : 0;
        }
        update(some, CLASSES, h[0], z[0], CLASSES, p->w2[0], WIDTH2, lr);
        update(some, HIDDEN, own, delta[0], HIDDEN, p->w1[0], WIDTH1, lr);
    }
    return loss / n;
}
